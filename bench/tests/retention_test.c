/* SPDX-License-Identifier: MIT */
/*
 * retention_test.c: the frontier, what fits into a budget, integrals over time, and the stages of
 * trials in processes of their own, whose bytes are known.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "churn.h"
#include "clock.h"
#include "retention_files.h"

/* --- pure functions --- */

static void the_frontier_is_what_nothing_beats(void **state)
{
    static const struct la_frontier_point points[] = {
        {100, 5}, {200, 5},   {50, 1},   {100, 4}, {300, 9},
        {300, 9}, {400, 8.9}, {NAN, 99}, {0, NAN}, {50, 1.5},
    };
    static const bool wanted[] = {true, false, false, false, true, true, false, false, false, true};
    bool optimal[10];

    (void)state;
    la_frontier_mark(points, 10, optimal);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(optimal[i], wanted[i]);
}

static void a_budget_takes_the_fastest_that_fits(void **state)
{
    static const struct la_frontier_point points[] = {{100, 5}, {200, 7}, {90, 5}, {NAN, 99}};
    static const bool eligible[] = {true, false, true, true};

    (void)state;
    assert_int_equal(la_frontier_best(points, NULL, 4, 150), 2);
    assert_int_equal(la_frontier_best(points, NULL, 4, 200), 1);
    assert_int_equal(la_frontier_best(points, eligible, 4, 200), 2);
    assert_int_equal(la_frontier_best(points, NULL, 4, 89), 4);
}

static void byte_seconds_are_what_lasted(void **state)
{
    static struct la_trial trial;
    struct la_byte_seconds sums;

    (void)state;
    memset(&trial, 0, sizeof trial);
    trial.nr_glances = 3;
    trial.glances[0] = (struct la_glance){
        .seconds = 1, .live_bytes = 10, .cached_bytes = -1, .resident_bytes = 4096};
    trial.glances[1] = (struct la_glance){
        .seconds = 3, .live_bytes = 0, .cached_bytes = -1, .resident_bytes = 8192};
    trial.glances[2] = (struct la_glance){.seconds = 4, .resident_bytes = 1 << 20};
    sums = la_trial_byte_seconds(&trial);
    assert_true(sums.live == 20);
    assert_true(isnan(sums.cached));
    assert_true(sums.resident == 2 * 4096 + 8192);
}

/* Half of the lengths are below the root of the longest; none is beyond it, none is 0. */
static void lengths_are_spread_over_orders_of_magnitude(void **state)
{
    static uint32_t lengths[LA_CHURN_LENGTHS];
    size_t below = 0;

    (void)state;
    la_churn_lengths(lengths, 1024, 3);
    for (size_t i = 0; i < LA_CHURN_LENGTHS; i++) {
        assert_in_range(lengths[i], 1, 1024);
        below += lengths[i] < 32;
    }
    assert_in_range(below, LA_CHURN_LENGTHS * 45 / 100, LA_CHURN_LENGTHS * 55 / 100);
}

/* --- trials --- */

enum { SIZE = 256, LONGEST = 200, PEAK = 20000, NR_DEPTHS = 2, WINDOW_MS = 20 };

static const uint32_t depths[NR_DEPTHS] = {32, 512};

static void no_progress(double done_s, const char *cell)
{
    (void)done_s;
    (void)cell;
}

static bool not_interrupted(void)
{
    return false;
}

