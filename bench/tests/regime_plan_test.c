/* SPDX-License-Identifier: MIT */
/* regime_plan_test.c: which cells the grid of the suite regime becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"
#include "regime.h"

static struct la_topology *topology;
static struct la_request request;
static struct la_plan *plan;

/* Four cores without SMT. */
static int set_up(void **state)
{
    const char *why;

    (void)state;
    topology = la_topology_load("package:1 l3:1 core:4 pu:1", NULL, &why);
    request = (struct la_request){.suite = la_suite_find("regime"), .seed = 1};
    plan = NULL;
    return topology ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    if (plan)
        la_plan_free(plan);
    la_topology_free(topology);
    return 0;
}

static void make(void)
{
    const char *why = "";

    plan = la_plan_make(&request, topology, &why);
    if (!plan)
        fail_msg("no plan: %s", why);
}

static const struct la_group *group_of(const char *workload, unsigned nr_threads)
{
    for (size_t i = 0; i < plan->nr_groups; i++) {
        if (strcmp(plan->groups[i].setting.workload->name, workload) == 0 &&
            plan->groups[i].placement.nr_threads == nr_threads)
            return &plan->groups[i];
    }
    return NULL;
}

/* Every point with 1, 2 and 4 threads, but with one thread only what needs no other; and six with
 * sixteen threads on four CPUs. */
static void every_point_is_a_group_of_its_own(void **state)
{
    size_t nr_points = 0, nr_alone = 0;
    const struct la_workload *point;

    (void)state;
    make();
    for (; (point = la_regime_at(nr_points)); nr_points++) {
        nr_alone += point->remote == 0;
        assert_int_equal(group_of(point->name, 1) != NULL, point->remote == 0);
        assert_non_null(group_of(point->name, 2));
        assert_int_equal(group_of(point->name, 4)->setting.params.hold, point->hold);
        assert_int_equal(group_of(point->name, 4)->setting.params.remote, point->remote);
    }
    assert_int_equal(plan->nr_groups, 2 * nr_points + nr_alone + 6);
    assert_true(group_of("regime-h16-r25", 16)->oversubscribed);
}

static void the_grid_can_be_narrowed(void **state)
{
    (void)state;
    request.workloads[request.nr_workloads++] = la_workload_find("regime-h16-r25");
    request.threads[request.nr_threads++] = 1;
    request.threads[request.nr_threads++] = 2;
    make();
    assert_int_equal(plan->nr_groups, 1);
    assert_non_null(group_of("regime-h16-r25", 2));
}

/* Named in a general suite a point keeps its parameters and its number of threads. */
static void points_run_in_every_suite(void **state)
{
    (void)state;
    request.suite = la_suite_find("quick");
    request.workloads[request.nr_workloads++] = la_workload_find("regime-h128-r50");
    make();
    assert_int_equal(plan->nr_groups, 1);
    assert_int_equal(group_of("regime-h128-r50", 4)->setting.params.hold, 128);
    assert_int_equal(group_of("regime-h128-r50", 4)->setting.params.remote, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_point_is_a_group_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_grid_can_be_narrowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(points_run_in_every_suite, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
