/* SPDX-License-Identifier: MIT */
/*
 * engine.h: threads as coroutines on one thread of the kernel, of which one runs at a time, from
 * one scheduling point to the next: an operation of runtime.h. At each point something decides who
 * goes on (explore.h), so an interleaving is a list of decisions, and the same list gives the same
 * interleaving again.
 *
 * All that an interleaving can change is in three places, which are put back before the next one:
 * the variables of the code under test (the writable part of its shared object), the heap
 * (heap.h), and `world`.
 *
 * What is explored. Sequential consistency, and stores that come late: any store that is not
 * sequentially consistent may stay in its thread's store buffer, first in, first out, while others
 * run, until the thread does an operation that orders it (a read-modify-write, a sequentially
 * consistent store or fence, a lock), goes on after a switch, or somebody calls membarrier. That
 * is what x86-64 does, but that a store comes before its thread's next turn at the latest; C11
 * allows more, above all loads that come early, which is not explored. Only operations on atomics,
 * locks and links are points: what the thread sanitizer finds is taken to be absent.
 */
#ifndef LOOKASIDE_SCHED_ENGINE_H
#define LOOKASIDE_SCHED_ENGINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/runtime.h"

enum {
    SCHED_MAIN = 0,    /* sets up and checks, while nobody else runs */
    SCHED_SCRIPTS = 3, /* threads 1 .. 3 run scripts: A, B and C */
    SCHED_THREADS = 6, /* and those that the library creates: D and E */
    SCHED_KEYS = 8,
    SCHED_STORES = 8,
    SCHED_TLS_BYTES = 512,
};

enum sched_state { SCHED_UNUSED, SCHED_READY, SCHED_BLOCKED, SCHED_DONE };

struct sched_store {
    volatile void *at;
    size_t size;
    uint64_t value;
};

struct sched_thread {
    enum sched_state state;
    void *(*start)(void *);
    void *argument;
    const void *waits_for; /* a mutex, a condition or a thread, while it is blocked */
    const char *waits_how; /* for reports */
    bool may_time_out, timed_out;
    bool yielded;     /* and nothing has changed since, if yielded_at == world.changes */
    bool relaxed;     /* nothing was done since it yielded */
    unsigned insists; /* so many times it need not yield */
    uint64_t yielded_at;
    unsigned cpu;
    unsigned nr_stores;
    struct sched_store stores[SCHED_STORES]; /* its store buffer, oldest first */
    bool stores_late;                        /* others ran meanwhile */
    const void *values[SCHED_KEYS];
    unsigned char tls[SCHED_TLS_BYTES]; /* its variables, while another thread runs */
};

struct sched_world {
    struct sched_thread threads[SCHED_THREADS];
    unsigned current;
    unsigned nr_keys;
    void (*at_exit[SCHED_KEYS])(void *);
    uint64_t changes; /* of memory and locks, so far */
    uint64_t ticks;   /* the clock */
    unsigned steps;   /* scheduling points and decisions since the threads began */
    unsigned timeouts_left;
    bool no_membarrier; /* the kernel has none */
    bool active;        /* the threads run: there are decisions to be taken */
};

extern struct sched_world sched_world;

static inline struct sched_thread *sched_me(void)
{
    return &sched_world.threads[sched_world.current];
}

/* "main", "A" ... */
const char *sched_name(unsigned thread);

/* Once, before all else: finds the variables of the code under test. */
void sched_begin(void);

/* Runs start(argument) as a thread that is not SCHED_MAIN's only for its variables and its CPU: to
 * the end, without decisions. False if it failed (sched_message). */
bool sched_run_alone(unsigned thread, void *(*start)(void *), void *argument);

/* What a thread is to do in interleavings; before sched_keep(). */
void sched_add_thread(unsigned thread, void *(*start)(void *), void *argument);

/* Keeps all there is now; puts it back. */
void sched_keep(void);
void sched_put_back(void);

/* Runs the threads to their ends. False: something failed (sched_message). */
bool sched_run(void);
extern unsigned sched_steps; /* that it took */

/* Ends what runs. Printf's format. */
_Noreturn void sched_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char sched_message[1024];

/* For runtime functions: a scheduling point, before the operation. */
void sched_point(const struct la_sched_site *site);

/* Others changed what the current thread sees from here on. */
void sched_changed(void);

/* The current thread cannot go on (its state says why), or does not want to. */
void sched_switch(void);

/* The current thread waits for others in a loop: they go on, or it looks several times in a row
 * before they do. */
void sched_relax(void);

/* The end of a thread, as far as its keys are concerned. */
void sched_run_destructors(void);

/* Makes ready all threads that wait for this, or the first of them. */
void sched_wake(const void *waited_for, bool all);

/* The store buffer (atomics.c). */
void sched_drain(struct sched_thread *thread);
void sched_drain_for_switch(struct sched_thread *thread); /* but for those that come late */
void sched_drain_all(void);

/* The listing; nothing unless it is wanted. */
extern bool sched_tracing;
void sched_trace(const struct la_sched_site *site, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sched_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
