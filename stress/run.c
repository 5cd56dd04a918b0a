/* SPDX-License-Identifier: MIT */
/* run.c: one run of a scenario on a strategy, and what is checked once its threads are done. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform.h"
#include "scenario.h"
#include "strategy.h"

enum { MIN_THREADS = 4, SAMPLE_NS = 500000, NS_PER_S = 1000000000 };

static struct stress_run *run_of(struct lookaside *list)
{
    return LA_CONTAINER_OF(list, struct stress_run, list);
}

static void *obtain(struct lookaside *list, size_t size)
{
    struct stress_run *run = run_of(list);

    if (size != run->scenario->bytes)
        oracle_fault(run->oracle, "allocate routine was asked for %zu bytes", size);
    return oracle_obtain(run->oracle);
}

static void give_back(struct lookaside *list, void *entry)
{
    oracle_release(run_of(list)->oracle, entry);
}

/* Whether the strategy keeps entries at all. */
static bool keeps(const struct stress_run *run)
{
    return strcmp(run->list.strategy->name, "malloc") != 0;
}

static void *work(void *pointer)
{
    struct stress_worker *worker = pointer;

    pthread_mutex_lock(&worker->run->gate);
    pthread_mutex_unlock(&worker->run->gate);
    worker->run->scenario->work(worker);
    return NULL;
}

static unsigned default_threads(const struct stress_run *run)
{
    unsigned twice = 2 * (unsigned)CPU_COUNT(&run->allowed);

    if (twice < MIN_THREADS)
        return MIN_THREADS;
    return twice < STRESS_MAX_THREADS ? twice : STRESS_MAX_THREADS;
}

static int make_list(struct stress_run *run, const struct lookaside_strategy *strategy)
{
    const struct stress_scenario *scenario = run->scenario;
    const struct lookaside_config config = {
        .size = scenario->bytes,
        .strategy = strategy,
        .allocate = obtain,
        .free = give_back,
        .depth = {.initial = scenario->depth,
                  .min = scenario->adaptive ? 1 : 0,
                  .max = scenario->depth,
                  .policy = scenario->adaptive ? lookaside_policy_find("balance") : NULL},
    };

    return lookaside_init(&run->list, &config);
}

static void seed_worker(struct stress_worker *worker, uint64_t seed)
{
    /* Golden-ratio steps keep the workers' streams apart; xorshift must not start at 0. */
    worker->random = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) + (worker->index + 1) * 0x10001u;
    worker->random |= 1;
}

static int make_run(struct stress_run *run, const struct lookaside_strategy *strategy,
                    const struct stress_options *options)
{
    if (sched_getaffinity(0, sizeof run->allowed, &run->allowed))
        return -errno;
    run->nr_workers = options->threads ? options->threads : default_threads(run);
    if (run->nr_workers < run->scenario->min_threads || run->nr_workers > STRESS_MAX_THREADS)
        return -EINVAL;
    run->workers = aligned_alloc(LA_CACHE_LINE, run->nr_workers * sizeof *run->workers);
    run->oracle = oracle_new(run->scenario->nr_blocks, run->scenario->bytes, run->scenario->unmap);
    if (!run->workers || !run->oracle)
        return -ENOMEM;
    memset((void *)run->workers, 0, run->nr_workers * sizeof *run->workers);
    for (unsigned i = 0; i < run->nr_workers; i++) {
        run->workers[i].run = run;
        run->workers[i].index = i;
        seed_worker(&run->workers[i], options->seed);
    }
    return make_list(run, strategy);
}

static void sleep_ns(uint64_t ns)
{
    const struct timespec span = {.tv_sec = (time_t)(ns / NS_PER_S),
                                  .tv_nsec = (long)(ns % NS_PER_S)};

    nanosleep(&span, NULL);
}

/* A live reading may lag behind, but may not exceed what can ever be held. */
static void sample(struct stress_run *run)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&run->list, &stats);
    if (stats.held > run->scenario->depth + run->nr_workers - 1)
        oracle_fault(run->oracle, "list says it holds %" PRIu64 " entries at depth %u", stats.held,
                     run->scenario->depth);
}

static void watch(struct stress_run *run, const struct stress_options *options)
{
    uint64_t end = la_now_ns() + (uint64_t)(options->seconds * NS_PER_S);

    while (la_now_ns() < end && oracle_nr_faults(run->oracle) == 0 &&
           !(options->interrupted && options->interrupted())) {
        sample(run);
        sleep_ns(SAMPLE_NS);
    }
    atomic_store_explicit(&run->stop, true, memory_order_relaxed);
}

/* Starts the workers, waits, joins them. If one cannot be started, the others find the run over
 * before it began. */
static int run_workers(struct stress_run *run, const struct stress_options *options)
{
    unsigned started = 0;
    int error = 0;

    pthread_mutex_lock(&run->gate);
    while (started < run->nr_workers && !error) {
        error = pthread_create(&run->workers[started].thread, NULL, work, &run->workers[started]);
        started += !error;
    }
    atomic_store_explicit(&run->stop, error != 0, memory_order_relaxed);
    pthread_mutex_unlock(&run->gate);
    if (!error)
        watch(run, options);
    for (unsigned i = 0; i < started; i++)
        pthread_join(run->workers[i].thread, NULL);
    return -error;
}

static void expect(struct stress_run *run, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        oracle_fault(run->oracle, "%s: %" PRIu64 " instead of %" PRIu64, what, found, expected);
}

