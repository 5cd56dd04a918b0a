/* SPDX-License-Identifier: MIT */
/*
 * magazine.h: the state of the magazine strategy and the argument for its correctness. The
 * operations are in magazine.c, what a thread does with its own magazines in magazine_cache.c, what
 * reaches those of others in magazine_remote.c, the depot in magazine_depot.h.
 *
 *   thread's cells        cache (one per thread and list)             depot
 *   +-----------+        +----------------------------+     +---------------------------+
 *   | loaded o--|---+    | loaded, previous  --------------- | filled, newest on top     |
 *   | value  o--|-----> | lock, counters             |     | empty                     |
 *   +-----------+   |    +----------------------------+     +---------------------------+
 *                   +--> slab of the loaded magazine
 *
 * A magazine is a slab (slab.h). pop and push are one restartable section each on the slab that the
 * thread's cell shows: load the cell, move one pointer, commit with one store of the word, which
 * changes the depth and counts the pop at the same time. When loaded is empty or full it changes
 * places with previous, and when neither helps, a whole magazine is exchanged with the depot
 * (Bonwick and Adams, 2001, "Magazines and Vmem: Extending the Slab Allocator to Many CPUs and
 * Arbitrary Resources"). So two visits to the depot are at least a magazine of operations apart,
 * and entries that one thread allocates and another frees travel by the magazine.
 *
 * Exclusive access. The owner has its magazines alone while it holds the cache's lock: no section
 * of its own runs meanwhile, and nobody else comes without the lock. A visitor has them alone when
 * it holds the lock, has put la_slab_away in the owner's cell, and then has called
 * la_rseq_fence_all():
 *   - la_slab_away is empty and full, so a section that finds it does nothing;
 *   - a section that found the slab earlier has committed, or starts again and finds la_slab_away.
 * The cell changes only under the lock. Leave the fence out and an old section commits into a
 * magazine that has been emptied, or that another thread has loaded.
 *
 * A cache that was visited stays hidden: its cell goes on showing la_slab_away, its owner works
 * under the lock, and the next visit costs a lock instead of a fence. After CALM operations the
 * owner shows its slab again, by a release store under the lock, which hands what was done
 * meanwhile to the sections. So threads that fight for the last credits do not fence each
 * other, and an idle thread is fenced once.
 *
 * Who keeps the cell there? The registry of slots frees a thread's cells only after exits() has let
 * go of them, under the cache's lock.
 *
 * Variant without restartable sequences: the lock is biased to the owner (biased.h), pop and push
 * enter it, and a visitor ends the bias. Nothing else differs; cells are not shown.
 *
 * Invariants, with exclusive access to the caches concerned:
 *     depth <= capacity <= nr_slots for every magazine
 *     sum over caches of capacities + entries in the depot + room of its empties = claimed
 *     claimed <= limit, but for a while after the limit fell
 *     pushes of a cache = pops + entries in it - moved_in
 *     age: the depot from bottom to top, previous, loaded, each from slot 0 up, is oldest to newest
 *          for a thread alone; hence last in, first out.
 * For the last one a push that finds loaded full moves on into an empty previous, but sends a
 * previous that has entries to the depot. The second is an equation but for the moments in which a
 * call moves credits, and then claimed is the larger side; so held <= claimed <= limit.
 *
 * The limit. A cache grows only by credits: with an empty magazine from the depot, or in batches
 * from the list (credits.h). A push that finds none takes those of the depot's empties, then looks
 * at other threads' caches, and takes back what those do not use that rest. A pop that misses does
 * the same for entries. Active threads keep what they have: it would be called back at once.
 *
 * A push that is refused all the same, while the depot has nothing for others either, leaves what
 * its cache has in the depot: otherwise threads that only free would sit on a low limit, and
 * threads that only allocate would miss for ever.
 *
 * A thread for whose cache there is no memory is a guest: its pushes are refused, and its pops take
 * single entries out of the depot, where a fetch brings those of threads that rest. A list that
 * still has entries serves it, just when nothing else does.
 *
 * Locks, outermost first: `visits`, one visitor at a time in a list; caches' locks, one of the own
 * or many of a visitor's; the depot's. No memory is allocated and no routine called under the last
 * two. Magazines are freed by who took them from the depot under `visits`, and a cache stops to
 * show one before the depot gets it. So who reads those of others, which may be in use, holds
 * `visits`: what it sees in a cache was not in the depot then, and is freed by nobody meanwhile.
 *
 * Numbers in a cache are atomic because hints and statistics read them; relaxed, as those only need
 * values that were true at some time. A word counts 2^48 pops; a tick or a
 * look at the statistics folds it in from half of that on, which takes more than a day to reach, so
 * one of those a day keeps the count exact.
 *
 * Signal handlers. None of this may be used in one: it may have interrupted its own thread under
 * the cache's or the depot's lock, where it would wait for ever, or commit into a magazine that is
 * on its way to the depot.
 *
 * fork. What other threads' caches hold is whole in the child, which fetches it as from threads
 * that rest, and the kernel's promises to sections and for fences hold there too. But a lock that
 * another thread held stays held, and so does a biased lock that its owner was inside of. So fork
 * while no other thread is in a call on the list; otherwise, only to exec. Threads that exit and
 * the background thread are no matter: forks wait until they are outside (impl/forks.h).
 */
