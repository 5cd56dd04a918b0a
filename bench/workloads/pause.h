/* SPDX-License-Identifier: MIT */
/* pause.h: sleep within a window that is not the workload's time. */
#ifndef LA_WORKLOAD_PAUSE_H
#define LA_WORKLOAD_PAUSE_H

#include <errno.h>
#include <time.h>

#include "workload.h"

/* Sleeps until the system's clock is a multiple of the period, the same moments for all threads.
 * Where the window ends meanwhile the sleep does not. */
static inline void la_pause_until(struct la_worker *worker, uint64_t period_ns)
{
    const uint64_t begin = la_ticks();
    const uint64_t until_ns = (la_clock_system_ns() / period_ns + 1) * period_ns;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / UINT64_C(1000000000)),
                                   .tv_nsec = (long)(until_ns % UINT64_C(1000000000))};
    uint64_t took;

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    took = la_ticks() - begin;
    worker->paused += took;
    worker->slept += took;
}

#endif
