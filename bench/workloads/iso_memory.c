/* SPDX-License-Identifier: MIT */
/*
 * iso-memory: bursts of random length, whose mean is what a list may hold, and every list may hold
 * the same number of bytes.
 *
 * Question: what does each strategy make of the same memory? One cache for all threads has all of
 * it at hand; one per thread or CPU has it in parts, some of them where nobody asks.
 * Plan: the limit is 64 KiB / object size, whatever the size and the number of threads: depth
 * bounds what a whole list holds, so an equal depth is equal memory, and here it is equal bytes at
 * every size. A burst is a number of allocations between 1 and twice the limit, drawn evenly, then
 * their frees, newest first. With one thread three in four hit, for of a burst of b the list can
 * serve min(b, limit). With more threads all draw from the one limit. What a malloc keeps for
 * itself has no such limit: compare rss_bytes. Latency sample: eight operations of one kind,
 * anywhere in a burst.
 */
#include "steps.h"

static size_t iso_live(const struct la_workload_params *params)
{
    return 2 * (size_t)params->quota;
}

static uint32_t iso_depth(const struct la_workload_params *params)
{
    return params->quota;
}

static LA_INLINE uint32_t draw_burst(struct la_worker *worker)
{
    return (uint32_t)((uint64_t)la_decide(worker) * (2 * worker->params.quota) >> 32) + 1;
}

/* left: objects of this burst; position: operations of it so far. */
static LA_INLINE void iso_step(struct la_worker *worker, const struct la_port *port,
                               enum la_kind kind)
{
    const uint32_t all = worker->left, position = worker->position++;

    if (position < all)
        worker->objects[position] = la_take(port, kind);
    else
        la_give(port, worker->objects[2 * all - 1 - position], kind);
    if (worker->position == 2 * all) {
        worker->position = 0;
        worker->left = draw_burst(worker);
    }
}

LA_STEPS(iso, 1)

static void iso_fill(struct la_worker *worker)
{
    worker->left = draw_burst(worker);
}

static void iso_drain(struct la_worker *worker)
{
    const uint32_t all = worker->left, position = worker->position;
    uint32_t held = position < all ? position : 2 * all - position;

    while (held > 0)
        la_give(&worker->port, worker->objects[--held], worker->kind);
    worker->position = 0;
}

LA_STAMP(iso)

const struct la_workload la_workload_iso_memory = {
    .name = "iso-memory",
    .summary = "bursts about as long as the limit, which is 64 KiB of objects for every list",
    .on_request = true,
    .returns_own = true,
    .live = iso_live,
    .depth = iso_depth,
    .fill = iso_fill,
    .drain = iso_drain,
    LA_STAMPED(iso),
};
