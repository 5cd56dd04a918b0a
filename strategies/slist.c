/* SPDX-License-Identifier: MIT */
/*
 * slist.c: one lock-free stack for all threads, with links in the entries and a tagged 128-bit
 * head, as Windows keeps its SLISTs (after Treiber, 1986, "Systems Programming: Coping with
 * Parallelism").
 *
 *     head = { first entry, word }     word = sequence (43 bits) : depth (21 bits)
 *
 * Invariants. With `pushed` and `removed` the numbers of entries that ever went in and out:
 *     depth    = pushed - removed <= limit
 *     sequence = pushed + removed  (modulo 2^43)
 *     removed  = popped + drained
 * so every change moves the sequence, detaching all entries included, and nothing ever rewinds it;
 * and the statistics need no counter but `drained`, which only drain writes. The limit is compared
 * in the word that the compare-and-swap checks, so it is exact for any number of threads.
 *
 * No ABA. Pop reads the word, then the first entry's link, then swaps if the head is still what it
 * was. An equal word means that no entry went in or out in between, hence the link is the one that
 * the entry had while it was first. A thread would have to stall for exactly 2^43 changes, more
 * than a day at the rate that one line can change hands, and find the same entry first, to be
 * fooled.
 *
 * No use of gone memory. Links are read by threads that do not own the entry, and a free routine
 * may unmap it at once. Entries leave to a free routine in two places, a refused push and drain,
 * and both wait until no stalled pop stands on what they hand out (hazard.h). An entry that pop
 * gave away may still be looked at, by a pop whose compare-and-swap will then fail: it is mapped,
 * because it comes back through the list before a free routine sees it. An owner that unmaps an
 * entry itself, past the list, has to do so when no other thread is in a call on this list.
 *
 * What else could have made that read safe. A fence by membarrier on the reclaimer's side: makes a
 * pair of pop and push 4 ns of 25 cheaper (two-CPU virtual machine), and every refused entry 0.2 to
 * 0.4 us dearer, more with more CPUs, where one load per thread does it now; a burst beyond the
 * limit then costs three times as much. Cells apart from the entries: a second stack, of unused
 * cells, so twice the swaps on the hot line. A grace period: free routines would run late.
 * Restarting the faulting load: needs the host's SIGSEGV.
 *
 * Progress: pop and a push that keeps are lock-free; a push that refuses and drain also wait for
 * pops that stand on the very entry. One line is all there is, so threads take turns on it: this
 * strategy is as good as its contention is low.
 */
#include <stdatomic.h>

#include "chain.h"
#include "hazard.h"
#include "inject.h"
#include "spinlock.h"
#include "strategy.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__SIZEOF_INT128__) && \
    (defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16) || defined(__aarch64__))
#define HAVE_CAS16 1
__extension__ typedef unsigned __int128 uint128;
#else
#define HAVE_CAS16 0
#endif

enum { DEPTH_BITS = 21, BULK = 32 };
#define ONE_CHANGE (UINT64_C(1) << DEPTH_BITS)
#define DEPTH_MASK (ONE_CHANGE - 1)
_Static_assert(LOOKASIDE_DEPTH_LIMIT <= DEPTH_MASK, "every depth must fit in its field");

/* A head as one thread saw it, maybe torn: only the compare-and-swap tells. */
struct snapshot {
    _Alignas(16) void *first;
    uint64_t word;
};

struct slist_head {
    _Alignas(16) _Atomic(void *) first; /* newest entry */
    _Atomic uint64_t word;
};

struct slist_state {
    struct slist_head head;                             /* line 1: pop and push */
    _Alignas(LA_CACHE_LINE) struct la_spinlock folding; /* line 2: drain, statistics, ticks */
    uint64_t drained;                                   /* entries that drain took, ever */
    uint64_t changes; /* the sequence, widened to 64 bits, at the last fold */
};
LA_STATE_FITS(struct slist_state);

static uint32_t depth_of(uint64_t word)
{
    return (uint32_t)(word & DEPTH_MASK);
}

/* Puts desired in place of expected. A full barrier: what the caller wrote before (link, entry)
 * goes before the new head, and what it reads after comes after the old one. The compiler's
 * builtin, because C11's 16-byte operation may be a call that takes a lock. */
