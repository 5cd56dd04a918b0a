/* SPDX-License-Identifier: MIT */
/* balancer_test.c: ticks by hand with a clock of the test's own, and the background thread. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stub.h"

enum { PATIENCE_S = 20, FAST_NS = 100000 };

/* A policy that notes what it is shown and answers as it is told. */
static struct lookaside_tick shown;
static uint32_t answer;
static sem_t ticked;
static _Atomic bool signals_blocked;

static uint32_t note_tick(const void *parameters, const struct lookaside_tick *tick)
{
    sigset_t mask;

    (void)parameters;
    shown = *tick;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    signals_blocked = sigismember(&mask, SIGTERM) == 1;
    sem_post(&ticked);
    return answer;
}

static const struct lookaside_policy noting = {
    .name = "noting", .summary = "for this test", .next_depth = note_tick};

static struct lookaside list;

static uint64_t own_now_ns = 42;

static uint64_t own_clock(void)
{
    return own_now_ns;
}

static int begin(void **state)
{
    const struct lookaside_config config = {
        .size = 16,
        .strategy = &stub_strategy,
        .depth = {.initial = 10, .min = 2, .max = 50, .policy = &noting}};

    (void)state;
    answer = 10;
    sem_init(&ticked, 0, 0);
    return lookaside_init(&list, &config);
}

static int end(void **state)
{
    (void)state;
    lookaside_set_clock(NULL);
    lookaside_fini(&list);
    return sem_destroy(&ticked);
}

static uint32_t depth_now(void)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&list, &stats);
    return stats.depth;
}

static void a_policy_sees_the_injected_clock_and_the_bounds(void **state)
{
    (void)state;
    lookaside_set_clock(own_clock);
    assert_int_equal(lookaside_balance(), 1);
    assert_int_equal(shown.now_ns, 42);
    assert_int_equal(shown.depth, 10);
    assert_int_equal(shown.min_depth, 2);
    assert_int_equal(shown.max_depth, 50);
    own_now_ns = 1000;
    lookaside_balance();
    assert_int_equal(shown.now_ns, 1000);
    lookaside_set_clock(NULL);
    lookaside_balance();
    assert_true(shown.now_ns > 1000);
}

static void a_policy_sees_what_happened_since_the_last_tick(void **state)
{
    void *entries[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        entries[i] = lookaside_alloc(&list);
    for (int i = 0; i < 3; i++)
        lookaside_free(&list, entries[i]);
    entries[0] = lookaside_alloc(&list);
    lookaside_balance();
    assert_int_equal(shown.allocates, 4);
    assert_int_equal(shown.misses, 3);
    lookaside_free(&list, entries[0]);
    lookaside_balance();
    assert_int_equal(shown.allocates, 0);
    assert_int_equal(shown.misses, 0);
}

static void the_answer_becomes_the_depth_and_surplus_goes(void **state)
{
    struct lookaside_stats stats;

    (void)state;
    for (int i = 0; i < 10; i++)
        lookaside_free(&list, malloc(16));
    answer = 3;
    lookaside_balance();
    lookaside_get_stats(&list, &stats);
    assert_int_equal(stats.depth, 3);
    assert_int_equal(stats.held, 3);
    assert_int_equal(stats.released, 7);
}

static void free_new(int nr)
{
    for (int i = 0; i < nr; i++)
        lookaside_free(&list, malloc(16));
}

static void a_policy_sees_what_is_held_and_the_least_of_its_interval(void **state)
{
    void *entries[3];

    (void)state;
    free_new(5);
    lookaside_balance();
    assert_int_equal(shown.held, 5);
    assert_int_equal(shown.interval_ticks, 1);
    assert_int_equal(shown.least_held, 0); /* the list began empty */
    for (int i = 0; i < 3; i++)
        entries[i] = lookaside_alloc(&list);
    lookaside_balance();
    assert_int_equal(shown.held, 2);
    assert_int_equal(shown.least_held, 2);
    for (int i = 0; i < 3; i++)
        lookaside_free(&list, entries[i]);
    lookaside_balance();
    assert_int_equal(shown.held, 5);
    assert_int_equal(shown.least_held, 2); /* what the tick before left */
    lookaside_balance();
    assert_int_equal(shown.least_held, 5);
}

static void a_miss_means_that_nothing_was_held(void **state)
{
    void *entries[6];

    (void)state;
    free_new(5);
    lookaside_balance();
    for (int i = 0; i < 6; i++)
        entries[i] = lookaside_alloc(&list);
    for (int i = 0; i < 6; i++)
        lookaside_free(&list, entries[i]);
    lookaside_balance();
    assert_int_equal(shown.held, 6);
    assert_int_equal(shown.least_held, 0);
}

static uint32_t kept;

static uint32_t note_keep(const void *parameters, const struct lookaside_tick *tick)
{
    (void)parameters;
    (void)tick;
    return kept;
}

static const struct lookaside_policy keeping = {.name = "keeping",
                                                .summary = "for this test",
                                                .next_depth = note_tick,
                                                .keep = note_keep,
                                                .interval_ticks = 3};

static uint64_t held_now(void)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&list, &stats);
    return stats.held;
}

static int begin_keeping(void **state)
{
    const struct lookaside_config config = {
        .size = 16, .strategy = &stub_strategy, .depth = {.min = 2, .max = 10, .policy = &keeping}};

    (void)state;
    answer = 10;
    kept = 10;
    sem_init(&ticked, 0, 0);
    return lookaside_init(&list, &config);
}

