/* SPDX-License-Identifier: MIT */
/*
 * slab_section_aarch64.h: the sections of slab_section.h for aarch64; included by it.
 *
 * No barrier and no acquire or release, although the machine reorders what nothing holds in order.
 * Who sees a slab's contents, and why they are whole:
 *   - A section after another section of the same CPU (of the same thread, for the way "at"): one
 *     observer, or a switch of threads between the two, which the kernel makes a full barrier. So
 *     the slot that a push stored is there for the pop that follows, and so is what the pusher
 *     wrote to the entry.
 *   - A section after an owner with exclusive access put the slab back, by a release store of the
 *     home's pointer: word, capacity and slots are loaded, and slots stored, at addresses computed
 *     from the pointer that was loaded; a popped entry is itself loaded through it, so the caller's
 *     accesses to the entry depend on it too. Address dependencies are kept in order by the
 *     architecture, for loads and for stores. The word that is stored is computed from the word
 *     that was loaded. The compiler cannot break the chain: it is all in one asm statement.
 *   - An owner after sections of another CPU: la_rseq_fence() interrupts that CPU with a full
 *     barrier, or finds that its scheduler has run one, so all stores of a committed section and
 *     all before it are seen, slot and word alike. Hence the commit needs no release.
 *   - An owner on the CPU itself, after la_slab_hide_on_cpu(): as one section after another.
 *   - Readers with no access (statistics, looks at other CPUs) read the word and the capacity,
 * never a slot, and take them for hints; they load the home's pointer with acquire.
 */
#ifndef LOOKASIDE_SLAB_SECTION_AARCH64_H
#define LOOKASIDE_SLAB_SECTION_AARCH64_H

/* Results leave in registers: not every compiler has flag outputs for this machine. */

/* The two ways to the slab, behind the first instruction of the section. */
#define LA_SLAB_FIND_ON_CPU                      \
    "ldr %w[slab], [%[rseq], #4]\n\t"            \
    "add %[slab], %[where], %[slab], lsl #7\n\t" \
    "ldr %[slab], [%[slab]]\n\t"
#define LA_SLAB_FIND_AT "ldr %[slab], [%[where]]\n\t"

#define LA_SLAB_READ_WORD        \
    "ldr %[word], [%[slab]]\n\t" \
    "and %[depth], %[word], #0xffff\n\t"

#define LA_SLAB_POP_TEXT                          \
    LA_SLAB_READ_WORD                             \
    "add %[word], %[word], %[one_pop]\n\t"        \
    "cbz %[depth], 2f\n\t"                        \
    "add %[entry], %[slab], %[depth], lsl #3\n\t" \
    "ldr %[entry], [%[entry], #8]\n\t"            \
    "str %[word], [%[slab]]\n"

/* room = capacity - depth; depth becomes the address of a slot. */
#define LA_SLAB_PUSH_TEXT                         \
    LA_SLAB_READ_WORD                             \
    "ldr %w[room], [%[slab], #8]\n\t"             \
    "add %[word], %[word], #1\n\t"                \
    "sub %w[room], %w[room], %w[depth]\n\t"       \
    "cbz %w[room], 2f\n\t"                        \
    "add %[depth], %[slab], %[depth], lsl #3\n\t" \
    "str %[entry], [%[depth], #16]\n\t"           \
    "str %[word], [%[slab]]\n"

/* taken = min(depth, nr); depth becomes the address of the slot above the next to go. */
#define LA_SLAB_POP_BULK_TEXT                         \
    LA_SLAB_READ_WORD                                 \
    "cmp %w[depth], %w[nr]\n\t"                       \
    "csel %w[taken], %w[depth], %w[nr], lo\n\t"       \
    "cbz %w[taken], 2f\n\t"                           \
    "add %[depth], %[slab], %[depth], lsl #3\n\t"     \
    "add %[depth], %[depth], #16\n\t"                 \
    "mov %[at], #0\n"                                 \
    "6:\n\t"                                          \
    "ldr %[moved], [%[depth], #-8]!\n\t"              \
    "str %[moved], [%[entries], %[at], lsl #3]\n\t"   \
    "add %[at], %[at], #1\n\t"                        \
    "cmp %[at], %[taken]\n\t"                         \
    "b.lo 6b\n\t"                                     \
    "madd %[word], %[taken], %[one_pop], %[word]\n\t" \
    "str %[word], [%[slab]]\n"

