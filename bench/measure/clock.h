/* SPDX-License-Identifier: MIT */
/*
 * clock.h: the clock of the measured threads. One read of it per batch must cost next to nothing,
 * so it is the time-stamp counter where that runs at one rate on all CPUs, and clock_gettime
 * elsewhere. Ticks mean nothing until la_clock_ns() has turned them into nanoseconds.
 */
#ifndef LA_MEASURE_CLOCK_H
#define LA_MEASURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#define LA_CLOCK_HAS_TSC 1
#else
#define LA_CLOCK_HAS_TSC 0
#endif

struct la_clock {
    bool tsc;           /* else clock_gettime: one tick is one nanosecond */
    double ns_per_tick; /* measured against CLOCK_MONOTONIC */
    uint64_t floor;     /* median ticks between a begin and an end with nothing between */
};

/* Written once by la_clock_init(), before any other thread reads it. */
extern struct la_clock la_clock;

/* Chooses and calibrates the clock; takes about 50 ms the first time. Main thread. */
void la_clock_init(void);

/* "tsc" or "clock_gettime". */
const char *la_clock_name(void);

/* Whether two measured rates are close enough to be those of one steady counter. */
bool la_clock_rates_agree(double first, double second);

static inline uint64_t la_clock_system_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* Now, for gaps and windows: may be off by the few instructions around it. */
static inline uint64_t la_ticks(void)
{
#if LA_CLOCK_HAS_TSC
    if (__builtin_expect(la_clock.tsc, 1))
        return __rdtsc();
#endif
    return la_clock_system_ns();
}

/* Now, with nothing after it begun. */
static inline uint64_t la_ticks_begin(void)
{
#if LA_CLOCK_HAS_TSC
    if (__builtin_expect(la_clock.tsc, 1)) {
        uint64_t now;

        _mm_lfence();
        now = __rdtsc();
        _mm_lfence();
        return now;
    }
#endif
    return la_clock_system_ns();
}

/* Now, with everything before it done. */
static inline uint64_t la_ticks_end(void)
{
#if LA_CLOCK_HAS_TSC
    if (__builtin_expect(la_clock.tsc, 1)) {
        unsigned cpu;
        uint64_t now = __rdtscp(&cpu);

        _mm_lfence();
        return now;
    }
#endif
    return la_clock_system_ns();
}

static inline double la_clock_ns(uint64_t ticks)
{
    return (double)ticks * la_clock.ns_per_tick;
}

static inline uint64_t la_clock_ticks(uint64_t ns)
{
    return (uint64_t)((double)ns / la_clock.ns_per_tick);
}

#endif
