/* SPDX-License-Identifier: MIT */
/*
 * rptest: bursts of 30 to 99 frees and allocations in turn; every second burst of allocations is
 * handed to the next thread as a whole.
 *
 * Question: what does it cost when objects change hands in bursts, and every thread frees as many
 * of its neighbour's as it passes on? Source: rptest of rpmalloc's benchmark (M. Jansson), with the
 * parameters of mimalloc-bench, of one size. Plan: every thread holds 1024 objects. A round frees a
 * random stretch of 30 to 99 of them and allocates as many; then it frees all that the thread
 * before it sent, and allocates 30 to 99 objects for the thread behind it, as far as that one's
 * ring of 256 places has room. Nobody waits. So half of the frees are of another thread's objects,
 * and caches stay balanced, unlike with handoff. Latency sample: eight frees of what was sent, or
 * eight allocations of what will be, in turn.
 */
#include "live_set.h"
#include "ring_wait.h"

enum { BURST_LEAST = 30, BURST_RANGE = 70 };

static void *rptest_share(const struct la_workload_params *params, unsigned nr_threads)
{
    return ring_pairs(params->ring, 2 * nr_threads);
}

static struct ring *inbox_of(const struct la_worker *worker, unsigned thread)
{
    return (struct ring *)worker->shared + thread;
}

static struct ring *outbox_of(const struct la_worker *worker)
{
    return inbox_of(worker, (worker->thread + 1) % worker->nr_threads);
}

static LA_INLINE uint64_t renew(struct la_worker *worker, const struct la_port *port,
                                enum la_kind kind)
{
    const uint32_t decision = la_decide(worker), mask = worker->params.live - 1;
    const uint32_t nr = BURST_LEAST + (decision >> 16) % BURST_RANGE;
    void **objects = worker->objects;

    for (uint32_t i = 0; i < nr; i++)
        la_give(port, objects[(decision + i) & mask], kind);
    for (uint32_t i = 0; i < nr; i++)
        objects[(decision + i) & mask] = la_take(port, kind);
    return 2 * (uint64_t)nr;
}

static LA_INLINE uint64_t receive(const struct la_port *port, struct ring *inbox, uint64_t most,
                                  enum la_kind kind)
{
    uint64_t nr = 0;

    for (; nr < most && ring_has_item(inbox); nr++)
        la_give(port, ring_get(inbox), kind);
    return nr;
}

static LA_INLINE uint64_t send(const struct la_port *port, struct ring *outbox, uint64_t most,
                               enum la_kind kind)
{
    uint64_t nr = 0;

    for (; nr < most && ring_has_room(outbox); nr++)
        ring_put(outbox, la_take(port, kind));
    return nr;
}

/* What comes in while it is being emptied is the next round's. */
static LA_INLINE uint64_t rptest_run(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t operations = renew(worker, &port, kind);

    operations += receive(&port, inbox_of(worker, worker->thread), worker->params.ring, kind);
    return operations +
           send(&port, outbox_of(worker), BURST_LEAST + la_decide(worker) % BURST_RANGE, kind);
}

static LA_INLINE uint64_t sample_receive(struct la_worker *worker, uint64_t *ticks,
                                         enum la_kind kind)
{
    const struct la_port port = worker->port;
    struct ring *inbox = inbox_of(worker, worker->thread);
    void *objects[LA_SAMPLE_OPERATIONS];
    unsigned nr = 0;
    uint64_t begin;

    while (nr < LA_SAMPLE_OPERATIONS && ring_has_item(inbox))
        objects[nr++] = ring_get(inbox);
    begin = la_ticks_begin();
    for (unsigned i = 0; i < nr; i++)
        la_give(&port, objects[i], kind);
    if (nr == LA_SAMPLE_OPERATIONS)
        *ticks = la_ticks_end() - begin;
    return nr;
}

static LA_INLINE uint64_t sample_send(struct la_worker *worker, uint64_t *ticks, enum la_kind kind)
{
    const struct la_port port = worker->port;
    struct ring *outbox = outbox_of(worker);
    void *objects[LA_SAMPLE_OPERATIONS];
    uint64_t operations = LA_SAMPLE_OPERATIONS;
    const uint64_t begin = la_ticks_begin();

    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++)
        objects[i] = la_take(&port, kind);
    *ticks = la_ticks_end() - begin;
    for (int i = 0; i < LA_SAMPLE_OPERATIONS; i++) {
        if (ring_has_room(outbox)) {
            ring_put(outbox, objects[i]);
        } else {
            la_give(&port, objects[i], kind);
            operations++;
        }
    }
    return operations;
}

static LA_INLINE uint64_t rptest_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    return worker->sample++ % 2 ? sample_receive(worker, ticks, kind)
                                : sample_send(worker, ticks, kind);
}

static void rptest_drain(struct la_worker *worker)
{
    live_set_drain(worker);
    (void)receive(&worker->port, inbox_of(worker, worker->thread), UINT64_MAX, worker->kind);
}

static size_t rptest_live(const struct la_workload_params *params)
{
    return params->live + params->ring + LA_SAMPLE_OPERATIONS;
}

LA_STAMP(rptest)

const struct la_workload la_workload_rptest = {
    .name = "rptest",
    .summary = "bursts of frees and allocations in turn, every second one for the next thread",
    .on_request = true,
    .threads_min = 2,
    .threads_why = "alone there is nobody to hand objects to",
    .live = rptest_live,
    .share = rptest_share,
    .fill = live_set_fill,
    .drain = rptest_drain,
    LA_STAMPED(rptest),
};
