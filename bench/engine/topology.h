/* SPDX-License-Identifier: MIT */
/*
 * topology.h: the usable CPUs of a machine as a flat table, in hwloc's order, in which neighbours
 * are near each other. Each CPU says to which package, NUMA node, last-level cache and core it
 * belongs; a plan needs no more than that.
 */
#ifndef LOOKASIDE_TOPOLOGY_H
#define LOOKASIDE_TOPOLOGY_H

#include <hwloc.h>
#include <stdio.h>

#include "placement.h"

enum la_level { LA_PACKAGE, LA_NODE, LA_LLC, LA_CORE, LA_NR_LEVELS };

/* The domain of a CPU at a level whose extent the machine does not tell. */
#define LA_NO_DOMAIN UINT32_MAX

struct la_cpu {
    unsigned os;                      /* the operating system's index */
    unsigned domain[LA_NR_LEVELS];    /* index in the table of the first CPU of the same domain */
    hwloc_obj_t object[LA_NR_LEVELS]; /* what hwloc calls the domain; NULL where it is unknown */
    unsigned sibling; /* 0 for the first usable CPU of its core, 1 for the next, ... */
    unsigned rank;    /* of its kind: 0 the most performant */
};

struct la_topology {
    hwloc_topology_t hwloc;
    bool elsewhere;     /* described: nothing can be bound on it */
    unsigned nr_kinds;  /* of CPUs; 1 also where the machine tells nothing */
    bool kinds_unrated; /* several kinds, but nobody knows which is faster */
    unsigned nr_cpus;
    struct la_cpu *cpus;
};

/* Number of domains at a level that hold a usable CPU; 0 where the machine does not tell. */
unsigned la_topology_domains(const struct la_topology *topology, enum la_level level);

/* The tree of packages, nodes, caches and cores, a line for each last-level cache. */
void la_topology_print(const struct la_topology *topology, FILE *stream);

#endif
