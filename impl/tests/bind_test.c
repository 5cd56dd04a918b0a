/* SPDX-License-Identifier: MIT */
/*
 * bind_test.c: the bound build. Hits of a caller that was compiled for the list's strategy and
 * layout make no call; everything else goes through the list's operations and works the same.
 *
 * usage: unit_bind_<strategy> [dispatched]    with the word, no list may be bound here at all
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bind_caller.h"
#include "platform.h"
#include "rseq.h"
#include "strategy.h"

enum { ROUNDS = 1000, DEPTH = 8, EXIT_SKIPPED = 77 };

/* A list whose operations are counted on their way. */
struct counted {
    struct lookaside list;
    void *(*take)(struct lookaside *list);
    void (*give)(struct lookaside *list, void *entry);
    unsigned takes, gives;
};

static bool expect_bound = true;

static void *count_take(struct lookaside *list)
{
    struct counted *counted = LA_CONTAINER_OF(list, struct counted, list);

    counted->takes++;
    return counted->take(list);
}

static void count_give(struct lookaside *list, void *entry)
{
    struct counted *counted = LA_CONTAINER_OF(list, struct counted, list);

    counted->gives++;
    counted->give(list, entry);
}

static void init(struct counted *counted, const char *strategy)
{
    const struct lookaside_config config = {
        .size = 64, .strategy = lookaside_strategy_find(strategy), .depth = {.initial = DEPTH}};

    assert_int_equal(lookaside_init(&counted->list, &config), 0);
    counted->take = counted->list.take;
    counted->give = counted->list.give;
    counted->takes = counted->gives = 0;
    counted->list.take = count_take;
    counted->list.give = count_give;
}

/* Pairs of hits, after a first pair that brings the strategy's parts into place. */
static void repeat_pairs(struct counted *counted, const struct bind_caller *caller)
{
    void *first = caller->alloc(&counted->list);

    assert_non_null(first);
    caller->free(&counted->list, first);
    counted->takes = counted->gives = 0;
    for (int i = 0; i < ROUNDS; i++) {
        void *entry = caller->alloc(&counted->list);

        assert_ptr_equal(entry, first);
        caller->free(&counted->list, entry);
    }
}

static void check_counters(struct counted *counted, uint64_t pairs, uint64_t misses)
{
    struct lookaside_stats stats;

    lookaside_get_stats(&counted->list, &stats);
    assert_int_equal(stats.total_allocates, pairs);
    assert_int_equal(stats.total_frees, pairs);
    assert_int_equal(stats.allocate_misses, misses);
}

static void hits_make_no_call(void **state)
{
    static struct counted counted;
    unsigned calls = expect_bound ? 0 : ROUNDS;

    (void)state;
    init(&counted, BOUND_STRATEGY);
    assert_int_equal(counted.list.bound != 0, expect_bound);
    repeat_pairs(&counted, &bind_caller_same);
    assert_int_equal(counted.takes, calls);
    assert_int_equal(counted.gives, calls);
    check_counters(&counted, ROUNDS + 1, 1);
    lookaside_fini(&counted.list);
}

static void another_layout_goes_through_the_operations(void **state)
{
    static struct counted counted;

    (void)state;
    init(&counted, BOUND_STRATEGY);
    repeat_pairs(&counted, &bind_caller_other);
    assert_int_equal(counted.takes, ROUNDS);
    assert_int_equal(counted.gives, ROUNDS);
    check_counters(&counted, ROUNDS + 1, 1);
    lookaside_fini(&counted.list);
}

static void another_strategy_goes_through_its_operations(void **state)
{
    const struct lookaside_strategy *strategy;

    (void)state;
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        static struct counted counted;
        const char *name = lookaside_strategy_name(strategy);

        if (strcmp(name, BOUND_STRATEGY) == 0 || strcmp(name, "malloc") == 0)
            continue;
        init(&counted, name);
        repeat_pairs(&counted, &bind_caller_same);
        assert_int_equal(counted.takes, ROUNDS);
        assert_int_equal(counted.gives, ROUNDS);
        check_counters(&counted, ROUNDS + 1, 1);
        lookaside_fini(&counted.list);
    }
}

/* Both callers on one list: one list, one order, one limit. */
static void callers_of_both_kinds_share_a_list(void **state)
{
    const struct bind_caller *callers[] = {&bind_caller_same, &bind_caller_other};
    static struct counted counted;
    void *entries[DEPTH + 1];
    struct lookaside_stats stats;

    (void)state;
    init(&counted, BOUND_STRATEGY);
    for (int i = 0; i <= DEPTH; i++)
        entries[i] = callers[i % 2]->alloc(&counted.list);
    for (int i = 0; i <= DEPTH; i++)
        callers[i % 2]->free(&counted.list, entries[i]);
    lookaside_get_stats(&counted.list, &stats);
    assert_int_equal(stats.held, DEPTH);
    assert_int_equal(stats.free_misses, 1);
    for (int i = DEPTH; i-- > 0;)
        assert_ptr_equal(callers[i % 2]->alloc(&counted.list), entries[i]);
    for (int i = 0; i < DEPTH; i++)
        callers[i % 2]->free(&counted.list, entries[i]);
    assert_int_equal(lookaside_flush(&counted.list), DEPTH);
    lookaside_fini(&counted.list);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_make_no_call),
        cmocka_unit_test(another_layout_goes_through_the_operations),
        cmocka_unit_test(another_strategy_goes_through_its_operations),
        cmocka_unit_test(callers_of_both_kinds_share_a_list),
    };

    expect_bound = argc < 2 || strcmp(argv[1], "dispatched") != 0;
    if (expect_bound && !la_rseq()->area) {
        fprintf(stderr, "lookaside: unit_bind: %s\n", la_rseq()->detail);
        return EXIT_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
