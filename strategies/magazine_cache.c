/* SPDX-License-Identifier: MIT */
/*
 * magazine_cache.c: what a thread does with its own magazines and the depot, all of it with
 * exclusive access (magazine.h); and how threads come by caches and leave them.
 */
#include "magazine.h"

#include <stdlib.h>
#include <string.h>

#include "inject.h"

enum {
    CALM = 1024, /* operations under the lock that cost about a fence */
};

/* How many entries make a magazine full. Where the limit is low, few, so that two or three threads
 * do not have all of it in their caches; a thread alone keeps it from nobody. Quarters for two
 * threads as well were tried: of hand-overs at a limit of 256, 2.6 % more missed and each took 2.5
 * times as long, while bursts of 64 gained nothing. */
static uint32_t full_of(const struct lookaside *list, struct magazine_state *state)
{
    bool shared = magazine_has_company(state);
    uint32_t parts = shared ? MAGAZINE_PER_LIMIT : MAGAZINE_PER_LIMIT_ALONE;
    uint32_t full = magazine_limit(list) / parts;
    uint32_t most = shared ? magazine_hint(&state->hub->depot.full) : MAGAZINE_SLOTS;

    most = most < state->nr_slots ? most : state->nr_slots;
    return full < MAGAZINE_LEAST_FULL ? MAGAZINE_LEAST_FULL : full < most ? full : most;
}

/* --- exclusive access --- */

/* Out of line, so that the biased variant, which comes by for hits, too, needs no frame. */
static __attribute__((noinline)) bool own_by_lock(struct magazine_cache *cache)
{
    if (la_spin_lock(&cache->owner.lock))
        la_biased_note_wait(&cache->owner);
    return false;
}

bool magazine_own(const struct magazine_state *state, struct magazine_cache *cache)
{
    return LA_LIKELY(state->area) ? own_by_lock(cache) : la_biased_own(&cache->owner);
}

/* What the owner's sections find from here on. */
static void show(struct magazine_cache *cache)
{
    const struct la_slab *slab = magazine_loaded(cache);

    if (cache->hidden && ++cache->calm >= CALM)
        cache->hidden = false;
    if (cache->hidden || !slab)
        slab = &la_slab_away;
    LA_INJECT(619);
    if (cache->cell)
        atomic_store_explicit(&cache->cell->loaded, slab, memory_order_release);
}

void magazine_disown(const struct magazine_state *state, struct magazine_cache *cache,
                     bool without_lock)
{
    if (LA_LIKELY(state->area)) {
        show(cache);
        LA_INJECT(609);
        la_spin_unlock(&cache->owner.lock);
    } else {
        la_biased_disown(&cache->owner, without_lock);
    }
}

/* --- with exclusive access: magazines --- */

static void add(_Atomic uint64_t *counter, uint64_t nr)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

    /* Release: for fold_pops(). */
    atomic_store_explicit(counter, before + nr, memory_order_release);
}

static uint32_t unused_in(const struct la_slab *magazine)
{
    return magazine ? la_slab_capacity(magazine) - la_slab_depth(magazine) : 0;
}

/* What loaded's word has counted goes to the cache; in this order, so that statistics, which a
 * biased owner does not wait for, miss it for a moment rather than count it twice. */
static void fold_pops(struct magazine_cache *cache)
{
    struct la_slab *loaded = magazine_loaded(cache);
    uint64_t word;

    if (!loaded)
        return;
    word = la_slab_word(loaded);
    atomic_store_explicit(&loaded->word, la_slab_depth_of(word), memory_order_relaxed);
    LA_INJECT(604);
    add(&cache->pops, word >> LA_SLAB_POPS_SHIFT);
}

void magazine_load(struct magazine_cache *cache, struct la_slab *magazine)
{
    fold_pops(cache);
    /* Release, as for previous: one who looks in follows it without the lock. */
    atomic_store_explicit(&cache->loaded, magazine, memory_order_release);
}

