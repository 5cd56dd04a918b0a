/* SPDX-License-Identifier: MIT */
/* schedule_test.c: what a run leaves to chance is the seed's, balanced, and within its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

enum { NR = 7, SEED = 42 };

static void a_seed_repeats_everything(void **state)
{
    const struct la_process_luck one = la_schedule_process(SEED, 2);
    const struct la_process_luck two = la_schedule_process(SEED, 2);
    size_t first[NR], second[NR];

    (void)state;
    assert_memory_equal(&one, &two, sizeof one);
    assert_int_equal(la_schedule_block(one.seed, 3, 4), la_schedule_block(two.seed, 3, 4));
    la_schedule_order(SEED, 3, 4, first, NR);
    la_schedule_order(SEED, 3, 4, second, NR);
    assert_memory_equal(first, second, sizeof first);
    la_schedule_groups(SEED, 4, first, NR);
    la_schedule_groups(SEED, 4, second, NR);
    assert_memory_equal(first, second, sizeof first);
}

static bool same_luck(const struct la_process_luck *a, const struct la_process_luck *b)
{
    return a->seed == b->seed || (a->environment_bytes == b->environment_bytes &&
                                  a->heap_offset_bytes == b->heap_offset_bytes);
}

/* Also of runs whose seeds are neighbours. */
static void processes_differ(void **state)
{
    struct la_process_luck all[16];

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        all[i] = la_schedule_process(SEED + i / 8, i % 8);
        assert_true(all[i].environment_bytes < LA_ENVIRONMENT_BYTES);
        assert_true(all[i].heap_offset_bytes < LA_HEAP_OFFSET_BYTES);
        assert_int_equal(all[i].heap_offset_bytes % 16, 0);
        for (unsigned j = 0; j < i; j++)
            assert_false(same_luck(&all[i], &all[j]));
    }
}

/* Over a thousand processes the offsets reach both halves of their ranges alike: 500, of a standard
 * deviation of 16. */
static void offsets_fill_their_ranges(void **state)
{
    unsigned low_environment = 0, low_heap = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        const struct la_process_luck luck = la_schedule_process(i, 0);

        low_environment += luck.environment_bytes < LA_ENVIRONMENT_BYTES / 2;
        low_heap += luck.heap_offset_bytes < LA_HEAP_OFFSET_BYTES / 2;
    }
    assert_in_range(low_environment, 420, 580);
    assert_in_range(low_heap, 420, 580);
}

static void blocks_decide_differently(void **state)
{
    (void)state;
    assert_int_not_equal(la_schedule_block(SEED, 0, 0), la_schedule_block(SEED, 0, 1));
    assert_int_not_equal(la_schedule_block(SEED, 0, 0), la_schedule_block(SEED, 1, 0));
    assert_int_not_equal(la_schedule_block(SEED, 0, 0), la_schedule_block(SEED + 1, 0, 0));
}

static size_t place_of(const size_t *order, size_t what)
{
    size_t place = 0;

    while (order[place] != what)
        place++;
    return place;
}

/* Of every two contenders each comes first in exactly one block of a pair of blocks. */
static void pairs_of_blocks_are_balanced(void **state)
{
    size_t even[NR], odd[NR];

    (void)state;
    for (unsigned block = 0; block < 20; block += 2) {
        la_schedule_order(SEED, 1, block, even, NR);
        la_schedule_order(SEED, 1, block + 1, odd, NR);
        for (size_t a = 0; a < NR; a++)
            for (size_t b = 0; b < a; b++)
                assert_int_not_equal(place_of(even, a) < place_of(even, b),
                                     place_of(odd, a) < place_of(odd, b));
    }
}

static void pairs_of_blocks_differ(void **state)
{
    size_t first[NR], second[NR];
    unsigned nr_equal = 0;

    (void)state;
    for (unsigned block = 0; block < 40; block += 2) {
        la_schedule_order(SEED, 1, block, first, NR);
        la_schedule_order(SEED, 1, block + 2, second, NR);
        nr_equal += memcmp(first, second, sizeof first) == 0;
    }
    assert_int_equal(nr_equal, 0);
}

/* CPU 10 + i was thread i's: a pair of threads has a pair's CPUs, each CPU once, the odd one stays.
 */
static void check_cpus(const unsigned *cpu, unsigned nr)
{
    bool seen[16] = {false};

    for (unsigned i = 0; i < nr; i++) {
        assert_in_range(cpu[i], 10, 10 + nr - 1);
        assert_false(seen[cpu[i] - 10]);
        seen[cpu[i] - 10] = true;
    }
    for (unsigned pair = 0; pair < nr / 2; pair++)
        assert_int_equal((cpu[2 * pair] - 10) / 2, (cpu[2 * pair + 1] - 10) / 2);
    if (nr % 2)
        assert_int_equal(cpu[nr - 1], 10 + nr - 1);
}

static void threads_change_places_in_pairs(void **state)
{
    unsigned nr_moved = 0, nr_swapped = 0;

    (void)state;
    for (unsigned nr = 1; nr <= 9; nr++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            unsigned cpu[16];

            for (unsigned i = 0; i < nr; i++)
                cpu[i] = 10 + i;
            la_schedule_cpus(seed, cpu, nr);
            check_cpus(cpu, nr);
            nr_moved += nr >= 4 && cpu[0] / 2 != 10 / 2;
            nr_swapped += nr >= 2 && cpu[0] % 2 != 0;
        }
    assert_true(nr_moved > 0);
    assert_true(nr_swapped > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_repeats_everything),
        cmocka_unit_test(processes_differ),
        cmocka_unit_test(offsets_fill_their_ranges),
        cmocka_unit_test(blocks_decide_differently),
        cmocka_unit_test(pairs_of_blocks_are_balanced),
        cmocka_unit_test(pairs_of_blocks_differ),
        cmocka_unit_test(threads_change_places_in_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
