/* SPDX-License-Identifier: MIT */
/*
 * process.c: see process.h.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool la_process_exists(const char *program)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        const int length = (int)strcspn(path, ":");
        char candidate[4096];

        snprintf(candidate, sizeof candidate, "%.*s/%s", length, path, program);
        if (length && access(candidate, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* All that the child says on stderr is read, so that it never blocks; the first line with letters
 * in it is kept. */
static void first_complaint(int descriptor, char *complaint, size_t size)
{
    FILE *stream = fdopen(descriptor, "r");
    char line[256];

    *complaint = '\0';
    if (!stream) {
        close(descriptor);
        return;
    }
    while (fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\n")] = '\0';
        if (!*complaint && strlen(line) > 1 && !strstr(line, "warning"))
            snprintf(complaint, size, "%s", line);
    }
    fclose(stream);
}

static int start(const char *const *arguments, const char *output, int errors, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    char **copy;
    size_t nr = 0;
    int error;

    while (arguments[nr])
        nr++;
    copy = calloc(nr + 1, sizeof *copy);
    if (!copy)
        return ENOMEM;
    memcpy(copy, arguments, nr * sizeof *copy);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, output ? output : "/dev/null",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    error = posix_spawnp(child, copy[0], &actions, NULL, copy, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(copy);
    return error;
}

static int await(pid_t child, const char *program, const char *complaint, struct la_why *why)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    snprintf(why->line, sizeof why->line, "%s failed (%s %d)%s%s", program,
             WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), *complaint ? ": " : "",
             complaint);
    return -1;
}

int la_process_run(const char *const *arguments, const char *output, struct la_why *why)
{
    char complaint[256];
    pid_t child;
    int ends[2];
    int error;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(why->line, sizeof why->line, "cannot run %s: %s", arguments[0], strerror(errno));
        return -1;
    }
    error = start(arguments, output, ends[1], &child);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        snprintf(why->line, sizeof why->line, "cannot run %s: %s", arguments[0], strerror(error));
        return -1;
    }
    first_complaint(ends[0], complaint, sizeof complaint);
    return await(child, arguments[0], complaint, why);
}
