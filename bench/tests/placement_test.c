/* SPDX-License-Identifier: MIT */
/*
 * placement_test.c: placements planned on machines that are not here: two packages, four NUMA
 * nodes, SMT, hybrid kinds, a single CPU; and bound on the one that is. hwloc numbers synthetic
 * CPUs in depth-first order, so that the expected CPUs can be read off the description.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "placement.h"
#include "topology.h"

/* CPUs 0-31 and 32-63 are packages; 16 to a node, 8 to an L3, siblings 2k and 2k+1. */
static const char big[] = "pack:2 numa:2 l3:2 core:4 pu:2";
static const char one_cpu[] = "pack:1 l3:1 core:1 pu:1";

/* NULL: this machine. */
static struct la_topology *synthetic(const char *description)
{
    const char *why = NULL;
    struct la_topology *topology = la_topology_load(description, NULL, &why);

    if (!topology)
        fail_msg("%s", why);
    return topology;
}

static struct la_placement plan;

static int plan_on(const char *description, const char *name, unsigned nr, bool oversubscribe,
                   char *reason)
{
    struct la_topology *topology = synthetic(description);
    const char *why = "";
    const int status = la_placement_plan(topology, name, nr, oversubscribe, &plan, &why);

    la_topology_free(topology);
    if (reason)
        strcpy(reason, why);
    return status;
}

/* With this in the plan's note, which is empty where nothing is asked for; NULL: any note. */
static void puts_threads_on(const char *description, const char *name, unsigned nr,
                            const unsigned *cpus, const char *note)
{
    assert_int_equal(plan_on(description, name, nr, false, NULL), 0);
    assert_int_equal(plan.nr_threads, nr);
    assert_string_equal(plan.name, name);
    for (unsigned i = 0; i < nr; i++)
        assert_int_equal(plan.cpu[i], cpus[i]);
    if (note && (*note ? !strstr(plan.note, note) : *plan.note))
        fail_msg("'%s' is not the note '%s'", note, plan.note);
}

static void refuses(const char *description, const char *name, unsigned nr, int error,
                    const char *saying)
{
    char reason[512];

    assert_int_equal(plan_on(description, name, nr, false, reason), error);
    assert_non_null(strstr(reason, name));
    if (!strstr(reason, saying))
        fail_msg("'%s' is not in '%s'", saying, reason);
}

#define CPUS(...) ((const unsigned[]){__VA_ARGS__})

static void compact_takes_near_cores_before_siblings(void **state)
{
    (void)state;
    puts_threads_on(big, "compact", 6, CPUS(0, 2, 4, 6, 8, 10), "");
    puts_threads_on("pack:1 l3:1 core:2 pu:2", "compact", 4, CPUS(0, 2, 1, 3), "siblings");
}

static void scatter_spreads_at_every_level(void **state)
{
    (void)state;
    puts_threads_on(big, "scatter", 9, CPUS(0, 32, 16, 48, 8, 40, 24, 56, 2), "");
    /* A small package that is full does not push threads onto siblings of the other. */
    puts_threads_on("pack:2 core:2 pu:2", "scatter", 8, CPUS(0, 4, 2, 6, 1, 5, 3, 7), NULL);
}

static void every_cpu_is_taken_once(void **state)
{
    static const char *const names[] = {"compact",   "scatter",    "smt-pair",
                                        "cross-llc", "cross-numa", "cross-package"};

    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool seen[64] = {false};

        assert_int_equal(plan_on(big, names[n], 64, false, NULL), 0);
        for (unsigned i = 0; i < 64; i++) {
            assert_true(plan.cpu[i] < 64);
            assert_false(seen[plan.cpu[i]]);
            seen[plan.cpu[i]] = true;
        }
    }
}

static void smt_pairs_share_a_core(void **state)
{
    (void)state;
    puts_threads_on(big, "smt-pair", 4, CPUS(0, 1, 2, 3), "");
    assert_int_equal(plan_on(big, "smt-pair", 3, false, NULL), 0);
    assert_non_null(strstr(plan.note, "no partner"));
    /* Of four hardware threads two make the pair. */
    puts_threads_on("pack:1 core:2 pu:4", "smt-pair", 4, CPUS(0, 1, 4, 5), NULL);
    refuses("pack:1 core:2 pu:4", "smt-pair", 5, -ERANGE, "at most 4 threads");
    refuses("pack:2 core:4 pu:1", "smt-pair", 2, -ENOTSUP, "two usable hardware threads");
    refuses(big, "smt-pair", 1, -ERANGE, "at least 2 threads");
}

