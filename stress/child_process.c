/* SPDX-License-Identifier: MIT */
/* child_process.c: see child_process.h. */
#include "child_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "where.h"

enum { POLL_MS = 100 };

void stress_child_begin(void)
{
    /* The default action ends the process: that is how a hang in its end, or of a process that it
     * forked, ends. A parent that was killed cannot wait for it. */
    signal(SIGALRM, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A terminal's interruption comes once, from the parent: the second would end the process. */
    (void)setpgid(0, 0);
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* What counts of the time since *last: of more than a look takes, POLL_MS, since a clock goes on
 * while an emulator, or all of a machine's processes, stand still. */
static double passed_ms(double *last)
{
    const double now = now_ms(), passed = now - *last;

    *last = now;
    return passed < POLL_MS ? passed : POLL_MS;
}

bool stress_child_wait(int from_child, pid_t pid, const struct stress_options *options,
                       unsigned grace_s)
{
    struct pollfd ready = {.fd = from_child, .events = POLLIN};
    double left_ms = (options->seconds + grace_s) * 1000, last = now_ms();
    bool told = false;

    while (poll(&ready, 1, POLL_MS) <= 0) {
        if (!told && options->interrupted && options->interrupted()) {
            kill(pid, SIGTERM);
            told = true;
        }
        left_ms -= passed_ms(&last);
        if (left_ms <= 0) {
            fprintf(stderr, "process %d does not come to its end; its threads:\n", (int)pid);
            stress_end_hung(stderr, pid);
            return false;
        }
    }
    return true;
}

bool stress_child_receive(int from, void *bytes, size_t size)
{
    ssize_t got;

    do {
        got = read(from, bytes, size);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

int stress_child_reap(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    stress_clean_after(pid);
    return status;
}

void stress_child_describe_end(int status, bool hung, struct stress_report *report)
{
    report->failures = 1;
    if (hung)
        snprintf(report->first_failure, sizeof report->first_failure,
                 "hung; where its threads were is on standard error");
    else if (WIFSIGNALED(status))
        snprintf(report->first_failure, sizeof report->first_failure, "killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(report->first_failure, sizeof report->first_failure, "ended with status %d",
                 WEXITSTATUS(status));
}