static inline bool swap_head(struct slist_head *head, struct snapshot expected,
                             struct snapshot desired)
{
#if HAVE_CAS16
    uint128 from, to;

    __builtin_memcpy(&from, &expected, sizeof from);
    __builtin_memcpy(&to, &desired, sizeof to);
    return __sync_bool_compare_and_swap((uint128 *)(void *)head, from, to);
#else
    (void)head, (void)expected, (void)desired;
    __builtin_trap(); /* slist_supported() keeps lists from getting here */
#endif
}

static bool slist_supported(const char **detail)
{
#if !HAVE_CAS16
    *detail = "this build has no lock-free 16-byte compare-and-swap";
    return false;
#elif defined(__x86_64__)
    unsigned eax, ebx, ecx, edx;

    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_CMPXCHG16B)) {
        *detail = "this CPU has no cmpxchg16b";
        return false;
    }
    *detail = "128-bit head by cmpxchg16b, hazard pointers";
    return true;
#else
    *detail = "128-bit head by the compiler's compare-and-swap, hazard pointers";
    return true;
#endif
}

static int slist_init(struct lookaside *list)
{
    (void)list;
    return 0;
}

static void slist_fini(struct lookaside *list)
{
    (void)list;
}

/* What the head is now. The word comes first: an entry and link read later belong to it or to a
 * later one, and then the swap fails. Sequentially consistent, for pop: its second look after the
 * hazard is published (hazard.h). Costs nothing on x86-64. */
static inline struct snapshot look(struct slist_head *head)
{
    struct snapshot seen;

    seen.word = atomic_load_explicit(&head->word, memory_order_seq_cst);
    seen.first = atomic_load_explicit(&head->first, memory_order_seq_cst);
    return seen;
}

static void *take(struct slist_head *head, struct la_hazard *mine)
{
    struct snapshot seen, rest;
    /* Relaxed: a guess, looked at again below. */
    void *first = atomic_load_explicit(&head->first, memory_order_relaxed);

    while (first) {
        LA_INJECT(401);
        la_hazard_publish(mine, first);
        seen = look(head);
        if (LA_UNLIKELY(seen.first != first)) {
            first = seen.first;
            continue;
        }
        LA_INJECT(402);
        rest.first = la_chain_next(first);
        LA_INJECT(403);
        rest.word = seen.word + ONE_CHANGE - 1;
        if (LA_LIKELY(swap_head(head, seen, rest)))
            break;
        first = atomic_load_explicit(&head->first, memory_order_relaxed);
    }
    la_hazard_clear(mine);
    return first;
}

static LA_HOT void *slist_pop(struct lookaside *list)
{
    struct slist_state *state = la_state(list);
    struct la_hazard *mine = la_hazard_mine();

    /* Without memory for the record the pop is a miss. */
    return LA_LIKELY(mine != NULL) ? take(&state->head, mine) : NULL;
}

/* Puts entries[0 .. nr-1] on the stack, the last one on top, or as many of them as the limit
 * allows, in one change. The number is returned; links of the others are as they were. */
static inline uint32_t put(struct slist_head *head, uint32_t limit, void *const *entries,
                           uint32_t nr)
{
    void *saved[BULK];
    struct snapshot seen = look(head), desired;
    uint32_t linked = 0, fits;

    for (;;) {
        uint32_t depth = depth_of(seen.word);

        fits = depth >= limit ? 0 : limit - depth < nr ? limit - depth : nr;
        /* Only a kept entry may be written to: a link made for an attempt that failed goes. */
        for (; linked > fits; linked--)
            la_chain_set_next(entries[linked - 1], saved[linked - 1]);
        if (fits == 0)
            return 0;
        for (; linked < fits; linked++) {
            saved[linked] = la_chain_next(entries[linked]);
            if (linked > 0)
                la_chain_set_next(entries[linked], entries[linked - 1]);
        }
        la_chain_set_next(entries[0], seen.first);
        LA_INJECT(404);
        desired.first = entries[fits - 1];
        desired.word = seen.word + fits * (ONE_CHANGE + 1);
        if (LA_LIKELY(swap_head(head, seen, desired)))
            return fits;
        seen = look(head);
    }
}

