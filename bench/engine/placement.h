/* SPDX-License-Identifier: MIT */
/*
 * placement.h: which thread runs where, by meaning: compact, scatter, smt-pair, same-llc,
 * cross-llc, cross-numa, cross-package. Planned on any topology that hwloc can describe, also one
 * that is not here; bound and verified on the one that is. A placement that the machine cannot
 * give is refused by name, never replaced by another.
 */
#ifndef LOOKASIDE_PLACEMENT_H
#define LOOKASIDE_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>

enum { PLACEMENT_MAX_THREADS = 1024 };

struct la_topology; /* an hwloc topology, restricted to the CPUs this process may use */

/* The machine's own (synthetic and xml NULL), or a described one. NULL with *why set (one static
 * or thread-local line) if it cannot be read. */
struct la_topology *la_topology_load(const char *synthetic, const char *xml, const char **why);
void la_topology_free(struct la_topology *topology);
unsigned la_topology_cpus(const struct la_topology *topology); /* usable CPUs */

struct la_placement {
    const char *name;
    unsigned nr_threads;
    unsigned cpu[PLACEMENT_MAX_THREADS]; /* operating-system index of each thread's CPU */
};

/* The placements' names, by index; NULL past the last. */
const char *la_placement_name(size_t index);

/* Plans nr_threads threads. Without oversubscribe at most one thread per CPU. 0, or -EINVAL
 * (unknown name), -ENOTSUP (the machine lacks it), -ERANGE (too many threads), each with *why set
 * to one line that names what is missing. */
int la_placement_plan(const struct la_topology *topology, const char *name, unsigned nr_threads,
                      bool oversubscribe, struct la_placement *plan, const char **why);

/* Binds the calling thread to its CPU of the plan and verifies that it runs there; 0 or -errno. */
int la_placement_bind_self(const struct la_placement *plan, unsigned thread);

#endif
