/* SPDX-License-Identifier: MIT */
/*
 * workloads_test.c: every workload, run by hand without the engine: that it counts the operations
 * it does, frees exactly what it allocates, holds no more than it says, and times what it says.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "regime.h"
#include "ring.h"
#include "workload.h"

enum { OBJECT_BYTES = 64, BATCHES = 50, SAMPLES = 40, MAX_THREADS = 3 };

/* As they are, but for the cold set, which would take its time, and a ring that holds a batch of
 * one side alone. */
static const struct la_workload_params params = {.burst = 64,
                                                 .live = 1024,
                                                 .ring = LA_BATCH_OPERATIONS,
                                                 .table = 1024,
                                                 .cold = 960,
                                                 .aside = 4096,
                                                 .hold = 16,
                                                 .remote = 25};

static _Atomic uint64_t nr_allocated, nr_released;
static _Atomic int64_t live, live_most;

static void *counting_allocate(size_t size)
{
    const int64_t now = atomic_fetch_add_explicit(&live, 1, memory_order_relaxed) + 1;
    int64_t most = atomic_load_explicit(&live_most, memory_order_relaxed);

    while (now > most && !atomic_compare_exchange_weak_explicit(
                             &live_most, &most, now, memory_order_relaxed, memory_order_relaxed))
        continue;
    atomic_fetch_add_explicit(&nr_allocated, 1, memory_order_relaxed);
    return malloc(size);
}

static void counting_release(void *memory)
{
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&nr_released, 1, memory_order_relaxed);
    free(memory);
}

static void counting_release_sized(size_t size, void *memory)
{
    assert_int_equal(size, OBJECT_BYTES);
    counting_release(memory);
}

static void *list_allocate(struct lookaside *list, size_t size)
{
    (void)list;
    return counting_allocate(size);
}

static void list_free(struct lookaside *list, void *entry)
{
    (void)list;
    counting_release(entry);
}

/* Threads that run one workload. */
struct crew {
    const struct la_workload *workload;
    struct lookaside list;
    struct la_worker workers[MAX_THREADS];
    unsigned nr_threads;
    void *shared;
    uint32_t *decisions;
    _Atomic bool stop;
    _Atomic uint64_t operations;
    pthread_barrier_t barrier;
    enum la_kind kind;
};

static struct crew crew;

static void crew_init(const struct la_workload *workload, unsigned nr_threads, enum la_kind kind)
{
    const struct lookaside_config config = {.size = OBJECT_BYTES,
                                            .strategy = lookaside_strategy_find("spinlock"),
                                            .allocate = list_allocate,
                                            .free = list_free};
    struct la_random random = la_random_seeded(11);

    memset(&crew, 0, sizeof crew);
    crew.workload = workload;
    crew.nr_threads = nr_threads;
    crew.kind = kind;
    assert_int_equal(lookaside_init(&crew.list, &config), 0);
    crew.decisions = malloc(LA_DECISIONS * sizeof *crew.decisions);
    for (size_t i = 0; i < LA_DECISIONS; i++)
        crew.decisions[i] = (uint32_t)la_random_next(&random);
    if (workload->share)
        crew.shared = workload->share(&params, nr_threads);
    for (unsigned i = 0; i < nr_threads; i++)
        crew.workers[i] = (struct la_worker){
            .port = {.list = &crew.list,
                     .calls = {.allocate = counting_allocate,
                               .release = kind == LA_KIND_DIRECT ? counting_release : NULL,
                               .release_sized =
                                   kind == LA_KIND_SIZED ? counting_release_sized : NULL},
                     .size = OBJECT_BYTES},
            .kind = kind,
            .thread = i,
            .nr_threads = nr_threads,
            .params = params,
            .shared = crew.shared,
            .objects = calloc(workload->live(&params), sizeof(void *)),
            .decisions = crew.decisions,
            .stop = &crew.stop,
        };
    pthread_barrier_init(&crew.barrier, NULL, nr_threads);
    atomic_store_explicit(&nr_allocated, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_released, 0, memory_order_relaxed);
    atomic_store_explicit(&live, 0, memory_order_relaxed);
    atomic_store_explicit(&live_most, 0, memory_order_relaxed);
}