void magazine_set_previous(struct magazine_cache *cache, struct la_slab *magazine)
{
    atomic_store_explicit(&cache->in_previous, magazine ? la_slab_depth(magazine) : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&cache->previous, magazine, memory_order_release);
}

static void rotate(struct magazine_cache *cache)
{
    struct la_slab *loaded = magazine_loaded(cache);

    magazine_load(cache, magazine_previous(cache));
    magazine_set_previous(cache, loaded);
}

static void hand_add(struct magazine_hand *hand, struct la_slab *magazine)
{
    magazine_set_next(magazine, NULL);
    if (hand->last)
        magazine_set_next(hand->last, magazine);
    else
        hand->first = magazine;
    hand->last = magazine;
    hand->entries += la_slab_depth(magazine);
}

void magazine_unload(struct magazine_state *state, struct magazine_cache *cache,
                     struct magazine_hand *hand)
{
    struct la_slab *magazines[] = {magazine_previous(cache), magazine_loaded(cache)};
    uint32_t unused = unused_in(magazines[0]) + unused_in(magazines[1]);

    magazine_load(cache, NULL);
    LA_INJECT(620);
    magazine_set_previous(cache, NULL);
    for (unsigned i = 0; i < 2; i++) {
        if (!magazines[i])
            continue;
        add(&cache->moved_in, -(uint64_t)la_slab_depth(magazines[i]));
        la_slab_set_capacity(magazines[i], la_slab_depth(magazines[i]));
        hand_add(hand, magazines[i]);
    }
    LA_INJECT(621);
    la_credits_return(&state->hub->credits, unused);
}

void magazine_put_back(struct magazine_state *state, struct magazine_cache *mine,
                       struct magazine_hand *hand)
{
    struct la_slab *magazine = hand->first;

    while (magazine) {
        struct la_slab *next = magazine_next(magazine);

        if (mine) {
            magazine_note(mine, LA_COUNT_DEPOT, 1);
            magazine_note(mine, LA_COUNT_SPILLS, la_slab_depth(magazine) > 0);
        }
        LA_INJECT(622);
        magazine_depot_put(&state->hub->depot, magazine);
        magazine = next;
    }
    *hand = (struct magazine_hand){0};
}

/* Loaded is empty: brings entries into it, from previous or from the depot. The empty magazine that
 * the depot gets in return takes its credits along; the other one's stay for the pushes to come. */
bool magazine_refill(struct magazine_state *state, struct magazine_cache *cache)
{
    struct magazine_depot *depot = &state->hub->depot;
    struct la_slab *previous = magazine_previous(cache), *filled;

    if (previous && la_slab_depth(previous) > 0) {
        rotate(cache);
        magazine_note(cache, LA_COUNT_EXCHANGES, 1);
        return true;
    }
    if (magazine_hint(&depot->entries) == 0)
        return false;
    magazine_note(cache, LA_COUNT_DEPOT, 1);
    LA_INJECT(601);
    /* Before the depot gets it, which may free it: no cache shows it any more. */
    magazine_set_previous(cache, NULL);
    filled = magazine_depot_exchange_for_filled(depot, previous);
    LA_INJECT(623);
    if (!filled) {
        magazine_set_previous(cache, previous);
        return false;
    }
    magazine_note(cache, LA_COUNT_REFILLS, 1);
    rotate(cache);
    magazine_load(cache, filled);
    LA_INJECT(624);
    add(&cache->moved_in, la_slab_depth(filled));
    return true;
}

/* Loaded is full, or there is none: makes an empty one loaded. Previous goes to the depot if it has
 * entries, which are older; its unused credits stay. *spare is an empty magazine, or NULL. */
static bool turn_over(struct magazine_state *state, struct magazine_cache *cache,
                      struct la_slab **spare)
{
    struct la_slab *previous = magazine_previous(cache), *empty;
    uint32_t unused = unused_in(previous), capacity, depth;

