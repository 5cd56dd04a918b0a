/* SPDX-License-Identifier: MIT */
/*
 * degrade_test.c: antagonists do what they are asked to and end, figures are kept by block, and
 * what is written says it. How much anything slows down is not asserted.
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "degrade_files.h"

enum { THREADS = 2, RATE = 2000, BLOCKS = 2 };

static void no_progress(double done_s, const char *cell)
{
    (void)done_s;
    (void)cell;
}

static bool not_interrupted(void)
{
    return false;
}

static const struct la_degrade_hooks hooks = {.progress = no_progress,
                                              .interrupted = not_interrupted};

static struct la_placement placement;
static struct la_contender contender;

/* As many threads as there are CPUs, two at most. */
static struct la_degrade_plan plan_for(enum la_nuisance nuisance)
{
    struct la_degrade_plan plan = {.contenders = {&contender},
                                   .nr_contenders = 1,
                                   .nuisances = {nuisance},
                                   .nr_nuisances = 1,
                                   .rates = {RATE},
                                   .nr_rates = 1,
                                   .setting = {.size = 64,
                                               .depth = 64,
                                               .placement = &placement,
                                               .longest = 16,
                                               .peak = 16,
                                               .warmup_ns = 1000000,
                                               .window_ns = 20000000},
                                   .blocks = BLOCKS,
                                   .seed = 3};
    const char *why = "";
    struct la_topology *topology = la_topology_load(NULL, NULL, &why);
    unsigned nr;

    assert_non_null(topology);
    nr = la_topology_cpus(topology) < THREADS ? 1 : THREADS;
    assert_int_equal(la_placement_plan(topology, "compact", nr, false, &placement, &why), 0);
    la_topology_free(topology);
    assert_true(la_contender_make(&contender, LA_ROLE_LIST, lookaside_strategy_find("spinlock"),
                                  la_allocator_find("glibc"), &why));
    return plan;
}

static void check_nuisance(enum la_nuisance nuisance)
{
    const struct la_degrade_plan plan = plan_for(nuisance);
    struct la_degrade_outcome outcome;
    const char *why;

    if (la_degrade_run(&plan, &hooks, &outcome, &why))
        fail_msg("%s", why);
    assert_int_equal(outcome.nr_cells, 2);
    assert_int_equal(outcome.nr_blocks, BLOCKS);
    for (unsigned block = 0; block < BLOCKS; block++) {
        const struct la_degrade_cell *quiet = &outcome.cells[0], *noisy = &outcome.cells[1];

        assert_true(quiet->figures[LA_DEGRADE_EVENTS_PER_S][block] == 0);
        assert_true(quiet->figures[LA_DEGRADE_KEPT][block] == 1);
        assert_true(noisy->figures[LA_DEGRADE_EVENTS_PER_S][block] > 0);
        assert_true(noisy->figures[LA_DEGRADE_OPS_PER_S][block] > 0);
        assert_true(noisy->figures[LA_DEGRADE_P999_NS][block] >=
                    noisy->figures[LA_DEGRADE_P50_NS][block]);
    }
    la_degrade_outcome_fini(&outcome);
}

static void preemption_takes_place(void **state)
{
    (void)state;
    check_nuisance(LA_PREEMPT);
}

static void signals_arrive(void **state)
{
    (void)state;
    check_nuisance(LA_SIGNAL);
}

static void threads_are_moved_or_it_is_refused(void **state)
{
    const struct la_degrade_plan plan = plan_for(LA_MIGRATE);
    struct la_degrade_outcome outcome;
    const char *why;

    (void)state;
    if (placement.nr_threads > 1) {
        check_nuisance(LA_MIGRATE);
        return;
    }
    assert_int_equal(la_degrade_run(&plan, &hooks, &outcome, &why), -1);
    assert_non_null(strstr(why, "no other one to be moved to"));
}

static void *add_up(void *nr_threads)
{
    ++*(unsigned *)nr_threads;
    return NULL;
}

