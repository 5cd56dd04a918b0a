/* SPDX-License-Identifier: MIT */
/*
 * slab_section_x86_64.h: the sections of slab_section.h for x86-64; included by it.
 *
 * The word and the slots are loaded and stored through a bare base register (lea computes the
 * slot's address): recent cores then pass a stored value on to the next load of it without a trip
 * through the store buffer. Word and slots have to: with an indexed slot, in pop or in push, a pair
 * takes 1.5 cycles more for one instruction less. Results leave in the flags that the test set; mov
 * and lea keep them, so the caller's branch needs no second test. No prefetch of the entry below
 * (prefetcht0 and prefetchw measured alike): it takes burst-cold from 24 to 22 ns an operation, of
 * the bound build from 31.5 to 21.5, but pair from 1.5 to 1.67 (bound 1.34 to 1.46) and replace
 * from 1.9 to 2.05.
 *
 * What limits them (two-CPU virtual machine at 3.6 GHz, pairs through one indirect call each, 2.46
 * ns a pair, of which 2.0 are the loop's; a bare array per thread behind the same calls
 * takes 2.04). Announcing the section costs 0.2: there is no cheaper promise to be told of.
 * Comparing the announcement in place of storing it would save half of that, but needs one
 * descriptor for pop and push, and so one commit for both, at the price of a jump. The word goes
 * from store to load once an operation: nothing where the core renames that path, 5 cycles and one
 * for the addition where it does not. Bursts of 64 alternate between 1.4 and 2.0 ns an operation,
 * and so does the bare array. Numbers of pops and of pushes in two words, so that each is written
 * once a pair, take bursts to 1.55 whatever the core does, but pairs from 1.32 to 1.43. A commit by
 * adding to memory, which is never renamed, costs 0.8 more an operation. Leaving push by a jump
 * from inside (asm goto) saves a branch, and was 0.02 ns faster in one program and 0.09 slower in
 * another.
 */
#ifndef LOOKASIDE_SLAB_SECTION_X86_64_H
#define LOOKASIDE_SLAB_SECTION_X86_64_H

#include "annotate.h"

/* What the texts below call their registers: the operands of a section inside a C function. In this
 * order everywhere; the first is what a register's name begins with. */
#define LA_SLAB_OPERANDS                                                                   \
    "%%", "%[area]", "%[where]", "%[slab]", "%k[slab]", "%[word]", "%w[word]", "%[depth]", \
        "%k[depth]", "%[entry]", "%b[entry]"

/* The two ways to the slab, behind the first instruction of the section. */
#define LA_SLAB_FIND_ON_CPU(...) LA_SLAB_FIND_ON_CPU_IN(__VA_ARGS__)
#define LA_SLAB_FIND_ON_CPU_IN(percent, area, where, slab, slab32, ...) \
    "movl " percent "fs:4(" area "), " slab32 "\n\t"                    \
    "shlq $7, " slab "\n\t"                                             \
    "movq (" where "," slab "), " slab "\n\t"
#define LA_SLAB_FIND_AT(...) LA_SLAB_FIND_AT_IN(__VA_ARGS__)
#define LA_SLAB_FIND_AT_IN(percent, area, where, slab, ...) "movq (" where "), " slab "\n\t"

#define LA_SLAB_READ_WORD         \
    "movq (%[slab]), %[word]\n\t" \
    "movzwl %w[word], %k[depth]\n\t"

/* exit: the label to go to when the slab has no entry, or no room. */
#define LA_SLAB_POP_TEXT(exit, ...) LA_SLAB_POP_TEXT_IN(exit, __VA_ARGS__)
#define LA_SLAB_POP_TEXT_IN(exit, percent, area, where, slab, slab32, word, word16, depth, \
                            depth32, entry, ...)                                           \
    "movq (" slab "), " word "\n\t"                                                        \
    "movzwl " word16 ", " depth32 "\n\t"                                                   \
    "leaq 0xffff(" word "), " word "\n\t"                                                  \
    "leaq 8(" slab "," depth ",8), " entry "\n\t"                                          \
    "movq (" entry "), " entry "\n\t"                                                      \
    "testl " depth32 ", " depth32 "\n\t"                                                   \
    "jz " exit "\n\t"                                                                      \
    "movq " word ", (" slab ")\n"

