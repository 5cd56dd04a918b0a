/* SPDX-License-Identifier: MIT */
/*
 * magazine.c: per-thread magazines over a depot (Bonwick and Adams, 2001). magazine.h draws the
 * state and argues why it is correct.
 *
 * The walk of an entry. push puts it on the slab that the thread's cell shows, one restartable
 * section. When that is full, push_slow() turns over to the previous magazine or to an empty one of
 * the depot, or adds credits. pop takes the newest from the slab; when that is empty, pop_slow()
 * turns to the previous magazine, or exchanges with the depot, or fetches what resting threads
 * hold.
 */
#include "magazine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "slab_section.h"

enum {
    VAIN_IN_A_ROW = 16,
    NEWS_FACTOR = 65521, /* so that a visit and a claim do not cancel */
};

static struct magazine_cache *own_cache(struct magazine_state *state)
{
    return la_slot_cell(state->slot)->value;
}

/* Another number after a visit to the depot, a claim, a return, or a change of the limit. */
static uint32_t news_of(struct lookaside *list)
{
    const struct magazine_hub *hub = magazine_state(list)->hub;

    return magazine_hint(&hub->depot.changes) + la_credits_claimed(&hub->credits) * NEWS_FACTOR +
           magazine_limit(list) * 8;
}

/* Whether the owner's magazines are used under the lock, so that a section tells nothing. */
static bool is_hidden(const struct magazine_state *state, const struct magazine_cache *cache)
{
    return atomic_load_explicit(&la_slot_cell(state->slot)->loaded, memory_order_relaxed) ==
               &la_slab_away &&
           magazine_loaded(cache);
}

/*
 * Demand beyond the limit makes every operation a slow one, in vain, and what would tell it so lies
 * in lines that others write, behind a lock. So after one that was in vain, the thread does not try
 * those that follow, until so many have passed or something was moved. What another thread pushes
 * or pops meanwhile within its own magazines is no news: as with the pauses between looks, a thread
 * that was not alone may miss that for a moment.
 */
static bool is_vain(struct lookaside *list, struct magazine_cache *cache, enum magazine_want want)
{
    const struct magazine_state *state = magazine_state(list);
    uint32_t left = magazine_hint(&cache->vain[want]);

    if (left == 0 || !state->area || cache->news[want] != news_of(list) || is_hidden(state, cache))
        return false;
    atomic_store_explicit(&cache->vain[want], left - 1, memory_order_relaxed);
    return true;
}

/* Before an operation that may be in vain: who watches this cache sees its owner at work. This and
 * the next do nothing in the variant with locks, whose operations do not tell why they failed. */
static void try_in_vain(struct lookaside *list, struct magazine_cache *cache,
                        enum magazine_want want)
{
    if (LA_LIKELY(magazine_state(list)->area))
        atomic_store_explicit(&cache->vain[want], VAIN_IN_A_ROW, memory_order_relaxed);
}

/* After it: what it has moved itself is no news. But it may have turned the magazines over even in
 * vain, and what is wanted next may be the other thing. */
static void tried(struct lookaside *list, struct magazine_cache *cache, enum magazine_want want,
                  bool in_vain)
{
    if (LA_UNLIKELY(!magazine_state(list)->area))
        return;
    cache->news[want] = news_of(list);
    for (unsigned i = 0; i < MAGAZINE_NR_WANTS; i++) {
        if (i != want || !in_vain)
            atomic_store_explicit(&cache->vain[i], 0, memory_order_relaxed);
    }
}

/* For an owner that found what its cell shows to be empty: spares the lock on a miss. */
static bool nothing_near(struct magazine_state *state, const struct magazine_cache *cache)
{
    return state->area && magazine_hint(&state->hub->depot.entries) == 0 &&
           magazine_hint(&cache->in_previous) == 0 &&
           atomic_load_explicit(&la_slot_cell(state->slot)->loaded, memory_order_relaxed) !=
               &la_slab_away;
}

