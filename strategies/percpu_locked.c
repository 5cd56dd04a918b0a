/* SPDX-License-Identifier: MIT */
/*
 * percpu_locked.c: the fast paths without restartable sequences: the record's lock in place of the
 * section. A handler that interrupts its thread here misses or refuses (percpu.h).
 */
#include "percpu.h"

/* The current CPU's record, locked, or NULL in a handler that interrupted such a section. */
static struct percpu_cpu *enter(struct percpu_state *state)
{
    struct percpu_cpu *cpu;

    if (!percpu_begin())
        return NULL;
    cpu = &state->cpus[la_current_cpu()];
    la_spin_lock(&cpu->lock);
    return cpu;
}

static void leave(struct percpu_cpu *cpu)
{
    la_spin_unlock(&cpu->lock);
    percpu_end();
}

LA_HOT void *percpu_pop_locked(struct lookaside *list)
{
    const struct la_slab *seen = &la_slab_away;
    struct percpu_cpu *cpu = enter(la_state(list));
    void *entry = NULL;

    if (LA_UNLIKELY(!cpu))
        return NULL;
    if (LA_LIKELY(cpu->slab)) {
        entry = la_slab_pop(cpu->slab);
        seen = cpu->slab;
    }
    leave(cpu);
    if (LA_UNLIKELY(!entry))
        entry = percpu_pop_slow(list, seen);
    la_handed_over(entry);
    return entry;
}

LA_HOT bool percpu_push_locked(struct lookaside *list, void *entry)
{
    const struct la_slab *seen = &la_slab_away;
    struct percpu_cpu *cpu = enter(la_state(list));
    bool kept = false;

    if (LA_UNLIKELY(!cpu))
        return false;
    la_hand_over(entry);
    if (LA_LIKELY(cpu->slab)) {
        kept = la_slab_push(cpu->slab, entry);
        seen = cpu->slab;
    }
    leave(cpu);
    return LA_LIKELY(kept) || percpu_push_slow(list, entry, seen);
}

uint32_t percpu_pop_some_locked(struct lookaside *list, void **entries, uint32_t nr,
                                const struct la_slab **seen)
{
    struct percpu_cpu *cpu = enter(la_state(list));
    uint32_t taken = 0;

    *seen = &la_slab_away;
    if (!cpu)
        return 0;
    if (cpu->slab) {
        while (taken < nr && (entries[taken] = la_slab_pop(cpu->slab)))
            taken++;
        *seen = cpu->slab;
    }
    leave(cpu);
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
    if (cpu->slab) {
        while (kept < nr && la_slab_push(cpu->slab, entries[kept]))
            kept++;
        *seen = cpu->slab;
    }
    leave(cpu);
    return kept;
}
