/* SPDX-License-Identifier: MIT */
/*
 * nested_test.c: intervals where values come from several processes, each of which drew something
 * once that all its values share; and of differences between two sides. The truth is known: 0.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "bootstrap.h"

enum { MAX_VALUES = 32, MAX_STRATA = 4, NR_TRIALS = 400 };

static const struct la_resampling resampling = {.nr_resamples = 600, .seed = 7, .level = 0.95};

struct design {
    size_t nr_processes, nr_values; /* of each */
    size_t nr_more;                 /* values of the first process beyond that */
    double between;                 /* standard deviation between processes; within it is 1 */
    size_t nr_strata;               /* of one side, all with the same processes */
    bool two_sides; /* each stratum is there on both, and the difference estimated */
    bool told;      /* which process each value comes from */
};

/* What one trial holds. */
struct data {
    double values[2 * MAX_STRATA][MAX_VALUES];
    uint32_t processes[MAX_VALUES];
    struct la_stratum strata[2 * MAX_STRATA];
};

static void draw(const struct design *design, gsl_rng *random, struct data *data)
{
    for (unsigned side = 0; side <= design->two_sides; side++) {
        for (size_t process = 0, at = 0; process < design->nr_processes; process++) {
            const double shared = gsl_ran_gaussian(random, design->between);

            for (size_t i = 0; i < design->nr_values + (process ? 0 : design->nr_more); i++, at++) {
                data->processes[at] = (uint32_t)process;
                for (size_t j = 0; j < design->nr_strata; j++)
                    data->values[side * design->nr_strata + j][at] =
                        shared + gsl_ran_gaussian(random, 1);
            }
        }
        for (size_t j = 0; j < design->nr_strata; j++)
            data->strata[side * design->nr_strata + j] = (struct la_stratum){
                .values = data->values[side * design->nr_strata + j],
                .nr = design->nr_processes * design->nr_values + design->nr_more,
                .weight = (side ? -1.0 : 1.0) / (double)design->nr_strata,
                .processes = design->told ? data->processes : NULL,
                .side = side};
    }
}

/* The share of intervals that hold 0; *width: their mean half-width. */
static double coverage(const struct design *design, double *width)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    const size_t nr_strata = design->nr_strata * (design->two_sides + 1u);
    size_t nr_covered = 0;

    *width = 0;
    gsl_rng_set(random, 20);
    for (size_t trial = 0; trial < NR_TRIALS; trial++) {
        struct la_resampling own = resampling;
        struct la_estimate estimate;
        struct data data;

        draw(design, random, &data);
        own.seed = trial;
        la_bootstrap(data.strata, nr_strata, &own, &estimate);
        nr_covered += estimate.low <= 0 && estimate.high >= 0;
        *width += (estimate.high - estimate.low) / 2 / NR_TRIALS;
    }
    gsl_rng_free(random);
    print_message("%zu processes of %zu, %.1f between, %zu strata%s: covered %.3f, +-%.2f\n",
                  design->nr_processes, design->nr_values, design->between, design->nr_strata,
                  design->two_sides ? ", two sides" : "", nr_covered / (double)NR_TRIALS, *width);
    return nr_covered / (double)NR_TRIALS;
}

/* Three standard errors of so many trials below the nominal 95 %. */
static void covers(struct design design)
{
    double width;

    design.told = true;
    assert_true(coverage(&design, &width) >= 0.95 - 3 * sqrt(0.95 * 0.05 / NR_TRIALS));
}

static void several_processes_are_covered(void **state)
{
    (void)state;
    covers((struct design){.nr_processes = 4, .nr_values = 3, .nr_strata = 1});
    covers((struct design){.nr_processes = 4, .nr_values = 3, .between = 0.5, .nr_strata = 1});
    covers((struct design){.nr_processes = 5, .nr_values = 4, .between = 1, .nr_strata = 1});
    covers((struct design){.nr_processes = 8, .nr_values = 3, .between = 2, .nr_strata = 1});
}

/* Two or three processes that happen to agree may not pass for a proof that processes do not
 * differ. */
static void few_processes_are_covered(void **state)
{
    static const double between[] = {0, 0.5, 1, 2};

    (void)state;
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        covers((struct design){
            .nr_processes = 2, .nr_values = 12, .between = between[i], .nr_strata = 1});
        covers((struct design){
            .nr_processes = 3, .nr_values = 8, .between = between[i], .nr_strata = 1});
        covers((struct design){
            .nr_processes = 4, .nr_values = 6, .between = between[i], .nr_strata = 1});
    }
}

