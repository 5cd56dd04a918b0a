/* SPDX-License-Identifier: MIT */
/*
 * balancer.c: ticks, by hand and once a period in the background.
 *
 * Stopping is a flag under a condition variable, so that stop waits for at most one tick, never
 * for a period.
 *
 * fork: a child has no balancer, but the lists as they were. No program can choose a moment between
 * two ticks for its forks, so forks wait for the thread to leave the list: it holds the lock of
 * this file within one, but not while it calls routines or the program's clock, when it has no lock
 * at all. The entries that it was about to release are lost to the child.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "forks.h"
#include "list.h"
#include "platform.h"

static uint64_t (*clock_ns)(void) = la_now_ns;

/* Guards what follows, and is held by the thread within a list. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake;
static pthread_t thread;
static bool running, stopping;
static _Thread_local bool in_background; /* this thread is the one that ticks */
static uint64_t period;

enum { NS_PER_S = 1000000000 };

void lookaside_set_clock(uint64_t (*now_ns)(void))
{
    clock_ns = now_ns ? now_ns : la_now_ns;
}

struct tick_all {
    uint64_t now_ns;
    size_t nr_lists;
};

static bool tick_one(struct lookaside *list, void *context)
{
    struct tick_all *all = context;

    la_list_release(list, la_list_tick(list, all->now_ns));
    la_list_refresh(list);
    all->nr_lists++;
    return true;
}

size_t lookaside_balance(void)
{
    struct tick_all all = {.now_ns = clock_ns()};

    lookaside_for_each(tick_one, &all);
    return all.nr_lists;
}

static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* Under the lock: waits out one period; whether it is time for a tick rather than for the end. */
static bool wait_period(void)
{
    uint64_t now = la_now_ns();
    /* The longest periods end after the clock does. */
    struct timespec deadline = to_timespec(period < INT64_MAX - now ? now + period : INT64_MAX);

    while (!stopping) {
        if (pthread_cond_timedwait(&wake, &lock, &deadline) == ETIMEDOUT)
            return !stopping;
    }
    return false;
}

static bool tick_in_background(struct lookaside *list, void *context)
{
    const uint64_t *now = context;
    void *surplus;

    pthread_mutex_lock(&lock);
    surplus = la_list_tick(list, *now);
    pthread_mutex_unlock(&lock);
    la_list_release(list, surplus);
    pthread_mutex_lock(&lock);
    la_list_refresh(list);
    pthread_mutex_unlock(&lock);
    return true;
}

static void *balancer(void *unused)
{
    (void)unused;
    in_background = true;
    pthread_mutex_lock(&lock);
    while (wait_period()) {
        uint64_t now;

        pthread_mutex_unlock(&lock);
        now = clock_ns();
        lookaside_for_each(tick_in_background, &now);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void init_wake(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* A routine may fork, too: then the thread is there. */
static void be_a_child(void)
{
    if (in_background)
        return;
    running = false;
    init_wake(); /* without who waited for it */
}

static void set_up(void)
{
    init_wake();
    la_fork_takes(LA_FORK_BALANCER, &lock, be_a_child);
}

/* The host's signals stay with the host's threads. */
static int create_without_signals(void)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread, NULL, balancer, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int lookaside_balancer_start(uint64_t period_ns)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int error = -EALREADY;

    pthread_once(&once, set_up);
    pthread_mutex_lock(&lock);
    if (!running) {
        period = period_ns ? period_ns : NS_PER_S;
        stopping = false;
        error = create_without_signals();
        running = !error;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

void lookaside_balancer_stop(void)
{
    pthread_mutex_lock(&lock);
    if (!running || stopping) {
        pthread_mutex_unlock(&lock);
        return;
    }
    stopping = true;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&lock);
    running = false;
    pthread_mutex_unlock(&lock);
}
