/* SPDX-License-Identifier: MIT */
/*
 * slab_test.c: pop and push on a slab as restartable sections, by one thread: each of them on a
 * slab that is empty, partly filled, full or away, with the word and the slots as they must be.
 * slab_storm_test.c has what happens when sections are interrupted.
 *
 * Without restartable sequences there is nothing to test; that is a skip.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slab_ways.h"

#ifdef LA_HAS_RSEQ

enum { NR_SLOTS = 40 };

static struct la_slab *slab;
static const struct la_slab *seen;
static long objects[NR_SLOTS];

/* The operations under test, on the CPU or pointer that way finds its slab by. */
static const struct way *way;

static const void *where(void)
{
    return way->by_cpu ? homes : &homes[cpus[0]];
}

static void load(const struct la_slab *loaded)
{
    atomic_store_explicit(&homes[cpus[0]].loaded, loaded, memory_order_release);
    seen = NULL;
}

static void start_with(uint32_t capacity)
{
    bind_to(cpus[0], cpus[0]);
    slab = new_slab(capacity, NR_SLOTS);
    load(slab);
}

static bool push(void *entry)
{
    return way->push(area, where(), entry, &seen);
}

static void *pop(void)
{
    void *entry = NULL;

    return way->pop(area, where(), &entry, &seen) ? entry : NULL;
}

static void assert_word(uint64_t pops, uint32_t depth)
{
    assert_int_equal(la_slab_word(slab), pops << LA_SLAB_POPS_SHIFT | depth);
}

static void for_each_way(void (*test)(void))
{
    for (unsigned i = 0; i < NR_WAYS; i++) {
        way = &ways[i];
        print_message("way %s\n", way->name);
        test();
        free(slab);
    }
}

static void one_by_one(void)
{
    start_with(3);
    assert_null(pop());
    assert_ptr_equal(seen, slab);
    assert_word(0, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(push(&objects[i]));
        assert_word(0, i + 1);
    }
    assert_false(push(&objects[3]));
    assert_ptr_equal(seen, slab);
    assert_word(0, 3);
    assert_null(slab->slots[3]);
    for (unsigned i = 3; i-- > 0;) {
        assert_ptr_equal(pop(), &objects[i]);
        assert_word(3 - i, i);
    }
    assert_null(pop());
    assert_word(3, 0);
    assert_true(push(&objects[5]));
    assert_ptr_equal(pop(), &objects[5]);
    assert_word(4, 0);
}

static void one_entry_at_a_time(void **state)
{
    (void)state;
    for_each_way(one_by_one);
}

static void fill_arrays(void **all, void **out)
{
    for (unsigned i = 0; i < NR_SLOTS; i++) {
        all[i] = &objects[i];
        out[i] = NULL;
    }
}

