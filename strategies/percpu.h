/* SPDX-License-Identifier: MIT */
/*
 * percpu.h: the state of the percpu strategy and the argument for its correctness. The fast paths
 * are in percpu.c, the sections in slab_section.h, the way to the depots in percpu_slow.c, what
 * works on other CPUs in percpu_remote.c, what reaches all of them in percpu_all.c.
 *
 *   list->state                    cpus[], one per possible CPU            slab of that CPU
 *   +----------------+            +-------------------------+            +---------------------+
 *   | cpus, area     |----------->| loaded  o---------------|----------->| word: pops:48 depth:16
 *   | credits, hints |            | lock, slab, counters    |            | capacity            |
 *   | depot, far_... |            | depot o                 |            | slots[0 .. depth-1] |
 *   +----------------+            +-------|-----------------+            | counts (counts.h)   |
 *                                         |                              +---------------------+
 *                                         v  one per last-level cache (llc.h)
 *                              lock, entries, slots[0 .. entries-1]
 *
 * pop and push run as one restartable section each: find the slab through `loaded`, move one
 * pointer, and commit with one store of `word`, which changes the depth and counts the pop at the
 * same time. No entry is read or written: links are in the slabs' arrays.
 *
 * Exclusive access. Whoever holds a record's lock and has put la_slab_away in its `loaded` owns the
 * slab alone:
 *   - la_slab_away has depth 0 and capacity 0, so a section that finds it takes nothing, keeps
 *     nothing, and commits nothing;
 *   - a section that found the slab earlier is over. On the own CPU: the swap was itself a section
 *     on that CPU, so every other section of that CPU had been preempted and starts again. From
 *     another CPU: la_rseq_fence() after the swap, before the slab is read.
 * `loaded` changes only under the lock, so whoever finds la_slab_away waits for the lock. The slab
 * is put back by a release store; a section's load of `loaded` depends on it (x86-64 loads
 * acquire), so what the owner wrote is seen. Leave the fence out and an old section commits into a
 * slab that has been emptied.
 *
 * Variant without restartable sequences: pop and push work under the record's lock, or by bias
 * (percpu_bias.h). Holding the lock is exclusive access once the bias to another thread was ended
 * and that thread is not inside. Nothing else differs.
 *
 * Invariants, with exclusive access to the slabs concerned and the depots locked:
 *   depth <= capacity <= nr_slots
 *   slots[0 .. depth-1] are entries, newest last, older ones in the depot
 *   sum of capacity over CPUs + entries in the depots <= credits.claimed       (the one limit)
 *   pushes of a CPU = pops + depth - moved_in
 * The third is an equation but for the moments in which a call moves credits. All depots draw on
 * the one limit, and a CPU that finds its own empty looks into the others' at once: waiting for a
 * few empty visits first would break "a hit whenever anything is held", and costs a miss each,
 * while the look reads a line that nobody writes as long as that depot rests.
 *
 * Locks. A thread holds one record's lock and tries others, or takes all in ascending order; then
 * the depots' locks, one or all in ascending order. No allocation and no routine runs under any.
 * An entry moves between slab and depot only under the record's lock: whoever has all records and
 * all depots has everything that is held.
 *
 * Signal handlers. pop and push may run in a handler whatever it interrupted. A section that it
 * interrupts starts again. Elsewhere the interrupted thread may hold locks, for which its handler
 * would wait for ever: percpu_begin() sets a mark before the first of them is taken, and
 * percpu_end() clears it after the last was given back, and who finds it set misses, or refuses,
 * without a lock. Who finds it clear holds none, and may wait as any other thread. No slow path of
 * the two allocates.
 *
 * fork: sections commit by one store, so slabs are whole in the child and its own thread may go on.
 * A thread that was inside by bias is not waited for in the child (percpu_bias.c). A lock that
 * another thread held at the moment of the fork stays held in the child, as with every lock without
 * handlers: fork while other threads use the list only to exec. The background thread is no matter:
 * forks wait until it is outside (impl/forks.h).
 */
