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
 *     sequence = pushed + removed + 2 * renewed  (modulo 2^43)
 *     removed  = popped + drained
 * so every change moves the sequence, detaching all entries included, and nothing ever rewinds it;
 * and the statistics need no counter but `drained` and `renewed`, which only drain writes. The
 * limit is compared in the word that the compare-and-swap checks, so it is exact for any number of
 * threads. Also when it falls: a drain always changes the word, if need be by the sequence alone,
 * which `renewed` counts. So a push that had read the old limit fails to swap, and reads again; one
 * that came before is in the depth that drain looks at afterwards.
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
 * The hazard pointer costs no fence of its own while the thread finds what it left: each operation
 * announces, before its compare-and-swap, the entry that will be first if it succeeds, a push the
 * pushed one, a pop the next one, so the compare-and-swap that it needs anyway is also the fence.
 * Only a pop that finds another thread's entry first publishes it and looks again. What a thread
 * that went away left announced costs the one that refuses that very entry a membarrier, once.
 *
 * What else could have made that read safe, and what it measured (256-byte entries, two CPUs of a
 * virtual machine at 2.6 GHz, medians of seven to nine interleaved runs of prototypes in a loop
 * that costs 2.3; ns per pair of pop and push, per CPU; without waits after a lost compare-and-swap
 * where not said; "beyond": bursts of 64 with a limit of 32, so that every second free is refused):
 *
 *                                             pair     burst    beyond    pair    beyond
 *                                              1 thread                  2 threads
 *     no reclamation, limit or statistics     20.8      21.0      21.2     308
 *     the same, 64-bit swap in push           20.2      20.4               216
 *     fence in every pop                      25.1      25.3      30.0     402       272
 *     membarrier for every refused entry      21.1      21.4     110.4     315     12370
 *     carried announcements                   22.3      22.6      28.9     339       341
 *     this: carried, and waits (backoff.h)    22.5      22.6      28.9      66       180
 *     cells: index and tag in 64 bits,
 *       unused cells on a second stack        32.8      22.7               779
 *       unused cells with each thread         25.6      20.8               267
 *     array of slots, newest in the head,
 *       written by whoever comes next         23.9      24.1               456
 *
 * Cells need no hazards, but cells: with a second stack there are twice the swaps, on two hot
 * lines; kept by threads they gather with those who only pop, so they would need what the magazine
 * strategy has, and both prototypes do without limit and counters. They win where no thread has
 * company and the stack moves in bursts, by a tenth at most, and lose elsewhere. A 64-bit swap in
 * push leaves the depth out of the swapped word, so the limit would be exact no more. Restarting
 * the faulting load, as Windows does, needs the host's SIGSEGV; a grace period makes free routines
 * run late; a restartable sequence ends on preemption, not when another CPU frees.
 *
 * Progress: pop and a push that keeps are lock-free; a push that refuses and drain also wait for
 * pops that stand on the very entry. One line is all there is, so threads take turns on it: this
 * strategy is as good as its contention is low.
 */
#include <stdatomic.h>

#include "backoff.h"
#include "cas16.h"
#include "chain.h"
#include "finding.h"
#include "hazard.h"
#include "inject.h"
#include "spinlock.h"
#include "strategy.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* The first wait after a lost swap, in turns. Longer than under a lock: the winner needs two lines,
 * the head's and the entry's. 16 turns at first cost two threads half as much again. */
enum { DEPTH_BITS = 21, BULK = 32, FIRST_WAIT = 64 };
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
    uint64_t renewed; /* drains that found nothing to take, ever */
    uint64_t changes; /* the sequence, widened to 64 bits, at the last fold */
};
LA_STATE_FITS(struct slist_state);

static uint32_t depth_of(uint64_t word)
{
    return (uint32_t)(word & DEPTH_MASK);
}

/* Puts desired in place of expected. What the caller wrote before (link, entry) goes before the new
 * head, and what it reads after comes after the old one. slist_supported() keeps lists from here
 * that have no such swap. */
static inline bool swap_head(struct slist_head *head, struct snapshot expected,
                             struct snapshot desired)
{
    return la_cas16(head, &expected, &desired);
}

static bool slist_supported(const char **detail)
{
#if !LA_HAS_CAS16
    *detail = "this build has no lock-free 16-byte compare-and-swap";
    return false;
#elif defined(__x86_64__)
    unsigned eax, ebx, ecx, edx;

    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_CMPXCHG16B)) {
        *detail = "this CPU has no cmpxchg16b";
        return false;
    }
    *detail = "128-bit head by cmpxchg16b, carried hazard pointers";
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

/* Another entry than the announced one is first: announces it, and looks again whether it still is,
 * which makes it readable. */
static bool announce(struct slist_head *head, struct la_hazard *mine, struct snapshot *seen)
{
    void *first = seen->first;

    la_hazard_publish(mine, first);
    LA_INJECT(402);
    *seen = look(head);
    return seen->first == first;
}

