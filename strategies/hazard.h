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
 * Carried announcements. The reader's fence is what a hazard pointer costs, and a thread that ends
 * every operation with a compare-and-swap has paid for one already. So it announces, before that
 * compare-and-swap, the entry that it expects to be the first one next time (la_hazard_carry), and
 * leaves the announcement standing. If its next look finds that very entry, the announcement was
 * seen by everybody before the look, and the look is the second one. Only when it finds another
 * entry, because other threads were there, it publishes and looks again.
 *
 * A standing announcement does not tell whether its thread is inside or has long gone elsewhere.
 * That is what `inside` is for: a plain store before the look and one at the end, without a fence.
 * A reclaimer whose entry stands announced for longer than a pop lasts fences on the thread's
 * behalf (membarrier(2), private expedited; Dice, Huang, Yang, 2001, "Asymmetric Dekker
 * Synchronization"). After that either the thread's `inside` is seen and waited for, or its look
 * comes after the fence and does not find the entry. Then the reclaimer takes the announcement
 * down, so that a thread that went away is asked once, not for every entry. It may: it owns the
 * entry, so nobody can be about to read it on the strength of what it removes.
 *
 * Carrying needs a compare-and-swap that is a full barrier, successful or not, and membarrier. So
 * elsewhere than on x86-64, and where the kernel has no membarrier, announcements come down at the
 * end of each pop, each pop publishes, and a reclaimer just waits.
 *
 * Records are kept for ever in one process-wide list that only grows, and are reused after a thread
 * exits, so walking the list needs no protection itself.
 */
#ifndef LOOKASIDE_HAZARD_H
#define LOOKASIDE_HAZARD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "platform.h"

#if defined(__x86_64__)
#define LA_HAZARD_MAY_CARRY true
#else
#define LA_HAZARD_MAY_CARRY false
#endif

struct la_hazard {
    /* What the owning thread may be reading, or NULL. The owner writes it, and a reclaimer that
     * owns the entry may set it to NULL. Alone with its neighbours: only reclaimers look from
     * elsewhere. */
    _Alignas(LA_NO_SHARING) _Atomic(const void *) entry;
    _Atomic bool inside; /* the owner's: in a pop. Only where announcements are carried */
    bool carries;        /* the owner's, while it has the record */
    _Atomic bool taken;
    struct la_hazard *next; /* never changes once the record is in the list */
};

extern _Thread_local struct la_hazard *la_hazard_own __attribute__((tls_model("initial-exec")));

/* Finds or makes a record for the calling thread; NULL without memory, once the spares are used. */
struct la_hazard *la_hazard_register(void);

static inline struct la_hazard *la_hazard_mine(void)
{
    struct la_hazard *mine = la_hazard_own;

    return LA_LIKELY(mine != NULL) ? mine : la_hazard_register();
}

/* Before the first look of a pop. */
static inline void la_hazard_enter(struct la_hazard *mine)
{
    /* Relaxed: the reclaimer's fence orders it before the looks that follow. */
    atomic_store_explicit(&mine->inside, true, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

/* After a look that found entry: whether it may be read without publishing it. */
static inline bool la_hazard_announced(const struct la_hazard *mine, const void *entry)
{
    /* Relaxed: what matters is when the announcement was made, not when it is read. */
    return LA_HAZARD_MAY_CARRY && atomic_load_explicit(&mine->entry, memory_order_relaxed) == entry;
}

/* The caller must look again, with a sequentially consistent load, before it reads entry. */
static inline void la_hazard_publish(struct la_hazard *mine, const void *entry)
{
    /* Sequentially consistent: goes before that second look, see above. */
    atomic_store_explicit(&mine->entry, entry, memory_order_seq_cst);
}

/* Right before a compare-and-swap that is a full barrier: announces what the next look is expected
 * to find, and ends reading what was announced. NULL is allowed. */
static inline void la_hazard_carry(struct la_hazard *mine, const void *entry)
{
    /* Release: the reads of the former entry go before it, so a reclaimer that sees it may unmap.
     */
    if (LA_HAZARD_MAY_CARRY && LA_LIKELY(mine->carries))
        atomic_store_explicit(&mine->entry, entry, memory_order_release);
}

/* The end of a pop. */
static inline void la_hazard_leave(struct la_hazard *mine)
{
    /* Release, both: as in carry. */
    if (!LA_HAZARD_MAY_CARRY || LA_UNLIKELY(!mine->carries))
        atomic_store_explicit(&mine->entry, NULL, memory_order_release);
    atomic_store_explicit(&mine->inside, false, memory_order_release);
}

/* Returns when no other thread reads entry, which the caller has made unreachable and owns. */
void la_hazard_wait_for(const void *entry);

/* The same for everything that was unreachable before the call: waits until every other thread has
 * been outside of whatever pop it is in now. */
void la_hazard_wait_for_all(void);

#endif
