/* SPDX-License-Identifier: MIT */
/*
 * workload_claims_test.c: that workloads do what their descriptions say: which share of the objects
 * is freed by another thread, how many allocations a list of a known depth can serve, when threads
 * end and move. What is random is looked at over so many operations that a tolerance of several
 * standard deviations is still narrow; the random numbers are the same in every run.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "phase.h"
#include "workload_crew.h"

enum { DEPTH = 256 };

static const struct la_workload *named(const char *name)
{
    const struct la_workload *workload = la_workload_find(name);

    assert_non_null(workload);
    return workload;
}

static void near_to(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%g is not within %g of %g", value, tolerance, expected);
}

/* --- remote shares --- */

/* Of the objects that came back while the batches ran. */
static double remote_share(const char *name, unsigned nr_threads, unsigned nr_batches)
{
    double share;

    crew_init(named(name), nr_threads, LA_KIND_DIRECT, NULL, 0);
    crew.nr_batches = nr_batches;
    crew.nr_samples = 0;
    crew_run();
    share =
        (double)(crew.ran.remote - crew.filled.remote) / (double)(crew.ran.back - crew.filled.back);
    crew_fini();
    return share;
}

/* What returns_own promises, to arrays per thread above all. */
static void own_objects_come_back_to_their_thread(void **state)
{
    const struct la_workload *workload;

    (void)state;
    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        if (!workload->returns_own)
            continue;
        for (unsigned nr = crew_least(workload); nr <= CREW_MOST; nr++) {
            crew_init(workload, nr, LA_KIND_DIRECT, NULL, 0);
            crew.nr_batches = crew.nr_samples = workload->tick_ns ? 2 : 10;
            crew_run();
            if (oracle_now().remote)
                fail_msg("%s, %u threads: %ju objects went astray", workload->name, nr,
                         (uintmax_t)oracle_now().remote);
            crew_fini();
        }
    }
}