/* Takes what was seen and may be read. */
static inline bool take(struct slist_head *head, struct la_hazard *mine, struct snapshot seen)
{
    struct snapshot rest;

    rest.first = la_chain_next(seen.first);
    LA_INJECT(403);
    rest.word = seen.word + ONE_CHANGE - 1;
    /* A link that was stale announces what may be no entry at all; the swap fails then. */
    la_hazard_carry(mine, rest.first);
    LA_INJECT(407);
    return swap_head(head, seen, rest);
}

/* Between enter and leave. */
static void *take_in_turn(struct slist_head *head, struct la_hazard *mine,
                          struct la_backoff *backoff)
{
    struct snapshot seen;

    for (;;) {
        seen = look(head);
        if (!seen.first)
            return NULL;
        LA_INJECT(411);
        if (!la_hazard_announced(mine, seen.first) && !announce(head, mine, &seen))
            continue;
        if (take(head, mine, seen))
            return seen.first;
        la_backoff_pause(backoff);
    }
}

/* Whatever the attempt in line could not do: register the thread, announce, wait for its turn, or
 * find nothing. lost: somebody else's change was in the way. */
static LA_COLD void *pop_slowly(struct lookaside *list, bool lost)
{
    struct slist_state *state = la_state(list);
    struct la_hazard *mine = la_hazard_mine();
    struct la_backoff backoff = {.turns = FIRST_WAIT};
    void *entry;

    /* Without memory for the record the pop is a miss. */
    if (!mine)
        return NULL;
    if (lost)
        la_backoff_pause(&backoff);
    la_hazard_enter(mine);
    entry = take_in_turn(&state->head, mine, &backoff);
    LA_INJECT(417);
    la_hazard_leave(mine);
    return entry;
}

/* One attempt; NULL if there is nothing, or it failed: *lost then says whether to somebody else. */
static LA_INLINE void *try_pop(struct lookaside *list, bool *lost)
{
    struct slist_state *state = la_state(list);
    struct la_hazard *mine = la_hazard_own;
    struct snapshot seen;

    *lost = false;
    if (LA_UNLIKELY(mine == NULL))
        return NULL;
    la_hazard_enter(mine);
    LA_INJECT(418);
    seen = look(&state->head);
    LA_INJECT(401);
    if (LA_UNLIKELY(!seen.first || !la_hazard_announced(mine, seen.first)))
        return NULL;
    *lost = !take(&state->head, mine, seen);
    if (LA_UNLIKELY(*lost))
        return NULL;
    LA_INJECT(416);
    la_hazard_leave(mine);
    return seen.first;
}

static LA_HOT void *slist_pop(struct lookaside *list)
{
    bool lost;
    void *entry = try_pop(list, &lost);

    return LA_LIKELY(entry != NULL) ? entry : pop_slowly(list, lost);
}

static LA_COLD void *take_slowly(struct lookaside *list, bool lost)
{
    void *entry = pop_slowly(list, lost);

    return entry ? entry : lookaside_alloc_miss(list);
}

static LA_HOT void *slist_take(struct lookaside *list)
{
    bool lost;
    void *entry = try_pop(list, &lost);

    return LA_LIKELY(entry != NULL) ? entry : take_slowly(list, lost);
}

/* Links the entry in front of what was seen, and makes it the first. */
static inline bool put_first(struct slist_head *head, struct snapshot seen, void *entry)
{
    struct la_hazard *mine = la_hazard_own; /* NULL before the thread's first pop */
    struct snapshot desired = {.first = entry, .word = seen.word + ONE_CHANGE + 1};

    la_chain_set_next(entry, seen.first);
    LA_INJECT(404);
    if (LA_LIKELY(mine != NULL))
        la_hazard_carry(mine, entry);
    LA_INJECT(413);
    return swap_head(head, seen, desired);
}

static LA_INLINE bool is_full(const struct lookaside *list, struct snapshot seen)
{
    return depth_of(seen.word) >= atomic_load_explicit(&list->limit, memory_order_relaxed);
}

/* No entry of ours, or one that is first already: pushed again it would be linked to itself. */
static LA_INLINE bool is_impossible(struct snapshot seen, const void *entry)
{
    return seen.first == entry || (uintptr_t)entry % sizeof(void *) != 0;
}

/* One attempt; the link that the entry had goes to *saved, unless the list is full. */
static LA_INLINE bool try_push(struct lookaside *list, void *entry, void **saved, bool *full)
{
    struct slist_state *state = la_state(list);
    struct snapshot seen = look(&state->head);

    LA_INJECT(415);
    *full = is_full(list, seen);
    if (LA_UNLIKELY(*full))
        return false;
    *saved = la_chain_next(entry);
    if (LA_UNLIKELY(is_impossible(seen, entry)))
        return false;
    return put_first(&state->head, seen, entry);
}

/* After an attempt that failed. A link written for nothing is put back, as the free routine may
 * look. */
