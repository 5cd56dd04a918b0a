/* SPDX-License-Identifier: MIT */
/*
 * choice_test.c: comparisons and choices on runs whose truth is known: pairing takes out what is
 * common to a block, rejected blocks take no part, and each kind of ending is reached.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adoption.h"
#include "choice.h"
#include "fixture.h"
#include "scopes.h"

static const struct la_choice_settings throughput = {
    .resampling = {.nr_resamples = 1000, .seed = 3, .level = 0.95}};

/* A run loaded from a fixture, with the choices made from it. */
struct made {
    char dir[64];
    struct la_run run;
    struct la_scopes scopes;
    struct la_choice *choices;
    const struct la_choice *overall; /* the last */
};

static void make_of(struct made *made, const struct fixture *fixture,
                    const struct la_choice_settings *settings, const char *workload)
{
    const struct la_selection selection = {.workload = workload};
    struct la_why why = {""};

    fixture_make_dir(made->dir);
    fixture_write_bench(made->dir, fixture);
    assert_int_equal(la_run_load(&made->run, made->dir, &why), 0);
    la_scopes_by_workload(&made->scopes, &made->run, &selection);
    made->choices = calloc(made->scopes.nr_scopes, sizeof *made->choices);
    assert_non_null(made->choices);
    la_choose(made->scopes.scopes, made->scopes.nr_scopes, settings, made->choices);
    made->overall = &made->choices[made->scopes.nr_scopes - 1];
}

static void make(struct made *made, const struct fixture *fixture,
                 const struct la_choice_settings *settings)
{
    make_of(made, fixture, settings, NULL);
}

static void unmake(struct made *made)
{
    for (size_t i = 0; i < made->scopes.nr_scopes; i++)
        la_choice_fini(&made->choices[i]);
    free(made->choices);
    la_scopes_fini(&made->scopes);
    la_run_unload(&made->run);
    fixture_remove_dir(made->dir);
}

static const struct la_standing *standing(const struct made *made, const char *name)
{
    for (size_t i = 0; i < made->overall->nr_standings; i++) {
        if (strcmp(made->run.contenders[made->overall->standings[i].contender], name) == 0)
            return &made->overall->standings[i];
    }
    fail_msg("%s has no standing", name);
    return NULL;
}

static const char *leader(const struct made *made)
{
    return made->run.contenders[la_choice_leader(made->overall)->contender];
}

static struct fixture standard(void)
{
    return (struct fixture){.workloads = {"pair"},
                            .threads = {1},
                            .nr_blocks = 9,
                            .noise = 0.01,
                            .seed = 11,
                            .contenders = {FIXTURE_STANDARD,
                                           {.name = "percpu+glibc", .ns_per_op = 4},
                                           {.name = "spinlock+glibc", .ns_per_op = 7}}};
}

static void a_clear_winner(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    make(&made, &fixture, &throughput);
    assert_string_equal(leader(&made), "percpu+glibc");
    assert_true(made.overall->has_winner);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_ADOPT);
    assert_int_equal(standing(&made, "percpu+glibc")->judgement.verdict, LA_BETTER);
    assert_true(fabs(exp(standing(&made, "percpu+glibc")->ratio.point) - 14.0 / 4) < 0.1);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "Adopt percpu+glibc"));
    assert_int_equal(adoption.nr_lines, 5);
    assert_non_null(strstr(adoption.code[0], "static struct lookaside"));
    unmake(&made);
}

/* Blocks differ by a factor of two, contenders within a block by one per cent. */
static void pairing_takes_out_the_block(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.block_noise = 0.7;
    fixture.contenders[4].ns_per_op = 4.4;
    make(&made, &fixture, &throughput);
    assert_true(made.overall->has_winner);
    assert_true(made.overall->half_width < 0.03);
    assert_true(standing(&made, "percpu+glibc")->ratio.high -
                    standing(&made, "percpu+glibc")->ratio.low <
                0.06);
    assert_true(standing(&made, "percpu+glibc")->cost.high >
                1.3 * standing(&made, "percpu+glibc")->cost.low);
    unmake(&made);
}

