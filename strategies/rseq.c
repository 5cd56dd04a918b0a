/* SPDX-License-Identifier: MIT */
/*
 * rseq.c: whether restartable sequences can be used here, and the fence that ends them.
 *
 * Usable means four things: x86-64 or aarch64; a registration by glibc (absent under valgrind and
 * qemu's user mode, with old kernels, seccomp filters and GLIBC_TUNABLES=glibc.pthread.rseq=0); on
 * aarch64 a kernel that keeps its promise; and a membarrier() that can end the sections of other
 * CPUs. Without the last one nobody could take a remote CPU's entries safely, so sections alone are
 * not enough.
 *
 * The kernel is judged by its release, not by a trial: a trial needs two threads on one CPU and a
 * preemption, so a library's first call would start threads and wait for a tick. The tests of the
 * sections are that trial.
 */
#include "rseq.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct la_rseq chosen;
static pthread_once_t chosen_once = PTHREAD_ONCE_INIT;

bool la_rseq_aarch64_kernel_is_sound(const char *release)
{
    unsigned major, minor, patch = 0, version;

    if (sscanf(release, "%3u.%3u.%3u", &major, &minor, &patch) < 2)
        return false;
    version = major * 1000000 + minor * 1000 + patch;
    if (version >= 6019000 && version < 7000014)
        return false;
    return version != 7001000 || !strstr(release, "-rc");
}

#ifdef LA_HAS_RSEQ

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static int membarrier(int command, unsigned flags, int cpu)
{
    return (int)syscall(SYS_membarrier, command, flags, cpu);
}

/* NULL, or why this kernel's restartable sequences cannot be used. */
static const char *kernel_defect(void)
{
#if defined(__aarch64__)
    static char defect[128];
    struct utsname kernel = {0};

    if (!uname(&kernel) && la_rseq_aarch64_kernel_is_sound(kernel.release))
        return NULL;
    snprintf(defect, sizeof defect,
             "per-CPU locks: Linux %.24s may fail to restart sequences on aarch64 (6.19 to 7.0.13 "
             "do)",
             kernel.release);
    return defect;
#else
    return NULL;
#endif
}

static void choose(void)
{
    static char refused[128];
    const char *defect = kernel_defect();

    if (defect) {
        chosen.detail = defect;
    } else if (__rseq_size == 0) {
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
#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__)
    chosen.detail = "per-CPU locks: built without <sys/rseq.h> (glibc before 2.35)";
#else
    chosen.detail = "per-CPU locks: restartable sequences are written for x86-64 and aarch64";
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
