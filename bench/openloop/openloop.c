/* SPDX-License-Identifier: MIT */
/* openloop.c: see openloop.h. */
#include "openloop.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"
#include "clock.h"
#include "gaps.h"
#include "order.h"
#include "random.h"

#define AROUND_S                                                                    \
    0.012 /* of a window: threads, drain, planning; measured, for the estimate only \
           */

const double la_openloop_percents[LA_OPENLOOP_PERCENTILES] = {50, 90, 99, 99.9};

/* A run in progress. */
struct course {
    const struct la_openloop_plan *plan;
    const struct la_openloop_hooks *hooks;
    struct la_openloop_outcome *outcome;
    struct la_schedule *schedules;      /* one a thread */
    struct la_openloop_window *windows; /* one a contender: of the block that is running */
    size_t *order;
    struct la_random random;
    double done_s;
    char why[512];
};

uint64_t la_openloop_window_ns(const struct la_openloop_plan *plan, double rate)
{
    const double enough_ns = LA_OPENLOOP_ENOUGH / rate * 1e9;

    return enough_ns > (double)plan->window_ns ? (uint64_t)enough_ns : plan->window_ns;
}

static double turn_s(const struct la_openloop_plan *plan, double rate)
{
    return (double)(la_openloop_window_ns(plan, rate) + plan->warmup_ns) / 1e9 + AROUND_S;
}

double la_openloop_estimate_s(const struct la_openloop_plan *plan)
{
    double all_s = 0;

    for (size_t r = 0; r < plan->nr_rates; r++)
        all_s += turn_s(plan, plan->rates[r]);
    return all_s * (double)plan->nr_contenders * plan->blocks;
}

/* --- one window --- */

static bool plan_arrivals(struct course *course, double rate)
{
    const struct la_openloop_plan *plan = course->plan;
    const unsigned nr_threads = plan->placement->nr_threads;

    for (unsigned i = 0; i < nr_threads; i++) {
        struct la_demand demand = plan->demand;

        /* Half of the operations are frees. */
        demand.allocations_per_s = rate / nr_threads / 2;
        demand.duration_ns = (double)(plan->warmup_ns + la_openloop_window_ns(plan, rate));
        demand.ticks_per_ns = 1 / la_clock.ns_per_tick;
        demand.seed = la_random_next(&course->random);
        if (!la_schedule_plan(&course->schedules[i], &demand)) {
            snprintf(course->why, sizeof course->why, "%s", strerror(ENOMEM));
            return false;
        }
    }
    return true;
}

static bool over(struct course *course)
{
    if (!course->outcome->interrupted && course->hooks->interrupted())
        course->outcome->interrupted = true;
    return course->outcome->interrupted || *course->why;
}

static bool take_window(struct course *course, const struct la_contender *contender, double rate,
                        struct la_openloop_window *window, const char *name)
{
    const struct la_openloop_plan *plan = course->plan;
    const struct la_openloop_setting setting = {
        .size = plan->size,
        .depth = plan->depth,
        .placement = plan->placement,
        .schedules = course->schedules,
        .warmup_ns = plan->warmup_ns,
        .window_ns = la_openloop_window_ns(plan, rate),
    };
    const char *why;

    if (over(course))
        return false;
    if (!la_openloop_measure(contender, &setting, window, &why)) {
        snprintf(course->why, sizeof course->why, "%s: %s", name, why);
        return false;
    }
    course->done_s += turn_s(plan, rate);
    course->hooks->progress(course->done_s, name);
    return true;
}

/* --- the sweep --- */

double la_openloop_percentile_ns(const struct la_histogram *histogram, double percent)
{
    if (!la_percentile_known(histogram->total, percent))
        return NAN;
    return la_clock_ns(la_histogram_percentile(histogram, percent));
}

void la_openloop_times(const struct la_lane_result *seen, enum la_openloop_view view,
                       struct la_histogram *times)
{
    la_histogram_reset(times);
    for (size_t c = 0; c < LA_NR_CAUSES; c++) {
        if (view == LA_VIEW_SERVICE)
            la_histogram_merge(times, &seen->service[c]);
        else if (c != LA_CAUSE_MACHINE || view == LA_VIEW_ALL)
            la_histogram_merge(times, &seen->response[c]);
    }
}

