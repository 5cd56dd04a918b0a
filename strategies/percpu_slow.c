/* SPDX-License-Identifier: MIT */
/*
 * percpu_slow.c: pop and push when the CPU's slab is empty or full: the depots, the limit's
 * credits, and the decision to ask other CPUs. Also safe in signal handlers; percpu.h says how.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "percpu.h"

enum { VAIN_IN_A_ROW = 16 };

/* Another number after entries or credits were moved, or the limit was changed. */
static uint16_t news_of(struct lookaside *list)
{
    const struct percpu_state *state = la_state(list);

    return (uint16_t)(atomic_load_explicit(&state->news, memory_order_relaxed) +
                      8 * atomic_load_explicit(&list->limit, memory_order_relaxed));
}

/*
 * Demand beyond the limit makes every operation a slow one, in vain, and what would tell it so lies
 * in lines that others write. So after one that was in vain, those that follow on this CPU
 * are not tried, until so many have passed or something was moved. Threads write it without a
 * lock; races lose a step. What another CPU pushes or pops meanwhile within its own capacity is no
 * news: as with the pauses between looks, a thread that was not alone may miss that for a moment.
 */
static bool is_vain(struct lookaside *list, struct percpu_cpu *cpu, enum percpu_want want)
{
    unsigned left = atomic_load_explicit(&cpu->vain[want], memory_order_relaxed);

    if (left == 0 || atomic_load_explicit(&cpu->news[want], memory_order_relaxed) != news_of(list))
        return false;
    atomic_store_explicit(&cpu->vain[want], (uint8_t)(left - 1), memory_order_relaxed);
    return true;
}

/* Before an operation that may be in vain: who watches this CPU sees it at work. */
static void try_in_vain(struct lookaside *list, struct percpu_cpu *cpu, enum percpu_want want)
{
    atomic_store_explicit(&cpu->news[want], news_of(list), memory_order_relaxed);
    atomic_store_explicit(&cpu->vain[want], VAIN_IN_A_ROW, memory_order_relaxed);
}

void percpu_not_in_vain(struct percpu_cpu *cpu)
{
    for (unsigned want = 0; want < PERCPU_NR_WANTS; want++)
        atomic_store_explicit(&cpu->vain[want], 0, memory_order_relaxed);
}

static void raise_nr_used(struct percpu_state *state, uint32_t nr)
{
    uint32_t used = percpu_nr_used(state);

    /* Sequentially consistent: a drain that reads the old number does so before this CPU's first
     * entry. */
    while (used < nr && !atomic_compare_exchange_weak_explicit(
                            &state->nr_used, &used, nr, memory_order_seq_cst, memory_order_relaxed))
        continue;
}

void percpu_make_slab(struct percpu_state *state, struct percpu_cpu *cpu)
{
    size_t index = (size_t)(cpu - state->cpus);
    struct la_slab *slab = (void *)(state->slabs + index * state->slab_bytes);

    atomic_init(&slab->word, 0);
    atomic_init(&slab->capacity, 0);
    cpu->slab = slab;
    memset(percpu_counts_of(state, cpu), 0, LA_NR_COUNTS * sizeof(uint64_t));
    LA_INJECT(521);
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
    unsigned waits = 0;

    while (state->area) {
        unsigned current = percpu_current(state);
        struct percpu_cpu *cpu = &state->cpus[current];

        waits += la_spin_lock(&cpu->lock);
        LA_INJECT(506);
        if (LA_LIKELY(hide_current(state, current))) {
            if (LA_UNLIKELY(!cpu->slab))
                percpu_make_slab(state, cpu);
            if (LA_UNLIKELY(waits > 0))
                percpu_counts_of(state, cpu)[LA_COUNT_LOCK_WAITS] += waits;
            LA_INJECT(522);
            return cpu;
        }
        /* We were moved to another CPU: its record is the nearer one. */
        la_spin_unlock(&cpu->lock);
        LA_INJECT(523);
    }
    return percpu_enter_locked(state);
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

struct percpu_depot *percpu_filled_depot(struct percpu_state *state, struct percpu_depot *near)
{
    if (LA_LIKELY(percpu_depot_entries(near) > 0))
        return near;
    for (uint32_t i = 0; state->nr_depots > 1 && i < state->nr_depots; i++) {
        struct percpu_depot *depot = percpu_depot_at(state, i);

        if (percpu_depot_entries(depot) > 0)
            return depot;
    }
    return NULL;
}

/* A depot's newest batch into an empty slab of the caller's; false if there is none. */
static bool refill(struct lookaside *list, struct percpu_cpu *cpu)
{
    struct percpu_state *state = la_state(list);
    uint32_t batch = percpu_batch(list), unused = la_slab_capacity(cpu->slab), nr = 0, keep;
    struct percpu_depot *depot;

    batch = batch < state->nr_slots ? batch : state->nr_slots;
    while (nr == 0 && (depot = percpu_filled_depot(state, cpu->depot))) {
        nr = percpu_depot_take(depot, cpu->slab->slots, batch);
        percpu_note(state, cpu, LA_COUNT_DEPOT);
    }
    if (nr == 0)
        return false;
    percpu_note(state, cpu, LA_COUNT_REFILLS);
    LA_INJECT(524);
    cpu->moved_in += nr;
    la_slab_add_word(cpu->slab, nr);
    keep = unused_to_keep(list, cpu, nr);
    la_slab_set_capacity(cpu->slab, nr + keep);
    LA_INJECT(525);
    if (unused > keep) {
        percpu_return_credits(state, unused - keep);
        percpu_note(state, cpu, LA_COUNT_CREDITS);
    }
    return true;
}

/* From this CPU and the depots. */
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

    LA_INJECT(526);
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
static void *pop_anywhere(struct lookaside *list, const struct la_slab *seen)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *victim;
    void *entry = NULL;

    if (seen == &la_slab_away ||
        percpu_filled_depot(state, state->cpus[percpu_current(state)].depot))
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

__attribute__((noinline)) void *percpu_pop_slow(struct lookaside *list, const struct la_slab *seen)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *mine = &state->cpus[percpu_current(state)];
    void *entry;

    if (seen != &la_slab_away && is_vain(list, mine, PERCPU_ENTRIES))
        return NULL;
    if (!percpu_begin())
        return NULL;
    la_slow_note(LA_SLOW_PATH);
    try_in_vain(list, mine, PERCPU_ENTRIES);
    LA_INJECT(513);
    entry = pop_anywhere(list, seen);
    if (entry)
        percpu_not_in_vain(mine);
    percpu_end();
    return entry;
}