static LA_COLD bool push_slowly(struct lookaside *list, void *entry, void *saved, bool full)
{
    struct slist_state *state = la_state(list);
    struct la_backoff backoff = {.turns = FIRST_WAIT};
    struct snapshot seen;

    while (!full) {
        la_backoff_pause(&backoff);
        seen = look(&state->head);
        full = is_full(list, seen);
        if (is_impossible(seen, entry)) {
            /* Neither kept nor anybody's to release. */
            la_finding_refused(list, entry);
            return true;
        }
        if (full)
            la_chain_set_next(entry, saved);
        else if (put_first(&state->head, seen, entry))
            return true;
    }
    LA_INJECT(406);
    la_hazard_wait_for(entry);
    return false;
}

static LA_HOT bool slist_push(struct lookaside *list, void *entry)
{
    void *saved = NULL;
    bool full;

    return LA_LIKELY(try_push(list, entry, &saved, &full)) || push_slowly(list, entry, saved, full);
}

static LA_COLD void give_slowly(struct lookaside *list, void *entry, void *saved, bool full)
{
    if (!push_slowly(list, entry, saved, full))
        lookaside_free_miss(list, entry);
}

static LA_HOT void slist_give(struct lookaside *list, void *entry)
{
    void *saved = NULL;
    bool full;

    if (LA_UNLIKELY(!try_push(list, entry, &saved, &full)))
        give_slowly(list, entry, saved, full);
}

/* Puts entries[0 .. nr-1] on the stack, the last one on top, or as many of them as the limit
 * allows, in one change. The number is returned; links of the others are as they were. */
static uint32_t put(struct lookaside *list, void *const *entries, uint32_t nr)
{
    struct slist_state *state = la_state(list);
    struct slist_head *head = &state->head;
    void *saved[BULK];
    struct snapshot seen = look(head), desired;
    struct la_backoff backoff = {.turns = FIRST_WAIT};
    struct la_hazard *mine = la_hazard_own; /* NULL before the thread's first pop */
    uint32_t linked = 0, fits;

    for (;;) {
        uint32_t depth = depth_of(seen.word);
        uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);

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
        LA_INJECT(412);
        desired.first = entries[fits - 1];
        desired.word = seen.word + fits * (ONE_CHANGE + 1);
        if (LA_LIKELY(mine != NULL))
            la_hazard_carry(mine, desired.first);
        LA_INJECT(414);
        if (LA_LIKELY(swap_head(head, seen, desired)))
            return fits;
        la_backoff_pause(&backoff);
        seen = look(head);
    }
}

static size_t slist_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    size_t kept = 0;

    while (kept < nr) {
        uint32_t batch = nr - kept < BULK ? (uint32_t)(nr - kept) : BULK;
        uint32_t put_now = put(list, entries + kept, batch);

        kept += put_now;
        if (put_now < batch)
            break;
    }
    for (size_t i = kept; i < nr; i++)
        la_hazard_wait_for(entries[i]);
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
    LA_INJECT(419);
    state->drained += depth_of(seen.word);
    return seen.first;
}

/* Under the folding lock. A stack gives its newest only, so these go, one by one. */
static void *pop_down_to(struct lookaside *list, size_t keep)
{
    struct slist_state *state = la_state(list);
    void *newest = NULL, *last = NULL, *entry;

    while (depth_of(atomic_load_explicit(&state->head.word, memory_order_relaxed)) > keep &&
           (entry = slist_pop(list))) {
        LA_INJECT(420);
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

/* Under the folding lock. Moves the sequence by what a push and a removal would: pushes that have
 * looked look again, and then see the limit that was set before this. */
static void renew(struct slist_state *state)
{
    struct snapshot seen, next;

    do {
        seen = next = look(&state->head);
        LA_INJECT(421);
        next.word += 2 * ONE_CHANGE;
    } while (!swap_head(&state->head, seen, next));
    state->renewed++;
}

/* Drain must not fail: without a record, all goes. */
static void *take_out(struct lookaside *list, size_t keep)
{
    bool can_pop = keep > 0 && la_hazard_mine();

    return can_pop ? pop_down_to(list, keep) : detach_all(la_state(list));
}

static void *slist_drain(struct lookaside *list, size_t keep)
{
    struct slist_state *state = la_state(list);
    void *chain;

    /* The lock is for `drained` and `renewed`, which must agree with the head whenever statistics
     * look; pop and push do not know it. */
    la_spin_lock(&state->folding);
    chain = take_out(list, keep);
    if (!chain) {
        renew(state);
        /* A push by the old limit may have come before that; none comes after. */
        chain = take_out(list, keep);
    }
    la_spin_unlock(&state->folding);
    LA_INJECT(422);
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
        .pushes = (state->changes + depth) / 2 - state->renewed,
        .pops = (state->changes - depth) / 2 - state->renewed - state->drained,
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
    .take = slist_take,
    .give = slist_give,
    .drain = slist_drain,
    .stats = slist_stats,
    .supported = slist_supported,
    .tick = slist_tick,
    .count = slist_count,
    .push_bulk = slist_push_bulk,
};