static void crew_fini(void)
{
    pthread_barrier_destroy(&crew.barrier);
    for (unsigned i = 0; i < crew.nr_threads; i++)
        free(crew.workers[i].objects);
    free(crew.shared);
    free(crew.decisions);
    lookaside_fini(&crew.list);
}

static uint64_t do_batches(struct la_worker *worker)
{
    uint64_t operations = 0, ticks;

    for (int i = 0; i < BATCHES; i++)
        operations += crew.workload->run[worker->kind](worker);
    for (int i = 0; i < SAMPLES; i++) {
        ticks = UINT64_MAX;
        operations += crew.workload->sample[worker->kind](worker, &ticks);
    }
    return operations;
}

static void *thread_main(void *argument)
{
    struct la_worker *worker = argument;

    if (crew.workload->fill)
        crew.workload->fill(worker);
    pthread_barrier_wait(&crew.barrier);
    atomic_fetch_add_explicit(&crew.operations, do_batches(worker), memory_order_relaxed);
    /* Who is done ends the others' waiting, as the window's end does. */
    atomic_store_explicit(&crew.stop, true, memory_order_relaxed);
    pthread_barrier_wait(&crew.barrier);
    if (crew.workload->drain)
        crew.workload->drain(worker);
    return NULL;
}

static void crew_run(void)
{
    pthread_t threads[MAX_THREADS];

    for (unsigned i = 0; i < crew.nr_threads; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thread_main, &crew.workers[i]), 0);
    for (unsigned i = 0; i < crew.nr_threads; i++)
        pthread_join(threads[i], NULL);
}

/* Operations of fill and drain: half of each kind, and not counted by the workload. */
static uint64_t calls_outside(uint64_t calls)
{
    return calls - atomic_load_explicit(&crew.operations, memory_order_relaxed);
}

static uint64_t all_calls(void)
{
    return atomic_load_explicit(&nr_allocated, memory_order_relaxed) +
           atomic_load_explicit(&nr_released, memory_order_relaxed);
}

static void conserves_objects(const struct la_workload *workload, unsigned nr_threads,
                              enum la_kind kind)
{
    const uint64_t table = params.table;
    const uint64_t most = nr_threads * workload->live(&params) + table;

    crew_init(workload, nr_threads, kind);
    crew_run();
    assert_int_equal(nr_allocated, nr_released);
    assert_int_equal(live, 0);
    assert_in_range(live_most, 1, most);
    assert_true(all_calls() >= crew.operations);
    assert_true(calls_outside(all_calls()) <= 2 * most);
    crew_fini();
}

static void every_workload_conserves_objects(void **state)
{
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        for (unsigned nr = 1; nr <= MAX_THREADS; nr++) {
            conserves_objects(workload, nr, LA_KIND_DIRECT);
            conserves_objects(workload, nr, LA_KIND_SIZED);
        }
}

/* One thread never waits, and fill and drain are known: the count must be exact. */
static void every_workload_counts_exactly(void **state)
{
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        uint64_t outside;

        crew_init(workload, 1, LA_KIND_DIRECT);
        crew_run();
        outside = !workload->fill ? 0 : 2 * (uint64_t)workload->live(&params);
        if (workload == la_workload_find("exchange"))
            outside += 2 * (uint64_t)params.table;
        assert_int_equal(calls_outside(all_calls()), outside);
        crew_fini();
    }
}