static void what_a_policy_keeps_may_be_less_than_the_depth(void **state)
{
    (void)state;
    assert_int_equal(depth_now(), 10);
    free_new(10);
    kept = 6;
    lookaside_balance();
    assert_int_equal(held_now(), 6);
    assert_int_equal(depth_now(), 10);
    kept = 0;
    lookaside_balance();
    assert_int_equal(held_now(), 2); /* the bound */
    free_new(8);
    kept = UINT32_MAX;
    lookaside_balance();
    assert_int_equal(held_now(), 10);
}

static void an_interval_is_as_long_as_its_policy_says(void **state)
{
    (void)state;
    free_new(7);
    for (uint32_t tick = 1; tick <= 3; tick++) {
        lookaside_balance();
        assert_int_equal(shown.interval_ticks, tick);
        assert_int_equal(shown.least_held, 0);
    }
    free_new(1);
    lookaside_balance();
    assert_int_equal(shown.interval_ticks, 1);
    assert_int_equal(shown.least_held, 7); /* began with 7 */
    assert_true(shown.interval_idle);
    lookaside_free(&list, lookaside_alloc(&list));
    lookaside_balance();
    assert_false(shown.interval_idle);
    lookaside_balance();
    assert_false(shown.interval_idle); /* the interval's second tick was busy */
    lookaside_balance();
    assert_int_equal(shown.interval_ticks, 1);
    assert_true(shown.interval_idle);
}

static void an_answer_beyond_the_bounds_is_kept_within_them(void **state)
{
    (void)state;
    answer = UINT32_MAX;
    lookaside_balance();
    assert_int_equal(depth_now(), 50);
    answer = 0;
    lookaside_balance();
    assert_int_equal(depth_now(), 2);
}

static void a_depth_that_was_set_beyond_the_bounds_stays_if_the_policy_agrees(void **state)
{
    (void)state;
    assert_int_equal(lookaside_set_depth(&list, 1), 0);
    answer = 1;
    lookaside_balance();
    assert_int_equal(depth_now(), 1);
}

static void growth_without_memory_is_tried_again_at_the_next_tick(void **state)
{
    (void)state;
    answer = 20;
    stub.set_depth_error = -ENOMEM;
    lookaside_balance();
    assert_int_equal(depth_now(), 10);
    stub.set_depth_error = 0;
    lookaside_balance();
    assert_int_equal(depth_now(), 20);
}

static void the_strategy_ticks_along(void **state)
{
    unsigned before = stub.nr_ticks;

    (void)state;
    lookaside_balance();
    assert_int_equal(stub.nr_ticks, before + 1);
}

/* Whether the background thread ticks (again) within the patience of a test. */
static bool wait_tick(void)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    return sem_timedwait(&ticked, &deadline) == 0;
}

static int nr_ticked(void)
{
    int nr;

    sem_getvalue(&ticked, &nr);
    return nr;
}

static void the_background_thread_ticks_until_it_is_stopped(void **state)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    int nr;

    (void)state;
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    assert_true(wait_tick());
    assert_true(wait_tick());
    assert_true(signals_blocked);
    lookaside_balancer_stop();
    nr = nr_ticked();
    nanosleep(&moment, NULL);
    assert_int_equal(nr_ticked(), nr);
}

static void a_second_start_is_refused_and_a_restart_works(void **state)
{
    (void)state;
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    assert_int_equal(lookaside_balancer_start(FAST_NS), -EALREADY);
    lookaside_balancer_stop();
    lookaside_balancer_stop();
    while (nr_ticked() > 0)
        sem_wait(&ticked);
    assert_int_equal(lookaside_balancer_start(FAST_NS), 0);
    assert_true(wait_tick());
    lookaside_balancer_stop();
}

/* Stops must not wait for a period, and the longest period is not a short one. */
static void the_longest_period_neither_ticks_nor_holds_up_a_stop(void **state)
{
    const struct timespec moment = {.tv_nsec = 20000000};

    (void)state;
    assert_int_equal(lookaside_balancer_start(UINT64_MAX), 0);
    nanosleep(&moment, NULL);
    lookaside_balancer_stop();
    assert_int_equal(nr_ticked(), 0);
}

static void nothing_ticks_by_itself(void **state)
{
    const struct timespec moment = {.tv_nsec = 5000000};

    (void)state;
    nanosleep(&moment, NULL);
    assert_int_equal(nr_ticked(), 0);
}

#define TICK_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TICK_TEST(a_policy_sees_the_injected_clock_and_the_bounds),
        TICK_TEST(a_policy_sees_what_happened_since_the_last_tick),
        TICK_TEST(the_answer_becomes_the_depth_and_surplus_goes),
        TICK_TEST(an_answer_beyond_the_bounds_is_kept_within_them),
        TICK_TEST(a_depth_that_was_set_beyond_the_bounds_stays_if_the_policy_agrees),
        TICK_TEST(a_policy_sees_what_is_held_and_the_least_of_its_interval),
        TICK_TEST(a_miss_means_that_nothing_was_held),
        cmocka_unit_test_setup_teardown(what_a_policy_keeps_may_be_less_than_the_depth,
                                        begin_keeping, end),
        cmocka_unit_test_setup_teardown(an_interval_is_as_long_as_its_policy_says, begin_keeping,
                                        end),
        TICK_TEST(growth_without_memory_is_tried_again_at_the_next_tick),
        TICK_TEST(the_strategy_ticks_along),
        TICK_TEST(the_background_thread_ticks_until_it_is_stopped),
        TICK_TEST(a_second_start_is_refused_and_a_restart_works),
        TICK_TEST(the_longest_period_neither_ticks_nor_holds_up_a_stop),
        TICK_TEST(nothing_ticks_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
