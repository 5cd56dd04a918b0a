/* SPDX-License-Identifier: MIT */
/* allocate.c: where an allocation comes from, and with what the allocate routine is called. */
#include "conformance.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

enum { DEPTH = 8 };

static void c11_held_entry_comes_back_without_routine(void **state)
{
    static struct probe probe;
    void *entry, *again;
    unsigned misses = conformance_keeps() ? 1 : 2;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, &entry, 1);
    assert_int_equal(probe_held(&probe), kept_of(1));
    probe_alloc_n(&probe, &again, 1);
    assert_int_equal(probe.nr_allocates, misses);
    if (conformance_keeps())
        assert_ptr_equal(again, entry);
    lookaside_free(&probe.list, again);
    probe_fini(&probe, 0);
}

static void c12_empty_list_calls_routine_each_time(void **state)
{
    static struct probe probe;
    void *entries[DEPTH];

    (void)state;
    probe_init(&probe, DEPTH);
    for (unsigned i = 0; i < DEPTH; i++) {
        probe_alloc_n(&probe, &entries[i], 1);
        assert_int_equal(probe.nr_allocates, i + 1);
        memset(entries[i], (int)i, PROBE_SIZE);
    }
    probe_free_n(&probe, entries, DEPTH);
    probe_fini(&probe, 0);
}

static void c13_failed_routine_gives_null_and_next_call_tries_again(void **state)
{
    static struct probe probe;
    void *entry;

    (void)state;
    probe_init(&probe, DEPTH);
    probe.failing = 2;
    assert_null(lookaside_alloc(&probe.list));
    assert_null(lookaside_alloc(&probe.list));
    assert_int_equal(probe_stats(&probe).allocate_failures, 2);
    probe_alloc_n(&probe, &entry, 1);
    assert_int_equal(probe.nr_allocates, 3);
    lookaside_free(&probe.list, entry);
    probe_alloc_n(&probe, &entry, 1);
    assert_int_equal(probe.nr_allocates, conformance_keeps() ? 3 : 4);
    lookaside_free(&probe.list, entry);
    probe_fini(&probe, 0);
}

/* n entries freed in order come back in the opposite order, for as many as are kept. */
static void check_lifo(uint32_t depth)
{
    static struct probe probe;
    static void *entries[PROBE_LOG], *again[PROBE_LOG];

    probe_init(&probe, depth);
    probe_fill(&probe, entries, depth);
    assert_int_equal(probe_held(&probe), kept_of(depth));
    probe_alloc_n(&probe, again, depth);
    for (uint32_t i = 0; i < kept_of(depth); i++)
        assert_ptr_equal(again[i], entries[depth - 1 - i]);
    assert_int_equal(probe.nr_allocates, 2 * depth - kept_of(depth));
    assert_int_equal(probe_held(&probe), 0);
    probe_free_n(&probe, again, depth);
    probe_fini(&probe, 0);
}

static void c14_last_in_first_out_at_every_depth(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_lifo(probe_depths[i]);
}

static void c14_two_entries_come_back_newest_first(void **state)
{
    static struct probe probe;
    void *entries[2], *again[2];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, 2);
    probe_alloc_n(&probe, again, 2);
    if (conformance_keeps()) {
        assert_ptr_equal(again[0], entries[1]);
        assert_ptr_equal(again[1], entries[0]);
    }
    assert_int_equal(probe.nr_allocates, 4 - kept_of(2));
    probe_free_n(&probe, again, 2);
    probe_fini(&probe, 0);
}

static struct {
    struct lookaside *list;
    size_t size;
    pthread_t thread;
    unsigned nr;
} seen;

static void *recording_allocate(struct lookaside *list, size_t size)
{
    seen.list = list;
    seen.size = size;
    seen.thread = pthread_self();
    seen.nr++;
    return malloc(size);
}

static void recording_free(struct lookaside *list, void *entry)
{
    seen.list = list;
    seen.thread = pthread_self();
    seen.nr++;
    free(entry);
}