#ifndef LOOKASIDE_PERCPU_H
#define LOOKASIDE_PERCPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "annotate.h"
#include "bind/percpu.h"
#include "credits.h"
#include "percpu_bias.h"
#include "percpu_depot.h"
#include "rseq.h"
#include "slab_section.h"
#include "spinlock.h"
#include "strategy.h"

enum {
    PERCPU_MAX_SLOTS = 512, /* 4 KiB of pointers; deeper lists use the depot */
    PERCPU_MAX_BATCH = 32,  /* entries or credits that move at once */
};

/* Which looks at other CPUs a CPU makes: for entries on a miss, for credits before a refusal. */
enum percpu_want { PERCPU_ENTRIES, PERCPU_CREDITS, PERCPU_NR_WANTS };

/* One CPU. The first two lines are the sections' and the slow path's; nobody else's data near. */
struct percpu_cpu {
    _Alignas(LA_NO_SHARING) _Atomic(const struct la_slab *) loaded; /* under the lock */
    struct la_spinlock lock;
    _Atomic uint8_t penalty; /* how often it was active again after others took from it */
    bool idle;               /* marked by a tick; only ticks use it */
    _Atomic uint8_t vain[PERCPU_NR_WANTS]; /* operations not to be tried; percpu_slow.c */
    struct percpu_depot *depot;            /* of the last-level cache; constant */
    struct la_slab *slab; /* NULL until this CPU is first used; under the lock from here on */
    int64_t moved_in;     /* entries that came in other than by push, minus those that left
                             other than by pop */
    uint64_t pops;        /* counted up to pops_seen, without its wrap at 48 bits */
    uint64_t pops_seen;
    uint64_t taken_word; /* the word when others took from it last */
    uint64_t tick_word;  /* the word at the last tick; only ticks use it */
    /* Threads on this CPU look again not before; in ticks of percpu_ticks(). Races are harmless. */
    _Atomic uint64_t look_after[PERCPU_NR_WANTS];
    _Atomic uint64_t force_after;
    /* Of the variant without restartable sequences; written under the lock. */
    _Atomic(struct percpu_owner *) owner;   /* that it is biased to, or NULL */
    struct percpu_owner *former;            /* whose bias ended, and who may still be inside */
    struct percpu_owner *last;              /* who entered by the lock last */
    uint32_t calm;                          /* how often running */
    _Atomic uint16_t news[PERCPU_NR_WANTS]; /* the state's, at the last operation in vain */
};

/* A depot that is not the first. */
struct percpu_far_depot {
    _Alignas(LA_NO_SHARING) struct percpu_depot depot;
};

struct percpu_state {
    /* First line: constant after init. */
    struct percpu_cpu *cpus;
    ptrdiff_t area; /* of restartable sequences; 0: the variant with locks */
    char *slabs;    /* memory of all slabs, touched when a CPU is first used */
    size_t slab_bytes;
    uint32_t nr_slots;
    uint32_t nr_cpus;
    uint32_t nr_depots;                  /* 1 + those in far_depots */
    struct percpu_far_depot *far_depots; /* of the second last-level cache and so on; or NULL */
    /* Second line: written in slow paths. The first depot is here, so that a machine with one
     * last-level cache, or a list whose threads stay near one, touches no further line. */
    _Alignas(LA_CACHE_LINE) struct percpu_depot depot;
    struct la_credits credits;
    _Atomic uint32_t news;    /* changes with every claim, every return and every spill */
    _Atomic uint32_t hungry;  /* 1 + the CPU that last found no credits; 0: none since the tick */
    _Atomic uint32_t starved; /* 1 + a CPU that missed since this was last looked at; 0: none */
    _Atomic uint32_t stock;   /* entries that a depot should have for CPUs that miss */
    _Atomic uint32_t nr_used; /* 1 + the highest CPU that was ever used */
};
LA_STATE_FITS(struct percpu_state);