static void all_frees_are_remote_where_it_says_so(void **state)
{
    static const char *const names[] = {"one-to-many", "many-to-one", "pipeline"};

    (void)state;
    assert_true(remote_share("handoff", 2, 20) == 1);
    assert_true(remote_share("xmalloc", 2, 20) == 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (unsigned nr = 3; nr <= CREW_MOST; nr++)
            assert_true(remote_share(names[i], nr, 20) == 1);
}

/* One free in two is of what the neighbour sent. By turns, as nobody waits here: how far the
 * threads get is then no matter of the scheduler. 200 bursts of a standard deviation of a third of
 * their mean make 0.01. */
static void rptest_frees_as_many_of_its_neighbours(void **state)
{
    enum { TURNS = 200 };
    const struct la_workload *rptest = named("rptest");

    (void)state;
    for (unsigned nr = 2; nr <= CREW_MOST; nr++) {
        struct oracle end;

        crew_init(rptest, nr, LA_KIND_DIRECT, NULL, 0);
        for (unsigned step = 0; step < TURNS + 2; step++)
            for (unsigned i = 0; i < nr; i++) {
                oracle_i_am(i);
                if (step == 0)
                    rptest->fill(&crew.workers[i]);
                else if (step <= TURNS)
                    rptest->run[LA_KIND_DIRECT](&crew.workers[i]);
                else if (i == 0)
                    crew.ran = oracle_now();
            }
        for (unsigned i = 0; i < nr; i++) {
            oracle_i_am(i);
            rptest->drain(&crew.workers[i]);
        }
        end = oracle_now();
        near_to((double)crew.ran.remote / (double)crew.ran.back, 0.5, 0.05);
        assert_int_equal(end.out, end.back);
        crew_fini();
    }
    oracle_i_am(0);
}

/* With one thread nothing is, whatever goes through a table. */
static void alone_nothing_is_remote(void **state)
{
    static const char *const names[] = {"larson",  "thread-churn", "mstress",
                                        "xmalloc", "exchange",     "handoff"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(remote_share(names[i], 1, 50) == 0);
}

/* --- hits --- */

struct hits {
    double alloc, free;
    uint64_t allocates;
};

/* Of one thread, once the list has seen a warm-up. */
static struct hits hits_of(const char *name, uint32_t depth, unsigned nr_batches)
{
    const struct lookaside_stats *before = &crew.before, *after = &crew.after;
    struct hits hits;

    crew_init(named(name), 1, LA_KIND_LIST, NULL, depth);
    crew.nr_batches = nr_batches;
    crew.nr_samples = 0;
    crew_run();
    hits.allocates = after->total_allocates - before->total_allocates;
    hits.alloc =
        1 - (double)(after->allocate_misses - before->allocate_misses) / (double)hits.allocates;
    hits.free = 1 - (double)(after->free_misses - before->free_misses) /
                        (double)(after->total_frees - before->total_frees);
    crew_fini();
    return hits;
}

/* 250 cycles of two phases. The misses of a cycle vary by how many entries the walk has at its two
 * ends, less than one, so 3 in 1024 is far more than chance; the first cycle finds an empty list.
 */
static void phase_misses_what_arithmetic_says(void **state)
{
    static const uint32_t depths[] = {16, 64, DEPTH, 512};

    (void)state;
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        const struct hits hits = hits_of("phase", depths[i], 500);
        const double expected = 1 - la_phase_miss_ratio(depths[i]);

        near_to(hits.alloc, expected, 0.003 + depths[i] / (250.0 * LA_PHASE_STEPS));
        near_to(hits.free, expected, 0.003 + depths[i] / (250.0 * LA_PHASE_STEPS));
    }
}

/* A swing that fits misses while the list fills only: once, at most the swing. */
static void phase_fits_a_deep_list(void **state)
{
    const struct hits hits = hits_of("phase", 1024, 500);

    (void)state;
    assert_true(la_phase_miss_ratio(1024) == 0);
    assert_true(hits.free == 1);
    assert_true((1 - hits.alloc) * (double)hits.allocates <= LA_PHASE_STEPS);
}

/* d of 30000; 60 rounds, of which the first finds an empty list. */
static void threadtest_hits_its_depth(void **state)
{
    enum { OBJECTS = 30000, ROUNDS = 60 };
    const struct hits hits =
        hits_of("threadtest", DEPTH, ROUNDS * 2 * OBJECTS / LA_BATCH_OPERATIONS);

    (void)state;
    near_to(hits.alloc, (double)DEPTH / OBJECTS, 0.03 * DEPTH / OBJECTS);
    near_to(hits.free, (double)DEPTH / OBJECTS, 0.03 * DEPTH / OBJECTS);
}

/* min(b, d) of each batch. */
static void batches_hit_up_to_the_depth(void **state)
{
    const struct hits hits = hits_of("batches", DEPTH, 800);

    (void)state;
    near_to(hits.alloc, (25.0 + 100 + DEPTH + DEPTH) / (25 + 100 + 400 + 1600), 0.005);
    near_to(hits.free, (25.0 + 100 + DEPTH + DEPTH) / (25 + 100 + 400 + 1600), 0.005);
}

static void survivors_hit_half(void **state)
{
    const struct hits hits = hits_of("survivors", DEPTH, 400);

    (void)state;
    near_to(hits.alloc, 0.5, 0.005);
}

/* Mean of min(b, d) over b of 1 to 2 d is 3/4 d + 1/4, that of b is d + 1/2. 2000 bursts of a
 * standard deviation of 0.2 make 0.005. */
static void iso_memory_hits_three_in_four(void **state)
{
    const struct la_workload *workload = named("iso-memory");
    const uint32_t depth = workload->depth(&crew_params);
    const struct hits hits = hits_of("iso-memory", depth, 1000);

    (void)state;
    assert_int_equal(depth, crew_params.quota);
    near_to(hits.alloc, 0.75, 0.025);
    near_to(hits.free, 0.75, 0.025);
}

/* Twice the depth goes up and down: half of the swing misses, of three allocations in a step's two
 * and a half operations. Only that there are misses, and no more than the swing explains. */
static void mstress_swings_beyond_the_depth(void **state)
{
    const struct hits hits = hits_of("mstress", DEPTH, 400);

    (void)state;
    assert_true(hits.alloc < 0.9 && hits.alloc > 0.7);
}

/* --- threads --- */

static void lives_end_when_they_should(void **state)
{
    const unsigned a_life = (1 << 16) / LA_BATCH_OPERATIONS;

    (void)state;
    crew_init(named("larson"), 2, LA_KIND_DIRECT, NULL, 0);
    crew.nr_batches = 3 * a_life + 1;
    crew_run();
    assert_int_equal(crew.nr_retired, 2 * 3);
    crew_fini();
    crew_init(named("thread-churn"), 2, LA_KIND_DIRECT, NULL, 0);
    crew_run();
    assert_int_equal(crew.nr_retired, 2 * crew.nr_batches);
    crew_fini();
}

/* Together, so that no two are in one place. */
static void movers_change_places_together(void **state)
{
    const unsigned between = (1 << 14) / LA_BATCH_OPERATIONS;

    (void)state;
    for (unsigned nr = 2; nr <= CREW_MOST; nr++) {
        unsigned seen = 0;

        crew_init(named("migrate"), nr, LA_KIND_DIRECT, NULL, 0);
        crew.nr_batches = 5 * between;
        crew_run();
        assert_int_equal(crew.nr_moved % nr, 0);
        assert_true(crew.nr_moved >= 4 * nr);
        for (unsigned i = 0; i < nr; i++)
            seen |= 1U << crew.workers[i].place;
        assert_int_equal(seen, (1U << nr) - 1);
        crew_fini();
    }
}

/* Of its own time a slow thread does as much as a fast one; it just has less of it. */
static void slow_threads_pause(void **state)
{
    (void)state;
    crew_init(named("mstress"), 2, LA_KIND_DIRECT, NULL, 0);
    crew_run();
    assert_true(crew.workers[0].paused > 0);
    assert_int_equal(crew.workers[1].paused, 0);
    crew_fini();
}

static void sleep_is_no_time_of_the_workload(void **state)
{
    (void)state;
    crew_init(named("idle-burst"), 1, LA_KIND_DIRECT, NULL, 0);
    crew.nr_batches = 3;
    crew.nr_samples = 0;
    crew_run();
    assert_true(crew.workers[0].paused > 0);
    assert_int_equal(crew.workers[0].paused, crew.workers[0].slept);
    crew_fini();
}

/* The others are what is looked at. */
static void the_storm_is_not_sampled(void **state)
{
    const struct la_workload *bulk = named("bulk-free");
    uint64_t ticks = UINT64_MAX;

    (void)state;
    crew_init(bulk, 2, LA_KIND_DIRECT, NULL, 0);
    assert_int_equal(bulk->sample[LA_KIND_DIRECT](&crew.workers[0], &ticks), 0);
    assert_true(ticks == UINT64_MAX);
    assert_true(bulk->sample[LA_KIND_DIRECT](&crew.workers[1], &ticks) > 0);
    assert_true(ticks != UINT64_MAX);
    assert_int_equal(bulk->run[LA_KIND_DIRECT](&crew.workers[0]), 2 * 4096);
    assert_int_equal(oracle_now().most, 4096);
    crew_fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_objects_come_back_to_their_thread),
        cmocka_unit_test(all_frees_are_remote_where_it_says_so),
        cmocka_unit_test(rptest_frees_as_many_of_its_neighbours),
        cmocka_unit_test(alone_nothing_is_remote),
        cmocka_unit_test(phase_misses_what_arithmetic_says),
        cmocka_unit_test(phase_fits_a_deep_list),
        cmocka_unit_test(threadtest_hits_its_depth),
        cmocka_unit_test(batches_hit_up_to_the_depth),
        cmocka_unit_test(survivors_hit_half),
        cmocka_unit_test(iso_memory_hits_three_in_four),
        cmocka_unit_test(mstress_swings_beyond_the_depth),
        cmocka_unit_test(lives_end_when_they_should),
        cmocka_unit_test(movers_change_places_together),
        cmocka_unit_test(slow_threads_pause),
        cmocka_unit_test(sleep_is_no_time_of_the_workload),
        cmocka_unit_test(the_storm_is_not_sampled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
