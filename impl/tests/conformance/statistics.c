/* SPDX-License-Identifier: MIT */
/* statistics.c: the counters: what each counts, the identities between them, exactness. */
#include "conformance.h"

#include "probe.h"

enum { DEPTH = 10, NR = 16, THREADS = 4, ROUNDS = 500 };

static void c43_each_call_counts_once(void **state)
{
    static struct probe probe;
    void *entries[NR];
    struct lookaside_stats stats;

    (void)state;
    probe_init(&probe, DEPTH);
    probe.failing = 3;
    for (int i = 0; i < 3; i++)
        assert_null(lookaside_alloc(&probe.list));
    probe_fill(&probe, entries, NR);
    probe_alloc_n(&probe, entries, 4);
    stats = probe_stats(&probe);
    assert_int_equal(stats.total_allocates, 3 + NR + 4);
    assert_int_equal(stats.allocate_misses, 3 + NR + 4 - kept_of(4));
    assert_int_equal(stats.allocate_failures, 3);
    assert_int_equal(stats.total_frees, NR);
    assert_int_equal(stats.free_misses, NR - kept_of(DEPTH));
    assert_int_equal(stats.held, kept_of(DEPTH - 4));
    assert_int_equal(stats.released, 0);
    probe_free_n(&probe, entries, 4);
    probe_fini(&probe, 0);
}

/* outstanding: what the caller has. */
static void check_identities(struct probe *probe, uint64_t outstanding)
{
    struct lookaside_stats stats = probe_stats(probe);

    assert_int_equal(stats.total_allocates - stats.allocate_failures - stats.total_frees,
                     outstanding);
    assert_int_equal((stats.total_frees - stats.free_misses) -
                         (stats.total_allocates - stats.allocate_misses) - stats.released,
                     stats.held);
    assert_int_equal(stats.allocate_misses, probe->nr_allocates);
    assert_int_equal(stats.free_misses + stats.released, probe->nr_frees);
}

static void c43_identities_hold_after_every_call(void **state)
{
    static struct probe probe;
    void *entries[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < NR; i++) {
            probe_alloc_n(&probe, &entries[i], 1);
            check_identities(&probe, i + 1);
        }
        for (unsigned i = 0; i < NR; i++) {
            lookaside_free(&probe.list, entries[i]);
            check_identities(&probe, NR - 1 - i);
        }
        lookaside_trim(&probe.list, round % DEPTH);
        check_identities(&probe, 0);
    }
    probe_fini(&probe, 0);
}

static void work(void *context, unsigned index)
{
    struct probe *probe = context;
    void *entries[NR];
    unsigned nr = 1 + index * 3;

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < nr; i++)
            entries[i] = lookaside_alloc(&probe->list);
        for (unsigned i = 0; i < nr; i++)
            lookaside_free(&probe->list, entries[i]);
    }
}

static void c43_counters_are_exact_once_threads_are_joined(void **state)
{
    static struct probe probe;
    const uint64_t calls = ROUNDS * (1 + 4 + 7 + 10);
    struct lookaside_stats stats;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_together(THREADS, work, &probe);
    stats = probe_stats(&probe);
    assert_int_equal(stats.total_allocates, calls);
    assert_int_equal(stats.total_frees, calls);
    check_identities(&probe, 0);
    assert_int_equal(probe.nr_allocates - probe.nr_frees, stats.held);
    lookaside_flush(&probe.list);
    check_identities(&probe, 0);
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c43_each_call_counts_once),
    LONE(c43_identities_hold_after_every_call),
    cmocka_unit_test(c43_counters_are_exact_once_threads_are_joined),
};
CLAUSE_GROUP(statistics, tests);