/* Ten values of nine processes tell nothing of what is within: they are nine, and no less. */
static void processes_of_one_value_are_as_good_as_values(void **state)
{
    struct design design = {.nr_processes = 9, .nr_values = 1, .nr_more = 1, .nr_strata = 1};
    double width, width_of_values;

    (void)state;
    covers(design);
    design.told = true;
    (void)coverage(&design, &width);
    design.told = false;
    (void)coverage(&design, &width_of_values);
    assert_true(width < 1.3 * width_of_values);
    covers((struct design){.nr_processes = 6, .nr_values = 1, .nr_strata = 1});
    covers((struct design){.nr_processes = 8, .nr_values = 1, .nr_more = 2, .nr_strata = 3});
}

/* What a process shares moves all its strata the same way: their sum has no less of it. */
static void strata_share_their_processes(void **state)
{
    (void)state;
    covers((struct design){.nr_processes = 6, .nr_values = 3, .between = 1, .nr_strata = 4});
}

static void two_sides_are_independent(void **state)
{
    (void)state;
    covers((struct design){.nr_processes = 1, .nr_values = 9, .nr_strata = 1, .two_sides = true});
    covers((struct design){
        .nr_processes = 5, .nr_values = 3, .between = 1, .nr_strata = 2, .two_sides = true});
}

/* Why it is resampled in two steps: told nothing of processes, the same values seem to tell more
 * than they do. */
static void values_of_one_process_are_no_independent_ones(void **state)
{
    struct design design = {.nr_processes = 4, .nr_values = 6, .between = 1, .nr_strata = 1};
    double blind, told;

    (void)state;
    assert_true(coverage(&design, &blind) < 0.8);
    design.told = true;
    assert_true(coverage(&design, &told) > 0.88);
    assert_true(told > 1.5 * blind);
}

/* The part between processes is what more values of the same processes do not take away. */
static void the_parts_of_the_error_are_told_apart(void **state)
{
    double values[24];
    uint32_t processes[24];
    const struct la_stratum stratum = {
        .values = values, .nr = 24, .weight = 1, .processes = processes};
    struct la_estimate apart, alike;

    (void)state;
    for (uint32_t i = 0; i < 24; i++) {
        processes[i] = i / 6;
        values[i] = processes[i] + 0.01 * (i % 6);
    }
    la_bootstrap(&stratum, 1, &resampling, &apart);
    assert_int_equal(apart.nr_processes, 4);
    assert_true(apart.between > 0.9 * apart.standard_error);
    assert_true(apart.degrees < 4);
    for (uint32_t i = 0; i < 24; i++)
        values[i] = i % 6;
    la_bootstrap(&stratum, 1, &resampling, &alike);
    assert_true(alike.between < 0.3 * alike.standard_error);
    assert_true(alike.degrees > 10);
}

/* With one process the numbers are those of the plain bootstrap, to the last bit. */
static void one_process_is_none(void **state)
{
    const double values[] = {1, 5, 2, 8, 3, 9, 4};
    const uint32_t same[] = {3, 3, 3, 3, 3, 3, 3};
    const struct la_stratum plain = {.values = values, .nr = 7, .weight = 1};
    struct la_stratum told = plain;
    struct la_estimate first, second;

    (void)state;
    told.processes = same;
    la_bootstrap(&plain, 1, &resampling, &first);
    la_bootstrap(&told, 1, &resampling, &second);
    assert_int_equal(second.nr_processes, 1);
    assert_true(first.low == second.low && first.high == second.high);
    assert_true(first.standard_error == second.standard_error && second.between == 0);
}

/* A group that one of the processes did not measure still has an interval. */
static void a_stratum_may_lack_a_process(void **state)
{
    const double all[] = {1, 2, 3, 4, 5, 6, 7, 8}, some[] = {1, 1.1, 0.9, 1, 1.05, 0.95};
    const uint32_t processes[] = {0, 0, 1, 1, 2, 2, 3, 3}, two[] = {2, 2, 2, 3, 3, 3};
    const struct la_stratum strata[] = {
        {.values = all, .nr = 8, .weight = 0.5, .processes = processes},
        {.values = some, .nr = 6, .weight = 0.5, .processes = two}};
    struct la_estimate estimate;

    (void)state;
    la_bootstrap(strata, 2, &resampling, &estimate);
    assert_float_equal(estimate.point, (4.5 + 1) / 2, 1e-12);
    assert_true(estimate.low < estimate.point && estimate.point < estimate.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_processes_are_covered),
        cmocka_unit_test(few_processes_are_covered),
        cmocka_unit_test(processes_of_one_value_are_as_good_as_values),
        cmocka_unit_test(strata_share_their_processes),
        cmocka_unit_test(two_sides_are_independent),
        cmocka_unit_test(values_of_one_process_are_no_independent_ones),
        cmocka_unit_test(the_parts_of_the_error_are_told_apart),
        cmocka_unit_test(one_process_is_none),
        cmocka_unit_test(a_stratum_may_lack_a_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
