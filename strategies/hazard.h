/* SPDX-License-Identifier: MIT */
/*
 * hazard.h: one hazard pointer per thread (Michael, 2004, "Hazard Pointers: Safe Memory
 * Reclamation for Lock-Free Objects").
 *
 * A lock-free pop reads the link of an entry that other threads may take at any time. Whoever is
 * about to give an entry to a free routine, which may unmap it, first waits here until no thread
 * announces it any more. Waiting rather than deferring: the free routine has to run before the call
 * that caused it returns, and the window that is waited for is a few instructions of another
 * thread's pop.
 *
 * The protocol. A reader publishes the entry, then looks again whether it is still reachable, and
 * only then reads it. A reclaimer first makes it unreachable, then looks for readers. Both "then"
 * order a store before a load, which takes sequentially consistent operations on each of the four:
 * either the reader's second look sees that the entry has gone, or the reclaimer sees the reader.
 *
 * Records are kept for ever in one process-wide list that only grows, and are reused after a thread
 * exits, so walking the list needs no protection itself.
 */
#ifndef LOOKASIDE_HAZARD_H
#define LOOKASIDE_HAZARD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "platform.h"

struct la_hazard {
    /* What the owning thread may be reading; NULL outside of a pop. Alone with its neighbours:
     * only reclaimers read it from elsewhere. */
    _Alignas(LA_NO_SHARING) _Atomic(const void *) entry;
    _Atomic bool taken;
    struct la_hazard *next; /* never changes once the record is in the list */
};

extern _Thread_local struct la_hazard *la_hazard_own __attribute__((tls_model("initial-exec")));

/* Finds or makes a record for the calling thread; NULL without memory. */
struct la_hazard *la_hazard_register(void);

static inline struct la_hazard *la_hazard_mine(void)
{
    struct la_hazard *mine = la_hazard_own;

    return LA_LIKELY(mine != NULL) ? mine : la_hazard_register();
}

/* The caller must look again, with a sequentially consistent load, before it reads entry. */
static inline void la_hazard_publish(struct la_hazard *mine, const void *entry)
{
    /* Sequentially consistent: goes before that second look, see above. */
    atomic_store_explicit(&mine->entry, entry, memory_order_seq_cst);
}

static inline void la_hazard_clear(struct la_hazard *mine)
{
    /* Release: the reads of the entry go before it, so a reclaimer that sees it may unmap. */
    atomic_store_explicit(&mine->entry, NULL, memory_order_release);
}

/* Returns when no thread reads entry, which the caller has made unreachable. */
void la_hazard_wait_for(const void *entry);

/* The same for everything that was unreachable before the call: waits until every thread has been
 * outside of whatever pop it is in now. */
void la_hazard_wait_for_all(void);

#endif