static struct stress_worker sum_workers(const struct stress_run *run)
{
    struct stress_worker sum = {.run = NULL};

    for (unsigned i = 0; i < run->nr_workers; i++) {
        const struct stress_worker *worker = &run->workers[i];

        sum.allocates += worker->allocates;
        sum.failures += worker->failures;
        sum.frees += worker->frees;
        sum.handed += worker->handed;
        sum.nr_out += worker->nr_out;
    }
    return sum;
}

/* The list is quiet: its counters against the workers' and the oracle's. */
static void check_counters(struct stress_run *run, struct stress_report *report)
{
    struct stress_worker sum = sum_workers(run);
    struct oracle_census census = oracle_count(run->oracle);
    struct lookaside_stats stats;

    lookaside_get_stats(&run->list, &stats);
    expect(run, "entries left with workers", census.owned + sum.nr_out, 0);
    expect(run, "entries between routine and caller", census.fresh, 0);
    expect(run, "total_allocates", stats.total_allocates, sum.allocates);
    expect(run, "allocate_failures", stats.allocate_failures, sum.failures);
    expect(run, "allocate_misses", stats.allocate_misses, census.obtained + sum.failures);
    expect(run, "total_frees", stats.total_frees, sum.frees);
    expect(run, "free_misses + released", stats.free_misses + stats.released, census.released);
    expect(run, "held", stats.held, census.held);
    report->operations = stats.total_allocates + stats.total_frees;
    report->hits = stats.total_allocates - stats.allocate_misses;
    report->released = stats.released;
    report->handed = sum.handed;
}

static void check_tick(struct stress_run *run)
{
    struct lookaside_stats stats;

    lookaside_balance();
    lookaside_get_stats(&run->list, &stats);
    expect(run, "entries beyond depth after a tick", stats.held > stats.depth, false);
    expect(run, "held after a tick", stats.held, oracle_count(run->oracle).held);
}

/* Fills the list up from one thread that stays where it is: exactly depth entries must fit, or a
 * part of the limit got lost on the way. */
static void check_capacity(struct stress_run *run, uint32_t depth)
{
    struct stress_worker *worker = &run->workers[0];
    void **entries = calloc(depth + 2, sizeof *entries);
    struct lookaside_stats stats;
    uint32_t got = 0;

    lookaside_flush(&run->list);
    expect(run, "held after a flush", oracle_count(run->oracle).held, 0);
    expect(run, "depth can be set", (uint64_t)-lookaside_set_depth(&run->list, depth), 0);
    while (entries && got < depth + 2 && (entries[got] = lookaside_alloc(&run->list)))
        oracle_taken(run->oracle, entries[got++], worker->index);
    expect(run, "entries for the capacity check", got, depth + 2);
    while (got > 0) {
        oracle_giving(run->oracle, entries[--got], worker->index);
        lookaside_free(&run->list, entries[got]);
    }
    lookaside_get_stats(&run->list, &stats);
    expect(run, "entries that a lone thread can fill in", stats.held, keeps(run) ? depth : 0);
    free(entries);
}

static void bind_to_first(const cpu_set_t *allowed)
{
    cpu_set_t one;
    int cpu = 0;

    while (!CPU_ISSET(cpu, allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

static bool sound(const struct stress_run *run)
{
    return oracle_nr_faults(run->oracle) == 0;
}

static void end_list(struct stress_run *run)
{
    struct oracle_census census;

    lookaside_fini(&run->list);
    census = oracle_count(run->oracle);
    expect(run, "blocks in the arena after fini", census.outside, run->scenario->nr_blocks);
    expect(run, "blocks released in all", census.released, census.obtained);
}

/* Each check relies on what the ones before it found in order. */
static void settle(struct stress_run *run, struct stress_report *report)
{
    if (sound(run))
        check_counters(run, report);
    if (sound(run))
        check_tick(run);
    bind_to_first(&run->allowed);
    if (sound(run))
        check_capacity(run, run->scenario->depth);
    if (sound(run))
        end_list(run);
    (void)sched_setaffinity(0, sizeof run->allowed, &run->allowed);
    report->threads = run->nr_workers;
    report->failures = oracle_nr_faults(run->oracle);
    snprintf(report->first_failure, sizeof report->first_failure, "%s",
             oracle_first_fault(run->oracle));
}

static void unmake_run(struct stress_run *run)
{
    if (run->oracle)
        oracle_free(run->oracle);
    free(run->workers);
    pthread_mutex_destroy(&run->gate);
    free(run);
}

static struct stress_run *new_run(const struct stress_scenario *scenario)
{
    struct stress_run *run = aligned_alloc(_Alignof(struct stress_run), sizeof *run);

    if (!run)
        return NULL;
    memset((void *)run, 0, sizeof *run);
    run->scenario = scenario;
    pthread_mutex_init(&run->gate, NULL);
    return run;
}

int stress_run(const struct stress_scenario *scenario, const struct lookaside_strategy *strategy,
               const struct stress_options *options, struct stress_report *report)
{
    struct stress_run *run = new_run(scenario);
    int error = run ? make_run(run, strategy, options) : -ENOMEM;

    memset(report, 0, sizeof *report);
    if (!error) {
        error = run_workers(run, options);
        if (error)
            lookaside_fini(&run->list);
        else
            settle(run, report);
    }
    /* A list that failed cannot even be ended: it stays, with all it points to. */
    if (run && report->failures == 0)
        unmake_run(run);
    return error;
}
