/* SPDX-License-Identifier: MIT */
/*
 * magazine.c: per-thread magazines over a depot (Bonwick and Adams, 2001, "Magazines and Vmem:
 * Extending the Slab Allocator to Many CPUs and Arbitrary Resources").
 *
 * Each thread that uses a list has a cache of two magazines, `loaded` and `previous`. It pops from
 * and pushes to the loaded one; when that is empty or full it changes places with the previous one,
 * and when neither helps a whole magazine is exchanged with the depot. So two visits to the depot
 * are at least a magazine of operations apart, and entries that one thread allocates and another
 * frees travel by the magazine: one depot visit on either side for a full one.
 *
 *     thread -> cache { loaded, previous } ----> depot { filled, newest on top; empty }
 *                  room: credits claimed           one credit per entry
 *
 * Invariants, outside of sections:
 *     rounds <= room <= CAPACITY for loaded and previous alike; both 0 where there is no magazine
 *     claimed = sum over caches of (room + previous_room) + entries in the depot
 *     claimed <= limit, except for a while after the limit fell
 *     held = sum over caches of (rounds + previous_rounds) + entries in the depot
 *          = pushes - pops - drained, so held <= claimed <= limit
 *     age: the depot from bottom to top, previous, loaded, each from slot 0 up, is oldest to newest
 *          for a thread alone; hence last in, first out.
 * For the last one a push that finds loaded full moves on into an empty previous, but sends a
 * previous that has entries to the depot.
 *
 * The limit. A cache may grow only by credits, which it claims in batches (credits.h). Credits go
 * with entries through the depot; what a popping thread has left over beyond a batch goes back to
 * the pool when it takes the next magazine. A push that finds the pool empty looks at the other
 * caches (plain reads), and where one shows room that it does not use, visits it and takes it
 * back, before it refuses. So nobody refuses while credits lie idle, and a thread alone keeps
 * exactly limit entries. Such visits may be frequent when threads fight over the last credits;
 * they do not cost a barrier each, because a visited cache loses its bias (biased.h).
 *
 * A push that is refused all the same, while the depot has nothing for others either, leaves what
 * its cache has in the depot: otherwise threads that only free would sit on a low limit, and
 * threads that only allocate would miss for ever.
 *
 * Sections. Everything in a cache is touched inside a section of its owner or a visit by another
 * thread, which exclude each other; `visits` lets one visitor at a time into a list, and holds
 * together what must look like one step to a drain: magazines of an exiting thread on their way to
 * the depot. Inside a section only the depot's spinlock is taken; no memory is allocated and no
 * routine called. The numbers in a cache are atomic because hints and statistics read them from
 * outside; relaxed, because those readers only need values that were true at some time.
 *
 * Drain reaches everything held when it begins: it first closes the depot, so that nothing moves
 * from there to a cache that was visited already; then visits all caches; what they send to the
 * depot meanwhile is there when it is emptied last. Pops miss for that moment.
 *
 * No ABA, no gone memory: nothing here is lock-free, and entries are never read; a drain writes
 * links to those that it takes. Progress: as spinlocks with short sections; a thread preempted
 * inside a section delays visitors of its cache and, at the depot, others that exchange.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "biased.h"
#include "chain.h"
#include "credits.h"
#include "depot.h"
#include "inject.h"
#include "slots.h"
#include "strategy.h"

enum {
    CAPACITY = 32,           /* slots of a magazine: hand-over is cheapest near 32 */
    LEAST_FULL = 4,          /* no magazine is called full below this */
    MAGAZINES_PER_LIMIT = 8, /* so many full ones make up a low limit */
};

/* One thread's cache of one list. Made once, then reused by other threads until the list ends, so
 * that it can be looked at without a lock. */