static void same_llc_stays_inside(void **state)
{
    (void)state;
    puts_threads_on(big, "same-llc", 4, CPUS(0, 2, 4, 6), "");
    puts_threads_on(big, "same-llc", 5, CPUS(0, 2, 4, 6, 1), "siblings");
    refuses(big, "same-llc", 9, -ERANGE, "at most 8 threads");
    refuses("pack:2 l3:1 core:1 pu:2", "same-llc", 2, -ENOTSUP, "shared by two usable cores");
    refuses("pack:1 core:4 pu:1", "same-llc", 2, -ENOTSUP, "known");
}

static void cross_llc_stays_near(void **state)
{
    (void)state;
    puts_threads_on(big, "cross-llc", 4, CPUS(0, 8, 2, 10), "");
    puts_threads_on("pack:1 numa:2 l3:1 core:2 pu:1", "cross-llc", 2, CPUS(0, 2),
                    "crosses NUMA nodes too");
    puts_threads_on("pack:2 l3:1 core:2 pu:1", "cross-llc", 2, CPUS(0, 2), "crosses packages too");
    refuses("pack:1 l3:1 core:8 pu:1", "cross-llc", 2, -ENOTSUP, "second last-level cache");
    refuses("pack:2 core:2 pu:1", "cross-llc", 2, -ENOTSUP, "second last-level cache");
}

static void cross_numa_stays_in_the_package(void **state)
{
    (void)state;
    puts_threads_on(big, "cross-numa", 4, CPUS(0, 16, 2, 18), "");
    puts_threads_on("pack:2 numa:1 core:2 pu:1", "cross-numa", 2, CPUS(0, 2),
                    "crosses packages too");
    refuses("pack:2 core:2 pu:1", "cross-numa", 2, -ENOTSUP, "second NUMA node");
}

static void cross_package_pairs(void **state)
{
    (void)state;
    puts_threads_on(big, "cross-package", 4, CPUS(0, 32, 2, 34), "");
    refuses("pack:1 numa:2 core:2 pu:1", "cross-package", 2, -ENOTSUP, "second package");
    refuses(big, "cross-package", 1, -ERANGE, "at least 2 threads");
}

/* Threads 2k and 2k+1 of every cross placement differ in what is crossed, at any number. */
static void partners_always_differ(void **state)
{
    static const struct {
        const char *name;
        unsigned cpus_per_domain;
    } crossings[] = {{"cross-llc", 8}, {"cross-numa", 16}, {"cross-package", 32}};

    (void)state;
    for (size_t c = 0; c < 3; c++) {
        for (unsigned nr = 2; nr <= 64; nr++) {
            assert_int_equal(plan_on(big, crossings[c].name, nr, false, NULL), 0);
            for (unsigned i = 0; i + 1 < nr; i += 2)
                assert_int_not_equal(plan.cpu[i] / crossings[c].cpus_per_domain,
                                     plan.cpu[i + 1] / crossings[c].cpus_per_domain);
        }
    }
}

static void a_single_cpu(void **state)
{
    static const char *const lacking[] = {"smt-pair", "same-llc", "cross-llc", "cross-numa",
                                          "cross-package"};

    (void)state;
    puts_threads_on(one_cpu, "compact", 1, CPUS(0), NULL);
    puts_threads_on(one_cpu, "scatter", 1, CPUS(0), NULL);
    refuses(one_cpu, "compact", 2, -ERANGE, "at most 1 thread here");
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++)
        refuses(one_cpu, lacking[i], 2, -ENOTSUP, lacking[i]);
}

