/* SPDX-License-Identifier: MIT */
/* rseq_x86_64.h: begin and end of a restartable section, x86-64. See rseq.h; included by it. */
#ifndef LOOKASIDE_RSEQ_X86_64_H
#define LOOKASIDE_RSEQ_X86_64_H

_Static_assert(RSEQ_SIG == 0x53053053, "sections emit this signature");

/* Part of a section's beginning: where the kernel goes on when it was interrupted. Says so in
 * la_slow, by one instruction (a handler may come in between any two), and starts again. The
 * signature before the abort address proves to the kernel that the address is meant to be jumped
 * to. */
#define LA_RSEQ_ABORT(percent, scratch)                      \
    ".pushsection __rseq_failure, \"ax\"\n\t"                \
    ".byte 0x0f, 0xb9, 0x3d\n\t"                             \
    ".long 0x53053053\n"                                     \
    "4:\n\t"                                                 \
    "movq la_slow@gottpoff(" percent "rip), " scratch "\n\t" \
    "orl $32, " percent "fs:(" scratch ")\n\t"               \
    "jmp 5f\n\t"                                             \
    ".popsection\n\t"
_Static_assert(LA_SLOW_RESTART == 32, "abort handlers note it");

/* Starts a section: percent is what a register's name begins with in this kind of asm, "%%" where
 * there are operands and "%" where there are none; scratch and area name a free register and the
 * one that holds la_rseq.area. */
#define LA_RSEQ_BEGIN(percent, scratch, area)       \
    LA_RSEQ_ABORT(percent, scratch)                 \
    ".pushsection __rseq_cs, \"aw\"\n\t"            \
    ".balign 32\n"                                  \
    "3:\n\t"                                        \
    ".long 0, 0\n\t"                                \
    ".quad 1f, 2f - 1f, 4b\n\t"                     \
    ".popsection\n"                                 \
    "5:\n\t"                                        \
    "leaq 3b(" percent "rip), " scratch "\n\t"      \
    "movq " scratch ", " percent "fs:8(" area ")\n" \
    "1:\n\t"

/* Ends it, right behind the commit; branches to 2 leave it early. */
#define LA_RSEQ_END "2:\n\t"

/* The CPU that the thread runs on; stale at once. */
static inline unsigned la_rseq_cpu(ptrdiff_t area)
{
    unsigned cpu;

    __asm__ volatile("movl %%fs:4(%[area]), %[cpu]" : [cpu] "=r"(cpu) : [area] "r"(area));
    return cpu;
}

#endif
