/* SPDX-License-Identifier: MIT */
/*
 * percpu_all.c: what reaches every CPU and every depot: drain, tick, statistics.
 */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "inject.h"
#include "percpu.h"

/* Entries that leave, newest first: written down under the locks, linked when they are free,
 * because linking writes to every entry, and those may be cold. Without memory for the notes they
 * are linked at once. */
struct leaving {
    void **notes;
    size_t nr;
    size_t room;
    void *first;
    void *last;
};

static void link_entry(struct leaving *leaving, void *entry)
{
    la_handed_over(entry);
    la_chain_set_next(entry, NULL);
    if (leaving->last)
        la_chain_set_next(leaving->last, entry);
    else
        leaving->first = entry;
    leaving->last = entry;
}

static void link_notes(struct leaving *leaving)
{
    for (size_t i = 0; i < leaving->nr; i++)
        link_entry(leaving, leaving->notes[i]);
    leaving->nr = 0;
}

/* slots[0 .. nr-1], newest last. */
static void leave(struct leaving *leaving, void **slots, uint32_t nr)
{
    if (nr > leaving->room - leaving->nr) {
        link_notes(leaving);
        leaving->room = 0;
    }
    while (nr > 0) {
        if (leaving->room > 0)
            leaving->notes[leaving->nr++] = slots[--nr];
        else
            link_entry(leaving, slots[--nr]);
    }
}

static void lock_depots(struct percpu_state *state)
{
    for (uint32_t i = 0; i < state->nr_depots; i++)
        la_spin_lock(&percpu_depot_at(state, i)->lock);
}

static void unlock_depots(struct percpu_state *state)
{
    for (uint32_t i = 0; i < state->nr_depots; i++)
        la_spin_unlock(&percpu_depot_at(state, i)->lock);
}

/* Exclusive access to every slab that was ever used, and the depots locked; the number of CPUs. A
 * CPU that is first used later has told nr_used before it reaches for a depot, which it finds
 * locked: everything held at the last look at nr_used is in our hands. */
static unsigned take_over_all(struct percpu_state *state)
{
    unsigned nr = 0;
    bool fence = false;

    for (;;) {
        for (; nr < percpu_nr_used(state); nr++) {
            la_spin_lock(&state->cpus[nr].lock);
            fence |= percpu_hide(state, &state->cpus[nr]);
        }
        LA_INJECT(505);
        lock_depots(state);
        LA_INJECT(537);
        if (nr == percpu_nr_used(state))
            break;
        unlock_depots(state);
    }
    if (fence)
        percpu_fence_all(state);
    LA_INJECT(538);
    for (unsigned i = 0; i < nr; i++)
        percpu_settle(&state->cpus[i]);
    return nr;
}

static uint32_t sum_depots(struct percpu_state *state)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < state->nr_depots; i++)
        sum += percpu_depot_entries(percpu_depot_at(state, i));
    return sum;
}

static uint32_t sum_slabs(const struct percpu_state *state, unsigned nr)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < nr; i++)
        sum += state->cpus[i].slab ? la_slab_depth(state->cpus[i].slab) : 0;
    return sum;
}

/* What one of several holders gives up, in proportion to what it has; the rest is the others'. */
static uint32_t share(uint32_t *surplus, uint32_t *held, uint64_t has)
{
    uint32_t gives = has ? (uint32_t)((*surplus * has + *held - 1) / *held) : 0;

    *held -= (uint32_t)has;
    *surplus -= gives;
    return gives;
}

/* The depots, locked, lose their oldest entries, surplus of the held ones together, and are
 * unlocked. */
static void cut_depots(struct percpu_state *state, uint32_t held, uint32_t surplus,
                       struct leaving *leaving)
{
    for (uint32_t i = 0; i < state->nr_depots; i++) {
        struct percpu_depot *depot = percpu_depot_at(state, i);
        uint32_t entries = percpu_depot_entries(depot);
        uint32_t gives = share(&surplus, &held, entries);

        leave(leaving, depot->slots, gives);
        memmove(depot->slots, depot->slots + gives, (entries - gives) * sizeof *depot->slots);
        atomic_store_explicit(&depot->entries, entries - gives, memory_order_relaxed);
        la_spin_unlock(&depot->lock);
    }
}

/* Takes the oldest nr entries out of a slab of the caller's, and all unused credits; returns the
 * number of credits that come free. */
