/* SPDX-License-Identifier: MIT */
/*
 * memory.c: every strategy when there is no more memory, for the caller's entries and for the
 * library itself: `lab_memory [LIMIT]`. The process takes all that it is allowed to have: LIMIT MiB
 * of addresses, or, without a limit, what the machine has, which must then be one that does not
 * promise more (overcommit_memory 2).
 *
 * The list's entries come from a small pool, of which less than a thread wants is left then, and
 * the list has that. Threads that never used the list before begin to when nothing is left. An
 * allocation may then give NULL, and must be counted; a free must succeed; init, set_depth and
 * flush may fail as they say, and change nothing if they do. Once there is memory again the whole
 * limit is there.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lookaside.h"
#include "strategy.h"

enum {
    MIB = 1 << 20,
    NR_THREADS = 8,
    ROUNDS = 400,
    HELD = 24,
    DEPTH = 64,
    POOL = 128,
    BYTES = 256,
    FEW = 20
};

static unsigned nr_wrong;

#define EXPECT(condition, ...)                                                \
    do {                                                                      \
        if (!(condition)) {                                                   \
            nr_wrong++;                                                       \
            printf("lab_memory: ERROR: line %d: %s: ", __LINE__, #condition); \
            printf(__VA_ARGS__);                                              \
            putchar('\n');                                                    \
        }                                                                     \
    } while (0)

static struct {
    pthread_mutex_t lock;
    void *free[POOL];
    unsigned nr, withheld;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void fill_pool(void)
{
    static _Alignas(64) unsigned char blocks[POOL][BYTES];

    for (pool.nr = 0; pool.nr < POOL; pool.nr++)
        pool.free[pool.nr] = blocks[pool.nr];
}

static void *from_pool(struct lookaside *list, size_t size)
{
    void *entry;

    (void)list;
    (void)size;
    pthread_mutex_lock(&pool.lock);
    entry = pool.nr > pool.withheld ? pool.free[--pool.nr] : NULL;
    pthread_mutex_unlock(&pool.lock);
    return entry;
}

static void to_pool(struct lookaside *list, void *entry)
{
    (void)list;
    pthread_mutex_lock(&pool.lock);
    if (pool.nr < POOL)
        pool.free[pool.nr++] = entry;
    else
        nr_wrong++;
    pthread_mutex_unlock(&pool.lock);
}

/* All memory, as a chain of blocks, smaller and smaller ones. */
struct block {
    struct block *next;
};

static struct block *take_all(void)
{
    static const size_t sizes[] = {MIB, 1 << 16, 1 << 12, 256, 64, 24};
    struct block *all = NULL, *block;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        while ((block = malloc(sizes[i]))) {
            block->next = all;
            all = block;
        }
    }
    return all;
}

static void give_back(struct block *all)
{
    while (all) {
        struct block *next = all->next;

        free(all);
        all = next;
    }
}

struct worker {
    struct lookaside *list;
    pthread_barrier_t *gate;
    pthread_t thread;
    uint64_t allocates, failures, frees;
    void *entries[HELD];
    unsigned nr;
};

static void allocate_one(struct worker *worker)
{
    void *entry = lookaside_alloc(worker->list);

    worker->allocates++;
    if (!entry) {
        worker->failures++;
        return;
    }
    memset(entry, (int)worker->nr, BYTES);
    worker->entries[worker->nr++] = entry;
}

static void free_one(struct worker *worker)
{
    worker->frees++;
    lookaside_free(worker->list, worker->entries[--worker->nr]);
}

/* Up and down, further each time; the fewest entries in hand when an allocation failed. */
static unsigned go_up_and_down(struct worker *worker)
{
    unsigned fewest = HELD;

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < round % HELD; i++) {
            const uint64_t failures = worker->failures;

            allocate_one(worker);
            if (worker->failures > failures && worker->nr < fewest)
                fewest = worker->nr;
        }
        while (worker->nr > 0)
            free_one(worker);
    }
    return fewest;
}

/* First one thread after the other, then all at once. Whoever is alone gets all there is. */
static void *work(void *context)
{
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct worker *worker = context;
    unsigned fewest;

    pthread_barrier_wait(worker->gate);
    pthread_mutex_lock(&turn);
    fewest = go_up_and_down(worker);
    EXPECT(fewest == FEW, "%s: none to be had with %u of %d out",
           lookaside_strategy_name(worker->list->strategy), fewest, FEW);
    pthread_mutex_unlock(&turn);
    pthread_barrier_wait(worker->gate);
    (void)go_up_and_down(worker);
    pthread_barrier_wait(worker->gate);
    return NULL;
}

/* The main thread's own part while nothing is left; the list has DEPTH entries. */
static void use_without_memory(struct lookaside *list)
{
    struct lookaside_config config = {.size = BYTES, .strategy = list->strategy};
    struct lookaside other;
    struct lookaside_stats stats;
    int error;

    error = lookaside_init(&other, &config);
    EXPECT(error == 0 || error == -ENOMEM, "init: %s", strerror(-error));
    if (!error)
        lookaside_fini(&other);
    error = lookaside_set_depth(list, LOOKASIDE_DEPTH_LIMIT);
    EXPECT(error == 0 || error == -ENOMEM, "set_depth: %s", strerror(-error));
    lookaside_get_stats(list, &stats);
    EXPECT(stats.depth == (error ? DEPTH : LOOKASIDE_DEPTH_LIMIT), "depth %" PRIu32, stats.depth);
    error = lookaside_set_depth(list, DEPTH);
    EXPECT(error == 0, "set_depth back: %s", strerror(-error));
    (void)lookaside_balance();
}

