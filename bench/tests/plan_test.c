/* SPDX-License-Identifier: MIT */
/* plan_test.c: which cells a request becomes, on a machine that is described, and how the time is
 * shared out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"
#include "plan_fixture.h"

static void every_group_has_its_references(void **state)
{
    (void)state;
    make();
    assert_true(plan->nr_groups >= 12);
    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        const size_t end = group->first + group->nr_cells;

        assert_in_range(group->floor, group->first, end - 1);
        assert_in_range(group->reference, group->first, end - 1);
        assert_string_equal(plan->cells[group->floor].contender->name, "floor");
        assert_string_equal(plan->cells[group->reference].contender->name, "malloc+glibc");
        for (size_t j = group->first; j < end; j++)
            assert_int_equal(plan->cells[j].group, i);
    }
}

static void quick_covers_everything_once(void **state)
{
    const struct lookaside_strategy *strategy;
    char name[LA_CELL_NAME_BYTES];
    const char *const workloads[] = {"pair",    "burst",   "burst-fifo",
                                     "replace", "handoff", "exchange"};

    (void)state;
    make();
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++)
        for (size_t w = 0; w < sizeof workloads / sizeof *workloads; w++)
            for (int threads = 1; threads <= 4; threads += 3) {
                snprintf(name, sizeof name,
                         "%s/%s+glibc/size:256/depth:256/placement:compact/threads:%d",
                         workloads[w], lookaside_strategy_name(strategy), threads);
                assert_true(has_cell(name));
            }
    assert_true(has_cell("pair/malloc+jemalloc/size:256/depth:256/placement:compact/threads:4"));
    assert_true(has_cell("pair/malloc-aa+glibc/size:256/depth:256/placement:compact/threads:1"));
    assert_true(has_cell("pair/floor/size:256/depth:256/placement:compact/threads:1"));
    for (size_t i = 0; i < plan->nr_cells; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(plan->cells[i].name, plan->cells[j].name);
}

static void a_request_narrows(void **state)
{
    (void)state;
    request.strategies[0] = lookaside_strategy_find("spinlock");
    request.nr_strategies = 1;
    request.workloads[0] = la_workload_find("burst");
    request.nr_workloads = 1;
    request.threads[0] = 2;
    request.nr_threads = 1;
    request.sizes[0] = 64;
    request.nr_sizes = 1;
    request.depth = 16;
    request.blocks = 3;
    make();
    assert_int_equal(plan->nr_cells, 4);
    assert_int_equal(plan->blocks, 3);
    assert_true(has_cell("burst/spinlock+glibc/size:64/depth:16/placement:compact/threads:2"));
}

/* The long one runs when it is named; its list holds the whole set, whatever the size. */
static void the_cold_workload_is_on_request(void **state)
{
    (void)state;
    make();
    for (size_t i = 0; i < plan->nr_groups; i++)
        assert_false(plan->groups[i].setting.workload->on_request);
    la_plan_free(plan);
    request.workloads[0] = la_workload_find("burst-cold");
    request.nr_workloads = 1;
    request.sizes[0] = 256;
    request.sizes[1] = 4096;
    request.nr_sizes = 2;
    make();
    assert_true(has_cell("burst-cold/floor/size:256/depth:262144/placement:compact/threads:1"));
    assert_true(has_cell("burst-cold/floor/size:4096/depth:16384/placement:compact/threads:4"));
    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_setting *setting = &plan->groups[i].setting;

        assert_int_equal(setting->params.cold * setting->size, 64 << 20);
        assert_true(setting->window_ns >= setting->workload->window_ns);
        assert_true(plan->groups[i].run_s * 1e9 > (double)setting->window_ns);
    }
    la_plan_free(plan);
    request.depth = 256;
    request.sizes[0] = 8;
    make();
    assert_true(has_cell("burst-cold/floor/size:8/depth:256/placement:compact/threads:1"));
    assert_int_equal(plan->groups[0].setting.params.cold, LOOKASIDE_DEPTH_LIMIT);
}

static void named_allocators_stand_behind_lists_too(void **state)
{
    (void)state;
    request.strategies[0] = lookaside_strategy_find("spinlock");
    request.nr_strategies = 1;
    request.allocators[0] = la_allocator_find("jemalloc");
    request.nr_allocators = 1;
    request.policy = lookaside_policy_find("miss-target");
    make();
    assert_true(has_cell(
        "pair/spinlock+jemalloc/size:256/depth:adaptive-miss-target/placement:compact/threads:1"));
    assert_false(has_cell(
        "pair/spinlock+glibc/size:256/depth:adaptive-miss-target/placement:compact/threads:1"));
    assert_true(has_cell(
        "pair/malloc+glibc/size:256/depth:adaptive-miss-target/placement:compact/threads:1"));
}