/* The same truth with and without a block that was rejected, whatever it showed. */
static void rejected_blocks_take_no_part(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.noise = 0;
    fixture.rejected = 0x11;
    make(&made, &fixture, &throughput);
    assert_int_equal(made.overall->nr_seen, 9);
    assert_int_equal(made.overall->nr_rejected, 2);
    assert_int_equal(made.overall->nr_blocks, 7);
    assert_int_equal(standing(&made, "percpu+glibc")->ratio.nr_values, 7);
    assert_float_equal(standing(&made, "percpu+glibc")->cost.high, 4, 1e-6);
    unmake(&made);
}

static void equals_are_undecided(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.contenders[4].ns_per_op = 4.01;
    make(&made, &fixture, &throughput);
    assert_false(made.overall->has_winner);
    assert_int_equal(made.overall->nr_tied, 1);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_ADOPT_ANY);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "undecided between "));
    assert_non_null(strstr(adoption.advice, "percpu+glibc"));
    assert_non_null(strstr(adoption.advice, "spinlock+glibc"));
    unmake(&made);
}

/* Five workloads of equals but for one, in which one contender has a small lead: enough if nothing
 * else is asked for, and not among all leads of the run. */
static struct fixture one_small_lead(void)
{
    return (struct fixture){
        .workloads = {"pair", "burst", "replace", "handoff", "exchange"},
        .threads = {1},
        .nr_blocks = 9,
        .noise = 0.01,
        .seed = 40,
        .contenders = {FIXTURE_STANDARD,
                       {.name = "percpu+glibc", .ns_per_op = 4},
                       {.name = "spinlock+glibc", .ns_per_op = 4, .factors = {1.027}},
                       {.name = "a+glibc", .ns_per_op = 4, .skipped_workload = 1},
                       {.name = "b+glibc", .ns_per_op = 4, .skipped_workload = 1},
                       {.name = "c+glibc", .ns_per_op = 4, .skipped_workload = 1},
                       {.name = "d+glibc", .ns_per_op = 4, .skipped_workload = 1},
                       {.name = "e+glibc", .ns_per_op = 4, .skipped_workload = 1},
                       {.name = "f+glibc", .ns_per_op = 4, .skipped_workload = 1}}};
}

static void a_lead_is_proven_among_all_leads(void **state)
{
    const struct fixture fixture = one_small_lead();
    const struct la_standing *second;
    struct made made;

    (void)state;
    make_of(&made, &fixture, &throughput, "pair");
    assert_true(made.choices[0].has_winner);
    unmake(&made);
    make(&made, &fixture, &throughput);
    assert_false(made.choices[0].has_winner);
    second = &made.choices[0].standings[1];
    assert_int_equal(second->leader_judgement.verdict, LA_UNDECIDED);
    assert_int_equal(second->leader_judgement.reason, LA_REASON_MANY);
    assert_true(second->tied);
    unmake(&made);
}

static void malloc_wins(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.contenders[3].ns_per_op = 20;
    fixture.contenders[4].ns_per_op = 30;
    make(&made, &fixture, &throughput);
    assert_string_equal(leader(&made), LA_BASELINE);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_KEEP);
    assert_int_equal(standing(&made, "percpu+glibc")->judgement.verdict, LA_WORSE);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "Keep malloc: plain malloc is proven ahead"));
    assert_int_equal(adoption.nr_lines, 0);
    unmake(&made);
}

/* One per cent faster by truth, two per cent of noise: not to be claimed. */
static void a_gain_within_the_noise_keeps_malloc(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.noise = 0.02;
    fixture.contenders[3].ns_per_op = 13.86;
    fixture.contenders[4].ns_per_op = 14;
    make(&made, &fixture, &throughput);
    assert_int_not_equal(standing(&made, "percpu+glibc")->judgement.verdict, LA_BETTER);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_KEEP);
    la_adoption_from(made.overall, &adoption);
    assert_int_equal(adoption.nr_lines, 0);
    unmake(&made);
}

