/* SPDX-License-Identifier: MIT */
/*
 * percpu_remote.c: what takes from the slabs of other CPUs: stealing entries, recalling credits.
 *
 * A fence costs as much as a thousand pops, so a CPU asks first whether it pays. A look reads the
 * other slabs' words: a slab without what is wanted is passed by; a slab whose word changes while
 * it is watched belongs to an active thread and is left alone, for its room is its working room
 * and would be called back at once. So does a CPU that misses or refuses meanwhile, which leaves
 * the word as it is. A look that found nothing is not repeated for several times what it cost. A
 * thread that is alone therefore gets everything that idle CPUs hold before a miss or a refusal,
 * and threads that compete do not interrupt each other.
 */
#include <string.h>

#include "inject.h"
#include "percpu.h"

/* Of processor cycles, or of nanoseconds where there is no counter of cycles. */
enum {
    WATCH_TICKS = 512,         /* how long a slab must rest to count as idle */
    MAX_PENALTY = 5,           /* doublings of it for a slab that was wrongly taken for idle */
    PAUSE_FACTOR = 32,         /* a vain look's cost, times this, until the next */
    MAX_PAUSE_TICKS = 1 << 19, /* whatever a look seemed to cost: it may have been preempted */
    FORCE_TICKS = 1 << 22,     /* between two fences on active threads: the longest pause */
};

static inline uint64_t now_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return la_now_ns();
#endif
}

/* Changes with whatever its threads do: with every operation of a section, with every one in vain,
 * and before they look at others. */
static uint64_t signs_of_life(const struct percpu_cpu *cpu, const struct la_slab *slab)
{
    uint64_t signs = la_slab_word(slab);

    for (unsigned want = 0; want < PERCPU_NR_WANTS; want++)
        signs += (uint64_t)atomic_load_explicit(&cpu->vain[want], memory_order_relaxed)
                 << (24 * (want + 1));
    return signs;
}

static bool rests(const struct percpu_cpu *cpu, const struct la_slab *slab)
{
    uint64_t signs = signs_of_life(cpu, slab), start = now_ticks();
    uint64_t watch = (uint64_t)WATCH_TICKS
                     << atomic_load_explicit(&cpu->penalty, memory_order_relaxed);

    do {
        la_cpu_relax();
        if (signs_of_life(cpu, slab) != signs)
            return false;
    } while (now_ticks() - start < watch);
    return true;
}

/* Whether time has come. Nobody sets a time that is further ahead than the longest pause: what
 * seems to be was set by another clock. Counters wrap, and may differ between CPUs by any amount:
 * that of one that was offline may have begun anew. */
static bool is_due(const _Atomic uint64_t *after, uint64_t now)
{
    uint64_t ahead = atomic_load_explicit(after, memory_order_relaxed) - now;

    return ahead == 0 || ahead > FORCE_TICKS;
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
    la_slow_note(LA_SLOW_OTHERS);
    for (unsigned i = 0; i < nr; i++) {
        struct percpu_cpu *cpu = &state->cpus[(at + 1 + i) % nr];
        const struct la_slab *slab = percpu_loaded(cpu);
        uint32_t amount = percpu_has(slab, want);

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
    bool fence;

    if (!la_spin_try_lock(&cpu->lock))
        return false;
    fence = percpu_hide(state, cpu);
    LA_INJECT(504);
    if (state->area)
        la_rseq_fence((unsigned)(cpu - state->cpus));
    else if (fence)
        percpu_fence_all(state);
    LA_INJECT(531);
    percpu_settle(cpu);
    percpu_note(state, cpu, LA_COUNT_FETCHES);
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
    uint64_t word = la_slab_word(percpu_loaded(victim));
    uint32_t room;

    if (!take_over(state, victim))
        return false;
    LA_INJECT(532);
    room = percpu_has(victim->slab, PERCPU_CREDITS);
    if (la_slab_word(victim->slab) != word)
        room /= 2;
    la_slab_set_capacity(victim->slab, la_slab_capacity(victim->slab) - room);
    percpu_note(state, victim, LA_COUNT_CREDITS);
    note_taken(victim, la_slab_word(victim->slab));
    percpu_leave(victim);
    LA_INJECT(533);
    percpu_return_credits(state, room);
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
    LA_INJECT(534);
    la_slab_add_word(from, -(uint64_t)nr);
    la_slab_set_capacity(from, la_slab_capacity(from) - nr);
    victim->moved_in -= nr;
    note_taken(victim, word);
    percpu_leave(victim);
    LA_INJECT(535);
    keep = unused < state->nr_slots - nr ? unused : state->nr_slots - nr;
    la_slab_add_word(to, nr);
    la_slab_set_capacity(to, nr + keep);
    cpu->moved_in += nr;
    LA_INJECT(536);
    percpu_return_credits(state, unused - keep);
    percpu_note(state, cpu, LA_COUNT_CREDITS);
}
