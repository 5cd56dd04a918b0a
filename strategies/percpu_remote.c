/* SPDX-License-Identifier: MIT */
/*
 * percpu_remote.c: what reaches the slabs of other CPUs: stealing entries, recalling credits,
 * drain, tick, statistics.
 *
 * A fence costs as much as a thousand pops, so a CPU asks first whether it pays. A look reads the
 * other slabs' words: a slab without what is wanted is passed by; a slab whose word changes while
 * it is watched belongs to an active thread and is left alone, for its room is its working room
 * and would be called back at once. A look that found nothing is not repeated for several times
 * what it cost. A thread that is alone therefore gets everything that idle CPUs hold before a miss
 * or a refusal, and threads that compete do not interrupt each other.
 */
#include "percpu.h"

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "inject.h"

/* Of processor cycles, or of nanoseconds where there is no counter of cycles. */
enum {
    WATCH_TICKS = 512,         /* how long a slab must rest to count as idle */
    MAX_PENALTY = 5,           /* doublings of it for a slab that was wrongly taken for idle */
    PAUSE_FACTOR = 8,          /* a vain look's cost, times this, until the next */
    MAX_PAUSE_TICKS = 1 << 18, /* whatever a look seemed to cost: it may have been preempted */
    FORCE_TICKS = 1 << 22,     /* between two fences on active threads */
};

static inline uint64_t now_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return la_now_ns();
#endif
}

/* Acquire: the slab was made before it was put there. */
static const struct la_slab *loaded_slab(const struct percpu_cpu *cpu)
{
    return atomic_load_explicit(&cpu->loaded, memory_order_acquire);
}

static uint32_t has(const struct la_slab *slab, enum percpu_want want)
{
    uint32_t depth = la_slab_depth(slab), capacity = la_slab_capacity(slab);

    if (want == PERCPU_ENTRIES)
        return depth;
    return capacity > depth ? capacity - depth : 0;
}

static bool rests(const struct percpu_cpu *cpu, const struct la_slab *slab)
{
    uint64_t word = la_slab_word(slab), start = now_ticks();
    uint64_t watch = (uint64_t)WATCH_TICKS
                     << atomic_load_explicit(&cpu->penalty, memory_order_relaxed);

    while (now_ticks() - start < watch)
        la_cpu_relax();
    return la_slab_word(slab) == word;
}

/* Whether time has come; counters wrap and may differ a little between CPUs. */
static bool is_due(const _Atomic uint64_t *after, uint64_t now)
{
    return (int64_t)(now - atomic_load_explicit(after, memory_order_relaxed)) >= 0;
}

static void pause_looks(_Atomic uint64_t *after, uint64_t start)
{
    uint64_t now = now_ticks(), pause = (now - start) * PAUSE_FACTOR;

    atomic_store_explicit(after, now + (pause < MAX_PAUSE_TICKS ? pause : MAX_PAUSE_TICKS),
                          memory_order_relaxed);
}

/* An active CPU's unused credits are taken only if they are many, and seldom. */
static struct percpu_cpu *force(struct percpu_cpu *mine, struct percpu_cpu *richest, uint64_t now)
{
    if (!richest || !is_due(&mine->force_after, now))
        return NULL;
    atomic_store_explicit(&mine->force_after, now + FORCE_TICKS, memory_order_relaxed);
    return richest;
}

struct percpu_cpu *percpu_look(struct lookaside *list, enum percpu_want want)
{
    struct percpu_state *state = la_state(list);
    struct percpu_cpu *mine = &state->cpus[percpu_current(state)], *richest = NULL;
    unsigned nr = percpu_nr_used(state), at = (unsigned)(mine - state->cpus);
    uint32_t most = 2 * percpu_batch(list) - 1;
    uint64_t start;

    if (nr == 0 || (nr == 1 && at == 0))
        return NULL;
    start = now_ticks();
    if (!is_due(&mine->look_after[want], start))
        return NULL;
    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[(at + 1 + i) % nr];
        const struct la_slab *slab = loaded_slab(cpu);
        uint32_t amount = has(slab, want);

        if (cpu == mine || amount == 0)
            continue;
        if (rests(cpu, slab))
            return cpu;
        if (want == PERCPU_CREDITS && amount > most) {
            most = amount;
            richest = cpu;
        }
    }
    pause_looks(&mine->look_after[want], start);
    return force(mine, richest, start);
}

/* Exclusive access to another CPU's slab, or false: somebody is at work there, so it is not idle.
 */