static void another_malloc_wins(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.contenders[5] = (struct fixture_contender){.name = "malloc+tcmalloc", .ns_per_op = 3};
    make(&made, &fixture, &throughput);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_OTHER_MALLOC);
    assert_int_equal(standing(&made, "percpu+glibc")->judgement.verdict, LA_BETTER);
    assert_int_equal(standing(&made, "percpu+glibc")->best_judgement.verdict, LA_WORSE);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "link the program with tcmalloc"));
    assert_int_equal(adoption.nr_lines, 0);
    unmake(&made);
}

/* However fast: a peer is no product. */
static void a_peer_is_not_chosen(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.contenders[5] =
        (struct fixture_contender){.name = "ck_stack+glibc", .label = "peer", .ns_per_op = 3};
    make(&made, &fixture, &throughput);
    assert_true(la_run_contender(&made.run, "ck_stack+glibc") >= 0);
    for (size_t i = 0; i < made.overall->nr_standings; i++)
        assert_string_not_equal(made.run.contenders[made.overall->standings[i].contender],
                                "ck_stack+glibc");
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_ADOPT);
    unmake(&made);
}

/* Binding is how to adopt the winner, once the run has shown that it can be bound. */
static void a_bound_winner_says_how_to_bind(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.contenders[5] =
        (struct fixture_contender){.name = "percpu-bound+glibc", .label = "bound", .ns_per_op = 3};
    make(&made, &fixture, &throughput);
    assert_string_equal(leader(&made), "percpu+glibc");
    la_adoption_from(made.overall, &adoption);
    assert_int_equal(adoption.nr_lines, 6);
    assert_non_null(strstr(adoption.code[0], "#define LOOKASIDE_BIND percpu "));
    unmake(&made);
}

/* Nobody can link with slices in place of malloc. */
static void slices_are_adopted_by_their_calls(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.contenders[5] = (struct fixture_contender){.name = "malloc+gslice", .ns_per_op = 3};
    make(&made, &fixture, &throughput);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "call g_slice_alloc and g_slice_free1"));
    assert_null(strstr(adoption.advice, "link"));
    unmake(&made);
}

/* Better than the best plain malloc means better than each of them: the second of two that are
 * about equal can refuse it. */
static void a_tie_with_some_malloc_adopts_nothing(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.contenders[5] =
        (struct fixture_contender){.name = "malloc+tcmalloc", .ns_per_op = 4.02};
    make(&made, &fixture, &throughput);
    assert_false(made.overall->has_winner);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_MALLOC_TIED);
    assert_int_not_equal(standing(&made, "percpu+glibc")->best_judgement.verdict, LA_BETTER);
    unmake(&made);
}

static void too_few_blocks_decide_nothing(void **state)
{
    struct fixture fixture = standard();
    struct la_adoption adoption;
    struct made made;

    (void)state;
    fixture.nr_blocks = 7;
    fixture.rejected = 0x3;
    make(&made, &fixture, &throughput);
    assert_false(made.overall->has_winner);
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_NONE);
    assert_int_equal(standing(&made, "percpu+glibc")->judgement.reason, LA_REASON_FEW_BLOCKS);
    la_adoption_from(made.overall, &adoption);
    assert_non_null(strstr(adoption.advice, "5 usable blocks"));
    unmake(&made);
}

static void no_twin_decides_nothing(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.contenders[1].name = "malloc+jemalloc";
    make(&made, &fixture, &throughput);
    assert_true(isnan(made.overall->half_width));
    assert_int_equal(la_choice_advice(made.overall), LA_ADVICE_NONE);
    unmake(&made);
}

static void overall_is_the_geometric_mean(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.noise = 0;
    fixture.workloads[1] = "burst";
    fixture.threads[1] = 2;
    fixture.contenders[3].slowdown = 4; /* 14/4 with one thread, 14/16 with two */
    make(&made, &fixture, &throughput);
    assert_true(made.scopes.has_overall);
    assert_int_equal(made.scopes.nr_scopes, 3);
    assert_float_equal(standing(&made, "percpu+glibc")->ratio.point,
                       (log(14.0 / 4) + log(14.0 / 16)) / 2, 1e-6);
    unmake(&made);
}