static void *pop_near(struct magazine_state *state, struct magazine_cache *cache)
{
    bool without_lock;
    struct la_slab *loaded;
    void *entry;

    if (nothing_near(state, cache))
        return NULL;
    LA_INJECT(612);
    without_lock = magazine_own(state, cache);
    loaded = magazine_loaded(cache);
    entry = loaded ? la_slab_pop(loaded) : NULL;
    if (!entry && magazine_refill(state, cache))
        entry = la_slab_pop(magazine_loaded(cache));
    magazine_disown(state, cache, without_lock);
    return entry;
}

/* There was no memory for a cache. Relaxed: counts. */
static void *pop_as_guest(struct magazine_state *state)
{
    struct magazine_hub *hub = state->hub;
    void *entry = magazine_depot_pop(&hub->depot);

    if (!entry && magazine_hint(&hub->nr_owned) > 0 && magazine_fetch_for_guest(state))
        entry = magazine_depot_pop(&hub->depot);
    if (!entry)
        return NULL;
    la_slow_note(LA_SLOW_PATH);
    la_credits_return(&hub->credits, 1);
    atomic_fetch_add_explicit(&hub->pops, 1, memory_order_relaxed);
    la_handed_over(entry);
    return entry;
}

static __attribute__((noinline)) void *pop_slow(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache = own_cache(state);
    void *entry;

    if (!cache && !(cache = magazine_new_cache(list)))
        return pop_as_guest(state);
    if (is_vain(list, cache, MAGAZINE_ENTRIES))
        return NULL;
    la_slow_note(LA_SLOW_PATH);
    try_in_vain(list, cache, MAGAZINE_ENTRIES);
    entry = pop_near(state, cache);
    if (!entry && magazine_has_company(state) && magazine_fetch(list, cache, MAGAZINE_ENTRIES))
        entry = pop_near(state, cache);
    tried(list, cache, MAGAZINE_ENTRIES, !entry);
    la_handed_over(entry);
    return entry;
}

/* A push was refused. If the depot is empty too, other threads may be short of the very entries
 * that lie here: they are better off in the depot. A thread that only frees would keep them. */
static void share(struct magazine_state *state, struct magazine_cache *cache)
{
    if (magazine_has_company(state) && magazine_hint(&state->hub->depot.entries) == 0)
        magazine_give_all_up(state, cache);
}

/* Once round for each of: a magazine, credits. If others are faster with those, it is refused. */
static __attribute__((noinline)) bool push_slow(struct lookaside *list, void *entry)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache = own_cache(state);
    struct la_slab *spare = NULL;
    enum magazine_verdict verdict;
    bool fetched = false, without_lock;

    if (!cache && !(cache = magazine_new_cache(list)))
        return false;
    if (is_vain(list, cache, MAGAZINE_CREDITS))
        return false;
    la_slow_note(LA_SLOW_PATH);
    try_in_vain(list, cache, MAGAZINE_CREDITS);
    do {
        without_lock = magazine_own(state, cache);
        verdict = magazine_try_push(list, cache, entry, &spare);
        magazine_disown(state, cache, without_lock);
        LA_INJECT(613);
    } while ((verdict == MAGAZINE_NEEDS_MAGAZINE && (spare = magazine_new(state->nr_slots))) ||
             (verdict == MAGAZINE_NEEDS_CREDIT && !fetched && magazine_has_company(state) &&
              (fetched = magazine_fetch(list, cache, MAGAZINE_CREDITS))));
    if (spare) {
        magazine_depot_put(&state->hub->depot, spare);
        magazine_note(cache, LA_COUNT_DEPOT, 1);
    }
    LA_INJECT(614);
    if (verdict == MAGAZINE_NEEDS_CREDIT)
        share(state, cache);
    tried(list, cache, MAGAZINE_CREDITS, verdict != MAGAZINE_KEPT);
    return verdict == MAGAZINE_KEPT;
}

