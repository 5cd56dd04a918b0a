/* SPDX-License-Identifier: MIT */
/* race.h: what scenario race and its variants share: the lists, and what is done to them. */
#ifndef LOOKASIDE_STRESS_RACE_H
#define LOOKASIDE_STRESS_RACE_H

#include "scenario.h"

enum { RACE_DEPTH = 120, RACE_LISTS = 3 };

/* Members of a struct stress_scenario; a variant adds its name, its summary and what differs. */
#define STRESS_RACE                                                                                \
    .depth = RACE_DEPTH, .bytes = 64, .nr_blocks = 8192, .nr_lists = RACE_LISTS, .adaptive = true, \
    .min_threads = 2

/* One disturbance, then allocations and frees. */
void stress_race_some(struct stress_worker *worker);

#endif
