/* SPDX-License-Identifier: MIT */
/*
 * workloads_test.c: every workload, run by hand without the engine: that it counts the operations
 * it does, frees exactly what it allocates, holds no more than it says, and times what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "regime.h"
#include "ring.h"
#include "workload_crew.h"

/* Sleeps are real, and some workloads sleep in every batch. */
static void hurry(void)
{
    if (crew.workload->tick_ns || strcmp(crew.workload->name, "bulk-free") == 0)
        crew.nr_batches = crew.nr_samples = 4;
}

/* Nothing is lost, nothing is out twice, all comes back, and between filling and draining exactly
 * what the workload says is done. */
static void conserves_objects(const struct la_workload *workload, unsigned nr_threads,
                              enum la_kind kind)
{
    const uint64_t most = nr_threads * (uint64_t)workload->live(&crew_params) + crew_params.table;
    struct oracle end;

    crew_init(workload, nr_threads, kind, NULL, 0);
    hurry();
    crew_run();
    end = oracle_now();
    if (end.faults || end.allocated != end.released || end.out != end.back)
        fail_msg("%s, %u threads: %ju faults, %ju allocated, %ju released, %ju out, %ju back",
                 workload->name, nr_threads, (uintmax_t)end.faults, (uintmax_t)end.allocated,
                 (uintmax_t)end.released, (uintmax_t)end.out, (uintmax_t)end.back);
    assert_in_range(end.most, 1, most);
    assert_int_equal(crew.ran.out + crew.ran.back - crew.filled.out - crew.filled.back,
                     crew.operations);
    if (kind == LA_KIND_LIST)
        assert_int_equal(crew.after.total_allocates + crew.after.total_frees -
                             crew.before.total_allocates - crew.before.total_frees,
                         crew.operations);
    crew_fini();
}

static void every_workload_conserves_objects(void **state)
{
    static const enum la_kind kinds[] = {LA_KIND_DIRECT, LA_KIND_SIZED, LA_KIND_LIST};
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        for (unsigned nr = crew_least(workload); nr <= CREW_MOST; nr++)
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
                conserves_objects(workload, nr, kinds[k]);
}

/* The loops that are bound to a strategy, and the inlined array: there the oracle sees the misses
 * only, and the thread of an array has to empty it itself. */
static void every_loop_gives_everything_back(void **state)
{
    const struct lookaside_strategy *strategy;
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        for (size_t s = 0; (strategy = lookaside_strategy_at(s)); s++) {
            const enum la_kind kind = la_kind_bound_to(strategy->name);
            struct oracle end;

            if (kind == LA_NR_KINDS ||
                (strategy->supported && !strategy->supported(&(const char *){NULL})))
                continue;
            crew_init(workload, crew_least(workload), kind, strategy, 0);
            hurry();
            if (crew.list.bound)
                crew_run();
            end = oracle_now();
            assert_int_equal(end.faults, 0);
            assert_int_equal(end.allocated, end.released);
            crew_fini();
        }
}

static void every_workload_can_be_sampled(void **state)
{
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        crew_init(workload, crew_least(workload), LA_KIND_DIRECT, NULL, 0);
        hurry();
        crew_run();
        assert_true(crew.nr_timed > 0);
        crew_fini();
    }
}

/* A producer and a consumer alone with the window over: neither waits for the other. */
static void nobody_waits_after_the_window(void **state)
{
    const struct la_workload *handoff = la_workload_find("handoff");
    uint64_t ticks = UINT64_MAX;

    (void)state;
    crew_init(handoff, 2, LA_KIND_DIRECT, NULL, 0);
    atomic_store_explicit(&crew.stop, true, memory_order_relaxed);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[1]), 0);
    assert_int_equal(handoff->sample[LA_KIND_DIRECT](&crew.workers[1], &ticks), 0);
    assert_true(ticks == UINT64_MAX);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[0]), crew_params.ring);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[0]), 0);
    handoff->drain(&crew.workers[1]);
    assert_int_equal(oracle_now().allocated, oracle_now().released);
    crew_fini();
}

/* The set goes out whole and comes back whole; what is read in between is not the workload's
 * time. */
static void the_cold_set_circulates(void **state)
{
    const struct la_workload *cold = la_workload_find("burst-cold");
    struct la_worker *worker = &crew.workers[0];
    const uint64_t set = crew_params.cold;
    struct lookaside_stats stats;

    (void)state;
    la_clock_init();
    crew_init(cold, 1, LA_KIND_LIST, NULL, cold->depth(&crew_params));
    cold->fill(worker);
    assert_int_equal(worker->paused, 0);
    assert_int_equal(cold->run[LA_KIND_LIST](worker), 2 * set);
    assert_true(worker->paused > 0);
    lookaside_get_stats(&crew.list, &stats);
    assert_int_equal(stats.held, set);
    assert_int_equal(stats.total_allocates, 2 * set);
    assert_int_equal(stats.allocate_misses, set);
    assert_int_equal(stats.free_misses, 0);
    lookaside_flush(&crew.list);
    crew_fini();
}

