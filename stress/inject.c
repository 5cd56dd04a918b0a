/* SPDX-License-Identifier: MIT */
/*
 * inject.c: what the delay points of an injected build do in a stress run. Each thread has its own
 * stream of choices. The one point that is singled out delays hard and in its mode; all others
 * mostly do nothing, and now and then spin for a while or let other threads run.
 *
 * Nothing here is a barrier on the way of a thread that is not delayed: a locked instruction would
 * hide the very fault that a missing fence is. So visits are counted by plain additions, in stripes
 * by thread, and a count may miss some where two threads share a stripe.
 */
#include "inject.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "inject_plan.h"
#include "platform.h"
#include "points.h"
#include "scenario.h"
#include "strategy.h"

enum { DELAY_ONE_IN = 64, YIELD_ONE_IN = 16, MOST_SPINS = 512 };           /* light */
enum { HARD_SPINS = 256, MOST_HARD_SPINS = 4096, MOST_SLEEP_NS = 200000 }; /* hard */
enum { MOVES_SPARED_ONE_IN = 8 };
enum { STRIPES = 64, DELAY_SIGNAL = SIGUSR2, HANDLER_ALLOCATES = 3 };

struct stripe {
    _Atomic uint32_t visits[STRESS_POINT_LIMIT];
    _Atomic uint32_t delays;
};

static struct stress_plan plan;
static struct stripe *stripes; /* shared with forked processes */
static cpu_set_t allowed;

static _Thread_local uint64_t choice;
static _Thread_local bool inside; /* of a delay: points that its handler passes do nothing */

const char *stress_mode_name(enum stress_mode mode)
{
    static const char *const names[STRESS_NR_MODES] = {
        [STRESS_SPIN] = "spin",       [STRESS_YIELD] = "yield",   [STRESS_SLEEP] = "sleep",
        [STRESS_MIGRATE] = "migrate", [STRESS_SIGNAL] = "signal", [STRESS_MIXED] = "mixed"};

    return mode < STRESS_NR_MODES ? names[mode] : NULL;
}

/* A scenario's own routines may wait for a lock that the interrupted thread holds. */
static bool is_signal_safe(const struct stress_run *run)
{
    return run->strategy->signal_safe && !run->scenario->routine;
}

/* The thread is inside of the list, not of the oracle: points are nowhere else. */
static void on_signal(int signal)
{
    struct stress_worker *worker = stress_self(), *aside;

    (void)signal;
    if (!worker || !is_signal_safe(worker->run))
        return;
    aside = stress_aside(worker);
    /* A routine that was interrupted has something there. */
    if (aside->nr_out > 0)
        return;
    while (aside->nr_out < HANDLER_ALLOCATES && stress_alloc_from(aside, worker->run->lists))
        continue;
    while (aside->nr_out > 0)
        stress_free_any(aside);
}

static void set_up(void)
{
    const struct sigaction action = {.sa_handler = on_signal};

    stripes = mmap(NULL, STRIPES * sizeof *stripes, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stripes == MAP_FAILED || sigaction(DELAY_SIGNAL, &action, NULL) ||
        sched_getaffinity(0, sizeof allowed, &allowed)) {
        perror("lookaside: delay points");
        exit(2);
    }
}

void stress_inject_plan(const struct stress_plan *next)
{
    if (!stripes)
        set_up();
    plan = *next;
    for (unsigned i = 0; i < STRIPES; i++) {
        for (unsigned point = 0; point < STRESS_POINT_LIMIT; point++)
            atomic_store_explicit(&stripes[i].visits[point], 0, memory_order_relaxed);
        atomic_store_explicit(&stripes[i].delays, 0, memory_order_relaxed);
    }
}

uint64_t stress_inject_visits(unsigned point)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < STRIPES; i++)
        sum += atomic_load_explicit(&stripes[i].visits[point], memory_order_relaxed);
    return sum;
}

uint64_t stress_inject_delays(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < STRIPES; i++)
        sum += atomic_load_explicit(&stripes[i].delays, memory_order_relaxed);
    return sum;
}

