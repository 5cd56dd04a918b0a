/* SPDX-License-Identifier: MIT */
/*
 * slow.h: what the calling thread's operations did beyond the fast path: for whoever wants to know
 * why one of them took long. A word of the thread's own, a bit for each cause, set where the slow
 * path is anyway, so that it costs nothing where there is none. Clear it before an operation and
 * read it afterwards. That is one store and one load, where counts would take a copy of each.
 */
#ifndef LOOKASIDE_SLOW_H
#define LOOKASIDE_SLOW_H

#include <stdint.h>

enum la_slow_bit {
    LA_SLOW_PATH = 1 << 0,    /* more than the fast path: a batch, a magazine, or credits */
    LA_SLOW_DEPOT = 1 << 1,   /* visited a depot */
    LA_SLOW_OTHERS = 1 << 2,  /* looked at other CPUs or threads, or took from them */
    LA_SLOW_LOCK = 1 << 3,    /* waited for the holder of a lock, or a reader of what is released */
    LA_SLOW_LINE = 1 << 4,    /* lost a compare-and-swap to another thread */
    LA_SLOW_RESTART = 1 << 5, /* a restartable sequence was interrupted and began again */
};

/* Present from the thread's start: a handler's first use must not allocate it. The abort handlers
 * of restartable sequences write it, too (rseq_x86_64.h, rseq_aarch64.h), those in bound callers
 * included, which is why it is visible to them. */
extern _Thread_local uint32_t la_slow
    __attribute__((tls_model("initial-exec"), visibility("default")));

static inline void la_slow_note(enum la_slow_bit bit)
{
    la_slow |= (uint32_t)bit;
}

#endif
