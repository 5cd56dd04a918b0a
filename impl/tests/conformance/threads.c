/* SPDX-License-Identifier: MIT */
/*
 * threads.c: the clauses that only many threads can break, watched by the ownership oracle of
 * stress/oracle.h. The same scenarios run longer, and with injected delays, as stress tests.
 */
#include "conformance.h"

#include <signal.h>

#include "lookaside.h"
#include "probe.h"
#include "stress.h"

enum { THREADS = 4, SEED = 20, ROUNDS = 200, LIVES = 40, DEPTH = 16, EACH = 24 };

static struct stress_report run_once(const char *scenario)
{
    const struct stress_options options = {.seconds = 0.25, .seed = SEED, .threads = THREADS};
    struct stress_report report;

    /* A crash belongs to the run's own process, not to the test runner's handlers. */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    assert_int_equal(
        stress_run_apart(stress_scenario_find(scenario), conformance_strategy(), &options, &report),
        0);
    assert_string_equal(report.first_failure, "");
    assert_int_equal(report.failures, 0);
    if (!conformance_keeps())
        assert_int_equal(report.hits + report.released, 0);
    return report;
}

/* How far a run got: on a slow or busy machine its threads may have had no turn. */
static bool has_hits(const struct stress_report *report)
{
    return report->operations > 0 && (report->hits > 0 || !conformance_keeps());
}

static bool has_handed(const struct stress_report *report)
{
    return has_hits(report) && report->handed > 0;
}

static bool has_released(const struct stress_report *report)
{
    return has_hits(report) && (report->released > 0 || !conformance_keeps());
}

static void run_until(const char *scenario, bool (*far_enough)(const struct stress_report *report))
{
    struct stress_report report = run_once(scenario);

    for (int more = 0; more < 20 && !far_enough(&report); more++)
        report = run_once(scenario);
    assert_true(far_enough(&report));
}

static void c15_no_entry_has_two_owners(void **state)
{
    (void)state;
    run_until("churn", has_hits);
}

static void c27_another_thread_may_free(void **state)
{
    (void)state;
    run_until("handoff", has_handed);
}

static void c32_flush_races_with_allocate_and_free(void **state)
{
    (void)state;
    run_until("flush-storm", has_released);
}

static void c40_depth_changes_and_ticks_race_with_everything(void **state)
{
    (void)state;
    run_until("depth-storm", has_released);
}

static void c15_threads_come_and_go(void **state)
{
    (void)state;
    run_until("thread-exit", has_hits);
}

static void c34_entries_may_be_unmapped_by_the_free_routine(void **state)
{
    (void)state;
    run_until("unmap", has_hits);
}

struct overshoot {
    struct probe probe;
    pthread_barrier_t round;
    _Atomic uint64_t highest;
};

/* All threads free more than fits, at once; in the pauses between rounds one looks. */
static void free_at_once(void *context, unsigned index)
{
    struct overshoot *overshoot = context;
    void *entries[EACH];

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < EACH; i++)
            entries[i] = lookaside_alloc(&overshoot->probe.list);
        pthread_barrier_wait(&overshoot->round);
        for (int i = 0; i < EACH; i++)
            lookaside_free(&overshoot->probe.list, entries[i]);
        pthread_barrier_wait(&overshoot->round);
        if (index == 0) {
            uint64_t held = probe_held(&overshoot->probe);

            if (held > overshoot->highest)
                overshoot->highest = held;
        }
        pthread_barrier_wait(&overshoot->round);
    }
}

static void c24_concurrent_frees_overshoot_by_less_than_their_number(void **state)
{
    static struct overshoot overshoot;

    (void)state;
    probe_init(&overshoot.probe, DEPTH);
    overshoot.highest = 0;
    pthread_barrier_init(&overshoot.round, NULL, THREADS);
    probe_together(THREADS, free_at_once, &overshoot);
    pthread_barrier_destroy(&overshoot.round);
    assert_true(overshoot.highest <= DEPTH + THREADS - 1);
    assert_int_equal(overshoot.highest > 0, conformance_keeps());
    lookaside_balance();
    assert_true(probe_held(&overshoot.probe) <= DEPTH);
    probe_fini(&overshoot.probe, 0);
}

static _Atomic unsigned nr_busy;
static _Atomic unsigned nr_faults;

static bool look(struct lookaside *list, void *context)
{
    struct lookaside_stats stats;

    (void)context;
    lookaside_get_stats(list, &stats);
    if (stats.depth != DEPTH)
        nr_faults++;
    return true;
}

static void one_life(struct lookaside *list)
{
    const struct lookaside_config config = {
        .size = 40, .strategy = conformance_strategy(), .depth = {.initial = DEPTH}};
    void *entries[EACH];

    if (lookaside_init(list, &config)) {
        nr_faults++;
        return;
    }
    for (int i = 0; i < EACH; i++)
        entries[i] = lookaside_alloc(list);
    for (int i = 0; i < EACH; i++)
        lookaside_free(list, entries[i]);
    lookaside_fini(list);
}

static void come_and_go(void *context, unsigned index)
{
    static struct lookaside lists[THREADS];

    (void)context;
    if (index < THREADS) {
        for (int round = 0; round < LIVES; round++)
            one_life(&lists[index]);
        nr_busy--;
    }
    while (nr_busy > 0) {
        lookaside_for_each(look, NULL);
        lookaside_balance();
    }
}

static void c40_lists_come_and_go_beside_each_other(void **state)
{
    (void)state;
    nr_busy = THREADS;
    nr_faults = 0;
    probe_together(THREADS + 1, come_and_go, NULL);
    assert_int_equal(nr_faults, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(c15_no_entry_has_two_owners),
    cmocka_unit_test(c15_threads_come_and_go),
    cmocka_unit_test(c24_concurrent_frees_overshoot_by_less_than_their_number),
    cmocka_unit_test(c27_another_thread_may_free),
    cmocka_unit_test(c32_flush_races_with_allocate_and_free),
    cmocka_unit_test(c34_entries_may_be_unmapped_by_the_free_routine),
    cmocka_unit_test(c40_lists_come_and_go_beside_each_other),
    cmocka_unit_test(c40_depth_changes_and_ticks_race_with_everything),
};
CLAUSE_GROUP(threads, tests);