    if (previous && la_slab_depth(previous) == 0) {
        rotate(cache);
        magazine_note(cache, LA_COUNT_EXCHANGES, 1);
        return true;
    }
    magazine_note(cache, LA_COUNT_DEPOT, 1);
    depth = previous ? la_slab_depth(previous) : 0;
    if (previous)
        la_slab_set_capacity(previous, depth);
    magazine_set_previous(cache, NULL);
    LA_INJECT(625);
    empty = magazine_depot_exchange_for_empty(&state->hub->depot, previous, *spare);
    if (!empty) {
        if (previous)
            la_slab_set_capacity(previous, depth + unused);
        magazine_set_previous(cache, previous);
        return false;
    }
    if (empty == *spare)
        *spare = NULL;
    LA_INJECT(610);
    add(&cache->moved_in, -(uint64_t)depth);
    magazine_set_previous(cache, empty);
    rotate(cache);
    capacity = la_slab_capacity(empty) + unused;
    unused = capacity > state->nr_slots ? capacity - state->nr_slots : 0;
    la_slab_set_capacity(empty, capacity - unused);
    LA_INJECT(626);
    magazine_note(cache, LA_COUNT_SPILLS, depth > 0);
    if (unused > 0) {
        la_credits_return(&state->hub->credits, unused);
        magazine_note(cache, LA_COUNT_CREDITS, 1);
    }
    return true;
}

/* Up to want credits of the list's limit, or of the depot's empties. */
static uint32_t claim(struct lookaside *list, struct magazine_cache *cache, uint32_t want)
{
    struct magazine_hub *hub = magazine_state(list)->hub;
    uint32_t got = la_credits_claim(&hub->credits, magazine_limit(list), want), excess;

    if (got == 0) {
        uint32_t stripped = magazine_depot_strip(&hub->depot);

        if (stripped == 0)
            return 0;
        LA_INJECT(627);
        la_credits_return(&hub->credits, stripped);
        magazine_note(cache, LA_COUNT_DEPOT, 1);
        magazine_note(cache, LA_COUNT_CREDITS, 1);
        LA_INJECT(628);
        got = la_credits_claim(&hub->credits, magazine_limit(list), want);
    }
    if (got > 0)
        magazine_note(cache, LA_COUNT_CREDITS, 1);
    LA_INJECT(602);
    /* A drain that follows a fall of the limit may have found this claim not yet made. Then it came
     * after the drain's look at the credits and acquired the new limit: read again. */
    excess = la_credits_excess(&hub->credits, magazine_limit(list));
    if (LA_LIKELY(excess == 0))
        return got;
    excess = excess < got ? excess : got;
    la_credits_return(&hub->credits, excess);
    magazine_note(cache, LA_COUNT_CREDITS, 1);
    return got - excess;
}

/* Loaded has slots left but no capacity: adds some, from previous first. */
static bool add_capacity(struct lookaside *list, struct magazine_state *state,
                         struct magazine_cache *cache)
{
    struct la_slab *loaded = magazine_loaded(cache), *previous = magazine_previous(cache);
    uint32_t capacity = la_slab_capacity(loaded), full = full_of(list, state);
    uint32_t want = full - capacity < full / 2 ? full - capacity : full / 2;
    uint32_t unused = unused_in(previous), got;

    if (unused > 0) {
        got = unused < want ? unused : want;
        la_slab_set_capacity(previous, la_slab_capacity(previous) - got);
    } else {
        got = claim(list, cache, want);
    }
    LA_INJECT(629);
    la_slab_set_capacity(loaded, capacity + got);
    return got > 0;
}

