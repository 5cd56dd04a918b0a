/* SPDX-License-Identifier: MIT */
/*
 * backoff_test.c: how long one waits for a thread. Yields and sleeps are replaced: what the other
 * thread would do meanwhile, they do.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform.h"
#include "spinlock.h"

enum { PATIENCE = 100000, MOST_SLEEPS = 64 };

static struct la_spinlock lock;
static unsigned nr_yields, nr_sleeps, free_at_yield, free_at_sleep;
static unsigned sleeps[MOST_SLEEPS];
static bool takes_again;

int __wrap_sched_yield(void);
void __wrap_la_sleep_ns(unsigned ns);

static void give_and_take(void);

int __wrap_sched_yield(void)
{
    if (takes_again)
        give_and_take();
    if (++nr_yields == free_at_yield)
        la_spin_unlock(&lock);
    if (nr_yields > PATIENCE)
        fail_msg("%u yields, and the holder had no turn", nr_yields);
    return 0;
}

void __wrap_la_sleep_ns(unsigned ns)
{
    if (takes_again)
        give_and_take();
    assert_true(nr_sleeps < MOST_SLEEPS);
    sleeps[nr_sleeps] = ns;
    if (++nr_sleeps == free_at_sleep)
        la_spin_unlock(&lock);
}

/* The holder gives the lock back and takes it again at once, unless it is another one's now. */
static void give_and_take(void)
{
    la_spin_unlock(&lock);
    takes_again = la_spin_try_lock(&lock);
}

/* For a lock that its holder lets go of while the waiter yields, or sleeps, for the nth time. */
static void wait_until(unsigned yield, unsigned sleep)
{
    nr_yields = nr_sleeps = 0;
    free_at_yield = yield;
    free_at_sleep = sleep;
    atomic_store_explicit(&lock.held, LA_SPIN_TAKEN, memory_order_relaxed);
    assert_true(la_spin_lock(&lock));
    assert_false(la_spin_try_lock(&lock));
}

/* A holder of lower priority on the waiter's CPU gets no turn from a yield. */
static void who_waits_for_long_sleeps(void **state)
{
    (void)state;
    wait_until(0, 1);
    assert_int_equal(nr_sleeps, 1);
    assert_int_equal(nr_yields, LA_YIELDS_BEFORE_SLEEP);
}

static void who_waits_for_a_moment_does_not_sleep(void **state)
{
    (void)state;
    wait_until(1, 0);
    assert_int_equal(nr_sleeps, 0);
    wait_until(LA_YIELDS_BEFORE_SLEEP, 0);
    assert_int_equal(nr_sleeps, 0);
}

/* A sleep is no longer than all before it together and one more, and never beyond the longest. */
static void sleeps_double_up_to_the_longest(void **state)
{
    struct la_backoff backoff = {0};
    unsigned sum = LA_FIRST_SLEEP_NS;

    (void)state;
    for (nr_yields = nr_sleeps = 0; nr_sleeps < 16;)
        la_backoff_wait(&backoff);
    assert_int_equal(sleeps[0], LA_FIRST_SLEEP_NS);
    for (unsigned i = 0; i < 16; i++) {
        assert_true(sleeps[i] <= sum);
        assert_true(sleeps[i] <= LA_LONGEST_SLEEP_NS);
        sum += sleeps[i];
    }
    assert_int_equal(sleeps[15], LA_LONGEST_SLEEP_NS);
}

/* A lock that is free only for moments is not slept away. */
static void who_sleeps_looks_again_several_times(void **state)
{
    (void)state;
    wait_until(LA_YIELDS_BEFORE_SLEEP + LA_YIELDS_BETWEEN_SLEEPS, 0);
    assert_int_equal(nr_sleeps, 1);
}

/* No turn of the waiter's falls on a moment at which it is free. */
static void a_lock_that_is_taken_again_at_once_is_had(void **state)
{
    (void)state;
    nr_yields = nr_sleeps = free_at_yield = free_at_sleep = 0;
    atomic_store_explicit(&lock.held, LA_SPIN_TAKEN, memory_order_relaxed);
    takes_again = true;
    assert_true(la_spin_lock(&lock));
    assert_false(takes_again);
    assert_false(la_spin_try_lock(&lock));
    la_spin_unlock(&lock);
    assert_true(la_spin_try_lock(&lock));
}

/* Whoever tries for it meanwhile leaves it so. */
static void a_granted_lock_is_for_the_one_that_starves(void **state)
{
    (void)state;
    atomic_store_explicit(&lock.held, LA_SPIN_TAKEN, memory_order_relaxed);
    atomic_store_explicit(&lock.starves, 1, memory_order_relaxed);
    la_spin_unlock(&lock);
    assert_false(la_spin_try_lock(&lock));
    assert_false(la_spin_got(
        &lock, atomic_exchange_explicit(&lock.held, LA_SPIN_TAKEN, memory_order_relaxed)));
    assert_int_equal(atomic_load_explicit(&lock.held, memory_order_relaxed), LA_SPIN_GRANTED);
    atomic_store_explicit(&lock.starves, 0, memory_order_relaxed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_for_long_sleeps),
        cmocka_unit_test(who_waits_for_a_moment_does_not_sleep),
        cmocka_unit_test(sleeps_double_up_to_the_longest),
        cmocka_unit_test(who_sleeps_looks_again_several_times),
        cmocka_unit_test(a_lock_that_is_taken_again_at_once_is_had),
        cmocka_unit_test(a_granted_lock_is_for_the_one_that_starves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
