/* SPDX-License-Identifier: MIT */
/* gaps_test.c: what counts as lost time, and when a block is rejected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "gaps.h"

enum { CANDIDATE = 1000 };

static struct la_gaps gaps;

static void many(unsigned nr, uint64_t ticks)
{
    for (unsigned i = 0; i < nr; i++)
        la_gaps_add(&gaps, ticks);
}

static uint64_t lost(void)
{
    return (uint64_t)la_gaps_account(&gaps).lost;
}

static int reset(void **state)
{
    (void)state;
    la_gaps_reset(&gaps, CANDIDATE);
    return 0;
}

static void even_batches_lose_nothing(void **state)
{
    (void)state;
    many(1000, 50);
    assert_int_equal(lost(), 0);
}

static void a_gap_loses_all_but_a_median_batch(void **state)
{
    (void)state;
    many(1000, 50);
    many(2, 5050);
    assert_int_equal(lost(), 2 * 5000);
}

/* Slow, but below the threshold: the contender's own cost. */
static void below_the_threshold_nothing_is_lost(void **state)
{
    (void)state;
    many(1000, 10);
    many(10, CANDIDATE);
    assert_int_equal(lost(), 0);
}

/* A contender whose every batch is long is slow, not disturbed. */
static void slow_contenders_are_not_disturbed_ones(void **state)
{
    (void)state;
    many(100, 40000);
    many(10, 100000);
    assert_int_equal(lost(), 0);
}

static void a_flood_of_gaps_stays_in_bounds(void **state)
{
    (void)state;
    many(10000, 50);
    many(LA_GAPS_KEPT + 100, 5050);
    assert_int_equal(lost(), LA_GAPS_KEPT * 5000);
}

static void the_larger_account_counts_within_the_window(void **state)
{
    (void)state;
    assert_true(la_lost_ns(10, 3, 100) == 10);
    assert_true(la_lost_ns(3, 10, 100) == 10);
    assert_true(la_lost_ns(3, 1000, 100) == 100);
}

/* --- sleep --- */

static struct la_absence absence;

static struct la_absence absent(void *context)
{
    assert_null(context);
    return absence;
}

static void asleep(uint64_t batch_ticks, uint64_t slept_ticks, uint64_t nr_waits)
{
    gaps.absent = absent;
    absence = (struct la_absence){slept_ticks, nr_waits};
    la_gaps_add(&gaps, batch_ticks);
}

/* What is left of a batch without its sleep is a gap if it would be one by itself. */
static void sleep_is_told_apart(void **state)
{
    struct la_gap_account account;

    (void)state;
    many(1000, 50);
    asleep(5050, 4500, 1);
    account = la_gaps_account(&gaps);
    assert_true(account.lost == 5000 && account.slept == 5000);
    asleep(5050, 1000, 1);
    account = la_gaps_account(&gaps);
    assert_true(account.lost == 10000 && account.slept == 6000);
    asleep(5050, 3000, 0);
    account = la_gaps_account(&gaps);
    assert_true(account.lost == 15000 && account.slept == 6000);
    /* No longer than the batch, whatever was slept since the last one. */
    asleep(2050, 9000, 1);
    account = la_gaps_account(&gaps);
    assert_true(account.lost == 17000 && account.slept == 8000);
    /* Awake for a candidate's time at most between one sleep and the next. */
    asleep(5050, 1050, 3);
    account = la_gaps_account(&gaps);
    assert_true(account.lost == 22000 && account.slept == 13000);
}

/* Who adds a batch is told whether that took a look, so that it can be taken off. */
static void looks_are_told(void **state)
{
    (void)state;
    assert_false(la_gaps_add(&gaps, CANDIDATE + 1));
    gaps.absent = absent;
    assert_false(la_gaps_add(&gaps, CANDIDATE));
    assert_true(la_gaps_add(&gaps, CANDIDATE + 1));
    many(LA_GAPS_KEPT, CANDIDATE + 1);
    assert_false(la_gaps_add(&gaps, CANDIDATE + 1));
}

static void sleep_that_others_may_have_caused_is_lost(void **state)
{
    const struct la_gap_account account = {.lost = 100, .slept = 60};

    (void)state;
    assert_true(la_gaps_awake_ns(&account, 0) == 40);
    assert_true(la_gaps_awake_ns(&account, 45) == 85);
    assert_true(la_gaps_awake_ns(&account, 70) == 100);
}