/* The variant without restartable sequences: the biased lock in place of the section. */
static LA_HOT LA_INLINE void *biased_pop(struct lookaside *list)
{
    struct magazine_cache *cache = own_cache(magazine_state(list));
    struct la_slab *loaded;
    void *entry = NULL;

    if (LA_LIKELY(cache && la_biased_enter(&cache->owner))) {
        loaded = magazine_loaded(cache);
        LA_INJECT(651);
        if (LA_LIKELY(loaded != NULL))
            entry = la_slab_pop(loaded);
        la_biased_leave(&cache->owner);
        if (LA_LIKELY(entry != NULL))
            return entry;
    }
    return pop_slow(list);
}

static LA_HOT LA_INLINE bool biased_push(struct lookaside *list, void *entry)
{
    struct magazine_cache *cache = own_cache(magazine_state(list));
    struct la_slab *loaded;
    bool kept;

    if (LA_LIKELY(cache && la_biased_enter(&cache->owner))) {
        loaded = magazine_loaded(cache);
        LA_INJECT(652);
        kept = loaded && la_slab_push(loaded, entry);
        la_biased_leave(&cache->owner);
        if (LA_LIKELY(kept))
            return true;
    }
    return push_slow(list, entry);
}

LA_COMPLETE(biased)

#ifdef LA_HAS_RSEQ

static inline const struct la_cell *cell_at(const struct magazine_state *state)
{
    return (const void *)((const char *)la_cells_own + state->at);
}

static inline void *pop_from(struct lookaside *list, const struct la_cell *cell)
{
    const struct la_slab *seen;
    void *entry;

    if (LA_UNLIKELY(!la_slab_pop_at(magazine_state(list)->area, cell, &entry, &seen)))
        return pop_slow(list);
    la_handed_over(entry);
    return entry;
}

static inline bool push_to(struct lookaside *list, const struct la_cell *cell, void *entry)
{
    const struct la_slab *seen;

    la_hand_over(entry);
    return LA_LIKELY(la_slab_push_at(magazine_state(list)->area, cell, entry, &seen)) ||
           push_slow(list, entry);
}

static LA_HOT void *magazine_pop(struct lookaside *list)
{
    return pop_from(list, cell_at(magazine_state(list)));
}

static LA_HOT bool magazine_push(struct lookaside *list, void *entry)
{
    return push_to(list, cell_at(magazine_state(list)), entry);
}

LA_COLD void *magazine_take_slow(struct lookaside *list)
{
    void *entry = pop_slow(list);

    return entry ? entry : lookaside_alloc_miss(list);
}

LA_COLD void magazine_give_slow(struct lookaside *list, void *entry)
{
    if (!push_slow(list, entry))
        lookaside_free_miss(list, entry);
}

#ifdef LA_HAS_SLAB_FUNCTIONS

#define WHERE(area, where)                            \
    "movq 64(%rdi), " area "\n\t"                     \
    "movq la_cells_own@gottpoff(%rip), " where "\n\t" \
    "movq %fs:(" where "), " where "\n\t"             \
    "addq 64+8(%rdi), " where "\n\t"
_Static_assert(offsetof(struct lookaside, state) == 64, "WHERE looks there");
_Static_assert(offsetof(struct magazine_state, area) == 0, "WHERE reads it there");
_Static_assert(offsetof(struct magazine_state, at) == 8, "WHERE reads it there");

LA_SLAB_TAKE(magazine_take, AT, WHERE, magazine_take_slow)
LA_SLAB_GIVE(magazine_give, AT, WHERE, LA_SLAB_NO_GUARD, magazine_give_slow)
LA_SLAB_GIVE(give_hardened, AT, WHERE, LA_SLAB_GUARD, magazine_give_hardened_slow)

#else

/* Each ends in a jump and needs no frame. */
static LA_HOT void *magazine_take(struct lookaside *list)
{
    const struct magazine_state *state = magazine_state(list);
    const struct la_slab *seen;
    void *entry;

    if (LA_UNLIKELY(!la_slab_pop_at(state->area, cell_at(state), &entry, &seen)))
        return magazine_take_slow(list);
    la_handed_over(entry);
    return entry;
}

