/* SPDX-License-Identifier: MIT */
/*
 * magazine_remote.c: visits to other threads' magazines: for entries, for credits, to drain, at a
 * tick, and for statistics. magazine.h argues why a visitor is alone.
 *
 * A fence costs as much as a thousand pops, so a thread asks first whether it pays. A look reads
 * the other caches' words, watches those that have what is wanted for a moment, and leaves alone
 * all whose words change, or which miss or refuse: their owners are at work, and would call it back
 * at once. What is left rests, and is visited with one fence for all. A look that found nothing is
 * not repeated for many times what it cost; a cache that was wrongly taken to rest is watched
 * longer next time. So a thread that is alone gets everything before a miss or a refusal, and
 * threads that compete do not interrupt each other.
 */
#include "magazine.h"

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "inject.h"

/* Of a processor's counter, or nanoseconds where there is none. */
enum {
    WATCH_TICKS = 512,         /* how long a cache must rest */
    MAX_PENALTY = 8,           /* doublings of it */
    PAUSE_FACTOR = 32,         /* a vain look's cost, times this, until the next */
    MAX_PAUSE_TICKS = 1 << 19, /* whatever a look seemed to cost: it may have been preempted */
};

static inline uint64_t now_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return la_now_ns();
#endif
}

/* --- what a cache seems to have; under visits, but its owner may be at work --- */

static uint32_t depth_of(const struct la_slab *magazine)
{
    return magazine ? la_slab_depth(magazine) : 0;
}

static uint32_t capacity_of(const struct la_slab *magazine)
{
    return magazine ? la_slab_capacity(magazine) : 0;
}

static uint64_t word_of(const struct la_slab *magazine)
{
    return magazine ? la_slab_word(magazine) : 0;
}

static uint32_t entries_in(const struct magazine_cache *cache)
{
    return depth_of(magazine_loaded(cache)) + depth_of(magazine_previous(cache));
}

static uint32_t capacity_in(const struct magazine_cache *cache)
{
    return capacity_of(magazine_loaded(cache)) + capacity_of(magazine_previous(cache));
}

static bool has(const struct magazine_cache *cache, enum magazine_want want)
{
    uint32_t entries = entries_in(cache);

    return want == MAGAZINE_ENTRIES ? entries > 0 : capacity_in(cache) > entries;
}

static uint64_t pops_of(const struct magazine_cache *cache)
{
    /* Acquire: pairs with the release in fold_pops(), see there. */
    uint64_t pops = atomic_load_explicit(&cache->pops, memory_order_acquire);

    return pops + (word_of(magazine_loaded(cache)) >> LA_SLAB_POPS_SHIFT);
}

static uint64_t pushes_of(const struct magazine_cache *cache)
{
    return pops_of(cache) + entries_in(cache) -
           atomic_load_explicit(&cache->moved_in, memory_order_relaxed);
}

/* --- visits: under visits --- */

/* Puts la_slab_away in the owner's cell; whether a section may have found a slab there before.
 * Under the cache's lock. */
static bool hide(struct magazine_cache *cache)
{
    bool shown = !cache->hidden && cache->cell && magazine_loaded(cache);

    cache->hidden = true;
    cache->calm = 0;
    /* Sequentially consistent: before the fence that follows. */
    if (shown)
        atomic_store_explicit(&cache->cell->loaded, &la_slab_away, memory_order_seq_cst);
    return shown;
}

static void visit_cells(struct magazine_state *state, bool wait)
{
    bool shown = false;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (!cache->chosen)
            continue;
        if (wait)
            la_spin_lock(&cache->owner.lock);
        else
            cache->chosen = la_spin_try_lock(&cache->owner.lock);
        if (cache->chosen)
            shown |= hide(cache);
    }
    LA_INJECT(605);
    if (shown)
        la_rseq_fence_all();
    LA_INJECT(611);
}

static void visit_biased(struct magazine_state *state)
{
    bool fence = false;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next)
        fence |= cache->chosen && la_biased_announce(&cache->owner);
    LA_INJECT(635);
    if (fence)
        la_biased_fence();
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (cache->chosen)
            la_biased_visit(&cache->owner);
    }
}

/* Exclusive access to the chosen caches; without wait, those of them whose owners are inside their
 * locks are chosen no longer. */
static void visit_chosen(struct magazine_state *state, bool wait)
{
    if (state->area)
        visit_cells(state, wait);
    else
        visit_biased(state);
}

