/* SPDX-License-Identifier: MIT */
/* biased.c: the slow ways into a biased lock, and the barrier in all threads. See biased.h. */
#include "biased.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAVE_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HAVE_THREAD_SANITIZER 1
#endif
#ifndef HAVE_THREAD_SANITIZER
#define HAVE_THREAD_SANITIZER 0
#endif

enum { CALM_SECTIONS = 1024 };

static bool works;
static const char *why;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

static void decide(void)
{
    if (HAVE_THREAD_SANITIZER) {
        why = "per-thread spinlocks: the thread sanitizer cannot see membarrier";
    } else if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) != 0 ||
               membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        why = "per-thread spinlocks: the kernel offers no private expedited membarrier";
    } else {
        works = true;
        why = "per-thread locks biased to their thread, visited through membarrier";
    }
}

bool la_biased_works(const char **detail)
{
    pthread_once(&once, decide);
    *detail = why;
    return works;
}

void la_biased_init(struct la_biased *biased)
{
    atomic_init(&biased->busy, 0);
    atomic_init(&biased->bias,
                la_biased_works(&(const char *){NULL}) ? LA_BIAS_TO_OWNER : LA_BIAS_ENDED);
    atomic_init(&biased->lock.held, LA_SPIN_FREE);
    atomic_init(&biased->lock.starves, 0);
    atomic_init(&biased->waits, 0);
    biased->calm_sections = 0;
}

/* Relaxed, by a load and a store: only the owner writes it. */
void la_biased_note_wait(struct la_biased *biased)
{
    uint32_t waits = atomic_load_explicit(&biased->waits, memory_order_relaxed);

    atomic_store_explicit(&biased->waits, waits + 1, memory_order_relaxed);
}

bool la_biased_own(struct la_biased *biased)
{
    if (la_biased_enter(biased))
        return true;
    if (la_spin_lock(&biased->lock))
        la_biased_note_wait(biased);
    if (++biased->calm_sections == CALM_SECTIONS && works &&
        atomic_load_explicit(&biased->bias, memory_order_relaxed) == LA_BIAS_ENDED) {
        /* Relaxed: a visitor reads it after taking the lock, or before, and then as ENDED, which
         * makes it skip the announcement only. */
        atomic_store_explicit(&biased->bias, LA_BIAS_TO_OWNER, memory_order_relaxed);
        LA_INJECT(705);
    }
    return false;
}

void la_biased_disown(struct la_biased *biased, bool without_lock)
{
    if (without_lock)
        la_biased_leave(biased);
    else
        la_spin_unlock(&biased->lock);
}

bool la_biased_announce(struct la_biased *biased)
{
    /* Relaxed: the fence that follows orders it. The owner writes bias only where it is ENDED, so
     * nothing is overwritten. */
    if (atomic_load_explicit(&biased->bias, memory_order_relaxed) != LA_BIAS_TO_OWNER)
        return false;
    atomic_store_explicit(&biased->bias, LA_BIAS_ENDING, memory_order_relaxed);
    LA_INJECT(703);
    return true;
}

/* Once it has worked the call has no documented way to fail, and without it owner and visitor would
 * be inside together, so there is no way on: a filter of system calls that refuses it must be in
 * place before the first list is made. */
void la_biased_fence(void)
{
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        perror("lookaside: membarrier refused a registered process");
        abort();
    }
}

static void wait_until_not_busy(struct la_biased *biased)
{
    struct la_backoff backoff = {0};

    /* Acquire: pairs with leave. */
    while (atomic_load_explicit(&biased->busy, memory_order_acquire))
        la_backoff_wait(&backoff);
}

void la_biased_visit(struct la_biased *biased)
{
    la_spin_lock(&biased->lock);
    biased->calm_sections = 0;
    LA_INJECT(706);
    if (la_biased_announce(biased))
        la_biased_fence();
    if (atomic_load_explicit(&biased->bias, memory_order_relaxed) == LA_BIAS_ENDING) {
        wait_until_not_busy(biased);
        LA_INJECT(704);
        atomic_store_explicit(&biased->bias, LA_BIAS_ENDED, memory_order_relaxed);
    }
}

void la_biased_end_visit(struct la_biased *biased)
{
    la_spin_unlock(&biased->lock);
}
