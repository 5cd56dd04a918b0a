/* SPDX-License-Identifier: MIT */
/* checked.c: as race, on checked lists: whoever uses them lawfully is told of nothing. */
#include "scenario.h"

extern const struct stress_scenario stress_race;

static void checked(struct stress_worker *worker)
{
    stress_race.work(worker);
}

const struct stress_scenario stress_checked = {
    .name = "checked",
    .summary = "all of race on checked lists",
    .depth = 120,
    .bytes = 64,
    .nr_blocks = 8192,
    .nr_lists = 3,
    .adaptive = true,
    .min_threads = 2,
    .flags = LOOKASIDE_CHECKED,
    .work = checked,
};
