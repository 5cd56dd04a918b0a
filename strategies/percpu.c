/* SPDX-License-Identifier: MIT */
/*
 * percpu.c: a stack of pointers per CPU, with a depot per last-level cache behind. percpu.h draws
 * the state and argues why it is correct.
 *
 * The walk of an entry. push puts it on the CPU's slab, one restartable section. When the slab has
 * no capacity left, percpu_push_slow() claims a batch of the limit's credits; when the depot has
 * less than its stock and the slab has two batches, the slab's oldest batch goes to the depot. The
 * stock rises by a batch whenever another CPU missed meanwhile, and halves at a tick. pop takes the
 * newest from the slab; when that is empty, percpu_pop_slow() brings the depot's newest batch. So
 * one thread sees last in first out (what is in the depot is older than what is in the slab), and a
 * producer and a consumer on two CPUs meet once a batch.
 *
 * When no credits are left, or nothing is left to take, percpu_remote.c looks at the other CPUs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "llc.h"
#include "percpu.h"

#ifdef LA_HAS_RSEQ

static LA_HOT void *percpu_pop(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;
    void *entry;

    if (LA_UNLIKELY(!la_slab_pop_on_cpu(state->area, state->cpus, &entry, &seen)))
        entry = percpu_pop_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

static LA_HOT bool percpu_push(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    return LA_LIKELY(la_slab_push_on_cpu(state->area, state->cpus, entry, &seen)) ||
           percpu_push_slow(list, entry, seen);
}

static LA_HOT bool percpu_push_hardened(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    return LA_LIKELY(la_slab_push_guarded_on_cpu(state->area, state->cpus, entry, &seen)) ||
           percpu_refuses(list, entry) || percpu_push_slow(list, entry, seen);
}

LA_COLD void *percpu_take_slow(struct lookaside *list, const struct la_slab *seen)
{
    void *entry = percpu_pop_slow(list, seen);

    la_handed_over(entry);
    return entry ? entry : lookaside_alloc_miss(list);
}

LA_COLD void percpu_give_slow(struct lookaside *list, void *entry, const struct la_slab *seen)
{
    if (!percpu_push_slow(list, entry, seen))
        lookaside_free_miss(list, entry);
}

#ifdef LA_HAS_SLAB_FUNCTIONS

#define WHERE(area, where)         \
    "movq 64(%rdi), " where "\n\t" \
    "movq 64+8(%rdi), " area "\n\t"
_Static_assert(offsetof(struct lookaside, state) == 64, "WHERE looks there");
_Static_assert(offsetof(struct percpu_state, cpus) == 0, "WHERE reads it there");
_Static_assert(offsetof(struct percpu_state, area) == 8, "WHERE reads it there");

LA_SLAB_TAKE(percpu_take, ON_CPU, WHERE, percpu_take_slow)
LA_SLAB_GIVE(percpu_give, ON_CPU, WHERE, LA_SLAB_NO_GUARD, percpu_give_slow)
LA_SLAB_GIVE(percpu_give_hardened, ON_CPU, WHERE, LA_SLAB_GUARD, percpu_give_hardened_slow)

#else

/* Each ends in a jump and needs no frame. */
static LA_HOT void *percpu_take(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;
    void *entry;

    if (LA_UNLIKELY(!la_slab_pop_on_cpu(state->area, state->cpus, &entry, &seen)))
        return percpu_take_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

static LA_HOT void percpu_give(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    if (LA_UNLIKELY(!la_slab_push_on_cpu(state->area, state->cpus, entry, &seen)))
        percpu_give_slow(list, entry, seen);
}

#define percpu_give_hardened la_give_by_push

#endif

/* One section, or one lock: what the current CPU's slab has, or has room for. */
static uint32_t pop_some(struct lookaside *list, void **entries, uint32_t nr,
                         const struct la_slab **seen)
{
    struct percpu_state *state = la_state(list);

    LA_INJECT(551);
    if (LA_UNLIKELY(!state->area))
        return percpu_pop_some_locked(list, entries, nr, seen);
    return la_slab_pop_bulk_on_cpu(state->area, state->cpus, entries, nr, seen);
}

static uint32_t push_some(struct lookaside *list, void *const *entries, uint32_t nr,
                          const struct la_slab **seen)
{
    struct percpu_state *state = la_state(list);

    LA_INJECT(552);
    if (LA_UNLIKELY(!state->area))
        return percpu_push_some_locked(list, entries, nr, seen);
    return la_slab_push_bulk_on_cpu(state->area, state->cpus, entries, nr, seen);
}

#else

#define percpu_pop percpu_locked_pop
#define percpu_push percpu_locked_push
#define percpu_push_hardened percpu_locked_push_hardened
#define percpu_give_hardened la_give_by_push
#define percpu_take percpu_locked_take
#define percpu_give percpu_locked_give
#define pop_some percpu_pop_some_locked
#define push_some percpu_push_some_locked

#endif

static uint32_t at_most(size_t nr)
{
    return nr < PERCPU_MAX_SLOTS ? (uint32_t)nr : PERCPU_MAX_SLOTS;
}

/* What the slab has in one section; then one the slow way, which brings the next batch. */
static size_t percpu_pop_bulk(struct lookaside *list, void **entries, size_t nr)
{
    const struct la_slab *seen;
    size_t taken = 0;

    while (taken < nr) {
        uint32_t want = at_most(nr - taken), got = pop_some(list, entries + taken, want, &seen);

        taken += got;
        LA_INJECT(553);
        if (got == want)
            continue;
        entries[taken] = percpu_pop_slow(list, seen);
        if (!entries[taken])
            break;
        taken++;
    }
    for (size_t i = 0; i < taken; i++)
        la_handed_over(entries[i]);
    return taken;
}

static size_t percpu_push_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    const struct la_slab *seen;
    size_t kept = 0;

    for (size_t i = 0; i < nr; i++)
        la_hand_over(entries[i]);
    while (kept < nr) {
        uint32_t want = at_most(nr - kept), got = push_some(list, entries + kept, want, &seen);

        kept += got;
        LA_INJECT(554);
        if (got == want)
            continue;
        if (!percpu_push_slow(list, entries[kept], seen))
            break;
        kept++;
    }
    return kept;
}