static void count(_Atomic uint32_t *number)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Marsaglia's xorshift, 64 bits; started by the seed and the thread. */
static uint32_t next_choice(unsigned point)
{
    if (choice == 0)
        choice = (plan.seed + la_thread_number()) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    choice ^= choice << 13;
    choice ^= choice >> 7;
    choice ^= choice << 17;
    return (uint32_t)(choice >> 32) ^ point;
}

static void spin(uint32_t turns)
{
    while (turns-- > 0)
        la_cpu_relax();
}

static void delay_lightly(uint32_t chosen)
{
    if (chosen % DELAY_ONE_IN != 0)
        return;
    chosen /= DELAY_ONE_IN;
    if (chosen % YIELD_ONE_IN == 0)
        sched_yield();
    else
        spin(chosen / YIELD_ONE_IN % MOST_SPINS);
}

static void sleep_ns(long ns)
{
    const struct timespec span = {.tv_nsec = ns};

    nanosleep(&span, NULL);
}

/* The nth allowed CPU that is not the current one; the current one if it is the only one. */
static int another_cpu(uint32_t nth)
{
    int current = sched_getcpu(), nr = CPU_COUNT(&allowed) - (CPU_ISSET(current, &allowed) ? 1 : 0);

    nth = nr > 0 ? nth % (uint32_t)nr : 0;
    for (int cpu = 0; nr > 0 && cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && cpu != current && nth-- == 0)
            return cpu;
    }
    return current;
}

/* Somebody else gets a chance to run on the CPU that was left. The thread may be elsewhere from
 * then on, or be moved back by its own mask. */
static void migrate(uint32_t chosen)
{
    cpu_set_t before, one;

    if (sched_getaffinity(0, sizeof before, &before))
        return;
    CPU_ZERO(&one);
    CPU_SET(another_cpu(chosen), &one);
    (void)sched_setaffinity(0, sizeof one, &one);
    spin(HARD_SPINS);
    (void)sched_setaffinity(0, sizeof before, &before);
}

/* Some moves are left out, at random: a loop that goes round again because its thread was moved
 * comes by here each time, and would not end. */
static bool is_spared(uint32_t chosen)
{
    return plan.mode == STRESS_MIGRATE && chosen % MOVES_SPARED_ONE_IN == 0;
}

/* A thread of the run's own, which checks at the end, must stay where it is, and is no worker. */
static bool is_main_thread(void)
{
    static _Thread_local int known;

    if (known == 0)
        known = syscall(SYS_gettid) == getpid() ? 1 : -1;
    return known > 0;
}

static enum stress_mode mode_of(uint32_t chosen)
{
    enum stress_mode mode = plan.mode == STRESS_MIXED ? chosen % STRESS_MIXED : plan.mode;

    return mode >= STRESS_MIGRATE && is_main_thread() ? STRESS_YIELD : mode;
}

static void delay_hard(uint32_t chosen)
{
    enum stress_mode mode = mode_of(chosen);

    chosen /= STRESS_NR_MODES;
    switch (mode) {
    case STRESS_SPIN:
        spin(HARD_SPINS + chosen % MOST_HARD_SPINS);
        break;
    case STRESS_SLEEP:
        sleep_ns(1 + (long)(chosen % MOST_SLEEP_NS));
        break;
    case STRESS_MIGRATE:
        migrate(chosen);
        break;
    case STRESS_SIGNAL:
        (void)pthread_kill(pthread_self(), DELAY_SIGNAL);
        break;
    default:
        sched_yield();
    }
}

void la_inject(unsigned point)
{
    struct stripe *mine;
    uint32_t chosen;
    int error = errno;

    if (inside || !stripes)
        return;
    inside = true;
    mine = &stripes[la_thread_number() % STRIPES];
    count(&mine->visits[point]);
    chosen = next_choice(point);
    if (point != plan.point) {
        delay_lightly(chosen);
    } else if (chosen % plan.every == 0 && !is_spared(chosen / plan.every)) {
        count(&mine->delays);
        delay_hard(chosen / plan.every);
    }
    inside = false;
    errno = error;
}
