/* SPDX-License-Identifier: MIT */
/*
 * sleep_test.c: lost time, of threads that sleep in a contender's lock and of threads that others
 * preempt. The contenders are made for it: of one, every 64th allocation holds a lock for half a
 * millisecond, so that two threads sleep for about half of the window; another works for a
 * millisecond before it sleeps. Nothing looks at how fast they were; a machine that is busy with
 * something else is asked again.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "engine.h"
#include "gaps.h"

enum {
    WINDOW_NS = 60 * 1000 * 1000,
    HOLD_NS = 500 * 1000,
    WORK_NS = 1000 * 1000,
    OFTEN = 64,
    TRIES = 12
};

static struct la_placement placement;
static struct la_histogram latency;

static bool has_two_cpus(void)
{
    cpu_set_t set;
    unsigned nr = 0;

    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    placement = (struct la_placement){.name = "test", .nr_threads = 2};
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++) {
        if (CPU_ISSET(cpu, &set))
            placement.cpu[nr++] = cpu;
    }
    return nr == 2;
}

/* --- contenders --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local unsigned nr_calls;

static void *allocate_asleep(size_t size)
{
    const struct timespec held = {.tv_nsec = HOLD_NS};

    if (++nr_calls % OFTEN == 0) {
        pthread_mutex_lock(&lock);
        nanosleep(&held, NULL);
        pthread_mutex_unlock(&lock);
    }
    return malloc(size);
}

/* Needs more of its CPU than another thread leaves: one that hardly works is let in at once. */
static void *allocate_tired(size_t size)
{
    const struct timespec rest = {.tv_nsec = HOLD_NS};
    static _Thread_local uint64_t slept_at;

    if (++nr_calls % OFTEN == 0 && la_now_ns() - slept_at > WORK_NS) {
        nanosleep(&rest, NULL);
        slept_at = la_now_ns();
    }
    return malloc(size);
}

static void *allocate_awake(size_t size)
{
    return malloc(size);
}

static void release(void *object)
{
    free(object);
}

static struct la_contender contender_with(void *(*allocate)(size_t))
{
    struct la_contender contender;
    const char *why;

    assert_true(
        la_contender_make(&contender, LA_ROLE_MALLOC, NULL, la_allocator_find("glibc"), &why));
    contender.calls.allocate = allocate;
    contender.calls.release = release;
    contender.calls.release_sized = NULL;
    return contender;
}

/* The share of its threads' time that a window lost. */
static double lost_share(void *(*allocate)(size_t))
{
    static struct la_measurement measurement;
    const struct la_contender contender = contender_with(allocate);
    const struct la_setting setting = {.workload = la_workload_find("pair"),
                                       .size = 100,
                                       .depth = 256,
                                       .placement = &placement,
                                       .window_ns = WINDOW_NS,
                                       .seed = 5};
    const char *why = "";

    la_clock_init();
    la_histogram_reset(&latency);
    if (!la_engine_measure(&contender, &setting, &latency, &measurement, &why))
        fail_msg("%s", why);
    return measurement.lost_ns / measurement.thread_ns;
}

/* --- who preempts --- */

static _Atomic bool over;

static void *spin(void *argument)
{
    const unsigned *cpu = argument;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(*cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
    /* Relaxed: only ends the loop. */
    while (!atomic_load_explicit(&over, memory_order_relaxed))
        continue;
    return NULL;
}

static double lost_share_beside_others(void *(*allocate)(size_t))
{
    pthread_t others[2];
    double share;

    atomic_store_explicit(&over, false, memory_order_relaxed);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&others[i], NULL, spin, &placement.cpu[i]), 0);
    share = lost_share(allocate);
    atomic_store_explicit(&over, true, memory_order_relaxed);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(others[i], NULL);
    return share;
}

static void sleep_in_a_lock_is_not_lost(void **state)
{
    double least = 1;

    (void)state;
    if (!has_two_cpus())
        skip();
    for (unsigned i = 0; i < TRIES && least > LA_LOST_LIMIT; i++) {
        const double share = lost_share(allocate_asleep);

        least = share < least ? share : least;
    }
    print_message("%.3f lost at least\n", least);
    /* Half of it was slept. */
    assert_true(least < 0.25);
}

/* A scheduler may let who has slept run at once, in one window or another: asked again. */
static double most_lost_beside_others(void *(*allocate)(size_t))
{
    double most = 0;

    for (unsigned i = 0; i < TRIES && most <= LA_LOST_LIMIT; i++) {
        const double share = lost_share_beside_others(allocate);

        most = share > most ? share : most;
    }
    return most;
}

/* Also that of threads that sleep now and then: they are ready, and do not run. */
static void preempted_threads_lose_time(void **state)
{
    (void)state;
    if (!has_two_cpus())
        skip();
    assert_true(most_lost_beside_others(allocate_awake) > LA_LOST_LIMIT);
    assert_true(most_lost_beside_others(allocate_tired) > LA_LOST_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleep_in_a_lock_is_not_lost),
        cmocka_unit_test(preempted_threads_lose_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
