/* SPDX-License-Identifier: MIT */
/* stats_test.c: the list's own counters: striped, exact after a join, and where each one counts. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "misses.h"
#include "stub.h"

enum { THREADS = 8, EACH = 20000, DEPTH = 3, NR = 10 };

static void *add(void *counters)
{
    for (int i = 0; i < EACH; i++) {
        la_misses_add(&la_misses_mine(counters)->allocate_misses, 1);
        la_misses_add(&la_misses_mine(counters)->released, 3);
    }
    return NULL;
}

static struct lookaside_miss_counters *new_counters(void)
{
    struct lookaside_miss_counters *counters = la_misses_new();

    if (!counters)
        abort();
    return counters;
}

static void stripes_lose_nothing(void **state)
{
    struct lookaside_miss_counters *counters = new_counters();
    struct la_miss_totals sum;
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add, counters), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    sum = la_misses_sum(counters);
    assert_int_equal(sum.allocate_misses, THREADS * EACH);
    assert_int_equal(sum.released, 3 * THREADS * EACH);
    assert_int_equal(sum.allocate_failures + sum.free_misses, 0);
    free(counters);
}

static void stripes_have_lines_of_their_own(void **state)
{
    struct lookaside_miss_counters *counters = new_counters();

    (void)state;
    assert_int_equal(sizeof(struct la_miss_stripe) % LA_CACHE_LINE, 0);
    assert_int_equal((uintptr_t)counters->stripes % LA_CACHE_LINE, 0);
    assert_true(counters->nr_stripes > 0);
    assert_int_equal(counters->nr_stripes & (counters->nr_stripes - 1), 0);
    free(counters);
}

static unsigned failing;

static void *failing_allocate(struct lookaside *list, size_t size)
{
    (void)list;
    return failing-- > 0 ? NULL : malloc(size);
}

static void totals_are_hits_and_misses_together(void **state)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 32,
                                            .strategy = &stub_strategy,
                                            .allocate = failing_allocate,
                                            .depth = {.initial = DEPTH}};
    struct lookaside_stats stats;
    void *entries[NR];

    (void)state;
    failing = 1;
    assert_int_equal(lookaside_init(&list, &config), 0);
    assert_null(lookaside_alloc(&list));
    failing = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < NR; i++) {
            failing = 0;
            assert_non_null(entries[i] = lookaside_alloc(&list));
        }
        for (int i = 0; i < NR; i++)
            lookaside_free(&list, entries[i]);
    }
    lookaside_trim(&list, 1);
    lookaside_get_stats(&list, &stats);
    assert_int_equal(stats.total_allocates, 1 + 2 * NR);
    assert_int_equal(stats.allocate_misses, 1 + 2 * NR - DEPTH);
    assert_int_equal(stats.allocate_failures, 1);
    assert_int_equal(stats.total_frees, 2 * NR);
    assert_int_equal(stats.free_misses, 2 * (NR - DEPTH));
    assert_int_equal(stats.released, DEPTH - 1);
    assert_int_equal(stats.held, 1);
    lookaside_fini(&list);
}

static unsigned nr_refreshed;
static uint64_t released_when_refreshed;

static void refreshed(struct lookaside *list)
{
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    released_when_refreshed = stats.released;
    nr_refreshed++;
}

static void refreshed_hook_runs_after_flush_tick_and_before_the_end(void **state)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 32, .strategy = &stub_strategy};
    void *entry;

    (void)state;
    assert_int_equal(lookaside_init(&list, &config), 0);
    list.refreshed = refreshed;
    lookaside_free(&list, malloc(32));
    lookaside_flush(&list);
    assert_int_equal(nr_refreshed, 1);
    assert_int_equal(released_when_refreshed, 1);
    lookaside_balance();
    assert_int_equal(nr_refreshed, 2);
    assert_non_null(entry = lookaside_alloc(&list));
    lookaside_free(&list, entry);
    lookaside_fini(&list);
    assert_int_equal(nr_refreshed, 3);
    assert_int_equal(released_when_refreshed, 2);
}

static void a_depth_that_finds_no_memory_stays(void **state)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 32, .strategy = &stub_strategy};
    struct lookaside_stats stats;

    (void)state;
    assert_int_equal(lookaside_init(&list, &config), 0);
    stub.set_depth_error = -ENOMEM;
    assert_int_equal(lookaside_set_depth(&list, 1000), -ENOMEM);
    stub.set_depth_error = 0;
    lookaside_get_stats(&list, &stats);
    assert_int_equal(stats.depth, 256);
    assert_int_equal(stats.max_depth, 256);
    lookaside_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stripes_lose_nothing),
        cmocka_unit_test(stripes_have_lines_of_their_own),
        cmocka_unit_test(totals_are_hits_and_misses_together),
        cmocka_unit_test(refreshed_hook_runs_after_flush_tick_and_before_the_end),
        cmocka_unit_test(a_depth_that_finds_no_memory_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
