/* SPDX-License-Identifier: MIT */
/*
 * percpu.c: a stack of pointers per CPU, with a depot behind. percpu.h draws the state and argues
 * why it is correct.
 *
 * The walk of an entry. push puts it on the CPU's slab, one restartable section. When the slab has
 * no capacity left, push_slow() claims a batch of the limit's credits; when the depot has less than
 * its stock and the slab has two batches, the slab's oldest batch goes to the depot. The stock
 * rises by a batch whenever another CPU missed meanwhile, and halves at a tick. pop takes the
 * newest from the slab; when that is empty, pop_slow() brings the depot's newest magazine. So one
 * thread sees last in first out (what is in the depot is older than what is in the slab), and a
 * producer and a consumer on two CPUs meet once a batch.
 *
 * When no credits are left, or nothing is left to take, percpu_remote.c looks at the other CPUs.
 */
#include "percpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"

static void raise_nr_used(struct percpu_state *state, uint32_t nr)
{
    uint32_t used = percpu_nr_used(state);

    /* Sequentially consistent: a drain that reads the old number does so before this CPU's first
     * entry. */
    while (used < nr && !atomic_compare_exchange_weak_explicit(
                            &state->nr_used, &used, nr, memory_order_seq_cst, memory_order_relaxed))
        continue;
}

static void make_slab(struct percpu_state *state, struct percpu_cpu *cpu)
{
    size_t index = (size_t)(cpu - state->cpus);
    struct la_slab *slab = (void *)(state->slabs + index * state->slab_bytes);

    atomic_init(&slab->word, 0);
    atomic_init(&slab->capacity, 0);
    cpu->slab = slab;
    raise_nr_used(state, (uint32_t)index + 1);
}

/* Whether the thread that just locked current's record has its slab alone now. */
static bool hide_current(struct percpu_state *state, unsigned current)
{
#ifdef LA_HAS_RSEQ
    if (state->area)
        return la_slab_hide_on_cpu(state->area, state->cpus, current);
#endif
    (void)state;
    (void)current;
    return true;
}

struct percpu_cpu *percpu_enter(struct percpu_state *state)
{
    for (;;) {
        unsigned current = percpu_current(state);
        struct percpu_cpu *cpu = &state->cpus[current];

        la_spin_lock(&cpu->lock);
        LA_INJECT(506);
        if (LA_LIKELY(hide_current(state, current))) {
            if (LA_UNLIKELY(!cpu->slab))
                make_slab(state, cpu);
            return cpu;
        }
        /* We were moved to another CPU: its record is the nearer one. */
        la_spin_unlock(&cpu->lock);
    }
}

/* How many of its unused credits a CPU keeps when it gets more with a magazine: all, unless
 * another CPU has asked in vain. */
static uint32_t unused_to_keep(struct lookaside *list, const struct percpu_cpu *cpu,
                               uint32_t rounds)
{
    struct percpu_state *state = la_state(list);
    uint32_t hungry = atomic_load_explicit(&state->hungry, memory_order_relaxed);
    uint32_t unused = la_slab_capacity(cpu->slab);
    uint32_t most = state->nr_slots - rounds;

    if (hungry && hungry != (uint32_t)(cpu - state->cpus) + 1 && most > percpu_batch(list))
        most = percpu_batch(list);
    return unused < most ? unused : most;
}

/* The depot's newest magazine into an empty slab of the caller's; false if there is none. */
static bool refill(struct lookaside *list, struct percpu_cpu *cpu)
{
    struct percpu_state *state = la_state(list);
    struct la_magazine *magazine = la_depot_exchange_for_filled(&state->depot, cpu->spare);
    uint32_t rounds, unused = la_slab_capacity(cpu->slab), keep;

    if (!magazine)
        return false;
    rounds = magazine->rounds;
    memcpy(cpu->slab->slots, magazine->slots, rounds * sizeof *magazine->slots);
    magazine->rounds = 0;
    cpu->spare = magazine;
    cpu->moved_in += rounds;
    la_slab_add_word(cpu->slab, rounds);
    keep = unused_to_keep(list, cpu, rounds);
    la_slab_set_capacity(cpu->slab, rounds + keep);
    if (unused > keep)
        la_credits_return(&state->credits, unused - keep);
    return true;
}