/* What bound callers were compiled for: a change here needs a new LA_LAYOUT_PERCPU. */
_Static_assert(offsetof(struct percpu_state, cpus) == offsetof(struct la_percpu_view, homes) &&
                   offsetof(struct percpu_state, area) == offsetof(struct la_percpu_view, area) &&
                   offsetof(struct lookaside, bound) == 28 &&
                   offsetof(struct lookaside, state) == 64,
               "the layout of bound callers");

#ifdef LA_HAS_RSEQ
_Static_assert(sizeof(struct percpu_cpu) == LA_SLAB_HOME_BYTES, "sections step by it");
_Static_assert(offsetof(struct percpu_cpu, loaded) == 0, "sections read it at offset 0");
#endif

/* Entries and credits that move at once: large enough to make the exchange cheap, small against
 * the limit so that several CPUs get their part. */
static inline uint32_t percpu_batch(struct lookaside *list)
{
    uint32_t batch = atomic_load_explicit(&list->limit, memory_order_relaxed) / 8;

    return batch < 1 ? 1 : batch > PERCPU_MAX_BATCH ? PERCPU_MAX_BATCH : batch;
}

static inline unsigned percpu_current(const struct percpu_state *state)
{
#ifdef LA_HAS_RSEQ
    if (LA_LIKELY(state->area))
        return la_rseq_cpu(state->area);
#endif
    (void)state;
    return percpu_self.cpu;
}

static inline unsigned percpu_nr_used(const struct percpu_state *state)
{
    return atomic_load_explicit(&state->nr_used, memory_order_relaxed);
}

/* With the record's lock held: nobody else enters its slab from here on; whether some may still be
 * inside, so that percpu_fence() is due. */
static inline bool percpu_hide(struct percpu_state *state, struct percpu_cpu *cpu)
{
    /* Sequentially consistent, both: before the fence that follows. */
    if (state->area) {
        atomic_store_explicit(&cpu->loaded, &la_slab_away, memory_order_seq_cst);
        return true;
    }
    cpu->former = atomic_load_explicit(&cpu->owner, memory_order_relaxed);
    cpu->calm = 0;
    if (!cpu->former)
        return false;
    atomic_store_explicit(&cpu->owner, NULL, memory_order_seq_cst);
    return cpu->former != percpu_self.owner;
}

/* Once for many that were hidden; then percpu_settle() each, which is ours alone after that. */
void percpu_fence_all(struct percpu_state *state);

static inline void percpu_settle(struct percpu_cpu *cpu)
{
    if (LA_UNLIKELY(cpu->former && cpu->former != percpu_self.owner))
        percpu_wait_for(cpu->former);
    cpu->former = NULL;
}

/* After entries came to a depot, or credits went from or to the list. Relaxed, and an increment may
 * be lost to another: a hint, and it is another number in either case. */
static inline void percpu_tell(struct percpu_state *state)
{
    uint32_t news = atomic_load_explicit(&state->news, memory_order_relaxed);

    atomic_store_explicit(&state->news, news + 1, memory_order_relaxed);
}

static inline void percpu_return_credits(struct percpu_state *state, uint32_t nr)
{
    la_credits_return(&state->credits, nr);
    percpu_tell(state);
}

/* Ends exclusive access. Release: a section that finds the slab sees what was done to it. */
static inline void percpu_leave(struct percpu_cpu *cpu)
{
    if (cpu->slab)
        atomic_store_explicit(&cpu->loaded, cpu->slab, memory_order_release);
    la_spin_unlock(&cpu->lock);
}

static inline struct percpu_depot *percpu_depot_at(struct percpu_state *state, uint32_t index)
{
    return index == 0 ? &state->depot : &state->far_depots[index - 1].depot;
}

/* A depot that seems to have entries: near, or else another; NULL if there is none. */
struct percpu_depot *percpu_filled_depot(struct percpu_state *state, struct percpu_depot *near);

/* Arrays for limit entries in every depot; 0 or -ENOMEM with nothing changed. One at a time. */
int percpu_depots_make_room(struct percpu_state *state, uint32_t limit);

