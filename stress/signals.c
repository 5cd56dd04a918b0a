/* SPDX-License-Identifier: MIT */
/*
 * signals.c: a storm of signals. The first thread sends them to all others and to itself; where the
 * strategy says that it may be used in handlers, the handlers allocate and free, by themselves and
 * in bulk, whatever they interrupted. With the other strategies they only interrupt.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "scenario.h"
#include "strategy.h"

enum { MOST = 24, MOST_ASIDE = 12, DEPTH = 24, STEPS = 4, SET_ONE_IN = 64, NR_SIGNALS = 2 };

static const int numbers[NR_SIGNALS] = {SIGUSR1, SIGUSR2};

/* More than a shallow list has, so that handlers come to the slow paths too. */
static void use(struct stress_worker *aside)
{
    for (uint32_t nr = stress_below(aside, MOST_ASIDE); nr > 0; nr--)
        stress_churn_step(aside, MOST_ASIDE);
    if (stress_below(aside, 2) == 0)
        stress_free_all(aside);
}

/* Neither interrupts the other: both allocate for the same one aside. */
static void handle(int number)
{
    struct stress_worker *worker = stress_self();
    const int error = errno;

    (void)number;
    if (worker && worker->run->strategy->signal_safe)
        use(stress_aside(worker));
    errno = error;
}

static int begin(struct stress_run *run, const char **why)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    struct sigaction *before = calloc(NR_SIGNALS, sizeof *before);

    (void)why;
    run->own = before;
    if (!before)
        return -ENOMEM;
    for (unsigned i = 0; i < NR_SIGNALS; i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (unsigned i = 0; i < NR_SIGNALS; i++)
        sigaction(numbers[i], &action, &before[i]);
    return 0;
}

static void end(struct stress_run *run)
{
    struct sigaction *before = run->own;

    for (unsigned i = 0; i < NR_SIGNALS; i++)
        sigaction(numbers[i], &before[i], NULL);
    free(before);
}

/* The first worker is joined first: the others exist as long as it sends. */
static void send(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;
    const uint32_t to = stress_below(worker, run->nr_workers);

    (void)pthread_kill(run->workers[to].thread, numbers[stress_below(worker, NR_SIGNALS)]);
}

/* Handlers are over before what they got is given back. */
static void free_aside(struct stress_worker *worker)
{
    sigset_t ours;

    sigemptyset(&ours);
    for (unsigned i = 0; i < NR_SIGNALS; i++)
        sigaddset(&ours, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &ours, NULL);
    stress_free_all(stress_aside(worker));
}

/* Shallow lists are full or empty most of the time. */
static void set_depth(struct stress_worker *worker)
{
    const uint32_t depth = stress_below(worker, 2) ? stress_below(worker, 4) : DEPTH;

    if (lookaside_set_depth(&stress_any_list(worker)->list, depth))
        oracle_fault(worker->run->oracle, "set_depth failed");
}

static void signals(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->index == 0)
            send(worker);
        if (stress_below(worker, SET_ONE_IN) == 0)
            set_depth(worker);
        stress_churn_some(worker, MOST, STEPS);
    }
    stress_free_all(worker);
    free_aside(worker);
}

const struct stress_scenario stress_signals = {
    .name = "signals",
    .summary = "signals interrupt all; handlers use lists where they may",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = 2,
    .min_threads = 2,
    .begin = begin,
    .end = end,
    .work = signals,
};
