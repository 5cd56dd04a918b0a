/* SPDX-License-Identifier: MIT */
/* slab_ways.h: what the tests of the slab's sections share: the operations by both ways to a slab,
 * homes for slabs, and the CPUs to run on. */
#ifndef LOOKASIDE_TESTS_SLAB_WAYS_H
#define LOOKASIDE_TESTS_SLAB_WAYS_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "slab_section.h"
#include "spinlock.h"

enum { EXIT_BAD = 2, EXIT_SKIPPED = 77 };

#ifdef LA_HAS_RSEQ

enum { MAX_CPUS = CPU_SETSIZE };

struct home {
    _Alignas(LA_SLAB_HOME_BYTES) _Atomic(const struct la_slab *) loaded;
    struct la_spinlock lock; /* of whoever takes the slab for itself */
    struct la_slab *slab;
};

static struct home homes[MAX_CPUS];
static ptrdiff_t area;
static int cpus[2]; /* that we may run on; the same one twice if there is only one */

/* One way to the slab. */
struct way {
    const char *name;
    bool (*pop)(ptrdiff_t area, const void *where, void **entry, const struct la_slab **seen);
    bool (*push)(ptrdiff_t area, const void *where, void *entry, const struct la_slab **seen);
    uint32_t (*pop_bulk)(ptrdiff_t area, const void *where, void **entries, uint32_t nr,
                         const struct la_slab **seen);
    uint32_t (*push_bulk)(ptrdiff_t area, const void *where, void *const *entries, uint32_t nr,
                          const struct la_slab **seen);
    bool by_cpu;
};

static const struct way ways[] = {
    {"on_cpu", la_slab_pop_on_cpu, la_slab_push_on_cpu, la_slab_pop_bulk_on_cpu,
     la_slab_push_bulk_on_cpu, true},
    {"at", la_slab_pop_at, la_slab_push_at, la_slab_pop_bulk_at, la_slab_push_bulk_at, false},
    {"on_cpu, guarded", la_slab_pop_on_cpu, la_slab_push_guarded_on_cpu, la_slab_pop_bulk_on_cpu,
     la_slab_push_bulk_on_cpu, true},
    {"at, guarded", la_slab_pop_at, la_slab_push_guarded_at, la_slab_pop_bulk_at,
     la_slab_push_bulk_at, false},
};
enum { NR_WAYS = sizeof ways / sizeof *ways };

static inline void bind_to(int first, int second)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(first, &set);
    CPU_SET(second, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        abort();
}

static inline struct la_slab *new_slab(uint32_t capacity, size_t nr_slots)
{
    struct la_slab *slab = calloc(1, sizeof *slab + nr_slots * sizeof *slab->slots);

    if (!slab)
        abort();
    la_slab_set_capacity(slab, capacity);
    return slab;
}

/* Fills area and cpus; false where there are no restartable sequences, with the reason on stderr.
 */
static inline bool slab_ways_ready(const char *who)
{
    cpu_set_t set;
    int nr = 0;

    area = la_rseq()->area;
    if (!area || sched_getaffinity(0, sizeof set, &set)) {
        fprintf(stderr, "lookaside: %s: %s\n", who, la_rseq()->detail);
        return false;
    }
    for (int cpu = 0; cpu < MAX_CPUS && nr < 2; cpu++) {
        if (CPU_ISSET(cpu, &set))
            cpus[nr++] = cpu;
    }
    if (nr == 1)
        cpus[1] = cpus[0];
    printf("%s: %s\n", who, la_rseq()->detail);
    return nr > 0;
}

#else

static inline bool slab_ways_ready(const char *who)
{
    fprintf(stderr, "lookaside: %s: %s\n", who, la_rseq()->detail);
    return false;
}

#endif

#endif
