/* SPDX-License-Identifier: MIT */
/*
 * routines.c: nothing of the library stands in a routine's way: two threads may be inside at once,
 * a routine may block while others use the list, and it may use this or another list itself.
 */
#include "conformance.h"

#include <stdlib.h>

#include "probe.h"

enum { DEPTH = 8 };

/* --- two at once --- */

static struct probe_meeting inside;
static _Atomic bool alone;

static void *meeting_allocate(struct lookaside *list, size_t size)
{
    if (!probe_meet(&inside))
        alone = true;
    return probe_allocate(list, size);
}

static void meeting_free(struct lookaside *list, void *entry)
{
    if (!probe_meet(&inside))
        alone = true;
    probe_free(list, entry);
}

static void *parked_entry[2];

static void allocate_one(void *context, unsigned index)
{
    struct probe *probe = context;

    parked_entry[index] = lookaside_alloc(&probe->list);
}

static void free_one(void *context, unsigned index)
{
    struct probe *probe = context;

    lookaside_free(&probe->list, parked_entry[index]);
}

static void c19_two_threads_are_inside_allocate_at_once(void **state)
{
    static struct probe probe;

    (void)state;
    inside = (struct probe_meeting)PROBE_MEETING(2);
    alone = false;
    probe_init_with(&probe, (struct lookaside_config){.allocate = meeting_allocate});
    probe_together(2, allocate_one, &probe);
    assert_false(alone);
    probe_together(2, free_one, &probe);
    probe_fini(&probe, 0);
}

static void c19_two_threads_are_inside_free_at_once(void **state)
{
    static struct probe probe;

    (void)state;
    inside = (struct probe_meeting)PROBE_MEETING(2);
    alone = false;
    probe_init_with(&probe, (struct lookaside_config){.free = meeting_free});
    assert_int_equal(lookaside_set_depth(&probe.list, 0), 0);
    probe_together(2, allocate_one, &probe);
    probe_together(2, free_one, &probe);
    assert_false(alone);
    probe_fini(&probe, 0);
}

/* --- one that blocks while the list is used --- */

static struct probe_meeting entered, leave;
static _Atomic bool blocking; /* the next call of a routine blocks */

static void block_once(void)
{
    if (!blocking)
        return;
    blocking = false;
    if (!probe_meet(&entered) || !probe_meet(&leave))
        alone = true;
}

static void *blocking_allocate(struct lookaside *list, size_t size)
{
    block_once();
    return probe_allocate(list, size);
}

static void blocking_free(struct lookaside *list, void *entry)
{
    block_once();
    probe_free(list, entry);
}

static void *spare[DEPTH];
static void (*enter)(struct probe *probe);

static bool see(struct lookaside *list, void *context)
{
    struct lookaside_stats stats;

    (void)context;
    lookaside_get_stats(list, &stats);
    return true;
}

static void use_everything(struct probe *probe)
{
    for (int i = 0; i < DEPTH; i++)
        lookaside_free(&probe->list, spare[i]);
    for (int i = 0; i < DEPTH; i++)
        spare[i] = lookaside_alloc(&probe->list);
    see(&probe->list, NULL);
    lookaside_flush(&probe->list);
    (void)lookaside_set_depth(&probe->list, 3);
    (void)lookaside_set_depth(&probe->list, DEPTH);
    lookaside_trim(&probe->list, 1);
    lookaside_balance();
    lookaside_for_each(see, NULL);
    lookaside_thread_exit(&probe->list);
}

/* Thread 0 goes into a routine and stays there until thread 1 has used the list in every way. */
static void block_or_use(void *context, unsigned index)
{
    struct probe *probe = context;

    if (index == 0) {
        enter(probe);
        return;
    }
    if (!probe_meet(&entered))
        alone = true;
    use_everything(probe);
    if (!probe_meet(&leave))
        alone = true;
}

static void check_blocked_in(void (*way_in)(struct probe *probe))
{
    static struct probe probe;

    probe_init_with(&probe, (struct lookaside_config){.allocate = blocking_allocate,
                                                      .free = blocking_free,
                                                      .depth = {.initial = DEPTH}});
    probe_alloc_n(&probe, spare, DEPTH);
    entered = (struct probe_meeting)PROBE_MEETING(2);
    leave = (struct probe_meeting)PROBE_MEETING(2);
    enter = way_in;
    alone = false;
    blocking = true;
    probe_together(2, block_or_use, &probe);
    assert_false(blocking);
    assert_false(alone);
    probe_free_n(&probe, spare, DEPTH);
    probe_fini(&probe, 0);
}

static void enter_by_alloc(struct probe *probe)
{
    void *entry = lookaside_alloc(&probe->list);

    lookaside_free(&probe->list, entry);
}

/* Fills the list beyond its depth with its own entries; one of the frees is refused. */
static void enter_by_free(struct probe *probe)
{
    void *entries[DEPTH + 1];

    blocking = false;
    for (int i = 0; i < DEPTH + 1; i++)
        entries[i] = lookaside_alloc(&probe->list);
    blocking = true;
    for (int i = 0; i < DEPTH + 1; i++)
        lookaside_free(&probe->list, entries[i]);
}

/* Where nothing is kept nothing can be released: there the free itself is the way in. */
static void hold_some(struct probe *probe)
{
    void *entries[4];
    bool later = conformance_keeps();

    blocking = false;
    for (int i = 0; i < 4; i++)
        entries[i] = lookaside_alloc(&probe->list);
    blocking = !later;
    for (int i = 0; i < 4; i++)
        lookaside_free(&probe->list, entries[i]);
    blocking = later;
}