/* From this CPU and the depot. */
static void *pop_near(struct lookaside *list)
{
    struct percpu_cpu *cpu = percpu_enter(la_state(list));
    void *entry = la_slab_pop(cpu->slab);

    if (!entry && refill(list, cpu))
        entry = la_slab_pop(cpu->slab);
    percpu_leave(cpu);
    return entry;
}

static void *pop_stolen(struct lookaside *list, struct percpu_cpu *victim)
{
    struct percpu_cpu *cpu = percpu_enter(la_state(list));
    void *entry;

    if (la_slab_depth(cpu->slab) == 0)
        percpu_steal(list, cpu, victim);
    entry = la_slab_pop(cpu->slab);
    percpu_leave(cpu);
    return entry;
}

/* Asks CPUs that free for more. Relaxed and only once until one has seen it: a hint, in a line that
 * others read. */
static void note_miss(struct percpu_state *state)
{
    if (atomic_load_explicit(&state->starved, memory_order_relaxed) == 0)
        atomic_store_explicit(&state->starved, percpu_current(state) + 1, memory_order_relaxed);
}

/* A true miss takes no lock and no fence, and reads nothing that others write often. */
static __attribute__((noinline)) void *pop_slow(struct lookaside *list, const struct la_slab *seen)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *victim;
    void *entry = NULL;

    if (seen == &la_slab_away || la_depot_has_entries(&state->depot))
        entry = pop_near(list);
    if (entry)
        return entry;
    victim = percpu_look(list, PERCPU_ENTRIES);
    LA_INJECT(502);
    if (victim)
        return pop_stolen(list, victim);
    note_miss(state);
    return NULL;
}

uint32_t percpu_claim(struct lookaside *list, uint32_t want)
{
    struct percpu_state *state = la_state(list);
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    uint32_t got = la_credits_claim(&state->credits, limit, want);
    uint32_t excess;

    LA_INJECT(501);
    /* A drain that follows a fall of the limit may have found our claim not yet made. Then our
     * claim came after its look at the credits and acquired the new limit: read again. */
    limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    excess = la_credits_excess(&state->credits, limit);
    if (LA_LIKELY(excess == 0))
        return got;
    excess = excess < got ? excess : got;
    la_credits_return(&state->credits, excess);
    return got - excess;
}

void percpu_spill(struct percpu_state *state, struct percpu_cpu *cpu, struct la_magazine *magazine,
                  uint32_t nr)
{
    struct la_slab *slab = cpu->slab;
    uint32_t depth = la_slab_depth(slab);

    memcpy(magazine->slots, slab->slots, nr * sizeof *slab->slots);
    memmove(slab->slots, slab->slots + nr, (depth - nr) * sizeof *slab->slots);
    magazine->rounds = nr;
    la_slab_add_word(slab, -(uint64_t)nr);
    la_slab_set_capacity(slab, la_slab_capacity(slab) - nr);
    cpu->moved_in -= nr;
    cpu->spare = la_depot_exchange_for_empty(&state->depot, magazine);
}

/* How many entries the depot should have; more than before if another CPU has missed. Races between
 * CPUs lose a step at worst. */
static uint32_t update_stock(struct lookaside *list, const struct percpu_cpu *cpu)
{
    struct percpu_state *state = la_state(list);
    uint32_t starved = atomic_load_explicit(&state->starved, memory_order_relaxed);
    uint32_t stock = atomic_load_explicit(&state->stock, memory_order_relaxed);
    uint32_t most = atomic_load_explicit(&list->limit, memory_order_relaxed) / 2;

    if (starved == 0 || starved == (uint32_t)(cpu - state->cpus) + 1)
        return stock;
    stock += percpu_batch(list);
    stock = stock < most ? stock : most;
    atomic_store_explicit(&state->stock, stock, memory_order_relaxed);
    atomic_store_explicit(&state->starved, 0, memory_order_relaxed);
    return stock;
}

