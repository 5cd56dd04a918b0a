/* SPDX-License-Identifier: MIT */
/*
 * environment.c: the scheduler's stand-ins for impl/platform.c and strategies/rseq.c, and the
 * bounds of threads' variables. Compiled with intercept.h, beside the code under test.
 */
#include "platform.h"
#include "rseq.h"
#include "sched/runtime.h"

unsigned la_possible_cpus(void)
{
    return la_sched_nr_cpus();
}

unsigned la_current_cpu(void)
{
    return la_sched_current_cpu();
}

unsigned la_thread_number(void)
{
    return la_sched_thread_number();
}

void la_sleep_ns(unsigned ns)
{
    (void)ns;
    sched_yield();
}

uint64_t la_now_ns(void)
{
    return la_sched_ticks();
}

size_t la_page_size(void)
{
    return 4096;
}

const struct la_rseq *la_rseq(void)
{
    static const struct la_rseq none = {.detail = "no restartable sequences under the scheduler"};

    return &none;
}

void la_rseq_fence(unsigned cpu)
{
    (void)cpu;
}

void la_rseq_fence_all(void)
{
}

bool la_rseq_aarch64_kernel_is_sound(const char *release)
{
    (void)release;
    return true;
}

void la_sched_tls(unsigned char **begin, unsigned char **end)
{
    *begin = la_sched_tls_begin;
    *end = la_sched_tls_end;
}
