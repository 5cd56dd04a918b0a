/* SPDX-License-Identifier: MIT */
/*
 * plan_times.c: how a plan's time is shared out: blocks, processes, and how long windows are, for a
 * suite's own time or within a budget. See plan.h.
 */
#include <math.h>

#include "complain.h"
#include "plan.h"

enum {
    BUDGET_BLOCKS = 6,    /* deciding ones, at least: fewer have no interval */
    SCREENING_BLOCKS = 6, /* the same for slices; even, so that deciding blocks begin balanced */
};

#define WARMUP_S 0.010
/* Measured, and only for the estimate: warm-ups of a run, as those that are not steady are
 * repeated, and what threads, filling and draining take. */
#define WARMUPS 1.25
#define OVERHEAD_S 0.010
#define WINDOW_S_MIN 0.005
#define WINDOW_SHARED_S                                                      \
    0.25 /* at least, where threads take turns: many slices of the scheduler \
          */
/* What screening and the base of deciding blocks may take of a budget; the rest goes where cells
 * are open. */
#define BUDGET_BASE 0.6
/* Windows that are not so many times a slice need no screening: it would cost what it saves. */
#define SLICES_IN_WINDOW 3

double la_plan_window_s(const struct la_suite *suite, size_t nr_runs)
{
    double window_s = suite->budget_s / (double)nr_runs - WARMUPS * WARMUP_S - OVERHEAD_S;

    if (window_s > suite->window_s_max)
        return suite->window_s_max;
    return window_s < WINDOW_S_MIN ? WINDOW_S_MIN : window_s;
}

double la_plan_run_s(double window_s, double around_s)
{
    return window_s + WARMUPS * WARMUP_S + OVERHEAD_S + around_s;
}

static bool plan_processes(struct la_plan *plan, const struct la_request *request, const char **why)
{
    const unsigned usual = request->budget_s > 0 ? BUDGET_BLOCKS : request->suite->blocks;

    plan->blocks = request->blocks ? request->blocks : usual;
    plan->processes = request->processes;
    if (plan->processes > plan->blocks)
        return la_complain(why,
                           "--processes %u for %u blocks: a process without a block is no sample",
                           plan->processes, plan->blocks);
    if (plan->processes == 0)
        plan->processes = request->budget_s > 0 ? BUDGET_BLOCKS : request->suite->processes;
    if (plan->processes > plan->blocks)
        plan->processes = plan->blocks;
    return true;
}

/* The least that a group's window has to last. */
static double least_window_s(const struct la_group *group)
{
    const double own_s = (double)group->setting.workload->window_ns / 1e9;

    return group->oversubscribed && own_s < WINDOW_SHARED_S ? WINDOW_SHARED_S : own_s;
}

/* A workload may take long to fill, and a depth to settle. */
static double around_s(const struct la_plan *plan, const struct la_group *group)
{
    double warmups_s = 0;

    for (size_t i = group->first; i < group->first + group->nr_cells; i++)
        warmups_s +=
            (double)la_engine_warmup_ns(plan->cells[i].contender, &group->setting) / 1e9 - WARMUP_S;
    return (double)group->setting.workload->around_ns / 1e9 +
           WARMUPS * warmups_s / (double)group->nr_cells;
}

/* What is the same whatever windows last. */
static void begin_groups(struct la_plan *plan)
{
    plan->warmup_ns = (uint64_t)(WARMUP_S * 1e9);
    for (size_t i = 0; i < plan->nr_groups; i++) {
        plan->groups[i].setting.warmup_ns = plan->warmup_ns;
        plan->groups[i].around_s = around_s(plan, &plan->groups[i]);
    }
}

/* What is not to be had for windows of that length: runs whose own have to be longer, the number of
 * which is returned, and what the others take around theirs. */
static size_t reserve(const struct la_plan *plan, double window_s, double *all_s)
{
    size_t nr_runs = 0;

    *all_s = 0;
    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        const size_t nr = group->nr_cells * plan->blocks;
        const bool is_long = least_window_s(group) > window_s;

        nr_runs += is_long ? nr : 0;
        *all_s += (double)nr * (is_long ? la_plan_run_s(least_window_s(group), group->around_s)
                                        : group->around_s);
    }
    return nr_runs;
}

/* What the budget leaves for the windows that need not be longer; the shorter it gets, the more
 * groups' have to be. */