struct cache {
    /* Line 0: the owner's, in every operation. */
    _Alignas(LA_NO_SHARING) struct la_biased owner;
    _Atomic uint32_t rounds; /* of the loaded magazine */
    _Atomic uint32_t room;
    void **slots; /* the loaded magazine's */
    _Atomic uint64_t pops;
    _Atomic uint64_t pushes;
    struct la_magazine *loaded; /* NULL: no magazine yet, or none left */
    struct la_magazine *previous;

    /* Line 1: slow paths and other threads. */
    _Alignas(LA_CACHE_LINE) _Atomic uint32_t previous_rounds;
    _Atomic uint32_t previous_room;
    _Atomic bool owned; /* some thread's; unowned ones are empty and have no room */
    uint64_t ticked;    /* the last tick's: pops + pushes */
    struct lookaside *list;
    struct cache *next; /* never changes once the cache is in the list */
};

/* What all threads share, apart from the line that they all read. */
struct hub {
    struct la_depot depot;
    bool closed; /* under the depot's lock: nothing filled is given out */
    struct la_credits credits;
    _Alignas(LA_NO_SHARING) pthread_mutex_t visits;
    _Atomic uint64_t drained; /* written under visits */
};

struct state {
    uint32_t slot; /* read by every operation; written by init only */
    struct hub *hub;
    _Atomic(struct cache *) caches;
};
LA_STATE_FITS(struct state);

/* Magazines in a visitor's hands, oldest first. */
struct hand {
    struct la_magazine *first, *last;
    uint32_t entries;
};

/* Relaxed, see the top: what the owner and visitors read of each other is ordered by sections. */
static inline uint32_t get(const _Atomic uint32_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static inline void set(_Atomic uint32_t *number, uint32_t value)
{
    atomic_store_explicit(number, value, memory_order_relaxed);
}

/* The owner alone counts, so a load and a store do. */
static inline void count_one(_Atomic uint64_t *counter)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, before + 1, memory_order_relaxed);
}

static uint32_t limit_of(const struct lookaside *list)
{
    return atomic_load_explicit(&list->limit, memory_order_relaxed);
}

/* How many rounds make a magazine full: where the limit is low, few, so that two or three threads
 * do not have all of it in their caches. */
static uint32_t full_of(const struct lookaside *list)
{
    uint32_t full = limit_of(list) / MAGAZINES_PER_LIMIT;

    return full < LEAST_FULL ? LEAST_FULL : full < CAPACITY ? full : CAPACITY;
}

/* How many credits are claimed, or kept for later, at a time. */
static uint32_t batch_of(const struct lookaside *list)
{
    return full_of(list) / 2;
}

/* --- inside a section: the loaded magazine --- */

static inline void *take(struct cache *cache)
{
    uint32_t rounds = get(&cache->rounds);

    if (LA_UNLIKELY(rounds == 0))
        return NULL;
    set(&cache->rounds, rounds - 1);
    count_one(&cache->pops);
    return cache->slots[rounds - 1];
}

static inline bool put(struct cache *cache, void *entry)
{
    uint32_t rounds = get(&cache->rounds);

    if (LA_UNLIKELY(rounds >= get(&cache->room)))
        return false;
    cache->slots[rounds] = entry;
    LA_INJECT(603);
    set(&cache->rounds, rounds + 1);
    count_one(&cache->pushes);
    return true;
}

/* --- inside a section: magazines --- */

static void load(struct cache *cache, struct la_magazine *magazine, uint32_t rounds, uint32_t room)
{
    cache->loaded = magazine;
    cache->slots = magazine ? magazine->slots : NULL;
    set(&cache->rounds, rounds);
    set(&cache->room, room);
}

static void set_previous(struct cache *cache, struct la_magazine *magazine, uint32_t rounds,
                         uint32_t room)
{
    cache->previous = magazine;
    set(&cache->previous_rounds, rounds);
    set(&cache->previous_room, room);
}