/* After a stop nothing happens any more: a count that is read twice, with work in between. */
static void a_stopped_antagonist_does_nothing_more(void **state)
{
    struct la_antagonist_setting setting = {
        .nuisance = LA_PREEMPT, .rate = RATE, .placement = &placement};
    uint64_t events;
    unsigned nr_threads = 0;

    (void)state;
    (void)plan_for(LA_PREEMPT);
    assert_null(la_antagonist_start(&setting));
    while (la_antagonist_events() == 0)
        continue;
    la_antagonist_stop();
    events = la_antagonist_events();
    for (unsigned i = 0; i < 20; i++) {
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, add_up, &nr_threads), 0);
        pthread_join(thread, NULL);
    }
    assert_int_equal(nr_threads, 20);
    assert_int_equal(la_antagonist_events(), events);
}

static void estimates_are_medians_with_intervals_from_six_blocks_on(void **state)
{
    struct la_degrade_cell cell = {.contender = &contender};
    struct la_degrade_outcome outcome = {.cells = &cell, .nr_cells = 1, .nr_blocks = 5};
    struct la_degrade_estimate estimate;

    (void)state;
    for (unsigned block = 0; block < 7; block++)
        cell.figures[LA_DEGRADE_OPS_PER_S][block] = 10 + (block * 3) % 7;
    estimate = la_degrade_estimate(&outcome, &cell, LA_DEGRADE_OPS_PER_S);
    assert_true(estimate.median == 13);
    assert_true(isnan(estimate.low));
    outcome.nr_blocks = 7;
    estimate = la_degrade_estimate(&outcome, &cell, LA_DEGRADE_OPS_PER_S);
    assert_true(estimate.median == 13 && estimate.low == 10 && estimate.high == 16);
}

static void the_json_names_cells_and_null_for_what_is_not_known(void **state)
{
    const struct la_degrade_plan plan = plan_for(LA_SIGNAL);
    struct la_degrade_cell cell = {.contender = &contender, .nuisance = LA_SIGNAL, .rate = RATE};
    const struct la_degrade_outcome outcome = {.cells = &cell, .nr_cells = 1, .nr_blocks = 1};
    json_t *json, *row, *ops;

    (void)state;
    cell.figures[LA_DEGRADE_OPS_PER_S][0] = 5;
    json = la_degrade_json(&plan, &outcome);
    row = json_array_get(json_object_get(json, "cells"), 0);
    ops = json_object_get(json_object_get(row, "figures"), "ops_per_s");
    assert_string_equal(json_string_value(json_object_get(row, "contender")), "spinlock+glibc");
    assert_string_equal(json_string_value(json_object_get(row, "nuisance")), "signal");
    assert_true(json_real_value(json_object_get(ops, "median")) == 5);
    assert_true(json_is_null(json_object_get(ops, "low")));
    json_decref(json);
}

static bool real_time_is_null(const struct la_degrade_outcome *outcome)
{
    json_t *json = la_degrade_noise_json(outcome);
    const bool null = json_is_null(json_object_get(json, "real_time"));

    json_decref(json);
    return null;
}

/* Where no thread wanted priority it was not refused. */
static void priority_is_known_where_it_was_asked_for(void **state)
{
    struct la_degrade_cell cells[] = {{.nuisance = LA_NO_NUISANCE}, {.nuisance = LA_SIGNAL}};
    const struct la_degrade_outcome outcome = {.cells = cells, .nr_cells = 2};

    (void)state;
    assert_true(real_time_is_null(&outcome));
    cells[1].nuisance = LA_MIGRATE;
    assert_false(real_time_is_null(&outcome));
    cells[1].nuisance = LA_PREEMPT;
    assert_false(real_time_is_null(&outcome));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preemption_takes_place),
        cmocka_unit_test(signals_arrive),
        cmocka_unit_test(threads_are_moved_or_it_is_refused),
        cmocka_unit_test(a_stopped_antagonist_does_nothing_more),
        cmocka_unit_test(estimates_are_medians_with_intervals_from_six_blocks_on),
        cmocka_unit_test(the_json_names_cells_and_null_for_what_is_not_known),
        cmocka_unit_test(priority_is_known_where_it_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