static uint32_t cut_slab(struct percpu_cpu *cpu, uint32_t nr, struct leaving *leaving)
{
    struct la_slab *slab = cpu->slab;
    uint32_t capacity = la_slab_capacity(slab), left = la_slab_depth(slab) - nr;

    leave(leaving, slab->slots, nr);
    memmove(slab->slots, slab->slots + nr, left * sizeof *slab->slots);
    la_slab_add_word(slab, -(uint64_t)nr);
    la_slab_set_capacity(slab, left);
    cpu->moved_in -= nr;
    return capacity - left;
}

static void forget_pauses(struct percpu_cpu *cpu)
{
    for (unsigned want = 0; want < PERCPU_NR_WANTS; want++)
        atomic_store_explicit(&cpu->look_after[want], 0, memory_order_relaxed);
    atomic_store_explicit(&cpu->penalty, 0, memory_order_relaxed);
    percpu_not_in_vain(cpu);
}

/* The first nr slabs lose their oldest entries, surplus of the held ones together, and all credits
 * that are not behind an entry; they are put back. Returns the number of credits. */
static uint32_t cut_slabs(struct percpu_state *state, unsigned nr, uint32_t held, uint32_t surplus,
                          struct leaving *leaving)
{
    uint32_t credits = 0;

    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];

        if (cpu->slab)
            credits += cut_slab(cpu, share(&surplus, &held, la_slab_depth(cpu->slab)), leaving);
        forget_pauses(cpu);
        percpu_leave(cpu);
        LA_INJECT(539);
    }
    return credits;
}

/* All but keep entries: what is in depots is older, and goes first. The chain is newest first all
 * the same. */
static void cut(struct percpu_state *state, size_t keep, struct leaving *leaving)
{
    unsigned nr = take_over_all(state);
    uint32_t in_slabs = sum_slabs(state, nr), in_depots = sum_depots(state);
    uint32_t from_slabs = in_slabs > keep ? in_slabs - (uint32_t)keep : 0;
    uint64_t keep_in_depots = keep > in_slabs ? keep - in_slabs : 0;
    uint32_t from_depots = in_depots > keep_in_depots ? in_depots - (uint32_t)keep_in_depots : 0;
    uint32_t credits = cut_slabs(state, nr, in_slabs, from_slabs, leaving);

    LA_INJECT(515);
    cut_depots(state, in_depots, from_depots, leaving);
    LA_INJECT(540);
    percpu_return_credits(state, credits + from_depots);
}

void *percpu_drain(struct lookaside *list, size_t keep)
{
    struct percpu_state *state = la_state(list);
    uint32_t claimed = la_credits_settled(&state->credits);
    struct leaving leaving = {0};

    /* Nothing is held beyond the claims: ticks and trims to the limit end here. */
    if (claimed <= keep)
        return NULL;
    leaving.notes = malloc(claimed * sizeof *leaving.notes);
    leaving.room = leaving.notes ? claimed : 0;
    LA_INJECT(541);
    (void)percpu_begin();
    cut(state, keep, &leaving);
    percpu_end();
    LA_INJECT(542);
    link_notes(&leaving);
    free(leaving.notes);
    return leaving.first;
}

/* Counts the CPUs' pops on past the 48 bits of the word. Under the record's lock. */
static void fold_pops(struct percpu_cpu *cpu, uint64_t word)
{
    uint64_t pops = word >> LA_SLAB_POPS_SHIFT;
    uint64_t mask = UINT64_MAX >> LA_SLAB_POPS_SHIFT;

    cpu->pops += (pops - cpu->pops_seen) & mask;
    cpu->pops_seen = pops;
}

/* An entry that moved while it was counted may be in the sum twice; the claims bound the truth. */
static uint32_t at_most_claimed(struct percpu_state *state, uint64_t held)
{
    uint32_t claimed = la_credits_claimed(&state->credits);

    return held < claimed ? (uint32_t)held : claimed;
}

size_t percpu_count(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    uint64_t held = sum_depots(state);

    LA_INJECT(543);
    for (unsigned i = 0; i < percpu_nr_used(state); i++)
        held += la_slab_depth(percpu_loaded(&state->cpus[i]));
    return at_most_claimed(state, held);
}

/* The lock keeps transfers out, so that word and moved_in belong together. */
static uint32_t add_stats(struct percpu_cpu *cpu, struct lookaside_strategy_stats *stats)
{
    uint64_t word;

    la_spin_lock(&cpu->lock);
    word = cpu->slab ? la_slab_word(cpu->slab) : 0;
    if (cpu->slab) {
        fold_pops(cpu, word);
        stats->pops += cpu->pops;
        stats->pushes += cpu->pops + la_slab_depth_of(word) - (uint64_t)cpu->moved_in;
    }
    la_spin_unlock(&cpu->lock);
    return la_slab_depth_of(word);
}

