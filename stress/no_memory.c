/* SPDX-License-Identifier: MIT */
/*
 * no_memory.c: windows without memory. The allocate routine fails once in a while, in bursts, or
 * always; and so do the library's own allocations, where the build can make them (starve.h): when a
 * list is made, when its depth rises, and in the life of a thread that uses lists for the first
 * time. What fails must leave everything as it was.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "scenario.h"
#include "starve.h"

enum { MOST = 40, DEPTH = 400, SMALL_DEPTH = 8, STEPS = 60, BURST = 16, LIVES_ONE_IN = 4 };

/* Of the whole run: one in so many routines fails, in bursts of so many. */
struct windows {
    _Atomic uint32_t one_in, burst;
    _Atomic uint32_t turn;
};

static int begin(struct stress_run *run, const char **why)
{
    (void)why;
    run->own = calloc(1, sizeof(struct windows));
    return run->own ? 0 : -ENOMEM;
}

static void end(struct stress_run *run)
{
    free(run->own);
}

/* Relaxed: chance decides anyway. */
static bool routine(struct stress_list *list, bool allocates)
{
    struct windows *windows = list->run->own;
    const uint32_t one_in = atomic_load_explicit(&windows->one_in, memory_order_relaxed);
    const uint32_t burst = atomic_load_explicit(&windows->burst, memory_order_relaxed);

    if (!allocates || one_in == 0)
        return true;
    return atomic_fetch_add_explicit(&windows->turn, 1, memory_order_relaxed) % (one_in * burst) >=
           burst;
}

/* None, one in some, a burst now and then, all. */
static void open_window(struct stress_worker *worker)
{
    struct windows *windows = worker->run->own;
    const uint32_t kind = stress_below(worker, 4);

    atomic_store_explicit(&windows->burst, kind == 2 ? BURST : 1, memory_order_relaxed);
    atomic_store_explicit(&windows->one_in,
                          kind == 0   ? 0
                          : kind == 3 ? 1
                                      : 2 + stress_below(worker, BURST),
                          memory_order_relaxed);
}

/* One in so many of the library's allocations that the thread is about to ask for. */
static uint32_t starvation(struct stress_worker *worker)
{
    return 1 + stress_below(worker, 3);
}

static void set_depth(struct stress_worker *worker)
{
    struct lookaside *list = &stress_any_list(worker)->list;
    int error;

    stress_starve(starvation(worker));
    error = lookaside_set_depth(list, stress_below(worker, DEPTH + 1));
    stress_starve(0);
    if (error && error != -ENOMEM)
        oracle_fault(worker->run->oracle, "set_depth failed by %d", error);
}

static uint32_t depth_of(struct stress_list *list)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&list->list, &stats);
    return stats.depth;
}

/* A list that nobody else knows: without the memory for a larger depth it has the one before. */
static void grow(struct stress_worker *worker, struct stress_list *own)
{
    const uint32_t before = depth_of(own), after = 1 + stress_below(worker, DEPTH);
    int error;

    stress_starve(starvation(worker));
    error = lookaside_set_depth(&own->list, after);
    stress_starve(0);
    if (depth_of(own) != (error ? before : after))
        oracle_fault(worker->run->oracle, "set_depth returned %d, and the depth is %" PRIu32, error,
                     depth_of(own));
}

static void live_and_end(struct stress_worker *worker)
{
    struct stress_list *own = stress_own_list(worker);
    int error;

    stress_starve(starvation(worker));
    error = stress_list_begin(own, 1 + stress_below(worker, SMALL_DEPTH));
    stress_starve(0);
    if (error && error != -ENOMEM)
        oracle_fault(worker->run->oracle, "a list could not be made: %d", error);
    if (error)
        return;
    grow(worker, own);
    stress_starve(starvation(worker));
    for (uint32_t i = 0; i < STEPS; i++)
        (void)stress_alloc_from(worker, own);
    stress_free_all(worker);
    stress_list_end(own);
    stress_starve(0);
}

/* Everything that the library has for a thread is made in here, or cannot be. */
static void *short_life(void *pointer)
{
    struct stress_worker *worker = pointer;

    stress_be(worker);
    stress_starve(starvation(worker));
    stress_churn_some(worker, MOST, STEPS);
    stress_free_all(worker);
    stress_starve(0);
    return NULL;
}

static void live_elsewhere(struct stress_worker *worker)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, short_life, worker) == 0)
        pthread_join(thread, NULL);
}

static void no_memory(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (worker->index == 0)
            open_window(worker);
        set_depth(worker);
        if (stress_below(worker, LIVES_ONE_IN) == 0)
            live_elsewhere(worker);
        else if (stress_below(worker, LIVES_ONE_IN) == 0)
            live_and_end(worker);
        stress_churn_some(worker, MOST, STEPS);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_no_memory = {
    .name = "no-memory",
    .summary = "routines and the library's own allocations fail at times",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = 2,
    .own_lists = true,
    .min_threads = 1,
    .begin = begin,
    .end = end,
    .routine = routine,
    .work = no_memory,
};
