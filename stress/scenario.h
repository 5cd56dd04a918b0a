/* SPDX-License-Identifier: MIT */
/*
 * scenario.h: what a scenario's file sees: its description, its workers, and the calls by which
 * workers use the lists under the oracle's eyes.
 */
#ifndef LOOKASIDE_SCENARIO_H
#define LOOKASIDE_SCENARIO_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lookaside.h"
#include "oracle.h"
#include "park.h"
#include "stress.h"

struct stress_run;
struct stress_list;
struct stress_worker;

struct stress_scenario {
    const char *name;
    const char *summary; /* one line for --help and reports */
    uint32_t depth;      /* the highest that the scenario ever sets */
    size_t bytes;        /* entry size, a multiple of 16 */
    size_t nr_blocks;    /* in the arena; the allocate routine fails beyond */
    unsigned nr_lists;   /* that all workers share; 0 = 1 */
    unsigned crowd;      /* threads for each CPU; 0 = 2 */
    unsigned min_threads;
    uint32_t flags; /* of the lists: enum lookaside_flags */
    bool unmap;     /* blocks are mapped and unmapped by the routines */
    bool adaptive;  /* policy `balance` */
    bool own_lists; /* room for one more list for each worker: stress_list_begin() */

    /* Before the workers start, and after they were joined. 0 or -errno; -ENOTSUP: it cannot run
     * here, and *why is one line that says why. NULL = nothing. */
    int (*begin)(struct stress_run *run, const char **why);
    void (*end)(struct stress_run *run);

    /* Of the process that ran the scenario, which is gone, by its parent: what it could not undo by
     * itself. NULL = nothing. */
    void (*after)(pid_t pid);

    /* In every routine of a list, while workers run; false: the allocate routine gives NULL. */
    bool (*routine)(struct stress_list *list, bool allocates);

    /* What each worker does until stress_going() says no. It must give back all it has. */
    void (*work)(struct stress_worker *worker);
};

struct stress_list {
    struct lookaside list;
    struct stress_run *run;
    unsigned index; /* in run->lists, and the oracle's number */
};

/* A caller that was compiled for one strategy (LOOKASIDE_BIND). Lists of any work with it. */
struct stress_caller {
    const char *strategy;
    void *(*alloc)(struct lookaside *list);
    void (*free)(struct lookaside *list, void *entry);
};

enum { WORKER_OUT = 1024, RING_SLOTS = 64 };

struct stress_entry {
    void *entry;
    struct stress_list *of;
};

/* A bounded queue from one worker to one other. */
struct stress_ring {
    _Alignas(64) _Atomic unsigned head; /* the consumer's */
    _Alignas(64) _Atomic unsigned tail; /* the producer's */
    _Atomic bool closed;
    struct stress_entry slots[RING_SLOTS];
};

/* What a worker did on one list: compared with the list's own counters whenever all are quiet. */
struct stress_counts {
    uint64_t allocates, failures, frees, released;
};

struct stress_worker {
    _Alignas(64) struct stress_run *run;
    unsigned index; /* its number as an owner */
    pthread_t thread;
    uint64_t random;
    struct stress_counts *counts; /* one for each list of the run */
    uint64_t handed;
    const struct stress_caller *caller; /* by which it allocates and frees one by one; NULL: none */

    struct stress_entry out[WORKER_OUT]; /* what the worker has */
    unsigned nr_out;
    struct stress_ring ring; /* to the next worker */
};

struct stress_run {
    struct stress_list *lists; /* the shared ones, then one for each worker */
    unsigned nr_shared, nr_lists;
    struct oracle *oracle;
    const struct stress_scenario *scenario;
    const struct lookaside_strategy *strategy;
    unsigned nr_workers;
    struct stress_worker *workers; /* and as many again: see stress_aside() */
    struct stress_park park;
    _Atomic bool stop;
    _Atomic bool settling; /* the workers are done: routines are plain */
    cpu_set_t allowed;     /* the CPUs that workers may be moved to */
    void *own;             /* the scenario's */
};

/* Whether to go on. Parks the calling worker while the run looks at quiet lists, so a worker that
 * waits for another one must keep asking. */
bool stress_going(struct stress_worker *worker);

/* The worker that the calling thread is, or works for; NULL in other threads. */
struct stress_worker *stress_self(void);
void stress_be(struct stress_worker *worker);

/* The owner of what is allocated in the midst of something else that the worker does: in a signal
 * handler or a routine. */
struct stress_worker *stress_aside(struct stress_worker *worker);

/* A number below bound; the run's seed and the worker's index decide. */
uint32_t stress_below(struct stress_worker *worker, uint32_t bound);

/* One of the lists that all share. */
struct stress_list *stress_any_list(struct stress_worker *worker);

/* One allocation into out[], false if the list gave NULL or out[] is full; a free of a random one
 * of out[]. */
bool stress_alloc(struct stress_worker *worker);
bool stress_alloc_from(struct stress_worker *worker, struct stress_list *list);
void stress_free_any(struct stress_worker *worker);

/* The same for up to nr at once, as far as out[] allows; a free of so many of one list. */
void stress_alloc_bulk(struct stress_worker *worker, struct stress_list *list, unsigned nr);
void stress_free_bulk(struct stress_worker *worker, unsigned nr);

void stress_free_all(struct stress_worker *worker);

/* What the worker got from another one: it is counted as handed. */
void stress_receive(struct stress_worker *worker, struct stress_entry entry, unsigned from);

/* Of the worker's ring; false when it is full, or empty. The one after takes what one puts. */
bool stress_ring_put(struct stress_ring *ring, struct stress_entry entry);
bool stress_ring_get(struct stress_ring *ring, struct stress_entry *entry);

/* A random allocation or free, now and then many at once; at most most entries in hand. */
void stress_churn_step(struct stress_worker *worker, unsigned most);

/* nr such steps, or fewer if the run ends; until the run ends, and then gives back what is in
 * hand. */
void stress_churn_some(struct stress_worker *worker, unsigned most, uint32_t nr);
void stress_churn_on(struct stress_worker *worker, unsigned most);

void stress_flush(struct stress_worker *worker, struct stress_list *list);
void stress_trim(struct stress_worker *worker, struct stress_list *list, size_t keep);

/* Binds the worker to a random CPU of those it may use, or lets it roam again. */
void stress_migrate(struct stress_worker *worker);

/* The worker's own list: 0 or lookaside_init()'s error; what is out of it must be freed before its
 * end. */
struct stress_list *stress_own_list(struct stress_worker *worker);
int stress_list_begin(struct stress_list *list, uint32_t depth);
void stress_list_end(struct stress_list *list);

/* All other workers park until the second call. False if somebody else is at it, who waits for this
 * one: ask stress_going() before the next try. */
bool stress_quiet_begin(struct stress_worker *worker);
void stress_quiet_end(struct stress_worker *worker);

#endif
