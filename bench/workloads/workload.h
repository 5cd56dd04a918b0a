/* SPDX-License-Identifier: MIT */
/*
 * workload.h: what a workload is: the order in which threads allocate and free.
 *
 * A workload's loops run with several kinds of contender (kinds.h). Their bodies are written once,
 * always inlined, and stamped for each kind with a constant, so that no contender pays for a choice
 * at run time: from the loop every operation costs exactly one indirect call, or none where the
 * loop is bound to a strategy.
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

#include "clock.h"
#include "kinds.h"
#include "platform.h"

enum {
    LA_BATCH_OPERATIONS = 1024,
    LA_SAMPLE_OPERATIONS = 8,
    LA_DECISIONS = 1 << 16, /* random numbers a thread goes round: too many to be learnt */
};

/* Sizes of the workloads. They do not follow the depth: a smaller depth shall miss more. With the
 * default depth of 256 a single thread's burst fits four times, and its ring exactly. The first
 * four are powers of two. */
struct la_workload_params {
    uint32_t burst;  /* objects in a burst */
    uint32_t live;   /* objects that a thread holds in replace and exchange */
    uint32_t ring;   /* places between producer and consumer */
    uint32_t table;  /* places in the table that threads exchange through */
    uint32_t cold;   /* objects of all threads in burst-cold */
    size_t aside;    /* bytes that burst-cold reads in between */
    uint32_t hold;   /* objects that a thread of regime takes before it frees one, at least 1 */
    uint32_t remote; /* per cent of regime's objects that another thread frees */
    uint32_t large;  /* objects that a thread holds where they shall exceed a core's own caches */
    size_t thrash;   /* bytes that each antagonist goes round */
    uint32_t quota;  /* entries that make up the bytes of iso-memory */
};

enum {
    LA_COLD_BYTES = 64 << 20,  /* of burst-cold's objects */
    LA_QUOTA_BYTES = 64 << 10, /* of iso-memory's lists */
};

#define LA_WORKLOAD_DEFAULTS                                  \
    ((struct la_workload_params){.burst = 64,                 \
                                 .live = 1024,                \
                                 .ring = 256,                 \
                                 .table = 1024,               \
                                 .cold = LA_COLD_BYTES / 256, \
                                 .aside = LA_COLD_BYTES,      \
                                 .hold = 16,                  \
                                 .remote = 25,                \
                                 .large = 1 << 14,            \
                                 .thrash = LA_COLD_BYTES,     \
                                 .quota = LA_QUOTA_BYTES / 256})

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
    uint64_t slept;            /* those of them in which the thread did not run */
    const _Atomic bool *stop;  /* the window is over: leave waiting loops */

    /* The workload's own, 0 before fill: how far it is in what takes many batches. */
    uint32_t position, nr, left;

    /* Set by run: this thread ends after the batch, and another one takes its place, with all that
     * stands here. */
    bool retires;

    /* Of workloads that move: where the thread is, of how many places, and how it gets to another
     * one; false: it could not. */
    unsigned place, nr_places;
    bool (*move)(struct la_worker *worker, unsigned place);
    const void *mover;
};

struct la_workload {
    const char *name;
    const char *summary;

    /* Points of a grid are workloads of their own: which one they are of, NULL for others, and
     * what goes into the parameters then. They are found by name and not listed. */
    const struct la_workload *family;
    uint32_t hold, remote;

    unsigned threads_min;    /* fewer can do something else only; 0: any number will do */
    const char *threads_why; /* then: what fewer would be */
    bool on_request;         /* too long, or too special, for every suite's product */
    bool returns_own;        /* every object goes back on the thread that took it */
    bool moves;              /* threads change CPUs; needs two of them */
    size_t size;             /* of its objects, where the usual would show nothing; 0: any */
    uint64_t tick_ns;        /* lists are ticked so often; 0: those with adaptive depth only */
    uint64_t window_ns;      /* the least that a window has to last; 0: any */
    uint64_t around_ns;      /* roughly what a measurement takes beside its window; 0: little */

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

    /* Optional: what the CPUs that are left over do until over is set, from before fill until after
     * the window; without such a CPU the workload makes no sense. which: from 0, one a CPU. */
    void (*disturb)(const struct la_workload_params *params, unsigned which,
                    const _Atomic bool *over);

    /* A batch; returns its operations: fewer than usual if stop was seen while waiting. */
    uint64_t (*run[LA_NR_KINDS])(struct la_worker *worker);

    /* Some operations, of which LA_SAMPLE_OPERATIONS take *ticks; *ticks stays untouched if none
     * could be timed. Returns all operations done. */
    uint64_t (*sample[LA_NR_KINDS])(struct la_worker *worker, uint64_t *ticks);
};

/* By index, NULL past the last; by name, NULL if unknown, also the points of a grid. */
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
    void *object = la_allocate(port, kind);

    if (LA_UNLIKELY(!object))
        la_worker_exhausted(port->size);
    atomic_store_explicit((la_touched_word *)object, (uintptr_t)object, memory_order_relaxed);
    return object;
}

/* One free. The driver reads the object first, as its last user would. */
static LA_INLINE void la_give(const struct la_port *port, void *object, enum la_kind kind)
{
    (void)atomic_load_explicit((la_touched_word *)object, memory_order_relaxed);
    la_release(port, object, kind);
}

static LA_INLINE uint32_t la_decide(struct la_worker *worker)
{
    return worker->decisions[worker->decision++ & (LA_DECISIONS - 1)];
}

/* Makes <name>_run and <name>_sample, which take the kind as their last parameter, into functions
 * without it, one for each kind. */
#define LA_STAMP(name) LA_EACH_KIND(LA_STAMP_KIND, name)
#define LA_STAMP_KIND(name, suffix, KIND)                                             \
    static uint64_t name##_run_##suffix(struct la_worker *worker)                     \
    {                                                                                 \
        return name##_run(worker, LA_KIND_##KIND);                                    \
    }                                                                                 \
    static uint64_t name##_sample_##suffix(struct la_worker *worker, uint64_t *ticks) \
    {                                                                                 \
        return name##_sample(worker, ticks, LA_KIND_##KIND);                          \
    }

/* The initialisers that belong to it. */
#define LA_STAMPED(name) \
    .run = {LA_EACH_KIND(LA_STAMPED_RUN, name)}, .sample = {LA_EACH_KIND(LA_STAMPED_SAMPLE, name)}
#define LA_STAMPED_RUN(name, suffix, KIND) [LA_KIND_##KIND] = name##_run_##suffix,
#define LA_STAMPED_SAMPLE(name, suffix, KIND) [LA_KIND_##KIND] = name##_sample_##suffix,

#endif
