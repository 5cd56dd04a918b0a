/* SPDX-License-Identifier: MIT */
/*
 * strategy.h: what a strategy must give, and what it may rely on.
 *
 * A strategy keeps the free entries of one list. It knows nothing of allocate and free routines,
 * counters of misses or policies: pop that finds nothing returns NULL, push beyond the limit
 * returns false, and the list does the rest. It may use this header, impl/platform.h and
 * impl/spinlock.h, the shared headers in strategies/, and no other strategy.
 *
 * The one limit. list->limit bounds the entries that the whole list holds, all shards together:
 * held <= limit + (threads inside push) - 1 at any moment. A thread that stays on its CPU and is
 * alone sees one list: last in first out, exactly limit entries kept, a hit whenever anything is
 * held. Where shards claim parts of the limit, unused claims are recalled before an entry is
 * refused.
 *
 * Memory that may be gone. The list calls the free routine on an entry as soon as push refused it
 * or drain returned it, and the routine may unmap it. From that moment no thread may read it, a
 * stalled pop included.
 */
#ifndef LOOKASIDE_STRATEGY_H
#define LOOKASIDE_STRATEGY_H

#include "counts.h"
#include "lookaside.h"
#include "platform.h"

/* Exact when the list is quiet; live reads may lag, but never show an entry twice. */
struct lookaside_strategy_stats {
    uint64_t pops;   /* pops that returned an entry */
    uint64_t pushes; /* pushes that kept one */
    uint64_t held;   /* entries kept now */
};

/*
 * Required: name, summary, init, fini, pop, push, drain, stats. For each operation: who may call
 * it at the same time, what it orders, and its progress.
 */
struct lookaside_strategy {
    const char *name;
    const char *summary; /* one line for --help and reports */

    /* Builds the state in list->state (zeroed) from list->limit and list->size; 0 or -errno with
     * nothing left allocated. May put the operations of a variant in list->pop, push, take and
     * give, which start as the members below: callers go through the list. Alone on the list. */
    int (*init)(struct lookaside *list);

    /* Frees the state. The list is empty (drained) and nobody else uses it. */
    void (*fini)(struct lookaside *list);

    /* Takes an entry or returns NULL: a miss. Any thread. Orders: what the pushing thread wrote
     * before push is seen. No system call on a hit; never blocks on a thread that runs a
     * routine. */
    void *(*pop)(struct lookaside *list);

    /* Keeps an entry, or returns false: full. Any thread. Orders: earlier writes go before the pop
     * that returns the entry. Only the first 8 bytes may be overwritten, and only if it is kept. */
    bool (*push)(struct lookaside *list, void *entry);

    /*
     * Takes entries out until at most keep are held, and returns them as a chain linked by
     * impl/chain.h, newest first (NULL: none). With keep 0 it reaches everything held at some
     * moment in the call, in every shard. Any thread, also several at once. Must not fail; may wait
     * for other threads' short sections, never for a routine.
     */
    void *(*drain)(struct lookaside *list, size_t keep);

    /* Adds nothing to anybody's fast path: reads counters that pop and push keep. Any thread. */
    void (*stats)(struct lookaside *list, struct lookaside_strategy_stats *stats);

    /* --- optional from here; NULL where not needed --- */

    /* pop and push that go on to lookaside_alloc_miss() and lookaside_free_miss() themselves, so
     * that neither they nor their callers test what came of it. NULL = la_take_by_pop and
     * la_give_by_push, which cost a call more. LA_COMPLETE() makes them. */
    void *(*take)(struct lookaside *list);
    void (*give)(struct lookaside *list, void *entry);

    /* Whether it runs on this machine and in this process; *detail is one static line that says
     * which variant is active and why, or why it cannot run. NULL = always, nothing to say. */
    bool (*supported)(const char **detail);

    /* list->limit is about to become limit: makes room, or returns -ENOMEM with nothing changed.
     * Called under the list's maintenance lock. */
    int (*set_depth)(struct lookaside *list, uint32_t limit);

    /* Once a tick, after the depth was set: idle shards' claims come back. Any thread; never two
     * at once for one list. */
    void (*tick)(struct lookaside *list);

    /* Entries held now, cheaper than stats. Any thread. */
    size_t (*count)(struct lookaside *list);

    /* Adds to sums what pops and pushes did beyond their fast path (counts.h), and returns a bit
     * for each count that it tells (LA_TELLS). Exact when the list is quiet. Any thread. */
    unsigned (*counts)(struct lookaside *list, uint64_t sums[LA_NR_COUNTS]);

    /* Makes what only the calling thread can reach reachable for all. Any thread. */
    void (*thread_exit)(struct lookaside *list);

    /* Up to nr entries into or out of the list in one go; the number taken or kept is returned.
     * entries[0] of a pop is the newest; of a push, the oldest. Any thread. NULL = one by one. */
    size_t (*pop_bulk)(struct lookaside *list, void **entries, size_t nr);
    size_t (*push_bulk)(struct lookaside *list, void *const *entries, size_t nr);

    /* Whether pop, push, take, give and the bulk ones may run in a signal handler, whatever it
     * interrupted. */
    bool signal_safe;
};

/* The strategy's own bytes in the list. */
static inline void *la_state(struct lookaside *list)
{
    return list->state;
}

/* For a strategy's file: its state must fit. */
#define LA_STATE_FITS(type) \
    _Static_assert(sizeof(type) <= LOOKASIDE_STATE_BYTES, #type " must fit in list->state")

/* An entry leaves the list. What a watched list keeps in an entry's place is not poisoned. */
static inline void la_unpoison(const struct lookaside *list, void *entry)
{
    if (!list->watch)
        LOOKASIDE_UNPOISON(entry, list->size);
}

/* The list's pop and push, and its misses. */
void *la_take_by_pop(struct lookaside *list);
void la_give_by_push(struct lookaside *list, void *entry);

/* Defines <name>_take and <name>_give of <name>_pop and <name>_push, which are LA_INLINE so that
 * they are compiled in. */
#define LA_COMPLETE(name)                                                     \
    static LA_HOT void *name##_take(struct lookaside *list)                   \
    {                                                                         \
        void *entry = name##_pop(list);                                       \
                                                                              \
        return LA_LIKELY(entry != NULL) ? entry : lookaside_alloc_miss(list); \
    }                                                                         \
                                                                              \
    static LA_HOT void name##_give(struct lookaside *list, void *entry)       \
    {                                                                         \
        if (LA_UNLIKELY(!name##_push(list, entry)))                           \
            lookaside_free_miss(list, entry);                                 \
    }

/* For init: a variant's four, made likewise. */
#define LA_USE(list, name)          \
    do {                            \
        (list)->pop = name##_pop;   \
        (list)->push = name##_push; \
        (list)->take = name##_take; \
        (list)->give = name##_give; \
    } while (0)

/* The name of the first required member that is missing, or NULL if the strategy is complete. */
const char *la_strategy_missing(const struct lookaside_strategy *strategy);

#endif
