/* SPDX-License-Identifier: MIT */
/*
 * llc.h: which CPUs share a last-level cache, for state that is kept once per such cache.
 *
 * Read from the kernel's description under /sys/devices/system/cpu: of each CPU's caches the one of
 * the highest level, and who shares it. Only locality depends on the answer. Where the description
 * is missing, or no cache is shared, all CPUs count as one group; a CPU without a description, such
 * as one that is offline, joins group 0.
 */
#ifndef LOOKASIDE_LLC_H
#define LOOKASIDE_LLC_H

#include <stdint.h>

struct la_llc {
    unsigned nr;            /* groups, at least 1 */
    const uint32_t *of_cpu; /* of_cpu[cpu] < nr; NULL with one group */
};

/* This machine's; read once in the process. Any thread. */
const struct la_llc *la_llc(void);

/* What la_llc() says from here on, for tests of machines that are not there; NULL: this machine's
 * again. The caller is alone. */
void la_llc_assume(const struct la_llc *llc);

/* The number of groups among CPUs 0 to nr_cpus - 1, as described under directory; their groups go
 * to of_cpu. Ids may have gaps. */
unsigned la_llc_read(const char *directory, unsigned nr_cpus, uint32_t *of_cpu);

/* The group of a CPU. */
static inline uint32_t la_llc_of(const struct la_llc *llc, unsigned cpu)
{
    return llc->of_cpu ? llc->of_cpu[cpu] : 0;
}

#endif