static bool keeps(const struct lookaside *list)
{
    return strcmp(lookaside_strategy_name(list->strategy), "malloc") != 0;
}

/* There is memory again: a lone thread fills the list to its depth. */
static void check_capacity(struct lookaside *list)
{
    void *entries[DEPTH + 2];
    struct lookaside_stats stats;

    (void)lookaside_flush(list);
    for (unsigned i = 0; i < DEPTH + 2; i++) {
        entries[i] = lookaside_alloc(list);
        EXPECT(entries[i] != NULL, "entry %u with memory again", i);
    }
    for (unsigned i = 0; i < DEPTH + 2; i++) {
        if (entries[i])
            lookaside_free(list, entries[i]);
    }
    lookaside_get_stats(list, &stats);
    EXPECT(stats.held == (keeps(list) ? DEPTH : 0), "%" PRIu64 " held", stats.held);
}

static void check_counters(struct lookaside *list, const struct worker *workers)
{
    struct lookaside_stats stats;
    uint64_t allocates = FEW, failures = 0, frees = FEW;

    for (unsigned i = 0; i < NR_THREADS; i++) {
        allocates += workers[i].allocates;
        failures += workers[i].failures;
        frees += workers[i].frees;
    }
    lookaside_get_stats(list, &stats);
    EXPECT(stats.total_allocates == allocates, "%" PRIu64 ", not %" PRIu64, stats.total_allocates,
           allocates);
    EXPECT(stats.allocate_failures == failures, "%" PRIu64 ", not %" PRIu64,
           stats.allocate_failures, failures);
    EXPECT(stats.total_frees == frees, "%" PRIu64 ", not %" PRIu64, stats.total_frees, frees);
    EXPECT(stats.held <= DEPTH, "%" PRIu64 " held", stats.held);
    EXPECT(stats.held == stats.allocate_misses - failures - stats.free_misses - stats.released,
           "%" PRIu64 " held, which the other counters deny", stats.held);
    printf("limit: %s without memory: %" PRIu64 " of %" PRIu64 " allocations failed\n",
           lookaside_strategy_name(list->strategy), failures, allocates);
    EXPECT(failures > 0 && failures < allocates, "neither none nor all should have failed");
}

/* All that there is lies in the list, where this thread has left it. */
static void leave_few(struct lookaside *list)
{
    void *entries[FEW];

    for (unsigned i = 0; i < FEW; i++)
        entries[i] = lookaside_alloc(list);
    for (unsigned i = 0; i < FEW; i++)
        lookaside_free(list, entries[i]);
}

/* Threads exist before memory ends, and begin to use the list after it. */
static void run(struct lookaside *list)
{
    static struct worker workers[NR_THREADS];
    pthread_barrier_t gate;
    struct block *all;

    pthread_barrier_init(&gate, NULL, NR_THREADS + 1);
    for (unsigned i = 0; i < NR_THREADS; i++) {
        workers[i] = (struct worker){.list = list, .gate = &gate};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            puts("lab_memory: no threads to be had");
            exit(EXIT_FAILURE);
        }
    }
    leave_few(list);
    all = take_all();
    pool.withheld = POOL - FEW;
    EXPECT(all != NULL, "nothing to take");
    for (unsigned i = 0; i < 3; i++)
        pthread_barrier_wait(&gate);
    EXPECT(malloc(BYTES) == NULL, "somebody gave memory back");
    use_without_memory(list);
    pool.withheld = 0;
    give_back(all);
    for (unsigned i = 0; i < NR_THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    check_counters(list, workers);
    pthread_barrier_destroy(&gate);
}

static void try_strategy(const struct lookaside_strategy *strategy)
{
    const struct lookaside_config config = {.size = BYTES,
                                            .strategy = strategy,
                                            .allocate = from_pool,
                                            .free = to_pool,
                                            .depth = {.initial = DEPTH}};
    struct lookaside list;
    int error = lookaside_init(&list, &config);

    if (error == -ENOTSUP)
        return;
    EXPECT(error == 0, "%s: init: %s", lookaside_strategy_name(strategy), strerror(-error));
    if (error)
        return;
    fill_pool();
    run(&list);
    check_capacity(&list);
    lookaside_fini(&list);
    EXPECT(pool.nr == POOL, "%u of %d entries came back", pool.nr, POOL);
}

int main(int argc, char **argv)
{
    const struct lookaside_strategy *strategy;
    struct rlimit limit = {0};

    /* What cannot be had shall not be had in another arena either, and stdio has its buffer. */
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 64 * MIB);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (argc == 2) {
        limit.rlim_cur = limit.rlim_max = strtoul(argv[1], NULL, 10) * MIB;
        if (limit.rlim_max == 0 || setrlimit(RLIMIT_AS, &limit) != 0) {
            puts("lab_memory: LIMIT is a number of MiB");
            return 2;
        }
    }
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++)
        try_strategy(strategy);
    return nr_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
