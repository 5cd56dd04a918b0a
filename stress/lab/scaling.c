/* SPDX-License-Identifier: MIT */
/*
 * scaling.c: what strategies do to memory that CPUs share, counted, as CPUs grow from one to all
 * that are online: `lab_scaling [STRATEGY|WORKLOAD...]`. No clock is read, so the numbers of an
 * emulated machine are as good as any other's, but for one kind: how often CPUs really meet at the
 * same moment depends on how many of them the emulator runs at once, so attempts that fail are
 * fewer.
 *
 * What others have is taken only from CPUs that seem to rest for a moment, so remote alone depends
 * on the emulator's pace, too.
 *
 * The build has injection points (inject.h), and the hook counts them. A line of counts is
 *     counts: strategy workload CPUs operations slow depot remote shared misses
 * where operations are allocations and frees, slow is those that left the fast path, depot is
 * visits to a depot, remote is visits to what belongs to another CPU or thread (steals, recalls),
 * shared is all read-modify-writes on lines that other CPUs write: those two, credits of the limit,
 * and the one word of spinlock and slist.
 *
 * Each thread stays on a CPU of its own, warms up, and then does its operations:
 *     pair      allocate, free
 *     burst     allocate 48, free 48; the limit is 64 for each thread
 *     tight     the same, but the limit is 64 for all
 *     handover  allocate, pass to the next thread, free what came from the one before
 *
 * Laws that are checked here: pairs on a strategy with private shards stay on the fast path and
 * touch nothing shared, at any number of CPUs, even after somebody flushed the list; spinlock and
 * slist have at least one shared operation for each that is no miss; the statistics are exact once
 * the threads are done, and held is within the limit.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inject.h"
#include "lookaside.h"
#include "platform.h"
#include "strategy.h"

enum {
    NR_POINTS = 1000,
    MOST_THREADS = 128,
    SHARE = 64, /* of the limit, for each thread */
    OWN = 8,    /* entries that a thread brings in */
    BURST = 48,
    RING = 32,
    WARM_UP = 640, /* pairs; those who were visited show their shards again meanwhile */
    WARM_UP_MORE = 192,
    WARM_UP_SHARED = 96,
    TOTAL = 6144,    /* pairs of all threads together, */
    LEAST = 192,     /* but so many each */
    SHARED_PART = 4, /* of both, where every operation is on one word: that is soon plain */
};

enum kind { DEPOT, REMOTE, CREDITS, WORD, NR_SHARED, SLOW = NR_SHARED, NR_KINDS };

/* What a passage of a point means. */
static const struct {
    const char *strategy;
    unsigned point;
    enum kind kind;
} meanings[] = {
    {"spinlock", 203, WORD},    /* the word was taken */
    {"slist", 403, WORD},       /* a pop is about to swap the head */
    {"slist", 404, WORD},       /* a push is */
    {"percpu", 513, SLOW},      /* a pop found no entry in the own slab, or did not get at it */
    {"percpu", 514, SLOW},      /* a push no room */
    {"percpu", 501, CREDITS},   /* a claim */
    {"percpu", 504, REMOTE},    /* another CPU's slab was hidden */
    {"percpu", 511, DEPOT},     /* entries were taken out */
    {"percpu", 512, DEPOT},     /* entries were put in */
    {"magazine", 609, SLOW},    /* the own magazines were locked, not entered by a section */
    {"magazine", 601, DEPOT},   /* for a filled magazine */
    {"magazine", 602, CREDITS}, /* a claim */
    {"magazine", 605, REMOTE},  /* other threads' magazines were hidden */
    {"magazine", 610, DEPOT},   /* for an empty magazine */
};

struct worker;

struct scenario {
    const char *name;
    void (*work)(struct worker *worker, unsigned pairs);
    bool tight;
};

/* From a thread to the next one. */
struct ring {
    _Alignas(LA_NO_SHARING) _Atomic unsigned head; /* the consumer's */
    _Alignas(LA_NO_SHARING) _Atomic unsigned tail; /* the producer's */
    _Atomic bool closed;
    void *slots[RING];
};

struct worker {
    struct cell *cell;
    pthread_t thread;
    unsigned index, cpu;
    bool bound;
    uint64_t counts[NR_POINTS];
    struct ring ring;
};

/* One strategy, workload and number of CPUs. */
struct cell {
    const struct scenario *scenario;
    unsigned nr;
    uint32_t limit;
    pthread_barrier_t gate;
    struct lookaside list;
    struct worker *workers;
};