/* What pop and push do when the section found no entry, or no room, in the slab seen. */
void *percpu_pop_slow(struct lookaside *list, const struct la_slab *seen);
bool percpu_push_slow(struct lookaside *list, void *entry, const struct la_slab *seen);

/* In hardened lists, before that: whether it is no entry, which the program is then told. */
bool percpu_refuses(struct lookaside *list, void *entry);

/* The same for take and give. */
void *percpu_take_slow(struct lookaside *list, const struct la_slab *seen);
void percpu_give_slow(struct lookaside *list, void *entry, const struct la_slab *seen);
void percpu_give_hardened_slow(struct lookaside *list, void *entry, const struct la_slab *seen);

/* Between percpu_begin() and percpu_end(), all from here to percpu_steal(). */

/* Exclusive access to the current CPU's slab; the record is returned. */
struct percpu_cpu *percpu_enter(struct percpu_state *state);

/* The slab of a CPU that is used for the first time. Under the record's lock. */
void percpu_make_slab(struct percpu_state *state, struct percpu_cpu *cpu);

/* The CPU's next slow operation is tried again. */
void percpu_not_in_vain(struct percpu_cpu *cpu);

/* Moves the oldest nr entries of a slab with their credits to its depot. Exclusive access. */
void percpu_spill(struct percpu_state *state, struct percpu_cpu *cpu, uint32_t nr);

/* The record of what its CPU's pops and pushes did beyond the sections. A line of its own behind
 * the slab, for whoever has the record's lock. */
static inline uint64_t *percpu_counts_of(const struct percpu_state *state,
                                         const struct percpu_cpu *cpu)
{
    return (void *)((char *)cpu->slab + state->slab_bytes - LA_NO_SHARING);
}

static inline void percpu_note(const struct percpu_state *state, const struct percpu_cpu *cpu,
                               enum la_count what)
{
    percpu_counts_of(state, cpu)[what]++;
}

/* A CPU other than the current that has what is wanted and may be asked for it, or NULL. */
struct percpu_cpu *percpu_look(struct lookaside *list, enum percpu_want want);

/* Takes unused credits from victim for the limit; whether there were any. */
bool percpu_recall(struct percpu_state *state, struct percpu_cpu *victim);

/* Takes entries with their credits from victim into the slab of cpu, which is empty and the
 * caller's alone. */
void percpu_steal(struct lookaside *list, struct percpu_cpu *cpu, struct percpu_cpu *victim);

/* Entries, or unused credits, in a slab. */
static inline uint32_t percpu_has(const struct la_slab *slab, enum percpu_want want)
{
    uint32_t depth = la_slab_depth(slab), capacity = la_slab_capacity(slab);

    if (want == PERCPU_ENTRIES)
        return depth;
    return capacity > depth ? capacity - depth : 0;
}

/* Acquire: the slab was made before it was put there. */
static inline const struct la_slab *percpu_loaded(const struct percpu_cpu *cpu)
{
    return atomic_load_explicit(&cpu->loaded, memory_order_acquire);
}

/* The contract's operations that reach every CPU. */
void *percpu_drain(struct lookaside *list, size_t keep);
void percpu_tick(struct lookaside *list);
void percpu_stats(struct lookaside *list, struct lookaside_strategy_stats *stats);
size_t percpu_count(struct lookaside *list);
unsigned percpu_counts(struct lookaside *list, uint64_t sums[LA_NR_COUNTS]);

/* The variant with locks. */
void *percpu_locked_pop(struct lookaside *list);
bool percpu_locked_push(struct lookaside *list, void *entry);
bool percpu_locked_push_hardened(struct lookaside *list, void *entry);
void *percpu_locked_take(struct lookaside *list);
void percpu_locked_give(struct lookaside *list, void *entry);
struct percpu_cpu *percpu_enter_locked(struct percpu_state *state);
uint32_t percpu_pop_some_locked(struct lookaside *list, void **entries, uint32_t nr,
                                const struct la_slab **seen);
uint32_t percpu_push_some_locked(struct lookaside *list, void *const *entries, uint32_t nr,
                                 const struct la_slab **seen);

#endif
