/* SPDX-License-Identifier: MIT */
/* hazard.c: the registry of hazard records, and waiting for them. See hazard.h. */
#include "hazard.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backoff.h"
#include "inject.h"

enum { LOOKS_BEFORE_FENCE = 4, NR_SPARES = 64 };

_Thread_local struct la_hazard *la_hazard_own;

static _Atomic(struct la_hazard *) records;
/* For threads that come when there is no memory, and would otherwise miss whatever a list has. */
static struct la_hazard spares[NR_SPARES];
static _Atomic unsigned nr_spares_used;
static pthread_key_t exit_key;
static bool exit_key_made, carries;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void give_back(struct la_hazard *record)
{
    /* Release: a reclaimer that sees it may unmap what the thread has read. */
    atomic_store_explicit(&record->entry, NULL, memory_order_release);
    atomic_store_explicit(&record->inside, false, memory_order_relaxed);
    LA_INJECT(423);
    /* Release: whoever sees it, the next owner above all, sees the record cleared. */
    atomic_store_explicit(&record->taken, false, memory_order_release);
}

static void thread_exits(void *record)
{
    la_hazard_own = NULL;
    give_back(record);
}

/* Only the forking thread lives on in the child; what others had announced would never end. */
static void forked_child(void)
{
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_relaxed);

    for (; record; record = record->next) {
        if (record != la_hazard_own)
            give_back(record);
    }
}

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

static void set_up(void)
{
    carries = LA_HAZARD_MAY_CARRY && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
              membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
    /* Without a key or a handler records are not reused, and all else holds. */
    exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
    (void)pthread_atfork(NULL, NULL, forked_child);
}

static struct la_hazard *reuse(void)
{
    /* Acquire: pairs with add(), so that next is seen. */
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_acquire);

    for (; record; record = record->next) {
        /* Acquire: pairs with give_back(). */
        if (!atomic_load_explicit(&record->taken, memory_order_relaxed) &&
            !atomic_exchange_explicit(&record->taken, true, memory_order_acquire))
            break;
    }
    return record;
}

static struct la_hazard *take_spare(void)
{
    unsigned used = atomic_load_explicit(&nr_spares_used, memory_order_relaxed);

    /* Relaxed: nobody else has what is beyond the number. */
    do {
        if (used == NR_SPARES)
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&nr_spares_used, &used, used + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    return &spares[used];
}

static struct la_hazard *add(void)
{
    struct la_hazard *record = aligned_alloc(_Alignof(struct la_hazard), sizeof *record);

    if (!record)
        record = take_spare();
    if (!record)
        return NULL;
    atomic_init(&record->entry, NULL);
    atomic_init(&record->inside, false);
    record->carries = carries;
    atomic_init(&record->taken, true);
    record->next = atomic_load_explicit(&records, memory_order_relaxed);
    LA_INJECT(424);
    /* Sequentially consistent: a reclaimer that looks after this thread's first publication must
     * find the record. */
    while (!atomic_compare_exchange_weak_explicit(&records, &record->next, record,
                                                  memory_order_seq_cst, memory_order_relaxed))
        continue;
    return record;
}

struct la_hazard *la_hazard_register(void)
{
    struct la_hazard *record;

    pthread_once(&once, set_up);
    record = reuse();
    if (!record)
        record = add();
    if (record && exit_key_made)
        (void)pthread_setspecific(exit_key, record);
    LA_INJECT(425);
    la_hazard_own = record;
    return record;
}

/* Once it has worked the call has no documented way to fail, and without it nobody could tell a
 * reader from one that has gone, so there is no way on: a filter of system calls that refuses it
 * must be in place before the first list is used. */
static void fence_all_threads(void)
{
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        perror("lookaside: membarrier refused a registered process");
        abort();
    }
}

/* Waits until the thread has left what it may have been reading when it had announced entry: it
 * announces something else by then, or, where announcements are carried and fenced, is outside.
 * Acquire, both: the reads of the entry are over. */
static void wait_while(struct la_hazard *record, const void *entry)
{
    struct la_backoff backoff = {0};

    while (atomic_load_explicit(&record->entry, memory_order_acquire) == entry &&
           (!carries || atomic_load_explicit(&record->inside, memory_order_acquire)))
        la_backoff_wait(&backoff);
}

/* A thread that is busy announces something else soon. */
static bool moves_on(struct la_hazard *record, const void *entry)
{
    struct la_backoff backoff = {0};

    for (unsigned i = 0; i < LOOKS_BEFORE_FENCE; i++) {
        la_backoff_pause(&backoff);
        if (atomic_load_explicit(&record->entry, memory_order_acquire) != entry)
            return true;
    }
    return false;
}

static void wait_for_one(struct la_hazard *record, const void *entry)
{
    if (carries) {
        if (moves_on(record, entry))
            return;
        LA_INJECT(408);
        fence_all_threads();
    }
    LA_INJECT(409);
    wait_while(record, entry);
    LA_INJECT(426);
    /* Relaxed: it orders nothing, and may fail, when the thread has announced something else. */
    if (carries)
        (void)atomic_compare_exchange_strong_explicit(&record->entry, &entry, NULL,
                                                      memory_order_relaxed, memory_order_relaxed);
}

void la_hazard_wait_for(const void *entry)
{
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_seq_cst);

    for (; record; record = record->next) {
        /* Sequentially consistent: the look that pairs with publish and second look, see hazard.h.
         * It is also an acquire, so the reads of one who has moved on are over. */
        if (LA_UNLIKELY(atomic_load_explicit(&record->entry, memory_order_seq_cst) == entry) &&
            record != la_hazard_own)
            wait_for_one(record, entry);
    }
}

static bool others_announce(struct la_hazard *record)
{
    for (; record; record = record->next) {
        /* Sequentially consistent: as in wait_for. */
        if (record != la_hazard_own &&
            atomic_load_explicit(&record->entry, memory_order_seq_cst) != NULL)
            return true;
    }
    return false;
}

void la_hazard_wait_for_all(void)
{
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_seq_cst);

    if (!others_announce(record))
        return;
    LA_INJECT(427);
    if (carries)
        fence_all_threads();
    LA_INJECT(410);
    for (; record; record = record->next) {
        const void *entry = atomic_load_explicit(&record->entry, memory_order_seq_cst);

        if (entry && record != la_hazard_own)
            wait_while(record, entry);
    }
}
