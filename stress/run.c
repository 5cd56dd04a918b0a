/* SPDX-License-Identifier: MIT */
/* run.c: one run of a scenario on a strategy: its lists, its workers, and the watch over them. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "platform.h"
#include "scenario.h"
#include "strategy.h"

enum { MIN_THREADS = 4, THREADS_PER_CPU = 2, SAMPLE_NS = 500000, NS_PER_S = 1000000000 };

/* Beyond its seconds, for a run that has not done its operations. */
enum { MOST_MORE_S = 10 };

/* All workers park once in so many samples. */
enum { QUIET_ONE_IN = 32 };

static struct stress_list *list_of(struct lookaside *list)
{
    return LA_CONTAINER_OF(list, struct stress_list, list);
}

/* What the scenario does inside the routines; false: no memory. */
static bool in_routine(struct stress_list *list, bool allocates)
{
    struct stress_run *run = list->run;

    if (!run->scenario->routine || atomic_load_explicit(&run->settling, memory_order_relaxed))
        return true;
    return run->scenario->routine(list, allocates);
}

static void *obtain(struct lookaside *asking, size_t size)
{
    struct stress_list *list = list_of(asking);
    struct oracle *oracle = list->run->oracle;

    if (size != list->run->scenario->bytes)
        oracle_fault(oracle, "allocate routine was asked for %zu bytes", size);
    return in_routine(list, true) ? oracle_obtain(oracle, list->index) : NULL;
}

static void give_back(struct lookaside *giving, void *entry)
{
    struct stress_list *list = list_of(giving);

    (void)in_routine(list, false);
    oracle_release(list->run->oracle, list->index, entry);
}

static void *work(void *pointer)
{
    struct stress_worker *worker = pointer;
    struct stress_park *park = &worker->run->park;

    stress_be(worker);
    park_here(park);
    worker->run->scenario->work(worker);
    park_leave(park);
    return NULL;
}

static unsigned default_threads(const struct stress_run *run)
{
    unsigned per_cpu = run->scenario->crowd ? run->scenario->crowd : THREADS_PER_CPU;
    unsigned nr = per_cpu * (unsigned)CPU_COUNT(&run->allowed);

    if (nr < MIN_THREADS)
        return MIN_THREADS;
    return nr < STRESS_MAX_THREADS ? nr : STRESS_MAX_THREADS;
}

int stress_list_begin(struct stress_list *list, uint32_t depth)
{
    const struct stress_scenario *scenario = list->run->scenario;
    const struct lookaside_config config = {
        .size = scenario->bytes,
        .strategy = list->run->strategy,
        .allocate = obtain,
        .free = give_back,
        .flags = scenario->flags,
        .depth = {.initial = depth,
                  .min = scenario->adaptive ? 1 : 0,
                  .max = depth,
                  .policy = scenario->adaptive ? lookaside_policy_find("balance") : NULL},
    };

    return lookaside_init(&list->list, &config);
}

void stress_list_end(struct stress_list *list)
{
    struct oracle_census census;

    lookaside_fini(&list->list);
    census = oracle_count(list->run->oracle, list->index);
    if (census.held + census.fresh > 0 || census.obtained != census.released + census.owned)
        oracle_fault(list->run->oracle,
                     "list %u after its end: %" PRIu64 " held, %" PRIu64 " obtained, %" PRIu64
                     " released",
                     list->index, census.held, census.obtained, census.released);
}

static void seed_worker(struct stress_worker *worker, uint64_t seed)
{
    /* Golden-ratio steps keep the workers' streams apart; xorshift must not start at 0. */
    worker->random = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) + (worker->index + 1) * 0x10001u;
    worker->random |= 1;
}

static int make_workers(struct stress_run *run, uint64_t seed)
{
    const unsigned nr = 2 * run->nr_workers;

    run->workers = aligned_alloc(_Alignof(struct stress_worker), nr * sizeof *run->workers);
    if (!run->workers)
        return -ENOMEM;
    memset((void *)run->workers, 0, nr * sizeof *run->workers);
    for (unsigned i = 0; i < nr; i++) {
        run->workers[i].run = run;
        run->workers[i].index = i;
        seed_worker(&run->workers[i], seed);
        run->workers[i].counts = calloc(run->nr_lists, sizeof *run->workers[i].counts);
        if (!run->workers[i].counts)
            return -ENOMEM;
    }
    return 0;
}

static int make_lists(struct stress_run *run)
{
    int error = 0;

    run->lists = aligned_alloc(_Alignof(struct stress_list), run->nr_lists * sizeof *run->lists);
    if (!run->lists)
        return -ENOMEM;
    memset((void *)run->lists, 0, run->nr_lists * sizeof *run->lists);
    for (unsigned i = 0; i < run->nr_lists; i++) {
        run->lists[i].run = run;
        run->lists[i].index = i;
    }
    for (unsigned i = 0; i < run->nr_shared && !error; i++)
        error = stress_list_begin(&run->lists[i], run->scenario->depth);
    return error;
}

