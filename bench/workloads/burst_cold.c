/* SPDX-License-Identifier: MIT */
/*
 * burst-cold: bursts of allocations, then bursts of frees, of objects that have left the caches.
 *
 * Question: what does it cost to hand out and take back objects that nobody touched for long?
 * A list that links its entries through themselves has to wait for one entry to learn where the
 * next one is; a list that keeps pointers in arrays need not look at entries at all, so that their
 * cache misses overlap.
 * Plan: a set of 64 MiB, by default 262144 objects of 256 bytes, put into random order before the
 * warm-up and then freed, so that the list holds all of it: its limit is the set. A cycle takes
 * the whole set out, burst after burst, and then gives the whole set back, the oldest first. So the
 * newest entry of the list is the last one that came back, a stack would find its first entries
 * warm; therefore another 64 MiB are read between the two halves, the other work of a program,
 * which is not measured. What is cold then has left the core's own caches and its TLB. Where the
 * last-level cache exceeds both sets, objects come from there. A malloc orders its free objects
 * as it likes, it may even return them to the system, and pays for what it does. The floor's lines
 * come in order, which is cheaper than any real set, so gross figures are what to compare.
 * With several threads the set is shared out between them.
 * Latency sample: eight allocations in a row or eight frees in a row, anywhere in a cycle.
 */
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "random.h"

/* Whole bursts, at least one. */
static inline uint32_t cold_objects(const struct la_worker *worker)
{
    const struct la_workload_params *params = &worker->params;
    const uint32_t bursts = params->cold / worker->nr_threads / params->burst;

    return (bursts ? bursts : 1) * params->burst;
}

static size_t cold_live(const struct la_workload_params *params)
{
    return params->cold > params->burst ? params->cold : params->burst;
}

static uint32_t cold_depth(const struct la_workload_params *params)
{
    return params->cold;
}

/* What is read in between. It stays for the process's life: as much memory that came and went with
 * every run would show up in its resident growth. Written, as pages that never were are all the
 * same one. */
static unsigned char *aside_of(size_t bytes)
{
    static unsigned char *kept;
    static size_t kept_bytes;

    if (bytes > kept_bytes) {
        free(kept);
        kept = malloc(bytes);
        kept_bytes = kept ? bytes : 0;
        if (kept)
            memset(kept, 1, bytes);
    }
    return kept;
}

struct cold_shared {
    const unsigned char *aside;
};

static void *cold_share(const struct la_workload_params *params, unsigned nr_threads)
{
    struct cold_shared *shared = malloc(sizeof *shared);

    (void)nr_threads;
    if (!shared)
        return NULL;
    shared->aside = aside_of(params->aside);
    if (shared->aside || !params->aside)
        return shared;
    free(shared);
    return NULL;
}

/* The other work: one word of every line. Its time is not the workload's. */
static void cold_pause(struct la_worker *worker)
{
    const struct cold_shared *shared = worker->shared;
    const uint64_t begin = la_ticks();

    for (size_t i = 0; i < worker->params.aside; i += LA_CACHE_LINE)
        (void)*(const volatile unsigned char *)&shared->aside[i];
    worker->paused += la_ticks() - begin;
}

/* Takes nr objects; the stretch that begins with number timed is timed, unless it lies beyond. */
static LA_INLINE void cold_take(struct la_worker *worker, uint32_t nr, uint32_t timed,
                                uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t begin;

    burst_take(worker, &port, 0, timed < nr ? timed : nr, kind);
    if (timed >= nr)
        return;
    begin = la_ticks_begin();
    burst_take(worker, &port, timed, timed + LA_SAMPLE_OPERATIONS, kind);
    *ticks = la_ticks_end() - begin;
    burst_take(worker, &port, timed + LA_SAMPLE_OPERATIONS, nr, kind);
}

/* The same for giving them back. */
static LA_INLINE void cold_give(struct la_worker *worker, uint32_t nr, uint32_t timed,
                                uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t begin;

    burst_give(worker, &port, 0, timed < nr ? timed : nr, BURST_FIFO, kind);
    if (timed >= nr)
        return;
    begin = la_ticks_begin();
    burst_give(worker, &port, timed, timed + LA_SAMPLE_OPERATIONS, BURST_FIFO, kind);
    *ticks = la_ticks_end() - begin;
    burst_give(worker, &port, timed + LA_SAMPLE_OPERATIONS, nr, BURST_FIFO, kind);
}

static LA_INLINE uint64_t cold_run(struct la_worker *worker, enum la_kind kind)
{
    const uint32_t nr = cold_objects(worker);

    cold_take(worker, nr, nr, NULL, kind);
    cold_pause(worker);
    cold_give(worker, nr, nr, NULL, kind);
    cold_pause(worker);
    return 2 * (uint64_t)nr;
}

/* A cycle with one stretch timed. The stride, a prime, spreads the stretches over the cycle. */
static LA_INLINE uint64_t cold_sample(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    enum { STRIDE = 7919 };
    const uint32_t nr = cold_objects(worker);
    const uint32_t places = 2 * nr / LA_SAMPLE_OPERATIONS;
    const uint32_t timed = worker->sample++ * STRIDE % places * LA_SAMPLE_OPERATIONS;

    cold_take(worker, nr, timed, ticks, kind);
    cold_pause(worker);
    cold_give(worker, nr, timed < nr ? nr : timed - nr, ticks, kind);
    cold_pause(worker);
    return 2 * (uint64_t)nr;
}

static void cold_shuffle(void **objects, uint32_t nr, uint64_t seed)
{
    struct la_random random = la_random_seeded(seed);

    for (uint32_t i = nr; i > 1; i--) {
        const uint64_t other = la_random_below(&random, i);
        void *object = objects[i - 1];

        objects[i - 1] = objects[other];
        objects[other] = object;
    }
}

static void cold_fill(struct la_worker *worker)
{
    const uint32_t nr = cold_objects(worker);

    for (uint32_t i = 0; i < nr; i++)
        worker->objects[i] = la_take(&worker->port, worker->kind);
    cold_shuffle(worker->objects, nr, la_decide(worker));
    for (uint32_t i = 0; i < nr; i++)
        la_give(&worker->port, worker->objects[i], worker->kind);
}

LA_STAMP(cold)

const struct la_workload la_workload_burst_cold = {
    .name = "burst-cold",
    .summary = "bursts over 64 MiB of objects in random order, cold when they are touched",
    .on_request = true,
    .window_ns = 250 * 1000 * 1000,
    .around_ns = 100 * 1000 * 1000,
    .live = cold_live,
    .depth = cold_depth,
    .share = cold_share,
    .fill = cold_fill,
    LA_STAMPED(cold),
};
