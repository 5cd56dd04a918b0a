/* SPDX-License-Identifier: MIT */
/*
 * pareto: a slot is drawn, its object freed if it has one, else one is allocated; few slots are
 * drawn often, most of them hardly ever.
 *
 * Question: what do lifetimes cost that range from a few operations to millions, so that warm
 * objects and cold ones come back through the same cache?
 * Source: alloc-test of node-dev and OLogN Technologies (D. Ivanov, S. Ignatchenko, 2018).
 * Plan: 16384 slots a thread in seven classes: four draws in five go to the first fifth of the
 * slots, of these four in five to the first fifth of that, and so on, down to a single slot that
 * gets a quarter of all draws. Half of the slots are filled before. Which class a draw belongs to
 * comes from a table of 256 made before, the slot in it from the same random number. Allocations
 * and frees come in random order, so what a list holds walks up and down by about a hundred
 * entries. Latency sample: eight draws.
 */
#include <stdlib.h>

#include "steps.h"

enum { SLOTS = 1 << 14, CLASSES = 7, DRAWS = 256 };

struct pareto {
    uint8_t class_of[DRAWS];
    uint32_t first[CLASSES], width[CLASSES];
};

static size_t pareto_live(const struct la_workload_params *params)
{
    (void)params;
    return SLOTS;
}

/* Class c is the coldest four fifths of what the classes before left, the last one all the rest. */
static void *pareto_share(const struct la_workload_params *params, unsigned nr_threads)
{
    struct pareto *pareto = calloc(1, sizeof *pareto);
    double slots = SLOTS, draws = DRAWS;
    unsigned from = 0;

    (void)params;
    (void)nr_threads;
    for (unsigned class = 0; pareto && class < CLASSES; class ++) {
        const bool last = class + 1 == CLASSES;
        const double hotter = last ? 0 : slots / 5, to = last ? DRAWS : from + draws / 5;

        pareto->first[class] = (uint32_t)hotter;
        pareto->width[class] = (uint32_t)slots - (uint32_t)hotter;
        for (; from < (unsigned)to; from++)
            pareto->class_of[from] = (uint8_t) class;
        slots = hotter;
        draws = DRAWS - from;
    }
    return pareto;
}

static LA_INLINE void toggle_step(struct la_worker *worker, const struct la_port *port,
                                  enum la_kind kind)
{
    const struct pareto *pareto = worker->shared;
    const uint32_t decision = la_decide(worker);
    const unsigned class = pareto->class_of[decision % DRAWS];
    const uint64_t place = (uint64_t)(decision / DRAWS) * pareto->width[class] >> 24;
    void **slot = &worker->objects[pareto->first[class] + place];

    if (*slot) {
        la_give(port, *slot, kind);
        *slot = NULL;
    } else {
        *slot = la_take(port, kind);
    }
}

LA_STEPS(toggle, 1)

static void toggle_fill(struct la_worker *worker)
{
    for (uint32_t i = 0; i < SLOTS; i += 2)
        worker->objects[i] = la_take(&worker->port, worker->kind);
}

static void toggle_drain(struct la_worker *worker)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (worker->objects[i])
            la_give(&worker->port, worker->objects[i], worker->kind);
        worker->objects[i] = NULL;
    }
}

LA_STAMP(toggle)

const struct la_workload la_workload_pareto = {
    .name = "pareto",
    .summary =
        "lifetimes from a few operations to millions: 80 % of the draws hit 20 % of the slots",
    .on_request = true,
    .returns_own = true,
    .live = pareto_live,
    .share = pareto_share,
    .fill = toggle_fill,
    .drain = toggle_drain,
    LA_STAMPED(toggle),
};