static bool has_malloc(const char *allocator)
{
    char name[LA_CELL_NAME_BYTES];

    snprintf(name, sizeof name, "pair/malloc+%s/size:%zu/depth:256/placement:compact/threads:1",
             allocator, plan->groups[0].setting.size);
    return has_cell(name);
}

/* As many as there are here: quick has the best ones only, unless somebody asks. */
static void quick_leaves_out_the_slower_mallocs(void **state)
{
    struct la_allocator_calls calls;
    const char *reason;
    const bool has_gslice = la_allocator_find("gslice")->load(&calls, &reason);
    const bool has_tbbmalloc = la_allocator_find("tbbmalloc")->load(&calls, &reason);

    (void)state;
    make();
    assert_true(has_malloc("jemalloc"));
    assert_false(has_malloc("gslice") || has_malloc("tbbmalloc"));
    la_plan_free(plan);
    request.strategies[0] = lookaside_strategy_find("malloc");
    request.nr_strategies = 1;
    make();
    assert_int_equal(has_malloc("gslice"), has_gslice);
    assert_int_equal(has_malloc("tbbmalloc"), has_tbbmalloc);
    la_plan_free(plan);
    request.nr_strategies = 0;
    request.suite = la_suite_find("standard");
    make();
    assert_int_equal(has_malloc("gslice"), has_gslice);
    assert_int_equal(has_malloc("tbbmalloc"), has_tbbmalloc);
}

static bool has_peer(const char *allocator)
{
    char name[LA_CELL_NAME_BYTES];

    snprintf(name, sizeof name, "pair/bare_stack+%s/size:%zu/depth:256/placement:compact/threads:1",
             allocator, plan->groups[0].setting.size);
    return has_cell(name);
}

static void peers_come_when_named(void **state)
{
    const struct la_peer *peer = la_peer_find("bare_stack");
    const char *reason;

    (void)state;
    if (!peer->strategy.supported(&reason))
        skip();
    make();
    assert_false(has_peer("glibc"));
    la_plan_free(plan);
    request.strategies[0] = &peer->strategy;
    request.nr_strategies = 1;
    make();
    assert_true(has_peer("glibc"));
    assert_false(has_peer("jemalloc"));
    la_plan_free(plan);
    request.suite = la_suite_find("full");
    request.nr_strategies = 0;
    make();
    assert_true(has_peer("glibc"));
    assert_false(has_peer("jemalloc"));
}

static bool has_contender(const char *name)
{
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        if (strcmp(plan->contenders[i].name, name) == 0)
            return true;
    }
    return false;
}

/* A bound list takes part beside the dispatched one only where it is asked for, and the arrays
 * only in workloads whose objects go back where they were taken. */
static void bound_lists_are_contenders_of_their_own(void **state)
{
    size_t with_array = 0;

    (void)state;
    request.bound[0] = lookaside_strategy_find("percpu");
    request.nr_bound = 1;
    request.tl_array = request.tl_array_called = true;
    make();
    assert_true(has_contender("percpu-bound+glibc"));
    assert_true(has_contender("tl-array+glibc"));
    assert_true(has_contender("tl-array-called+glibc"));
    assert_false(has_contender("percpu+glibc"));
    for (size_t i = 0; i < plan->nr_cells; i++) {
        const struct la_group *group = &plan->groups[plan->cells[i].group];

        if (!la_contender_is_array(plan->cells[i].contender))
            continue;
        assert_true(group->setting.workload->returns_own);
        with_array++;
    }
    assert_true(with_array > 0 && with_array < 2 * plan->nr_groups);
    la_plan_free(plan);
    request.nr_bound = 0;
    request.tl_array = request.tl_array_called = false;
    make();
    assert_true(has_contender("percpu+glibc"));
    assert_false(has_contender("percpu-bound+glibc"));
    assert_false(has_contender("tl-array+glibc"));
    assert_false(has_contender("tl-array-called+glibc"));
}