/* Between a push's look at the depth and the rest: leaves as from a full slab if the entry is
 * misaligned, or the newest already. Below slots[0] is the slab's capacity, which no address looks
 * like. */
#define LA_SLAB_NO_GUARD(exit, slab, depth, entry, entry8) ""
#define LA_SLAB_GUARD(exit, slab, depth, entry, entry8) \
    "testb $7, " entry8 "\n\t"                          \
    "jnz " exit "\n\t"                                  \
    "cmpq " entry ", 8(" slab "," depth ",8)\n\t"       \
    "je " exit "\n\t"

#define LA_SLAB_PUSH_TEXT(guard, exit, ...) LA_SLAB_PUSH_TEXT_IN(guard, exit, __VA_ARGS__)
/* clang-format off */
#define LA_SLAB_PUSH_TEXT_IN(guard, exit, percent, area, where, slab, slab32, word, word16, depth, \
                             depth32, entry, entry8)                                               \
    "movq (" slab "), " word "\n\t"                                                                \
    "movzwl " word16 ", " depth32 "\n\t"                                                           \
    "leaq 1(" word "), " word "\n\t"                                                               \
    guard(exit, slab, depth, entry, entry8)                                                        \
    "cmpl 8(" slab "), " depth32 "\n\t"                                                            \
    "jae " exit "\n\t"                                                                             \
    "leaq 16(" slab "," depth ",8), " depth "\n\t"                                                 \
    "movq " entry ", (" depth ")\n\t"                                                              \
    "movq " word ", (" slab ")\n"
/* clang-format on */

/* taken = min(depth, nr); depth becomes the address of the slot above the next to go. */
#define LA_SLAB_POP_BULK_TEXT                   \
    LA_SLAB_READ_WORD                           \
    "cmpl %k[depth], %[nr]\n\t"                 \
    "movl %[nr], %k[taken]\n\t"                 \
    "cmoval %k[depth], %k[taken]\n\t"           \
    "testl %k[taken], %k[taken]\n\t"            \
    "jz 2f\n\t"                                 \
    "leaq 16(%[slab],%[depth],8), %[depth]\n\t" \
    "xorl %k[at], %k[at]\n"                     \
    "6:\n\t"                                    \
    "subq $8, %[depth]\n\t"                     \
    "movq (%[depth]), %[moved]\n\t"             \
    "movq %[moved], (%[entries],%[at],8)\n\t"   \
    "incl %k[at]\n\t"                           \
    "cmpl %k[taken], %k[at]\n\t"                \
    "jb 6b\n\t"                                 \
    "imulq $0xffff, %[taken], %[moved]\n\t"     \
    "addq %[moved], %[word]\n\t"                \
    "movq %[word], (%[slab])\n"

/* kept = min(capacity - depth, nr); depth becomes the address of the next free slot. */
#define LA_SLAB_PUSH_BULK_TEXT                  \
    LA_SLAB_READ_WORD                           \
    "movl 8(%[slab]), %k[kept]\n\t"             \
    "subl %k[depth], %k[kept]\n\t"              \
    "cmpl %[nr], %k[kept]\n\t"                  \
    "cmoval %[nr], %k[kept]\n\t"                \
    "testl %k[kept], %k[kept]\n\t"              \
    "jz 2f\n\t"                                 \
    "leaq 16(%[slab],%[depth],8), %[depth]\n\t" \
    "xorl %k[at], %k[at]\n"                     \
    "6:\n\t"                                    \
    "movq (%[entries],%[at],8), %[moved]\n\t"   \
    "movq %[moved], (%[depth],%[at],8)\n\t"     \
    "incl %k[at]\n\t"                           \
    "cmpl %k[kept], %k[at]\n\t"                 \
    "jb 6b\n\t"                                 \
    "addq %[kept], %[word]\n\t"                 \
    "movq %[word], (%[slab])\n"