static bool take_over(struct percpu_state *state, struct percpu_cpu *cpu)
{
    if (!la_spin_try_lock(&cpu->lock))
        return false;
    percpu_hide(state, cpu);
    LA_INJECT(504);
    if (state->area)
        la_rseq_fence((unsigned)(cpu - state->cpus));
    return true;
}

/* A CPU that went on after others had taken from it is watched longer next time. */
static void note_taken(struct percpu_cpu *victim, uint64_t word_before)
{
    unsigned penalty = atomic_load_explicit(&victim->penalty, memory_order_relaxed);

    if (word_before != victim->taken_word && penalty < MAX_PENALTY)
        atomic_store_explicit(&victim->penalty, (uint8_t)(penalty + 1), memory_order_relaxed);
    victim->taken_word = la_slab_word(victim->slab);
}

bool percpu_recall(struct percpu_state *state, struct percpu_cpu *victim)
{
    uint64_t word = la_slab_word(loaded_slab(victim));
    uint32_t room;

    if (!take_over(state, victim))
        return false;
    room = has(victim->slab, PERCPU_CREDITS);
    if (la_slab_word(victim->slab) != word)
        room /= 2;
    la_slab_set_capacity(victim->slab, la_slab_capacity(victim->slab) - room);
    note_taken(victim, la_slab_word(victim->slab));
    percpu_leave(victim);
    la_credits_return(&state->credits, room);
    return room > 0;
}

/* The newest half, or a batch if that is more: a thread that moved to this CPU goes on with what
 * it freed last, and one that stayed there keeps some. */
static uint32_t share_to_steal(uint32_t depth, uint32_t batch)
{
    uint32_t half = (depth + 1) / 2;

    return half > batch ? half : depth < batch ? depth : batch;
}

void percpu_steal(struct lookaside *list, struct percpu_cpu *cpu, struct percpu_cpu *victim)
{
    struct percpu_state *state = la_state(list);
    struct la_slab *from = victim->slab, *to = cpu->slab;
    uint32_t nr, left, unused = la_slab_capacity(to), keep;
    uint64_t word;

    if (cpu == victim || !take_over(state, victim))
        return;
    word = la_slab_word(from);
    nr = share_to_steal(la_slab_depth(from), percpu_batch(list));
    left = la_slab_depth(from) - nr;
    memcpy(to->slots, from->slots + left, nr * sizeof *to->slots);
    la_slab_add_word(from, -(uint64_t)nr);
    la_slab_set_capacity(from, la_slab_capacity(from) - nr);
    victim->moved_in -= nr;
    note_taken(victim, word);
    percpu_leave(victim);
    keep = unused < state->nr_slots - nr ? unused : state->nr_slots - nr;
    la_slab_add_word(to, nr);
    la_slab_set_capacity(to, nr + keep);
    cpu->moved_in += nr;
    la_credits_return(&state->credits, unused - keep);
}

/* Exclusive access to every slab that was ever used, and so to the depot; the number of CPUs. New
 * ones cannot get entries past the last look at nr_used: everything held then is in our hands. */
static unsigned take_over_all(struct percpu_state *state)
{
    unsigned nr = 0;

    while (nr < percpu_nr_used(state)) {
        for (; nr < percpu_nr_used(state); nr++) {
            la_spin_lock(&state->cpus[nr].lock);
            percpu_hide(state, &state->cpus[nr]);
        }
        LA_INJECT(505);
        if (state->area)
            la_rseq_fence_all();
    }
    return nr;
}

/* Entries that leave, newest first. */
struct chain {
    void *first;
    void *last;
};

/* slots[0 .. nr-1], newest last. */
static void chain_append(struct chain *chain, void **slots, uint32_t nr)
{
    while (nr > 0) {
        void *entry = slots[--nr];

        la_handed_over(entry);
        la_chain_set_next(entry, NULL);
        if (chain->last)
            la_chain_set_next(chain->last, entry);
        else
            chain->first = entry;
        chain->last = entry;
    }
}

/* The depot's oldest entries, cut off: the oldest part of a magazine that stays, then whole
 * magazines, newest first. */
struct cut {
    uint32_t nr;
    uint32_t nr_partial;
    void *partial[PERCPU_MAX_BATCH];
    struct la_magazine *whole;
};