static double fit_window_s(const struct la_plan *plan, const struct la_suite *suite)
{
    const size_t nr_runs = plan->nr_cells * plan->blocks;
    struct la_suite rest = *suite;
    double window_s = la_plan_window_s(suite, nr_runs), reserved_s;
    size_t nr_long = 0, nr_before;

    do {
        nr_before = nr_long;
        nr_long = reserve(plan, window_s, &reserved_s);
        rest.budget_s = suite->budget_s - reserved_s;
        if (nr_long < nr_runs)
            window_s = la_plan_window_s(&rest, nr_runs - nr_long);
    } while (nr_long > nr_before);
    return window_s;
}

/* Some workloads, and threads that share CPUs, need longer windows than the rest: those groups are
 * not screened. */
static void time_group(const struct la_plan *plan, struct la_group *group)
{
    const uint64_t least_ns = (uint64_t)(least_window_s(group) * 1e9);
    const uint64_t window_ns = plan->window_ns > least_ns ? plan->window_ns : least_ns;

    group->window_ns[LA_STAGE_DECIDE] = group->setting.window_ns = window_ns;
    group->window_ns[LA_STAGE_SCREEN] =
        plan->screening_blocks && window_ns == plan->window_ns ? (uint64_t)(WINDOW_S_MIN * 1e9) : 0;
    group->run_s = la_plan_run_s((double)window_ns / 1e9, group->around_s);
}

static void time_groups(struct la_plan *plan)
{
    plan->estimate_s = 0;
    for (size_t i = 0; i < plan->nr_groups; i++) {
        struct la_group *group = &plan->groups[i];

        time_group(plan, group);
        plan->estimate_s += group->run_s * (double)(group->nr_cells * plan->blocks);
        if (group->window_ns[LA_STAGE_SCREEN])
            plan->estimate_s += la_plan_screening_s(group) * plan->screening_blocks;
    }
}

double la_plan_screening_s(const struct la_group *group)
{
    return la_plan_run_s((double)group->window_ns[LA_STAGE_SCREEN] / 1e9, group->around_s) *
           (double)group->nr_cells;
}

/* The window with which screening and the base of deciding blocks take their share of the budget.
 */
static double budget_window_s(const struct la_plan *plan, const struct la_suite *suite)
{
    const double runs = (double)(plan->nr_cells * plan->blocks);
    const double slices = (double)(plan->nr_cells * plan->screening_blocks);
    double left_s = BUDGET_BASE * plan->budget_s - slices * la_plan_run_s(WINDOW_S_MIN, 0);

    for (size_t i = 0; i < plan->nr_groups; i++)
        left_s -= plan->groups[i].around_s *
                  (double)(plan->groups[i].nr_cells * (plan->blocks + plan->screening_blocks));
    return fmin(left_s / runs - la_plan_run_s(0, 0), suite->window_s_max);
}

static bool plan_budget(struct la_plan *plan, const struct la_suite *suite, const char **why)
{
    double window_s;

    plan->screening_blocks = SCREENING_BLOCKS;
    window_s = budget_window_s(plan, suite);
    if (window_s < SLICES_IN_WINDOW * WINDOW_S_MIN) {
        plan->screening_blocks = 0;
        window_s = budget_window_s(plan, suite);
    }
    plan->window_ns = (uint64_t)(fmax(window_s, WINDOW_S_MIN) * 1e9);
    time_groups(plan);
    if (plan->estimate_s > plan->budget_s)
        return la_complain(why,
                           "--budget %.0f: %u blocks of these %zu cells take %.0f s; give more, or "
                           "name fewer cells",
                           plan->budget_s, plan->blocks, plan->nr_cells, ceil(plan->estimate_s));
    plan->estimate_s = plan->budget_s;
    return true;
}

bool la_plan_times(struct la_plan *plan, const struct la_request *request, const char **why)
{
    const struct la_suite *suite = request->suite;

    if (!plan_processes(plan, request, why))
        return false;
    plan->suite = suite;
    plan->seed = request->seed;
    plan->budget_s = request->budget_s;
    begin_groups(plan);
    if (plan->budget_s > 0)
        return plan_budget(plan, suite, why);
    plan->window_ns = (uint64_t)(fit_window_s(plan, suite) * 1e9);
    time_groups(plan);
    return true;
}
