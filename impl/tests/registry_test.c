/* SPDX-License-Identifier: MIT */
/* registry_test.c: the table of strategies, the default among them, and what a strategy lacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stub.h"

static size_t nr_strategies(void)
{
    size_t nr = 0;

    while (lookaside_strategy_at(nr))
        nr++;
    return nr;
}

static void every_strategy_is_complete_and_found_by_its_name(void **state)
{
    const struct lookaside_strategy *strategy;

    (void)state;
    assert_true(nr_strategies() >= 2);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        assert_null(la_strategy_missing(strategy));
        assert_true(strlen(lookaside_strategy_name(strategy)) > 0);
        assert_true(strlen(strategy->summary) > 0);
        assert_null(strchr(strategy->summary, '\n'));
        /* Also that no two have one name. */
        assert_ptr_equal(lookaside_strategy_find(lookaside_strategy_name(strategy)), strategy);
    }
}

static void the_names_are_those_that_the_build_read(void **state)
{
    char names[] = LOOKASIDE_STRATEGY_NAMES, *rest = names, *name;
    size_t nr = 0;

    (void)state;
    while ((name = strtok_r(rest, ",", &rest)))
        assert_string_equal(lookaside_strategy_name(lookaside_strategy_at(nr++)), name);
    assert_int_equal(nr, nr_strategies());
}

static void unknown_names_find_nothing(void **state)
{
    (void)state;
    assert_null(lookaside_strategy_find("spinloc"));
    assert_null(lookaside_strategy_find(""));
    assert_null(lookaside_strategy_find("Spinlock"));
    assert_null(lookaside_strategy_at(SIZE_MAX));
}

static void a_missing_member_is_named(void **state)
{
    struct lookaside_strategy broken;

    (void)state;
    assert_null(la_strategy_missing(&stub_strategy));
#define CHECK_NAMED(member)                                         \
    do {                                                            \
        broken = stub_strategy;                                     \
        broken.member = NULL;                                       \
        assert_string_equal(la_strategy_missing(&broken), #member); \
    } while (0)
    CHECK_NAMED(name);
    CHECK_NAMED(summary);
    CHECK_NAMED(init);
    CHECK_NAMED(fini);
    CHECK_NAMED(pop);
    CHECK_NAMED(push);
    CHECK_NAMED(drain);
    CHECK_NAMED(stats);
#undef CHECK_NAMED
}

static void optional_members_may_be_missing(void **state)
{
    struct lookaside_strategy lean = stub_strategy;

    (void)state;
    lean.supported = NULL;
    lean.set_depth = NULL;
    lean.tick = NULL;
    assert_null(la_strategy_missing(&lean));
}

static void the_default_can_be_set_and_unset(void **state)
{
    const struct lookaside_strategy *before;

    (void)state;
    unsetenv("LOOKASIDE_STRATEGY");
    before = lookaside_default_strategy();
    assert_non_null(before);
    lookaside_set_default_strategy(&stub_strategy);
    assert_ptr_equal(lookaside_default_strategy(), &stub_strategy);
    lookaside_set_default_strategy(NULL);
    assert_ptr_equal(lookaside_default_strategy(), before);
}

static void the_environment_names_the_default(void **state)
{
    const struct lookaside_strategy *before;

    (void)state;
    unsetenv("LOOKASIDE_STRATEGY");
    before = lookaside_default_strategy();
    setenv("LOOKASIDE_STRATEGY", "malloc", 1);
    assert_ptr_equal(lookaside_default_strategy(), lookaside_strategy_find("malloc"));
    setenv("LOOKASIDE_STRATEGY", "no such", 1);
    assert_ptr_equal(lookaside_default_strategy(), before);
    /* What the program says goes before what the environment says. */
    setenv("LOOKASIDE_STRATEGY", "malloc", 1);
    lookaside_set_default_strategy(&stub_strategy);
    assert_ptr_equal(lookaside_default_strategy(), &stub_strategy);
    lookaside_set_default_strategy(NULL);
    unsetenv("LOOKASIDE_STRATEGY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_is_complete_and_found_by_its_name),
        cmocka_unit_test(the_names_are_those_that_the_build_read),
        cmocka_unit_test(unknown_names_find_nothing),
        cmocka_unit_test(a_missing_member_is_named),
        cmocka_unit_test(optional_members_may_be_missing),
        cmocka_unit_test(the_default_can_be_set_and_unset),
        cmocka_unit_test(the_environment_names_the_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
