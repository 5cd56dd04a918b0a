/* SPDX-License-Identifier: MIT */
/*
 * percpu_test.c: percpu as one thread at a time sees it: limit, order, transfers between CPUs.
 */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "inject.h"
#include "percpu.h"
#include "percpu_case.h"
#include "rseq.h"
#include "sandbox.h"

enum { NR_LIMITS = 10 };
static const uint32_t limits[NR_LIMITS] = {0,  1,  2,   4,    31,
                                           32, 33, 256, 5000, LOOKASIDE_DEPTH_LIMIT};

static void the_variant_is_the_one_asked_for(void **state)
{
    const char *detail = NULL, *tunables = getenv("GLIBC_TUNABLES");

    (void)state;
    assert_true(percpu->supported(&detail));
    if (tunables && strstr(tunables, "rseq=0"))
        assert_non_null(strstr(detail, "__rseq_size is 0"));
    assert_int_equal(la_rseq()->area == 0, strncmp(detail, "per-CPU locks: ", 15) == 0);
}

static void keeps_exactly_the_limit_in_order(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        make_list(limits[i]);
        for (unsigned round = 0; round < 2; round++) {
            assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
            assert_false(list.push(&list, &entries[NR_ENTRIES - 1]));
            assert_int_equal(get_stats().held, limits[i]);
            pop_expecting_newest_first(limits[i]);
        }
        assert_int_equal(get_stats().pops, 2 * (uint64_t)limits[i]);
        assert_int_equal(get_stats().pushes, 2 * (uint64_t)limits[i]);
        end_list();
    }
}

static void *push_and_pop(void *nr)
{
    uint32_t kept = push_up_to(*(uint32_t *)nr);

    pop_expecting_newest_first(kept);
    return NULL;
}

static void credits_of_an_idle_cpu_are_recalled(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        make_list(limits[i]);
        on_cpu(cpus[1], push_and_pop, &(uint32_t){limits[i]});
        assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
        pop_expecting_newest_first(limits[i]);
        /* And the same again the other way round, now that the credits are here. */
        on_cpu(cpus[1], push_and_pop, &(uint32_t){limits[i]});
        assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
        end_list();
    }
}

static void *push_all(void *nr)
{
    assert_int_equal(push_up_to(*(uint32_t *)nr), *(uint32_t *)nr);
    return NULL;
}

/* entries[0 .. nr-1] in any order: the depot's come before another CPU's, which are newer. */
static void pop_each_once(uint32_t nr)
{
    struct entry *entry;
    uint32_t popped = 0;

    for (uint32_t i = 0; i < nr; i++)
        entries[i].link = NULL;
    for (; (entry = list.pop(&list)); popped++) {
        assert_true(entry < &entries[nr]);
        assert_null(entry->link);
        entry->link = entry;
    }
    assert_int_equal(popped, nr);
}

static void entries_of_an_idle_cpu_are_found(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        make_list(limits[i]);
        on_cpu(cpus[1], push_all, &(uint32_t){limits[i]});
        pop_each_once(limits[i]);
        assert_int_equal(get_stats().pops, limits[i]);
        assert_int_equal(get_stats().pushes, limits[i]);
        end_list();
    }
}

/* A CPU that was offline, or one of another socket, may count from far behind. */
static void a_pause_that_another_clock_set_is_over(void **state)
{
    const struct percpu_state *own = la_state(&list);

    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    make_list(64);
    on_cpu(cpus[1], push_all, &(uint32_t){8});
    for (uint32_t i = 0; i < own->nr_cpus; i++) {
        for (unsigned want = 0; want < PERCPU_NR_WANTS; want++)
            atomic_store_explicit(&own->cpus[i].look_after[want], UINT64_C(1) << 62,
                                  memory_order_relaxed);
    }
    pop_each_once(8);
    end_list();
}