static void rotate(struct cache *cache)
{
    struct la_magazine *loaded = cache->loaded;
    uint32_t rounds = get(&cache->rounds), room = get(&cache->room);

    load(cache, cache->previous, get(&cache->previous_rounds), get(&cache->previous_room));
    set_previous(cache, loaded, rounds, room);
}

/* Writes into the header what it must say outside of a cache: a credit for each entry. */
static struct la_magazine *seal(struct la_magazine *magazine, uint32_t rounds)
{
    magazine->rounds = rounds;
    magazine->room = rounds;
    return magazine;
}

/* Gives an empty magazine, or NULL, for the newest filled one; NULL if there is none. */
static struct la_magazine *exchange_for_filled(struct hub *hub, struct la_magazine *empty)
{
    struct la_magazine *filled;

    la_spin_lock(&hub->depot.lock);
    filled = hub->closed ? NULL : la_depot_take_filled_locked(&hub->depot);
    if (filled && empty)
        la_depot_add_locked(&hub->depot, seal(empty, 0));
    la_spin_unlock(&hub->depot.lock);
    return filled;
}

/* Loaded is empty: brings entries into it, from previous or from the depot. */
static bool refill(struct lookaside *list, struct cache *cache)
{
    struct hub *hub = ((struct state *)la_state(list))->hub;
    struct la_magazine *filled;
    uint32_t room, reserve = batch_of(list);

    if (get(&cache->previous_rounds) > 0) {
        rotate(cache);
        return true;
    }
    if (!la_depot_has_entries(&hub->depot))
        return false;
    LA_INJECT(601);
    filled = exchange_for_filled(hub, cache->previous);
    if (!filled)
        return false;
    /* Room that pops have left: a batch of it stays for the pushes to come. */
    room = get(&cache->room) + get(&cache->previous_room);
    if (room > reserve) {
        la_credits_return(&hub->credits, room - reserve);
        room = reserve;
    }
    set_previous(cache, cache->loaded, 0, room);
    load(cache, filled, filled->rounds, filled->rounds);
    return true;
}

enum verdict { KEPT, NEEDS_CREDIT, NEEDS_MAGAZINE };

/* Loaded is full, or there is none: makes an empty one loaded. Previous goes to the depot if it has
 * entries, which are older; its unused room stays. *spare is an empty magazine, or NULL. */
static bool turn_over(struct hub *hub, struct cache *cache, struct la_magazine **spare)
{
    uint32_t rounds = get(&cache->previous_rounds), room = get(&cache->previous_room);

    if (cache->previous && rounds == 0) {
        rotate(cache);
        return true;
    }
    la_spin_lock(&hub->depot.lock);
    if (!*spare)
        *spare = la_depot_take_empty_locked(&hub->depot);
    if (*spare && cache->previous)
        la_depot_add_locked(&hub->depot, seal(cache->previous, rounds));
    la_spin_unlock(&hub->depot.lock);
    if (!*spare)
        return false;
    set_previous(cache, cache->loaded, get(&cache->rounds), get(&cache->room));
    load(cache, *spare, 0, room - rounds);
    *spare = NULL;
    return true;
}

/* Loaded has slots left but no room: adds some, from previous first and then from the pool. */
static bool add_room(struct lookaside *list, struct hub *hub, struct cache *cache)
{
    uint32_t room = get(&cache->room), free = full_of(list) - room, batch = batch_of(list);
    uint32_t previous_room = get(&cache->previous_room);
    uint32_t unused = previous_room - get(&cache->previous_rounds);
    uint32_t want = free < batch ? free : batch;
    uint32_t got;

    if (unused > 0) {
        got = unused < want ? unused : want;
        set(&cache->previous_room, previous_room - got);
    } else {
        got = la_credits_claim(&hub->credits, limit_of(list), want);
    }
    set(&cache->room, room + got);
    return got > 0;
}

static enum verdict try_push(struct lookaside *list, struct cache *cache, void *entry,
                             struct la_magazine **spare)
{
    struct hub *hub = ((struct state *)la_state(list))->hub;

