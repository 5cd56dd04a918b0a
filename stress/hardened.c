/* SPDX-License-Identifier: MIT */
/* hardened.c: as race, on hardened lists: whoever uses them lawfully is refused nothing. */
#include "scenario.h"

extern const struct stress_scenario stress_race;

static void hardened(struct stress_worker *worker)
{
    stress_race.work(worker);
}

const struct stress_scenario stress_hardened = {
    .name = "hardened",
    .summary = "all of race on hardened lists",
    .depth = 120,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = 3,
    .adaptive = true,
    .min_threads = 2,
    .flags = LOOKASIDE_HARDENED,
    .work = hardened,
};