static void keep_window(struct la_openloop_cell *cell, const struct la_openloop_window *window,
                        unsigned block)
{
    struct la_histogram times;

    for (int view = 0; view < LA_NR_VIEWS; view++) {
        la_openloop_times(&window->seen, (enum la_openloop_view)view, &times);
        for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++)
            cell->block_ns[view][p][cell->nr_blocks] =
                la_openloop_percentile_ns(&times, la_openloop_percents[p]);
    }
    cell->late[cell->nr_blocks] = window->seen.unserved > 0;
    cell->block[cell->nr_blocks++] = block;
    cell->nr_overloaded += window->seen.unserved > 0;
    cell->operations += window->operations;
    la_lane_result_add(&cell->seen, &window->seen);
}

/* The rule of gaps.h, on the time in which nothing was due: what the contenders did is not in it.
 */
static bool rejected(const struct course *course)
{
    double lost = 0, idle = 0;

    for (size_t i = 0; i < course->plan->nr_contenders; i++) {
        lost += (double)course->windows[i].seen.lost;
        idle += (double)course->windows[i].seen.idle;
    }
    return la_block_rejected(lost, idle);
}

/* A whole block of one rate. */
static void keep_block(struct course *course, struct la_openloop_cell *cells, unsigned block)
{
    const bool reject = rejected(course);

    for (size_t i = 0; i < course->plan->nr_contenders; i++) {
        if (reject)
            cells[i].nr_rejected++;
        else
            keep_window(&cells[i], &course->windows[i], block);
    }
}

static void run_block(struct course *course, size_t rate, unsigned block)
{
    const struct la_openloop_plan *plan = course->plan;
    struct la_openloop_cell *cells = &course->outcome->cells[rate * plan->nr_contenders];
    size_t nr_done = 0;

    if (over(course) || !plan_arrivals(course, plan->rates[rate]))
        return;
    la_random_permutation(&course->random, course->order, plan->nr_contenders);
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const size_t at = course->order[i];

        nr_done += take_window(course, cells[at].contender, cells[at].rate, &course->windows[at],
                               cells[at].name);
    }
    if (nr_done == plan->nr_contenders)
        keep_block(course, cells, block);
}

static void sweep(struct course *course)
{
    const struct la_openloop_plan *plan = course->plan;
    const double limit_s = LA_OPENLOOP_MAKE_UP * la_openloop_estimate_s(plan);

    for (unsigned block = 0; block < plan->blocks; block++) {
        for (size_t rate = 0; rate < plan->nr_rates; rate++)
            run_block(course, rate, block);
    }
    /* For those that were rejected. */
    for (unsigned block = plan->blocks; block < 2 * plan->blocks; block++) {
        for (size_t rate = 0; rate < plan->nr_rates; rate++) {
            if (course->done_s < limit_s &&
                course->outcome->cells[rate * plan->nr_contenders].nr_blocks < plan->blocks)
                run_block(course, rate, block);
        }
    }
}

/* --- the search --- */

static bool keeps(const struct la_openloop_plan *plan, const struct la_openloop_window *window)
{
    struct la_histogram responses;

    la_openloop_times(&window->seen, plan->view, &responses);
    return window->seen.unserved == 0 &&
           la_openloop_percentile_ns(&responses, 99.9) <= plan->target_ns;
}

/* A window of each that has no answer yet, in random order. */
static bool search_round(struct course *course)
{
    const struct la_openloop_plan *plan = course->plan;
    bool any = false;

    la_random_permutation(&course->random, course->order, plan->nr_contenders);
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const size_t at = course->order[i];
        struct la_search *search = &course->outcome->searches[at];

        if (la_search_done(search) || over(course) || !plan_arrivals(course, search->rate))
            continue;
        if (!take_window(course, &plan->contenders[at], search->rate, &course->windows[at],
                         plan->contenders[at].name))
            continue;
        la_search_tell(search, keeps(plan, &course->windows[at]));
        any = true;
    }
    return any;
}

static void confirm_one(struct course *course, size_t at, double rate,
                        struct la_search_tally *tally)
{
    const struct la_openloop_plan *plan = course->plan;

    if (rate <= 0 || over(course) || !plan_arrivals(course, rate))
        return;
    if (!take_window(course, &plan->contenders[at], rate, &course->windows[at],
                     plan->contenders[at].name))
        return;
    tally->nr_windows++;
    tally->nr_kept += keeps(plan, &course->windows[at]);
}

static void confirm_all(struct course *course)
{
    const size_t nr = course->plan->nr_contenders;

    for (unsigned round = 0; round < LA_SEARCH_CONFIRM; round++) {
        la_random_permutation(&course->random, course->order, nr);
        for (size_t i = 0; i < nr; i++) {
            struct la_search *search = &course->outcome->searches[course->order[i]];

            confirm_one(course, course->order[i], search->kept, &search->at_kept);
            confirm_one(course, course->order[i], search->missed, &search->at_missed);
        }
    }
}