    if (put(cache, entry))
        return KEPT;
    if (!cache->loaded || get(&cache->rounds) >= full_of(list)) {
        if (!turn_over(hub, cache, spare))
            return NEEDS_MAGAZINE;
        if (put(cache, entry))
            return KEPT;
    }
    if (!add_room(list, hub, cache))
        return NEEDS_CREDIT;
    LA_INJECT(602);
    return put(cache, entry) ? KEPT : NEEDS_CREDIT;
}

/* Takes both magazines out, previous first because it is older, and gives unused room back. */
static void unload(struct hub *hub, struct cache *cache, struct hand *hand)
{
    struct la_magazine *magazines[] = {cache->previous, cache->loaded};
    uint32_t rounds[] = {get(&cache->previous_rounds), get(&cache->rounds)};
    uint32_t room = get(&cache->previous_room) + get(&cache->room);

    set_previous(cache, NULL, 0, 0);
    LA_INJECT(604);
    load(cache, NULL, 0, 0);
    la_credits_return(&hub->credits, room - rounds[0] - rounds[1]);
    for (unsigned i = 0; i < 2; i++) {
        struct la_magazine *magazine = magazines[i];

        if (!magazine)
            continue;
        seal(magazine, rounds[i])->next = NULL;
        if (hand->last)
            hand->last->next = magazine;
        else
            hand->first = magazine;
        hand->last = magazine;
        hand->entries += rounds[i];
    }
}

/* Oldest first, so that the newest is on top, where a thread finds it. */
static void put_back(struct hub *hub, struct la_magazine *magazine)
{
    while (magazine) {
        struct la_magazine *next = magazine->next;

        la_depot_put(&hub->depot, magazine);
        magazine = next;
    }
}

/* Gives unused room back; the number of credits. */
static uint32_t strip(struct hub *hub, struct cache *cache)
{
    uint32_t unused = get(&cache->room) - get(&cache->rounds) + get(&cache->previous_room) -
                      get(&cache->previous_rounds);

    set(&cache->room, get(&cache->rounds));
    set(&cache->previous_room, get(&cache->previous_rounds));
    la_credits_return(&hub->credits, unused);
    return unused;
}

/* --- caches --- */

/* Acquire: pairs with add_cache(), so that next and the rest are seen. */
static struct cache *first_cache(struct state *state)
{
    return atomic_load_explicit(&state->caches, memory_order_acquire);
}

static bool is_owned(const struct cache *cache)
{
    return atomic_load_explicit(&cache->owned, memory_order_relaxed);
}

static struct cache *reuse_cache(struct state *state)
{
    struct cache *cache = first_cache(state);

    /* Acquire: pairs with the release in disown_cache(). */
    while (cache &&
           (is_owned(cache) || atomic_exchange_explicit(&cache->owned, true, memory_order_acquire)))
        cache = cache->next;
    return cache;
}

static struct cache *add_cache(struct lookaside *list, struct state *state)
{
    struct cache *cache = aligned_alloc(_Alignof(struct cache), sizeof *cache);

    if (!cache)
        return NULL;
    memset(cache, 0, sizeof *cache);
    la_biased_init(&cache->owner);
    atomic_init(&cache->owned, true);
    cache->list = list;
    cache->next = atomic_load_explicit(&state->caches, memory_order_relaxed);
    /* Release: who finds it sees it whole. */
    while (!atomic_compare_exchange_weak_explicit(&state->caches, &cache->next, cache,
                                                  memory_order_release, memory_order_relaxed))
        continue;
    return cache;
}

static void disown_cache(struct cache *cache)
{
    /* Release: the next owner goes on from what this one left. */
    atomic_store_explicit(&cache->owned, false, memory_order_release);
}

/* The calling thread's cache, made now; NULL without memory. */
static struct cache *new_cache(struct lookaside *list)
{
    struct state *state = la_state(list);
    struct cache *cache = reuse_cache(state);