#ifndef LOOKASIDE_MAGAZINE_H
#define LOOKASIDE_MAGAZINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "annotate.h"
#include "biased.h"
#include "bind/magazine.h"
#include "credits.h"
#include "magazine_depot.h"
#include "rseq.h"
#include "slots.h"
#include "strategy.h"

enum {
    MAGAZINE_LEAST_FULL = 4, /* no magazine is called full below this */
    MAGAZINE_PER_LIMIT = 8,  /* so many full ones make up a low limit */
    MAGAZINE_PER_LIMIT_ALONE = 4,
};

/* What a thread may want from others: entries on a miss, credits before a refusal. */
enum magazine_want { MAGAZINE_ENTRIES, MAGAZINE_CREDITS, MAGAZINE_NR_WANTS };

/* One thread's magazines of one list. Made once, then used by other threads until the list ends. */
struct magazine_cache {
    /* Line 0: the owner's slow path and visitors, under the lock. */
    _Alignas(LA_NO_SHARING) struct la_biased owner;
    uint32_t calm;                    /* the owner's operations under the lock since a visit */
    _Atomic(struct la_slab *) loaded; /* NULL: no magazine yet, or none left */
    _Atomic(struct la_slab *) previous;
    struct la_cell *cell;         /* of the owner; NULL: no owner */
    _Atomic uint64_t pops;        /* but for those that loaded's word has counted */
    _Atomic uint64_t moved_in;    /* entries that came from the depot, minus those that left other
                                     than by pop; modulo 2^64 */
    _Atomic uint32_t in_previous; /* its depth, for a hint that does not follow the pointer */
    bool hidden;                  /* the cell shows la_slab_away whatever is loaded */

    /* Line 1: rarely. */
    _Alignas(LA_CACHE_LINE) struct lookaside *list;
    struct magazine_cache *next; /* never changes once the cache is in the list */
    _Atomic bool owned;          /* some thread's; unowned ones have no magazines */
    /* When this thread may look at others again, in ticks of a processor's counter; its own. */
    uint64_t look_after[MAGAZINE_NR_WANTS];
    /* Its own, too, but a sign of life to who watches; see is_vain() in magazine.c. */
    _Atomic uint32_t vain[MAGAZINE_NR_WANTS];
    uint32_t news[MAGAZINE_NR_WANTS];
    /* Under visits: */
    bool chosen;          /* part of the visit that goes on */
    uint8_t penalty;      /* how often it went on after it was taken to rest */
    uint64_t seen_word;   /* of loaded, when it was chosen */
    uint64_t taken_at;    /* operations when others last took from it */
    uint64_t ticked_at;   /* the same at the last tick */
    uint64_t seen_vain;   /* the sum of vain, when it was chosen */
    struct la_slab *seen; /* loaded, when it was chosen */

    /* What its owners did beyond the sections (counts.h); only the owner writes. What guests do is
     * not counted: they have no line. */
    _Alignas(LA_CACHE_LINE) _Atomic uint64_t counts[LA_NR_COUNTS];
};

/* What all threads share, apart from the line that they all read. */
struct magazine_hub {
    _Alignas(LA_NO_SHARING) struct magazine_depot depot;
    struct la_credits credits;
    _Alignas(LA_NO_SHARING) pthread_mutex_t visits;
    _Atomic uint32_t nr_owned; /* caches; written when a thread comes or goes */
    _Atomic uint64_t pops;     /* by threads without caches */
};

struct magazine_state {
    /* What bound callers rely on, too. Constant after init. */
    ptrdiff_t area; /* of restartable sequences; 0: biased locks */
    size_t at;      /* bytes from la_cells_own to the cell, for direct slots */
    uint32_t slot;
    uint32_t nr_slots; /* of each magazine */
    struct magazine_hub *hub;
    _Atomic(struct magazine_cache *) caches; /* newest first; grows under visits */
};
LA_STATE_FITS(struct magazine_state);
_Static_assert(offsetof(struct magazine_cache, list) == LA_CACHE_LINE, "line 0 is one line");

/* What bound callers were compiled for: a change here needs a new LA_LAYOUT_MAGAZINE. */
_Static_assert(offsetof(struct magazine_state, area) == offsetof(struct la_magazine_view, area) &&
                   offsetof(struct magazine_state, at) == offsetof(struct la_magazine_view, at) &&
                   offsetof(struct la_cell, loaded) == 0 &&
                   offsetof(struct lookaside, bound) == 28 &&
                   offsetof(struct lookaside, state) == 64,
               "the layout of bound callers");

