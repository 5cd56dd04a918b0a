/* SPDX-License-Identifier: MIT */
/* child.c: see child.h. */
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    abort();
}

/* Reads to the end, so that the child never waits for room in the pipe. */
static void listen_to(int from, struct child *child)
{
    char rest[CHILD_SAID];
    size_t length = 0;
    ssize_t got;

    while ((got = read(from, rest, sizeof rest)) > 0) {
        size_t room = sizeof child->said - 1 - length;
        size_t nr = (size_t)got < room ? (size_t)got : room;

        memcpy(child->said + length, rest, nr);
        length += nr;
    }
    child->said[length] = '\0';
}

struct child child_run(void (*work)(void))
{
    struct child child;
    int ends[2];
    pid_t pid;

    fflush(NULL);
    if (pipe(ends) != 0)
        fail("pipe");
    pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        work();
        exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    listen_to(ends[0], &child);
    close(ends[0]);
    if (waitpid(pid, &child.status, 0) != pid)
        fail("waitpid");
    return child;
}