    if (!cache)
        cache = add_cache(list, state);
    if (cache && !la_slot_set(state->slot, cache)) {
        disown_cache(cache);
        cache = NULL;
    }
    return cache;
}

/* --- visits --- */

/* Room that a cache seems not to use. Numbers that change while they are read may give anything. */
static uint32_t unused_hint(const struct cache *cache)
{
    uint32_t room = get(&cache->room) + get(&cache->previous_room);
    uint32_t rounds = get(&cache->rounds) + get(&cache->previous_rounds);

    return room > rounds ? room - rounds : 0;
}

static bool others_have_unused(struct state *state, const struct cache *mine)
{
    for (struct cache *cache = first_cache(state); cache; cache = cache->next) {
        if (cache != mine && unused_hint(cache) > 0)
            return true;
    }
    return false;
}

/* Brings up to about enough unused credits of others back to the pool. Not inside a section. */
static bool recall(struct lookaside *list, const struct cache *mine, uint32_t enough)
{
    struct state *state = la_state(list);
    struct hub *hub = state->hub;
    uint32_t got = 0;

    if (!others_have_unused(state, mine))
        return false;
    LA_INJECT(605);
    pthread_mutex_lock(&hub->visits);
    for (struct cache *cache = first_cache(state); cache && got < enough; cache = cache->next) {
        if (cache == mine || unused_hint(cache) == 0)
            continue;
        la_biased_visit(&cache->owner);
        got += strip(hub, cache);
        la_biased_end_visit(&cache->owner);
    }
    pthread_mutex_unlock(&hub->visits);
    return got > 0;
}

/* The owner of the cache, outside of sections: sends all it has to the depot. Under visits, so that
 * a drain finds the magazines in one place or the other. */
static void give_all_up(struct lookaside *list, struct cache *cache)
{
    struct hub *hub = ((struct state *)la_state(list))->hub;
    struct hand hand = {0};
    bool without_lock;

    pthread_mutex_lock(&hub->visits);
    without_lock = la_biased_own(&cache->owner);
    unload(hub, cache, &hand);
    la_biased_disown(&cache->owner, without_lock);
    LA_INJECT(606);
    put_back(hub, hand.first);
    pthread_mutex_unlock(&hub->visits);
}

static void cache_exits(void *value)
{
    struct cache *cache = value;

    give_all_up(cache->list, cache);
    disown_cache(cache);
}

/* --- draining: under visits --- */

static void close_depot(struct hub *hub)
{
    la_spin_lock(&hub->depot.lock);
    hub->closed = true;
    la_spin_unlock(&hub->depot.lock);
}

/* Empties and opens the depot. Its magazines are older than those in the hand. */
static void open_depot(struct hub *hub, struct hand *hand)
{
    struct la_magazine *chain, *magazine;

    la_spin_lock(&hub->depot.lock);
    chain = hub->depot.filled;
    hub->depot.filled = NULL;
    atomic_store_explicit(&hub->depot.entries, 0, memory_order_relaxed);
    hub->closed = false;
    la_spin_unlock(&hub->depot.lock);
    while ((magazine = chain)) {
        chain = magazine->next;
        magazine->next = hand->first;
        hand->first = magazine;
        if (!hand->last)
            hand->last = magazine;
        hand->entries += magazine->rounds;
    }
}

/* Takes everything that is held now into the hand. All caches are visited, owned or not: the
 * numbers in one that its owner is using cannot tell whether it is empty. */
static void gather(struct state *state, struct hand *hand)
{
    bool fence = false;

    close_depot(state->hub);
    LA_INJECT(607);
    for (struct cache *cache = first_cache(state); cache; cache = cache->next)
        fence |= la_biased_announce(&cache->owner);
    if (fence)
        la_biased_fence();
    for (struct cache *cache = first_cache(state); cache; cache = cache->next) {
        la_biased_visit(&cache->owner);
        unload(state->hub, cache, hand);
        la_biased_end_visit(&cache->owner);
    }
    LA_INJECT(608);
    open_depot(state->hub, hand);
}

