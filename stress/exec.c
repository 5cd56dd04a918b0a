/* SPDX-License-Identifier: MIT */
/*
 * exec.c: programs are started at any moment, while all threads are inside calls: by fork, with a
 * child that touches no list, and by posix_spawn, whose child borrows the parent's memory. Neither
 * may disturb a list of the parent.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"

enum { MOST = 24, START_ONE_IN = 2000, CANNOT = 127 };

static char program[] = "/bin/true";

static int begin(struct stress_run *run, const char **why)
{
    (void)run;
    *why = "there is no /bin/true to be started";
    return access(program, X_OK) ? -ENOTSUP : 0;
}

static pid_t start_by_fork(char *const arguments[])
{
    char *const environment[] = {NULL};
    pid_t pid = fork();

    if (pid == 0) {
        execve(program, arguments, environment);
        _exit(CANNOT);
    }
    return pid;
}

static pid_t start_by_spawn(char *const arguments[])
{
    char *const environment[] = {NULL};
    pid_t pid;

    return posix_spawn(&pid, program, NULL, NULL, arguments, environment) ? -1 : pid;
}

static void start(struct stress_worker *worker)
{
    char *const arguments[] = {program, NULL};
    pid_t pid = stress_below(worker, 2) ? start_by_fork(arguments) : start_by_spawn(arguments);
    int status = -1;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0)
        oracle_fault(worker->run->oracle, "%s ended with %d", program, status);
}

static void exec(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (stress_below(worker, START_ONE_IN) == 0)
            start(worker);
        stress_churn_step(worker, MOST);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_exec = {
    .name = "exec",
    .summary = "programs are started while all are inside calls",
    .depth = 32,
    .bytes = 64,
    .nr_blocks = 2048,
    .min_threads = 1,
    .begin = begin,
    .work = exec,
};
