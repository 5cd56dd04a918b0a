/* SPDX-License-Identifier: MIT */
/*
 * handoff: one thread allocates, another frees; the objects pass through a bounded ring.
 *
 * Question: what does it cost when all frees happen on another thread than the allocations, so
 * that caches of threads overflow on one side and run dry on the other?
 * Plan: threads 0 and 1 make a pair, 2 and 3 the next, and so on: the even one allocates, writes
 * and puts in, the odd one takes out, reads and frees. A ring has 256 places. The last thread of
 * an odd number, and so a single one, does both: it fills its ring, then drains it, which hands
 * nothing over and is the control. An item is two operations, one on each side. A side that has
 * to wait spins; the slower side sets the pace, and the floor pays ring, waiting and the
 * travelling lines too.
 * Latency sample: eight allocations in a row, or eight frees in a row; waiting is not in it.
 */
#include "ring_wait.h"

enum role { ROLE_PRODUCER, ROLE_CONSUMER, ROLE_BOTH };

static enum role role_of(const struct la_worker *worker)
{
    if (worker->thread % 2)
        return ROLE_CONSUMER;
    return worker->thread + 1 < worker->nr_threads ? ROLE_PRODUCER : ROLE_BOTH;
}

static struct ring *ring_of(const struct la_worker *worker)
{
    return (struct ring *)worker->shared + worker->thread / 2;
}

/* What is in the ring was allocated by its producer. */
static size_t handoff_live(const struct la_workload_params *params)
{
    return params->ring + LA_SAMPLE_OPERATIONS;
}

static void *handoff_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, nr_threads);
}

static LA_INLINE uint64_t produce(struct la_worker *worker, struct ring *ring, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint64_t done = 0;

    while (done < LA_BATCH_OPERATIONS && ring_wait(worker, ring, ring_has_room)) {
        ring_put(ring, la_take(&port, kind));
        done++;
    }
    return done;
}

static LA_INLINE uint64_t consume(struct la_worker *worker, struct ring *ring, enum la_kind kind)
{
    struct la_port port = worker->port;
    uint64_t done = 0;

    while (done < LA_BATCH_OPERATIONS && ring_wait(worker, ring, ring_has_item)) {
        la_give(&port, ring_get(ring), kind);
        done++;
    }
    return done;
}

/* Fills the ring, then drains it. */
static LA_INLINE uint64_t fill_and_drain(struct la_worker *worker, struct ring *ring,
                                         enum la_kind kind)
{
    struct la_port port = worker->port;
    uint64_t done = 0;

    for (; ring_has_room(ring); done++)
        ring_put(ring, la_take(&port, kind));
    for (; ring_has_item(ring); done++)
        la_give(&port, ring_get(ring), kind);
    return done;
}

static LA_INLINE uint64_t handoff_run(struct la_worker *worker, enum la_kind kind)
{
    struct ring *ring = ring_of(worker);

    switch (role_of(worker)) {
    case ROLE_PRODUCER:
        return produce(worker, ring, kind);
    case ROLE_CONSUMER:
        return consume(worker, ring, kind);
    default:
        return fill_and_drain(worker, ring, kind);
    }
}

static LA_INLINE uint64_t time_takes(const struct la_port *port, void **objects, enum la_kind kind)
{
    uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++)
        objects[i] = la_take(port, kind);
    return la_ticks_end() - begin;
}

static LA_INLINE uint64_t time_gives(const struct la_port *port, void **objects, enum la_kind kind)
{
    uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++)
        la_give(port, objects[i], kind);
    return la_ticks_end() - begin;
}

/* Objects that could not be put in any more are given back. */
static LA_INLINE uint64_t sample_producer(struct la_worker *worker, struct ring *ring,
                                          uint64_t *ticks, enum la_kind kind)
{
    struct la_port port = worker->port;
    void *objects[LA_SAMPLE_OPERATIONS];
    uint64_t done = LA_SAMPLE_OPERATIONS;

    *ticks = time_takes(&port, objects, kind);
    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++) {
        if (ring_wait(worker, ring, ring_has_room)) {
            ring_put(ring, objects[i]);
        } else {
            la_give(&port, objects[i], kind);
            done++;
        }
    }
    return done;
}

static LA_INLINE uint64_t sample_consumer(struct la_worker *worker, struct ring *ring,
                                          uint64_t *ticks, enum la_kind kind)
{
    struct la_port port = worker->port;
    void *objects[LA_SAMPLE_OPERATIONS];
    int nr = 0;

    while (nr < LA_SAMPLE_OPERATIONS && ring_wait(worker, ring, ring_has_item))
        objects[nr++] = ring_get(ring);
    if (nr == LA_SAMPLE_OPERATIONS) {
        *ticks = time_gives(&port, objects, kind);
        return LA_SAMPLE_OPERATIONS;
    }
    for (int i = 0; i < nr; i++)
        la_give(&port, objects[i], kind);
    return (uint64_t)nr;
}

/* Allocations and frees in turn, with an otherwise empty ring. */
static LA_INLINE uint64_t sample_both(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    struct la_port port = worker->port;
    void *objects[LA_SAMPLE_OPERATIONS];
    uint64_t take_ticks = time_takes(&port, objects, kind);
    uint64_t give_ticks = time_gives(&port, objects, kind);

    *ticks = worker->sample++ % 2 ? give_ticks : take_ticks;
    return 2 * LA_SAMPLE_OPERATIONS;
}

static LA_INLINE uint64_t handoff_sample(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    struct ring *ring = ring_of(worker);

    switch (role_of(worker)) {
    case ROLE_PRODUCER:
        return sample_producer(worker, ring, ticks, kind);
    case ROLE_CONSUMER:
        return sample_consumer(worker, ring, ticks, kind);
    default:
        return sample_both(worker, ticks, kind);
    }
}

/* What the window left in the ring is its consumer's. */
static void handoff_drain(struct la_worker *worker)
{
    struct ring *ring = ring_of(worker);

    if (role_of(worker) == ROLE_PRODUCER)
        return;
    while (ring_has_item(ring))
        la_give(&worker->port, ring_get(ring), worker->kind);
}

LA_STAMP(handoff)

const struct la_workload la_workload_handoff = {
    .name = "handoff",
    .summary = "one thread allocates, another frees: objects pass through a bounded ring",
    .live = handoff_live,
    .share = handoff_share,
    .drain = handoff_drain,
    LA_STAMPED(handoff),
};