static void search_all(struct course *course)
{
    const struct la_openloop_plan *plan = course->plan;

    for (size_t i = 0; i < plan->nr_contenders; i++)
        course->outcome->searches[i] =
            la_search_begin(plan->rates[0], plan->rates[plan->nr_rates - 1]);
    while (search_round(course))
        continue;
    confirm_all(course);
}

/* --- begin and end --- */

static void name_cells(const struct la_openloop_plan *plan, struct la_openloop_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        struct la_openloop_cell *cell = &outcome->cells[i];

        cell->contender = &plan->contenders[i % plan->nr_contenders];
        cell->rate = plan->rates[i / plan->nr_contenders];
        snprintf(cell->name, sizeof cell->name,
                 "open-loop/%s/size:%zu/depth:%u/placement:%s/threads:%u/arrivals:%s/"
                 "hold:%s-%.0f/rate:%.0f",
                 cell->contender->name, plan->size, plan->depth, plan->placement->name,
                 plan->placement->nr_threads, la_arrivals_name(plan->demand.process),
                 la_hold_name(plan->demand.shape), plan->demand.hold_ns, cell->rate);
    }
}

static bool allocate(struct course *course)
{
    const struct la_openloop_plan *plan = course->plan;
    struct la_openloop_outcome *outcome = course->outcome;

    outcome->nr_cells = plan->nr_rates * plan->nr_contenders;
    outcome->cells = calloc(outcome->nr_cells, sizeof *outcome->cells);
    outcome->searches =
        plan->target_ns > 0 ? calloc(plan->nr_contenders, sizeof *outcome->searches) : NULL;
    course->schedules = calloc(plan->placement->nr_threads, sizeof *course->schedules);
    course->windows = calloc(plan->nr_contenders, sizeof *course->windows);
    course->order = calloc(plan->nr_contenders, sizeof *course->order);
    return outcome->cells && (outcome->searches || plan->target_ns <= 0) && course->schedules &&
           course->windows && course->order;
}

static void free_course(struct course *course)
{
    for (unsigned i = 0; course->schedules && i < course->plan->placement->nr_threads; i++)
        la_schedule_fini(&course->schedules[i]);
    free(course->schedules);
    free(course->windows);
    free(course->order);
}

int la_openloop_run(const struct la_openloop_plan *plan, const struct la_openloop_hooks *hooks,
                    struct la_openloop_outcome *outcome, const char **why)
{
    static struct course course;

    *outcome = (struct la_openloop_outcome){0};
    course = (struct course){
        .plan = plan, .hooks = hooks, .outcome = outcome, .random = la_random_seeded(plan->seed)};
    if (!allocate(&course)) {
        snprintf(course.why, sizeof course.why, "%s", strerror(ENOMEM));
    } else {
        la_clock_init();
        name_cells(plan, outcome);
        sweep(&course);
        if (outcome->searches)
            search_all(&course);
    }
    free_course(&course);
    if (!*course.why)
        return 0;
    la_openloop_outcome_fini(outcome);
    *why = course.why;
    return -1;
}

void la_openloop_outcome_fini(struct la_openloop_outcome *outcome)
{
    free(outcome->cells);
    free(outcome->searches);
    *outcome = (struct la_openloop_outcome){0};
}

/* --- estimates --- */

static double base_of(const struct la_openloop_cell *base, enum la_openloop_view view,
                      size_t percentile, unsigned block)
{
    for (unsigned i = 0; i < base->nr_blocks; i++) {
        if (base->block[i] == block)
            return base->block_ns[view][percentile][i];
    }
    return NAN;
}

struct la_openloop_estimate la_openloop_estimate(const struct la_openloop_cell *cell,
                                                 const struct la_openloop_cell *base,
                                                 enum la_openloop_view view, size_t percentile)
{
    struct la_openloop_estimate estimate = {.median = NAN, .low = NAN, .high = NAN};
    double values[LA_OPENLOOP_BLOCKS_MAX];
    size_t nr = 0, low;

    for (unsigned i = 0; i < cell->nr_blocks; i++) {
        const double to = base ? base_of(base, view, percentile, cell->block[i]) : 1;
        const double value = cell->block_ns[view][percentile][i] / to;

        if (isfinite(value))
            values[nr++] = value;
    }
    estimate.nr_blocks = (unsigned)nr;
    if (nr == 0)
        return estimate;
    estimate.median = la_order_median(values, nr);
    if (la_order_interval(nr, &low)) {
        estimate.low = values[low];
        estimate.high = values[nr - 1 - low];
    }
    return estimate;
}
