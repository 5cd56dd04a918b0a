/* SPDX-License-Identifier: MIT */
/*
 * placement.h: which thread runs where, by meaning: compact, scatter, smt-pair, same-llc,
 * cross-llc, cross-numa, cross-package, oversubscribed. Planned on any topology that hwloc can
 * describe, also one that is not here; bound and verified on the one that is. A placement that the
 * machine cannot give is refused by name, never replaced by another.
 */
#ifndef LOOKASIDE_PLACEMENT_H
#define LOOKASIDE_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>

enum { PLACEMENT_MAX_THREADS = 1024 };

struct la_topology; /* an hwloc topology, restricted to the CPUs this process may use */

/* The machine's own (synthetic and xml NULL), or a described one. NULL with *why set (one static
 * or thread-local line) if it cannot be read. Load it before the main thread binds itself: what is
 * usable is that thread's affinity mask. */
struct la_topology *la_topology_load(const char *synthetic, const char *xml, const char **why);
void la_topology_free(struct la_topology *topology);
unsigned la_topology_cpus(const struct la_topology *topology); /* usable CPUs */

struct la_placement {
    const char *name;
    unsigned nr_threads;
    unsigned cpu[PLACEMENT_MAX_THREADS]; /* operating-system index of each thread's CPU */
    char note[192]; /* what the name does not say: siblings shared, kinds mixed; often empty */
    bool elsewhere; /* planned on a described machine: cannot be bound here */
};

/* The placements' names, by index, and what each means; NULL past the last. */
const char *la_placement_name(size_t index);
const char *la_placement_summary(size_t index);

/* The number of threads that the placement holds here, one a CPU or, oversubscribed, up to eight; 0
 * with *why set if the machine lacks it or the name is unknown. */
unsigned la_placement_capacity(const struct la_topology *topology, const char *name,
                               const char **why);

/* Plans nr_threads threads. Without oversubscribe at most one thread per CPU. 0, or -EINVAL
 * (unknown name), -ENOTSUP (the machine lacks it), -ERANGE (too many threads, or too few: smt-pair
 * and the cross placements are about pairs, threads 2k and 2k+1, and take two threads or more; no
 * multiple of the CPUs for oversubscribed, which shares them without being asked twice), -ENOMEM;
 * each with *why set to one line that names the placement and what is missing. */
int la_placement_plan(const struct la_topology *topology, const char *name, unsigned nr_threads,
                      bool oversubscribe, struct la_placement *plan, const char **why);

/* The number of different CPUs in the plan: with fewer than threads, some share one. */
unsigned la_placement_cpus(const struct la_placement *plan);

/* Binds the calling thread to its CPU of the plan and verifies that it runs there; 0 or -errno
 * (-ENOTSUP: a plan for another machine; -EXDEV: bound, but found elsewhere). */
int la_placement_bind_self(const struct la_placement *plan, unsigned thread);

/* Whether the calling thread runs on its CPU of the plan now. */
bool la_placement_holds_self(const struct la_placement *plan, unsigned thread);

#endif