/* What leaves the list: whole magazines, then the oldest entries of one more. */
struct surplus {
    struct la_magazine *first, *last;
    void *rest[CAPACITY];
    uint32_t nr_rest;
};

/* Moves the nr oldest entries out of the hand. */
static void cut(struct hand *hand, uint32_t nr, struct surplus *surplus)
{
    struct la_magazine *magazine;

    while (nr > 0 && (magazine = hand->first)->rounds <= nr) {
        nr -= magazine->rounds;
        hand->first = magazine->next;
        magazine->next = NULL;
        if (surplus->last)
            surplus->last->next = magazine;
        else
            surplus->first = magazine;
        surplus->last = magazine;
    }
    if (nr > 0) {
        magazine = hand->first;
        memcpy(surplus->rest, magazine->slots, nr * sizeof *magazine->slots);
        surplus->nr_rest = nr;
        memmove(magazine->slots, magazine->slots + nr,
                (magazine->rounds - nr) * sizeof *magazine->slots);
        seal(magazine, magazine->rounds - nr);
    }
}

static uint32_t claimed_of(struct hub *hub)
{
    return get(&hub->credits.claimed);
}

static size_t magazine_count(struct lookaside *list)
{
    struct state *state = la_state(list);
    size_t held = get(&state->hub->depot.entries);

    for (struct cache *cache = first_cache(state); cache; cache = cache->next)
        held += get(&cache->rounds) + get(&cache->previous_rounds);
    return held;
}

/* The limit fell: takes back what is claimed and not used. */
static void strip_all(struct state *state, uint32_t limit)
{
    for (struct cache *cache = first_cache(state); cache; cache = cache->next) {
        if (claimed_of(state->hub) <= limit)
            break;
        if (unused_hint(cache) == 0)
            continue;
        la_biased_visit(&cache->owner);
        strip(state->hub, cache);
        la_biased_end_visit(&cache->owner);
    }
}

static void take_surplus(struct lookaside *list, size_t keep, struct surplus *surplus)
{
    struct state *state = la_state(list);
    struct hub *hub = state->hub;
    struct hand hand = {0};
    uint32_t nr;

    pthread_mutex_lock(&hub->visits);
    if (claimed_of(hub) > limit_of(list))
        strip_all(state, limit_of(list));
    if (keep == 0 || magazine_count(list) > keep) {
        gather(state, &hand);
        nr = hand.entries > keep ? hand.entries - (uint32_t)keep : 0;
        cut(&hand, nr, surplus);
        put_back(hub, hand.first);
        /* Counted before their credits can be used again, or statistics would show more entries
         * than the limit. Acquire and release, so that neither moves over the other. */
        atomic_fetch_add_explicit(&hub->drained, nr, memory_order_acq_rel);
        la_credits_return(&hub->credits, nr);
    }
    pthread_mutex_unlock(&hub->visits);
}

static void *chain_slots(void *chain, void **slots, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++) {
        la_chain_set_next(slots[i], chain);
        chain = slots[i];
    }
    return chain;
}

static void *magazine_drain(struct lookaside *list, size_t keep)
{
    struct hub *hub = ((struct state *)la_state(list))->hub;
    struct surplus surplus = {0};
    void *chain = NULL;

    /* held <= claimed: nothing to look for. */
    if (claimed_of(hub) == 0)
        return NULL;
    take_surplus(list, keep, &surplus);
    for (struct la_magazine *magazine = surplus.first; magazine; magazine = magazine->next) {
        chain = chain_slots(chain, magazine->slots, magazine->rounds);
        seal(magazine, 0);
    }
    chain = chain_slots(chain, surplus.rest, surplus.nr_rest);
    put_back(hub, surplus.first);
    return chain;
}

