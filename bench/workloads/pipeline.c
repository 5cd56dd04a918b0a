/* SPDX-License-Identifier: MIT */
/*
 * pipeline: as many stages as threads; each frees what the stage before it allocated, and allocates
 * what the next one frees.
 *
 * Question: what do stages in the middle cost, which free as many objects as they allocate, but
 * never their own, and need no more than to pass them on?
 * Source: msgpass of snmalloc's benchmarks.
 * Plan: a ring of 256 places between every two neighbours. The first stage only allocates, the
 * last only frees, the others take an object out, free it, allocate another and put that in. A
 * stage with nothing to do spins, the slowest sets the pace. Every free is of another thread's
 * object. With two threads it is handoff.
 * Latency sample: eight allocations in a row, eight frees in a row, or four times both in the
 * middle; waiting is not in it.
 */
#include "ring_roles.h"

enum { SAMPLED = LA_SAMPLE_OPERATIONS / 2 };

static void *pipeline_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, 2 * nr_threads);
}

/* From stage t to stage t + 1. */
static struct ring *ring_after(const struct la_worker *worker, unsigned stage)
{
    return (struct ring *)worker->shared + stage;
}

static LA_INLINE bool is_first(const struct la_worker *worker)
{
    return worker->thread == 0;
}

static LA_INLINE bool is_last(const struct la_worker *worker)
{
    return worker->thread + 1 == worker->nr_threads;
}

static LA_INLINE struct ring *find_room(struct la_worker *worker)
{
    struct ring *ring = ring_after(worker, worker->thread);

    return ring_wait(worker, ring, ring_has_room) ? ring : NULL;
}

static LA_INLINE struct ring *find_item(struct la_worker *worker)
{
    struct ring *ring = ring_after(worker, worker->thread - 1);

    return ring_wait(worker, ring, ring_has_item) ? ring : NULL;
}

/* There has to be room first: what is freed then is sure to be replaced. */
static LA_INLINE uint64_t pass_on(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t done = 0;
    struct ring *in, *out;

    for (; done < LA_BATCH_OPERATIONS; done += 2) {
        out = find_room(worker);
        in = out ? find_item(worker) : NULL;
        if (!in)
            break;
        la_give(&port, ring_get(in), kind);
        ring_put(out, la_take(&port, kind));
    }
    return done;
}

static LA_INLINE uint64_t sample_between(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    const struct la_port port = worker->port;
    void *objects[SAMPLED];
    const unsigned nr = ring_get_all(worker, find_item, objects, SAMPLED);
    const uint64_t begin = la_ticks_begin();

    for (unsigned i = 0; i < nr; i++) {
        la_give(&port, objects[i], kind);
        objects[i] = la_take(&port, kind);
    }
    if (nr == SAMPLED)
        *ticks = la_ticks_end() - begin;
    return 2 * (uint64_t)nr + ring_put_all(worker, find_room, objects, nr, kind);
}

static LA_INLINE uint64_t pipeline_run(struct la_worker *worker, enum la_kind kind)
{
    if (is_first(worker))
        return ring_produce(worker, find_room, kind);
    return is_last(worker) ? ring_consume(worker, find_item, kind) : pass_on(worker, kind);
}

static LA_INLINE uint64_t pipeline_sample(struct la_worker *worker, uint64_t *ticks,
                                          enum la_kind kind)
{
    if (is_first(worker))
        return ring_sample_produce(worker, find_room, ticks, kind);
    return is_last(worker) ? ring_sample_consume(worker, find_item, ticks, kind)
                           : sample_between(worker, ticks, kind);
}

static void pipeline_drain(struct la_worker *worker)
{
    if (!is_first(worker))
        ring_empty(worker, ring_after(worker, worker->thread - 1));
}

LA_STAMP(pipeline)

const struct la_workload la_workload_pipeline = {
    .name = "pipeline",
    .summary = "a stage a thread: each frees what the one before it allocated, and allocates",
    .on_request = true,
    .threads_min = 3,
    .threads_why = "with two threads it is handoff",
    .live = ring_roles_live,
    .share = pipeline_share,
    .drain = pipeline_drain,
    LA_STAMPED(pipeline),
};
