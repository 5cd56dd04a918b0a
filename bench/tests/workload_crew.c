/* SPDX-License-Identifier: MIT */
/* workload_crew.c: see workload_crew.h. */
#include "workload_crew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

struct crew crew;

const struct la_workload_params crew_params = {
    .burst = 64,
    .live = 1024,
    .ring = LA_BATCH_OPERATIONS, /* a batch of one side alone */
    .table = 1024,
    .cold = 960,
    .aside = 4096,
    .hold = 16,
    .remote = 25,
    .large = 2048,
    .thrash = 4096,
    .quota = 256};

unsigned crew_least(const struct la_workload *workload)
{
    return workload->threads_min ? workload->threads_min : 1;
}

static void release_sized(size_t size, void *object)
{
    assert_int_equal(size, CREW_OBJECT_BYTES);
    oracle_release(object);
}

static bool move(struct la_worker *worker, unsigned place)
{
    assert_true(place < worker->nr_places && place != worker->place);
    worker->place = place;
    atomic_fetch_add_explicit(&crew.nr_moved, 1, memory_order_relaxed);
    return true;
}

static struct la_worker worker_of(unsigned thread)
{
    const struct la_allocator_calls calls = {
        .allocate = oracle_allocate,
        .release = crew.kind == LA_KIND_SIZED ? NULL : oracle_release,
        .release_sized = crew.kind == LA_KIND_SIZED ? release_sized : NULL};

    return (struct la_worker){
        .port = {.list = &crew.list, .calls = calls, .size = CREW_OBJECT_BYTES},
        .kind = crew.kind,
        .thread = thread,
        .nr_threads = crew.nr_threads,
        .params = crew_params,
        .shared = crew.shared,
        .objects = calloc(crew.workload->live(&crew_params), sizeof(void *)),
        .decisions = crew.decisions + (size_t)thread * LA_DECISIONS,
        .stop = &crew.stop,
        .place = thread,
        .nr_places = crew.nr_threads,
        .move = move,
    };
}

void crew_init(const struct la_workload *workload, unsigned nr_threads, enum la_kind kind,
               const struct lookaside_strategy *strategy, uint32_t depth)
{
    const struct lookaside_config config = {.size = CREW_OBJECT_BYTES,
                                            .strategy = strategy ? strategy : &oracle_strategy,
                                            .allocate = oracle_miss,
                                            .free = oracle_free};
    struct la_random random = la_random_seeded(11);

    memset(&crew, 0, sizeof crew);
    crew.workload = workload;
    crew.nr_threads = nr_threads;
    crew.kind = kind;
    crew.nr_batches = 50;
    crew.nr_samples = 40;
    assert_int_equal(lookaside_init(&crew.list, &config), 0);
    if (depth)
        assert_int_equal(lookaside_set_depth(&crew.list, depth), 0);
    crew.decisions = malloc((size_t)nr_threads * LA_DECISIONS * sizeof *crew.decisions);
    for (size_t i = 0; i < (size_t)nr_threads * LA_DECISIONS; i++)
        crew.decisions[i] = (uint32_t)(la_random_next(&random) >> 32);
    if (workload->share)
        crew.shared = workload->share(&crew_params, nr_threads);
    for (unsigned i = 0; i < nr_threads; i++)
        crew.workers[i] = worker_of(i);
    pthread_barrier_init(&crew.barrier, NULL, nr_threads);
    oracle_reset();
}

void crew_fini(void)
{
    pthread_barrier_destroy(&crew.barrier);
    for (unsigned i = 0; i < crew.nr_threads; i++)
        free(crew.workers[i].objects);
    free(crew.shared);
    free(crew.decisions);
    lookaside_fini(&crew.list);
}

static void do_batches(struct la_worker *worker)
{
    uint64_t operations = 0;

    for (unsigned i = 0; i < crew.nr_batches; i++) {
        operations += crew.workload->run[worker->kind](worker);
        atomic_fetch_add_explicit(&crew.nr_retired, worker->retires, memory_order_relaxed);
        worker->retires = false;
    }
    for (unsigned i = 0; i < crew.nr_samples; i++) {
        uint64_t ticks = UINT64_MAX;

        operations += crew.workload->sample[worker->kind](worker, &ticks);
        atomic_fetch_add_explicit(&crew.nr_timed, ticks != UINT64_MAX, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&crew.operations, operations, memory_order_relaxed);
}

/* One thread looks, while the others wait. */
static void look(struct oracle *oracle, struct lookaside_stats *stats)
{
    if (pthread_barrier_wait(&crew.barrier) != 0) {
        *oracle = oracle_now();
        lookaside_get_stats(&crew.list, stats);
    }
    pthread_barrier_wait(&crew.barrier);
}

static void *thread_main(void *argument)
{
    struct la_worker *worker = argument;

    oracle_i_am(worker->thread);
    if (crew.workload->fill)
        crew.workload->fill(worker);
    look(&crew.filled, &crew.before);
    do_batches(worker);
    /* Who is done ends the others' waiting, as the window's end does. */
    atomic_store_explicit(&crew.stop, true, memory_order_relaxed);
    look(&crew.ran, &crew.after);
    if (crew.workload->drain)
        crew.workload->drain(worker);
    return NULL;
}

void crew_run(void)
{
    pthread_t threads[CREW_MOST];

    la_clock_init();
    for (unsigned i = 0; i < crew.nr_threads; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thread_main, &crew.workers[i]), 0);
    for (unsigned i = 0; i < crew.nr_threads; i++)
        pthread_join(threads[i], NULL);
    lookaside_flush(&crew.list);
}
