/* SPDX-License-Identifier: MIT */
/* churn.c: see churn.h. Threads count what is wrong; the test's own thread asserts. */
#include "churn.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "chain.h"
#include "memcheck.h"
#include "platform.h"

enum { ENTRY_BYTES = 64, MAX_THREADS = 64, BELT = 256 };

enum whose { THREADS = 0x7ead, LISTS = 0x1157 };

struct entry {
    uintptr_t word; /* may be overwritten, but only while the list keeps it */
    _Atomic enum whose whose;
};

/* Where one-way threads pass entries on. */
struct belt {
    pthread_mutex_t lock;
    unsigned nr;
    struct entry *entries[BELT];
};

struct run {
    const struct churn *plan;
    struct lookaside list;
    struct belt belt;
    _Atomic unsigned nr_wrong;
    _Atomic unsigned nr_working;
    _Atomic uint64_t hits, kept, drained, allocated, released;
};

struct worker {
    struct run *run;
    pthread_t thread;
    unsigned number;
    uint64_t random;
    uint64_t hits, kept, allocated, released;
    unsigned nr;
    struct entry *mine[CHURN_AT_ONCE];
};

void bare_init(struct lookaside *list, const struct lookaside_strategy *strategy, uint32_t limit)
{
    memset(list, 0, sizeof *list);
    list->pop = strategy->pop;
    list->push = strategy->push;
    list->size = ENTRY_BYTES;
    list->strategy = strategy;
    atomic_init(&list->limit, limit);
    assert_int_equal(strategy->init(list), 0);
}

void bare_fini(struct lookaside *list)
{
    list->strategy->fini(list);
}

struct elsewhere {
    void (*work)(void *);
    void *context;
};

static void *run_elsewhere(void *argument)
{
    struct elsewhere *elsewhere = argument;

    elsewhere->work(elsewhere->context);
    return NULL;
}