static void run(struct la_retention_outcome *outcome)
{
    static struct la_placement placement;
    static struct la_contender contenders[3];
    const struct la_retention_hooks hooks = {.progress = no_progress,
                                             .interrupted = not_interrupted};
    struct la_retention_plan plan = {.contenders = contenders,
                                     .nr_contenders = 3,
                                     .depths = depths,
                                     .nr_depths = NR_DEPTHS,
                                     .setting = {.size = SIZE,
                                                 .placement = &placement,
                                                 .longest = LONGEST,
                                                 .peak = PEAK,
                                                 .warmup_ns = 1000000,
                                                 .window_ns = WINDOW_MS * 1000000},
                                     .blocks = 1,
                                     .seed = 5};
    const struct la_allocator *glibc = la_allocator_find("glibc");
    struct la_topology *topology;
    const char *why = "";

    topology = la_topology_load(NULL, NULL, &why);
    assert_non_null(topology);
    assert_int_equal(la_placement_plan(topology, "compact", 1, false, &placement, &why), 0);
    la_topology_free(topology);
    assert_true(la_contender_make(&contenders[0], LA_ROLE_MALLOC, NULL, glibc, &why));
    assert_true(la_contender_make(&contenders[1], LA_ROLE_TWIN, NULL, glibc, &why));
    assert_true(la_contender_make(&contenders[2], LA_ROLE_LIST, lookaside_strategy_find("spinlock"),
                                  glibc, &why));
    if (la_retention_run(&plan, &hooks, outcome, &why))
        fail_msg("%s", why);
}

static int64_t cached(const struct la_retention_cell *cell, enum la_stage stage)
{
    return la_trial_end_of(&cell->shown, stage)->cached_bytes;
}

/* The numbers that do not depend on the machine: what callers and list hold at each stage's end. */
static void stages_hold_what_they_should(const struct la_retention_cell *cell)
{
    const struct la_trial *trial = &cell->shown;
    int64_t most = 0;

    for (unsigned i = 0; i < trial->nr_glances; i++)
        most = trial->glances[i].live_bytes > most ? trial->glances[i].live_bytes : most;
    assert_int_equal(most, PEAK * SIZE);
    for (int stage = 0; stage < LA_NR_STAGES; stage++)
        assert_int_equal(la_trial_end_of(trial, (enum la_stage)stage)->live_bytes, 0);
    if (!cell->depth) {
        assert_int_equal(cached(cell, LA_STAGE_PEAK), -1);
        return;
    }
    assert_int_equal(cached(cell, LA_STAGE_PEAK), cell->depth * SIZE);
    assert_int_equal(cached(cell, LA_STAGE_IDLE), cell->depth * SIZE);
    assert_int_equal(cached(cell, LA_STAGE_TRIM), 0);
}

/* In so much of the busy window, which takes as long or longer. Every second operation can miss. */
static double misses(const struct la_retention_cell *cell)
{
    const double hit = la_retention_estimate(cell, NULL, LA_FIGURE_ALLOC_HIT).median;

    return (1 - hit) * la_retention_estimate(cell, NULL, LA_FIGURE_OPS_PER_S).median * WINDOW_MS /
           1000 / 2;
}

static void trials_tell_what_is_kept(void **state)
{
    struct la_retention_outcome outcome;
    const struct la_retention_cell *cells;

    (void)state;
    run(&outcome);
    cells = outcome.cells;
    assert_int_equal(outcome.nr_cells, 2 + NR_DEPTHS);
    for (size_t i = 0; i < outcome.nr_cells; i++)
        stages_hold_what_they_should(&cells[i]);
    /* With room for the longest burst each of its objects misses once; with 32, there are many. */
    assert_true(misses(&cells[3]) < LONGEST + 1);
    assert_true(la_retention_estimate(&cells[2], NULL, LA_FIGURE_ALLOC_HIT).median < 0.9);
    assert_true(isnan(cells[0].metadata_bytes[LA_STAGE_BUSY]));
#ifndef LA_MALLOC_IS_REPLACED
    /* The peak's objects are there, in pages that were not there before. */
    assert_true(la_retention_estimate(&cells[0], NULL, LA_FIGURE_PEAK).median >= PEAK * SIZE);
    for (int i = 0; i < LA_NR_STAGES; i++) {
        assert_true(cells[2].metadata_bytes[i] >= sizeof(struct lookaside));
        assert_true(cells[2].metadata_bytes[i] < 64 * 1024);
    }
#endif
    la_retention_outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frontier_is_what_nothing_beats),
        cmocka_unit_test(a_budget_takes_the_fastest_that_fits),
        cmocka_unit_test(byte_seconds_are_what_lasted),
        cmocka_unit_test(lengths_are_spread_over_orders_of_magnitude),
        cmocka_unit_test(trials_tell_what_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