/* The deepest the list is configured to get. */
static uint32_t deepest(const struct lookaside *list)
{
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);

    return limit > list->depth.max ? limit : list->depth.max;
}

/* A depth set beyond what was configured uses the depot. */
static uint32_t slots_for(uint32_t most)
{
    return most < 2 ? 2 : most > PERCPU_MAX_SLOTS ? PERCPU_MAX_SLOTS : most;
}

/* The last lines are for the counts. */
_Static_assert(LA_NR_COUNTS * sizeof(uint64_t) <= LA_NO_SHARING, "counts fit behind the slab");
static size_t slab_bytes_for(uint32_t nr_slots)
{
    size_t bytes = sizeof(struct la_slab) + nr_slots * sizeof(void *);

    return (bytes + LA_NO_SHARING - 1) / LA_NO_SHARING * LA_NO_SHARING + LA_NO_SHARING;
}

static struct percpu_far_depot *make_far_depots(uint32_t nr)
{
    struct percpu_far_depot *depots;

    if (nr == 0)
        return NULL;
    depots = aligned_alloc(LA_NO_SHARING, nr * sizeof *depots);
    if (depots)
        memset(depots, 0, nr * sizeof *depots);
    return depots;
}

static void release(struct percpu_state *state)
{
    for (uint32_t i = 1; state->far_depots && i < state->nr_depots; i++)
        free(percpu_depot_at(state, i)->slots);
    free(state->depot.slots);
    free(state->far_depots);
    free(state->slabs);
    free(state->cpus);
}

static int allocate(struct percpu_state *state, uint32_t limit)
{
    state->cpus = aligned_alloc(LA_NO_SHARING, state->nr_cpus * sizeof *state->cpus);
    state->slabs = aligned_alloc(LA_NO_SHARING, state->nr_cpus * state->slab_bytes);
    state->far_depots = make_far_depots(state->nr_depots - 1);
    if (!state->cpus || !state->slabs || (state->nr_depots > 1 && !state->far_depots))
        return -ENOMEM;
    return percpu_depots_make_room(state, limit);
}

static int percpu_init(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    const struct la_llc *llc = la_llc();

    state->area = la_rseq()->area;
    state->nr_cpus = la_possible_cpus();
    state->nr_depots = llc->nr;
    state->nr_slots = slots_for(deepest(list));
    state->slab_bytes = slab_bytes_for(state->nr_slots);
    if (allocate(state, deepest(list))) {
        release(state);
        return -ENOMEM;
    }
    memset(state->cpus, 0, state->nr_cpus * sizeof *state->cpus);
    for (uint32_t i = 0; i < state->nr_cpus; i++) {
        atomic_init(&state->cpus[i].loaded, &la_slab_away);
        state->cpus[i].depot = percpu_depot_at(state, la_llc_of(llc, i));
    }
    if (!state->area) {
        (void)percpu_bias_works(&(const char *){NULL});
        LA_USE(list, percpu_locked);
    }
    list->bound = state->area && !list->hardened ? LA_LAYOUT_PERCPU : 0;
    if (list->hardened) {
        list->push = state->area ? percpu_push_hardened : percpu_locked_push_hardened;
        list->give = state->area ? percpu_give_hardened : la_give_by_push;
    }
    return 0;
}

static void percpu_fini(struct lookaside *list)
{
    release(la_state(list));
}

static int percpu_set_depth(struct lookaside *list, uint32_t limit)
{
    return percpu_depots_make_room(la_state(list), limit);
}

static bool percpu_supported(const char **detail)
{
    *detail = la_rseq()->detail;
    return true;
}

const struct lookaside_strategy la_strategy_percpu = {
    .name = "percpu",
    .summary =
        "an array per CPU worked on in restartable sequences, a depot per last-level cache behind",
    .init = percpu_init,
    .fini = percpu_fini,
    .pop = percpu_pop,
    .push = percpu_push,
    .take = percpu_take,
    .give = percpu_give,
    .drain = percpu_drain,
    .stats = percpu_stats,
    .supported = percpu_supported,
    .tick = percpu_tick,
    .set_depth = percpu_set_depth,
    .count = percpu_count,
    .counts = percpu_counts,
    .pop_bulk = percpu_pop_bulk,
    .push_bulk = percpu_push_bulk,
    .signal_safe = true,
};
