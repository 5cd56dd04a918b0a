/* SPDX-License-Identifier: MIT */
/*
 * rseq.h: restartable sequences, the kernel's promise that a marked run of instructions either
 * ends on the CPU where it began, with no other thread of this CPU in between, or starts again.
 *
 * A thread tells the kernel of a section by storing the address of its descriptor in a per-thread
 * area that glibc has registered. When the thread is preempted, migrated or gets a signal inside
 * [start, commit), the kernel continues it at the abort address. The last instruction of a section
 * is its one store that matters: the commit. Whatever was stored before it must be harmless when
 * the section starts again.
 *
 * Rules for a section written with the macros below: one `asm volatile` without goto; the result
 * leaves in registers or flags; inputs stay unmodified, since a restart begins from them; local
 * labels 1 to 5 are taken; no calls, no system calls.
 *
 * The area is glibc's (2.35 and later). We never register one of our own: a thread can have only
 * one, and its owner may be another library.
 */
#ifndef LOOKASIDE_RSEQ_H
#define LOOKASIDE_RSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform.h"
#include "slow.h"

/* Left out on request, for builds over intercepted atomics (stress/sched). */
#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__) && \
    defined(__has_include) && !defined(LOOKASIDE_NO_RSEQ)
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define LA_HAS_RSEQ 1
#endif
#endif

struct la_rseq {
    ptrdiff_t area; /* distance of the thread's area from its thread pointer; 0: not usable */
    const char *detail;
};

/* What this process can use; decided once, at the first call. Any thread. */
const struct la_rseq *la_rseq(void);

/*
 * Ends every section that runs on cpu (la_rseq_fence_all: on any CPU): when the call returns, a
 * section of this process that had begun before the call has committed, and its stores are seen by
 * the caller, or it will start again and see what the caller stored before. A CPU that is offline
 * or runs none of our threads is done at once. Costs 0.5 us, or 10 us where the CPU is busy with
 * us. Only with a usable area.
 */
void la_rseq_fence(unsigned cpu);
void la_rseq_fence_all(void);

/* Whether a kernel of this release, as uname(2) has it, restarts sections on aarch64 whenever it
 * should. Releases from 6.19 to 7.0.13 do so after a change of the CPU but not when another thread
 * of the same CPU ran in between, which corrupts slabs in silence; so may previews of 7.1. False
 * for what is no release. */
bool la_rseq_aarch64_kernel_is_sound(const char *release);

#ifdef LA_HAS_RSEQ

_Static_assert(offsetof(struct rseq, cpu_id) == 4, "sections read cpu_id at offset 4");
_Static_assert(offsetof(struct rseq, rseq_cs) == 8, "sections store the descriptor at offset 8");

#if defined(__x86_64__)
#include "rseq_x86_64.h"
#else
#include "rseq_aarch64.h"
#endif

#endif

#endif
