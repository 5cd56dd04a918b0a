/* SPDX-License-Identifier: MIT */
/*
 * no_memory_test.c: each allocation that a list makes for itself fails once, one after the other,
 * when it begins and when its depth grows: the call says so, changes nothing, and succeeds next
 * time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "failing_allocator.h"
#include "lookaside.h"

enum { HELD = 5, SMALL = 8, LARGE = 600, MOST_ROUNDS = 100 };

static unsigned failing; /* the how manieth from now, from 1; 0: none */
static unsigned nr_failed, nr_refused;
static size_t nr_out; /* entries that the routines gave */

bool allocation_fails(void)
{
    if (failing == 0 || --failing > 0)
        return false;
    nr_failed++;
    return true;
}

static void *obtain(struct lookaside *list, size_t size)
{
    (void)list;
    nr_out++;
    return allocate_surely(size);
}

static void give_back(struct lookaside *list, void *entry)
{
    (void)list;
    nr_out--;
    free(entry);
}

/* Lets the nth allocation of the call fail. Whether one did is told by nr_failed. */
static void fail_nth(unsigned nth)
{
    nr_failed = 0;
    failing = nth;
}

static int begin(struct lookaside *list, const struct lookaside_strategy *strategy)
{
    const struct lookaside_config config = {
        .size = 64,
        .strategy = strategy,
        .allocate = obtain,
        .free = give_back,
        .depth = {.initial = SMALL},
    };
    const int error = lookaside_init(list, &config);

    failing = 0;
    return error;
}

static bool any(struct lookaside *list, void *found)
{
    (void)list;
    *(bool *)found = true;
    return false;
}

static void no_list_lives(void)
{
    bool found = false;

    lookaside_for_each(any, &found);
    assert_false(found);
}

/* There are allocations that a list can do without: the map of caches. */
static void check_error(int error)
{
    assert_true(error == 0 || (error == -ENOMEM && nr_failed));
    nr_refused += error != 0;
}

/* True if the strategy cannot run here. */
static bool begin_with_each_failing(const struct lookaside_strategy *strategy)
{
    static struct lookaside list;
    unsigned nth = 1;

    do {
        int error;

        assert_in_range(nth, 1, MOST_ROUNDS);
        fail_nth(nth++);
        error = begin(&list, strategy);
        if (error == -ENOTSUP)
            return true;
        check_error(error);
        if (!error)
            lookaside_fini(&list);
        no_list_lives();
    } while (nr_failed);
    return false;
}

static struct lookaside_stats stats_of(struct lookaside *list)
{
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    return stats;
}

/* Takes nr entries, and gives them back. */
static void use(struct lookaside *list, size_t nr)
{
    void *entries[LARGE];

    for (size_t i = 0; i < nr; i++) {
        entries[i] = lookaside_alloc(list);
        assert_non_null(entries[i]);
    }
    while (nr > 0)
        lookaside_free(list, entries[--nr]);
}

static void grow_with_each_failing(struct lookaside *list)
{
    const uint64_t held = stats_of(list).held;
    int error = -ENOMEM;

    for (unsigned nth = 1; error; nth++) {
        assert_in_range(nth, 1, MOST_ROUNDS);
        fail_nth(nth);
        error = lookaside_set_depth(list, LARGE);
        failing = 0;
        check_error(error);
        assert_int_equal(stats_of(list).depth, error ? SMALL : LARGE);
        assert_int_equal(stats_of(list).held, held);
    }
}

static void each_allocation_of_a_list_may_fail(void **state)
{
    static struct lookaside list;
    const struct lookaside_strategy *strategy;

    (void)state;
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (begin_with_each_failing(strategy))
            continue;
        assert_int_equal(begin(&list, strategy), 0);
        use(&list, HELD);
        grow_with_each_failing(&list);
        use(&list, LARGE);
        assert_true(stats_of(&list).held <= LARGE);
        lookaside_fini(&list);
        assert_int_equal(nr_out, 0);
    }
    assert_true(nr_refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_list_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