/* Not the order of their addresses, in which most of them were allocated. */
static void the_cold_set_is_shuffled(void **state)
{
    const struct la_workload *cold = la_workload_find("burst-cold");
    size_t nr_neighbours = 0;

    (void)state;
    crew_init(cold, 1, LA_KIND_LIST, NULL, crew_params.cold);
    cold->fill(&crew.workers[0]);
    for (size_t i = 1; i < crew_params.cold; i++) {
        const intptr_t apart =
            (char *)crew.workers[0].objects[i] - (char *)crew.workers[0].objects[i - 1];

        nr_neighbours += apart > -4 * CREW_OBJECT_BYTES && apart < 4 * CREW_OBJECT_BYTES;
    }
    assert_true(nr_neighbours < 96);
    lookaside_flush(&crew.list);
    crew_fini();
}

static void the_ring_is_a_bounded_queue(void **state)
{
    enum { PLACES = 4 };
    static struct ring ring;
    void *slots[PLACES];
    int items[PLACES + 1];

    (void)state;
    ring = (struct ring){.places = PLACES, .slots = slots};
    for (int round = 0; round < 10; round++) {
        assert_false(ring_has_item(&ring));
        for (int i = 0; i < PLACES; i++) {
            assert_true(ring_has_room(&ring));
            ring_put(&ring, &items[i]);
        }
        assert_false(ring_has_room(&ring));
        for (int i = 0; i < PLACES - 1; i++) {
            assert_true(ring_has_item(&ring));
            assert_ptr_equal(ring_get(&ring), &items[i]);
        }
        assert_true(ring_has_room(&ring));
        assert_ptr_equal(ring_get(&ring), &items[PLACES - 1]);
    }
}

static void names_are_unique_and_found(void **state)
{
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        assert_ptr_equal(la_workload_find(workload->name), workload);
        assert_null(strchr(workload->name, '_'));
    }
    assert_non_null(la_workload_find("burst-fifo"));
    assert_null(la_workload_find("nonesuch"));
}

/* One batch of the even thread, one of the odd one: what went through the ring is the share of what
 * both allocated that the point says, to within what a step may be too early to show. */
static void shares_are_what_points_say(void **state)
{
    const struct la_workload *point;

    (void)state;
    for (size_t i = 0; (point = la_regime_at(i)); i++) {
        uint64_t passed, allocated;

        if (point->hold > crew_params.ring / 2)
            continue;
        crew_init(point, 2, LA_KIND_DIRECT, NULL, 0);
        for (unsigned j = 0; j < 2; j++) {
            crew.workers[j].params.hold = point->hold;
            crew.workers[j].params.remote = point->remote;
        }
        point->run[LA_KIND_DIRECT](&crew.workers[0]);
        passed = oracle_now().allocated - oracle_now().released;
        point->run[LA_KIND_DIRECT](&crew.workers[1]);
        point->drain(&crew.workers[1]);
        allocated = oracle_now().allocated;
        assert_int_equal(oracle_now().released, allocated);
        assert_true(passed * 100 <= point->remote * allocated);
        assert_true(passed * 100 + 200 > point->remote * allocated);
        crew_fini();
    }
}

static void points_are_found_and_not_listed(void **state)
{
    const struct la_workload *point = la_workload_find("regime-h16-r25"), *workload;

    (void)state;
    assert_non_null(point);
    assert_int_equal(point->hold, 16);
    assert_int_equal(point->remote, 25);
    assert_int_equal(point->threads_min, 2);
    assert_ptr_equal(point->family, la_workload_find("regime"));
    assert_null(la_workload_find("regime-h17-r25"));
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        assert_null(workload->family);
    for (size_t i = 0; (point = la_regime_at(i)); i++) {
        assert_ptr_equal(la_workload_find(point->name), point);
        assert_int_equal(point->returns_own, point->remote == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_workload_conserves_objects),
        cmocka_unit_test(every_loop_gives_everything_back),
        cmocka_unit_test(every_workload_can_be_sampled),
        cmocka_unit_test(nobody_waits_after_the_window),
        cmocka_unit_test(the_cold_set_circulates),
        cmocka_unit_test(the_cold_set_is_shuffled),
        cmocka_unit_test(the_ring_is_a_bounded_queue),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(shares_are_what_points_say),
        cmocka_unit_test(points_are_found_and_not_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
