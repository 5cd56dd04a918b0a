/* SPDX-License-Identifier: MIT */
/*
 * rseq.c: whether restartable sequences can be used here, and the fence that ends them.
 *
 * Usable means three things: x86-64, a registration by glibc (absent under valgrind, old kernels,
 * seccomp filters and GLIBC_TUNABLES=glibc.pthread.rseq=0), and a membarrier() that can end the
 * sections of other CPUs. Without the last one nobody could take a remote CPU's entries safely, so
 * sections alone are not enough.
 */
#include "rseq.h"

#include <pthread.h>

static struct la_rseq chosen;
static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;

#ifdef LA_HAS_RSEQ

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int membarrier(int command, unsigned flags, int cpu)
{
    return (int)syscall(SYS_membarrier, command, flags, cpu);
}

static void choose(void)
{
    static char refused[128];

    if (__rseq_size == 0) {
        chosen.detail = "per-CPU locks: glibc registered no restartable sequences "
                        "(__rseq_size is 0)";
    } else if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0)) {
        snprintf(refused, sizeof refused, "per-CPU locks: membarrier: %s", strerror(errno));
        chosen.detail = refused;
    } else {
        chosen.area = __rseq_offset;
        chosen.detail = "restartable sequences (glibc registration, membarrier fence)";
    }
}

/* A fence that fails leaves a remote section running on memory that we are about to change, and
 * there is no way on. Once registered the call has no documented way to fail, but ENXIO for a CPU
 * that went away, on which nothing runs. */
static void fence(unsigned flags, unsigned cpu)
{
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, flags, (int)cpu) && errno != ENXIO) {
        perror("lookaside: membarrier refused a registered process");
        abort();
    }
}

void la_rseq_fence(unsigned cpu)
{
    fence(MEMBARRIER_CMD_FLAG_CPU, cpu);
}

void la_rseq_fence_all(void)
{
    fence(0, 0);
}

#else

static void choose(void)
{
#if defined(__x86_64__) && defined(__LP64__)
    chosen.detail = "per-CPU locks: built without <sys/rseq.h> (glibc before 2.35)";
#else
    chosen.detail = "per-CPU locks: restartable sequences are written for x86-64 only";
#endif
}

void la_rseq_fence(unsigned cpu)
{
    (void)cpu;
}

void la_rseq_fence_all(void)
{
}

#endif

const struct la_rseq *la_rseq(void)
{
    pthread_once(&chosen_once, choose);
    return &chosen;
}