static void oversubscription_is_asked_for(void **state)
{
    unsigned on_cpu[2] = {0};

    (void)state;
    assert_int_equal(plan_on("pack:1 core:2 pu:1", "compact", 5, false, NULL), -ERANGE);
    assert_int_equal(plan_on("pack:1 core:2 pu:1", "compact", 5, true, NULL), 0);
    for (unsigned i = 0; i < 5; i++)
        on_cpu[plan.cpu[i]]++;
    assert_int_equal(on_cpu[0], 3);
    assert_int_equal(on_cpu[1], 2);
    assert_string_equal(plan.note, "oversubscribed: up to 3 threads on a CPU");
    assert_int_equal(plan_on("pack:2 core:2 pu:1", "smt-pair", 2, true, NULL), -ENOTSUP);
    assert_int_equal(plan_on(big, "compact", PLACEMENT_MAX_THREADS, true, NULL), 0);
    assert_int_equal(plan_on(big, "compact", PLACEMENT_MAX_THREADS + 1, true, NULL), -ERANGE);
}

static void oversubscribed_shares_every_cpu_alike(void **state)
{
    (void)state;
    puts_threads_on("pack:1 core:2 pu:1", "oversubscribed", 8, CPUS(0, 1, 0, 1, 0, 1, 0, 1), NULL);
    assert_int_equal(la_placement_cpus(&plan), 2);
    assert_string_equal(plan.note, "oversubscribed: up to 4 threads on a CPU");
    puts_threads_on("core:1 pu:1", "oversubscribed", 2, CPUS(0, 0), NULL);
    refuses("pack:1 core:2 pu:1", "oversubscribed", 5, -ERANGE, "multiple of the 2 CPUs");
    refuses("pack:1 core:2 pu:1", "oversubscribed", 2, -ERANGE, "from 4 to 16 threads");
    refuses("pack:1 core:2 pu:1", "oversubscribed", 18, -ERANGE, "from 4 to 16 threads");
    assert_int_equal(plan_on(big, "compact", 3, false, NULL), 0);
    assert_int_equal(la_placement_cpus(&plan), 3);
}

static void senseless_requests(void **state)
{
    (void)state;
    refuses(big, "nearby", 2, -EINVAL, "unknown placement 'nearby'");
    refuses(big, "compact", 0, -ERANGE, "at least 1 thread");
    refuses(big, "compact", 65, -ERANGE, "at most 64 threads");
}

static void capacity_is_what_can_be_planned(void **state)
{
    struct la_topology *topology = synthetic(big);
    const char *name, *why = NULL;
    struct la_placement planned;

    (void)state;
    for (size_t i = 0; (name = la_placement_name(i)); i++) {
        const unsigned held = la_placement_capacity(topology, name, &why);

        assert_true(held >= 2);
        assert_non_null(la_placement_summary(i));
        assert_int_equal(la_placement_plan(topology, name, held, false, &planned, &why), 0);
        assert_int_equal(la_placement_plan(topology, name, held + 1, false, &planned, &why),
                         -ERANGE);
    }
    assert_int_equal(la_placement_capacity(topology, "nearby", &why), 0);
    la_topology_free(topology);
}

/* A machine that no description has: a described one, altered, and read back from a file. */
static struct la_topology *altered(const char *description,
                                   void (*alter)(hwloc_topology_t hwloc, hwloc_bitmap_t cpus))
{
    char path[] = "/tmp/lookaside-topology-XXXXXX";
    const int descriptor = mkstemp(path);
    struct la_topology *topology;
    hwloc_topology_t hwloc;
    const char *why = NULL;
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    assert_true(descriptor >= 0);
    assert_int_equal(hwloc_topology_init(&hwloc), 0);
    assert_int_equal(hwloc_topology_set_synthetic(hwloc, description), 0);
    assert_int_equal(hwloc_topology_load(hwloc), 0);
    alter(hwloc, cpus);
    assert_int_equal(hwloc_topology_export_xml(hwloc, path, 0), 0);
    hwloc_topology_destroy(hwloc);
    hwloc_bitmap_free(cpus);
    topology = la_topology_load(NULL, path, &why);
    close(descriptor);
    unlink(path);
    assert_non_null(topology);
    return topology;
}

static int slow, fast; /* efficiency of the kinds, -1: unknown */

/* Four slow cores first and two fast ones, two hardware threads each, behind. */
static void register_kinds(hwloc_topology_t hwloc, hwloc_bitmap_t cpus)
{
    hwloc_bitmap_set_range(cpus, 0, 7);
    assert_int_equal(hwloc_cpukinds_register(hwloc, cpus, slow, 0, NULL, 0), 0);
    hwloc_bitmap_zero(cpus);
    hwloc_bitmap_set_range(cpus, 8, 11);
    assert_int_equal(hwloc_cpukinds_register(hwloc, cpus, fast, 0, NULL, 0), 0);
}

