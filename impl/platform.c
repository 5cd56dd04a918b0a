/* SPDX-License-Identifier: MIT */
/* platform.c: see platform.h. Linux and glibc. */
#include "platform.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned possible_cpus;
static pthread_once_t possible_cpus_once = PTHREAD_ONCE_INIT;

/* The kernel copies its whole CPU mask, possible ids and a few more: for where /sys is not mounted.
 * An affinity mask would be too narrow, as threads may be moved out of it. */
static unsigned cpus_in_kernel_mask(void)
{
    unsigned long mask[1024];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);

    return bytes > 0 ? (unsigned)bytes * CHAR_BIT : 1;
}

/* The file reads like "0-3,8-11"; the number after the last separator is the highest id. A line
 * that was cut off would make the table too small. */
static unsigned read_possible_cpus(void)
{
    char text[4096] = "";
    FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
    const char *last;

    if (file && fgets(text, sizeof text, file) && strchr(text, '\n')) {
        fclose(file);
        last = strchr(text, '\n');
        while (last > text && last[-1] != '-' && last[-1] != ',')
            last--;
        return (unsigned)strtoul(last, NULL, 10) + 1;
    }
    if (file)
        fclose(file);
    return cpus_in_kernel_mask();
}

static void possible_cpus_init(void)
{
    possible_cpus = read_possible_cpus();
}

unsigned la_possible_cpus(void)
{
    pthread_once(&possible_cpus_once, possible_cpus_init);
    return possible_cpus;
}

unsigned la_current_cpu(void)
{
    int cpu = sched_getcpu();

    return cpu >= 0 && (unsigned)cpu < la_possible_cpus() ? (unsigned)cpu : 0;
}

unsigned la_thread_number(void)
{
    static _Atomic unsigned next = 1;
    /* Present from the thread's start: a handler's first use must not allocate it. */
    static _Thread_local unsigned mine __attribute__((tls_model("initial-exec")));

    /* Relaxed: numbers need only be distinct. */
    if (LA_UNLIKELY(mine == 0))
        mine = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
    return mine;
}

void la_sleep_ns(unsigned ns)
{
    /* What this system call takes on every Linux, whatever struct timespec is. */
    const long span[2] = {0, (long)ns};
    int error = errno;

    (void)syscall(SYS_nanosleep, span, NULL);
    errno = error;
}

uint64_t la_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

size_t la_page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);

    return size > 0 ? (size_t)size : 4096;
}
