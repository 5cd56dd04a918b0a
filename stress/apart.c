/* SPDX-License-Identifier: MIT */
/*
 * apart.c: a run in a process of its own, so that a crash or a hang is one failed run and not the
 * end of all of them.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

/* How long after its time a run may take to settle before it counts as hung. */
enum { GRACE_S = 300, POLL_MS = 100 };

struct outcome {
    int error;
    struct stress_report report;
};

static _Noreturn void child(int to_parent, const struct stress_scenario *scenario,
                            const struct lookaside_strategy *strategy,
                            const struct stress_options *options)
{
    struct outcome outcome = {0};

    /* The default action ends the process: that is how a hang ends. A parent that was killed cannot
     * wait for it. */
    signal(SIGALRM, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A terminal's interruption comes once, from the parent: the second would end the process. */
    (void)setpgid(0, 0);
    alarm((unsigned)options->seconds + GRACE_S);
    outcome.error = stress_run(scenario, strategy, options, &outcome.report);
    /* exit, not _exit: a sanitizer has its last word there. Everything was flushed before. */
    exit(write(to_parent, &outcome, sizeof outcome) == (ssize_t)sizeof outcome ? 0 : 1);
}

/* Whether the child's outcome came whole. Passes an interruption on, once. */
static bool receive(int from_child, pid_t pid, const struct stress_options *options,
                    struct outcome *outcome)
{
    struct pollfd ready = {.fd = from_child, .events = POLLIN};
    bool told = false;
    ssize_t got;

    while (poll(&ready, 1, POLL_MS) <= 0) {
        if (!told && options->interrupted && options->interrupted()) {
            kill(pid, SIGTERM);
            told = true;
        }
    }
    do {
        got = read(from_child, outcome, sizeof *outcome);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *outcome;
}

/* The child is gone without an outcome. */
static void describe_end(int status, struct stress_report *report)
{
    report->failures = 1;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(report->first_failure, sizeof report->first_failure, "hung");
    else if (WIFSIGNALED(status))
        snprintf(report->first_failure, sizeof report->first_failure, "killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(report->first_failure, sizeof report->first_failure, "ended with status %d",
                 WEXITSTATUS(status));
}

int stress_run_apart(const struct stress_scenario *scenario,
                     const struct lookaside_strategy *strategy,
                     const struct stress_options *options, struct stress_report *report)
{
    struct outcome outcome = {0};
    int ends[2], status = 0;
    bool whole;
    pid_t pid;

    if (pipe(ends))
        return -errno;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        child(ends[1], scenario, strategy, options);
    status = pid < 0 ? -errno : 0;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return status;
    }
    whole = receive(ends[0], pid, options, &outcome);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    stress_clean_after(pid);
    *report = outcome.report;
    /* A sanitizer's finding shows in the exit status, after the outcome. */
    if (!whole || (status != 0 && outcome.report.failures == 0))
        describe_end(status, report);
    return whole ? outcome.error : 0;
}
