/* SPDX-License-Identifier: MIT */
/* arrivals.c: see arrivals.h. */
#include "arrivals.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

#define PARETO_SHAPE 1.5

/* So many shared slots are vacant before one is used again. */
enum { SLACK = 64 };

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

static bool add(struct la_schedule *schedule, double at_ns, double ticks_per_ns,
                struct la_planned planned)
{
    if (schedule->nr_operations == schedule->room) {
        const size_t room = schedule->room ? 2 * schedule->room : 1024;
        struct la_planned *more = realloc(schedule->operations, room * sizeof *more);

        if (!more)
            return false;
        schedule->operations = more;
        schedule->room = room;
    }
    planned.at = (uint64_t)(at_ns * ticks_per_ns);
    schedule->operations[schedule->nr_operations++] = planned;
    return true;
}

/* What several threads plan together. */
struct joint {
    struct la_schedule *schedules;
    unsigned nr;
    double remote_share;
    uint32_t nr_shared; /* objects that go from one thread to the next */
};

/* Every operation of a thread, with the object's number for a slot; its own objects and those that
 * it gives away are numbered apart. */
static bool draw(struct joint *joint, unsigned thread, const struct la_demand *demand,
                 gsl_rng *random)
{
    struct la_schedule *own = &joint->schedules[thread];
    struct la_schedule *next = &joint->schedules[(thread + 1) % joint->nr];
    double at_ns = next_gap_ns(demand, random, true), owed = 0;

    for (uint32_t object = 0; at_ns < demand->duration_ns; object++) {
        const double until_ns = at_ns + hold_ns(demand, random);
        struct la_planned planned = {.slot = object};

        owed += joint->remote_share;
        if (owed >= 1) {
            owed -= 1;
            planned = (struct la_planned){.slot = joint->nr_shared++, .shared = 1};
        }
        if (!add(own, at_ns, demand->ticks_per_ns, planned))
            return false;
        planned.frees = 1;
        if (until_ns < demand->duration_ns &&
            !add(planned.shared ? next : own, until_ns, demand->ticks_per_ns, planned))
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

        if (planned->shared)
            continue;
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

static int by_time_of_both(const void *left, const void *right)
{
    return by_time(*(struct la_planned *const *)left, *(struct la_planned *const *)right);
}

/* The shared operations of all threads in the order in which they are due. */
static size_t gather_shared(const struct joint *joint, struct la_planned **shared)
{
    size_t nr = 0;

    for (unsigned i = 0; i < joint->nr; i++) {
        for (size_t j = 0; j < joint->schedules[i].nr_operations; j++) {
            if (joint->schedules[i].operations[j].shared)
                shared[nr++] = &joint->schedules[i].operations[j];
        }
    }
    qsort(shared, nr, sizeof *shared, by_time_of_both);
    return nr;
}

/* Gives every shared object the slot that has been vacant for longest, and a new one as long as few
 * are vacant. */
static size_t assign_shared(struct la_planned *const *shared, size_t nr, uint32_t *slot_of,
                            uint32_t *vacant)
{
    size_t nr_slots = 0, first = 0, last = 0;

    for (size_t i = 0; i < nr; i++) {
        const uint32_t object = shared[i]->slot;

        if (shared[i]->frees)
            vacant[last++] = slot_of[object];
        else if (last - first > SLACK)
            slot_of[object] = vacant[first++];
        else
            slot_of[object] = (uint32_t)nr_slots++;
        shared[i]->slot = slot_of[object];
    }
    return nr_slots;
}

static bool assign_shared_slots(const struct joint *joint, size_t *nr_slots)
{
    /* No object has more than two operations. */
    struct la_planned **shared = calloc(2 * (size_t)joint->nr_shared + 1, sizeof *shared);
    uint32_t *slot_of = calloc((size_t)joint->nr_shared + 1, sizeof *slot_of);
    uint32_t *vacant = calloc((size_t)joint->nr_shared + 1, sizeof *vacant);
    const bool good = shared && slot_of && vacant;

    if (good)
        *nr_slots = assign_shared(shared, gather_shared(joint, shared), slot_of, vacant);
    free(shared);
    free(slot_of);
    free(vacant);
    return good;
}

bool la_schedules_plan(struct la_schedule *schedules, const struct la_demand *demands, unsigned nr,
                       double remote_share, size_t *nr_shared_slots)
{
    struct joint joint = {schedules, nr, remote_share, 0};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    bool planned = random != NULL;

    for (unsigned i = 0; i < nr; i++)
        schedules[i].nr_operations = 0;
    for (unsigned i = 0; planned && i < nr; i++) {
        gsl_rng_set(random, (unsigned long)demands[i].seed);
        planned = draw(&joint, i, &demands[i], random);
    }
    if (random)
        gsl_rng_free(random);
    for (unsigned i = 0; planned && i < nr; i++) {
        qsort(schedules[i].operations, schedules[i].nr_operations, sizeof *schedules[i].operations,
              by_time);
        planned = assign_slots(&schedules[i]);
    }
    return planned && assign_shared_slots(&joint, nr_shared_slots);
}

bool la_schedule_plan(struct la_schedule *schedule, const struct la_demand *demand)
{
    size_t nr_shared_slots;

    return la_schedules_plan(schedule, demand, 1, 0, &nr_shared_slots);
}

void la_schedule_fini(struct la_schedule *schedule)
{
    free(schedule->operations);
    *schedule = (struct la_schedule){0};
}