/* Whether the oldest batch of a full slab belongs in the depot. */
static bool should_spill(struct lookaside *list, const struct percpu_cpu *cpu)
{
    struct percpu_state *state = la_state(list);
    uint32_t depth = la_slab_depth(cpu->slab), entries;

    if (depth == state->nr_slots)
        return true;
    if (depth < 2 * percpu_batch(list))
        return false;
    entries = atomic_load_explicit(&state->depot.entries, memory_order_relaxed);
    return entries == 0 || entries < update_stock(list, cpu);
}

enum kept { KEPT, FULL, NEEDS_MAGAZINE };

/* Room in a full slab of the caller's: credits, and slots or entries for others by a spill. *fresh
 * is a magazine to use if there is no other; NULL once used. */
static enum kept make_room(struct lookaside *list, struct percpu_cpu *cpu,
                           struct la_magazine **fresh)
{
    struct percpu_state *state = la_state(list);
    uint32_t batch = percpu_batch(list), depth = la_slab_depth(cpu->slab), room, got;

    if (should_spill(list, cpu)) {
        if (!cpu->spare) {
            cpu->spare = *fresh;
            *fresh = NULL;
        }
        if (!cpu->spare)
            return NEEDS_MAGAZINE;
        percpu_spill(state, cpu, cpu->spare, batch < depth ? batch : depth);
    }
    room = state->nr_slots - la_slab_capacity(cpu->slab);
    got = percpu_claim(list, batch < room ? batch : room);
    la_slab_set_capacity(cpu->slab, la_slab_capacity(cpu->slab) + got);
    return got > 0 ? KEPT : FULL;
}

static enum kept push_near(struct lookaside *list, void *entry, struct la_magazine **fresh)
{
    struct percpu_cpu *cpu = percpu_enter(la_state(list));
    enum kept kept = KEPT;

    if (!la_slab_push(cpu->slab, entry)) {
        kept = make_room(list, cpu, fresh);
        if (kept == KEPT)
            la_slab_push(cpu->slab, entry);
    }
    percpu_leave(cpu);
    return kept;
}

/* Magazines are made with no lock held. Without memory for one the entry is refused. */
static enum kept push_or_allocate(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    struct la_magazine *fresh = NULL;
    enum kept kept = push_near(list, entry, &fresh);

    while (kept == NEEDS_MAGAZINE) {
        fresh = la_depot_get_empty(&state->depot, PERCPU_MAX_BATCH);
        kept = fresh ? push_near(list, entry, &fresh) : FULL;
    }
    if (fresh)
        la_depot_put(&state->depot, fresh);
    return kept;
}

static bool credits_left(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);

    return la_credits_claimed(&state->credits) <
           atomic_load_explicit(&list->limit, memory_order_relaxed);
}

/* Whether another CPU gave unused credits back. */
static bool recall(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    uint32_t hungry = percpu_current(state) + 1;
    struct percpu_cpu *victim;

    /* Relaxed and only when it changes: a hint to refills, in a line that others read. */
    if (atomic_load_explicit(&state->hungry, memory_order_relaxed) != hungry)
        atomic_store_explicit(&state->hungry, hungry, memory_order_relaxed);
    victim = percpu_look(list, PERCPU_CREDITS);
    LA_INJECT(503);
    return victim && percpu_recall(state, victim);
}

static __attribute__((noinline)) bool push_slow(struct lookaside *list, void *entry,
                                                const struct la_slab *seen)
{
    if ((seen == &la_slab_away || credits_left(list)) && push_or_allocate(list, entry) == KEPT)
        return true;
    return recall(list) && push_or_allocate(list, entry) == KEPT;
}

