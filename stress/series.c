/* SPDX-License-Identifier: MIT */
/* series.c: see series.h. The process gets orders by one pipe and answers by another. */
#include "series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child_process.h"

enum { GRACE_S = 120 };

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

static _Noreturn void obey(int orders, int outcomes)
{
    struct order order;

    stress_child_begin();
    stress_usage_begin();
    while (stress_child_receive(orders, &order, sizeof order)) {
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
    const pid_t pid = series->pid;

    close(series->orders);
    close(series->outcomes);
    series->pid = 0;
    return stress_child_reap(pid);
}

void stress_series_end(struct stress_series *series)
{
    if (series->pid)
        (void)reap(series);
}

int stress_series_run(struct stress_series *series, const struct stress_scenario *scenario,
                      const struct lookaside_strategy *strategy,
                      const struct stress_options *options, struct stress_report *report,
                      struct stress_usage *usage)
{
    const struct order order = {.scenario = scenario, .strategy = strategy, .options = *options};
    struct outcome outcome = {0};

    if (write(series->orders, &order, sizeof order) == (ssize_t)sizeof order) {
        stress_child_wait(series->outcomes, series->pid, options);
        if (stress_child_receive(series->outcomes, &outcome, sizeof outcome)) {
            *report = outcome.report;
            *usage = outcome.usage;
            /* The list that failed is still there, and would be in the way. */
            if (report->failures)
                stress_series_end(series);
            return outcome.error;
        }
    }
    memset(report, 0, sizeof *report);
    stress_child_describe_end(reap(series), report);
    return 0;
}
