/* SPDX-License-Identifier: MIT */
/*
 * workload.h: what a workload is: the order in which threads allocate and free.
 *
 * A workload's loops run with one of three kinds of contender: a list, an allocator called
 * directly, or one whose release wants the size. Their bodies are written once, always inlined, and
 * stamped for each kind with a constant, so that no contender pays for a choice at run time: from
 * the loop every operation costs exactly one indirect call.
 *
 * Two loops: run, a batch of about LA_BATCH_OPERATIONS for throughput, and sample, which times
 * LA_SAMPLE_OPERATIONS of them for latency. A batch is long enough to make the clock read after it
 * cheap and short enough to stop threads within microseconds of each other.
 */
#ifndef LA_WORKLOAD_H
#define LA_WORKLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator.h"
#include "clock.h"
#include "lookaside.h"
#include "platform.h"

enum {
    LA_BATCH_OPERATIONS = 256,
    LA_SAMPLE_OPERATIONS = 8,
    LA_DECISIONS = 1 << 16, /* random numbers a thread goes round: too many to be learnt */
};

#define LA_INLINE inline __attribute__((always_inline))

enum la_kind { LA_KIND_LIST, LA_KIND_DIRECT, LA_KIND_SIZED, LA_NR_KINDS };

/* Sizes of the workloads. They do not follow the depth: a smaller depth shall miss more. With the
 * default depth of 256 a single thread's burst fits four times, and its ring exactly. The first
 * four are powers of two. */
struct la_workload_params {
    uint32_t burst; /* objects in a burst */
    uint32_t live;  /* objects that a thread holds in replace and exchange */
    uint32_t ring;  /* places between producer and consumer */
    uint32_t table; /* places in the table that threads exchange through */
    uint32_t cold;  /* objects of all threads in burst-cold */
    size_t aside;   /* bytes that burst-cold reads in between */
};

enum { LA_COLD_BYTES = 64 << 20 }; /* of burst-cold's objects */

#define LA_WORKLOAD_DEFAULTS                                  \
    ((struct la_workload_params){.burst = 64,                 \
                                 .live = 1024,                \
                                 .ring = 256,                 \
                                 .table = 1024,               \
                                 .cold = LA_COLD_BYTES / 256, \
                                 .aside = LA_COLD_BYTES})

/* How a thread reaches the contender; a loop keeps a copy in registers. */
struct la_port {
    struct lookaside *list;          /* of a list */
    struct la_allocator_calls calls; /* of an allocator */
    size_t size;                     /* bytes to ask an allocator for */
};

/* One measured thread. Written by that thread only, except stop. */
struct la_worker {
    struct la_port port;
    enum la_kind kind;
    unsigned thread, nr_threads;
    struct la_workload_params params;
    void *shared;              /* what the workload's share() made */
    void **objects;            /* room for what the thread holds */
    const uint32_t *decisions; /* LA_DECISIONS of them */
    uint32_t decision;         /* the next one */
    uint32_t sample;           /* samples taken: spreads them over a burst */
    uint64_t paused;           /* ticks that the loops spent on what is not to be measured */
    const _Atomic bool *stop;  /* the window is over: leave waiting loops */
};

struct la_workload {
    const char *name;
    const char *summary;

    bool on_request;    /* too long for the general suites */
    uint64_t window_ns; /* the least that a window has to last; 0: any */
    uint64_t around_ns; /* roughly what a measurement takes beside its window; 0: hardly any */

    /* Objects that one thread may hold at once: sizes worker->objects and the floor. */
    size_t (*live)(const struct la_workload_params *params);

    /* Optional: the limit of lists, where the usual one would measure something else. */
    uint32_t (*depth)(const struct la_workload_params *params);

    /* Optional: what the threads of a cell share; NULL return: no memory. free() ends it. */
    void *(*share)(const struct la_workload_params *params, unsigned nr_threads);

    /* Optional: on the thread, before its warm-up and after its window. After drain nobody holds
     * an object; other threads may be in drain as well, but none is in run. */
    void (*fill)(struct la_worker *worker);
    void (*drain)(struct la_worker *worker);

    /* A batch; returns its operations: fewer than usual if stop was seen while waiting. */
    uint64_t (*run[LA_NR_KINDS])(struct la_worker *worker);

    /* Some operations, of which LA_SAMPLE_OPERATIONS take *ticks; *ticks stays untouched if none
     * could be timed. Returns all operations done. */
    uint64_t (*sample[LA_NR_KINDS])(struct la_worker *worker, uint64_t *ticks);
};

/* By index, NULL past the last; by name, NULL if unknown. */
const struct la_workload *la_workload_at(size_t index);
const struct la_workload *la_workload_find(const char *name);

/* Ends the process: an allocation failed inside a loop, and there is nothing left to measure. */
void la_worker_exhausted(size_t size) __attribute__((noreturn, cold));

/* Called by la_worker_exhausted() before it ends the process; NULL for nothing. */
extern void (*la_worker_on_exhausted)(void);

/* The word that the driver writes to every object and reads from it. Relaxed, a plain move: with a
 * real contender it is never in two hands, with the floor it may be. */
typedef _Atomic uintptr_t la_touched_word;

/* One allocation. The driver writes to the object, so that its first line has to be here. */
static LA_INLINE void *la_take(const struct la_port *port, enum la_kind kind)
{
    void *object =
        kind == LA_KIND_LIST ? lookaside_alloc(port->list) : port->calls.allocate(port->size);

    if (LA_UNLIKELY(!object))
        la_worker_exhausted(port->size);
    atomic_store_explicit((la_touched_word *)object, (uintptr_t)object, memory_order_relaxed);
    return object;
}

/* One free. The driver reads the object first, as its last user would. */
static LA_INLINE void la_give(const struct la_port *port, void *object, enum la_kind kind)
{
    (void)atomic_load_explicit((la_touched_word *)object, memory_order_relaxed);
    if (kind == LA_KIND_LIST)
        lookaside_free(port->list, object);
    else if (kind == LA_KIND_SIZED)
        port->calls.release_sized(port->size, object);
    else
        port->calls.release(object);
}

static LA_INLINE uint32_t la_decide(struct la_worker *worker)
{
    return worker->decisions[worker->decision++ & (LA_DECISIONS - 1)];
}

/* Functions without <name>_run's and <name>_sample's last parameter, for one kind. */
#define LA_STAMP_KIND(name, suffix, kind)                                             \
    static uint64_t name##_run_##suffix(struct la_worker *worker)                     \
    {                                                                                 \
        return name##_run(worker, kind);                                              \
    }                                                                                 \
    static uint64_t name##_sample_##suffix(struct la_worker *worker, uint64_t *ticks) \
    {                                                                                 \
        return name##_sample(worker, ticks, kind);                                    \
    }

/* The same for every kind. */
#define LA_STAMP(name)                          \
    LA_STAMP_KIND(name, list, LA_KIND_LIST)     \
    LA_STAMP_KIND(name, direct, LA_KIND_DIRECT) \
    LA_STAMP_KIND(name, sized, LA_KIND_SIZED)

/* The initialisers that belong to it. */
#define LA_STAMPED(name)                                \
    .run = {[LA_KIND_LIST] = name##_run_list,           \
            [LA_KIND_DIRECT] = name##_run_direct,       \
            [LA_KIND_SIZED] = name##_run_sized},        \
    .sample = {[LA_KIND_LIST] = name##_sample_list,     \
               [LA_KIND_DIRECT] = name##_sample_direct, \
               [LA_KIND_SIZED] = name##_sample_sized}

#endif