/* Up to want more credits from the list's limit. Under the record's lock. */
static uint32_t claim(struct lookaside *list, const struct percpu_cpu *cpu, uint32_t want)
{
    struct percpu_state *state = la_state(list);
    uint32_t limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    uint32_t got = la_credits_claim(&state->credits, limit, want);
    uint32_t excess;

    if (got > 0)
        percpu_note(state, cpu, LA_COUNT_CREDITS);
    LA_INJECT(501);
    /* A drain that follows a fall of the limit may have found our claim not yet made. Then our
     * claim came after its look at the credits and acquired the new limit: read again. */
    limit = atomic_load_explicit(&list->limit, memory_order_relaxed);
    excess = la_credits_excess(&state->credits, limit);
    if (got > 0)
        percpu_tell(state);
    if (LA_LIKELY(excess == 0))
        return got;
    excess = excess < got ? excess : got;
    percpu_note(state, cpu, LA_COUNT_CREDITS);
    LA_INJECT(527);
    percpu_return_credits(state, excess);
    return got - excess;
}

void percpu_spill(struct percpu_state *state, struct percpu_cpu *cpu, uint32_t nr)
{
    struct la_slab *slab = cpu->slab;
    uint32_t depth = la_slab_depth(slab);

    nr = percpu_depot_give(cpu->depot, slab->slots, nr);
    LA_INJECT(528);
    memmove(slab->slots, slab->slots + nr, (depth - nr) * sizeof *slab->slots);
    la_slab_add_word(slab, -(uint64_t)nr);
    LA_INJECT(529);
    la_slab_set_capacity(slab, la_slab_capacity(slab) - nr);
    cpu->moved_in -= nr;
    percpu_tell(state);
}

/* How many entries a depot should have; more than before if another CPU has missed. Races between
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
    entries = percpu_depot_entries(cpu->depot);
    return entries == 0 || entries < update_stock(list, cpu);
}

/* Room in a full slab of the caller's: credits, and slots or entries for others by a spill. */
static bool make_room(struct lookaside *list, struct percpu_cpu *cpu)
{
    struct percpu_state *state = la_state(list);
    uint32_t batch = percpu_batch(list), depth = la_slab_depth(cpu->slab), room, got;

    if (should_spill(list, cpu)) {
        percpu_spill(state, cpu, batch < depth ? batch : depth);
        percpu_note(state, cpu, LA_COUNT_DEPOT);
        percpu_note(state, cpu, LA_COUNT_SPILLS);
    }
    room = state->nr_slots - la_slab_capacity(cpu->slab);
    got = claim(list, cpu, batch < room ? batch : room);
    LA_INJECT(530);
    la_slab_set_capacity(cpu->slab, la_slab_capacity(cpu->slab) + got);
    return got > 0;
}

static bool push_near(struct lookaside *list, void *entry)
{
    struct percpu_cpu *cpu = percpu_enter(la_state(list));
    bool kept =
        la_slab_push(cpu->slab, entry) || (make_room(list, cpu) && la_slab_push(cpu->slab, entry));

    percpu_leave(cpu);
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

__attribute__((noinline)) bool percpu_push_slow(struct lookaside *list, void *entry,
                                                const struct la_slab *seen)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *mine = &state->cpus[percpu_current(state)];
    bool kept;

    if (seen != &la_slab_away && is_vain(list, mine, PERCPU_CREDITS))
        return false;
    if (!percpu_begin())
        return false;
    la_slow_note(LA_SLOW_PATH);
    try_in_vain(list, mine, PERCPU_CREDITS);
    LA_INJECT(514);
    kept = ((seen == &la_slab_away || credits_left(list)) && push_near(list, entry)) ||
           (recall(list) && push_near(list, entry));
    if (kept)
        percpu_not_in_vain(mine);
    percpu_end();
    return kept;
}
