/* SPDX-License-Identifier: MIT */
/*
 * scenario.h: what a scenario's file sees: its description, its workers, and the calls by which
 * workers use the list under the oracle's eyes.
 */
#ifndef LOOKASIDE_SCENARIO_H
#define LOOKASIDE_SCENARIO_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookaside.h"
#include "oracle.h"
#include "stress.h"

struct stress_worker;

struct stress_scenario {
    const char *name;
    const char *summary; /* one line for --help and reports */
    uint32_t depth;      /* the highest that the scenario ever sets */
    size_t bytes;        /* entry size, a multiple of 16 */
    size_t nr_blocks;    /* in the arena; the allocate routine fails beyond */
    bool unmap;          /* blocks are mapped and unmapped by the routines */
    bool adaptive;       /* policy `balance` */
    unsigned min_threads;

    /* What each worker does until stress_going() says no. It must give back all it has. */
    void (*work)(struct stress_worker *worker);
};

enum { WORKER_OUT = 96, RING_SLOTS = 64 };

/* A bounded queue from one worker to one other. */
struct stress_ring {
    _Alignas(64) _Atomic unsigned head; /* the consumer's */
    _Alignas(64) _Atomic unsigned tail; /* the producer's */
    _Atomic bool closed;
    void *slots[RING_SLOTS];
};

struct stress_worker {
    _Alignas(64) struct stress_run *run;
    unsigned index;
    pthread_t thread;
    uint64_t random;

    /* Counted by the worker, compared with the list's own counters at the end. */
    uint64_t allocates, failures, frees, handed, released;

    void *out[WORKER_OUT]; /* what the worker has */
    unsigned nr_out;
    struct stress_ring ring; /* to the next worker */
};

struct stress_run {
    struct lookaside list;
    struct oracle *oracle;
    const struct stress_scenario *scenario;
    unsigned nr_workers;
    _Atomic bool stop;
    pthread_mutex_t gate; /* held by the main thread until all have started */
    cpu_set_t allowed;    /* the CPUs that workers may be moved to */
    struct stress_worker *workers;
};

bool stress_going(const struct stress_worker *worker);

/* A number below bound; the run's seed and the worker's index decide. */
uint32_t stress_below(struct stress_worker *worker, uint32_t bound);

/* One allocation into out[] (which must have room), a free of a random one of out[]. The first is
 * false if the list gave NULL. */
bool stress_alloc(struct stress_worker *worker);
void stress_free_any(struct stress_worker *worker);

/* The same for up to nr at once, as far as out[] allows. */
void stress_alloc_bulk(struct stress_worker *worker, unsigned nr);
void stress_free_bulk(struct stress_worker *worker, unsigned nr);

void stress_free_all(struct stress_worker *worker);

/* A random allocation or free, now and then many at once; at most most entries in hand. */
void stress_churn_step(struct stress_worker *worker, unsigned most);

/* Such steps until the run ends; then gives back what is in hand. */
void stress_churn_on(struct stress_worker *worker, unsigned most);

void stress_flush(struct stress_worker *worker);
void stress_trim(struct stress_worker *worker, size_t keep);

/* Binds the worker to a random CPU of those it may use, or lets it roam again. */
void stress_migrate(struct stress_worker *worker);

#endif