static void by_bulk(void)
{
    void *all[NR_SLOTS], *out[NR_SLOTS];

    fill_arrays(all, out);
    start_with(20);
    assert_int_equal(way->pop_bulk(area, where(), out, 7, &seen), 0);
    assert_int_equal(way->push_bulk(area, where(), all, 0, &seen), 0);
    assert_ptr_equal(seen, slab);
    assert_word(0, 0);
    assert_int_equal(way->push_bulk(area, where(), all, 8, &seen), 8);
    assert_word(0, 8);
    /* Newest first, and no more of the caller's array than was taken. */
    assert_int_equal(way->pop_bulk(area, where(), out, 3, &seen), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_ptr_equal(out[i], all[7 - i]);
    assert_null(out[3]);
    assert_word(3, 5);
    assert_int_equal(way->pop_bulk(area, where(), out, 0, &seen), 0);
    assert_word(3, 5);
    /* As many as there is room for, the first of them; no slot beyond. */
    assert_int_equal(way->push_bulk(area, where(), all + 5, 30, &seen), 15);
    assert_word(3, 20);
    assert_null(slab->slots[20]);
    assert_int_equal(way->push_bulk(area, where(), all, 1, &seen), 0);
    assert_ptr_equal(seen, slab);
    /* As many as there are. */
    assert_int_equal(way->pop_bulk(area, where(), out, NR_SLOTS, &seen), 20);
    for (unsigned i = 0; i < 20; i++)
        assert_ptr_equal(out[i], all[19 - i]);
    assert_null(out[20]);
    assert_word(23, 0);
}

static void many_entries_at_a_time(void **state)
{
    (void)state;
    for_each_way(by_bulk);
}

static void to_the_last_slot(void)
{
    void *all[NR_SLOTS], *out[NR_SLOTS];

    fill_arrays(all, out);
    start_with(NR_SLOTS);
    assert_int_equal(way->push_bulk(area, where(), all, NR_SLOTS, &seen), NR_SLOTS);
    assert_false(push(&objects[0]));
    assert_int_equal(way->pop_bulk(area, where(), out, NR_SLOTS - 1, &seen), NR_SLOTS - 1);
    assert_ptr_equal(out[NR_SLOTS - 2], all[1]);
    assert_ptr_equal(pop(), all[0]);
    assert_word(NR_SLOTS, 0);
}

static void every_slot_is_used(void **state)
{
    (void)state;
    for_each_way(to_the_last_slot);
}

static void without_slab(void)
{
    void *all[NR_SLOTS], *out[NR_SLOTS];

    fill_arrays(all, out);
    start_with(4);
    assert_true(push(&objects[0]));
    load(&la_slab_away);
    assert_null(pop());
    assert_ptr_equal(seen, &la_slab_away);
    seen = NULL;
    assert_false(push(&objects[1]));
    assert_ptr_equal(seen, &la_slab_away);
    seen = NULL;
    assert_int_equal(way->pop_bulk(area, where(), out, 4, &seen), 0);
    assert_ptr_equal(seen, &la_slab_away);
    seen = NULL;
    assert_int_equal(way->push_bulk(area, where(), all, 4, &seen), 0);
    assert_ptr_equal(seen, &la_slab_away);
    assert_null(out[0]);
    assert_word(0, 1);
    load(slab);
    assert_ptr_equal(pop(), &objects[0]);
}

static void a_slab_that_is_away_stays_as_it_is(void **state)
{
    (void)state;
    for_each_way(without_slab);
}

/* 48 bits of pops wrap without a trace in the depth. */
static void counts_wrap(void)
{
    void *all[NR_SLOTS], *out[NR_SLOTS];

    fill_arrays(all, out);
    start_with(4);
    la_slab_add_word(slab, ~LA_SLAB_DEPTH_MASK);
    assert_int_equal(way->push_bulk(area, where(), all, 4, &seen), 4);
    assert_non_null(pop());
    assert_word(0, 3);
    assert_int_equal(way->pop_bulk(area, where(), out, 3, &seen), 3);
    assert_word(3, 0);
}

static void the_count_of_pops_wraps(void **state)
{
    (void)state;
    for_each_way(counts_wrap);
}

static void only_its_own_cpu_is_hidden(void **state)
{
    int elsewhere = cpus[0] == 0 ? 1 : 0;

    (void)state;
    way = &ways[0];
    start_with(4);
    assert_false(la_slab_hide_on_cpu(area, homes, (unsigned)elsewhere));
    assert_null(atomic_load_explicit(&homes[elsewhere].loaded, memory_order_relaxed));
    assert_true(la_slab_hide_on_cpu(area, homes, (unsigned)cpus[0]));
    assert_ptr_equal(atomic_load_explicit(&homes[cpus[0]].loaded, memory_order_relaxed),
                     &la_slab_away);
    assert_int_equal(la_rseq_cpu(area), cpus[0]);
    free(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_at_a_time),
        cmocka_unit_test(many_entries_at_a_time),
        cmocka_unit_test(every_slot_is_used),
        cmocka_unit_test(a_slab_that_is_away_stays_as_it_is),
        cmocka_unit_test(the_count_of_pops_wraps),
        cmocka_unit_test(only_its_own_cpu_is_hidden),
    };

    return slab_ways_ready("unit_slab") ? cmocka_run_group_tests(tests, NULL, NULL) : EXIT_SKIPPED;
}

#else

int main(void)
{
    return slab_ways_ready("unit_slab") ? 0 : EXIT_SKIPPED;
}

#endif