void percpu_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct percpu_state *state = la_state(list);
    uint64_t held = sum_depots(state);

    *stats = (struct lookaside_strategy_stats){0};
    LA_INJECT(544);
    (void)percpu_begin();
    for (unsigned i = 0; i < percpu_nr_used(state); i++)
        held += add_stats(&state->cpus[i], stats);
    percpu_end();
    stats->held = at_most_claimed(state, held);
}

static void add_counts(const struct percpu_state *state, struct percpu_cpu *cpu, uint64_t *sums)
{
    la_spin_lock(&cpu->lock);
    for (unsigned what = 0; cpu->slab && what < LA_NR_COUNTS; what++)
        sums[what] += percpu_counts_of(state, cpu)[what];
    la_spin_unlock(&cpu->lock);
}

static uint64_t waits_for(struct percpu_depot *depot)
{
    uint64_t waits;

    la_spin_lock(&depot->lock);
    waits = depot->waits;
    la_spin_unlock(&depot->lock);
    return waits;
}

unsigned percpu_counts(struct lookaside *list, uint64_t sums[LA_NR_COUNTS])
{
    struct percpu_state *state = la_state(list);

    (void)percpu_begin();
    for (unsigned i = 0; i < percpu_nr_used(state); i++)
        add_counts(state, &state->cpus[i], sums);
    for (uint32_t i = 0; i < state->nr_depots; i++)
        sums[LA_COUNT_LOCK_WAITS] += waits_for(percpu_depot_at(state, i));
    percpu_end();
    return LA_TELLS_ALL & ~LA_TELLS(LA_COUNT_EXCHANGES);
}

/* Whether nothing happened on cpu since the last tick although it has credits. */
static bool idled(struct percpu_cpu *cpu)
{
    const struct la_slab *slab = percpu_loaded(cpu);
    uint64_t word = la_slab_word(slab);
    bool same = word == cpu->tick_word;

    cpu->tick_word = word;
    return same && slab != &la_slab_away && la_slab_capacity(slab) > 0;
}

/* An idle slab's entries to the depot, and its unused credits to the list. */
static void retire(struct percpu_state *state, struct percpu_cpu *cpu)
{
    uint32_t unused = percpu_has(cpu->slab, PERCPU_CREDITS);

    la_slab_set_capacity(cpu->slab, la_slab_capacity(cpu->slab) - unused);
    LA_INJECT(545);
    percpu_spill(state, cpu, la_slab_depth(cpu->slab));
    LA_INJECT(546);
    percpu_return_credits(state, unused);
}

/* Only the records marked here are touched: ticks of one list do not overlap. */
static unsigned mark_idle(struct percpu_state *state, unsigned nr)
{
    unsigned nr_idle = 0;

    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];
        unsigned penalty = atomic_load_explicit(&cpu->penalty, memory_order_relaxed);

        atomic_store_explicit(&cpu->penalty, (uint8_t)(penalty / 2), memory_order_relaxed);
        cpu->idle = idled(cpu);
        nr_idle += cpu->idle;
    }
    return nr_idle;
}

static void retire_marked(struct percpu_state *state, unsigned nr)
{
    bool fence = false;

    for (unsigned i = 0; i < nr; i++) {
        if (state->cpus[i].idle) {
            la_spin_lock(&state->cpus[i].lock);
            fence |= percpu_hide(state, &state->cpus[i]);
        }
    }
    LA_INJECT(516);
    if (fence)
        percpu_fence_all(state);
    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];

        if (!cpu->idle)
            continue;
        percpu_settle(cpu);
        LA_INJECT(547);
        if (la_slab_word(cpu->slab) == cpu->tick_word)
            retire(state, cpu);
        cpu->tick_word = la_slab_word(cpu->slab);
        percpu_leave(cpu);
    }
}

void percpu_tick(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    unsigned nr = percpu_nr_used(state);

    atomic_store_explicit(&state->hungry, 0, memory_order_relaxed);
    atomic_store_explicit(&state->stock,
                          atomic_load_explicit(&state->stock, memory_order_relaxed) / 2,
                          memory_order_relaxed);
    if (mark_idle(state, nr) == 0)
        return;
    LA_INJECT(548);
    (void)percpu_begin();
    retire_marked(state, nr);
    percpu_end();
}