/* kept = min(capacity - depth, nr); depth becomes the address of the next free slot. */
#define LA_SLAB_PUSH_BULK_TEXT                      \
    LA_SLAB_READ_WORD                               \
    "ldr %w[kept], [%[slab], #8]\n\t"               \
    "sub %w[kept], %w[kept], %w[depth]\n\t"         \
    "cmp %w[kept], %w[nr]\n\t"                      \
    "csel %w[kept], %w[kept], %w[nr], lo\n\t"       \
    "cbz %w[kept], 2f\n\t"                          \
    "add %[depth], %[slab], %[depth], lsl #3\n\t"   \
    "add %[depth], %[depth], #16\n\t"               \
    "mov %[at], #0\n"                               \
    "6:\n\t"                                        \
    "ldr %[moved], [%[entries], %[at], lsl #3]\n\t" \
    "str %[moved], [%[depth], %[at], lsl #3]\n\t"   \
    "add %[at], %[at], #1\n\t"                      \
    "cmp %[at], %[kept]\n\t"                        \
    "b.lo 6b\n\t"                                   \
    "add %[word], %[word], %[kept]\n\t"             \
    "str %[word], [%[slab]]\n"

/* Leaves as from a full slab if the entry is misaligned, or the newest already. Below slots[0] is
 * the slab's capacity, which no address looks like. */
#define LA_SLAB_GUARD                             \
    LA_SLAB_READ_WORD                             \
    "mov %[room], #0\n\t"                         \
    "tst %[entry], #7\n\t"                        \
    "b.ne 2f\n\t"                                 \
    "add %[depth], %[slab], %[depth], lsl #3\n\t" \
    "ldr %[depth], [%[depth], #8]\n\t"            \
    "cmp %[depth], %[entry]\n\t"                  \
    "b.eq 2f\n\t"

#define LA_SLAB_PUSH_SECTION(way, find, guard)                                                 \
    static inline bool la_slab_push_##way(ptrdiff_t area, const void *where, void *entry,      \
                                          const struct la_slab **seen)                         \
    {                                                                                          \
        const struct la_slab *slab;                                                            \
        uint64_t word, depth, room;                                                            \
                                                                                               \
        __asm__ volatile(                                                                      \
            LA_RSEQ_BEGIN("%[word]", "%[rseq]") find guard LA_SLAB_PUSH_TEXT LA_RSEQ_END       \
            : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth), [room] "=&r"(room) \
            : [where] "r"(where), [rseq] "r"(la_rseq_area(area)), [entry] "r"(entry)           \
            : "cc", LA_RSEQ_CLOBBERS);                                                         \
        *seen = slab;                                                                          \
        return LA_LIKELY(room != 0);                                                           \
    }