/* The variant without restartable sequences: the lock in place of the section. */
static LA_HOT void *pop_locked(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *cpu = &state->cpus[la_current_cpu()];
    const struct la_slab *seen = &la_slab_away;
    void *entry = NULL;

    la_spin_lock(&cpu->lock);
    if (LA_LIKELY(cpu->slab)) {
        entry = la_slab_pop(cpu->slab);
        seen = cpu->slab;
    }
    la_spin_unlock(&cpu->lock);
    if (LA_UNLIKELY(!entry))
        entry = pop_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

static LA_HOT bool push_locked(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *cpu = &state->cpus[la_current_cpu()];
    const struct la_slab *seen = &la_slab_away;
    bool kept = false;

    la_hand_over(entry);
    la_spin_lock(&cpu->lock);
    if (LA_LIKELY(cpu->slab)) {
        kept = la_slab_push(cpu->slab, entry);
        seen = cpu->slab;
    }
    la_spin_unlock(&cpu->lock);
    return LA_LIKELY(kept) || push_slow(list, entry, seen);
}

#ifdef LA_HAS_RSEQ

static LA_HOT void *percpu_pop(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;
    void *entry;

    if (LA_UNLIKELY(!la_slab_pop_on_cpu(state->area, state->cpus, &entry, &seen)))
        entry = pop_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

static LA_HOT bool percpu_push(struct lookaside *list, void *entry)
{
    struct percpu_state *state = la_state(list);
    const struct la_slab *seen;

    la_hand_over(entry);
    return LA_LIKELY(la_slab_push_on_cpu(state->area, state->cpus, entry, &seen)) ||
           push_slow(list, entry, seen);
}

#else

#define percpu_pop pop_locked
#define percpu_push push_locked

#endif

/* Slots for the deepest the list is configured to get; a depth set beyond that uses the depot. */
static uint32_t slots_for(const struct lookaside *list)
{
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    uint32_t most = limit > list->depth.max ? limit : list->depth.max;

    return most < 2 ? 2 : most > PERCPU_MAX_SLOTS ? PERCPU_MAX_SLOTS : most;
}

static size_t slab_bytes_for(uint32_t nr_slots)
{
    size_t bytes = sizeof(struct la_slab) + nr_slots * sizeof(void *);

    return (bytes + LA_NO_SHARING - 1) / LA_NO_SHARING * LA_NO_SHARING;
}

static int percpu_init(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);

    state->area = la_rseq()->area;
    if (!state->area) {
        list->pop = pop_locked;
        list->push = push_locked;
    }
    list->bound = state->area ? LA_LAYOUT_PERCPU : 0;
    state->nr_cpus = la_possible_cpus();
    state->nr_slots = slots_for(list);
    state->slab_bytes = slab_bytes_for(state->nr_slots);
    state->cpus = aligned_alloc(LA_NO_SHARING, state->nr_cpus * sizeof *state->cpus);
    state->slabs = aligned_alloc(LA_NO_SHARING, state->nr_cpus * state->slab_bytes);
    if (!state->cpus || !state->slabs) {
        free(state->cpus);
        free(state->slabs);
        return -ENOMEM;
    }
    memset(state->cpus, 0, state->nr_cpus * sizeof *state->cpus);
    for (uint32_t i = 0; i < state->nr_cpus; i++)
        atomic_init(&state->cpus[i].loaded, &la_slab_away);
    return 0;
}

static void percpu_fini(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);

    for (uint32_t i = 0; i < state->nr_cpus; i++)
        free(state->cpus[i].spare);
    la_depot_free_empties(&state->depot);
    free(state->slabs);
    free(state->cpus);
}

static bool percpu_supported(const char **detail)
{
    *detail = la_rseq()->detail;
    return true;
}

const struct lookaside_strategy la_strategy_percpu = {
    .name = "percpu",
    .summary = "an array per CPU worked on in restartable sequences, a shared depot behind",
    .init = percpu_init,
    .fini = percpu_fini,
    .pop = percpu_pop,
    .push = percpu_push,
    .drain = percpu_drain,
    .stats = percpu_stats,
    .supported = percpu_supported,
    .tick = percpu_tick,
    .count = percpu_count,
};
