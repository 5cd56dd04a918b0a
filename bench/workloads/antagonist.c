/* SPDX-License-Identifier: MIT */
/*
 * antagonist: replace-large while every CPU that is left over reads and writes memory as fast as it
 * can.
 *
 * Question: does the order of the contenders hold beside programs that need the last-level cache
 * and the memory's bandwidth?
 * Plan: one thread on each CPU that the placement leaves free adds one to a word in every line of
 * 64 MiB of its own, round and round, from before the filling until after the window. It is not
 * measured. Compare with replace-large of the same number of threads; without a CPU left there is
 * no such workload.
 * Latency sample: four replacements.
 */
#include <stdlib.h>
#include <string.h>

#include "large_set.h"

enum { CPUS_MOST = 1024 };

/* They stay for the process's life: see burst_cold.c. One slot a disturber, so nobody shares. */
static unsigned char *thrashed_by(unsigned which, size_t bytes)
{
    static unsigned char *kept[CPUS_MOST];
    static size_t kept_bytes[CPUS_MOST];

    if (which >= CPUS_MOST)
        return NULL;
    if (bytes > kept_bytes[which]) {
        free(kept[which]);
        kept[which] = malloc(bytes);
        kept_bytes[which] = kept[which] ? bytes : 0;
        if (kept[which])
            memset(kept[which], 0, bytes);
    }
    return kept[which];
}

/* Without memory it does not disturb. Relaxed: only ends the loop. */
static void thrash(const struct la_workload_params *params, unsigned which,
                   const _Atomic bool *over)
{
    volatile unsigned char *bytes = thrashed_by(which, params->thrash);

    while (bytes && !atomic_load_explicit(over, memory_order_relaxed)) {
        for (size_t i = 0; i < params->thrash; i += LA_CACHE_LINE) {
            bytes[i]++;
            if (i % (1 << 16) == 0 && atomic_load_explicit(over, memory_order_relaxed))
                break;
        }
    }
}

LA_STEPS(large_set, 2)
LA_STAMP(large_set)

const struct la_workload la_workload_antagonist = {
    .name = "antagonist",
    .summary = "replace-large while the CPUs that are left over thrash memory",
    .on_request = true,
    .returns_own = true,
    .disturb = thrash,
    .live = large_set_size,
    .fill = large_set_fill,
    .drain = large_set_drain,
    LA_STAMPED(large_set),
};
