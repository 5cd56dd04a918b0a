/* SPDX-License-Identifier: MIT */
/* series.c: see series.h. The process gets orders by one pipe and answers by another. */
#include "series.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_S = 120, POLL_MS = 100 };

/* The process is a copy: pointers mean the same there. */
struct order {
    const struct stress_scenario *scenario;
    const struct lookaside_strategy *strategy;
    struct stress_options options;
};

struct outcome {
    int error;
    struct stress_report report;
    struct stress_usage usage;
};

/* Whether all of it came. */
static bool receive(int from, void *bytes, size_t size)
{
    ssize_t got;

    do {
        got = read(from, bytes, size);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

static _Noreturn void obey(int orders, int outcomes)
{
    struct order order;

    /* The default action ends the process: that is how a hang ends. A parent that was killed cannot
     * wait for it. */
    signal(SIGALRM, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A terminal's interruption comes once, from the parent: the second would end the process. */
    (void)setpgid(0, 0);
    stress_usage_begin();
    while (receive(orders, &order, sizeof order)) {
        struct outcome outcome = {0};

        alarm((unsigned)order.options.seconds + GRACE_S);
        outcome.error = stress_run(order.scenario, order.strategy, &order.options, &outcome.report);
        alarm(0);
        outcome.usage = stress_usage_now();
        if (write(outcomes, &outcome, sizeof outcome) != (ssize_t)sizeof outcome)
            _exit(1);
    }
    exit(0);
}

/* In the new process. */
static _Noreturn void become(int orders[2], int outcomes[2])
{
    close(orders[1]);
    close(outcomes[0]);
    obey(orders[0], outcomes[1]);
}

static void close_both(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

int stress_series_start(struct stress_series *series)
{
    int orders[2], outcomes[2];

    if (pipe(orders))
        return -errno;
    if (pipe(outcomes)) {
        close_both(orders);
        return -EMFILE;
    }
    fflush(NULL);
    series->pid = fork();
    if (series->pid == 0)
        become(orders, outcomes);
    if (series->pid < 0) {
        series->pid = 0;
        close_both(orders);
        close_both(outcomes);
        return -EAGAIN;
    }
    close(orders[0]);
    close(outcomes[1]);
    series->orders = orders[1];
    series->outcomes = outcomes[0];
    return 0;
}

/* How the process ended. */
static int reap(struct stress_series *series)
{
    int status = 0;

    close(series->orders);
    close(series->outcomes);
    while (waitpid(series->pid, &status, 0) < 0 && errno == EINTR)
        ;
    stress_clean_after(series->pid);
    series->pid = 0;
    return status;
}

void stress_series_end(struct stress_series *series)
{
    if (series->pid)
        (void)reap(series);
}

/* The process ended in the middle of a run. */
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

/* An interruption is passed on, once: the run ends early, and is checked as usual. */
static void wait_for(const struct stress_series *series, const struct stress_options *options)
{
    struct pollfd ready = {.fd = series->outcomes, .events = POLLIN};
    bool told = false;

    while (poll(&ready, 1, POLL_MS) <= 0) {
        if (!told && options->interrupted && options->interrupted()) {
            kill(series->pid, SIGTERM);
            told = true;
        }
    }
}

int stress_series_run(struct stress_series *series, const struct stress_scenario *scenario,
                      const struct lookaside_strategy *strategy,
                      const struct stress_options *options, struct stress_report *report,
                      struct stress_usage *usage)
{
    const struct order order = {.scenario = scenario, .strategy = strategy, .options = *options};
    struct outcome outcome = {0};

    if (write(series->orders, &order, sizeof order) == (ssize_t)sizeof order) {
        wait_for(series, options);
        if (receive(series->outcomes, &outcome, sizeof outcome)) {
            *report = outcome.report;
            *usage = outcome.usage;
            /* The list that failed is still there, and would be in the way. */
            if (report->failures)
                stress_series_end(series);
            return outcome.error;
        }
    }
    memset(report, 0, sizeof *report);
    describe_end(reap(series), report);
    return 0;
}