static unsigned nr_broken;
static char **words;                     /* what is to be run */
static _Thread_local uint64_t *counting; /* NULL: not now */

void la_inject(unsigned point)
{
    if (counting && point < NR_POINTS)
        counting[point]++;
}

static void pairs(struct worker *worker, unsigned nr)
{
    struct lookaside *list = &worker->cell->list;

    for (unsigned i = 0; i < nr; i++)
        lookaside_free(list, lookaside_alloc(list));
}

static void bursts(struct worker *worker, unsigned nr)
{
    struct lookaside *list = &worker->cell->list;
    void *entries[BURST];

    for (unsigned done = 0; done < nr; done += BURST) {
        for (unsigned i = 0; i < BURST; i++)
            entries[i] = lookaside_alloc(list);
        for (unsigned i = BURST; i > 0; i--)
            lookaside_free(list, entries[i - 1]);
    }
}

/* Whether there was room. */
static bool ring_put(struct ring *ring, void *entry)
{
    const unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    /* Acquire: the consumer is done with the slot. Release: the entry is in it. */
    if (tail - atomic_load_explicit(&ring->head, memory_order_acquire) == RING)
        return false;
    ring->slots[tail % RING] = entry;
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

/* NULL: nothing there. Acquire and release as in ring_put(). */
static void *ring_get(struct ring *ring)
{
    const unsigned head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    void *entry;

    if (head == atomic_load_explicit(&ring->tail, memory_order_acquire))
        return NULL;
    entry = ring->slots[head % RING];
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return entry;
}

static void free_arrived(struct worker *worker, struct ring *from)
{
    void *entry;

    while ((entry = ring_get(from)))
        lookaside_free(&worker->cell->list, entry);
}

/* For a neighbour. Asleep: a CPU that looks again and again takes the emulator's turns from the one
 * that is waited for. */
static void wait_a_little(void)
{
    nanosleep(&(const struct timespec){.tv_nsec = 20000}, NULL);
}

static void hand_over(struct worker *worker, unsigned nr)
{
    struct cell *cell = worker->cell;
    struct ring *from = &cell->workers[(worker->index + cell->nr - 1) % cell->nr].ring;

    for (unsigned i = 0; i < nr; i++) {
        void *entry = lookaside_alloc(&cell->list);

        while (!ring_put(&worker->ring, entry)) {
            free_arrived(worker, from);
            wait_a_little();
        }
        free_arrived(worker, from);
    }
    /* Release: what is in the ring is seen by who sees it closed. */
    atomic_store_explicit(&worker->ring.closed, true, memory_order_release);
    while (!atomic_load_explicit(&from->closed, memory_order_acquire)) {
        free_arrived(worker, from);
        wait_a_little();
    }
    free_arrived(worker, from);
}

/* Every thread begins with entries of its own: one that missed would take those of others. Between
 * the gates the main thread flushes the list, which reaches into everybody's shard. */
static void take_share(struct worker *worker)
{
    void *entries[OWN];

    for (unsigned i = 0; i < 2 * OWN; i++)
        lookaside_free(&worker->cell->list, lookaside_alloc(&worker->cell->list));
    for (unsigned i = 0; i < OWN; i++)
        entries[i] = lookaside_alloc(&worker->cell->list);
    pthread_barrier_wait(&worker->cell->gate);
    pthread_barrier_wait(&worker->cell->gate);
    for (unsigned i = 0; i < OWN; i++)
        lookaside_free(&worker->cell->list, entries[i]);
}

static const struct scenario scenarios[] = {
    {"pair", pairs, false},
    {"burst", bursts, false},
    {"tight", bursts, true},
    {"handover", hand_over, false},
};

static bool has_private_shards(const struct cell *cell)
{
    return strcmp(cell->list.strategy->name, "percpu") == 0 ||
           strcmp(cell->list.strategy->name, "magazine") == 0;
}

static unsigned pairs_each(const struct cell *cell)
{
    const unsigned part = has_private_shards(cell) ? 1 : SHARED_PART;
    const unsigned each = TOTAL / part / cell->nr, least = LEAST / part;

    return (each > least ? each : least) / BURST * BURST;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct cell *cell = worker->cell;
    cpu_set_t own;

    CPU_ZERO(&own);
    CPU_SET(worker->cpu, &own);
    worker->bound = sched_setaffinity(0, sizeof own, &own) == 0;
    take_share(worker);
    pairs(worker, has_private_shards(cell) ? WARM_UP : WARM_UP_SHARED);
    if (cell->scenario->work == bursts)
        bursts(worker, has_private_shards(cell) ? WARM_UP_MORE : WARM_UP_SHARED);
    pthread_barrier_wait(&cell->gate);
    /* The main thread reads the statistics. */
    pthread_barrier_wait(&cell->gate);
    counting = worker->counts;
    cell->scenario->work(worker, pairs_each(cell));
    counting = NULL;
    pthread_barrier_wait(&cell->gate);
    /* Nobody's exit gives back what others still count. */
    pthread_barrier_wait(&cell->gate);
    return NULL;
}

__attribute__((format(printf, 2, 3))) static void broken(const struct cell *cell,
                                                         const char *format, ...)
{
    va_list arguments;

    nr_broken++;
    printf("counts: ERROR: %s, %s, %u CPUs: ", cell->list.strategy->name, cell->scenario->name,
           cell->nr);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static void sum_counts(const struct cell *cell, uint64_t sums[NR_KINDS])
{
    memset(sums, 0, NR_KINDS * sizeof *sums);
    for (size_t m = 0; m < sizeof meanings / sizeof *meanings; m++) {
        if (strcmp(meanings[m].strategy, cell->list.strategy->name) != 0)
            continue;
        for (unsigned i = 0; i < cell->nr; i++)
            sums[meanings[m].kind] += cell->workers[i].counts[meanings[m].point];
    }
}

static void check_statistics(const struct cell *cell, const struct lookaside_stats *before,
                             const struct lookaside_stats *after)
{
    const uint64_t each = pairs_each(cell), nr = each * cell->nr;

    for (unsigned i = 0; i < cell->nr; i++) {
        if (!cell->workers[i].bound)
            broken(cell, "thread %u could not be bound to CPU %u", i, cell->workers[i].cpu);
    }
    if (after->total_allocates - before->total_allocates != nr ||
        after->total_frees - before->total_frees != nr)
        broken(cell, "%" PRIu64 " allocations and %" PRIu64 " frees counted, not %" PRIu64,
               after->total_allocates - before->total_allocates,
               after->total_frees - before->total_frees, nr);
    if (after->held > cell->limit + cell->nr - 1)
        broken(cell, "%" PRIu64 " held at limit %" PRIu32, after->held, cell->limit);
    if (after->held != after->total_frees - after->free_misses -
                           (after->total_allocates - after->allocate_misses) - after->released)
        broken(cell, "%" PRIu64 " held, which the other counters deny", after->held);
}

static void report(const struct cell *cell, const struct lookaside_stats *before,
                   const struct lookaside_stats *after)
{
    const uint64_t operations = 2 * (uint64_t)pairs_each(cell) * cell->nr;
    const uint64_t misses =
        after->allocate_misses - before->allocate_misses + after->free_misses - before->free_misses;
    uint64_t sums[NR_KINDS], shared = 0;

    sum_counts(cell, sums);
    for (unsigned kind = 0; kind < NR_SHARED; kind++)
        shared += sums[kind];
    printf("counts: %s %s %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
           "\n",
           cell->list.strategy->name, cell->scenario->name, cell->nr, operations, sums[SLOW],
           sums[DEPOT], sums[REMOTE], shared, misses);
    check_statistics(cell, before, after);
    if (has_private_shards(cell) && cell->scenario->work == pairs && shared + sums[SLOW] > 0)
        broken(cell, "%" PRIu64 " slow and %" PRIu64 " shared operations", sums[SLOW], shared);
    if (!has_private_shards(cell) && shared + misses < operations)
        broken(cell, "%" PRIu64 " shared operations and %" PRIu64 " misses in %" PRIu64 " calls",
               shared, misses, operations);
}

/* The number that were started; the gate is for all of them and the caller. */
static void run_threads(struct cell *cell, struct lookaside_stats *before,
                        struct lookaside_stats *after)
{
    for (unsigned i = 0; i < cell->nr; i++) {
        if (pthread_create(&cell->workers[i].thread, NULL, work, &cell->workers[i]) != 0) {
            puts("counts: ERROR: no thread to be had");
            exit(EXIT_FAILURE);
        }
    }
    pthread_barrier_wait(&cell->gate);
    (void)lookaside_flush(&cell->list);
    pthread_barrier_wait(&cell->gate);
    pthread_barrier_wait(&cell->gate);
    lookaside_get_stats(&cell->list, before);
    pthread_barrier_wait(&cell->gate);
    pthread_barrier_wait(&cell->gate);
    lookaside_get_stats(&cell->list, after);
    pthread_barrier_wait(&cell->gate);
    for (unsigned i = 0; i < cell->nr; i++)
        pthread_join(cell->workers[i].thread, NULL);
}

static int run_cell(struct cell *cell, const struct lookaside_strategy *strategy,
                    const unsigned *cpus)
{
    const struct lookaside_config config = {
        .size = 64, .strategy = strategy, .depth = {.initial = cell->limit}};
    struct lookaside_stats before, after;
    int error = lookaside_init(&cell->list, &config);

    if (error)
        return error;
    memset((void *)cell->workers, 0, cell->nr * sizeof *cell->workers);
    for (unsigned i = 0; i < cell->nr; i++) {
        cell->workers[i].cell = cell;
        cell->workers[i].index = i;
        cell->workers[i].cpu = cpus[i];
    }
    pthread_barrier_init(&cell->gate, NULL, cell->nr + 1);
    run_threads(cell, &before, &after);
    report(cell, &before, &after);
    pthread_barrier_destroy(&cell->gate);
    lookaside_fini(&cell->list);
    return 0;
}

static bool is_strategy(const char *name)
{
    return lookaside_strategy_find(name) != NULL;
}

/* Whether a strategy or workload is among the arguments, or none of its kind is. */
static bool chosen(const char *name)
{
    unsigned nr = 0;

    for (char **word = words; *word; word++) {
        if (strcmp(*word, name) == 0)
            return true;
        nr += is_strategy(*word) == is_strategy(name);
    }
    return nr == 0 && strcmp(name, "malloc") != 0;
}

/* A CPU that waits for a lock wastes its turn of the emulator, of which the owner has to wait for
 * one: the law of one word is plain before that takes minutes. */
static unsigned most_cpus(const struct lookaside_strategy *strategy, unsigned nr_cpus)
{
    return strcmp(strategy->name, "spinlock") == 0 && nr_cpus > 8 ? 8 : nr_cpus;
}

/* The next number of CPUs: doubled, and at last all. */
static unsigned next_nr(unsigned nr, unsigned most)
{
    return nr == most ? 0 : 2 * nr < most ? 2 * nr : most;
}

static int run_strategy(const struct lookaside_strategy *strategy, const unsigned *cpus,
                        unsigned nr_cpus, struct worker *workers)
{
    const unsigned most = most_cpus(strategy, nr_cpus);

    for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++) {
        for (unsigned nr = chosen(scenarios[s].name); nr > 0; nr = next_nr(nr, most)) {
            struct cell cell = {.scenario = &scenarios[s],
                                .nr = nr,
                                .limit = scenarios[s].tight ? SHARE : SHARE * nr,
                                .workers = workers};
            int error = run_cell(&cell, strategy, cpus);

            if (error)
                return error;
        }
    }
    return 0;
}

static unsigned find_cpus(unsigned cpus[MOST_THREADS])
{
    cpu_set_t allowed;
    unsigned nr = 0;

    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 0;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && nr < MOST_THREADS; cpu++) {
        if (CPU_ISSET(cpu, &allowed))
            cpus[nr++] = cpu;
    }
    return nr;
}

/* An unknown word chooses nothing, which must not pass for a run. */
static bool knows(const char *word)
{
    bool known = is_strategy(word);

    for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++)
        known |= strcmp(word, scenarios[s].name) == 0;
    return known;
}

int main(int argc, char **argv)
{
    unsigned cpus[MOST_THREADS], nr_cpus = find_cpus(cpus);
    struct worker *workers = aligned_alloc(LA_NO_SHARING, MOST_THREADS * sizeof *workers);
    const struct lookaside_strategy *strategy;

    if (!workers || nr_cpus == 0) {
        puts("lab_scaling: no memory, or no CPUs");
        return EXIT_FAILURE;
    }
    words = argv + 1;
    for (int i = 1; i < argc; i++) {
        if (!knows(argv[i])) {
            printf("lab_scaling: no strategy and no workload: %s\n", argv[i]);
            return 2;
        }
    }
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        int error = 0;

        if (chosen(lookaside_strategy_name(strategy)))
            error = run_strategy(strategy, cpus, nr_cpus, workers);
        if (error && error != -ENOTSUP) {
            printf("lab_scaling: %s: %s\n", lookaside_strategy_name(strategy), strerror(-error));
            nr_broken++;
        }
    }
    free(workers);
    return nr_broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
