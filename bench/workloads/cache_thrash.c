/* SPDX-License-Identifier: MIT */
/*
 * cache-thrash: threads that start together allocate a few small objects each, write to them and
 * free them, again and again.
 *
 * Question: does a contender split a line between CPUs by itself? (active false sharing)
 * Source: cache-thrash of Hoard's benchmarks (E. Berger et al., ASPLOS 2000).
 * Plan: objects of 16 bytes, eight at a time, where the original has one: 64 writes to the eight in
 * turn, then they go back. Nobody frees another thread's object, so a line in two hands was dealt
 * out by the contender: a fresh list takes its entries from its allocator while all threads ask,
 * and afterwards a shared list shuffles them. The floor has a line of its own for each thread.
 * Latency sample: eight allocations or eight frees in turn, without the writes.
 */
#include "cache_lines.h"

enum { AT_ONCE = LA_SAMPLE_OPERATIONS };

static size_t thrash_live(const struct la_workload_params *params)
{
    (void)params;
    return AT_ONCE;
}

static LA_INLINE void take_all(void **objects, const struct la_port *port, enum la_kind kind)
{
    for (int i = 0; i < AT_ONCE; i++)
        objects[i] = la_take(port, kind);
}

static LA_INLINE void write_all(void **objects)
{
    for (int round = 0; round < LINES_WRITES / AT_ONCE; round++)
        for (int i = 0; i < AT_ONCE; i++)
            lines_write(objects[i], 1);
}

static LA_INLINE void give_all(void **objects, const struct la_port *port, enum la_kind kind)
{
    for (int i = 0; i < AT_ONCE; i++)
        la_give(port, objects[i], kind);
}

static LA_INLINE uint64_t thrash_run(struct la_worker *worker, enum la_kind kind)
{
    const struct la_port port = worker->port;

    for (int i = 0; i < LA_BATCH_OPERATIONS / (2 * AT_ONCE); i++) {
        take_all(worker->objects, &port, kind);
        write_all(worker->objects);
        give_all(worker->objects, &port, kind);
    }
    return LA_BATCH_OPERATIONS;
}

static LA_INLINE uint64_t thrash_sample(struct la_worker *worker, uint64_t *ticks,
                                        enum la_kind kind)
{
    const struct la_port port = worker->port;
    uint64_t begin, took;

    begin = la_ticks_begin();
    take_all(worker->objects, &port, kind);
    took = la_ticks_end() - begin;
    write_all(worker->objects);
    begin = la_ticks_begin();
    give_all(worker->objects, &port, kind);
    *ticks = worker->sample++ % 2 ? la_ticks_end() - begin : took;
    return 2 * AT_ONCE;
}

LA_STAMP(thrash)

const struct la_workload la_workload_cache_thrash = {
    .name = "cache-thrash",
    .summary = "active false sharing: a few objects of 16 bytes each, written to and freed",
    .on_request = true,
    .threads_min = 2,
    .threads_why = "alone there is nobody to share a line with",
    .size = LINES_OBJECT_BYTES,
    .returns_own = true,
    .live = thrash_live,
    LA_STAMPED(thrash),
};