/* A stack that wanders up and down, with a model beside it. */
static void random_walk_is_last_in_first_out(void **state)
{
    static uint32_t model[5000];
    uint32_t seed = 1;

    (void)state;
    bind_to(cpus[0]);
    for (unsigned i = 1; i < NR_LIMITS - 1; i++) {
        uint32_t depth = 0, fresh = 0, limit = limits[i];

        make_list(limit);
        for (unsigned burst = 0; burst < 2000; burst++) {
            seed = seed * 1664525 + 1013904223;
            for (uint32_t n = (seed >> 8) % (limit < 100 ? limit + 2 : 100); n > 0; n--) {
                if (seed >> 31) {
                    assert_int_equal(list.push(&list, &entries[fresh]), depth < limit);
                    if (depth < limit)
                        model[depth++] = fresh++ % (NR_ENTRIES - 1);
                    fresh %= NR_ENTRIES - 1;
                } else {
                    void *expected = depth > 0 ? &entries[model[--depth]] : NULL;

                    assert_ptr_equal(list.pop(&list), expected);
                }
            }
        }
        end_list();
    }
}

static void limit_falls_and_rises(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    make_list(256);
    assert_int_equal(push_up_to(NR_ENTRIES), 256);
    set_limit(100);
    assert_int_equal(chain_length(percpu->drain(&list, 100)), 156);
    assert_int_equal(get_stats().held, 100);
    assert_false(list.push(&list, &entries[0]));
    /* The oldest went: what was freed last is still there. */
    assert_ptr_equal(list.pop(&list), &entries[255]);
    assert_true(list.push(&list, &entries[255]));
    assert_false(list.push(&list, &entries[0]));
    set_limit(1000);
    for (unsigned i = 100; i < 1000; i++)
        assert_true(list.push(&list, &entries[300 + i]));
    assert_false(list.push(&list, &entries[0]));
    /* Claims without entries behind them go as well. */
    while (list.pop(&list))
        continue;
    set_limit(3);
    assert_null(percpu->drain(&list, 3));
    assert_int_equal(push_up_to(NR_ENTRIES), 3);
    pop_expecting_newest_first(3);
    end_list();
}

static void drain_keeps_what_it_is_told(void **state)
{
    static const size_t keeps[] = {5000, 4000, 3999, 600, 513, 100, 33, 1, 0};
    size_t held = 5000;

    (void)state;
    bind_to(cpus[0]);
    make_list(5000);
    assert_int_equal(push_up_to(NR_ENTRIES), 5000);
    for (unsigned i = 0; i < sizeof keeps / sizeof *keeps; i++) {
        void *chain = percpu->drain(&list, keeps[i]);

        /* Newest first: what is drained are the oldest ones, in falling order. */
        for (size_t n = held - keeps[i]; n > 0; n--) {
            assert_ptr_equal(chain, &entries[5000 - held + n - 1]);
            chain = la_chain_next(chain);
        }
        assert_null(chain);
        held = keeps[i];
        assert_int_equal(percpu->count(&list), held);
    }
    assert_null(percpu->drain(&list, 0));
    assert_int_equal(push_up_to(NR_ENTRIES), 5000);
    pop_expecting_newest_first(5000);
    end_list();
}

static void drain_reaches_every_cpu(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    make_list(256);
    on_cpu(cpus[1], push_all, &(uint32_t){100});
    for (unsigned i = 100; i < 200; i++)
        assert_true(list.push(&list, &entries[i]));
    assert_int_equal(chain_length(percpu->drain(&list, 50)), 150);
    assert_int_equal(get_stats().held, 50);
    assert_int_equal(chain_length(percpu->drain(&list, 0)), 50);
    assert_int_equal(get_stats().held, 0);
    assert_int_equal(get_stats().pushes, 200);
    end_list();
}

/* Two ticks without traffic on a CPU: its entries are in the depot, where a third party finds them
 * without a look at that CPU, and its claims are the list's again. */
static void ticks_bring_home_what_idle_cpus_have(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    make_list(256);
    on_cpu(cpus[1], push_all, &(uint32_t){70});
    percpu->tick(&list);
    percpu->tick(&list);
    assert_int_equal(percpu->count(&list), 70);
    pop_expecting_newest_first(70);
    assert_int_equal(push_up_to(NR_ENTRIES), 256);
    percpu->tick(&list);
    percpu->tick(&list);
    percpu->tick(&list);
    assert_int_equal(get_stats().held, 256);
    pop_expecting_newest_first(256);
    end_list();
}