/* --- pop and push --- */

static void *pop_slow(struct lookaside *list, struct cache *cache)
{
    bool without_lock;
    void *entry;

    if (!cache && !(cache = new_cache(list)))
        return NULL;
    without_lock = la_biased_own(&cache->owner);
    entry = take(cache);
    if (!entry && refill(list, cache))
        entry = take(cache);
    la_biased_disown(&cache->owner, without_lock);
    return entry;
}

static LA_HOT void *magazine_pop(struct lookaside *list)
{
    struct state *state = la_state(list);
    struct cache *cache = la_slot_get(state->slot);
    void *entry;

    if (LA_LIKELY(cache && la_biased_enter(&cache->owner))) {
        entry = take(cache);
        la_biased_leave(&cache->owner);
        if (LA_LIKELY(entry != NULL))
            return entry;
    }
    return pop_slow(list, cache);
}

/* A push was refused. If the depot is empty too, other threads may be short of the very entries
 * that lie here: they are better off in the depot. A thread that only frees would keep them. */
static void share(struct hub *hub, struct cache *cache)
{
    struct hand hand = {0};
    bool without_lock;

    if (la_depot_has_entries(&hub->depot))
        return;
    without_lock = la_biased_own(&cache->owner);
    unload(hub, cache, &hand);
    put_back(hub, hand.first);
    la_biased_disown(&cache->owner, without_lock);
}

/* Once round for each of: a magazine, credits. If others are faster with those, it is refused. */
static bool push_slow(struct lookaside *list, struct cache *cache, void *entry)
{
    struct hub *hub = ((struct state *)la_state(list))->hub;
    struct la_magazine *spare = NULL;
    enum verdict verdict;
    bool recalled = false, without_lock;

    if (!cache && !(cache = new_cache(list)))
        return false;
    do {
        without_lock = la_biased_own(&cache->owner);
        verdict = try_push(list, cache, entry, &spare);
        la_biased_disown(&cache->owner, without_lock);
    } while (
        (verdict == NEEDS_MAGAZINE && (spare = la_magazine_new(CAPACITY))) ||
        (verdict == NEEDS_CREDIT && !recalled && (recalled = recall(list, cache, batch_of(list)))));
    if (spare)
        la_depot_put(&hub->depot, spare);
    if (verdict == NEEDS_CREDIT)
        share(hub, cache);
    return verdict == KEPT;
}

static LA_HOT bool magazine_push(struct lookaside *list, void *entry)
{
    struct state *state = la_state(list);
    struct cache *cache = la_slot_get(state->slot);
    bool kept;

    if (LA_LIKELY(cache && la_biased_enter(&cache->owner))) {
        kept = put(cache, entry);
        la_biased_leave(&cache->owner);
        if (LA_LIKELY(kept))
            return true;
    }
    return push_slow(list, cache, entry);
}

/* One section for as long as the loaded magazine lasts. */
static size_t magazine_pop_bulk(struct lookaside *list, void **entries, size_t nr)
{
    struct state *state = la_state(list);
    struct cache *cache = la_slot_get(state->slot);
    size_t taken = 0;

    while (taken < nr) {
        if (cache) {
            bool without_lock = la_biased_own(&cache->owner);

            while (taken < nr && (entries[taken] = take(cache)))
                taken++;
            la_biased_disown(&cache->owner, without_lock);
        }
        if (taken == nr || !(entries[taken] = pop_slow(list, cache)))
            break;
        taken++;
        cache = la_slot_get(state->slot);
    }
    return taken;
}

static size_t magazine_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    struct state *state = la_state(list);
    struct cache *cache = la_slot_get(state->slot);
    size_t kept = 0;

    while (kept < nr) {
        if (cache) {
            bool without_lock = la_biased_own(&cache->owner);

            while (kept < nr && put(cache, entries[kept]))
                kept++;
            la_biased_disown(&cache->owner, without_lock);
        }
        if (kept == nr || !push_slow(list, cache, entries[kept]))
            break;
        kept++;
        cache = la_slot_get(state->slot);
    }
    return kept;
}