/* The four of them for one way to the slab. */
#define LA_SLAB_SECTIONS(way, find)                                                              \
    static inline bool la_slab_pop_##way(ptrdiff_t area, const void *where, void **popped,       \
                                         const struct la_slab **seen)                            \
    {                                                                                            \
        const struct la_slab *slab;                                                              \
        uint64_t word, depth;                                                                    \
        void *entry;                                                                             \
                                                                                                 \
        __asm__ volatile(                                                                        \
            LA_RSEQ_BEGIN("%[word]", "%[rseq]") find LA_SLAB_POP_TEXT LA_RSEQ_END                \
            : [entry] "=&r"(entry), [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth) \
            : [where] "r"(where), [rseq] "r"(la_rseq_area(area)), [one_pop] "r"(LA_SLAB_POP)     \
            : LA_RSEQ_CLOBBERS);                                                                 \
        *seen = slab;                                                                            \
        *popped = entry;                                                                         \
        return LA_LIKELY(depth != 0);                                                            \
    }                                                                                            \
                                                                                                 \
    LA_SLAB_PUSH_SECTION(way, find, "")                                                          \
                                                                                                 \
    static inline uint32_t la_slab_pop_bulk_##way(ptrdiff_t area, const void *where,             \
                                                  void **entries, uint32_t nr,                   \
                                                  const struct la_slab **seen)                   \
    {                                                                                            \
        const struct la_slab *slab;                                                              \
        uint64_t word, depth, taken, at, moved;                                                  \
                                                                                                 \
        __asm__ volatile(LA_RSEQ_BEGIN("%[word]", "%[rseq]")                                     \
                             find LA_SLAB_POP_BULK_TEXT LA_RSEQ_END                              \
                         : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth),         \
                           [taken] "=&r"(taken), [at] "=&r"(at), [moved] "=&r"(moved)            \
                         : [where] "r"(where), [rseq] "r"(la_rseq_area(area)),                   \
                           [entries] "r"(entries), [nr] "r"(nr), [one_pop] "r"(LA_SLAB_POP)      \
                         : "cc", LA_RSEQ_CLOBBERS);                                              \
        *seen = slab;                                                                            \
        return (uint32_t)taken;                                                                  \
    }                                                                                            \
                                                                                                 \
    static inline uint32_t la_slab_push_bulk_##way(ptrdiff_t area, const void *where,            \
                                                   void *const *entries, uint32_t nr,            \
                                                   const struct la_slab **seen)                  \
    {                                                                                            \
        const struct la_slab *slab;                                                              \
        uint64_t word, depth, kept, at, moved;                                                   \
                                                                                                 \
        __asm__ volatile(LA_RSEQ_BEGIN("%[word]", "%[rseq]")                                     \
                             find LA_SLAB_PUSH_BULK_TEXT LA_RSEQ_END                             \
                         : [slab] "=&r"(slab), [word] "=&r"(word), [depth] "=&r"(depth),         \
                           [kept] "=&r"(kept), [at] "=&r"(at), [moved] "=&r"(moved)              \
                         : [where] "r"(where), [rseq] "r"(la_rseq_area(area)),                   \
                           [entries] "r"(entries), [nr] "r"(nr)                                  \
                         : "cc", LA_RSEQ_CLOBBERS);                                              \
        *seen = slab;                                                                            \
        return (uint32_t)kept;                                                                   \
    }

LA_SLAB_SECTIONS(on_cpu, LA_SLAB_FIND_ON_CPU)
LA_SLAB_SECTIONS(at, LA_SLAB_FIND_AT)
LA_SLAB_PUSH_SECTION(guarded_on_cpu, LA_SLAB_FIND_ON_CPU, LA_SLAB_GUARD)
LA_SLAB_PUSH_SECTION(guarded_at, LA_SLAB_FIND_AT, LA_SLAB_GUARD)

static inline bool la_slab_hide_on_cpu(ptrdiff_t area, void *homes, unsigned cpu)
{
    void *home = (char *)homes + (size_t)cpu * LA_SLAB_HOME_BYTES;
    uint64_t scratch;

    __asm__ volatile(
        LA_RSEQ_BEGIN("%[scratch]", "%[rseq]") "ldr %w[scratch], [%[rseq], #4]\n\t"
                                               "eor %w[scratch], %w[scratch], %w[cpu]\n\t"
                                               "cbnz %w[scratch], 2f\n\t"
                                               "str %[away], [%[home]]\n" LA_RSEQ_END
        : [scratch] "=&r"(scratch)
        :
        [home] "r"(home), [rseq] "r"(la_rseq_area(area)), [cpu] "r"(cpu), [away] "r"(&la_slab_away)
        : LA_RSEQ_CLOBBERS);
    return scratch == 0;
}

#endif
