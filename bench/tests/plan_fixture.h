/* SPDX-License-Identifier: MIT */
/* plan_fixture.h: a request, a machine that is described, and the plan that they make. */
#ifndef LA_TEST_PLAN_FIXTURE_H
#define LA_TEST_PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

static struct la_topology *topology;
static struct la_request request;
static struct la_plan *plan;
static const char *why;

/* Four cores without SMT. */
static inline int set_up(void **state)
{
    (void)state;
    topology = la_topology_load("package:1 l3:1 core:4 pu:1", NULL, &why);
    request = (struct la_request){.suite = la_suite_find("quick"), .seed = 1};
    plan = NULL;
    return topology ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    if (plan)
        la_plan_free(plan);
    la_topology_free(topology);
    return 0;
}

static inline void make(void)
{
    why = "";
    plan = la_plan_make(&request, topology, &why);
    if (!plan)
        fail_msg("no plan: %s", why);
}

static inline bool has_cell(const char *name)
{
    for (size_t i = 0; i < plan->nr_cells; i++) {
        if (strcmp(plan->cells[i].name, name) == 0)
            return true;
    }
    return false;
}

static __attribute__((noinline, unused)) const struct la_group *group_of(const char *workload,
                                                                         unsigned nr_threads)
{
    for (size_t i = 0; i < plan->nr_groups; i++) {
        if (strcmp(plan->groups[i].setting.workload->name, workload) == 0 &&
            plan->groups[i].placement.nr_threads == nr_threads)
            return &plan->groups[i];
    }
    return NULL;
}

#endif
