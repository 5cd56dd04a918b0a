/* SPDX-License-Identifier: MIT */
/* trust_test.c: every rule by which a run is believed or not, one at a time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trust.h"

static const struct la_trust_facts good = {
    .nr_blocks = 108,
    .nr_rejected = 3,
    .nr_aa = 12,
    .nr_aa_without_one = 1,
    .aa_reach = 1.02,
    .nr_processes = 3,
    .complete = true,
    .nr_rows = 1400,
    .nr_unsteady = 60,
    .steal_fraction = 0.002,
    .run_delay_known = true,
    .governor = "performance",
    .aslr = "full",
    .optimised = true,
};

static struct la_trust trust;

/* The verdict, and the one reason, which has the word in it. */
static void is(const struct la_trust_facts *facts, enum la_trust_verdict verdict, const char *word)
{
    la_trust_judge(facts, &trust);
    assert_int_equal(trust.verdict, verdict);
    assert_int_equal(trust.nr_reasons, word != NULL);
    if (word && !strstr(trust.reasons[0], word))
        fail_msg("'%s' is not in: %s", word, trust.reasons[0]);
}

static void a_good_run_is_trusted(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    is(&facts, LA_TRUSTED, NULL);
    facts.governor = facts.aslr = NULL;
    facts.steal_fraction = NAN;
    is(&facts, LA_TRUSTED, NULL);
}

static void wide_pairs_are_not(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.aa_reach = 1.08;
    is(&facts, LA_DOUBTFUL, "1.08");
    facts.aa_reach = 1.3;
    is(&facts, LA_UNUSABLE, "1.30");
    facts.nr_aa = facts.nr_aa_without_one = 0;
    facts.aa_reach = NAN;
    is(&facts, LA_UNUSABLE, "6 accepted blocks");
}

/* One of 12 is chance (46 %), as are two (12 %) and three (2 %); four are not (0.2 %). */
static void biased_pairs_are_not(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.nr_aa_without_one = 3;
    is(&facts, LA_TRUSTED, NULL);
    facts.nr_aa_without_one = 4;
    is(&facts, LA_DOUBTFUL, "4 of 12");
}

static void binomial_tails(void **state)
{
    (void)state;
    assert_true(fabs(la_binomial_tail(0, 12, 0.05) - 1) < 1e-9);
    assert_true(fabs(la_binomial_tail(1, 12, 0.05) - (1 - pow(0.95, 12))) < 1e-9);
    assert_true(fabs(la_binomial_tail(2, 2, 0.5) - 0.25) < 1e-9);
}

static void rejected_blocks_count(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.nr_rejected = 20;
    is(&facts, LA_DOUBTFUL, "19 %");
    facts.nr_rejected = 60;
    is(&facts, LA_UNUSABLE, "56 %");
}

static void processes_count(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.nr_lost = 1;
    is(&facts, LA_DOUBTFUL, "1 of 3");
    facts.nr_lost = 0;
    facts.nr_processes = 1;
    is(&facts, LA_DOUBTFUL, "1 process:");
    facts = good;
    facts.complete = false;
    is(&facts, LA_DOUBTFUL, "not complete");
}

static void rows_count(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.nr_unsteady = 200;
    is(&facts, LA_DOUBTFUL, "14 %");
    facts = good;
    facts.nr_throttled = 1;
    is(&facts, LA_DOUBTFUL, "quota");
}

static void the_machine_counts(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.steal_fraction = 0.02;
    is(&facts, LA_DOUBTFUL, "2.0 %");
    facts = good;
    facts.governor = "ondemand";
    is(&facts, LA_DOUBTFUL, "ondemand");
    facts = good;
    facts.aslr = "off for this process";
    is(&facts, LA_DOUBTFUL, "off for this process");
    facts = good;
    facts.run_delay_known = false;
    is(&facts, LA_DOUBTFUL, "waited");
    facts = good;
    facts.sanitized = true;
    is(&facts, LA_UNUSABLE, "sanitizer");
    facts = good;
    facts.optimised = false;
    is(&facts, LA_UNUSABLE, "optimisation");
}

/* The gravest reason makes the verdict; all are said. */
static void reasons_add_up(void **state)
{
    struct la_trust_facts facts = good;

    (void)state;
    facts.aa_reach = 1.3;
    facts.complete = false;
    facts.governor = "powersave";
    la_trust_judge(&facts, &trust);
    assert_int_equal(trust.verdict, LA_UNUSABLE);
    assert_int_equal(trust.nr_reasons, 3);
    assert_string_equal(la_trust_name(trust.verdict), "unusable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_run_is_trusted),
        cmocka_unit_test(wide_pairs_are_not),
        cmocka_unit_test(biased_pairs_are_not),
        cmocka_unit_test(binomial_tails),
        cmocka_unit_test(rejected_blocks_count),
        cmocka_unit_test(processes_count),
        cmocka_unit_test(rows_count),
        cmocka_unit_test(the_machine_counts),
        cmocka_unit_test(reasons_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
