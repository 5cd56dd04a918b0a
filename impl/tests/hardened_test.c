/* SPDX-License-Identifier: MIT */
/*
 * hardened_test.c: what cannot be an entry is refused by hardened lists of every strategy that
 * keeps entries, by callers bound to one as well; and nothing else is.
 *
 * usage: unit_hardened [STRATEGY]    the one that this program is bound to
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform.h"
#include "strategy.h"

enum { DEPTH = 16, NR = 3 * DEPTH, SIZE = 64 };

static const char *only;
static struct lookaside list;
static unsigned nr_found;
static struct lookaside_finding found;

static void note(const struct lookaside_finding *finding)
{
    nr_found++;
    found = *finding;
}

/* A thread that moves to another CPU has another entry on top. */
static void stay_here(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(la_current_cpu(), &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

static void expect_refused(void *entry, enum lookaside_finding_kind kind)
{
    struct lookaside_stats before, after;

    nr_found = 0;
    lookaside_get_stats(&list, &before);
    lookaside_free(&list, entry);
    lookaside_get_stats(&list, &after);
    assert_int_equal(nr_found, 1);
    assert_int_equal(found.kind, kind);
    assert_ptr_equal(found.entry, entry);
    assert_ptr_equal(found.list, &list);
    assert_int_equal(after.held, before.held);
    assert_int_equal(after.free_misses, before.free_misses);
}

static void take_all_different(void **entries, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        entries[i] = lookaside_alloc(&list);
        assert_non_null(entries[i]);
        for (unsigned j = 0; j < i; j++)
            assert_ptr_not_equal(entries[i], entries[j]);
    }
}

/* With so many entries in the list; the strategies' arrays begin, end and continue elsewhere. */
static void refuse_with(unsigned nr_held)
{
    void *entries[NR];

    take_all_different(entries, nr_held + 1);
    for (unsigned i = 0; i < nr_held; i++)
        lookaside_free(&list, entries[i]);
    for (size_t k = 1; k < 8; k++)
        expect_refused((char *)entries[nr_held] + k, LOOKASIDE_MISALIGNED_ENTRY);
    if (nr_held > 0)
        expect_refused(entries[nr_held - 1], LOOKASIDE_DOUBLE_FREE);
    nr_found = 0;
    lookaside_free(&list, entries[nr_held]);
    assert_int_equal(nr_found, 0);
    take_all_different(entries, nr_held + 1);
    for (unsigned i = 0; i <= nr_held; i++)
        lookaside_free(&list, entries[i]);
    assert_int_equal(nr_found, 0);
}

/* More than the list holds, so that entries come and go in every way that there is. */
static void lawful_use_is_silent(void)
{
    void *entries[NR];

    nr_found = 0;
    for (unsigned round = 0; round < 200; round++) {
        unsigned nr = 1 + round * 7 % NR;

        take_all_different(entries, nr);
        for (unsigned i = 0; i < nr; i++)
            lookaside_free(&list, entries[round % 2 ? i : nr - 1 - i]);
    }
    assert_int_equal(nr_found, 0);
}

static void harden(const struct lookaside_strategy *strategy)
{
    const struct lookaside_config config = {.size = SIZE,
                                            .strategy = strategy,
                                            .depth = {.initial = DEPTH},
                                            .flags = LOOKASIDE_HARDENED};
    int error = lookaside_init(&list, &config);

    if (error == -ENOTSUP)
        return;
    assert_int_equal(error, 0);
    for (unsigned nr_held = 0; nr_held < DEPTH; nr_held++)
        refuse_with(nr_held);
    lawful_use_is_silent();
    lookaside_fini(&list);
}

static void refuses_what_cannot_be_an_entry(void **state)
{
    const struct lookaside_strategy *strategy;

    (void)state;
    lookaside_set_finding_hook(note);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (strcmp(strategy->name, "malloc") != 0 && (!only || strcmp(only, strategy->name) == 0))
            harden(strategy);
    }
    lookaside_set_finding_hook(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_cannot_be_an_entry),
    };

    only = argc > 1 ? argv[1] : NULL;
    stay_here();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