static void end_visits(struct magazine_state *state)
{
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (cache->chosen)
            la_spin_unlock(&cache->owner.lock);
        cache->chosen = false;
    }
}

/* --- fetching --- */

/* Changes with every operation of the owner's that is in vain, and before it looks at others. */
static uint64_t vain_of(const struct magazine_cache *cache)
{
    return ((uint64_t)magazine_hint(&cache->vain[MAGAZINE_ENTRIES]) << 32) +
           magazine_hint(&cache->vain[MAGAZINE_CREDITS]);
}

static bool changed(const struct magazine_cache *cache)
{
    return magazine_loaded(cache) != cache->seen || word_of(cache->seen) != cache->seen_word ||
           vain_of(cache) != cache->seen_vain;
}

/* Chooses those that have what is wanted; how many. */
static unsigned choose_wanted(struct magazine_state *state, const struct magazine_cache *mine,
                              enum magazine_want want)
{
    unsigned nr = 0;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        cache->chosen = cache != mine && has(cache, want);
        cache->seen = magazine_loaded(cache);
        cache->seen_word = word_of(cache->seen);
        cache->seen_vain = vain_of(cache);
        nr += cache->chosen;
    }
    return nr;
}

/* Watches those that are chosen until each has rested long enough or is chosen no longer; how many
 * are left. */
static unsigned watch_chosen(struct magazine_state *state)
{
    uint64_t start = now_ticks(), passed;
    unsigned nr, nr_due;

    do {
        la_cpu_relax();
        passed = now_ticks() - start;
        nr = nr_due = 0;
        for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
            cache->chosen = cache->chosen && !changed(cache);
            nr += cache->chosen;
            nr_due += cache->chosen && passed >= (uint64_t)WATCH_TICKS << cache->penalty;
        }
    } while (nr_due < nr);
    return nr;
}

/* Gives unused credits back to the list; how many. */
static uint32_t strip(struct magazine_state *state, struct magazine_cache *cache)
{
    struct la_slab *magazines[] = {magazine_previous(cache), magazine_loaded(cache)};
    uint32_t unused = capacity_in(cache) - entries_in(cache);

    for (unsigned i = 0; i < 2; i++) {
        if (magazines[i])
            la_slab_set_capacity(magazines[i], la_slab_depth(magazines[i]));
    }
    LA_INJECT(636);
    la_credits_return(&state->hub->credits, unused);
    return unused;
}

/* One that went on since others took from it did not rest. */
static void note_taken(struct magazine_cache *cache)
{
    uint64_t operations = pops_of(cache) + pushes_of(cache);

    if (cache->taken_at != operations && cache->penalty < MAX_PENALTY)
        cache->penalty++;
    cache->taken_at = operations;
}

static bool take_wanted(struct magazine_state *state, struct magazine_cache *mine,
                        enum magazine_want want)
{
    struct magazine_hand hand = {0};
    uint32_t got = 0, nr = 0;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (!cache->chosen || changed(cache))
            continue;
        note_taken(cache);
        nr++;
        if (want == MAGAZINE_ENTRIES)
            magazine_unload(state, cache, &hand);
        else
            got += strip(state, cache);
    }
    LA_INJECT(637);
    got += hand.entries;
    magazine_put_back(state, mine, &hand);
    if (mine) {
        magazine_note(mine, LA_COUNT_FETCHES, nr);
        magazine_note(mine, LA_COUNT_CREDITS, nr);
    }
    return got > 0;
}

static bool fetch(struct magazine_state *state, struct magazine_cache *mine,
                  enum magazine_want want)
{
    bool found = choose_wanted(state, mine, want) > 0 && watch_chosen(state) > 0;

    if (found) {
        LA_INJECT(638);
        visit_chosen(state, false);
        found = take_wanted(state, mine, want);
    }
    end_visits(state);
    return found;
}

/* Whether time has come. What is further ahead than the longest pause was set by another clock:
 * counters of CPUs may differ, and that of one that was offline may have begun anew. */
static bool is_due(uint64_t after, uint64_t now)
{
    return after == now || after - now > MAX_PAUSE_TICKS;
}

bool magazine_fetch(struct lookaside *list, struct magazine_cache *mine, enum magazine_want want)
{
    struct magazine_state *state = magazine_state(list);
    uint64_t start = now_ticks(), end, pause;
    bool found;

    if (!is_due(mine->look_after[want], start) || pthread_mutex_trylock(&state->hub->visits) != 0)
        return false;
    la_slow_note(LA_SLOW_OTHERS);
    found = fetch(state, mine, want);
    pthread_mutex_unlock(&state->hub->visits);
    if (found)
        return true;
    end = now_ticks();
    pause = (end - start) * PAUSE_FACTOR;
    mine->look_after[want] = end + (pause < MAX_PAUSE_TICKS ? pause : MAX_PAUSE_TICKS);
    return false;
}