#define LA_SLAB_PUSH_SECTION(way, find, guard)                                            \
    static inline bool la_slab_push_##way(ptrdiff_t area, const void *where, void *entry, \
                                          const struct la_slab **seen)                    \
    {                                                                                     \
        const struct la_slab *slab;                                                       \
        uint64_t word, depth;                                                             \
        bool full;                                                                        \
                                                                                          \
        __asm__ volatile(LA_RSEQ_BEGIN("%%", "%[word]", "%[area]") find(LA_SLAB_OPERANDS) \
                             LA_SLAB_PUSH_TEXT(guard, "2f", LA_SLAB_OPERANDS) LA_RSEQ_END \
                         : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth),  \
                           "=@ccae"(full)                                                 \
                         : [where] "r"(where), [area] "r"(area), [entry] "r"(entry)       \
                         : "memory");                                                     \
        *seen = slab;                                                                     \
        return !LA_UNLIKELY(full);                                                        \
    }

/* The four of them for one way to the slab. */
#define LA_SLAB_SECTIONS(way, find)                                                               \
    static inline bool la_slab_pop_##way(ptrdiff_t area, const void *where, void **popped,        \
                                         const struct la_slab **seen)                             \
    {                                                                                             \
        const struct la_slab *slab;                                                               \
        uint64_t word, depth;                                                                     \
        void *entry;                                                                              \
        bool empty;                                                                               \
                                                                                                  \
        __asm__ volatile(                                                                         \
            LA_RSEQ_BEGIN("%%", "%[word]", "%[area]") find(LA_SLAB_OPERANDS)                      \
                LA_SLAB_POP_TEXT("2f", LA_SLAB_OPERANDS) LA_RSEQ_END                              \
            : [entry] "=&r"(entry), [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth), \
              "=@ccz"(empty)                                                                      \
            : [where] "r"(where), [area] "r"(area)                                                \
            : "memory");                                                                          \
        *seen = slab;                                                                             \
        *popped = entry;                                                                          \
        return !LA_UNLIKELY(empty);                                                               \
    }                                                                                             \
                                                                                                  \
    LA_SLAB_PUSH_SECTION(way, find, LA_SLAB_NO_GUARD)                                             \
                                                                                                  \
    static inline uint32_t la_slab_pop_bulk_##way(ptrdiff_t area, const void *where,              \
                                                  void **entries, uint32_t nr,                    \
                                                  const struct la_slab **seen)                    \
    {                                                                                             \
        const struct la_slab *slab;                                                               \
        uint64_t word, depth, taken, at, moved;                                                   \
                                                                                                  \
        __asm__ volatile(                                                                         \
            LA_RSEQ_BEGIN("%%", "%[word]", "%[area]") find(LA_SLAB_OPERANDS)                      \
                LA_SLAB_POP_BULK_TEXT LA_RSEQ_END                                                 \
            : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth), [taken] "=&r"(taken), \
              [at] "=&r"(at), [moved] "=&r"(moved)                                                \
            : [where] "r"(where), [area] "r"(area), [entries] "r"(entries), [nr] "r"(nr)          \
            : "memory", "cc");                                                                    \
        *seen = slab;                                                                             \
        return (uint32_t)taken;                                                                   \
    }                                                                                             \
                                                                                                  \
    static inline uint32_t la_slab_push_bulk_##way(ptrdiff_t area, const void *where,             \
                                                   void *const *entries, uint32_t nr,             \
                                                   const struct la_slab **seen)                   \
    {                                                                                             \
        const struct la_slab *slab;                                                               \
        uint64_t word, depth, kept, at, moved;                                                    \
                                                                                                  \
        __asm__ volatile(                                                                         \
            LA_RSEQ_BEGIN("%%", "%[word]", "%[area]") find(LA_SLAB_OPERANDS)                      \
                LA_SLAB_PUSH_BULK_TEXT LA_RSEQ_END                                                \
            : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth), [kept] "=&r"(kept),   \
              [at] "=&r"(at), [moved] "=&r"(moved)                                                \
            : [where] "r"(where), [area] "r"(area), [entries] "r"(entries), [nr] "r"(nr)          \
            : "memory", "cc");                                                                    \
        *seen = slab;                                                                             \
        return (uint32_t)kept;                                                                    \
    }