static LA_HOT void magazine_give(struct lookaside *list, void *entry)
{
    const struct magazine_state *state = magazine_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    if (LA_UNLIKELY(!la_slab_push_at(state->area, cell_at(state), entry, &seen)))
        magazine_give_slow(list, entry);
}

#define give_hardened la_give_by_push

#endif

/* For slots beyond the direct cells: a call more. */
static LA_HOT LA_INLINE void *far_pop(struct lookaside *list)
{
    return pop_from(list, la_slot_cell(magazine_state(list)->slot));
}

static LA_HOT LA_INLINE bool far_push(struct lookaside *list, void *entry)
{
    return push_to(list, la_slot_cell(magazine_state(list)->slot), entry);
}

LA_COMPLETE(far)

static uint32_t pop_section(const struct magazine_state *state, void **entries, uint32_t nr)
{
    const struct la_slab *seen;
    uint32_t taken =
        la_slab_pop_bulk_at(state->area, la_slot_cell(state->slot), entries, nr, &seen);

    LA_INJECT(617);
    for (uint32_t i = 0; i < taken; i++)
        la_handed_over(entries[i]);
    return taken;
}

static uint32_t push_section(const struct magazine_state *state, void *const *entries, uint32_t nr)
{
    const struct la_slab *seen;

    LA_INJECT(618);
    for (uint32_t i = 0; i < nr; i++)
        la_hand_over(entries[i]);
    return la_slab_push_bulk_at(state->area, la_slot_cell(state->slot), entries, nr, &seen);
}

#else

#define magazine_pop biased_pop
#define magazine_push biased_push
#define give_hardened la_give_by_push
#define magazine_take biased_take
#define magazine_give biased_give
#define far_pop biased_pop
#define far_push biased_push
#define far_take biased_take
#define far_give biased_give
#define pop_section(state, entries, nr) 0
#define push_section(state, entries, nr) 0

#endif

/* One hold of the lock, for the variant with locks. */
static uint32_t pop_locked(const struct magazine_state *state, void **entries, uint32_t nr)
{
    struct magazine_cache *cache = la_slot_cell(state->slot)->value;
    struct la_slab *loaded;
    uint32_t taken = 0;
    bool without_lock;

    LA_INJECT(615);
    if (!cache)
        return 0;
    without_lock = magazine_own(state, cache);
    loaded = magazine_loaded(cache);
    while (loaded && taken < nr && (entries[taken] = la_slab_pop(loaded)))
        taken++;
    magazine_disown(state, cache, without_lock);
    return taken;
}

static uint32_t push_locked(const struct magazine_state *state, void *const *entries, uint32_t nr)
{
    struct magazine_cache *cache = la_slot_cell(state->slot)->value;
    struct la_slab *loaded;
    uint32_t kept = 0;
    bool without_lock;

    LA_INJECT(616);
    if (!cache)
        return 0;
    without_lock = magazine_own(state, cache);
    loaded = magazine_loaded(cache);
    while (loaded && kept < nr && la_slab_push(loaded, entries[kept]))
        kept++;
    magazine_disown(state, cache, without_lock);
    return kept;
}

bool magazine_push_rest(struct lookaside *list, void *entry)
{
    return magazine_state(list)->area ? push_slow(list, entry) : biased_push(list, entry);
}

static uint32_t at_once(size_t nr)
{
    return nr < MAGAZINE_SLOTS ? (uint32_t)nr : MAGAZINE_SLOTS;
}

/* As much as the loaded magazine has in one go; then one the long way, which loads another. */
static size_t magazine_pop_bulk(struct lookaside *list, void **entries, size_t nr)
{
    const struct magazine_state *state = magazine_state(list);
    size_t taken = 0;

    while (taken < nr) {
        uint32_t want = at_once(nr - taken);

        taken += state->area ? pop_section(state, entries + taken, want)
                             : pop_locked(state, entries + taken, want);
        if (taken == nr || !(entries[taken] = pop_slow(list)))
            break;
        taken++;
    }
    return taken;
}

