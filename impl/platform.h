/* SPDX-License-Identifier: MIT */
/*
 * platform.h: the few things of the machine and the kernel that the list and its strategies need,
 * and the only place outside the strategies with GNU extensions.
 */
#ifndef LOOKASIDE_PLATFORM_H
#define LOOKASIDE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LA_CACHE_LINE 64
/* Two lines: adjacent-line prefetchers pull the neighbour too. */
#define LA_NO_SHARING 128

#define LA_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define LA_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
/* What the compiler may rely on. */
#define LA_ASSUME(condition)         \
    do {                             \
        if (!(condition))            \
            __builtin_unreachable(); \
    } while (0)

/* For pop and push: where a short function falls in its lines must not depend on what the linker
 * put before it. */
#define LA_HOT __attribute__((aligned(LA_CACHE_LINE), hot))
#define LA_INLINE inline __attribute__((always_inline))
/* For what they call when they cannot go on in line: keeps its registers out of them. */
#define LA_COLD __attribute__((noinline, cold))
#define LA_CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* One turn of a spin loop: lets a sibling hardware thread run. */
static inline void la_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* Number of possible CPUs: every CPU id that the kernel may report is below it. Sized by
 * /sys/devices/system/cpu/possible, which may be sparse and above the online count. */
unsigned la_possible_cpus(void);

/* The CPU this thread runs on, below la_possible_cpus(); stale at once unless the thread is bound.
 * 0 where the system cannot say. */
unsigned la_current_cpu(void);

/* A small number of this thread's, given in order of first use: spreads threads over stripes. */
unsigned la_thread_number(void);

/* Sleeps for so long, below a second, or until a signal comes. Safe in handlers, keeps errno, and
 * is no point at which the thread may be cancelled: its caller may hold what others wait for. */
void la_sleep_ns(unsigned ns);

/* Monotonic time in nanoseconds. */
uint64_t la_now_ns(void);

/* Size of a page in bytes. */
size_t la_page_size(void);

#endif