static void what_is_named_must_be_there(void **state)
{
    struct la_allocator_calls calls;
    const char *reason;

    (void)state;
    request.allocators[0] = la_allocator_find("gslice");
    request.nr_allocators = 1;
    request.strategies[0] = lookaside_strategy_find("spinlock");
    request.nr_strategies = 1;
    if (request.allocators[0]->load(&calls, &reason)) {
        make();
        assert_true(
            has_cell("pair/spinlock+gslice/size:256/depth:256/placement:compact/threads:1"));
        return;
    }
    plan = la_plan_make(&request, topology, &why);
    assert_null(plan);
    assert_non_null(strstr(why, "gslice cannot be used here: "));
}

static bool only_handoff_slist(const char *name)
{
    return strncmp(name, "handoff/spinlock", strlen("handoff/spinlock")) == 0;
}

static bool nothing(const char *name)
{
    (void)name;
    return false;
}

/* Selection by name keeps the references of the groups that it touches, and drops the others. */
static void selection_keeps_references(void **state)
{
    (void)state;
    request.selected = only_handoff_slist;
    make();
    assert_int_equal(plan->nr_groups, 2);
    assert_int_equal(plan->nr_cells, 2 * 4);
    assert_true(has_cell("handoff/floor/size:256/depth:256/placement:compact/threads:4"));
}

static void impossible_requests_are_refused(void **state)
{
    (void)state;
    request.threads[0] = 5;
    request.nr_threads = 1;
    assert_null(la_plan_make(&request, topology, &why));
    assert_true(strlen(why) > 0);
    request.oversubscribe = true;
    make();
    assert_true(plan->groups[0].oversubscribed);
    la_plan_free(plan);
    plan = NULL;
    request.threads[0] = 2;
    request.placement = "cross-numa";
    assert_null(la_plan_make(&request, topology, &why));
    assert_non_null(strstr(why, "cross-numa"));
    request.placement = NULL;
    request.selected = nothing;
    assert_null(la_plan_make(&request, topology, &why));
}

/* Four on each CPU unless it is said, for many slices of the scheduler. */
static void oversubscription_takes_longer_windows(void **state)
{
    (void)state;
    request.placement = "oversubscribed";
    request.workloads[0] = la_workload_find("pair");
    request.nr_workloads = 1;
    make();
    assert_int_equal(plan->nr_groups, 1);
    assert_int_equal(plan->groups[0].placement.nr_threads, 16);
    assert_true(plan->groups[0].oversubscribed);
    assert_true(plan->groups[0].setting.window_ns >= 250 * UINT64_C(1000000));
    assert_true(has_cell("pair/floor/size:256/depth:256/placement:oversubscribed/threads:16"));
}

static void goals_are_cells_of_their_own(void **state)
{
    (void)state;
    request.suite = la_suite_find("goals");
    make();
    assert_string_equal(plan->left_out, "");
    assert_int_equal(plan->nr_groups, 8);
    assert_true(has_cell("pair/slist+glibc/size:256/depth:256/placement:compact/threads:1"));
    assert_true(has_cell("pair/malloc+jemalloc/size:256/depth:256/placement:compact/threads:1"));
    assert_true(has_cell("pair/percpu+glibc/size:256/depth:256/placement:compact/threads:4"));
    assert_true(has_cell("pair/spinlock+glibc/size:256/depth:256/placement:oversubscribed/"
                         "threads:16"));
    assert_true(has_cell("burst-cold/slist+glibc/size:256/depth:262144/placement:compact/"
                         "threads:1"));
    assert_true(has_cell("handoff/spinlock+glibc/size:256/depth:256/placement:compact/threads:2"));
    for (size_t i = 0; i < 2; i++) {
        static const char *const workloads[] = {"pair", "burst"};
        char name[LA_CELL_NAME_BYTES];

        snprintf(name, sizeof name,
                 "%s/tl-array-called+glibc/size:256/depth:256/placement:compact/threads:1",
                 workloads[i]);
        assert_true(has_cell(name));
    }
    assert_false(has_cell("pair/tl-array-called+glibc/size:256/depth:256/placement:compact/"
                          "threads:4"));
    assert_false(has_cell("burst/slist+glibc/size:256/depth:256/placement:compact/threads:1"));
    assert_true(group_of("burst-cold", 1)->setting.window_ns > plan->window_ns);
    assert_null(group_of("burst", 4));
}