/* Off its CPU, and by itself. */
static void the_kernel_tells_sleep(void **state)
{
    const struct timespec a_while = {.tv_nsec = 20 * 1000 * 1000};
    struct la_off_cpu before, after;

    (void)state;
    assert_true(la_off_cpu_look(&before));
    nanosleep(&a_while, NULL);
    assert_true(la_off_cpu_look(&after));
    assert_true(after.nr_waits > before.nr_waits);
    assert_true(after.off_ns - before.off_ns >= a_while.tv_nsec / 2);
}

struct sharing {
    struct la_cpu_share threads[2];
    double lost_ns; /* of a window of 100 */
};

static void loses(const struct sharing *sharings, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        double window_ns;
        const double lost_ns = la_lost_shared_ns(sharings[i].threads, 2, &window_ns);

        if (lost_ns != sharings[i].lost_ns || window_ns != 100)
            fail_msg("sharing %zu: %g of %g lost", i, lost_ns, window_ns);
    }
}

/* Waiting for each other is not lost; what others took of the CPU is. */
static void threads_that_take_turns_lose_what_others_took(void **state)
{
    static const struct sharing sharings[] = {
        {{{0, 100, 50, 50}, {0, 100, 50, 50}}, 0},
        {{{0, 80, 40, 40}, {20, 100, 60, 20}}, 0},
        {{{0, 100, 40, 60}, {0, 100, 30, 70}}, 30},
    };

    (void)state;
    loses(sharings, sizeof sharings / sizeof *sharings);
}

/* One that sleeps while the other could have run excuses nothing, all of them asleep do. */
static void sleep_is_excused_only_where_all_slept(void **state)
{
    static const struct sharing sharings[] = {
        {{{0, 100, 10, 0}, {0, 100, 60, 40}}, 30},
        {{{0, 100, 40, 10}, {0, 100, 30, 40}}, 0},
        {{{0, 100, 60, 50}, {0, 100, 50, 60}}, 0}, /* more than there is */
    };

    (void)state;
    loses(sharings, sizeof sharings / sizeof *sharings);
}

static void a_thread_alone_loses_its_run_delay(void **state)
{
    const struct la_cpu_share alone = {10, 110, 70, 20};
    double window_ns;

    (void)state;
    assert_true(la_lost_shared_ns(&alone, 1, &window_ns) == 20);
    assert_true(window_ns == 100);
}

static void a_block_is_rejected_beyond_the_limit(void **state)
{
    (void)state;
    assert_false(la_block_rejected(0, 1000));
    assert_false(la_block_rejected(50, 1000));
    assert_true(la_block_rejected(50.1, 1000));
}

/* The kernel's account only grows. */
static void the_run_delay_only_grows(void **state)
{
    uint64_t before = 0, after = 0;

    (void)state;
    if (!la_run_delay_ns(&before))
        return;
    assert_true(la_run_delay_ns(&after));
    assert_true(after >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(even_batches_lose_nothing, reset),
        cmocka_unit_test_setup(a_gap_loses_all_but_a_median_batch, reset),
        cmocka_unit_test_setup(below_the_threshold_nothing_is_lost, reset),
        cmocka_unit_test_setup(slow_contenders_are_not_disturbed_ones, reset),
        cmocka_unit_test_setup(a_flood_of_gaps_stays_in_bounds, reset),
        cmocka_unit_test(the_larger_account_counts_within_the_window),
        cmocka_unit_test_setup(sleep_is_told_apart, reset),
        cmocka_unit_test_setup(looks_are_told, reset),
        cmocka_unit_test(sleep_that_others_may_have_caused_is_lost),
        cmocka_unit_test(the_kernel_tells_sleep),
        cmocka_unit_test(threads_that_take_turns_lose_what_others_took),
        cmocka_unit_test(sleep_is_excused_only_where_all_slept),
        cmocka_unit_test(a_thread_alone_loses_its_run_delay),
        cmocka_unit_test(a_block_is_rejected_beyond_the_limit),
        cmocka_unit_test(the_run_delay_only_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