/* A contender that one workload lacks cannot be ranked over all, and is where it was measured. */
static void not_measured_everywhere_is_not_ranked_overall(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.workloads[1] = "burst";
    fixture.contenders[3].skipped_workload = 2;
    make(&made, &fixture, &throughput);
    assert_int_equal(standing(&made, "percpu+glibc")->unranked, LA_UNRANKED_NOT_MEASURED);
    assert_string_equal(leader(&made), "spinlock+glibc");
    assert_string_equal(made.run.contenders[la_choice_leader(&made.choices[0])->contender],
                        "percpu+glibc");
    unmake(&made);
}

static void what_was_kept_can_exclude(void **state)
{
    struct la_choice_settings limited = throughput;
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.contenders[3].kept_entries = 200;
    fixture.contenders[4].kept_entries = 100;
    limited.limited = true;
    limited.max_retained_bytes = 200 * 256 - 1;
    make(&made, &fixture, &limited);
    assert_int_equal(standing(&made, "percpu+glibc")->unranked, LA_UNRANKED_RETAINED);
    assert_string_equal(leader(&made), "spinlock+glibc");
    unmake(&made);
    limited.max_retained_bytes++;
    make(&made, &fixture, &limited);
    assert_string_equal(leader(&made), "percpu+glibc");
    unmake(&made);
}

static void memory_prefers_the_leanest_gain(void **state)
{
    struct la_choice_settings memory = throughput;
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    memory.objective = LA_MEMORY;
    fixture.contenders[3].kept_entries = 200;
    fixture.contenders[4].kept_entries = 100;
    fixture.contenders[5] =
        (struct fixture_contender){.name = "slist+glibc", .ns_per_op = 30, .kept_entries = 1};
    make(&made, &fixture, &memory);
    assert_string_equal(leader(&made), "spinlock+glibc");
    assert_true(made.overall->has_winner);
    assert_int_equal(standing(&made, "slist+glibc")->unranked, LA_UNRANKED_OBJECTIVE);
    assert_int_equal(standing(&made, LA_BASELINE)->unranked, LA_UNRANKED_OBJECTIVE);
    unmake(&made);
}

static void latency_turns_the_ratio_round(void **state)
{
    struct la_choice_settings latency = throughput;
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    latency.objective = LA_LATENCY;
    fixture.noise = 0;
    make(&made, &fixture, &latency);
    assert_float_equal(exp(standing(&made, "percpu+glibc")->ratio.point), 14.0 / 4, 1e-4);
    unmake(&made);
}

static void net_cost_is_less_the_floor(void **state)
{
    struct fixture fixture = standard();
    struct made made;

    (void)state;
    fixture.noise = 0;
    fixture.contenders[4].ns_per_op = 2.4; /* the floor's 2 are over 80 % of it */
    make(&made, &fixture, &throughput);
    assert_float_equal(standing(&made, "percpu+glibc")->net.point, 2, 1e-6);
    assert_true(isnan(standing(&made, "spinlock+glibc")->net.point));
    unmake(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_winner),
        cmocka_unit_test(pairing_takes_out_the_block),
        cmocka_unit_test(rejected_blocks_take_no_part),
        cmocka_unit_test(equals_are_undecided),
        cmocka_unit_test(a_lead_is_proven_among_all_leads),
        cmocka_unit_test(malloc_wins),
        cmocka_unit_test(a_gain_within_the_noise_keeps_malloc),
        cmocka_unit_test(another_malloc_wins),
        cmocka_unit_test(a_peer_is_not_chosen),
        cmocka_unit_test(a_bound_winner_says_how_to_bind),
        cmocka_unit_test(slices_are_adopted_by_their_calls),
        cmocka_unit_test(a_tie_with_some_malloc_adopts_nothing),
        cmocka_unit_test(too_few_blocks_decide_nothing),
        cmocka_unit_test(no_twin_decides_nothing),
        cmocka_unit_test(overall_is_the_geometric_mean),
        cmocka_unit_test(not_measured_everywhere_is_not_ranked_overall),
        cmocka_unit_test(what_was_kept_can_exclude),
        cmocka_unit_test(memory_prefers_the_leanest_gain),
        cmocka_unit_test(latency_turns_the_ratio_round),
        cmocka_unit_test(net_cost_is_less_the_floor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
