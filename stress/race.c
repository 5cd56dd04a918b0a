/* SPDX-License-Identifier: MIT */
/*
 * race.c: everything that may be done to a list at any time is done at any time, to three lists:
 * flush, trim, depths, ticks, readers of statistics, walks over live lists, threads that say they
 * go idle. All workers do all of it, between their allocations. The same on hardened and on checked
 * lists: who uses them lawfully is refused nothing, and told of nothing.
 */
#include "race.h"

enum { MOST = 40, STEPS = 80 };

static bool read_one(struct lookaside *list, void *context)
{
    struct stress_worker *worker = context;
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    return stress_below(worker, RACE_LISTS) > 0;
}

static void set_depth(struct stress_worker *worker, struct stress_list *list)
{
    if (lookaside_set_depth(&list->list, stress_below(worker, RACE_DEPTH + 1)))
        oracle_fault(worker->run->oracle, "set_depth failed");
}

static void disturb(struct stress_worker *worker)
{
    struct stress_list *list = stress_any_list(worker);

    switch (stress_below(worker, 7)) {
    case 0:
        stress_flush(worker, list);
        break;
    case 1:
        stress_trim(worker, list, stress_below(worker, RACE_DEPTH));
        break;
    case 2:
        set_depth(worker, list);
        break;
    case 3:
        lookaside_balance();
        break;
    case 4:
        lookaside_thread_exit(&list->list);
        break;
    case 5:
        lookaside_for_each(read_one, worker);
        break;
    default:
        stress_migrate(worker);
    }
}

void stress_race_some(struct stress_worker *worker)
{
    disturb(worker);
    stress_churn_some(worker, MOST, stress_below(worker, STEPS));
}

static void race(struct stress_worker *worker)
{
    while (stress_going(worker))
        stress_race_some(worker);
    stress_free_all(worker);
}

const struct stress_scenario stress_race = {
    STRESS_RACE,
    .name = "race",
    .summary = "flush, trim, depths, ticks and readers race on three lists",
    .work = race,
};

const struct stress_scenario stress_hardened = {
    STRESS_RACE,
    .name = "hardened",
    .summary = "all of race on hardened lists",
    .flags = LOOKASIDE_HARDENED,
    .work = race,
};

const struct stress_scenario stress_checked = {
    STRESS_RACE,
    .name = "checked",
    .summary = "all of race on checked lists",
    .flags = LOOKASIDE_CHECKED,
    .work = race,
};
