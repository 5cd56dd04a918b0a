/* SPDX-License-Identifier: MIT */
/*
 * claims_test.c: the simulation of claims can tell good from bad: it finds a difference that was
 * put in, sees more noise where there is more, and refuses files that are none.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "claims.h"
#include "fixture.h"

static int load(const char *text, struct la_recorded *recorded, struct la_why *why)
{
    char path[128];

    fixture_write_text(fixture_dir, "blocks.tsv", text);
    snprintf(path, sizeof path, "%s/blocks.tsv", fixture_dir);
    return la_recorded_load(path, recorded, why);
}

static const struct la_claims_plan plan = {
    .runs = 60, .contenders = 3, .processes = 1, .blocks = 9, .resamples = 200, .seed = 3};

static void recorded_noise_has_its_differences_found(void **state)
{
    struct la_claims_plan own = plan;
    struct la_recorded recorded;
    struct la_claims claims;
    struct la_why why;

    (void)state;
    assert_int_equal(la_recorded_load(LOOKASIDE_NOISE_FILE, &recorded, &why), 0);
    assert_true(recorded.nr_groups >= 6 && recorded.nr_values >= 500);
    own.difference = log(1.3);
    la_claims_simulate(&recorded, &own, &claims);
    assert_int_equal(claims.verdicts, 60 * 3 * recorded.nr_groups);
    assert_true((double)claims.better > 0.9 * (double)claims.verdicts);
    assert_int_equal(claims.worse, 0);
    assert_int_equal(claims.runs_with_claims, 60);
    own.difference = -log(1.3);
    la_claims_simulate(&recorded, &own, &claims);
    assert_true((double)claims.worse > 0.9 * (double)claims.verdicts);
    own.difference = 0;
    la_claims_simulate(&recorded, &own, &claims);
    assert_true((double)claims.runs_with_claims / 60 <= la_rate_limit(0.05, 60));
    assert_true((double)claims.covered > 0.9 * (double)claims.verdicts);
    la_recorded_unload(&recorded);
}

/* Every process shifted by its own amount: one process cannot know, four can. */
static void shifts_of_processes_are_seen_by_several(void **state)
{
    static const char text[] = "a\t0\t0\t1.10\na\t0\t1\t1.101\na\t0\t2\t1.099\n"
                               "a\t1\t0\t1.03\na\t1\t1\t1.031\na\t1\t2\t1.029\n"
                               "a\t2\t0\t1.06\na\t2\t1\t1.061\na\t2\t2\t1.059\n";
    struct la_claims_plan own = plan;
    struct la_recorded recorded;
    struct la_claims one, four;
    struct la_why why;

    (void)state;
    assert_int_equal(load(text, &recorded, &why), 0);
    assert_int_equal(recorded.nr_series, 3);
    own.contenders = 20;
    la_claims_simulate(&recorded, &own, &one);
    own.processes = 8;
    own.blocks = 3;
    la_claims_simulate(&recorded, &own, &four);
    assert_true((double)one.covered < 0.1 * (double)one.verdicts);
    assert_true((double)four.covered > 0.85 * (double)four.verdicts);
    assert_true(one.runs_by_p > 50);
    la_recorded_unload(&recorded);
}

static void other_files_are_refused(void **state)
{
    struct la_recorded recorded;
    struct la_why why;

    (void)state;
    assert_int_equal(load("# nothing\n", &recorded, &why), -1);
    assert_non_null(strstr(why.line, "no values"));
    assert_int_equal(load("a\t0\t0\t1.5\na\t0\t1\tx\n", &recorded, &why), -1);
    assert_non_null(strstr(why.line, "line 2"));
    assert_int_equal(load("a\t0\t0\t-1\n", &recorded, &why), -1);
    assert_int_equal(la_recorded_load("/nonexistent", &recorded, &why), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(recorded_noise_has_its_differences_found),
        FIXTURE_TEST(shifts_of_processes_are_seen_by_several),
        FIXTURE_TEST(other_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
