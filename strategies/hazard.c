/* SPDX-License-Identifier: MIT */
/* hazard.c: the registry of hazard records, and waiting for them. See hazard.h. */
#include "hazard.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

_Thread_local struct la_hazard *la_hazard_own;

static _Atomic(struct la_hazard *) records;
static pthread_key_t exit_key;
static bool exit_key_made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void give_back(struct la_hazard *record)
{
    la_hazard_clear(record);
    /* Release: the next owner sees the record cleared. */
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

static void make_key(void)
{
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

static struct la_hazard *add(void)
{
    struct la_hazard *record = aligned_alloc(_Alignof(struct la_hazard), sizeof *record);

    if (!record)
        return NULL;
    atomic_init(&record->entry, NULL);
    atomic_init(&record->taken, true);
    record->next = atomic_load_explicit(&records, memory_order_relaxed);
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

    pthread_once(&once, make_key);
    record = reuse();
    if (!record)
        record = add();
    if (record && exit_key_made)
        (void)pthread_setspecific(exit_key, record);
    la_hazard_own = record;
    return record;
}

static void wait_while(struct la_hazard *record, const void *entry)
{
    unsigned spins = 0;

    /* Sequentially consistent: the look that pairs with publish and second look, see hazard.h. It
     * is also an acquire, so the reader's reads are over. */
    while (atomic_load_explicit(&record->entry, memory_order_seq_cst) == entry) {
        if (++spins < 128) {
            la_cpu_relax();
        } else {
            /* The reader may have lost its CPU between two instructions. */
            sched_yield();
            spins = 0;
        }
    }
}

void la_hazard_wait_for(const void *entry)
{
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_seq_cst);

    for (; record; record = record->next)
        wait_while(record, entry);
}

void la_hazard_wait_for_all(void)
{
    struct la_hazard *record = atomic_load_explicit(&records, memory_order_seq_cst);

    for (; record; record = record->next) {
        const void *entry = atomic_load_explicit(&record->entry, memory_order_seq_cst);

        if (entry)
            wait_while(record, entry);
    }
}
