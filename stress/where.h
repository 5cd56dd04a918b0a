/* SPDX-License-Identifier: MIT */
/*
 * where.h: the end of a process that does not come to its end, and where its threads were. Linux.
 */
#ifndef LOOKASIDE_STRESS_WHERE_H
#define LOOKASIDE_STRESS_WHERE_H

#include <stdio.h>
#include <sys/types.h>

/*
 * Says of each thread its number, name and state, its CPU, how long it ran, then, if it waits, its
 * system call and where it is in the kernel, and then its instruction, as an offset into a file,
 * and what called it: words of its stack that look like it, so not all of them are true. What may
 * not be looked at is left out. Then kills the process, for its parent, which calls this, to wait
 * for.
 *
 *     thread 71 (stress_injected) S on CPU 3, 1250 ms user, 30 ms system
 *       system call 202 0x7f11 0x80 ..., kernel: futex_wait_queue futex_wait do_futex
 *       at libc.so.6+0x892f6, called from stress_injected+0x4f30 stress_injected+0x3b12
 *
 * `addr2line -fe FILE 0x4f30` says which line that is.
 */
void stress_end_hung(FILE *to, pid_t pid);

#endif