static void enter_by_flush(struct probe *probe)
{
    hold_some(probe);
    lookaside_flush(&probe->list);
}

static void enter_by_set_depth(struct probe *probe)
{
    hold_some(probe);
    (void)lookaside_set_depth(&probe->list, 1);
}

static void enter_by_bulk(struct probe *probe)
{
    void *entries[2 * DEPTH];
    size_t nr = lookaside_alloc_bulk(&probe->list, entries, 2 * DEPTH);

    lookaside_free_bulk(&probe->list, entries, nr);
}

static void c19_allocate_may_block(void **state)
{
    (void)state;
    check_blocked_in(enter_by_alloc);
    check_blocked_in(enter_by_bulk);
}

static void c19_free_may_block(void **state)
{
    (void)state;
    check_blocked_in(enter_by_free);
}

static void c19_free_may_block_inside_flush(void **state)
{
    (void)state;
    check_blocked_in(enter_by_flush);
}

static void c19_free_may_block_inside_set_depth(void **state)
{
    (void)state;
    check_blocked_in(enter_by_set_depth);
}

/* --- routines that use lists --- */

static struct lookaside another;
static unsigned nested, nr_nested;

static void use_lists(struct lookaside *list)
{
    void *entry;

    if (nested > 0)
        return;
    nested++;
    nr_nested++;
    entry = lookaside_alloc(list);
    see(list, NULL);
    lookaside_free(list, entry);
    entry = lookaside_alloc(&another);
    lookaside_free(&another, entry);
    lookaside_trim(list, 2);
    nested--;
}

static void *nesting_allocate(struct lookaside *list, size_t size)
{
    use_lists(list);
    return probe_allocate(list, size);
}

static void nesting_free(struct lookaside *list, void *entry)
{
    use_lists(list);
    probe_free(list, entry);
}

static void check_conserved(struct probe *probe, unsigned nr_with_caller)
{
    assert_int_equal(probe->nr_allocates - probe->nr_frees, probe_held(probe) + nr_with_caller);
    assert_true(nr_nested > 0);
    nr_nested = 0;
}

static void c19_routines_may_use_this_and_another_list(void **state)
{
    static struct probe probe;
    static const struct lookaside_config plain = {.size = 32};
    void *entries[2 * DEPTH];

    (void)state;
    nr_nested = 0;
    assert_int_equal(lookaside_init(&another, &plain), 0);
    probe_init_with(&probe, (struct lookaside_config){.allocate = nesting_allocate,
                                                      .free = nesting_free,
                                                      .depth = {.initial = DEPTH}});
    for (int i = 0; i < 2 * DEPTH; i++)
        entries[i] = lookaside_alloc(&probe.list);
    check_conserved(&probe, 2 * DEPTH);
    probe_free_n(&probe, entries, 2 * DEPTH);
    check_conserved(&probe, 0);
    lookaside_flush(&probe.list);
    (void)lookaside_set_depth(&probe.list, 1);
    lookaside_balance();
    assert_int_equal(probe.nr_allocates - probe.nr_frees, probe_held(&probe));
    /* From here on the list is the caller's alone: its routines use it no more. */
    nested = 1;
    probe_fini(&probe, 0);
    nested = 0;
    lookaside_fini(&another);
}

/* A tick's routine may end and make other lists, as long as not its own. */
static void *recycling_allocate(struct lookaside *list, size_t size)
{
    return probe_allocate(list, size);
}

static void recycling_free(struct lookaside *list, void *entry)
{
    static const struct lookaside_config plain = {.size = 32};

    lookaside_fini(&another);
    if (lookaside_init(&another, &plain))
        abort();
    nr_nested++;
    probe_free(list, entry);
}

static void c19_a_routine_inside_a_tick_may_end_another_list(void **state)
{
    static struct probe probe;
    static const struct lookaside_config plain = {.size = 32};
    void *entries[100];

    (void)state;
    nr_nested = 0;
    assert_int_equal(lookaside_init(&another, &plain), 0);
    probe_init_with(
        &probe, (struct lookaside_config){.allocate = recycling_allocate,
                                          .free = recycling_free,
                                          .depth = {.policy = lookaside_policy_find("balance")}});
    /* The limit rises, the list fills, and ten are released by an idle tick. */
    probe_alloc_n(&probe, entries, 100);
    lookaside_balance();
    assert_int_equal(lookaside_set_depth(&probe.list, 100), 0);
    probe_free_n(&probe, entries, 100);
    assert_int_equal(nr_nested, 100 - kept_of(100));
    nr_nested = 0;
    lookaside_balance();
    assert_int_equal(nr_nested, kept_of(10));
    probe_fini(&probe, 0);
    lookaside_fini(&another);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(c19_two_threads_are_inside_allocate_at_once),
    cmocka_unit_test(c19_two_threads_are_inside_free_at_once),
    cmocka_unit_test(c19_allocate_may_block),
    cmocka_unit_test(c19_free_may_block),
    cmocka_unit_test(c19_free_may_block_inside_flush),
    cmocka_unit_test(c19_free_may_block_inside_set_depth),
    LONE(c19_routines_may_use_this_and_another_list),
    LONE(c19_a_routine_inside_a_tick_may_end_another_list),
};
CLAUSE_GROUP(routines, tests);