/* By the owner, so a load and a store do. Relaxed: statistics. */
static inline void magazine_note(struct magazine_cache *cache, enum la_count what, uint64_t nr)
{
    uint64_t before = atomic_load_explicit(&cache->counts[what], memory_order_relaxed);

    atomic_store_explicit(&cache->counts[what], before + nr, memory_order_relaxed);
}

/* Magazines in somebody's hands, linked, oldest first. */
struct magazine_hand {
    struct la_slab *first, *last;
    uint32_t entries;
};

static inline struct magazine_state *magazine_state(struct lookaside *list)
{
    return la_state(list);
}

static inline uint32_t magazine_limit(const struct lookaside *list)
{
    return atomic_load_explicit(&list->limit, memory_order_relaxed);
}

/* Acquire, as for previous: the magazine may be another thread's, and just made. */
static inline struct la_slab *magazine_loaded(const struct magazine_cache *cache)
{
    return atomic_load_explicit(&cache->loaded, memory_order_acquire);
}

static inline struct la_slab *magazine_previous(const struct magazine_cache *cache)
{
    return atomic_load_explicit(&cache->previous, memory_order_acquire);
}

/* Whether other threads have caches; a hint. */
static inline bool magazine_has_company(struct magazine_state *state)
{
    return magazine_hint(&state->hub->nr_owned) > 1;
}

/* Acquire: pairs with the release that adds a cache, so that next and the rest are seen. */
static inline struct magazine_cache *magazine_first(struct magazine_state *state)
{
    return atomic_load_explicit(&state->caches, memory_order_acquire);
}

/* The owner's exclusive access. The answer of the first goes to the second. */
bool magazine_own(const struct magazine_state *state, struct magazine_cache *cache);
void magazine_disown(const struct magazine_state *state, struct magazine_cache *cache,
                     bool without_lock);

/* With exclusive access: makes magazines (or NULL) loaded and previous. */
void magazine_load(struct magazine_cache *cache, struct la_slab *magazine);
void magazine_set_previous(struct magazine_cache *cache, struct la_slab *magazine);

/* With exclusive access: takes both magazines out into the hand, and gives unused credits back. */
void magazine_unload(struct magazine_state *state, struct magazine_cache *cache,
                     struct magazine_hand *hand);

/* Oldest first, so that the newest is on top, where a thread finds it. Counted for the owner of
 * mine, which calls; NULL for a drain, a tick or a guest. */
void magazine_put_back(struct magazine_state *state, struct magazine_cache *mine,
                       struct magazine_hand *hand);

/* With exclusive access, loaded being empty: brings entries into it from previous or the depot. */
bool magazine_refill(struct magazine_state *state, struct magazine_cache *cache);

enum magazine_verdict { MAGAZINE_KEPT, MAGAZINE_NEEDS_CREDIT, MAGAZINE_NEEDS_MAGAZINE };

/* With exclusive access: keeps the entry, or says what is missing. *spare is an empty magazine, or
 * NULL, which it is afterwards if the magazine was used. */
enum magazine_verdict magazine_try_push(struct lookaside *list, struct magazine_cache *cache,
                                        void *entry, struct la_slab **spare);

/* A cache for the calling thread, which has none; NULL without memory. */
struct magazine_cache *magazine_new_cache(struct lookaside *list);

/* The owner sends all it has to the depot. */
void magazine_give_all_up(struct magazine_state *state, struct magazine_cache *cache);

/* Called for the cache, value, of a thread that exits. */
void magazine_cache_exits(void *value);

/* Brings entries, or credits, of resting threads into the depot, or back to the limit, for the
 * thread of this cache; whether there were any. No lock held. */
bool magazine_fetch(struct lookaside *list, struct magazine_cache *mine, enum magazine_want want);

/* The same, of entries, for a thread without a cache: it waits for its turn, and is not told to
 * pause. */
bool magazine_fetch_for_guest(struct magazine_state *state);

/* The contract's operations that reach every thread. */
void *magazine_drain(struct lookaside *list, size_t keep);
void magazine_tick(struct lookaside *list);
void magazine_stats(struct lookaside *list, struct lookaside_strategy_stats *stats);
size_t magazine_count(struct lookaside *list);
unsigned magazine_counts(struct lookaside *list, uint64_t sums[LA_NR_COUNTS]);

/* What take and give do when the section found no entry, or no room. */
void *magazine_take_slow(struct lookaside *list);
void magazine_give_slow(struct lookaside *list, void *entry);

/* Of hardened lists; the last is what is left to do with an entry that is one. */
bool magazine_push_hardened(struct lookaside *list, void *entry);
void magazine_give_hardened_slow(struct lookaside *list, void *entry);
bool magazine_push_rest(struct lookaside *list, void *entry);

#endif
