/* SPDX-License-Identifier: MIT */
/*
 * xmalloc: threads that allocate batches of 512 objects, and threads that free such batches, with a
 * stack of batches between them.
 *
 * Question: what does a one-way flow of whole batches cost, each larger than any cache, that
 * nobody keeps in order?
 * Source: C. Lever, D. Boreham, "malloc() Performance in a Multithreaded Linux Environment", USENIX
 * 2000, and the benchmark xmalloc-test that is handed down with it.
 * Plan: even threads allocate, odd ones free; 16 batches, on two stacks behind one mutex: the full
 * ones and the empty ones. Who finds none waits, spinning. The mutex is taken twice in 1024
 * operations, by the floor as well. A single thread does both in turn, and so does the last one of
 * an odd number. Unlike with handoff a thread allocates twice the default depth before anything of
 * it can come back.
 * Latency sample: the first eight allocations or frees of a batch.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "workload.h"

enum { BATCH = 512, BATCHES = 16, SPINS_BEFORE_YIELD = 64 };

struct batch {
    struct batch *next;
    void *objects[BATCH];
};

/* The mutex orders all of it. */
struct exchange {
    pthread_mutex_t lock;
    struct batch *full, *empty;
    struct batch batches[BATCHES];
};

enum role { ROLE_PRODUCER, ROLE_CONSUMER, ROLE_BOTH };

static enum role role_of(const struct la_worker *worker)
{
    if (worker->thread % 2)
        return ROLE_CONSUMER;
    return worker->thread + 1 < worker->nr_threads ? ROLE_PRODUCER : ROLE_BOTH;
}

static size_t xmalloc_live(const struct la_workload_params *params)
{
    (void)params;
    return (size_t)BATCH * BATCHES;
}

static void *xmalloc_share(const struct la_workload_params *params, unsigned nr_threads)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    (void)params;
    (void)nr_threads;
    if (!exchange)
        return NULL;
    exchange->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < BATCHES; i++) {
        exchange->batches[i].next = exchange->empty;
        exchange->empty = &exchange->batches[i];
    }
    return exchange;
}

static void push(struct exchange *exchange, struct batch **stack, struct batch *batch)
{
    pthread_mutex_lock(&exchange->lock);
    batch->next = *stack;
    *stack = batch;
    pthread_mutex_unlock(&exchange->lock);
}

static struct batch *pop(struct exchange *exchange, struct batch **stack)
{
    struct batch *batch;

    pthread_mutex_lock(&exchange->lock);
    batch = *stack;
    if (batch)
        *stack = batch->next;
    pthread_mutex_unlock(&exchange->lock);
    return batch;
}

/* NULL: the window is over. */
static struct batch *wait_for(struct la_worker *worker, struct batch **stack)
{
    struct batch *batch;

    for (unsigned spins = 1; !(batch = pop(worker->shared, stack)); spins++) {
        /* Relaxed: nothing is read on its strength. */
        if (atomic_load_explicit(worker->stop, memory_order_relaxed))
            return NULL;
        for (int i = 0; i < SPINS_BEFORE_YIELD; i++)
            la_cpu_relax();
        if (spins % SPINS_BEFORE_YIELD == 0)
            sched_yield();
    }
    return batch;
}

static LA_INLINE void take_some(void **objects, int nr, const struct la_port *port,
                                enum la_kind kind)
{
    for (int i = 0; i < nr; i++)
        objects[i] = la_take(port, kind);
}

static LA_INLINE void give_some(void **objects, int nr, const struct la_port *port,
                                enum la_kind kind)
{
    for (int i = 0; i < nr; i++)
        la_give(port, objects[i], kind);
}

/* A batch of objects, of which the first few may be timed: ticks is NULL otherwise. */
static LA_INLINE uint64_t produce(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    struct exchange *exchange = worker->shared;
    struct batch *batch = wait_for(worker, &exchange->empty);
    uint64_t begin;

    if (!batch)
        return 0;
    begin = ticks ? la_ticks_begin() : 0;
    take_some(batch->objects, LA_SAMPLE_OPERATIONS, &port, kind);
    if (ticks)
        *ticks = la_ticks_end() - begin;
    take_some(batch->objects + LA_SAMPLE_OPERATIONS, BATCH - LA_SAMPLE_OPERATIONS, &port, kind);
    push(exchange, &exchange->full, batch);
    return BATCH;
}

static LA_INLINE uint64_t consume(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    struct exchange *exchange = worker->shared;
    struct batch *batch = wait_for(worker, &exchange->full);
    uint64_t begin;

    if (!batch)
        return 0;
    begin = ticks ? la_ticks_begin() : 0;
    give_some(batch->objects, LA_SAMPLE_OPERATIONS, &port, kind);
    if (ticks)
        *ticks = la_ticks_end() - begin;
    give_some(batch->objects + LA_SAMPLE_OPERATIONS, BATCH - LA_SAMPLE_OPERATIONS, &port, kind);
    push(exchange, &exchange->empty, batch);
    return BATCH;
}

/* Both in turn: a thread that does both and finds no batch finds one of the other stack. */
static LA_INLINE bool produces(struct la_worker *worker)
{
    const enum role role = role_of(worker);

    return role == ROLE_PRODUCER || (role == ROLE_BOTH && worker->position++ % 2 == 0);
}

static LA_INLINE uint64_t xmalloc_run(struct la_worker *worker, enum la_kind kind)
{
    return produces(worker) ? produce(worker, NULL, kind) : consume(worker, NULL, kind);
}

static LA_INLINE uint64_t xmalloc_sample(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    return produces(worker) ? produce(worker, ticks, kind) : consume(worker, ticks, kind);
}

/* Thread 0 does it for all. */
static void xmalloc_drain(struct la_worker *worker)
{
    struct exchange *exchange = worker->shared;
    struct batch *batch;

    while (worker->thread == 0 && (batch = pop(exchange, &exchange->full))) {
        give_some(batch->objects, BATCH, &worker->port, worker->kind);
        push(exchange, &exchange->empty, batch);
    }
}

LA_STAMP(xmalloc)

const struct la_workload la_workload_xmalloc = {
    .name = "xmalloc",
    .summary = "threads that allocate batches of 512 objects, and others that free them",
    .on_request = true,
    .live = xmalloc_live,
    .share = xmalloc_share,
    .drain = xmalloc_drain,
    LA_STAMPED(xmalloc),
};
