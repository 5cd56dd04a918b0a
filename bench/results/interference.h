/* SPDX-License-Identifier: MIT */
/*
 * interference.h: what the machine says of having taken CPU time away: the hypervisor's steal, CPU
 * by CPU, and how often a control group's quota was used up. Neither looks at what was measured.
 */
#ifndef LA_INTERFERENCE_H
#define LA_INTERFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct la_interference {
    bool steal_known, throttled_known;
    double steal_ns;    /* of the CPUs asked for, together; the kernel counts in ticks of 10 ms */
    uint64_t throttled; /* periods in which the quota ran out, of this group and those above it */
};

/* The counts as they are now. Without malloc, and with no page touched for the first time from the
 * second call on. Not thread-safe. CPUs may be named more than once. */
void la_interference_read(const unsigned *cpus, size_t nr_cpus, struct la_interference *now);

/* What was added between two readings. */
void la_interference_between(const struct la_interference *before,
                             const struct la_interference *after, struct la_interference *between);

/* The steal of these CPUs in the text of /proc/stat, in ticks; false if one of them is missing, or
 * the kernel does not count it. */
bool la_interference_steal(const char *text, const unsigned *cpus, size_t nr_cpus, uint64_t *ticks);

/* nr_throttled in the text of a cpu.stat; false if it is not there. */
bool la_interference_throttled(const char *text, uint64_t *periods);

#endif
