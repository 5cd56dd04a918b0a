/* SPDX-License-Identifier: MIT */
/* clock.c: choice and calibration of the clock; see clock.h. */
#include "clock.h"

#include <math.h>
#include <stdlib.h>

#if LA_CLOCK_HAS_TSC
#include <cpuid.h>
#endif

enum {
    CALIBRATION_NS = 20 * 1000 * 1000,
    FLOOR_TRIALS = 2001,
};

struct la_clock la_clock = {.tsc = false, .ns_per_tick = 1.0};

/* The processor's own word that the counter runs at one rate in every power state. */
static bool tsc_is_invariant(void)
{
#if LA_CLOCK_HAS_TSC
    unsigned eax, ebx, ecx, edx;

    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & (1u << 8));
#else
    return false;
#endif
}

#if LA_CLOCK_HAS_TSC
/* Both clocks at one moment: of several tries the one with the closest bracket. */
static void read_both(uint64_t *system_ns, uint64_t *tsc)
{
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < 16; i++) {
        uint64_t before = __rdtsc();
        uint64_t now = la_clock_system_ns();
        uint64_t after = __rdtsc();

        if (after - before < best) {
            best = after - before;
            *system_ns = now;
            *tsc = before + (after - before) / 2;
        }
    }
}

static double measure_rate(void)
{
    struct timespec pause = {.tv_nsec = CALIBRATION_NS};
    uint64_t ns0, ns1, tsc0, tsc1;

    read_both(&ns0, &tsc0);
    nanosleep(&pause, NULL);
    read_both(&ns1, &tsc1);
    return tsc1 > tsc0 ? (double)(ns1 - ns0) / (double)(tsc1 - tsc0) : 0;
}
#else
static double measure_rate(void)
{
    return 0;
}
#endif

bool la_clock_rates_agree(double first, double second)
{
    return first > 0 && second > 0 && fabs(first / second - 1) < 1e-3;
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t measure_floor(void)
{
    static uint64_t trials[FLOOR_TRIALS];

    for (int i = 0; i < FLOOR_TRIALS; i++) {
        uint64_t begin = la_ticks_begin();

        trials[i] = la_ticks_end() - begin;
    }
    qsort(trials, FLOOR_TRIALS, sizeof *trials, by_value);
    return trials[FLOOR_TRIALS / 2];
}

void la_clock_init(void)
{
    static bool done;
    double first, second;

    if (done)
        return;
    done = true;
    if (tsc_is_invariant()) {
        first = measure_rate();
        second = measure_rate();
        if (la_clock_rates_agree(first, second))
            la_clock = (struct la_clock){.tsc = true, .ns_per_tick = (first + second) / 2};
    }
    la_clock.floor = measure_floor();
}

const char *la_clock_name(void)
{
    return la_clock.tsc ? "tsc" : "clock_gettime";
}