static LA_HOT bool slist_push(struct lookaside *list, void *entry)
{
    struct slist_state *state = la_state(list);
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);

    if (LA_LIKELY(put(&state->head, limit, &entry, 1) == 1))
        return true;
    LA_INJECT(406);
    /* It goes to the free routine now. */
    la_hazard_wait_for(entry);
    return false;
}

static size_t slist_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    struct slist_state *state = la_state(list);
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    size_t kept = 0;

    while (kept < nr) {
        uint32_t batch = nr - kept < BULK ? (uint32_t)(nr - kept) : BULK;
        uint32_t put_now = put(&state->head, limit, entries + kept, batch);

        kept += put_now;
        if (put_now < batch)
            break;
    }
    if (kept < nr)
        la_hazard_wait_for_all();
    return kept;
}

/* Under the folding lock. Everything in one change, newest first as it is linked. */
static void *detach_all(struct slist_state *state)
{
    struct snapshot seen, empty = {0};

    do {
        seen = look(&state->head);
        if (!seen.first)
            return NULL;
        LA_INJECT(405);
        empty.word = seen.word - depth_of(seen.word) + depth_of(seen.word) * ONE_CHANGE;
    } while (!swap_head(&state->head, seen, empty));
    state->drained += depth_of(seen.word);
    return seen.first;
}

/* Under the folding lock. A stack gives its newest only, so these go, one by one. */
static void *pop_down_to(struct slist_state *state, size_t keep, struct la_hazard *mine)
{
    void *newest = NULL, *last = NULL, *entry;

    while (depth_of(atomic_load_explicit(&state->head.word, memory_order_relaxed)) > keep &&
           (entry = take(&state->head, mine))) {
        if (last)
            la_chain_set_next(last, entry);
        else
            newest = entry;
        last = entry;
        state->drained++;
    }
    if (last)
        la_chain_set_next(last, NULL);
    return newest;
}

static void *slist_drain(struct lookaside *list, size_t keep)
{
    struct slist_state *state = la_state(list);
    struct la_hazard *mine = keep > 0 ? la_hazard_mine() : NULL;
    void *chain;

    /* The lock is for `drained`, which must agree with the head whenever statistics look; pop and
     * push do not know it. Drain must not fail: without a record, all goes. */
    la_spin_lock(&state->folding);
    chain = mine ? pop_down_to(state, keep, mine) : detach_all(state);
    la_spin_unlock(&state->folding);
    if (chain)
        la_hazard_wait_for_all();
    return chain;
}

/* Under the folding lock. Widens the sequence, which wraps after 2^43 changes: a day and more of
 * the fastest traffic, so one statistics call or tick a day keeps the counters exact. */
static uint32_t fold(struct slist_state *state)
{
    uint64_t word = atomic_load_explicit(&state->head.word, memory_order_relaxed);
    uint64_t gained = ((word >> DEPTH_BITS) - state->changes) << DEPTH_BITS >> DEPTH_BITS;

    state->changes += gained;
    return depth_of(word);
}

static void slist_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct slist_state *state = la_state(list);
    uint32_t depth;

    la_spin_lock(&state->folding);
    depth = fold(state);
    *stats = (struct lookaside_strategy_stats){
        .pushes = (state->changes + depth) / 2,
        .pops = (state->changes - depth) / 2 - state->drained,
        .held = depth,
    };
    la_spin_unlock(&state->folding);
}

static void slist_tick(struct lookaside *list)
{
    struct slist_state *state = la_state(list);

    la_spin_lock(&state->folding);
    fold(state);
    la_spin_unlock(&state->folding);
}

static size_t slist_count(struct lookaside *list)
{
    struct slist_state *state = la_state(list);

    return depth_of(atomic_load_explicit(&state->head.word, memory_order_relaxed));
}

const struct lookaside_strategy la_strategy_slist = {
    .name = "slist",
    .summary = "one lock-free stack with a tagged 128-bit head",
    .init = slist_init,
    .fini = slist_fini,
    .pop = slist_pop,
    .push = slist_push,
    .drain = slist_drain,
    .stats = slist_stats,
    .supported = slist_supported,
    .tick = slist_tick,
    .count = slist_count,
    .push_bulk = slist_push_bulk,
};