/* In bulk as one by one: the newest first, and as many as there are. */
static void bulk_walk_is_last_in_first_out(void **state)
{
    static void *moved[1000];
    uint32_t seed = 2;

    (void)state;
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        uint32_t depth = 0, limit = limits[i];

        make_list(limit);
        for (unsigned burst = 0; burst < 1000; burst++) {
            uint32_t nr = (seed = seed * 1664525 + 1013904223) >> 8, n;

            nr %= limit < 500 ? limit + 3 : 1000;
            if (seed >> 31) {
                for (n = 0; n < nr; n++)
                    moved[n] = &entries[depth + n];
                n = nr < limit - depth ? nr : limit - depth;
                assert_int_equal(percpu->push_bulk(&list, moved, nr), n);
                depth += n;
            } else {
                n = nr < depth ? nr : depth;
                assert_int_equal(percpu->pop_bulk(&list, moved, nr), n);
                for (uint32_t k = 0; k < n; k++)
                    assert_ptr_equal(moved[k], &entries[--depth]);
            }
            assert_int_equal(get_stats().held, depth);
        }
        end_list();
    }
}

static void *push_in_bulk(void *nr)
{
    static void *moved[5000];

    for (uint32_t i = 0; i < *(uint32_t *)nr; i++)
        moved[i] = &entries[i];
    assert_int_equal(percpu->push_bulk(&list, moved, *(uint32_t *)nr), *(uint32_t *)nr);
    return NULL;
}

/* Another CPU's slab and another cache's depot are as near as the own to one who is alone. */
static void bulk_reaches_what_an_idle_cpu_has(void **state)
{
    static void *moved[5000];

    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        make_list(limits[i]);
        on_cpu(cpus[1], push_in_bulk, &(uint32_t){limits[i]});
        assert_int_equal(percpu->pop_bulk(&list, moved, 5000), limits[i]);
        assert_int_equal(percpu->push_bulk(&list, moved, limits[i]), limits[i]);
        assert_int_equal(get_stats().pops, limits[i]);
        assert_int_equal(get_stats().pushes, 2 * (uint64_t)limits[i]);
        end_list();
    }
}

#ifdef LOOKASIDE_INJECT
void la_inject(unsigned point)
{
    (void)point;
}
#endif

static void drain_all(void *unused)
{
    (void)unused;
    (void)percpu->drain(&list, 0);
}

/* Whoever takes what a CPU has needs the fence, and there is no going on without. */
static void a_drain_of_a_used_slab_fences(void **state)
{
    (void)state;
    if (!la_rseq()->area)
        skip();
    make_list(256);
    assert_true(list.push(&list, &entries[0]));
    aborts_without_membarrier(drain_all, NULL);
    drain_all(NULL);
    end_list();
}

static int run(CMFixtureFunction set_up)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_variant_is_the_one_asked_for),
        cmocka_unit_test(keeps_exactly_the_limit_in_order),
        cmocka_unit_test(credits_of_an_idle_cpu_are_recalled),
        cmocka_unit_test(entries_of_an_idle_cpu_are_found),
        cmocka_unit_test(a_pause_that_another_clock_set_is_over),
        cmocka_unit_test(random_walk_is_last_in_first_out),
        cmocka_unit_test(limit_falls_and_rises),
        cmocka_unit_test(drain_keeps_what_it_is_told),
        cmocka_unit_test(drain_reaches_every_cpu),
        cmocka_unit_test(ticks_bring_home_what_idle_cpus_have),
        cmocka_unit_test(a_drain_of_a_used_slab_fences),
        cmocka_unit_test(bulk_walk_is_last_in_first_out),
        cmocka_unit_test(bulk_reaches_what_an_idle_cpu_has),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

int main(int nr_arguments, char **arguments)
{
    return run_cases(nr_arguments, arguments, run);
}