bool magazine_fetch_for_guest(struct magazine_state *state)
{
    bool found;

    la_slow_note(LA_SLOW_OTHERS);
    pthread_mutex_lock(&state->hub->visits);
    found = fetch(state, NULL, MAGAZINE_ENTRIES);
    pthread_mutex_unlock(&state->hub->visits);
    return found;
}

/* --- draining: under visits --- */

/* Empties the depot. Its magazines are older than those in the hand. */
static void gather_depot(struct magazine_state *state, struct magazine_hand *hand)
{
    struct la_slab *chain = magazine_depot_detach_filled(&state->hub->depot), *magazine;

    while ((magazine = chain)) {
        chain = magazine_next(magazine);
        magazine_set_next(magazine, hand->first);
        hand->first = magazine;
        if (!hand->last)
            hand->last = magazine;
        hand->entries += la_slab_depth(magazine);
    }
}

/* Takes everything that is held now into the hand, and all unused credits back. All caches are
 * visited: what their owners are doing cannot tell whether they are empty. No cache can be added
 * meanwhile, and while all are locked nothing moves to or from the depot; credits of its empties
 * that were left for later would serve pushes against a limit that has fallen. */
static void gather(struct magazine_state *state, struct magazine_hand *hand)
{
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next)
        cache->chosen = true;
    visit_chosen(state, true);
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        magazine_unload(state, cache, hand);
        cache->penalty = 0;
    }
    LA_INJECT(607);
    gather_depot(state, hand);
    la_credits_return(&state->hub->credits, magazine_depot_strip(&state->hub->depot));
    end_visits(state);
    LA_INJECT(608);
}

/* What leaves the list: whole magazines, then the oldest entries of one more. */
struct surplus {
    struct la_slab *first, *last;
    void *rest[MAGAZINE_SLOTS];
    uint32_t nr_rest;
};

static void surplus_add(struct surplus *surplus, struct la_slab *magazine)
{
    magazine_set_next(magazine, NULL);
    if (surplus->last)
        magazine_set_next(surplus->last, magazine);
    else
        surplus->first = magazine;
    surplus->last = magazine;
}

/* Moves the nr oldest entries out of the hand. */
static void cut(struct magazine_hand *hand, uint32_t nr, struct surplus *surplus)
{
    struct la_slab *magazine;
    uint32_t depth;

    while (nr > 0 && (depth = la_slab_depth(hand->first)) <= nr) {
        magazine = hand->first;
        hand->first = magazine_next(magazine);
        surplus_add(surplus, magazine);
        nr -= depth;
    }
    if (nr > 0) {
        struct la_slab *next;

        magazine = hand->first;
        next = magazine_next(magazine);
        depth = la_slab_depth(magazine) - nr;
        memcpy(surplus->rest, magazine->slots, nr * sizeof *magazine->slots);
        memmove(magazine->slots, magazine->slots + nr, depth * sizeof *magazine->slots);
        surplus->nr_rest = nr;
        atomic_store_explicit(&magazine->word, depth, memory_order_relaxed);
        la_slab_set_capacity(magazine, depth);
        magazine_set_next(magazine, next);
    }
}

/* The surplus's credits are returned when its entries are out of every count. */
static void take_surplus(struct magazine_state *state, size_t keep, struct surplus *surplus)
{
    struct magazine_hand hand = {0};
    uint32_t nr;

    pthread_mutex_lock(&state->hub->visits);
    gather(state, &hand);
    nr = hand.entries > keep ? hand.entries - (uint32_t)keep : 0;
    cut(&hand, nr, surplus);
    LA_INJECT(639);
    magazine_put_back(state, NULL, &hand);
    LA_INJECT(640);
    la_credits_return(&state->hub->credits, nr);
    pthread_mutex_unlock(&state->hub->visits);
}

static void *chain_slots(void *chain, void **slots, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++) {
        la_handed_over(slots[i]);
        la_chain_set_next(slots[i], chain);
        chain = slots[i];
    }
    return chain;
}

