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
#include "station.h"

#define AROUND_S                                                                    \
    0.012 /* of a window: threads, drain, planning; measured, for the estimate only \
           */

const double la_openloop_percents[LA_OPENLOOP_PERCENTILES] = {50, 90, 99, 99.9};

/* A run in progress. */
struct course {
    const struct la_openloop_plan *plan;
    const struct la_openloop_hooks *hooks;
    struct la_openloop_outcome *outcome;
    struct la_openloop_station station; /* without a crew */
    struct la_openloop_window *windows; /* one a contender: of the block that is running */
    size_t *order;
    struct la_random random;
    size_t nr_searched; /* windows of searches */
    double done_s;
    char why[LA_OPENLOOP_NAME_BYTES + 520];
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

static bool over(struct course *course)
{
    if (!course->outcome->interrupted && course->hooks->interrupted())
        course->outcome->interrupted = true;
    return course->outcome->interrupted || *course->why;
}

/* The others go on, if there are any. */
static void lose_process(struct course *course, unsigned process)
{
    const struct la_crew *crew = course->hooks->crew;
    char line[512];

    course->outcome->block_lost = true;
    snprintf(line, sizeof line, "process %u of the run %s: its unfinished block is lost, %s",
             process, crew->members[process].ended,
             la_crew_pick(crew, 0) < 0 ? "and no process is left" : "the others go on");
    course->hooks->lost(line);
    course->outcome->interrupted = course->outcome->interrupted || la_crew_pick(crew, 0) < 0;
}

/* By a process of the run. */
static bool ordered(struct course *course, const struct la_openloop_order *order, unsigned process,
                    struct la_openloop_window *window, const char *name)
{
    struct la_crew *crew = course->hooks->crew;
    struct la_answer answer;

    /* A process that cannot take an order any more is found out when its word does not come. */
    (void)la_crew_order(crew, process, order, sizeof *order);
    for (;;) {
        switch (la_crew_next(crew, process, course->hooks->interrupted, window, sizeof *window,
                             &answer)) {
        case LA_CREW_TURN:
            break;
        case LA_CREW_BLOCK:
            return true;
        case LA_CREW_FAILED:
            snprintf(course->why, sizeof course->why, "%s: %s", name, answer.why);
            return false;
        case LA_CREW_SPOKE:
        case LA_CREW_LOST:
            lose_process(course, process);
            return false;
        case LA_CREW_INTERRUPTED:
            course->outcome->interrupted = true;
            return false;
        }
    }
}

static bool take_window(struct course *course, struct la_openloop_order *order, unsigned process,
                        struct la_openloop_window *window, const char *name)
{
    const char *why;
    bool taken;

    if (over(course))
        return false;
    order->plan = course->hooks->plan;
    if (course->hooks->crew) {
        taken = ordered(course, order, process, window, name);
    } else {
        taken = la_openloop_station_take(&course->station, order, window, &why);
        if (!taken)
            snprintf(course->why, sizeof course->why, "%s: %s", name, why);
    }
    if (!taken)
        return false;
    course->done_s += turn_s(course->plan, order->rate);
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
                        unsigned block, unsigned process)
{
    struct la_histogram times;

    for (int view = 0; view < LA_NR_VIEWS; view++) {
        la_openloop_times(&window->seen, (enum la_openloop_view)view, &times);
        for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++)
            cell->block_ns[view][p][cell->nr_blocks] =
                la_openloop_percentile_ns(&times, la_openloop_percents[p]);
    }
    cell->late[cell->nr_blocks] = window->seen.unserved > 0;
    cell->process[cell->nr_blocks] = process;
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
static void keep_block(struct course *course, struct la_openloop_cell *cells, unsigned block,
                       unsigned process)
{
    const bool reject = rejected(course);

    for (size_t i = 0; i < course->plan->nr_contenders; i++) {
        if (reject)
            cells[i].nr_rejected++;
        else
            keep_window(&cells[i], &course->windows[i], block, process);
    }
}

static unsigned blocks_of(const struct la_openloop_cell *cell, unsigned process)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < cell->nr_blocks; i++)
        nr += cell->process[i] == process;
    return nr;
}

/* Of those that are left, the one with the fewest blocks of the cell, counted from the n-th on. */
static unsigned pick_process(const struct course *course, const struct la_openloop_cell *cell,
                             size_t n)
{
    const struct la_crew *crew = course->hooks->crew;
    int best = -1;

    for (unsigned i = 0; crew && i < crew->nr_members; i++) {
        const int process = la_crew_pick(crew, n + i);

        if (process >= 0 &&
            (best < 0 || blocks_of(cell, (unsigned)process) < blocks_of(cell, (unsigned)best)))
            best = process;
    }
    return best < 0 ? 0 : (unsigned)best;
}

static void run_block(struct course *course, size_t rate, unsigned block)
{
    const struct la_openloop_plan *plan = course->plan;
    struct la_openloop_cell *cells = &course->outcome->cells[rate * plan->nr_contenders];
    struct la_openloop_order order = {.rate = plan->rates[rate]};
    const unsigned process = pick_process(course, cells, rate + block);
    size_t nr_done = 0;

    if (over(course))
        return;
    order.seed = la_random_next(&course->random);
    la_random_permutation(&course->random, course->order, plan->nr_contenders);
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        order.contender = course->order[i];
        nr_done += take_window(course, &order, process, &course->windows[order.contender],
                               cells[order.contender].name);
    }
    if (nr_done == plan->nr_contenders)
        keep_block(course, cells, block, process);
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

/* A window of a contender at a rate of its own, in whichever process is next. */
static bool search_window(struct course *course, size_t at, double rate)
{
    const struct la_openloop_plan *plan = course->plan;
    struct la_openloop_order order = {.contender = at, .rate = rate};
    const struct la_crew *crew = course->hooks->crew;
    const int process = crew ? la_crew_pick(crew, course->nr_searched++) : 0;

    if (rate <= 0 || process < 0 || over(course))
        return false;
    order.seed = la_random_next(&course->random);
    return take_window(course, &order, (unsigned)process, &course->windows[at],
                       plan->contenders[at].name);
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

        if (la_search_done(search) || !search_window(course, at, search->rate))
            continue;
        la_search_tell(search, keeps(plan, &course->windows[at]));
        any = true;
    }
    return any;
}

static void confirm_one(struct course *course, size_t at, double rate,
                        struct la_search_tally *tally)
{
    if (!search_window(course, at, rate))
        return;
    tally->nr_windows++;
    tally->nr_kept += keeps(course->plan, &course->windows[at]);
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
                 "hold:%s-%.0f/remote:%.0f/rate:%.0f",
                 cell->contender->name, plan->size, plan->depth, plan->placement->name,
                 plan->placement->nr_threads, la_arrivals_name(plan->demand.process),
                 la_hold_name(plan->demand.shape), plan->demand.hold_ns, 100 * plan->remote_share,
                 cell->rate);
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
    course->windows = calloc(plan->nr_contenders, sizeof *course->windows);
    course->order = calloc(plan->nr_contenders, sizeof *course->order);
    return outcome->cells && (outcome->searches || plan->target_ns <= 0) &&
           la_openloop_station_init(&course->station, plan) && course->windows && course->order;
}

static void free_course(struct course *course)
{
    la_openloop_station_fini(&course->station);
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