static void goals_can_be_narrowed(void **state)
{
    (void)state;
    request.suite = la_suite_find("goals");
    request.workloads[0] = la_workload_find("pair");
    request.nr_workloads = 1;
    request.threads[0] = 4;
    request.threads[1] = 16;
    request.nr_threads = 2;
    request.strategies[0] = lookaside_strategy_find("spinlock");
    request.nr_strategies = 1;
    make();
    assert_int_equal(plan->nr_groups, 2);
    assert_int_equal(plan->nr_cells, 2 * 4);
    la_plan_free(plan);
    plan = NULL;
    request.threads[0] = 3;
    request.nr_threads = 1;
    assert_null(la_plan_make(&request, topology, &why));
}

/* With one CPU, all CPUs are that one, and nothing can be handed over. */
static void goals_that_the_machine_cannot_give_are_left_out(void **state)
{
    struct la_topology *single = la_topology_load("core:1 pu:1", NULL, &why);

    (void)state;
    request.suite = la_suite_find("goals");
    plan = la_plan_make(&request, single, &why);
    la_topology_free(single);
    assert_non_null(plan);
    assert_int_equal(plan->nr_groups, 6);
    assert_non_null(strstr(plan->left_out, "handoff"));
    assert_non_null(strstr(plan->left_out, "at most 1 thread"));
    for (size_t i = 0; i < plan->nr_cells; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(plan->cells[i].name, plan->cells[j].name);
}

static void every_suite_has_processes_and_no_more_than_blocks(void **state)
{
    const struct la_suite *suite;

    (void)state;
    for (size_t i = 0; (suite = la_suite_at(i)); i++) {
        assert_true(suite->processes > 0);
        assert_int_equal(suite->blocks % suite->processes, 0);
    }
}

static void processes_never_outnumber_blocks(void **state)
{
    (void)state;
    request.blocks = 2;
    make();
    assert_int_equal(plan->processes, 2);
    la_plan_free(plan);
    request.processes = 3;
    plan = la_plan_make(&request, topology, &why);
    assert_null(plan);
    assert_non_null(strstr(why, "no sample"));
}

static double screening_and_base_s(void)
{
    double seconds = 0;

    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];

        seconds += group->run_s * (double)(group->nr_cells * plan->blocks);
        if (group->window_ns[LA_STAGE_SCREEN])
            seconds += la_plan_screening_s(group) * plan->screening_blocks;
    }
    return seconds;
}

/* Longer windows with more time, slices where they are worth it, and always time left over for what
 * is open. */
static void a_users_budget_is_shared_out(void **state)
{
    uint64_t before_ns = 0;

    (void)state;
    for (double budget_s = 40; budget_s <= 640; budget_s *= 2) {
        request.budget_s = budget_s;
        make();
        assert_true(plan->window_ns >= before_ns);
        assert_true(screening_and_base_s() < 0.7 * budget_s);
        assert_true(plan->estimate_s == budget_s);
        assert_int_equal(plan->screening_blocks % 2, 0);
        assert_true(plan->screening_blocks == 0 || plan->window_ns >= 15000000);
        before_ns = plan->window_ns;
        la_plan_free(plan);
    }
    plan = NULL;
    request.budget_s = 5;
    assert_null(la_plan_make(&request, topology, &why));
    assert_non_null(strstr(why, "--budget 5"));
}

static void the_budget_is_shared_out(void **state)
{
    const struct la_suite *quick = la_suite_find("quick");

    (void)state;
    assert_true(la_plan_window_s(quick, 10) == quick->window_s_max);
    for (size_t nr = 10; nr < 2000; nr *= 2) {
        const double window_s = la_plan_window_s(quick, nr);

        assert_true(window_s > 0 && window_s <= quick->window_s_max);
        assert_true((double)nr * la_plan_run_s(window_s, 0) <= quick->budget_s * 1.0001);
    }
    assert_true(la_plan_window_s(quick, 1000000) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_group_has_its_references, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quick_covers_everything_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_narrows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cold_workload_is_on_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(named_allocators_stand_behind_lists_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quick_leaves_out_the_slower_mallocs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(peers_come_when_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bound_lists_are_contenders_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_named_must_be_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(selection_keeps_references, set_up, tear_down),
        cmocka_unit_test_setup_teardown(impossible_requests_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(oversubscription_takes_longer_windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goals_are_cells_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goals_can_be_narrowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goals_that_the_machine_cannot_give_are_left_out, set_up,
                                        tear_down),
        cmocka_unit_test(every_suite_has_processes_and_no_more_than_blocks),
        cmocka_unit_test_setup_teardown(processes_never_outnumber_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_users_budget_is_shared_out, set_up, tear_down),
        cmocka_unit_test(the_budget_is_shared_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
