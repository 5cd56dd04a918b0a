/* SPDX-License-Identifier: MIT */
/* free.c: which freed entries are kept, which go to the free routine, and what is kept of them. */
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

#include "probe.h"

enum { DEPTH = 4, BEYOND = 3 };

static void c21_below_limit_is_kept(void **state)
{
    static struct probe probe;
    void *entries[DEPTH];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, entries, DEPTH);
    for (uint32_t i = 0; i < DEPTH; i++) {
        lookaside_free(&probe.list, entries[i]);
        assert_int_equal(probe_held(&probe), kept_of(i + 1));
        assert_int_equal(probe.nr_frees, i + 1 - kept_of(i + 1));
    }
    probe_fini(&probe, 0);
}

/* Exactly depth entries stay; the ones beyond reach the free routine, in order. */
static void check_full(uint32_t depth)
{
    static struct probe probe;
    static void *entries[PROBE_LOG];
    uint32_t nr = depth + BEYOND, kept = kept_of(depth);

    probe_init(&probe, depth);
    for (int round = 0; round < 2; round++) {
        probe.nr_frees = 0;
        probe_fill(&probe, entries, nr);
        assert_int_equal(probe_held(&probe), kept);
        assert_int_equal(probe.nr_frees, nr - kept);
        for (uint32_t i = kept; i < nr; i++)
            assert_ptr_equal(probe.freed[i - kept], entries[i]);
    }
    lookaside_fini(&probe.list);
    assert_int_equal(probe.nr_frees, nr);
}

static void c22_full_list_calls_free_routine_at_every_depth(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_full(probe_depths[i]);
}

static void c23_initial_depth_keeps_four_frees_fifth(void **state)
{
    static struct probe probe;
    void *entries[5];
    unsigned freed = 5 - kept_of(4);

    (void)state;
    probe_init_with(
        &probe, (struct lookaside_config){.depth = {.policy = lookaside_policy_find("balance")}});
    assert_int_equal(probe_stats(&probe).depth, 4);
    assert_int_equal(probe_stats(&probe).max_depth, 256);
    probe_fill(&probe, entries, 5);
    assert_int_equal(probe_held(&probe), kept_of(4));
    assert_int_equal(probe.nr_frees, freed);
    assert_ptr_equal(probe.freed[freed - 1], entries[4]);
    probe_fini(&probe, 0);
}

static unsigned nr_own_calls;

static void *own_allocate(struct lookaside *list, size_t size)
{
    (void)list;
    nr_own_calls++;
    return malloc(size);
}

static void own_free(struct lookaside *list, void *entry)
{
    (void)list;
    nr_own_calls++;
    free(entry);
}

static void check_mixed(lookaside_allocate_fn *allocate, lookaside_free_fn *release)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 48,
                                            .strategy = conformance_strategy(),
                                            .allocate = allocate,
                                            .free = release,
                                            .depth = {.initial = DEPTH}};
    void *entries[5];

    nr_own_calls = 0;
    assert_int_equal(lookaside_init(&list, &config), 0);
    for (int i = 0; i < 5; i++)
        assert_non_null(entries[i] = lookaside_alloc(&list));
    for (int i = 0; i < 5; i++)
        lookaside_free(&list, entries[i]);
    lookaside_fini(&list);
    assert_int_equal(nr_own_calls, 5);
}

static void c25_one_own_routine_goes_with_the_other_default(void **state)
{
    (void)state;
    check_mixed(own_allocate, NULL);
    check_mixed(NULL, own_free);
}

static void c26_bytes_behind_the_link_word_survive(void **state)
{
    static struct probe probe;
    unsigned char *entries[DEPTH], *again;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, (void **)entries, DEPTH);
    for (int i = 0; i < DEPTH; i++) {
        for (int byte = 0; byte < PROBE_SIZE; byte++)
            entries[i][byte] = (unsigned char)(i * PROBE_SIZE + byte);
    }
    probe_free_n(&probe, (void **)entries, DEPTH);
    for (int i = DEPTH - 1; i >= 0; i--) {
        assert_non_null(again = lookaside_alloc(&probe.list));
        for (int byte = sizeof(void *); conformance_keeps() && byte < PROBE_SIZE; byte++)
            assert_int_equal(again[byte], (unsigned char)(i * PROBE_SIZE + byte));
        probe_forget((void *[]){again}, 1);
    }
    assert_int_equal(probe.nr_allocates, 2 * DEPTH - kept_of(DEPTH));
    probe_fini(&probe, DEPTH);
}

/* Of an entry that is refused nothing at all is overwritten: the free routine may need it. */
static unsigned char refused_bytes[PROBE_SIZE];

static void keeping_free(struct lookaside *list, void *entry)
{
    memcpy(refused_bytes, entry, list->size);
    probe_free(list, entry);
}

static void c26_refused_entry_is_untouched(void **state)
{
    static struct probe probe;
    void *entry;

    (void)state;
    probe_init_with(&probe, (struct lookaside_config){.free = keeping_free});
    assert_int_equal(lookaside_set_depth(&probe.list, 0), 0);
    probe_alloc_n(&probe, &entry, 1);
    memset(entry, 0x5A, PROBE_SIZE);
    lookaside_free(&probe.list, entry);
    for (int i = 0; i < PROBE_SIZE; i++)
        assert_int_equal(refused_bytes[i], 0x5A);
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c21_below_limit_is_kept),
    LONE(c22_full_list_calls_free_routine_at_every_depth),
    LONE(c23_initial_depth_keeps_four_frees_fifth),
    LONE(c25_one_own_routine_goes_with_the_other_default),
    LONE(c26_bytes_behind_the_link_word_survive),
    LONE(c26_refused_entry_is_untouched),
};
CLAUSE_GROUP(free, tests);
