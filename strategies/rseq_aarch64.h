/* SPDX-License-Identifier: MIT */
/*
 * rseq_aarch64.h: begin and end of a restartable section, aarch64. See rseq.h; included by it.
 *
 * The operand rseq is la_rseq_area(): the thread pointer has no addressing mode of its own here, so
 * its sum with the distance is made in front of the section. The way back from the abort stub may
 * become a veneer of the linker's in a large program, so whoever uses the macros clobbers the two
 * registers that veneers may use (LA_RSEQ_CLOBBERS).
 */
#ifndef LOOKASIDE_RSEQ_AARCH64_H
#define LOOKASIDE_RSEQ_AARCH64_H

_Static_assert(RSEQ_SIG_CODE == 0xd428bc00, "sections emit this signature, as an instruction");

/* Part of a section's beginning: where the kernel goes on when it was interrupted. Says so in
 * la_slow, which a handler in between may lose, and starts again. The signature before the abort
 * address proves to the kernel that the address is meant to be jumped to; it is an instruction, so
 * it keeps the byte order of code where data has the other one. */
#define LA_RSEQ_ABORT(scratch)                                   \
    ".pushsection __rseq_failure, \"ax\"\n\t"                    \
    ".inst 0xd428bc00\n"                                         \
    "4:\n\t"                                                     \
    "adrp " scratch ", :gottprel:la_slow\n\t"                    \
    "ldr " scratch ", [" scratch ", :gottprel_lo12:la_slow]\n\t" \
    "mrs x16, tpidr_el0\n\t"                                     \
    "add " scratch ", " scratch ", x16\n\t"                      \
    "ldr w17, [" scratch "]\n\t"                                 \
    "orr w17, w17, #32\n\t"                                      \
    "str w17, [" scratch "]\n\t"                                 \
    "b 5f\n\t"                                                   \
    ".popsection\n\t"
_Static_assert(LA_SLOW_RESTART == 32, "abort handlers note it");

/* Starts a section: scratch and rseq name operands, a free register and la_rseq_area(). */
#define LA_RSEQ_BEGIN(scratch, rseq)             \
    LA_RSEQ_ABORT(scratch)                       \
    ".pushsection __rseq_cs, \"aw\"\n\t"         \
    ".balign 32\n"                               \
    "3:\n\t"                                     \
    ".long 0, 0\n\t"                             \
    ".quad 1f, 2f - 1f, 4b\n\t"                  \
    ".popsection\n"                              \
    "5:\n\t"                                     \
    "adrp " scratch ", 3b\n\t"                   \
    "add " scratch ", " scratch ", :lo12:3b\n\t" \
    "str " scratch ", [" rseq ", #8]\n"          \
    "1:\n\t"

/* Ends it, right behind the commit; branches to 2 leave it early. */
#define LA_RSEQ_END "2:\n\t"

#define LA_RSEQ_CLOBBERS "memory", "x16", "x17"

static inline struct rseq *la_rseq_area(ptrdiff_t area)
{
    return (void *)((char *)__builtin_thread_pointer() + area);
}

/* The CPU that the thread runs on; stale at once. */
static inline unsigned la_rseq_cpu(ptrdiff_t area)
{
    unsigned cpu;

    __asm__ volatile("ldr %w[cpu], [%[rseq], #4]"
                     : [cpu] "=r"(cpu)
                     : [rseq] "r"(la_rseq_area(area)));
    return cpu;
}

#endif
