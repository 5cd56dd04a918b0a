/* SPDX-License-Identifier: MIT */
/*
 * callbacks.c: the routines do what routines may: allocate from and free to the list that called
 * them or another one, flush it, read it, let others run, sleep, or fail. They do so inside each
 * other. A list that calls a routine with a lock in its hands stands still.
 */
#include <time.h>

#include "scenario.h"

enum { MOST = 32, MOST_ASIDE = 24, LISTS = 2, DEPTH = 16, DEEPEST = 3, ACTS = 24, NAP_NS = 20000 };

/* How many routines of this thread are inside each other. */
static _Thread_local unsigned nested;

static void read_all(struct stress_run *run)
{
    struct lookaside_stats stats;

    for (unsigned i = 0; i < run->nr_shared; i++)
        lookaside_get_stats(&run->lists[i].list, &stats);
}

static void use(struct stress_worker *aside, struct stress_list *list)
{
    if (aside->nr_out < MOST_ASIDE)
        (void)stress_alloc_from(aside, list);
    else
        stress_free_any(aside);
}

/* Most of the time nothing. */
static void act(struct stress_worker *aside, struct stress_list *list)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};

    switch (stress_below(aside, ACTS)) {
    case 0:
        use(aside, list);
        break;
    case 1:
        use(aside, stress_any_list(aside));
        break;
    case 2:
        stress_free_all(aside);
        break;
    case 3:
        stress_trim(aside, stress_any_list(aside), stress_below(aside, DEPTH));
        break;
    case 4:
        read_all(aside->run);
        break;
    case 5:
        sched_yield();
        break;
    case 6:
        nanosleep(&nap, NULL);
        break;
    case 7:
        (void)lookaside_set_depth(&list->list, 1 + stress_below(aside, DEPTH));
        break;
    default:
        break;
    }
}

static bool routine(struct stress_list *list, bool allocates)
{
    struct stress_worker *worker = stress_self();
    struct stress_worker *aside = worker ? stress_aside(worker) : NULL;

    if (!worker || nested == DEEPEST)
        return true;
    nested++;
    act(aside, list);
    nested--;
    return !allocates || stress_below(aside, ACTS) > 0;
}

static void callbacks(struct stress_worker *worker)
{
    stress_churn_on(worker, MOST);
    nested = DEEPEST;
    stress_free_all(stress_aside(worker));
}

const struct stress_scenario stress_callbacks = {
    .name = "callbacks",
    .summary = "the routines use the lists themselves, block, and fail",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = LISTS,
    .min_threads = 1,
    .routine = routine,
    .work = callbacks,
};
