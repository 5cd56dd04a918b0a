/* SPDX-License-Identifier: MIT */
/*
 * surroundings.h: what a workload needs beside a CPU for each of its threads: more threads than
 * there are, other CPUs to move to, CPUs from which it is disturbed.
 */
#ifndef LA_SURROUNDINGS_H
#define LA_SURROUNDINGS_H

#include <stdbool.h>

#include "placement.h"
#include "workload.h"

struct la_surroundings {
    struct la_placement places; /* where threads that move go; for others nothing */
    struct la_placement
        others; /* CPUs without a thread of the placement; for those who need them */
};

/* False with *why set to a line without its name, if the workload makes no sense with that
 * placement on this machine. */
bool la_surroundings_plan(struct la_surroundings *surroundings, const struct la_workload *workload,
                          const struct la_topology *topology, const struct la_placement *placement,
                          const char **why);

#endif