LA_SLAB_SECTIONS(on_cpu, LA_SLAB_FIND_ON_CPU)
LA_SLAB_SECTIONS(at, LA_SLAB_FIND_AT)
LA_SLAB_PUSH_SECTION(guarded_on_cpu, LA_SLAB_FIND_ON_CPU, LA_SLAB_GUARD)
LA_SLAB_PUSH_SECTION(guarded_at, LA_SLAB_FIND_AT, LA_SLAB_GUARD)

static inline bool la_slab_hide_on_cpu(ptrdiff_t area, void *homes, unsigned cpu)
{
    void *home = (char *)homes + (size_t)cpu * LA_SLAB_HOME_BYTES;
    uint64_t scratch;
    bool here;

    __asm__ volatile(
        LA_RSEQ_BEGIN("%%", "%[scratch]", "%[area]") "cmpl %%fs:4(%[area]), %[cpu]\n\t"
                                                     "jne 2f\n\t"
                                                     "movq %[away], (%[home])\n" LA_RSEQ_END
        : [scratch] "=&r"(scratch), "=@cce"(here)
        : [home] "r"(home), [area] "r"(area), [cpu] "r"(cpu), [away] "r"(&la_slab_away)
        : "memory");
    return here;
}

/*
 * Whole functions of a list's take and give around a section. In C the outcome is tested twice, in
 * the section and behind it; here the section's own branch leaves for the rest. That is 0.04 to
 * 0.08 of 1.31 ns an operation for percpu, and 0.1 of 1.38 for magazine; where a process's memory
 * happens to lie moves it by as much. Length counts: percpu's fit into one cache line of code, and
 * with a few bytes more were 0.07 slower. Not with the thread sanitizer, which has to be told of
 * each hand-over.
 *
 *   LA_SLAB_TAKE(name, way, where, rest)    void *name(struct lookaside *list): the entry, or what
 *                                           rest(list, seen) returns
 *   LA_SLAB_GIVE(name, way, where, guard, rest)
 *                                           void name(struct lookaside *list, void *entry): what is
 *                                           not kept goes to rest(list, entry, seen)
 *
 * guard is LA_SLAB_GUARD or LA_SLAB_NO_GUARD.
 * way is ON_CPU or AT. where(area, where) is the text that loads these two registers from the list
 * in %rdi, and changes no other. rest is a function with external linkage; the registers are chosen
 * so that its arguments lie ready.
 */
#ifndef LA_HAS_TSAN
#define LA_HAS_SLAB_FUNCTIONS 1

#define LA_SLAB_TAKE_REGISTERS \
    "%", "%rdx", "%rcx", "%rsi", "%esi", "%r8", "%r8w", "%r9", "%r9d", "%rax", "%al"
#define LA_SLAB_GIVE_REGISTERS \
    "%", "%rax", "%rcx", "%rdx", "%edx", "%r8", "%r8w", "%r9", "%r9d", "%rsi", "%sil"

#define LA_SLAB_TAKE(name, way, where, rest)                                       \
    static LA_HOT __attribute__((naked)) void *name(                               \
        __attribute__((unused)) struct lookaside *list)                            \
    {                                                                              \
        __asm__(where("%rdx", "%rcx") LA_RSEQ_BEGIN("%", "%r8", "%rdx")            \
                    LA_SLAB_FIND_##way(LA_SLAB_TAKE_REGISTERS)                     \
                        LA_SLAB_POP_TEXT("6f", LA_SLAB_TAKE_REGISTERS) LA_RSEQ_END \
                "ret\n6:\n\tjmp " #rest);                                          \
    }

#define LA_SLAB_GIVE(name, way, where, guard, rest)                                                \
    static LA_HOT __attribute__((naked)) void name(__attribute__((unused)) struct lookaside *list, \
                                                   __attribute__((unused)) void *entry)            \
    {                                                                                              \
        __asm__(where("%rax", "%rcx") LA_RSEQ_BEGIN("%", "%r8", "%rax")                            \
                    LA_SLAB_FIND_##way(LA_SLAB_GIVE_REGISTERS)                                     \
                        LA_SLAB_PUSH_TEXT(guard, "6f", LA_SLAB_GIVE_REGISTERS) LA_RSEQ_END         \
                "ret\n6:\n\tjmp " #rest);                                                          \
    }
#endif

#endif