static size_t magazine_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    const struct magazine_state *state = magazine_state(list);
    size_t kept = 0;

    while (kept < nr) {
        uint32_t want = at_once(nr - kept);

        kept += state->area ? push_section(state, entries + kept, want)
                            : push_locked(state, entries + kept, want);
        if (kept == nr || !push_slow(list, entries[kept]))
            break;
        kept++;
    }
    return kept;
}

/* --- the rest --- */

static bool magazine_supported(const char **detail)
{
    if (la_rseq()->area)
        *detail = la_rseq()->detail;
    else
        (void)la_biased_works(detail);
    return true;
}

/* Slots for the deepest that the list is configured to get. */
static uint32_t slots_for(const struct lookaside *list)
{
    uint32_t limit = magazine_limit(list);
    uint32_t most = (limit > list->depth.max ? limit : list->depth.max) / MAGAZINE_PER_LIMIT_ALONE;

    return most < MAGAZINE_LEAST_FULL ? MAGAZINE_LEAST_FULL
           : most < MAGAZINE_SLOTS    ? most
                                      : MAGAZINE_SLOTS;
}

static void choose_variant(struct lookaside *list, struct magazine_state *state)
{
    state->area = la_rseq()->area;
    state->at = state->slot * sizeof(struct la_cell);
    if (!state->area) {
        LA_USE(list, biased);
    } else if (!la_slot_is_direct(state->slot)) {
        LA_USE(list, far);
    } else {
        list->bound = list->hardened ? 0 : LA_LAYOUT_MAGAZINE;
    }
    if (list->hardened) {
        bool direct = state->area && la_slot_is_direct(state->slot);

        list->push = magazine_push_hardened;
        list->give = direct ? give_hardened : la_give_by_push;
    }
}

static struct magazine_hub *hub_new(void)
{
    struct magazine_hub *hub = aligned_alloc(_Alignof(struct magazine_hub), sizeof *hub);

    if (!hub)
        return NULL;
    memset(hub, 0, sizeof *hub);
    magazine_depot_init(&hub->depot);
    pthread_mutex_init(&hub->visits, NULL);
    return hub;
}

static void hub_free(struct magazine_hub *hub)
{
    pthread_mutex_destroy(&hub->visits);
    free(hub);
}

static int magazine_init(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    int error;

    state->hub = hub_new();
    if (!state->hub)
        return -ENOMEM;
    error = la_slot_new(&state->slot, magazine_cache_exits);
    if (error) {
        hub_free(state->hub);
        return error;
    }
    state->nr_slots = slots_for(list);
    choose_variant(list, state);
    return 0;
}

static void magazine_fini(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache, *next;

    /* From here on no exiting thread knows the list. */
    la_slot_free(state->slot);
    for (cache = magazine_first(state); cache; cache = next) {
        next = cache->next;
        free(magazine_loaded(cache));
        free(magazine_previous(cache));
        free(cache);
    }
    magazine_free_chain(state->hub->depot.empty);
    hub_free(state->hub);
}

static void magazine_thread_exit(struct lookaside *list)
{
    struct magazine_state *state = magazine_state(list);
    struct magazine_cache *cache = own_cache(state);

    if (cache)
        magazine_give_all_up(state, cache);
}

const struct lookaside_strategy la_strategy_magazine = {
    .name = "magazine",
    .summary = "two magazines per thread worked on in restartable sequences, a depot behind",
    .init = magazine_init,
    .fini = magazine_fini,
    .pop = magazine_pop,
    .push = magazine_push,
    .take = magazine_take,
    .give = magazine_give,
    .drain = magazine_drain,
    .stats = magazine_stats,
    .supported = magazine_supported,
    .tick = magazine_tick,
    .count = magazine_count,
    .counts = magazine_counts,
    .thread_exit = magazine_thread_exit,
    .pop_bulk = magazine_pop_bulk,
    .push_bulk = magazine_push_bulk,
};
