/* SPDX-License-Identifier: MIT */
/*
 * lane.h: one thread's part of an open-loop measurement: waits, awake, until an operation is due,
 * does it, and notes two times of it. Service: from its start to its end. Response: from when it
 * was due to its end, so that what waited behind a slow operation is late by as much as its users
 * would have found it.
 *
 * The loop is written once and stamped for each kind of contender (kinds.h). Its clock is a
 * parameter as well, known at compile time: tests run it on one that they move themselves.
 */
#ifndef LA_OPENLOOP_LANE_H
#define LA_OPENLOOP_LANE_H

#include <stdatomic.h>

#include "arrivals.h"
#include "cause.h"
#include "histogram.h"
#include "slow.h"
#include "workload.h"

/* What a lane has seen; times in ticks, the clock's own cost included. */
struct la_lane_result {
    struct la_histogram response[LA_NR_CAUSES], service[LA_NR_CAUSES];
    uint64_t unserved; /* due, but not begun when the lane gave up; in response as late as then */
    uint64_t idle;     /* spent waiting for the next operation to be due */
    uint64_t lost;     /* of that, while the thread was stopped */
    uint64_t nr_stops; /* in that */
};

struct la_lane {
    struct la_port port;
    bool direct; /* the port is an allocator's */
    const struct la_planned *operations;
    size_t nr_operations;
    void **objects;          /* by slot, NULL where there is none */
    _Atomic(void *) *shared; /* the same of the slots that all lanes share */
    uint64_t recorded_from;  /* ticks after the start: what is due earlier warms up */
    uint64_t gives_up;       /* ticks after the start */
    struct la_thresholds thresholds;
    const uint64_t *routine_calls; /* of the list's routines on this thread */
    struct la_lane_result *result;
};

struct la_lane_clock {
    uint64_t (*begin)(void *context); /* as la_ticks_begin() and la_ticks_end() */
    uint64_t (*end)(void *context);
    void *context;
};

/* Waits until due; returns the time. A stop that makes the next operation late is its backlog. */
static LA_INLINE uint64_t la_lane_wait(struct la_lane *lane, uint64_t now, uint64_t due,
                                       struct la_backlog *backlog, struct la_lane_clock clock)
{
    struct la_lane_result *result = lane->result;
    const uint64_t since = now;
    uint64_t before = now;

    while (now < due) {
        before = now;
        now = clock.begin(clock.context);
        if (LA_UNLIKELY(now - before > lane->thresholds.slow)) {
            result->lost += now - before;
            result->nr_stops++;
        }
    }
    result->idle += now - since;
    *backlog = (struct la_backlog){0};
    if (now - before > lane->thresholds.slow)
        *backlog = (struct la_backlog){.length = now - before, .cause = LA_CAUSE_MACHINE};
    return now;
}

/* Waits until another lane has put the object there that is to be freed, or has taken the one away
 * that was there before; returns the time. */
static LA_INLINE uint64_t la_lane_await(const struct la_lane *lane,
                                        const struct la_planned *planned, uint64_t origin,
                                        uint64_t now, struct la_lane_clock clock)
{
    _Atomic(void *) *place = &lane->shared[planned->slot];

    /* Acquire: the object as it was given away; and nobody looks at the old one any more. */
    while ((atomic_load_explicit(place, memory_order_acquire) != NULL) != planned->frees &&
           now - origin <= lane->gives_up)
        now = clock.begin(clock.context);
    return now;
}

static LA_INLINE void la_lane_do_shared(struct la_lane *lane, const struct la_planned *planned,
                                        enum la_kind kind)
{
    _Atomic(void *) *place = &lane->shared[planned->slot];
    void *object = NULL;

    if (planned->frees)
        la_give(&lane->port, atomic_load_explicit(place, memory_order_relaxed), kind);
    else
        object = la_take(&lane->port, kind);
    /* Release: pairs with the acquire of the lane that waits for it. */
    atomic_store_explicit(place, object, memory_order_release);
}

static LA_INLINE void la_lane_do(struct la_lane *lane, const struct la_planned *planned,
                                 enum la_kind kind)
{
    void **place = &lane->objects[planned->slot];

    if (planned->shared) {
        la_lane_do_shared(lane, planned, kind);
    } else if (planned->frees) {
        la_give(&lane->port, *place, kind);
        *place = NULL;
    } else {
        *place = la_take(&lane->port, kind);
    }
}

static LA_INLINE void la_lane_record(struct la_lane *lane, const struct la_planned *planned,
                                     uint64_t wait, uint64_t service, enum la_cause own,
                                     const struct la_backlog *backlog)
{
    struct la_lane_result *result = lane->result;

    if (planned->at < lane->recorded_from)
        return;
    la_histogram_add(&result->service[own], service);
    la_histogram_add(&result->response[la_cause_of_response(wait, service, own, backlog)],
                     wait + service);
}

/* What is left is late by now at least, and counted as if it were over now. */
static inline void la_lane_give_up(struct la_lane *lane, size_t next, uint64_t now,
                                   const struct la_backlog *backlog)
{
    for (size_t i = next; i < lane->nr_operations; i++) {
        const uint64_t at = lane->operations[i].at;
        const uint64_t wait = at < now ? now - at : 0;

        if (at < lane->recorded_from)
            continue;
        lane->result->unserved++;
        la_histogram_add(
            &lane->result->response[la_cause_of_response(wait, 0, LA_CAUSE_LOAD, backlog)], wait);
    }
}

static LA_INLINE void la_lane_run(struct la_lane *lane, enum la_kind kind,
                                  struct la_lane_clock clock)
{
    const struct la_planned *planned = lane->operations;
    const struct la_planned *const last = planned + lane->nr_operations;
    const uint64_t origin = clock.begin(clock.context);
    struct la_backlog backlog = {0};
    uint64_t end = origin;

    for (; planned < last; planned++) {
        const uint64_t due = origin + planned->at;
        const uint64_t calls = *lane->routine_calls;
        struct la_evidence evidence = {.direct = lane->direct};
        enum la_cause own;
        uint64_t start = clock.begin(clock.context);

        /* The few instructions since the last operation took long: not by themselves. */
        if (LA_UNLIKELY(start - end > lane->thresholds.slow))
            la_backlog_add(&backlog, LA_CAUSE_MACHINE, start - end);
        if (start < due)
            start = la_lane_wait(lane, start, due, &backlog, clock);
        if (planned->shared)
            start = la_lane_await(lane, planned, origin, start, clock);
        if (LA_UNLIKELY(start - origin > lane->gives_up))
            break;
        la_slow = 0;
        la_lane_do(lane, planned, kind);
        end = clock.end(clock.context);
        evidence.service = end - start;
        evidence.routine_called = *lane->routine_calls != calls;
        evidence.slow = la_slow;
        own = la_cause_of_service(&evidence, &lane->thresholds);
        la_lane_record(lane, planned, start - due, evidence.service, own, &backlog);
        la_backlog_add(&backlog, own, evidence.service);
    }
    la_lane_give_up(lane, (size_t)(planned - lane->operations), clock.begin(clock.context) - origin,
                    &backlog);
}

#endif