static struct la_topology *hybrid(int slow_efficiency, int fast_efficiency)
{
    slow = slow_efficiency;
    fast = fast_efficiency;
    return altered("pack:1 l3:1 core:6 pu:2", register_kinds);
}

/* Of three packages the process may use five CPUs, two and two. */
static void leave_nine_cpus(hwloc_topology_t hwloc, hwloc_bitmap_t cpus)
{
    hwloc_bitmap_set_range(cpus, 0, 6);
    hwloc_bitmap_set_range(cpus, 10, 11);
    assert_int_equal(hwloc_topology_restrict(hwloc, cpus, 0), 0);
}

/* Four CPUs of the first package have a partner elsewhere if none of the others is wasted on a pair
 * of its own; the fifth is left. */
static void large_domains_keep_their_partners(void **state)
{
    struct la_topology *topology = altered("pack:3 l3:1 core:5 pu:1", leave_nine_cpus);
    const char *why = NULL;

    (void)state;
    assert_int_equal(la_placement_capacity(topology, "cross-llc", &why), 9);
    assert_int_equal(la_placement_capacity(topology, "cross-package", &why), 9);
    assert_int_equal(la_placement_plan(topology, "cross-llc", 8, false, &plan, &why), 0);
    for (unsigned i = 0; i < 8; i += 2)
        assert_int_not_equal(plan.cpu[i] / 5, plan.cpu[i + 1] / 5);
    la_topology_free(topology);
}

static void hybrid_prefers_the_fast_kind_and_says_so(void **state)
{
    struct la_topology *topology = hybrid(1, 2);
    const char *why = NULL;

    (void)state;
    assert_int_equal(topology->nr_kinds, 2);
    assert_int_equal(la_placement_plan(topology, "compact", 2, false, &plan, &why), 0);
    assert_int_equal(plan.cpu[0], 8);
    assert_int_equal(plan.cpu[1], 10);
    assert_string_equal(plan.note, "CPU kind 1 of 2 only (1 is the most performant)");
    assert_int_equal(la_placement_plan(topology, "scatter", 4, false, &plan, &why), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_true(plan.cpu[i] >= 8);
    assert_int_equal(la_placement_plan(topology, "compact", 6, false, &plan, &why), 0);
    assert_non_null(strstr(plan.note, "mixes CPU kinds: 2 of 6 threads"));
    la_topology_free(topology);
}

static void unrated_kinds_are_not_called_fast(void **state)
{
    struct la_topology *topology = hybrid(-1, -1);
    const char *why = NULL;

    (void)state;
    assert_int_equal(topology->nr_kinds, 2);
    assert_true(topology->kinds_unrated);
    assert_int_equal(la_placement_plan(topology, "compact", 2, false, &plan, &why), 0);
    assert_string_equal(plan.note, "one of 2 CPU kinds; which is faster is unknown");
    la_topology_free(topology);
}

static void unreadable_topologies(void **state)
{
    static const char *const tried[][3] = {{"nonsense:2", NULL, "nonsense:2"},
                                           {NULL, "/nonexistent/machine.xml", "No such file"},
                                           {NULL, "/proc/self/exe", "/proc/self/exe"}};
    const char *why = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        assert_null(la_topology_load(tried[i][0], tried[i][1], &why));
        assert_non_null(strstr(why, tried[i][2]));
    }
}

static void domains_are_counted(void **state)
{
    struct la_topology *topology = synthetic(big);

    (void)state;
    assert_int_equal(la_topology_cpus(topology), 64);
    assert_int_equal(la_topology_domains(topology, LA_PACKAGE), 2);
    assert_int_equal(la_topology_domains(topology, LA_NODE), 4);
    assert_int_equal(la_topology_domains(topology, LA_LLC), 8);
    assert_int_equal(la_topology_domains(topology, LA_CORE), 32);
    la_topology_free(topology);
}