/* The same loops on a list: its own count agrees, and everything comes back in the end. */
static void lists_count_what_the_driver_counts(void **state)
{
    const struct la_workload *workload;
    struct lookaside_stats stats;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        for (unsigned nr = 1; nr <= MAX_THREADS; nr++) {
            crew_init(workload, nr, LA_KIND_LIST);
            crew_run();
            lookaside_get_stats(&crew.list, &stats);
            assert_int_equal(stats.total_allocates, stats.total_frees);
            if (!workload->fill && !workload->drain)
                assert_int_equal(stats.total_allocates + stats.total_frees, crew.operations);
            lookaside_flush(&crew.list);
            assert_int_equal(nr_allocated, nr_released);
            crew_fini();
        }
}

static void every_workload_can_be_sampled(void **state)
{
    const struct la_workload *workload;

    (void)state;
    la_clock_init();
    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        struct la_worker *worker = &crew.workers[0];

        crew_init(workload, 1, LA_KIND_DIRECT);
        if (workload->fill)
            workload->fill(worker);
        for (int j = 0; j < SAMPLES; j++) {
            uint64_t ticks = UINT64_MAX;
            const uint64_t operations = workload->sample[LA_KIND_DIRECT](worker, &ticks);

            assert_true(operations >= LA_SAMPLE_OPERATIONS);
            assert_true(ticks != UINT64_MAX);
        }
        if (workload->drain)
            workload->drain(worker);
        assert_int_equal(live, 0);
        crew_fini();
    }
}

/* A producer and a consumer alone with the window over: neither waits for the other. */
static void nobody_waits_after_the_window(void **state)
{
    const struct la_workload *handoff = la_workload_find("handoff");
    uint64_t ticks = UINT64_MAX;

    (void)state;
    crew_init(handoff, 2, LA_KIND_DIRECT);
    atomic_store_explicit(&crew.stop, true, memory_order_relaxed);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[1]), 0);
    assert_int_equal(handoff->sample[LA_KIND_DIRECT](&crew.workers[1], &ticks), 0);
    assert_true(ticks == UINT64_MAX);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[0]), params.ring);
    assert_int_equal(handoff->run[LA_KIND_DIRECT](&crew.workers[0]), 0);
    handoff->drain(&crew.workers[1]);
    assert_int_equal(live, 0);
    crew_fini();
}

/* The set goes out whole and comes back whole; what is read in between is not the workload's
 * time. */
static void the_cold_set_circulates(void **state)
{
    const struct la_workload *cold = la_workload_find("burst-cold");
    struct la_worker *worker = &crew.workers[0];
    const uint64_t set = params.cold;
    struct lookaside_stats stats;

    (void)state;
    la_clock_init();
    crew_init(cold, 1, LA_KIND_LIST);
    assert_int_equal(lookaside_set_depth(&crew.list, cold->depth(&params)), 0);
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
    crew_init(cold, 1, LA_KIND_LIST);
    assert_int_equal(lookaside_set_depth(&crew.list, params.cold), 0);
    cold->fill(&crew.workers[0]);
    for (size_t i = 1; i < params.cold; i++) {
        const intptr_t apart =
            (char *)crew.workers[0].objects[i] - (char *)crew.workers[0].objects[i - 1];

        nr_neighbours += apart > -4 * OBJECT_BYTES && apart < 4 * OBJECT_BYTES;
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

        if (point->hold > params.ring / 2)
            continue;
        crew_init(point, 2, LA_KIND_DIRECT);
        for (unsigned j = 0; j < 2; j++) {
            crew.workers[j].params.hold = point->hold;
            crew.workers[j].params.remote = point->remote;
        }
        point->run[LA_KIND_DIRECT](&crew.workers[0]);
        passed = nr_allocated - nr_released;
        point->run[LA_KIND_DIRECT](&crew.workers[1]);
        point->drain(&crew.workers[1]);
        allocated = nr_allocated;
        assert_int_equal(live, 0);
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
        cmocka_unit_test(every_workload_counts_exactly),
        cmocka_unit_test(lists_count_what_the_driver_counts),
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
