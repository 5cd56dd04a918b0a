/* SPDX-License-Identifier: MIT */
/*
 * apart.c: a run in a process of its own, so that a crash or a hang is one failed run and not the
 * end of all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child_process.h"

/* How long after its time a run may take to settle before it counts as hung. */
enum { GRACE_S = 300 };

struct outcome {
    int error;
    struct stress_report report;
};

static _Noreturn void child(int to_parent, const struct stress_scenario *scenario,
                            const struct lookaside_strategy *strategy,
                            const struct stress_options *options)
{
    struct outcome outcome = {0};

    stress_child_begin();
    outcome.error = stress_run(scenario, strategy, options, &outcome.report);
    /* exit, not _exit: a sanitizer has its last word there. Everything was flushed before. */
    alarm(GRACE_S);
    exit(write(to_parent, &outcome, sizeof outcome) == (ssize_t)sizeof outcome ? 0 : 1);
}

int stress_run_apart(const struct stress_scenario *scenario,
                     const struct lookaside_strategy *strategy,
                     const struct stress_options *options, struct stress_report *report)
{
    struct outcome outcome = {0};
    int ends[2], status = 0;
    bool whole, hung;
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
    hung = !stress_child_wait(ends[0], pid, options, options->grace_s ? options->grace_s : GRACE_S);
    whole = stress_child_receive(ends[0], &outcome, sizeof outcome);
    close(ends[0]);
    status = stress_child_reap(pid);
    *report = outcome.report;
    /* A sanitizer's finding shows in the exit status, after the outcome. */
    if (!whole || (status != 0 && outcome.report.failures == 0))
        stress_child_describe_end(status, hung, report);
    return whole ? outcome.error : 0;
}