/* --- the rest --- */

static bool magazine_supported(const char **detail)
{
    (void)la_biased_works(detail);
    return true;
}

static int magazine_init(struct lookaside *list)
{
    struct state *state = la_state(list);
    int error;

    state->hub = aligned_alloc(_Alignof(struct hub), sizeof *state->hub);
    if (!state->hub)
        return -ENOMEM;
    memset(state->hub, 0, sizeof *state->hub);
    error = la_slot_new(&state->slot, cache_exits);
    if (error) {
        free(state->hub);
        return error;
    }
    pthread_mutex_init(&state->hub->visits, NULL);
    return 0;
}

static void magazine_fini(struct lookaside *list)
{
    struct state *state = la_state(list);
    struct cache *cache, *next;

    /* From here on no exiting thread knows the list. */
    la_slot_free(state->slot);
    for (cache = first_cache(state); cache; cache = next) {
        next = cache->next;
        free(cache->loaded);
        free(cache->previous);
        free(cache);
    }
    la_depot_free_empties(&state->hub->depot);
    pthread_mutex_destroy(&state->hub->visits);
    free(state->hub);
}

/* Pushes first: pops and drains that come meanwhile make held too small, never too large. Acquire
 * keeps the order; the counters themselves lag as they may. */
static void magazine_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct state *state = la_state(list);
    uint64_t pushes = 0, pops = 0, gone;
    struct cache *cache;

    for (cache = first_cache(state); cache; cache = cache->next)
        pushes += atomic_load_explicit(&cache->pushes, memory_order_acquire);
    for (cache = first_cache(state); cache; cache = cache->next)
        pops += atomic_load_explicit(&cache->pops, memory_order_relaxed);
    gone = pops + atomic_load_explicit(&state->hub->drained, memory_order_relaxed);
    *stats = (struct lookaside_strategy_stats){
        .pushes = pushes, .pops = pops, .held = pushes > gone ? pushes - gone : 0};
}

/* Caches without an operation since the last tick send what they have to the depot. */
static void magazine_tick(struct lookaside *list)
{
    struct state *state = la_state(list);
    struct hand hand = {0};

    pthread_mutex_lock(&state->hub->visits);
    for (struct cache *cache = first_cache(state); cache; cache = cache->next) {
        uint64_t operations = atomic_load_explicit(&cache->pops, memory_order_relaxed) +
                              atomic_load_explicit(&cache->pushes, memory_order_relaxed);
        bool idle = operations == cache->ticked;

        cache->ticked = operations;
        if (!idle || get(&cache->room) + get(&cache->previous_room) == 0)
            continue;
        la_biased_visit(&cache->owner);
        unload(state->hub, cache, &hand);
        la_biased_end_visit(&cache->owner);
    }
    put_back(state->hub, hand.first);
    pthread_mutex_unlock(&state->hub->visits);
}

static void magazine_thread_exit(struct lookaside *list)
{
    struct state *state = la_state(list);
    struct cache *cache = la_slot_get(state->slot);

    if (cache)
        give_all_up(list, cache);
}

const struct lookaside_strategy la_strategy_magazine = {
    .name = "magazine",
    .summary = "two magazines per thread, a depot behind",
    .init = magazine_init,
    .fini = magazine_fini,
    .pop = magazine_pop,
    .push = magazine_push,
    .drain = magazine_drain,
    .stats = magazine_stats,
    .supported = magazine_supported,
    .tick = magazine_tick,
    .count = magazine_count,
    .thread_exit = magazine_thread_exit,
    .pop_bulk = magazine_pop_bulk,
    .push_bulk = magazine_push_bulk,
};
