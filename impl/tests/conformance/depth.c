/* SPDX-License-Identifier: MIT */
/* depth.c: the limit moves, by call and by tick, and what is above it goes at once. */
#include "conformance.h"

#include <errno.h>

#include "depth.h"
#include "probe.h"

enum { DEPTH = 40, LARGE = 1000, INITIAL = 4, CEILING = 256, MANY = 1000 };

static void *entries[PROBE_LOG];

static void check_capacity(struct probe *probe, uint32_t depth)
{
    lookaside_flush(&probe->list);
    probe_fill(probe, entries, depth + 3);
    assert_int_equal(probe_held(probe), kept_of(depth));
    assert_int_equal(probe_stats(probe).depth, depth);
}

static void set_depth_releases_the_surplus_at_once(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, DEPTH);
    probe.nr_frees = 0;
    assert_int_equal(lookaside_set_depth(&probe.list, 9), 0);
    assert_int_equal(probe_held(&probe), kept_of(9));
    assert_int_equal(probe.nr_frees, kept_of(DEPTH - 9));
    assert_int_equal(probe_stats(&probe).released, kept_of(DEPTH - 9));
    assert_int_equal(lookaside_set_depth(&probe.list, 0), 0);
    assert_int_equal(probe_held(&probe), 0);
    assert_int_equal(probe.nr_frees, kept_of(DEPTH));
    lookaside_fini(&probe.list);
}

static void set_depth_is_exact_up_and_down(void **state)
{
    static const uint32_t path[] = {1, 0, 33, 32, 31, LARGE, 64, 257, 0, 2, LARGE, 1};
    static struct probe probe;

    (void)state;
    probe_init(&probe, DEPTH);
    check_capacity(&probe, DEPTH);
    for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
        assert_int_equal(lookaside_set_depth(&probe.list, path[i]), 0);
        check_capacity(&probe, path[i]);
    }
    probe_fini(&probe, 0);
}

static void set_depth_keeps_held_entries_when_it_rises(void **state)
{
    static struct probe probe;
    static void *again[DEPTH];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, DEPTH);
    assert_int_equal(lookaside_set_depth(&probe.list, LARGE), 0);
    assert_int_equal(probe_held(&probe), kept_of(DEPTH));
    probe_alloc_n(&probe, again, DEPTH);
    for (uint32_t i = 0; i < kept_of(DEPTH); i++)
        assert_ptr_equal(again[i], entries[DEPTH - 1 - i]);
    probe_free_n(&probe, again, DEPTH);
    probe_fini(&probe, 0);
}

static void set_depth_refuses_what_is_beyond_the_limit(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, DEPTH);
    assert_int_equal(lookaside_set_depth(&probe.list, LOOKASIDE_DEPTH_LIMIT + 1), -EINVAL);
    check_capacity(&probe, DEPTH);
    assert_int_equal(lookaside_set_depth(&probe.list, LOOKASIDE_DEPTH_LIMIT), 0);
    assert_int_equal(probe_stats(&probe).max_depth, LOOKASIDE_DEPTH_LIMIT);
    assert_int_equal(lookaside_set_depth(&probe.list, DEPTH), 0);
    check_capacity(&probe, DEPTH);
    probe_fini(&probe, 0);
}

static void init_adaptive(struct probe *probe)
{
    probe_init_with(probe, (struct lookaside_config){.depth = {.policy = &la_policy_balance}});
    assert_int_equal(probe_stats(probe).depth, INITIAL);
    assert_int_equal(probe_stats(probe).min_depth, INITIAL);
    assert_int_equal(probe_stats(probe).max_depth, CEILING);
}

static void use(struct probe *probe, unsigned pairs)
{
    for (unsigned i = 0; i < pairs; i++)
        probe_fill(probe, entries, 1);
}

static void c42_traffic_that_misses_raises_the_limit(void **state)
{
    static struct probe probe;
    const unsigned nr = 100;

    (void)state;
    init_adaptive(&probe);
    /* Every allocation misses: 4 + 1.0 * (256 - 4) / 2 + 5. */
    probe_alloc_n(&probe, entries, nr);
    assert_int_equal(lookaside_balance(), 1);
    assert_int_equal(probe_stats(&probe).depth, INITIAL + (CEILING - INITIAL) / 2 + 5);
    probe_free_n(&probe, entries, nr);
    assert_int_equal(probe_held(&probe), kept_of(nr));
    probe_fini(&probe, 0);
}

static void c42_idle_list_falls_to_its_floor(void **state)
{
    static struct probe probe;
    const uint32_t top = 135, step = la_balance_defaults.idle_step;

    (void)state;
    init_adaptive(&probe);
    probe_alloc_n(&probe, entries, 200);
    lookaside_balance();
    assert_int_equal(probe_stats(&probe).depth, top);
    probe_free_n(&probe, entries, 200);
    for (uint32_t expected = top - step; expected > INITIAL; expected -= step) {
        assert_int_equal(lookaside_balance(), 1);
        assert_int_equal(probe_stats(&probe).depth, expected);
        /* Surplus is gone when a manual tick returns. */
        assert_int_equal(probe_held(&probe), kept_of(expected));
        if (expected < INITIAL + step)
            break;
    }
    lookaside_balance();
    assert_int_equal(probe_stats(&probe).depth, INITIAL);
    assert_int_equal(probe_held(&probe), kept_of(INITIAL));
    probe_fini(&probe, 0);
}

static void c42_a_list_that_always_hits_probes_a_lower_limit(void **state)
{
    static struct probe probe;
    uint32_t before, expected;

    (void)state;
    init_adaptive(&probe);
    probe_alloc_n(&probe, entries, 200);
    lookaside_balance();
    probe_free_n(&probe, entries, 200);
    before = probe_stats(&probe).depth;
    use(&probe, MANY);
    lookaside_balance();
    /* Where nothing is kept every allocation misses, and the limit goes on rising. */
    expected = conformance_keeps() ? before - 1 : before + (CEILING - before) / 2 + 5;
    assert_int_equal(probe_stats(&probe).depth, expected);
    probe_fini(&probe, 0);
}

static void c42_a_tick_sees_only_what_happened_since_the_last(void **state)
{
    static struct probe probe;
    uint32_t idle = la_balance_defaults.idle_allocates;

    (void)state;
    init_adaptive(&probe);
    assert_int_equal(lookaside_set_depth(&probe.list, 100), 0);
    use(&probe, MANY);
    lookaside_balance();
    assert_int_equal(lookaside_set_depth(&probe.list, 100), 0);
    use(&probe, idle - 1);
    lookaside_balance();
    assert_int_equal(probe_stats(&probe).depth, 100 - la_balance_defaults.idle_step);
    probe_fini(&probe, 0);
}

static void c42_fixed_depth_stays(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, DEPTH);
    for (int i = 0; i < 5; i++)
        lookaside_balance();
    assert_int_equal(probe_stats(&probe).depth, DEPTH);
    assert_int_equal(probe_held(&probe), kept_of(DEPTH));
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(set_depth_releases_the_surplus_at_once),
    LONE(set_depth_is_exact_up_and_down),
    LONE(set_depth_keeps_held_entries_when_it_rises),
    LONE(set_depth_refuses_what_is_beyond_the_limit),
    LONE(c42_traffic_that_misses_raises_the_limit),
    LONE(c42_idle_list_falls_to_its_floor),
    LONE(c42_a_list_that_always_hits_probes_a_lower_limit),
    LONE(c42_a_tick_sees_only_what_happened_since_the_last),
    LONE(c42_fixed_depth_stays),
};
CLAUSE_GROUP(depth, tests);
