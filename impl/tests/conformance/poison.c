/* SPDX-License-Identifier: MIT */
/*
 * poison.c: entries that the list holds count as freed memory: the address sanitizer reports their
 * use. Only a build with that sanitizer has these tests; in others nothing is poisoned.
 */
#include "conformance.h"

#include "probe.h"

#ifdef LOOKASIDE_HAS_ASAN

enum { DEPTH = 4, MORE = 6 };

static bool usable(void *entry)
{
    return !__asan_region_is_poisoned(entry, PROBE_SIZE);
}

/* Every byte of it, not just some. */
static bool all_poisoned(const void *entry)
{
    for (int i = 0; i < PROBE_SIZE; i++) {
        if (!__asan_address_is_poisoned((const char *)entry + i))
            return false;
    }
    return true;
}

/* The routine must get what it may use. */
static void checking_free(struct lookaside *list, void *entry)
{
    if (!usable(entry))
        probe_of(list)->nr_wrong++;
    probe_free(list, entry);
}

static void init(struct probe *probe)
{
    probe_init_with(probe,
                    (struct lookaside_config){.free = checking_free, .depth = {.initial = DEPTH}});
}

static void c45_held_entries_are_poisoned_and_taken_ones_are_not(void **state)
{
    static struct probe probe;
    void *entries[DEPTH];

    (void)state;
    init(&probe);
    probe_fill(&probe, entries, DEPTH);
    for (uint32_t i = 0; i < kept_of(DEPTH); i++)
        assert_true(all_poisoned(entries[i]));
    probe_alloc_n(&probe, entries, DEPTH);
    for (uint32_t i = 0; i < DEPTH; i++)
        assert_true(usable(entries[i]));
    probe_free_n(&probe, entries, DEPTH);
    probe_fini(&probe, 0);
}

static void c45_bulk_calls_poison_too(void **state)
{
    static struct probe probe;
    void *entries[MORE];

    (void)state;
    init(&probe);
    assert_int_equal(lookaside_alloc_bulk(&probe.list, entries, MORE), MORE);
    lookaside_free_bulk(&probe.list, entries, MORE);
    for (uint32_t i = 0; i < kept_of(DEPTH); i++)
        assert_true(all_poisoned(entries[i]));
    assert_int_equal(lookaside_alloc_bulk(&probe.list, entries, MORE), MORE);
    for (uint32_t i = 0; i < MORE; i++)
        assert_true(usable(entries[i]));
    lookaside_free_bulk(&probe.list, entries, MORE);
    probe_fini(&probe, 0);
}

/* Refused, flushed, trimmed, released by a smaller depth, by the end: checking_free sees all. */
static void c45_free_routine_gets_usable_entries(void **state)
{
    static struct probe probe;
    void *entries[MORE];

    (void)state;
    init(&probe);
    probe_fill(&probe, entries, MORE);
    lookaside_trim(&probe.list, 3);
    assert_int_equal(lookaside_set_depth(&probe.list, 2), 0);
    lookaside_flush(&probe.list);
    probe_fill(&probe, entries, 2);
    probe_fini(&probe, 0);
    assert_int_equal(probe.nr_frees, probe.nr_allocates);
}

static const struct CMUnitTest tests[] = {
    LONE(c45_held_entries_are_poisoned_and_taken_ones_are_not),
    LONE(c45_bulk_calls_poison_too),
    LONE(c45_free_routine_gets_usable_entries),
};
CLAUSE_GROUP(poison, tests);

#endif
