/* SPDX-License-Identifier: MIT */
/* plan_workloads_test.c: which workloads make sense where, what they need of the machine, and which
 * suites have them. */
#include "plan_fixture.h"

/* --- what makes no sense --- */

static void name_workload(const char *name, unsigned nr_threads)
{
    request.workloads[0] = la_workload_find(name);
    request.nr_workloads = 1;
    assert_non_null(request.workloads[0]);
    request.threads[0] = nr_threads;
    request.nr_threads = nr_threads > 0;
}

static void refused(const char *name, unsigned nr_threads, const char *reason)
{
    name_workload(name, nr_threads);
    plan = la_plan_make(&request, topology, &why);
    assert_null(plan);
    if (!strstr(why, name) || !strstr(why, reason))
        fail_msg("%s with %u threads: %s", name, nr_threads, why);
}

/* By name, with the reason; where other numbers of threads make sense those are left. */
static void what_makes_no_sense_is_refused(void **state)
{
    static const char *const of_three[] = {"one-to-many", "many-to-one", "pipeline"};
    struct la_topology *single;

    (void)state;
    for (size_t i = 0; i < sizeof of_three / sizeof *of_three; i++) {
        refused(of_three[i], 1, "needs 3 threads");
        refused(of_three[i], 2, "with two threads it is handoff");
        name_workload(of_three[i], 0);
        make();
        assert_int_equal(plan->nr_groups, 1);
        assert_int_equal(plan->groups[0].placement.nr_threads, 4);
        assert_non_null(strstr(plan->left_out, of_three[i]));
        la_plan_free(plan);
    }
    refused("bulk-free", 1, "needs 2 threads");
    name_workload("bulk-free", 0);
    request.threads[0] = 1;
    request.threads[1] = 2;
    request.nr_threads = 2;
    request.workloads[1] = la_workload_find("pipeline");
    request.nr_workloads = 2;
    assert_null(la_plan_make(&request, topology, &why));
    assert_non_null(strstr(why, "pipeline: it needs 3 threads"));
    refused("antagonist", 4, "with 4 threads there is none");
    single = la_topology_load("core:1 pu:1", NULL, &why);
    name_workload("migrate", 1);
    plan = la_plan_make(&request, single, &why);
    la_topology_free(single);
    assert_null(plan);
    assert_non_null(strstr(why, "migrate: its threads change CPUs"));
}

static void surroundings_are_planned(void **state)
{
    const struct la_setting *setting;

    (void)state;
    name_workload("migrate", 1);
    make();
    setting = &plan->groups[0].setting;
    assert_int_equal(setting->places->nr_threads, 4);
    assert_int_equal(setting->places->cpu[0], setting->placement->cpu[0]);
    la_plan_free(plan);
    name_workload("migrate", 3);
    make();
    setting = &plan->groups[0].setting;
    assert_int_equal(setting->places->nr_threads, 3);
    la_plan_free(plan);
    name_workload("antagonist", 3);
    make();
    setting = &plan->groups[0].setting;
    assert_int_equal(setting->others->nr_threads, 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_not_equal(setting->placement->cpu[i], setting->others->cpu[0]);
    la_plan_free(plan);
    name_workload("pair", 1);
    make();
    assert_null(plan->groups[0].setting.places);
    assert_null(plan->groups[0].setting.others);
}

/* Small objects that share lines; and a limit in bytes. */
static void some_workloads_have_sizes_and_limits_of_their_own(void **state)
{
    (void)state;
    name_workload("cache-scratch", 2);
    request.suite = la_suite_find("standard");
    make();
    assert_int_equal(plan->nr_groups, 1);
    assert_int_equal(plan->groups[0].setting.size, 16);
    la_plan_free(plan);
    request.sizes[0] = 32;
    request.sizes[1] = 512;
    request.nr_sizes = 2;
    make();
    assert_int_equal(plan->nr_groups, 2);
    la_plan_free(plan);
    name_workload("iso-memory", 1);
    make();
    for (size_t i = 0; i < plan->nr_groups; i++)
        assert_int_equal(plan->groups[i].setting.depth * plan->groups[i].setting.size, 64 << 10);
}

/* --- suites --- */

static void full_has_every_workload(void **state)
{
    const struct la_workload *workload;

    (void)state;
    request.suite = la_suite_find("full");
    make();
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        assert_true(strcmp(workload->name, "regime") == 0 || group_of(workload->name, 1) ||
                    group_of(workload->name, 4));
    assert_non_null(group_of("pair", 32));
    assert_non_null(group_of("pipeline", 8));
    assert_non_null(group_of("regime-h128-r100", 2));
    for (size_t i = 0; i < plan->nr_cells; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(plan->cells[i].name, plan->cells[j].name);
}

static void standard_has_more_than_the_product(void **state)
{
    (void)state;
    request.suite = la_suite_find("standard");
    make();
    assert_true(has_cell("larson/percpu+glibc/size:256/depth:256/placement:compact/threads:4"));
    assert_false(has_cell("larson/percpu+jemalloc/size:256/depth:256/placement:compact/threads:4"));
    assert_true(has_cell("larson/malloc+jemalloc/size:256/depth:256/placement:compact/threads:4"));
    assert_true(has_cell("pair/percpu+jemalloc/size:64/depth:256/placement:compact/threads:4"));
    assert_non_null(group_of("regime-h16-r0", 1));
    assert_null(group_of("regime-h16-r25", 1));
    assert_non_null(group_of("regime-h1024-r100", 4));
    la_plan_free(plan);
    name_workload("pair", 0);
    make();
    assert_null(group_of("larson", 4));
}

/* Groups that need long windows get them, and the others what is left, down to the shortest. */
static void suites_keep_to_their_budgets(void **state)
{
    static const char *const machines[] = {"core:1 pu:1", "core:2 pu:1", "core:4 pu:1",
                                           "core:8 pu:2"};
    static const char *const names[] = {"quick", "standard", "full"};

    (void)state;
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct la_topology *machine = la_topology_load(machines[m], NULL, &why);

            request.suite = la_suite_find(names[i]);
            plan = la_plan_make(&request, machine, &why);
            la_topology_free(machine);
            assert_non_null(plan);
            if (plan->window_ns > 5000000 && plan->estimate_s > 1.001 * request.suite->budget_s)
                fail_msg("%s on %s: %g s", names[i], machines[m], plan->estimate_s);
            assert_true(plan->window_ns >= 5000000);
            assert_true(plan->window_ns > 10000000 || m == 3);
            la_plan_free(plan);
        }
    plan = NULL;
}

/* The lists of a group whose depth adapts warm up 64 milliseconds longer, now and then twice. */
static void time_for_a_depth_to_settle_is_planned(void **state)
{
    double fixed_s, longer_s = 0;

    (void)state;
    name_workload("pair", 2);
    make();
    fixed_s = plan->estimate_s;
    la_plan_free(plan);
    request.policy = lookaside_adaptive_policy();
    make();
    for (size_t i = 0; i < plan->nr_cells; i++)
        longer_s += la_contender_has_list(plan->cells[i].contender) ? 0.064 * plan->blocks : 0;
    assert_true(longer_s > 0);
    assert_true(plan->estimate_s - fixed_s > 0.999 * longer_s);
    assert_true(plan->estimate_s - fixed_s < 1.5 * longer_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(surroundings_are_planned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(some_workloads_have_sizes_and_limits_of_their_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(full_has_every_workload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(standard_has_more_than_the_product, set_up, tear_down),
        cmocka_unit_test_setup_teardown(suites_keep_to_their_budgets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_for_a_depth_to_settle_is_planned, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