static void the_tree_is_printed(void **state)
{
    struct la_topology *topology = synthetic("pack:2 l3:1 core:2 pu:2");
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    la_topology_print(topology, stream);
    fclose(stream);
    assert_string_equal(text, "2 packages, 1 NUMA node, 2 last-level caches, 4 cores, "
                              "8 usable CPUs\n"
                              "package 0\n"
                              "  NUMA node 0\n"
                              "    L3 16 MiB: 2 cores, CPUs 0+1 2+3\n"
                              "package 1\n"
                              "  NUMA node 0\n"
                              "    L3 16 MiB: 2 cores, CPUs 4+5 6+7\n");
    free(text);
    la_topology_free(topology);
}

static cpu_set_t given; /* this process's mask */

static int restore_mask(void **state)
{
    (void)state;
    return sched_setaffinity(0, sizeof given, &given);
}

static void the_affinity_mask_is_kept(void **state)
{
    struct la_topology *topology;
    const char *why = NULL;
    cpu_set_t one;
    int last = -1;

    (void)state;
    for (int i = 0; i < CPU_SETSIZE; i++)
        last = CPU_ISSET(i, &given) ? i : last;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    topology = synthetic(NULL);
    assert_int_equal(la_topology_cpus(topology), 1);
    assert_int_equal(la_placement_plan(topology, "compact", 1, false, &plan, &why), 0);
    assert_int_equal(plan.cpu[0], last);
    assert_int_equal(la_placement_plan(topology, "compact", 2, false, &plan, &why), -ERANGE);
    la_topology_free(topology);
}

static void threads_are_bound_and_verified(void **state)
{
    struct la_topology *topology = synthetic(NULL);
    const unsigned nr = la_topology_cpus(topology);
    const char *why = NULL;

    (void)state;
    assert_int_equal(nr, CPU_COUNT(&given));
    assert_int_equal(la_placement_plan(topology, "scatter", nr, false, &plan, &why), 0);
    for (unsigned i = 0; i < nr; i++) {
        assert_true(CPU_ISSET(plan.cpu[i], &given));
        assert_int_equal(la_placement_bind_self(&plan, i), 0);
        assert_int_equal(sched_getcpu(), plan.cpu[i]);
        assert_true(la_placement_holds_self(&plan, i));
        if (nr > 1)
            assert_false(la_placement_holds_self(&plan, (i + 1) % nr));
    }
    la_topology_free(topology);
}

static void what_is_not_here_is_not_bound(void **state)
{
    (void)state;
    assert_int_equal(plan_on(big, "compact", 1, false, NULL), 0);
    assert_true(plan.elsewhere);
    assert_int_equal(la_placement_bind_self(&plan, 0), -ENOTSUP);
    plan.elsewhere = false;
    plan.cpu[0] = 1000000;
    assert_int_equal(la_placement_bind_self(&plan, 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_takes_near_cores_before_siblings),
        cmocka_unit_test(scatter_spreads_at_every_level),
        cmocka_unit_test(every_cpu_is_taken_once),
        cmocka_unit_test(smt_pairs_share_a_core),
        cmocka_unit_test(same_llc_stays_inside),
        cmocka_unit_test(cross_llc_stays_near),
        cmocka_unit_test(cross_numa_stays_in_the_package),
        cmocka_unit_test(cross_package_pairs),
        cmocka_unit_test(partners_always_differ),
        cmocka_unit_test(large_domains_keep_their_partners),
        cmocka_unit_test(a_single_cpu),
        cmocka_unit_test(oversubscription_is_asked_for),
        cmocka_unit_test(oversubscribed_shares_every_cpu_alike),
        cmocka_unit_test(senseless_requests),
        cmocka_unit_test(capacity_is_what_can_be_planned),
        cmocka_unit_test(hybrid_prefers_the_fast_kind_and_says_so),
        cmocka_unit_test(unrated_kinds_are_not_called_fast),
        cmocka_unit_test(unreadable_topologies),
        cmocka_unit_test(domains_are_counted),
        cmocka_unit_test(the_tree_is_printed),
        cmocka_unit_test_teardown(the_affinity_mask_is_kept, restore_mask),
        cmocka_unit_test_teardown(threads_are_bound_and_verified, restore_mask),
        cmocka_unit_test(what_is_not_here_is_not_bound),
    };

    if (sched_getaffinity(0, sizeof given, &given) != 0)
        return 1; /* more CPUs than a fixed set holds: nothing to compare with */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
