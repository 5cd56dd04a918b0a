/* SPDX-License-Identifier: MIT */
/*
 * cause.h: why an operation took the time that it took, as far as that can be told from outside.
 * Pure functions of what was seen around one operation.
 *
 * Told are: that the list's routine was called; by the list, what it did beyond its fast path
 * (impl/slow.h); and that a clock which was read all the time stood still. A short interruption is
 * told by nobody, unless it hit a restartable sequence: an operation which was slow without any of
 * the above is unknown, and what came with one of them is put down to that.
 */
#ifndef LA_OPENLOOP_CAUSE_H
#define LA_OPENLOOP_CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slow.h"

enum la_cause {
    LA_CAUSE_HIT,     /* the list served it, or kept the object, within LA_SLOW_NS */
    LA_CAUSE_RESTART, /* the thread was interrupted in a sequence, which began again */
    LA_CAUSE_REFILL,  /* the slow path, but no depot: credits, or the other magazine */
    LA_CAUSE_DEPOT,   /* a batch or a magazine from or to a depot */
    LA_CAUSE_OTHERS,  /* looked at what others have, or took it */
    LA_CAUSE_LINE,    /* it lost a compare-and-swap to another thread */
    LA_CAUSE_LOCK,    /* it waited for another thread: the holder of a lock */
    LA_CAUSE_BACKING, /* the malloc behind the list was called; all that a plain malloc does */
    LA_CAUSE_MACHINE, /* the thread did not run: an interruption, the hypervisor, another thread */
    LA_CAUSE_LOAD,    /* operations were due faster than they could be served */
    LA_CAUSE_UNKNOWN, /* slow for a reason that nobody tells */
    LA_NR_CAUSES
};

/* Words of the files, and what they mean to a reader. */
const char *la_cause_name(enum la_cause cause);
const char *la_cause_meaning(enum la_cause cause);

/* A clock that is read over and over, with nothing between, does not move by more than this unless
 * the thread was stopped; no path of a list that is short of a miss should take longer. */
#define LA_SLOW_NS UINT64_C(1000)

/* What was seen around one operation. */
struct la_evidence {
    uint64_t service;    /* ticks */
    uint32_t slow;       /* la_slow, cleared before it */
    bool direct;         /* a malloc called directly: what it does is not seen */
    bool routine_called; /* the list's allocate or free routine */
};

struct la_thresholds {
    uint64_t slow; /* LA_SLOW_NS, in ticks */
    uint64_t gap;  /* LA_GAP_NS of gaps.h: no path of an allocator is believed to take longer */
};

/* What a list told of an operation that called no routine: the dearest of what it did. */
static inline enum la_cause la_cause_of_slow(uint32_t slow)
{
    if (slow & LA_SLOW_LINE)
        return LA_CAUSE_LINE;
    if (slow & LA_SLOW_OTHERS)
        return LA_CAUSE_OTHERS;
    if (slow & LA_SLOW_DEPOT)
        return LA_CAUSE_DEPOT;
    if (slow & LA_SLOW_PATH)
        return LA_CAUSE_REFILL;
    return slow & LA_SLOW_RESTART ? LA_CAUSE_RESTART : LA_CAUSE_HIT;
}

/* Of an operation's own time. In a malloc a gap may be the machine's or a trim: nobody tells. */
static inline enum la_cause la_cause_of_service(const struct la_evidence *evidence,
                                                const struct la_thresholds *thresholds)
{
    const bool gap = evidence->service > thresholds->gap;

    if (evidence->direct || evidence->routine_called)
        return gap ? LA_CAUSE_UNKNOWN : LA_CAUSE_BACKING;
    if (evidence->slow & LA_SLOW_LOCK)
        return LA_CAUSE_LOCK;
    if (gap)
        return LA_CAUSE_MACHINE;
    if (evidence->slow)
        return la_cause_of_slow(evidence->slow);
    return evidence->service > thresholds->slow ? LA_CAUSE_UNKNOWN : LA_CAUSE_HIT;
}

/* What held up the thread since it was last on time: the longest single delay. */
struct la_backlog {
    uint64_t length; /* ticks; 0: nothing yet */
    enum la_cause cause;
};

static inline void la_backlog_add(struct la_backlog *backlog, enum la_cause cause, uint64_t length)
{
    if (length > backlog->length)
        *backlog = (struct la_backlog){.length = length, .cause = cause};
}

/*
 * Of an operation's response time: its own, if it took longer than it had waited for its turn.
 * Otherwise that of the longest delay before it, if this makes up half of the wait or more and was
 * not a plain hit; else no single operation is to blame, but the load.
 */
static inline enum la_cause la_cause_of_response(uint64_t wait, uint64_t service, enum la_cause own,
                                                 const struct la_backlog *backlog)
{
    if (wait <= service)
        return own;
    if (backlog->cause != LA_CAUSE_HIT && backlog->length >= wait / 2)
        return backlog->cause;
    return LA_CAUSE_LOAD;
}

#endif