void elsewhere(void (*work)(void *), void *context)
{
    struct elsewhere argument = {work, context};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run_elsewhere, &argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static uint32_t choose(struct worker *worker, uint32_t below)
{
    worker->random = worker->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(worker->random >> 33) % below;
}

/* NULL when the kernel has no more mappings for us: the thread goes on with fewer entries. */
static struct entry *allocate(const struct churn *plan)
{
    void *memory;

    if (!plan->unmaps)
        return aligned_alloc(16, ENTRY_BYTES);
    memory = mmap(NULL, la_page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void release(const struct churn *plan, struct entry *entry)
{
    if (plan->unmaps)
        munmap(entry, la_page_size());
    else
        free(entry);
}

static void wrong_unless(struct run *run, bool right)
{
    /* Relaxed, as all counters here: read after join. */
    if (!right)
        atomic_fetch_add_explicit(&run->nr_wrong, 1, memory_order_relaxed);
}

static void change_hands(struct run *run, struct entry *entry, enum whose from, enum whose to)
{
    /* Relaxed: must not order anything for the strategy under test. */
    wrong_unless(run, atomic_exchange_explicit(&entry->whose, to, memory_order_relaxed) == from);
}

static struct entry *get(struct worker *worker)
{
    struct run *run = worker->run;
    struct entry *entry = run->list.pop(&run->list);

    if (entry) {
        change_hands(run, entry, LISTS, THREADS);
        worker->hits++;
        return entry;
    }
    entry = allocate(run->plan);
    if (entry) {
        atomic_init(&entry->whose, THREADS);
        worker->allocated++;
    }
    return entry;
}

static void put(struct worker *worker, struct entry *entry)
{
    struct run *run = worker->run;

    entry->word = ~(uintptr_t)entry;
    change_hands(run, entry, THREADS, LISTS);
    if (run->list.push(&run->list, entry)) {
        worker->kept++;
        return;
    }
    wrong_unless(run, entry->word == ~(uintptr_t)entry);
    change_hands(run, entry, LISTS, THREADS);
    release(run->plan, entry);
    worker->released++;
}

static bool belt_add(struct belt *belt, struct entry *entry)
{
    bool fits;

    pthread_mutex_lock(&belt->lock);
    fits = belt->nr < BELT;
    if (fits)
        belt->entries[belt->nr++] = entry;
    pthread_mutex_unlock(&belt->lock);
    return fits;
}

static struct entry *belt_remove(struct belt *belt)
{
    struct entry *entry = NULL;

    pthread_mutex_lock(&belt->lock);
    if (belt->nr > 0)
        entry = belt->entries[--belt->nr];
    pthread_mutex_unlock(&belt->lock);
    return entry;
}

static void step_one_way(struct worker *worker)
{
    struct belt *belt = &worker->run->belt;
    struct entry *entry = worker->number % 2 == 0 ? get(worker) : belt_remove(belt);

    if (!entry)
        sched_yield();
    else if (worker->number % 2 != 0 || !belt_add(belt, entry))
        put(worker, entry);
}

static void step(struct worker *worker)
{
    bool wants = choose(worker, worker->run->plan->nr_at_once + 1) >= worker->nr;

    if (wants && worker->nr < worker->run->plan->nr_at_once) {
        struct entry *entry = get(worker);

        if (entry)
            worker->mine[worker->nr++] = entry;
    } else if (worker->nr > 0) {
        unsigned i = choose(worker, worker->nr);
        struct entry *entry = worker->mine[i];

        worker->mine[i] = worker->mine[--worker->nr];
        put(worker, entry);
    }
}

static unsigned nr_steps(const struct run *run)
{
    return la_memcheck_runs() ? run->plan->nr_steps / CHURN_MEMCHECK : run->plan->nr_steps;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct run *run = worker->run;

    for (unsigned i = nr_steps(run); i > 0; i--) {
        if (run->plan->one_way)
            step_one_way(worker);
        else
            step(worker);
    }
    while (worker->nr > 0)
        put(worker, worker->mine[--worker->nr]);
    atomic_fetch_add_explicit(&run->hits, worker->hits, memory_order_relaxed);
    atomic_fetch_add_explicit(&run->kept, worker->kept, memory_order_relaxed);
    atomic_fetch_add_explicit(&run->allocated, worker->allocated, memory_order_relaxed);
    atomic_fetch_add_explicit(&run->released, worker->released, memory_order_relaxed);
    atomic_fetch_sub_explicit(&run->nr_working, 1, memory_order_relaxed);
    return NULL;
}

static size_t drain(struct run *run, size_t keep)
{
    void *chain = run->list.strategy->drain(&run->list, keep);
    size_t nr = 0;

    while (chain) {
        struct entry *entry = chain;

        chain = la_chain_next(entry);
        change_hands(run, entry, LISTS, THREADS);
        release(run->plan, entry);
        nr++;
    }
    atomic_fetch_add_explicit(&run->drained, nr, memory_order_relaxed);
    return nr;
}

static void *drain_all_the_time(void *argument)
{
    struct run *run = argument;
    const struct timespec pause = {.tv_nsec = run->plan->drain_pause_ns};

    for (unsigned i = 0; atomic_load_explicit(&run->nr_working, memory_order_relaxed) > 0; i++) {
        drain(run, i % 3 == 0 ? run->plan->limit / 2 : 0);
        if (pause.tv_nsec > 0)
            nanosleep(&pause, NULL);
        else
            sched_yield();
    }
    return NULL;
}

static void run_threads(struct run *run)
{
    static struct worker workers[MAX_THREADS];
    unsigned nr = run->plan->nr_threads;
    pthread_t drainer;

    assert_true(nr <= MAX_THREADS && run->plan->nr_at_once <= CHURN_AT_ONCE);
    atomic_init(&run->nr_working, nr);
    memset(workers, 0, sizeof workers);
    for (unsigned i = 0; i < nr; i++) {
        workers[i].run = run;
        workers[i].number = i;
        workers[i].random = i + 1;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    if (run->plan->drains)
        assert_int_equal(pthread_create(&drainer, NULL, drain_all_the_time, run), 0);
    for (unsigned i = 0; i < nr; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    if (run->plan->drains)
        assert_int_equal(pthread_join(drainer, NULL), 0);
}

static void check_statistics(struct run *run)
{
    struct lookaside_strategy_stats stats;

    run->list.strategy->stats(&run->list, &stats);
    assert_int_equal(stats.pops, run->hits);
    assert_int_equal(stats.pushes, run->kept);
    assert_int_equal(stats.held, run->kept - run->hits - run->drained);
    assert_int_equal(run->list.strategy->count(&run->list), stats.held);
    assert_true(stats.held <= run->plan->limit);
}

/* What one-way threads left on the belt goes the way of every free. */
static void empty_belt(struct run *run)
{
    struct worker last = {.run = run};
    struct entry *entry;

    while ((entry = belt_remove(&run->belt)))
        put(&last, entry);
    run->kept += last.kept;
    run->released += last.released;
}

void churn_run(const struct churn *plan)
{
    static struct run run;
    uint64_t held;

    memset(&run, 0, sizeof run);
    run.plan = plan;
    pthread_mutex_init(&run.belt.lock, NULL);
    bare_init(&run.list, plan->strategy, plan->limit);
    run_threads(&run);
    empty_belt(&run);
    check_statistics(&run);
    assert_true(run.hits > 0 && run.kept > 0);
    held = run.kept - run.hits - run.drained;
    assert_int_equal(drain(&run, 0), held);
    assert_int_equal(run.allocated, run.released + run.drained);
    assert_int_equal(run.nr_wrong, 0);
    bare_fini(&run.list);
    pthread_mutex_destroy(&run.belt.lock);
}

void churn_drained(const struct lookaside_strategy *strategy, uint32_t limit, unsigned nr_steps,
                   unsigned nr_at_once)
{
    churn_run(&(struct churn){.strategy = strategy,
                              .limit = limit,
                              .nr_threads = 4,
                              .nr_steps = nr_steps,
                              .nr_at_once = nr_at_once,
                              .drains = true});
}

void churn_unmapped(const struct lookaside_strategy *strategy, unsigned nr_threads,
                    unsigned nr_steps)
{
    churn_run(&(struct churn){.strategy = strategy,
                              .limit = 2,
                              .nr_threads = nr_threads,
                              .nr_steps = nr_steps,
                              .nr_at_once = 3,
                              .unmaps = true,
                              .drains = true});
}
