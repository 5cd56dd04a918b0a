/* SPDX-License-Identifier: MIT */
/* series.c: see series.h. The process gets orders by one pipe and answers by another. */
#include "series.h"

#include <errno.h>
#include <pthread.h>
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

struct task {
    struct order order;
    struct outcome outcome;
};

static void *carry_out(void *task_to_do)
{
    struct task *task = task_to_do;
    const struct order *order = &task->order;

    task->outcome.error =
        stress_run(order->scenario, order->strategy, &order->options, &task->outcome.report);
    return NULL;
}

/* In a thread that ends with the run: what it frees into its cache is free then, and none of it is
 * in the reading. The process's first thread would have it in use for ever. */
static void carry_out_apart(struct task *task)
{
    pthread_t thread;

    task->outcome = (struct outcome){0};
    task->outcome.error = -pthread_create(&thread, NULL, carry_out, task);
    if (!task->outcome.error)
        pthread_join(thread, NULL);
}

static _Noreturn void obey(int orders, int outcomes)
{
    static struct task task;

    stress_child_begin();
    stress_usage_begin();
    while (stress_child_receive(orders, &task.order, sizeof task.order)) {
        carry_out_apart(&task);
        task.outcome.usage = stress_usage_now();
        if (write(outcomes, &task.outcome, sizeof task.outcome) != (ssize_t)sizeof task.outcome)
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
    bool hung = false;

    if (write(series->orders, &order, sizeof order) == (ssize_t)sizeof order) {
        hung = !stress_child_wait(series->outcomes, series->pid, options, GRACE_S);
        if (!hung && stress_child_receive(series->outcomes, &outcome, sizeof outcome)) {
            *report = outcome.report;
            *usage = outcome.usage;
            /* The list that failed is still there, and would be in the way. */
            if (report->failures)
                stress_series_end(series);
            return outcome.error;
        }
    }
    memset(report, 0, sizeof *report);
    stress_child_describe_end(reap(series), hung, report);
    return 0;
}