enum magazine_verdict magazine_try_push(struct lookaside *list, struct magazine_cache *cache,
                                        void *entry, struct la_slab **spare)
{
    struct magazine_state *state = magazine_state(list);
    struct la_slab *loaded = magazine_loaded(cache);

    if (loaded && la_slab_push(loaded, entry))
        return MAGAZINE_KEPT;
    if (!loaded || la_slab_depth(loaded) >= full_of(list, state)) {
        if (!turn_over(state, cache, spare))
            return MAGAZINE_NEEDS_MAGAZINE;
        loaded = magazine_loaded(cache);
        if (la_slab_push(loaded, entry))
            return MAGAZINE_KEPT;
    }
    if (!add_capacity(list, state, cache))
        return MAGAZINE_NEEDS_CREDIT;
    LA_INJECT(603);
    return la_slab_push(loaded, entry) ? MAGAZINE_KEPT : MAGAZINE_NEEDS_CREDIT;
}

/* --- caches --- */

static bool is_owned(const struct magazine_cache *cache)
{
    return atomic_load_explicit(&cache->owned, memory_order_relaxed);
}

static struct magazine_cache *reuse_cache(struct magazine_state *state)
{
    struct magazine_cache *cache = magazine_first(state);

    /* Acquire: pairs with the release in release_cache(). */
    while (cache &&
           (is_owned(cache) || atomic_exchange_explicit(&cache->owned, true, memory_order_acquire)))
        cache = cache->next;
    return cache;
}

static struct magazine_cache *add_cache(struct lookaside *list, struct magazine_state *state)
{
    struct magazine_cache *cache = aligned_alloc(_Alignof(struct magazine_cache), sizeof *cache);

    if (!cache)
        return NULL;
    memset(cache, 0, sizeof *cache);
    la_biased_init(&cache->owner);
    atomic_init(&cache->owned, true);
    cache->list = list;
    LA_INJECT(634);
    pthread_mutex_lock(&state->hub->visits);
    cache->next = magazine_first(state);
    /* Release: who finds it sees it whole. */
    atomic_store_explicit(&state->caches, cache, memory_order_release);
    pthread_mutex_unlock(&state->hub->visits);
    return cache;
}

static void release_cache(struct magazine_cache *cache)
{
    /* Release: the next owner goes on from what this one left. */
    atomic_store_explicit(&cache->owned, false, memory_order_release);
}

static void set_cell(struct magazine_state *state, struct magazine_cache *cache,
                     struct la_cell *cell)
{
    bool without_lock = magazine_own(state, cache);

    cache->cell = cell;
    cache->hidden = false;
    memset(cache->look_after, 0, sizeof cache->look_after);
    magazine_disown(state, cache, without_lock);
}

/* The calling thread's cache, made now; NULL without memory. */
struct magazine_cache *magazine_new_cache(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache = reuse_cache(state);
    struct la_cell *cell;

    if (!cache)
        cache = add_cache(list, state);
    if (!cache)
        return NULL;
    cell = la_slot_set(state->slot, cache);
    if (!cell) {
        release_cache(cache);
        return NULL;
    }
    LA_INJECT(630);
    set_cell(state, cache, cell);
    LA_INJECT(631);
    /* Relaxed: a hint. */
    atomic_fetch_add_explicit(&state->hub->nr_owned, 1, memory_order_relaxed);
    return cache;
}

/* The owner sends all it has to the depot. Before it lets go of the lock, so that a drain finds the
 * magazines in one place or the other. */
void magazine_give_all_up(struct magazine_state *state, struct magazine_cache *cache)
{
    struct magazine_hand hand = {0};
    bool without_lock = magazine_own(state, cache);

    magazine_note(cache, LA_COUNT_CREDITS, 1);
    magazine_unload(state, cache, &hand);
    LA_INJECT(606);
    magazine_put_back(state, cache, &hand);
    magazine_disown(state, cache, without_lock);
}

void magazine_cache_exits(void *value)
{
    struct magazine_cache *cache = value;
    struct magazine_state *state = magazine_state(cache->list);

    magazine_give_all_up(state, cache);
    LA_INJECT(632);
    set_cell(state, cache, NULL);
    atomic_fetch_sub_explicit(&state->hub->nr_owned, 1, memory_order_relaxed);
    LA_INJECT(633);
    release_cache(cache);
}
