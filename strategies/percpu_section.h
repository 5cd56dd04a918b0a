/* SPDX-License-Identifier: MIT */
/*
 * percpu_section.h: the restartable sections of the percpu strategy, x86-64.
 *
 * In each, everything before the commit only reads, or writes what is free: push stores the entry
 * in the slot above the depth, where nothing is. The commit is one 64-bit store, the last
 * instruction. pop loads slots[depth - 1] before it knows that the depth is not 0; below slots[0]
 * is the slab's own header. No prefetch of the entry below: it was measured on cold entries, and
 * what a caller does first with a new entry is to write to it, which waits for nothing. Results
 * leave in the flags that the test set; mov and lea keep them, so the
 * caller's branch needs no second test.
 */
#ifndef LOOKASIDE_PERCPU_SECTION_H
#define LOOKASIDE_PERCPU_SECTION_H

#include "percpu.h"

#ifdef LA_HAS_RSEQ

_Static_assert(sizeof(struct percpu_cpu) == 128, "sections shift the CPU by 7");
_Static_assert(offsetof(struct percpu_cpu, loaded) == 0, "sections read it at offset 0");
_Static_assert(offsetof(struct percpu_slab, word) == 0, "sections read it at offset 0");
_Static_assert(offsetof(struct percpu_slab, capacity) == 8, "sections read it at offset 8");
_Static_assert(offsetof(struct percpu_slab, slots) == 16, "sections index from offset 16");

/* Takes the newest entry of the current CPU's slab; false if it is empty. *seen is the slab that it
 * found. */
static inline bool percpu_section_pop(const struct percpu_state *state, void **popped,
                                      const struct percpu_slab **seen)
{
    const struct percpu_slab *slab;
    uint64_t word, depth;
    void *entry;
    bool empty;

    __asm__ volatile(
        LA_RSEQ_BEGIN("%[word]", "%[area]") "movl %%fs:4(%[area]), %k[slab]\n\t"
                                            "shlq $7, %[slab]\n\t"
                                            "movq (%[cpus],%[slab]), %[slab]\n\t"
                                            "movq (%[slab]), %[word]\n\t"
                                            "movzwl %w[word], %k[depth]\n\t"
                                            "leaq 0xffff(%[word]), %[word]\n\t"
                                            "testl %k[depth], %k[depth]\n\t"
                                            "movq 8(%[slab],%[depth],8), %[entry]\n\t"
                                            "jz 2f\n\t"
                                            "movq %[word], (%[slab])\n" LA_RSEQ_END
        : [entry] "=&r"(entry), [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth),
          "=@ccz"(empty)
        : [cpus] "r"(state->cpus), [area] "r"(state->area)
        : "memory");
    *seen = slab;
    *popped = entry;
    return !LA_UNLIKELY(empty);
}

/* Puts entry on top of the current CPU's slab; false with nothing changed if it is full. */
static inline bool percpu_section_push(const struct percpu_state *state, void *entry,
                                       const struct percpu_slab **seen)
{
    const struct percpu_slab *slab;
    uint64_t word, depth;
    bool full;

    __asm__ volatile(LA_RSEQ_BEGIN("%[word]", "%[area]") "movl %%fs:4(%[area]), %k[slab]\n\t"
                                                         "shlq $7, %[slab]\n\t"
                                                         "movq (%[cpus],%[slab]), %[slab]\n\t"
                                                         "movq (%[slab]), %[word]\n\t"
                                                         "movzwl %w[word], %k[depth]\n\t"
                                                         "leaq 1(%[word]), %[word]\n\t"
                                                         "cmpl 8(%[slab]), %k[depth]\n\t"
                                                         "jae 2f\n\t"
                                                         "movq %[entry], 16(%[slab],%[depth],8)\n\t"
                                                         "movq %[word], (%[slab])\n" LA_RSEQ_END
                     : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth), "=@ccae"(full)
                     : [cpus] "r"(state->cpus), [area] "r"(state->area), [entry] "r"(entry)
                     : "memory");
    *seen = slab;
    return !LA_UNLIKELY(full);
}

/* Hides the slab of CPU number current, if the thread still runs there. All other sections of that
 * CPU are then over: their threads were preempted, so they start again and find percpu_away. */
static inline bool percpu_section_hide(const struct percpu_state *state, unsigned current)
{
    struct percpu_cpu *cpu = &state->cpus[current];
    uint64_t scratch;
    bool here;

    __asm__ volatile(
        LA_RSEQ_BEGIN("%[scratch]", "%[area]") "cmpl %%fs:4(%[area]), %[current]\n\t"
                                               "jne 2f\n\t"
                                               "movq %[away], (%[cpu])\n" LA_RSEQ_END
        : [scratch] "=&r"(scratch), "=@cce"(here)
        : [cpu] "r"(cpu), [area] "r"(state->area), [current] "r"(current), [away] "r"(&percpu_away)
        : "memory");
    return here;
}

#endif

#endif
