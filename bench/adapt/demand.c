/* SPDX-License-Identifier: MIT */
/* demand.c: see demand.h. */
#include "demand.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

static uint32_t draw(gsl_rng *random, uint32_t mean)
{
    const uint32_t drawn = mean > 0 ? gsl_ran_poisson(random, mean) : 0;

    return drawn < LA_ADAPT_MAX_BURST ? drawn : LA_ADAPT_MAX_BURST;
}

static void draw_bursts(struct la_demand *demand, gsl_rng *random)
{
    const uint32_t nr = demand->nr_ticks * LA_ADAPT_BURSTS;

    for (uint32_t i = 0; i < nr; i++)
        demand->bursts[i] = draw(random, demand->bursts[i]);
    for (uint32_t tick = 0; tick + 1 < demand->nr_ticks; tick++) {
        const uint32_t next = demand->bursts[(tick + 1) * LA_ADAPT_BURSTS];

        demand->out[tick] = (uint32_t)gsl_rng_uniform_int(random, next + 1UL);
    }
}

bool la_demand_init(struct la_demand *demand, const struct la_profile *profile, uint32_t nr_ticks,
                    uint64_t seed)
{
    gsl_rng *random = seed ? gsl_rng_alloc(gsl_rng_taus2) : NULL;

    demand->nr_ticks = nr_ticks;
    demand->bursts = calloc((size_t)nr_ticks * LA_ADAPT_BURSTS, sizeof *demand->bursts);
    demand->out = calloc(nr_ticks, sizeof *demand->out);
    if (!demand->bursts || !demand->out || (seed && !random)) {
        la_demand_fini(demand);
        gsl_rng_free(random);
        return false;
    }
    for (uint32_t i = 0; i < nr_ticks * LA_ADAPT_BURSTS; i++)
        demand->bursts[i] = la_profile_demand(profile, i / LA_ADAPT_BURSTS, nr_ticks);
    if (random) {
        gsl_rng_set(random, seed);
        draw_bursts(demand, random);
        gsl_rng_free(random);
    }
    return true;
}

void la_demand_fini(struct la_demand *demand)
{
    free(demand->bursts);
    free(demand->out);
    demand->bursts = NULL;
    demand->out = NULL;
}

uint32_t la_demand_largest(const struct la_demand *demand, uint32_t tick)
{
    const uint32_t *bursts = demand->bursts + (size_t)tick * LA_ADAPT_BURSTS;
    uint32_t largest = 0;

    for (int i = 0; i < LA_ADAPT_BURSTS; i++)
        largest = bursts[i] > largest ? bursts[i] : largest;
    return largest;
}

uint32_t la_demand_peak(const struct la_demand *demand)
{
    uint32_t peak = 0;

    for (uint32_t tick = 0; tick < demand->nr_ticks; tick++) {
        const uint32_t largest = la_demand_largest(demand, tick);

        peak = largest > peak ? largest : peak;
    }
    return peak;
}

uint64_t la_demand_unavoidable_misses(const struct la_demand *demand, uint32_t ceiling)
{
    uint64_t misses = 0;
    uint32_t held = 0;

    for (uint32_t i = 0; i < demand->nr_ticks * LA_ADAPT_BURSTS; i++) {
        if (demand->bursts[i] <= held)
            continue;
        misses += demand->bursts[i] - held;
        held = demand->bursts[i] < ceiling ? demand->bursts[i] : ceiling;
    }
    return misses;
}

uint64_t la_demand_wanted(const struct la_demand *demand, uint32_t ceiling)
{
    uint64_t sum = 0;

    for (uint32_t tick = 0; tick < demand->nr_ticks; tick++) {
        const uint32_t largest = la_demand_largest(demand, tick);

        sum += largest < ceiling ? largest : ceiling;
    }
    return sum;
}
