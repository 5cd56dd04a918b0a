/* SPDX-License-Identifier: MIT */
/*
 * looks_test.c: a duel of builds whose truth is known, simulated to its end many times: how often
 * it passes equals, how often it fails a slower build, and that looking several times costs no more
 * false answers than were promised.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <cmocka.h>

#include "duel.h"
#include "looks.h"

enum { NR_DUELS = 150, MOST = LA_DUEL_BLOCKS };

#define MARGIN 0.05
#define LEVEL 0.05

struct share {
    double pass, fail, blocks; /* of all duels; mean number of blocks */
};

static struct la_estimate estimate_of(const double *values, size_t nr, double level, uint64_t seed)
{
    const struct la_stratum stratum = {.values = values, .nr = nr, .weight = 1};
    const struct la_resampling resampling = {400, seed, 1 - level};
    struct la_estimate estimate;

    la_bootstrap(&stratum, 1, &resampling, &estimate);
    return estimate;
}

/* One cell and one control; the new build takes so much longer. */
static enum la_gate_outcome duel(gsl_rng *random, double slower, double noise, unsigned *nr_blocks)
{
    double cell[MOST], control[MOST], level;
    enum la_gate_outcome outcome = LA_GATE_UNDECIDED;

    for (*nr_blocks = 0; *nr_blocks < MOST && outcome == LA_GATE_UNDECIDED;) {
        struct la_estimate found, same;

        cell[*nr_blocks] = log1p(slower) + gsl_ran_gaussian(random, noise);
        control[(*nr_blocks)++] = gsl_ran_gaussian(random, noise);
        if (!la_gate_look(*nr_blocks, MOST, LEVEL, &level))
            continue;
        found = estimate_of(cell, *nr_blocks, level, 1);
        same = estimate_of(control, *nr_blocks, level, 2);
        outcome = la_duel_judge(&found, la_estimate_p(&found, log1p(MARGIN)),
                                fmax(fabs(same.low), fabs(same.high)), MARGIN, level);
    }
    return outcome;
}

static struct share of_many(double slower, double noise)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    struct share share = {0};

    gsl_rng_set(random, 11);
    for (unsigned i = 0; i < NR_DUELS; i++) {
        unsigned nr_blocks;
        const enum la_gate_outcome outcome = duel(random, slower, noise, &nr_blocks);

        share.pass += (outcome == LA_GATE_PASS) / (double)NR_DUELS;
        share.fail += (outcome == LA_GATE_FAIL) / (double)NR_DUELS;
        share.blocks += nr_blocks / (double)NR_DUELS;
    }
    gsl_rng_free(random);
    print_message("%2.0f %% slower, noise of a block %.0f %%: pass %.3f, fail %.3f, %.1f blocks\n",
                  100 * slower, 100 * noise, share.pass, share.fail, share.blocks);
    return share;
}

/* Three standard errors above half of the level: an interval errs on one side here. */
#define SELDOM (LEVEL / 2 + 3 * sqrt(LEVEL / 2 / NR_DUELS))

static void equals_pass(void **state)
{
    const struct share quiet = of_many(0, 0.02), noisy = of_many(0, 0.06);

    (void)state;
    assert_true(quiet.pass > 0.98 && quiet.blocks < 20);
    assert_true(noisy.pass > 0.8 && noisy.fail <= SELDOM);
}

static void slower_builds_fail(void **state)
{
    const struct share quiet = of_many(0.1, 0.02), noisy = of_many(0.1, 0.06);

    (void)state;
    assert_true(quiet.fail > 0.98 && quiet.blocks < 24);
    assert_true(noisy.fail > 0.8 && noisy.pass <= SELDOM);
}

/* At the margin itself both answers are wrong. */
static void at_the_margin_little_is_claimed(void **state)
{
    const struct share quiet = of_many(MARGIN, 0.02), noisy = of_many(MARGIN, 0.06);

    (void)state;
    assert_true(quiet.pass <= SELDOM && quiet.fail <= SELDOM);
    assert_true(noisy.pass <= SELDOM && noisy.fail <= SELDOM);
}

static void levels_add_up(void **state)
{
    double level, sum = 0;
    unsigned nr_looks = 0;

    (void)state;
    for (unsigned blocks = 1; blocks <= MOST; blocks++) {
        if (!la_gate_look(blocks, MOST, LEVEL, &level))
            continue;
        nr_looks++;
        sum += level;
        assert_true(level > 0 && level < LEVEL);
    }
    assert_int_equal(nr_looks, LA_GATE_LOOKS);
    assert_float_equal(sum, LEVEL, 1e-12);
    assert_true(la_gate_look(6, 6, LEVEL, &level));
    assert_float_equal(level, LEVEL, 1e-12);
    assert_false(la_gate_look(3, 6, LEVEL, &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_add_up),
        cmocka_unit_test(equals_pass),
        cmocka_unit_test(slower_builds_fail),
        cmocka_unit_test(at_the_margin_little_is_claimed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
