/* SPDX-License-Identifier: MIT */
/*
 * placement_deal.h: threads dealt onto CPUs by the shape of a placement; between placement.c, which
 * has the placements and what is said of them, and placement_deal.c.
 */
#ifndef LA_PLACEMENT_DEAL_H
#define LA_PLACEMENT_DEAL_H

#include "placement.h"
#include "topology.h"

enum shape { COMPACT, SCATTER, SMT_PAIR, SAME_LLC, CROSS, OVERSUBSCRIBED };

struct kind {
    const char *name, *summary;
    enum shape shape;
    enum la_level level;  /* CROSS: what is crossed */
    unsigned min_threads; /* fewer have no such relation */
    const char *lacking;  /* said when the machine has no such place */
};

/* A deal in progress. CPUs are indices in the topology's table. */
struct deal {
    const struct la_topology *topology;
    const struct kind *kind;
    bool *allowed;
    unsigned *taken;                /* threads on each CPU */
    unsigned *inside[LA_NR_LEVELS]; /* threads in each domain, by its first CPU */
    unsigned *usable;               /* CPUs in each domain of the kind's level, by its first CPU */
    unsigned chosen[PLACEMENT_MAX_THREADS];
    unsigned nr;
};

static inline const struct la_cpu *la_deal_cpu(const struct deal *deal, unsigned index)
{
    return &deal->topology->cpus[index];
}

/* NULL: no memory. */
struct deal *la_deal_init(const struct la_topology *topology, const struct kind *kind);
void la_deal_fini(struct deal *deal);

/* Deals up to nr threads by the placement's kind, from the beginning; with oversubscribe onto CPUs
 * that are taken, too. The number dealt; 0: the machine has no such place. */
unsigned la_deal_by_kind(struct deal *deal, unsigned nr, bool oversubscribe);

#endif