void *magazine_drain(struct lookaside *list, size_t keep)
{
    struct magazine_state *state = magazine_state(list);
    struct surplus surplus = {0};
    struct la_slab *magazine;
    void *chain = NULL;

    /* Nothing is held beyond the claims: ticks and trims to the limit end here. */
    if (la_credits_settled(&state->hub->credits) <= keep)
        return NULL;
    take_surplus(state, keep, &surplus);
    while ((magazine = surplus.first)) {
        surplus.first = magazine_next(magazine);
        chain = chain_slots(chain, magazine->slots, la_slab_depth(magazine));
        atomic_store_explicit(&magazine->word, 0, memory_order_relaxed);
        la_slab_set_capacity(magazine, 0);
        LA_INJECT(641);
        magazine_depot_put(&state->hub->depot, magazine);
    }
    return chain_slots(chain, surplus.rest, surplus.nr_rest);
}

/* --- statistics --- */

/* Under visits. A word that has counted half of what it can is folded in, lest it wraps. */
static void fold_large_counts(struct magazine_state *state)
{
    bool any = false;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        cache->chosen = word_of(magazine_loaded(cache)) >> 63 != 0;
        any |= cache->chosen;
    }
    if (LA_LIKELY(!any))
        return;
    visit_chosen(state, true);
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (cache->chosen)
            magazine_load(cache, magazine_loaded(cache));
    }
    end_visits(state);
}

static uint32_t claimed_of(struct magazine_state *state)
{
    return la_credits_claimed(&state->hub->credits);
}

/* An entry that moves while we count may be in the sum twice; the claims bound the truth. */
static size_t bounded(struct magazine_state *state, size_t held)
{
    uint32_t claimed = claimed_of(state);

    return held < claimed ? held : claimed;
}

size_t magazine_count(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    size_t held = magazine_hint(&state->hub->depot.entries);

    pthread_mutex_lock(&state->hub->visits);
    LA_INJECT(646);
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next)
        held += entries_in(cache);
    pthread_mutex_unlock(&state->hub->visits);
    return bounded(state, held);
}

/* The locks keep exchanges out, so that words and counters belong together; a biased owner is not
 * kept out, and then they lag. */
void magazine_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct magazine_state *state = magazine_state(list);
    size_t held;

    *stats = (struct lookaside_strategy_stats){
        .pops = atomic_load_explicit(&state->hub->pops, memory_order_relaxed)};
    pthread_mutex_lock(&state->hub->visits);
    fold_large_counts(state);
    held = magazine_hint(&state->hub->depot.entries);
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        la_spin_lock(&cache->owner.lock);
        stats->pops += pops_of(cache);
        stats->pushes += pushes_of(cache);
        LA_INJECT(645);
        held += entries_in(cache);
        la_spin_unlock(&cache->owner.lock);
    }
    pthread_mutex_unlock(&state->hub->visits);
    stats->held = bounded(state, held);
}

unsigned magazine_counts(struct lookaside *list, uint64_t sums[LA_NR_COUNTS])
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_depot *depot = &state->hub->depot;

    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        for (unsigned what = 0; what < LA_NR_COUNTS; what++)
            sums[what] += atomic_load_explicit(&cache->counts[what], memory_order_relaxed);
        sums[LA_COUNT_LOCK_WAITS] += magazine_hint(&cache->owner.waits);
    }
    la_spin_lock(&depot->lock);
    sums[LA_COUNT_LOCK_WAITS] += depot->waits;
    la_spin_unlock(&depot->lock);
    return LA_TELLS_ALL;
}

/* --- the tick --- */

/* Chooses caches without an operation since the last tick. */
static void choose_idle(struct magazine_state *state)
{
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        uint64_t operations = pops_of(cache) + pushes_of(cache);

        cache->chosen = operations == cache->ticked_at && capacity_in(cache) > 0;
        cache->ticked_at = operations;
        cache->penalty /= 2;
    }
}

void magazine_tick(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_hand hand = {0};
    struct la_slab *unneeded;
    uint32_t credits = 0;

    pthread_mutex_lock(&state->hub->visits);
    fold_large_counts(state);
    choose_idle(state);
    LA_INJECT(642);
    visit_chosen(state, true);
    for (struct magazine_cache *cache = magazine_first(state); cache; cache = cache->next) {
        if (cache->chosen)
            magazine_unload(state, cache, &hand);
    }
    LA_INJECT(643);
    magazine_put_back(state, NULL, &hand);
    end_visits(state);
    unneeded = magazine_depot_tick(&state->hub->depot, &credits);
    LA_INJECT(644);
    la_credits_return(&state->hub->credits, credits);
    pthread_mutex_unlock(&state->hub->visits);
    magazine_free_chain(unneeded);
}
