/* SPDX-License-Identifier: MIT */
/* arrivals.c: see arrivals.h. */
#include "arrivals.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

#define PARETO_SHAPE 1.5

static const char *const arrivals_names[] = {"poisson", "periodic"};
static const char *const hold_names[] = {"fixed", "exponential", "pareto"};

const char *la_arrivals_name(size_t index)
{
    return index < LA_NR_ARRIVALS ? arrivals_names[index] : NULL;
}

const char *la_hold_name(size_t index)
{
    return index < LA_NR_HOLDS ? hold_names[index] : NULL;
}

/* Until the next arrival. The periodic ones of several threads start at moments of their own. */
static double next_gap_ns(const struct la_demand *demand, gsl_rng *random, bool first)
{
    const double mean_ns = 1e9 / demand->allocations_per_s;

    if (demand->process == LA_ARRIVALS_POISSON)
        return gsl_ran_exponential(random, mean_ns);
    return first ? gsl_rng_uniform(random) * mean_ns : mean_ns;
}

static double hold_ns(const struct la_demand *demand, gsl_rng *random)
{
    switch (demand->shape) {
    case LA_HOLD_EXPONENTIAL:
        return gsl_ran_exponential(random, demand->hold_ns);
    case LA_HOLD_PARETO:
        return gsl_ran_pareto(random, PARETO_SHAPE,
                              demand->hold_ns * (PARETO_SHAPE - 1) / PARETO_SHAPE);
    default:
        return demand->hold_ns;
    }
}

static bool add(struct la_schedule *schedule, double at_ns, const struct la_demand *demand,
                uint32_t object, bool frees)
{
    if (schedule->nr_operations == schedule->room) {
        const size_t room = schedule->room ? 2 * schedule->room : 1024;
        struct la_planned *more = realloc(schedule->operations, room * sizeof *more);

        if (!more)
            return false;
        schedule->operations = more;
        schedule->room = room;
    }
    schedule->operations[schedule->nr_operations++] = (struct la_planned){
        .at = (uint64_t)(at_ns * demand->ticks_per_ns), .slot = object, .frees = frees};
    return true;
}

/* Every operation, with the object's number for a slot. */
static bool draw(struct la_schedule *schedule, const struct la_demand *demand, gsl_rng *random)
{
    double at_ns = next_gap_ns(demand, random, true);

    for (uint32_t object = 0; at_ns < demand->duration_ns; object++) {
        const double until_ns = at_ns + hold_ns(demand, random);

        if (!add(schedule, at_ns, demand, object, false) ||
            (until_ns < demand->duration_ns && !add(schedule, until_ns, demand, object, true)))
            return false;
        at_ns += next_gap_ns(demand, random, false);
    }
    return true;
}

/* An object's free comes after its allocation, also when both are due in the same tick. */
static int by_time(const void *left, const void *right)
{
    const struct la_planned *a = left, *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    return (int)a->frees - (int)b->frees;
}

/* Gives every object the slot that became free last: as few slots as objects held at once. */
static bool assign_slots(struct la_schedule *schedule)
{
    const size_t nr = schedule->nr_operations;
    uint32_t *slot_of = calloc(nr + 1, sizeof *slot_of);
    uint32_t *vacant = calloc(nr + 1, sizeof *vacant);
    size_t nr_vacant = 0;

    schedule->nr_slots = 0;
    for (size_t i = 0; slot_of && vacant && i < nr; i++) {
        struct la_planned *planned = &schedule->operations[i];
        const uint32_t object = planned->slot;

        if (planned->frees)
            vacant[nr_vacant++] = slot_of[object];
        else
            slot_of[object] = nr_vacant ? vacant[--nr_vacant] : (uint32_t)schedule->nr_slots++;
        planned->slot = slot_of[object];
    }
    free(vacant);
    free(slot_of);
    return slot_of && vacant;
}

bool la_schedule_plan(struct la_schedule *schedule, const struct la_demand *demand)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    bool planned;

    if (!random)
        return false;
    gsl_rng_set(random, (unsigned long)demand->seed);
    schedule->nr_operations = 0;
    planned = draw(schedule, demand, random);
    gsl_rng_free(random);
    if (!planned)
        return false;
    qsort(schedule->operations, schedule->nr_operations, sizeof *schedule->operations, by_time);
    return assign_slots(schedule);
}

void la_schedule_fini(struct la_schedule *schedule)
{
    free(schedule->operations);
    *schedule = (struct la_schedule){0};
}
