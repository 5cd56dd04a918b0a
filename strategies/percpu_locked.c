/* SPDX-License-Identifier: MIT */
/*
 * percpu_locked.c: the variant without restartable sequences. The fast paths enter a record that is
 * biased to their thread (percpu_bias.h); all else goes the slow way, which takes its lock.
 */
#include "biased.h"
#include "percpu.h"

enum { CALM = 256 }; /* entries by the lock, of one thread running, that a bias must save */

void percpu_fence_all(struct percpu_state *state)
{
    if (state->area)
        la_rseq_fence_all();
    else
        la_biased_fence();
}

/* The record to use, locked. One that is contended or another thread's raises the question whether
 * we are still on its CPU. */
static struct percpu_cpu *lock_record(struct percpu_state *state, bool *waited)
{
    struct percpu_self *self = &percpu_self;
    struct percpu_cpu *cpu;
    struct percpu_owner *owner;
    bool asked = !self->known;

    *waited = false;
    if (asked)
        percpu_know_self();
    for (;;) {
        cpu = &state->cpus[self->cpu];
        owner = atomic_load_explicit(&cpu->owner, memory_order_relaxed);
        if ((!owner || owner == self->owner) && la_spin_try_lock(&cpu->lock))
            return cpu;
        if (asked)
            break;
        percpu_know_self();
        LA_INJECT(550);
        asked = true;
    }
    *waited = la_spin_lock(&cpu->lock);
    return cpu;
}

/* After a while of the same thread's the record is biased to it. */
static void consider_bias(struct percpu_cpu *cpu)
{
    struct percpu_owner *me = percpu_self.owner;

    if (me != cpu->last) {
        cpu->last = me;
        cpu->calm = 0;
    }
    LA_INJECT(549);
    /* Relaxed: those who read it without the lock only compare it with themselves, or take the
     * lock. */
    if (++cpu->calm == CALM && me != &percpu_nobody)
        atomic_store_explicit(&cpu->owner, me, memory_order_relaxed);
}

struct percpu_cpu *percpu_enter_locked(struct percpu_state *state)
{
    bool waited;
    struct percpu_cpu *cpu = lock_record(state, &waited);
    struct percpu_owner *owner = atomic_load_explicit(&cpu->owner, memory_order_relaxed);

    LA_INJECT(517);
    if (owner != percpu_self.owner) {
        if (owner && percpu_hide(state, cpu))
            percpu_fence_all(state);
        LA_INJECT(518);
        percpu_settle(cpu);
        consider_bias(cpu);
    }
    if (LA_UNLIKELY(!cpu->slab))
        percpu_make_slab(state, cpu);
    if (LA_UNLIKELY(waited))
        percpu_note(state, cpu, LA_COUNT_LOCK_WAITS);
    return cpu;
}

/* The record that is biased to this thread, or NULL: not entered. */
static inline struct percpu_cpu *enter(struct percpu_state *state)
{
    struct percpu_owner *me = percpu_self.fast;
    struct percpu_cpu *cpu = &state->cpus[percpu_self.cpu];

    /* In a handler that interrupted a section: not again. */
    if (LA_UNLIKELY(atomic_load_explicit(&cpu->owner, memory_order_relaxed) != me) ||
        LA_UNLIKELY(atomic_load_explicit(&me->busy, memory_order_relaxed)))
        return NULL;
    LA_INJECT(557);
    /* Relaxed, and in this order in the program: who ends the bias runs a barrier in this thread
     * before it looks at busy. */
    atomic_store_explicit(&me->busy, true, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    LA_INJECT(519);
    if (LA_LIKELY(atomic_load_explicit(&cpu->owner, memory_order_relaxed) == me))
        return cpu;
    atomic_store_explicit(&me->busy, false, memory_order_release);
    return NULL;
}

static inline void leave(void)
{
    LA_INJECT(520);
    /* Release: who sees it sees what was done to the slab. */
    atomic_store_explicit(&percpu_self.fast->busy, false, memory_order_release);
}

static LA_INLINE void *pop(struct lookaside *list)
{
    const struct la_slab *seen = &la_slab_away;
    struct percpu_cpu *cpu = enter(la_state(list));
    void *entry = NULL;

    if (LA_LIKELY(cpu)) {
        seen = cpu->slab;
        LA_INJECT(558);
        entry = la_slab_pop(cpu->slab);
        leave();
    }
    if (LA_UNLIKELY(!entry))
        entry = percpu_pop_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

static LA_INLINE bool push(struct lookaside *list, void *entry, bool hardened)
{
    const struct la_slab *seen = &la_slab_away;
    struct percpu_cpu *cpu = enter(la_state(list));
    bool kept = false;

    la_hand_over(entry);
    if (LA_LIKELY(cpu)) {
        seen = cpu->slab;
        LA_INJECT(559);
        kept = !(hardened && la_slab_refuses(cpu->slab, entry)) && la_slab_push(cpu->slab, entry);
        leave();
    }
    return LA_LIKELY(kept) || (hardened && percpu_refuses(list, entry)) ||
           percpu_push_slow(list, entry, seen);
}

LA_HOT void *percpu_locked_pop(struct lookaside *list)
{
    return pop(list);
}

LA_HOT bool percpu_locked_push(struct lookaside *list, void *entry)
{
    return push(list, entry, false);
}

bool percpu_locked_push_hardened(struct lookaside *list, void *entry)
{
    return push(list, entry, true);
}

LA_HOT void *percpu_locked_take(struct lookaside *list)
{
    void *entry = pop(list);

    return LA_LIKELY(entry != NULL) ? entry : lookaside_alloc_miss(list);
}

LA_HOT void percpu_locked_give(struct lookaside *list, void *entry)
{
    if (LA_UNLIKELY(!push(list, entry, false)))
        lookaside_free_miss(list, entry);
}

uint32_t percpu_pop_some_locked(struct lookaside *list, void **entries, uint32_t nr,
                                const struct la_slab **seen)
{
    struct percpu_cpu *cpu = enter(la_state(list));
    uint32_t taken = 0;

    *seen = &la_slab_away;
    if (!cpu)
        return 0;
    *seen = cpu->slab;
    while (taken < nr && (entries[taken] = la_slab_pop(cpu->slab)))
        taken++;
    leave();
    return taken;
}

uint32_t percpu_push_some_locked(struct lookaside *list, void *const *entries, uint32_t nr,
                                 const struct la_slab **seen)
{
    struct percpu_cpu *cpu = enter(la_state(list));
    uint32_t kept = 0;

    *seen = &la_slab_away;
    if (!cpu)
        return 0;
    *seen = cpu->slab;
    while (kept < nr && la_slab_push(cpu->slab, entries[kept]))
        kept++;
    leave();
    return kept;
}
