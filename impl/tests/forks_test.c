/* SPDX-License-Identifier: MIT */
/* forks_test.c: children of fork go on with lists that the background thread was busy with. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stub.h"
#include "wdm.h"
#include "wdm_extra.h"

enum { CHILD_S = 10, FORKS = 60, SOME = 100, FAST_NS = 20000, SLOW_NS = 100 * 1000 * 1000 };

/* The thread sanitizer's children have no threads. */
#if defined(__SANITIZE_THREAD__)
#define NO_THREADS_IN_CHILDREN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_IN_CHILDREN 1
#endif
#endif

static sem_t inside, may_leave;
static struct lookaside list;

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        continue;
}

static void insist(bool holds)
{
    if (!holds)
        abort();
}

/* What is wrong in a child shows in how it ends: it hangs, or aborts. A sanitizer may give another
 * status than 0, for the threads that are missing. */
static bool child_lives(void (*live)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        alarm(CHILD_S);
        live();
        _exit(EXIT_SUCCESS);
    }
    insist(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status);
}

static void check_child(void (*live)(void))
{
    assert_true(child_lives(live));
}

/* --- the first time, which is once in a process: in one of its own --- */

static _Atomic int stands_after; /* so many registrations */

int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    const int error = __real_pthread_atfork(prepare, parent, child);

    if (atomic_fetch_sub_explicit(&stands_after, 1, memory_order_relaxed) == 1) {
        sem_post(&inside);
        wait_for(&may_leave);
    }
    return error;
}

static void make_windows_list(PLOOKASIDE_LIST_EX made)
{
    insist(NT_SUCCESS(
        ExInitializeLookasideListEx(made, NULL, NULL, NonPagedPoolNx, 0, 64, 'krof', 0)));
}

#ifndef NO_THREADS_IN_CHILDREN
static void do_nothing(void)
{
}

/* Lists begin anew in a child what the parent's had begun, and the child forks itself. */

static void use_windows_list(void)
{
    LOOKASIDE_LIST_EX own;

    make_windows_list(&own);
    insist(child_lives(do_nothing));
    ExDeleteLookasideListEx(&own);
}

static void use_checked_list(void)
{
    const struct lookaside_config config = {
        .size = 16, .strategy = &stub_strategy, .flags = LOOKASIDE_CHECKED};
    struct lookaside own;

    insist(lookaside_init(&own, &config) == 0);
    lookaside_free(&own, lookaside_alloc(&own));
    insist(child_lives(do_nothing));
    lookaside_fini(&own);
}

static void *switch_on(void *unused)
{
    (void)unused;
    insist(lookaside_wdm_set_balancer(TRUE));
    return NULL;
}

static void *check(void *unused)
{
    (void)unused;
    use_checked_list();
    return NULL;
}

static void fork_at(int registration, void *(*first)(void *), void (*then)(void))
{
    pthread_t thread;

    atomic_store_explicit(&stands_after, registration, memory_order_relaxed);
    insist(pthread_create(&thread, NULL, first, NULL) == 0);
    wait_for(&inside);
    insist(child_lives(then));
    sem_post(&may_leave);
    pthread_join(thread, NULL);
}

static void fork_at_the_first(void)
{
    fork_at(1, switch_on, use_windows_list);
}

/* Locks of all lists come first, then those of checked ones. */
static void fork_at_the_second(void)
{
    fork_at(2, check, use_checked_list);
}

static void a_fork_may_come_while_forks_are_prepared_for(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&inside, 0, 0), 0);
    assert_int_equal(sem_init(&may_leave, 0, 0), 0);
    check_child(fork_at_the_first);
    check_child(fork_at_the_second);
}
#endif

/* --- one moment of a tick each --- */

static void tick_slowly(struct lookaside *ticked)
{
    const struct timespec span = {.tv_nsec = SLOW_NS};

    (void)ticked;
    sem_post(&inside);
    nanosleep(&span, NULL);
}

static void release_when_told(struct lookaside *owner, void *entry)
{
    (void)owner;
    sem_post(&inside);
    wait_for(&may_leave);
    free(entry);
}

/* Wants one entry of SOME. */
static uint32_t fall_to_one(const void *parameters, const struct lookaside_tick *tick)
{
    (void)parameters;
    (void)tick;
    return 1;
}

static const struct lookaside_policy falling = {
    .name = "falling", .summary = "for this test", .next_depth = fall_to_one};

static void begin(const struct lookaside_strategy *strategy, lookaside_free_fn *release)
{
    const struct lookaside_config config = {
        .size = 16,
        .strategy = strategy,
        .free = release,
        .depth = {.initial = 2, .min = 1, .max = SOME, .policy = &falling}};

    assert_int_equal(sem_init(&inside, 0, 0), 0);
    assert_int_equal(sem_init(&may_leave, 0, 0), 0);
    assert_int_equal(lookaside_init(&list, &config), 0);
}

static void end(void)
{
    lookaside_balancer_stop();
    lookaside_fini(&list);
    sem_destroy(&inside);
    sem_destroy(&may_leave);
}

static void use_and_end(void)
{
    struct lookaside_stats stats;

    insist(lookaside_balance() == 1);
    lookaside_get_stats(&list, &stats);
    lookaside_free(&list, lookaside_alloc(&list));
    lookaside_fini(&list);
    insist(lookaside_balance() == 0);
}

static void a_fork_waits_until_the_tick_has_left_the_list(void **state)
{
    struct lookaside_strategy slow = stub_strategy;

    (void)state;
    slow.tick = tick_slowly;
    begin(&slow, NULL);
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    wait_for(&inside);
    check_child(use_and_end);
    end();
}