/* Cuts off all but the newest keep entries. */
static void depot_cut(struct la_depot *depot, uint32_t keep, struct cut *cut)
{
    struct la_magazine **link = &depot->filled;
    uint32_t entries;

    la_spin_lock(&depot->lock);
    entries = atomic_load_explicit(&depot->entries, memory_order_relaxed);
    cut->nr = entries > keep ? entries - keep : 0;
    cut->nr_partial = 0;
    for (; *link && (*link)->rounds <= keep; link = &(*link)->next)
        keep -= (*link)->rounds;
    if (*link && keep > 0) {
        struct la_magazine *stays = *link;

        cut->nr_partial = stays->rounds - keep;
        memcpy(cut->partial, stays->slots, cut->nr_partial * sizeof *cut->partial);
        memmove(stays->slots, stays->slots + cut->nr_partial, keep * sizeof *stays->slots);
        stays->rounds = keep;
        link = &stays->next;
    }
    cut->whole = *link;
    *link = NULL;
    atomic_store_explicit(&depot->entries, entries - cut->nr, memory_order_relaxed);
    la_spin_unlock(&depot->lock);
}

static void chain_append_cut(struct chain *chain, struct la_depot *depot, struct cut *cut)
{
    chain_append(chain, cut->partial, cut->nr_partial);
    while (cut->whole) {
        struct la_magazine *magazine = cut->whole;

        cut->whole = magazine->next;
        chain_append(chain, magazine->slots, magazine->rounds);
        magazine->rounds = 0;
        la_depot_put(depot, magazine);
    }
}

/* Takes the oldest nr entries out of a slab of the caller's, and all unused credits; returns the
 * number of credits that come free. */
static uint32_t slab_cut(struct percpu_cpu *cpu, uint32_t nr, struct chain *chain)
{
    struct la_slab *slab = cpu->slab;
    uint32_t capacity = la_slab_capacity(slab), left = la_slab_depth(slab) - nr;

    chain_append(chain, slab->slots, nr);
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
}

/* The first nr slabs lose surplus entries, each in proportion to what it holds, and all credits
 * that are not behind an entry; they are put back. Returns the number of credits. */
static uint32_t cut_slabs(struct percpu_state *state, unsigned nr, uint32_t held, uint32_t surplus,
                          struct chain *chain)
{
    uint32_t credits = 0;

    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];

        if (cpu->slab) {
            uint64_t depth = la_slab_depth(cpu->slab);
            uint32_t gives = depth ? (uint32_t)((surplus * depth + held - 1) / held) : 0;

            held -= (uint32_t)depth;
            surplus -= gives;
            credits += slab_cut(cpu, gives, chain);
        }
        forget_pauses(cpu);
        percpu_leave(cpu);
    }
    return credits;
}

static uint32_t sum_depths(const struct percpu_state *state, unsigned nr)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < nr; i++)
        sum += state->cpus[i].slab ? la_slab_depth(state->cpus[i].slab) : 0;
    return sum;
}

void *percpu_drain(struct lookaside *list, size_t keep)
{
    struct percpu_state *state = la_state(list);
    struct chain chain = {0};
    struct cut cut;
    uint32_t in_slabs, surplus, credits;
    unsigned nr;

    /* Nothing is held beyond the claims: ticks and trims to the limit end here. */
    if (la_credits_settled(&state->credits) <= keep)
        return NULL;
    nr = take_over_all(state);
    in_slabs = sum_depths(state, nr);
    depot_cut(&state->depot, keep > in_slabs ? (uint32_t)(keep - in_slabs) : 0, &cut);
    surplus = in_slabs > keep ? in_slabs - (uint32_t)keep : 0;
    credits = cut_slabs(state, nr, in_slabs, surplus, &chain);
    chain_append_cut(&chain, &state->depot, &cut);
    la_credits_return(&state->credits, credits + cut.nr);
    return chain.first;
}

/* Counts the CPUs' pops on past the 48 bits of the word. Under the record's lock. */
static void fold_pops(struct percpu_cpu *cpu, uint64_t word)
{
    uint64_t pops = word >> LA_SLAB_POPS_SHIFT;
    uint64_t mask = UINT64_MAX >> LA_SLAB_POPS_SHIFT;

    cpu->pops += (pops - cpu->pops_seen) & mask;
    cpu->pops_seen = pops;
}

size_t percpu_count(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    size_t held = atomic_load_explicit(&state->depot.entries, memory_order_relaxed);
    uint32_t claimed;

    for (unsigned i = 0; i < percpu_nr_used(state); i++)
        held += la_slab_depth(loaded_slab(&state->cpus[i]));
    /* An entry that moved while we counted may be in the sum twice; the claims bound the truth. */
    claimed = la_credits_claimed(&state->credits);
    return held < claimed ? held : claimed;
}

