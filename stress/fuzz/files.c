/* SPDX-License-Identifier: MIT */
/* files.c: see files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

void files_check_line(const char *line)
{
    FUZZ_CHECK(*line, "refused without a word");
}

static char directory[64];

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *position)
{
    (void)found;
    (void)kind;
    if (position->level > 0)
        remove(path);
    return 0;
}

void files_remove(void)
{
    nftw(files_directory(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Reads until the last process that has the other end is gone, however that ended. */
static _Noreturn void watch(int ended)
{
    char byte;

    setsid(); /* what ends a process group is not for this one */
    dup2(ended, STDIN_FILENO);
    closefrom(STDERR_FILENO + 1);
    while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
        ;
    files_remove();
    rmdir(directory);
    _exit(0);
}

/* The directory goes with the process, killed or not: a process of its own sees to that. */
static void remove_afterwards(void)
{
    int ends[2];
    pid_t pid;

    FUZZ_CHECK(pipe2(ends, O_CLOEXEC) == 0, "no pipe: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        close(ends[1]);
        close(STDOUT_FILENO); /* whoever reads what the target says waits for its end */
        close(STDERR_FILENO);
        if (fork() == 0)
            watch(ends[0]);
        _exit(0);
    }
    FUZZ_CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid, "no process: %s", strerror(errno));
    close(ends[0]);
}

const char *files_directory(void)
{
    if (!*directory) {
        strcpy(directory, access("/dev/shm", W_OK) == 0 ? "/dev/shm/lookaside-fuzz-XXXXXX"
                                                        : "/tmp/lookaside-fuzz-XXXXXX");
        FUZZ_CHECK(mkdtemp(directory), "no directory: %s", strerror(errno));
        remove_afterwards();
    }
    return directory;
}

const char *files_write(const char *name, const void *bytes, size_t size)
{
    static char path[256];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", files_directory(), name);
    stream = fopen(path, "w");
    FUZZ_CHECK(stream && fwrite(bytes, 1, size, stream) == size && fclose(stream) == 0,
               "cannot write %s", path);
    return path;
}

/* The next "== " at the beginning of a line, or NULL. */
static char *next_file(char *text)
{
    char *found;

    for (found = strstr(text, "== "); found; found = strstr(found + 1, "== ")) {
        if (found == text || found[-1] == '\n')
            return found;
    }
    return NULL;
}

void files_write_all(char *text, bool (*known)(const char *name))
{
    char *at = next_file(text);

    while (at) {
        char *name = at + 3, *content = strchr(name, '\n'), *next;

        if (!content)
            return;
        *content++ = '\0';
        next = next_file(content);
        if (known(name))
            files_write(name, content, next ? (size_t)(next - content) : strlen(content));
        at = next;
    }
}
