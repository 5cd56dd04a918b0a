/* SPDX-License-Identifier: MIT */
/* config_test.c: what a configuration may say, what its zeros mean, and that a bad one leaves the
 * storage as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depth.h"
#include "live.h"
#include "stub.h"

enum { GARBAGE = 0xC3 };

/* Expects the error, every byte of the storage unchanged, and no live list there. */
static void check_refused(const struct lookaside_config *config, int error)
{
    static struct lookaside list, before;

    memset((void *)&list, GARBAGE, sizeof list);
    memcpy((void *)&before, (void *)&list, sizeof list);
    assert_int_equal(lookaside_init(&list, config), error);
    assert_memory_equal(&list, &before, sizeof list);
    assert_false(la_live_contains(&list));
}

static struct lookaside_config good(void)
{
    return (struct lookaside_config){.size = 64, .strategy = &stub_strategy};
}

static void check_depth_refused(struct lookaside_depth depth)
{
    struct lookaside_config config = good();

    config.depth = depth;
    check_refused(&config, -EINVAL);
}

static void null_pointers_are_refused(void **state)
{
    const struct lookaside_config config = good();

    (void)state;
    check_refused(NULL, -EINVAL);
    assert_int_equal(lookaside_init(NULL, &config), -EINVAL);
}

static void misaligned_storage_is_refused(void **state)
{
    static _Alignas(64) unsigned char storage[sizeof(struct lookaside) + 64];
    const struct lookaside_config config = good();
    void *misaligned = storage + 16;

    (void)state;
    memset(storage, GARBAGE, sizeof storage);
    assert_int_equal(lookaside_init(misaligned, &config), -EINVAL);
    for (size_t i = 0; i < sizeof storage; i++)
        assert_int_equal(storage[i], GARBAGE);
}

static void sizes_beyond_the_limit_are_refused(void **state)
{
    struct lookaside_config config = good();

    (void)state;
    config.size = LOOKASIDE_SIZE_LIMIT + 1;
    check_refused(&config, -EINVAL);
    config.size = SIZE_MAX;
    check_refused(&config, -EINVAL);
}

static void alignments_that_are_no_power_of_two_are_refused(void **state)
{
    struct lookaside_config config = good();

    (void)state;
    for (size_t align = 3; align < 5000; align = align * 2 + 1) {
        config.align = align;
        check_refused(&config, -EINVAL);
    }
}

static void contradicting_depths_are_refused(void **state)
{
    (void)state;
    check_depth_refused((struct lookaside_depth){.initial = 10, .min = 11});
    check_depth_refused((struct lookaside_depth){.initial = 10, .max = 9});
    check_depth_refused((struct lookaside_depth){.min = 257});
    check_depth_refused((struct lookaside_depth){.max = 255});
    check_depth_refused((struct lookaside_depth){.initial = LOOKASIDE_DEPTH_LIMIT + 1});
    check_depth_refused((struct lookaside_depth){.max = LOOKASIDE_DEPTH_LIMIT + 1});
    check_depth_refused((struct lookaside_depth){.initial = UINT32_MAX});
    check_depth_refused((struct lookaside_depth){.policy = &la_policy_balance, .max = 3});
}

static void incomplete_strategies_are_refused(void **state)
{
    struct lookaside_strategy broken = stub_strategy;
    struct lookaside_config config = good();

    (void)state;
    broken.drain = NULL;
    config.strategy = &broken;
    check_refused(&config, -EINVAL);
}

static void strategies_that_cannot_run_here_are_refused(void **state)
{
    const struct lookaside_config config = good();

    (void)state;
    stub.unsupported = true;
    check_refused(&config, -ENOTSUP);
    stub.unsupported = false;
}

static void a_strategy_that_fails_leaves_the_storage_untouched(void **state)
{
    const struct lookaside_config config = good();
    unsigned finis = stub.nr_finis;

    (void)state;
    stub.init_error = -ENOMEM;
    check_refused(&config, -ENOMEM);
    stub.init_error = 0;
    assert_int_equal(stub.nr_finis, finis);
}

static struct lookaside_stats stats_of(struct lookaside_depth depth)
{
    static struct lookaside list;
    struct lookaside_config config = good();
    struct lookaside_stats stats;

    config.depth = depth;
    assert_int_equal(lookaside_init(&list, &config), 0);
    lookaside_get_stats(&list, &stats);
    lookaside_fini(&list);
    return stats;
}

static void check_bounds(struct lookaside_depth depth, uint32_t initial, uint32_t min, uint32_t max)
{
    struct lookaside_stats stats = stats_of(depth);

    assert_int_equal(stats.depth, initial);
    assert_int_equal(stats.min_depth, min);
    assert_int_equal(stats.max_depth, max);
}

static void zero_depths_take_the_defaults(void **state)
{
    (void)state;
    check_bounds((struct lookaside_depth){0}, 256, 0, 256);
    check_bounds((struct lookaside_depth){.initial = 1000}, 1000, 0, 1000);
    check_bounds((struct lookaside_depth){.initial = 7}, 7, 0, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_fixed}, 256, 0, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_balance}, 4, 4, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_balance, .initial = 2}, 2, 2, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_balance, .max = 512}, 4, 4, 512);
    check_bounds((struct lookaside_depth){.policy = &la_policy_miss_target}, 4, 4, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_working_set}, 256, 4, 256);
    check_bounds((struct lookaside_depth){.policy = &la_policy_working_set, .max = 9}, 9, 4, 9);
    check_bounds((struct lookaside_depth){.policy = &la_policy_working_set, .max = 3}, 3, 3, 3);
    check_bounds((struct lookaside_depth){.initial = LOOKASIDE_DEPTH_LIMIT}, LOOKASIDE_DEPTH_LIMIT,
                 0, LOOKASIDE_DEPTH_LIMIT);
}

static void tag_size_and_strategy_may_be_read(void **state)
{
    static struct lookaside list;
    struct lookaside_config config = good();

    (void)state;
    config.tag = LOOKASIDE_TAG('T', 'e', 's', 't');
    config.size = 13;
    assert_int_equal(lookaside_init(&list, &config), 0);
    assert_int_equal(list.tag, 0x74736554);
    assert_int_equal(list.size, 16);
    assert_ptr_equal(list.strategy, &stub_strategy);
    lookaside_fini(&list);
}

static void null_strategy_means_the_default(void **state)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 8};

    (void)state;
    lookaside_set_default_strategy(&stub_strategy);
    assert_int_equal(lookaside_init(&list, &config), 0);
    assert_ptr_equal(list.strategy, &stub_strategy);
    lookaside_fini(&list);
    lookaside_set_default_strategy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_pointers_are_refused),
        cmocka_unit_test(misaligned_storage_is_refused),
        cmocka_unit_test(sizes_beyond_the_limit_are_refused),
        cmocka_unit_test(alignments_that_are_no_power_of_two_are_refused),
        cmocka_unit_test(contradicting_depths_are_refused),
        cmocka_unit_test(incomplete_strategies_are_refused),
        cmocka_unit_test(strategies_that_cannot_run_here_are_refused),
        cmocka_unit_test(a_strategy_that_fails_leaves_the_storage_untouched),
        cmocka_unit_test(zero_depths_take_the_defaults),
        cmocka_unit_test(tag_size_and_strategy_may_be_read),
        cmocka_unit_test(null_strategy_means_the_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
