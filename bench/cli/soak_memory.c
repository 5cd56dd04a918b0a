/* SPDX-License-Identifier: MIT */
/* soak_memory.c: see soak_memory.h. */
#include "soak_memory.h"

enum { START_IS_ONE_IN = 4, SECONDS_PER_HOUR = 3600 };

static const double growth[] = {[SOAK_IN_USE] = SOAK_GROWTH_IN_USE,
                                [SOAK_RESIDENT] = SOAK_GROWTH_RESIDENT,
                                [SOAK_DESCRIPTORS] = SOAK_GROWTH_DESCRIPTORS};

static void keep_every_second(struct soak_memory *memory)
{
    for (size_t i = 0; i < LA_TREND_MAX / 2; i++) {
        memory->seconds[i] = memory->seconds[2 * i];
        for (int j = 0; j < SOAK_NR_QUANTITIES; j++)
            memory->readings[j][i] = memory->readings[j][2 * i];
    }
    memory->nr = LA_TREND_MAX / 2;
    memory->stride *= 2;
}

void soak_memory_add(struct soak_memory *memory, double seconds,
                     const double readings[SOAK_NR_QUANTITIES])
{
    if (memory->stride == 0)
        memory->stride = 1;
    if (memory->nr_offered++ % memory->stride != 0)
        return;
    if (memory->nr == LA_TREND_MAX)
        keep_every_second(memory);
    memory->seconds[memory->nr] = seconds;
    for (int i = 0; i < SOAK_NR_QUANTITIES; i++)
        memory->readings[i][memory->nr] = readings[i];
    memory->nr++;
}

/* With NANs: no. */
static bool amounts_to(const struct la_trend *trend, double hours, double least)
{
    return trend->low > 0 && trend->slope * hours > least;
}

static void per_hour(struct la_trend *trend)
{
    trend->slope *= SECONDS_PER_HOUR;
    trend->low *= SECONDS_PER_HOUR;
    trend->high *= SECONDS_PER_HOUR;
}

struct soak_verdict soak_memory_verdict(const struct soak_memory *memory)
{
    const size_t first = memory->nr / START_IS_ONE_IN, nr = memory->nr - first;
    const double *seconds = memory->seconds + first;
    const double hours = nr ? (seconds[nr - 1] - seconds[0]) / SECONDS_PER_HOUR : 0;
    struct soak_verdict verdict = {.grows = false};

    for (int i = 0; i < SOAK_NR_QUANTITIES; i++) {
        verdict.trends[i] = la_trend_of(seconds, memory->readings[i] + first, nr);
        per_hour(&verdict.trends[i]);
        verdict.grows = verdict.grows || amounts_to(&verdict.trends[i], hours, growth[i]);
    }
    return verdict;
}