/* The lock keeps transfers out, so that word and moved_in belong together. */
void percpu_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    struct percpu_state *state = la_state(list);
    uint64_t held = atomic_load_explicit(&state->depot.entries, memory_order_relaxed);
    uint32_t claimed;

    *stats = (struct lookaside_strategy_stats){0};
    for (unsigned i = 0; i < percpu_nr_used(state); i++) {
        struct percpu_cpu *cpu = &state->cpus[i];

        la_spin_lock(&cpu->lock);
        if (cpu->slab) {
            uint64_t word = la_slab_word(cpu->slab);

            fold_pops(cpu, word);
            stats->pops += cpu->pops;
            stats->pushes += cpu->pops + la_slab_depth_of(word) - (uint64_t)cpu->moved_in;
            held += la_slab_depth_of(word);
        }
        la_spin_unlock(&cpu->lock);
    }
    claimed = la_credits_claimed(&state->credits);
    stats->held = held < claimed ? held : claimed;
}

/* Whether nothing happened on cpu since the last tick although it has credits; counts the empty
 * magazines that its entries need. */
static bool idled(struct percpu_cpu *cpu, uint32_t *nr_magazines)
{
    const struct la_slab *slab = loaded_slab(cpu);
    uint64_t word = la_slab_word(slab);
    bool same = word == cpu->tick_word;

    cpu->tick_word = word;
    if (!same || slab == &la_slab_away || la_slab_capacity(slab) == 0)
        return false;
    *nr_magazines += (la_slab_depth_of(word) + PERCPU_MAX_BATCH - 1) / PERCPU_MAX_BATCH;
    return true;
}

static struct la_magazine *gather_empties(struct la_depot *depot, uint32_t nr)
{
    struct la_magazine *magazines = NULL, *magazine;

    while (nr-- > 0 && (magazine = la_depot_get_empty(depot, PERCPU_MAX_BATCH))) {
        magazine->next = magazines;
        magazines = magazine;
    }
    return magazines;
}

/* An idle slab's entries to the depot, as far as magazines go, and its unused credits to the list.
 * The oldest go first, so that the newest end up on top. */
static void retire(struct percpu_state *state, struct percpu_cpu *cpu,
                   struct la_magazine **magazines)
{
    uint32_t room = has(cpu->slab, PERCPU_CREDITS), depth;

    la_slab_set_capacity(cpu->slab, la_slab_capacity(cpu->slab) - room);
    while ((depth = la_slab_depth(cpu->slab)) > 0 && *magazines) {
        struct la_magazine *magazine = *magazines, *spare = cpu->spare;

        *magazines = magazine->next;
        percpu_spill(state, cpu, magazine, depth < PERCPU_MAX_BATCH ? depth : PERCPU_MAX_BATCH);
        if (spare && cpu->spare)
            la_depot_put(&state->depot, cpu->spare);
        cpu->spare = spare ? spare : cpu->spare;
    }
    la_credits_return(&state->credits, room);
}

/* Only the records marked here are touched: ticks of one list do not overlap. */
static unsigned mark_idle(struct percpu_state *state, unsigned nr, uint32_t *nr_magazines)
{
    unsigned nr_idle = 0;

    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];
        unsigned penalty = atomic_load_explicit(&cpu->penalty, memory_order_relaxed);

        atomic_store_explicit(&cpu->penalty, (uint8_t)(penalty / 2), memory_order_relaxed);
        cpu->idle = idled(cpu, nr_magazines);
        nr_idle += cpu->idle;
    }
    return nr_idle;
}

void percpu_tick(struct lookaside *list)
{
    struct percpu_state *state = la_state(list);
    struct la_magazine *magazines;
    unsigned nr = percpu_nr_used(state);
    uint32_t nr_magazines = 0;

    atomic_store_explicit(&state->hungry, 0, memory_order_relaxed);
    atomic_store_explicit(&state->stock,
                          atomic_load_explicit(&state->stock, memory_order_relaxed) / 2,
                          memory_order_relaxed);
    if (mark_idle(state, nr, &nr_magazines) == 0)
        return;
    magazines = gather_empties(&state->depot, nr_magazines);
    for (unsigned i = 0; i < nr; i++) {
        if (state->cpus[i].idle) {
            la_spin_lock(&state->cpus[i].lock);
            percpu_hide(state, &state->cpus[i]);
        }
    }
    if (state->area)
        la_rseq_fence_all();
    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[i];

        if (!cpu->idle)
            continue;
        if (la_slab_word(cpu->slab) == cpu->tick_word)
            retire(state, cpu, &magazines);
        cpu->tick_word = la_slab_word(cpu->slab);
        percpu_leave(cpu);
    }
    while (magazines) {
        struct la_magazine *magazine = magazines;

        magazines = magazine->next;
        la_depot_put(&state->depot, magazine);
    }
}