static int make_run(struct stress_run *run, const struct stress_options *options, const char **why)
{
    const struct stress_scenario *scenario = run->scenario;
    int error;

    if (sched_getaffinity(0, sizeof run->allowed, &run->allowed))
        return -errno;
    run->nr_workers = options->threads ? options->threads : default_threads(run);
    if (run->nr_workers < scenario->min_threads || run->nr_workers > STRESS_MAX_THREADS)
        return -EINVAL;
    run->nr_shared = scenario->nr_lists ? scenario->nr_lists : 1;
    run->nr_lists = run->nr_shared + (scenario->own_lists ? run->nr_workers : 0);
    run->oracle = oracle_new(run->nr_lists, scenario->nr_blocks, scenario->bytes, scenario->unmap);
    if (!run->oracle)
        return -ENOMEM;
    error = make_workers(run, options->seed);
    if (!error)
        error = make_lists(run);
    return !error && scenario->begin ? scenario->begin(run, why) : error;
}

static void sleep_ns(uint64_t ns)
{
    const struct timespec span = {.tv_sec = (time_t)(ns / NS_PER_S),
                                  .tv_nsec = (long)(ns % NS_PER_S)};

    nanosleep(&span, NULL);
}

/* Whoever else wants it quiet has it then, so that this thread is not inside a call either. */
static void look(struct stress_run *run, uint64_t nr_looks)
{
    pthread_mutex_lock(&run->park.looking);
    check_sample(run);
    if (nr_looks % QUIET_ONE_IN == QUIET_ONE_IN - 1) {
        park_quiet_begin(&run->park, 0);
        check_quiet(run);
        park_quiet_end(&run->park);
    }
    pthread_mutex_unlock(&run->park.looking);
}

/* As look(): this thread is in no call while somebody has it quiet, to fork, say. */
static uint64_t count_operations(struct stress_run *run)
{
    uint64_t sum = 0;

    pthread_mutex_lock(&run->park.looking);
    for (unsigned i = 0; i < run->nr_shared; i++) {
        struct lookaside_stats stats;

        lookaside_get_stats(&run->lists[i].list, &stats);
        sum += stats.total_allocates + stats.total_frees;
    }
    pthread_mutex_unlock(&run->park.looking);
    return sum;
}

static bool has_run(struct stress_run *run, const struct stress_options *options, uint64_t end)
{
    const uint64_t now = la_now_ns();

    return now >= end &&
           (options->operations == 0 || now >= end + MOST_MORE_S * (uint64_t)NS_PER_S ||
            count_operations(run) >= options->operations);
}

static void watch(struct stress_run *run, const struct stress_options *options)
{
    uint64_t end = la_now_ns() + (uint64_t)(options->seconds * NS_PER_S);

    for (uint64_t i = 0; !has_run(run, options, end) && oracle_nr_faults(run->oracle) == 0 &&
                         !(options->interrupted && options->interrupted());
         i++) {
        look(run, i);
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

    park_quiet_begin(&run->park, 0);
    while (started < run->nr_workers && !error) {
        park_join(&run->park);
        error = pthread_create(&run->workers[started].thread, NULL, work, &run->workers[started]);
        started += !error;
    }
    atomic_store_explicit(&run->stop, error != 0, memory_order_relaxed);
    park_quiet_end(&run->park);
    if (!error)
        watch(run, options);
    for (unsigned i = 0; i < started; i++)
        pthread_join(run->workers[i].thread, NULL);
    atomic_store_explicit(&run->settling, true, memory_order_relaxed);
    if (run->scenario->end)
        run->scenario->end(run);
    return -error;
}

static void unmake_run(struct stress_run *run)
{
    if (run->oracle)
        oracle_free(run->oracle);
    for (unsigned i = 0; run->workers && i < 2 * run->nr_workers; i++)
        free(run->workers[i].counts);
    free((void *)run->workers);
    free((void *)run->lists);
    park_destroy(&run->park);
    free((void *)run);
}

/* A run that did not come to its checks: lists that were made are ended. */
static void abandon(struct stress_run *run)
{
    for (unsigned i = 0; run->lists && i < run->nr_shared; i++) {
        if (run->lists[i].list.misses)
            lookaside_fini(&run->lists[i].list);
    }
}

static struct stress_run *new_run(const struct stress_scenario *scenario,
                                  const struct lookaside_strategy *strategy)
{
    struct stress_run *run = aligned_alloc(_Alignof(struct stress_run), sizeof *run);

    if (!run)
        return NULL;
    memset((void *)run, 0, sizeof *run);
    run->scenario = scenario;
    run->strategy = strategy;
    park_init(&run->park);
    return run;
}

static int do_run(struct stress_run *run, const struct stress_options *options,
                  struct stress_report *report)
{
    const char *why = "this strategy cannot run here";
    int error = make_run(run, options, &why);

    report->threads = run->nr_workers;
    if (!error)
        error = run_workers(run, options);
    if (error) {
        abandon(run);
        snprintf(report->first_failure, sizeof report->first_failure, "%s", why);
        return error;
    }
    check_settled(run, report);
    report->failures = oracle_nr_faults(run->oracle);
    snprintf(report->first_failure, sizeof report->first_failure, "%s",
             oracle_first_fault(run->oracle));
    return 0;
}

int stress_run(const struct stress_scenario *scenario, const struct lookaside_strategy *strategy,
               const struct stress_options *options, struct stress_report *report)
{
    struct stress_run *run = new_run(scenario, strategy);
    int error;

    memset(report, 0, sizeof *report);
    if (!run)
        return -ENOMEM;
    error = do_run(run, options, report);
    /* A list that failed cannot even be ended: it stays, with all it points to. */
    if (report->failures == 0)
        unmake_run(run);
    return error;
}