static void check_arguments(size_t asked, size_t rounded)
{
    static struct probe probe;
    void *entry;

    memset(&seen, 0, sizeof seen);
    probe_init_with(&probe,
                    (struct lookaside_config){.size = asked, .allocate = recording_allocate});
    probe_alloc_n(&probe, &entry, 1);
    assert_ptr_equal(seen.list, &probe.list);
    assert_int_equal(seen.size, rounded);
    assert_int_equal(probe.list.size, rounded);
    memset(entry, 1, rounded);
    lookaside_free(&probe.list, entry);
    lookaside_fini(&probe.list);
}

static void c16_routine_gets_list_and_size_rounded_to_a_link_word(void **state)
{
    static const struct {
        size_t asked, rounded;
    } sizes[] = {{1, 8}, {7, 8}, {8, 8}, {9, 16}, {63, 64}, {64, 64}, {100, 104}, {4097, 4104}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_arguments(sizes[i].asked, sizes[i].rounded);
}

static void c16_size_zero_is_rounded_too(void **state)
{
    static struct lookaside list;
    const struct lookaside_config config = {
        .size = 0, .allocate = recording_allocate, .free = recording_free};
    void *entry;

    (void)state;
    assert_int_equal(lookaside_init(&list, &config), 0);
    assert_non_null(entry = lookaside_alloc(&list));
    assert_int_equal(seen.size, 8);
    lookaside_free(&list, entry);
    lookaside_fini(&list);
}

static void use_and_check_thread(void *context)
{
    struct lookaside *list = context;
    void *entry;
    unsigned before = seen.nr;

    entry = lookaside_alloc(list);
    if (!entry || seen.nr != before + 1 || !pthread_equal(seen.thread, pthread_self()))
        seen.nr = 1000;
    lookaside_free(list, entry);
    if (seen.nr != before + 2 || !pthread_equal(seen.thread, pthread_self()))
        seen.nr = 1000;
}

static void c18_routines_run_on_the_calling_thread_before_return(void **state)
{
    static struct probe probe;

    (void)state;
    memset(&seen, 0, sizeof seen);
    probe_init_with(
        &probe, (struct lookaside_config){.allocate = recording_allocate, .free = recording_free});
    /* Depth 0: every call is a miss. */
    assert_int_equal(lookaside_set_depth(&probe.list, 0), 0);
    use_and_check_thread(&probe.list);
    probe_on_cpu(1, use_and_check_thread, &probe.list);
    assert_int_equal(seen.nr, 4);
    lookaside_fini(&probe.list);
}

static void check_default_alignment(size_t size, size_t asked, size_t expected)
{
    static struct lookaside list;
    const struct lookaside_config config = {
        .size = size, .align = asked, .strategy = conformance_strategy(), .depth = {.initial = 2}};
    void *entries[4];

    assert_int_equal(lookaside_init(&list, &config), 0);
    for (int i = 0; i < 4; i++) {
        assert_non_null(entries[i] = lookaside_alloc(&list));
        assert_int_equal((uintptr_t)entries[i] % expected, 0);
        memset(entries[i], i, size);
    }
    for (int i = 0; i < 4; i++)
        lookaside_free(&list, entries[i]);
    lookaside_fini(&list);
}

static void c20_default_entries_are_aligned(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    (void)state;
    for (size_t size = 1; size < page; size = size * 3 + 1)
        check_default_alignment(size, 0, 16);
    check_default_alignment(page, 0, page);
    check_default_alignment(page + 1, 0, page);
    check_default_alignment(10 * page, 0, page);
    check_default_alignment(24, 64, 64);
    check_default_alignment(24, 4096, 4096);
    check_default_alignment(page, 16, 16);
}

static const struct CMUnitTest tests[] = {
    LONE(c11_held_entry_comes_back_without_routine),
    LONE(c12_empty_list_calls_routine_each_time),
    LONE(c13_failed_routine_gives_null_and_next_call_tries_again),
    LONE(c14_two_entries_come_back_newest_first),
    LONE(c14_last_in_first_out_at_every_depth),
    LONE(c16_routine_gets_list_and_size_rounded_to_a_link_word),
    LONE(c16_size_zero_is_rounded_too),
    LONE(c18_routines_run_on_the_calling_thread_before_return),
    LONE(c20_default_entries_are_aligned),
};
CLAUSE_GROUP(allocate, tests);