/* One entry is left in the list, for the routine to release. */
static void end_where_the_tick_stood(void)
{
    sem_post(&may_leave);
    lookaside_fini(&list);
}

/* The routine goes on after the fork only: who waited for it would wait for ever. */
static void a_fork_does_not_wait_for_routines(void **state)
{
    void *entries[2];

    (void)state;
    begin(&stub_strategy, release_when_told);
    entries[0] = lookaside_alloc(&list);
    entries[1] = lookaside_alloc(&list);
    lookaside_free(&list, entries[0]);
    lookaside_free(&list, entries[1]);
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    wait_for(&inside);
    check_child(end_where_the_tick_stood);
    sem_post(&may_leave);
    sem_post(&may_leave);
    end();
}

static _Atomic bool clock_stands;

static uint64_t stand_when_told(void)
{
    if (atomic_exchange_explicit(&clock_stands, false, memory_order_relaxed)) {
        sem_post(&inside);
        wait_for(&may_leave);
    }
    return 0;
}

static void end_the_list(void)
{
    lookaside_fini(&list);
}

/* The program's clock, which may want a lock that the forking thread has. */
static void a_fork_does_not_wait_for_the_clock(void **state)
{
    (void)state;
    begin(&stub_strategy, NULL);
    atomic_store_explicit(&clock_stands, true, memory_order_relaxed);
    lookaside_set_clock(stand_when_told);
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    wait_for(&inside);
    check_child(end_the_list);
    sem_post(&may_leave);
    end();
    lookaside_set_clock(NULL);
}

#ifndef NO_THREADS_IN_CHILDREN
static void start_another(void)
{
    insist(lookaside_balancer_start(FAST_NS) == 0);
    wait_for(&inside);
    lookaside_balancer_stop();
    lookaside_fini(&list);
}

static void a_child_may_start_a_balancer_of_its_own(void **state)
{
    struct lookaside_strategy slow = stub_strategy;

    (void)state;
    slow.tick = tick_slowly;
    begin(&slow, NULL);
    assert_int_equal(lookaside_balancer_start(UINT64_MAX), 0);
    check_child(start_another);
    assert_int_equal(lookaside_balancer_start(FAST_NS), -EALREADY);
    end();
}
#endif

/* --- any moment of a tick --- */

static void *entries[SOME];

static void churn(struct lookaside *churned)
{
    for (size_t i = 0; i < SOME; i++)
        insist((entries[i] = lookaside_alloc(churned)) != NULL);
    for (size_t i = 0; i < SOME; i++)
        lookaside_free(churned, entries[i]);
}

static void live_with_the_list(void)
{
    struct lookaside_stats stats;

    churn(&list);
    insist(lookaside_balance() == 1);
    lookaside_get_stats(&list, &stats);
    insist(stats.held <= SOME);
    lookaside_flush(&list);
    lookaside_fini(&list);
}

static void forks_in_the_midst_of_ticks(const struct lookaside_strategy *strategy)
{
    const struct lookaside_config config = {
        .size = 64,
        .strategy = strategy,
        .depth = {.initial = SOME, .min = 1, .max = SOME, .policy = &falling}};

    assert_int_equal(lookaside_init(&list, &config), 0);
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    for (int i = 0; i < FORKS; i++) {
        assert_int_equal(lookaside_set_depth(&list, SOME), 0);
        churn(&list);
        check_child(live_with_the_list);
    }
    lookaside_balancer_stop();
    lookaside_fini(&list);
}

static void a_child_may_use_every_strategy_whatever_the_tick_did(void **state)
{
    const struct lookaside_strategy *strategy;

    (void)state;
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++)
        forks_in_the_midst_of_ticks(strategy);
}

/* --- lists with Windows names, which start the balancer themselves --- */

static LOOKASIDE_LIST_EX windows;

static void live_with_windows_lists(void)
{
    LOOKASIDE_LIST_EX another;

    ExFreeToLookasideListEx(&windows, ExAllocateFromLookasideListEx(&windows));
    ExAdjustLookasideDepth();
    ExDeleteLookasideListEx(&windows);
#ifndef NO_THREADS_IN_CHILDREN
    make_windows_list(&another);
    /* It has started the balancer. */
    insist(lookaside_balancer_start(0) == -EALREADY);
    ExDeleteLookasideListEx(&another);
#else
    (void)another;
#endif
}

static void a_child_s_first_windows_list_starts_a_balancer(void **state)
{
    (void)state;
    make_windows_list(&windows);
    check_child(live_with_windows_lists);
    ExDeleteLookasideListEx(&windows);
    assert_true(lookaside_wdm_set_balancer(FALSE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifndef NO_THREADS_IN_CHILDREN
        cmocka_unit_test(a_fork_may_come_while_forks_are_prepared_for), /* the first: see there */
#endif
        cmocka_unit_test(a_fork_waits_until_the_tick_has_left_the_list),
        cmocka_unit_test(a_fork_does_not_wait_for_routines),
        cmocka_unit_test(a_fork_does_not_wait_for_the_clock),
#ifndef NO_THREADS_IN_CHILDREN
        cmocka_unit_test(a_child_may_start_a_balancer_of_its_own),
#endif
        cmocka_unit_test(a_child_may_use_every_strategy_whatever_the_tick_did),
        cmocka_unit_test(a_child_s_first_windows_list_starts_a_balancer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
