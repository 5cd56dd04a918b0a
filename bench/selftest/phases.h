/* SPDX-License-Identifier: MIT */
/*
 * phases.h: a strategy with a known hit ratio: a pop misses by chance, with one probability for
 * LA_PHASE_POPS pops and another for as many more, and so on. For one thread.
 */
#ifndef LA_SELFTEST_PHASES_H
#define LA_SELFTEST_PHASES_H

#include "strategy.h"

enum { LA_PHASE_POPS = 5000 };
#define LA_PHASE_MISS_LOW (1.0 / 16)
#define LA_PHASE_MISS_HIGH (3.0 / 16)

/* Over whole phases. Every miss brings an entry that a full list has to refuse later, so frees miss
 * as often as allocations. */
#define LA_PHASES_HIT (1 - (LA_PHASE_MISS_LOW + LA_PHASE_MISS_HIGH) / 2)

extern const struct lookaside_strategy la_phases;

#endif
