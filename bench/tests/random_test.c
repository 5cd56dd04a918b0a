/* SPDX-License-Identifier: MIT */
/* random_test.c: that orders are permutations, that a seed repeats them, and that no place is
 * preferred: a contender that always came first would have an advantage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

enum { NR = 13, ROUNDS = 26000 };

static void orders_are_permutations(void **state)
{
    struct la_random random = la_random_seeded(42);
    size_t order[NR];

    (void)state;
    for (int round = 0; round < 1000; round++) {
        bool seen[NR] = {false};

        la_random_permutation(&random, order, NR);
        for (size_t i = 0; i < NR; i++) {
            assert_in_range(order[i], 0, NR - 1);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

static void a_seed_repeats_them(void **state)
{
    struct la_random first = la_random_seeded(7), second = la_random_seeded(7);
    struct la_random third = la_random_seeded(8);
    size_t a[NR], b[NR], c[NR];

    (void)state;
    la_random_permutation(&first, a, NR);
    la_random_permutation(&second, b, NR);
    la_random_permutation(&third, c, NR);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

/* Each of 13 comes first in a thirteenth of 26000 rounds, 2000; the standard deviation is 43. */
static void every_place_is_as_likely(void **state)
{
    struct la_random random = la_random_seeded(3);
    size_t order[NR], first[NR] = {0}, last[NR] = {0};

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        la_random_permutation(&random, order, NR);
        first[order[0]]++;
        last[order[NR - 1]]++;
    }
    for (size_t i = 0; i < NR; i++) {
        assert_in_range(first[i], 1785, 2215);
        assert_in_range(last[i], 1785, 2215);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_permutations),
        cmocka_unit_test(a_seed_repeats_them),
        cmocka_unit_test(every_place_is_as_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
