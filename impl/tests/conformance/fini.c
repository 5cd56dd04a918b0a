/* SPDX-License-Identifier: MIT */
/* fini.c: the end of a list: what is released, what is left alone, and that nobody comes back. */
#include "conformance.h"

#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { DEPTH = 20, NR = 12, WITH_CALLER = 5, ROUNDS = 100, PERIOD_NS = 50000 };

static void c34_fini_releases_every_held_entry(void **state)
{
    static struct probe probe;
    static void *entries[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    probe.nr_frees = 0;
    lookaside_fini(&probe.list);
    assert_int_equal(probe.nr_frees, kept_of(NR));
    for (uint32_t i = 0; i < kept_of(NR); i++)
        assert_ptr_equal(probe.freed[i], entries[NR - 1 - i]);
}

static bool is_it(struct lookaside *list, void *context)
{
    struct probe *probe = context;

    if (list == &probe->list)
        probe->nr_wrong++;
    return true;
}

static void c34_fini_removes_the_list_from_the_live_ones(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, DEPTH);
    lookaside_for_each(is_it, &probe);
    assert_int_equal(probe.nr_wrong, 1);
    lookaside_fini(&probe.list);
    lookaside_for_each(is_it, &probe);
    assert_int_equal(probe.nr_wrong, 1);
}

static void c35_fini_leaves_callers_their_entries(void **state)
{
    static struct probe probe;
    void *entries[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_alloc_n(&probe, entries, NR);
    probe_free_n(&probe, entries + WITH_CALLER, NR - WITH_CALLER);
    probe_fini(&probe, WITH_CALLER);
    for (int i = 0; i < WITH_CALLER; i++)
        memset(entries[i], i, PROBE_SIZE);
    probe_forget(entries, WITH_CALLER);
}

static void c36_flush_then_fini_releases_nothing_twice(void **state)
{
    static struct probe probe;
    static void *entries[NR];

    (void)state;
    probe_init(&probe, DEPTH);
    probe_fill(&probe, entries, NR);
    lookaside_flush(&probe.list);
    assert_int_equal(probe.nr_frees, NR);
    probe_fini(&probe, 0);
    assert_int_equal(probe.nr_frees, NR);
}

/* The storage is unmapped the moment fini returns: a tick that still stood on the list, or a
 * pointer left behind in another list, would fault. */
static void live_and_vanish(uint32_t round)
{
    struct probe *probe =
        mmap(NULL, sizeof *probe, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *entries[NR];

    assert_ptr_not_equal(probe, MAP_FAILED);
    probe_init_with(
        probe, (struct lookaside_config){.depth = {.policy = lookaside_policy_find("balance")}});
    for (uint32_t i = 0; i < round % 8; i++)
        probe_fill(probe, entries, NR);
    probe_fini(probe, 0);
    assert_int_equal(munmap(probe, sizeof *probe), 0);
}

static void c38_storage_may_vanish_after_fini_while_the_balancer_ticks(void **state)
{
    static struct probe neighbour;

    (void)state;
    probe_init(&neighbour, DEPTH);
    assert_int_equal(lookaside_balancer_start(PERIOD_NS), 0);
    for (uint32_t round = 0; round < ROUNDS; round++)
        live_and_vanish(round);
    lookaside_balancer_stop();
    probe_fini(&neighbour, 0);
}

static _Atomic bool over;

static void tick_on(void *context, unsigned index)
{
    (void)context;
    if (index == 0) {
        for (uint32_t round = 0; round < ROUNDS; round++)
            live_and_vanish(round);
        over = true;
    }
    while (!over)
        lookaside_balance();
}

static void c38_storage_may_vanish_after_fini_while_threads_tick(void **state)
{
    (void)state;
    over = false;
    probe_together(3, tick_on, NULL);
}

static sem_t standing;
static _Atomic bool left;

/* Stands on its list for a while; the list's end must not come before it has left. */
static uint32_t stand(const void *parameters, const struct lookaside_tick *tick)
{
    const struct timespec moment = {.tv_nsec = 20000000};

    (void)parameters;
    left = false;
    sem_post(&standing);
    nanosleep(&moment, NULL);
    left = true;
    return tick->depth;
}

static void c38_fini_waits_for_the_tick_on_its_list(void **state)
{
    static const struct lookaside_policy standing_policy = {
        .name = "standing", .summary = "for this test", .next_depth = stand};
    static struct probe probe;

    (void)state;
    sem_init(&standing, 0, 0);
    probe_init_with(&probe, (struct lookaside_config){.depth = {.policy = &standing_policy}});
    assert_int_equal(lookaside_balancer_start(PERIOD_NS), 0);
    sem_wait(&standing);
    lookaside_fini(&probe.list);
    assert_true(left);
    lookaside_balancer_stop();
    sem_destroy(&standing);
}

static const struct CMUnitTest tests[] = {
    LONE(c34_fini_releases_every_held_entry),
    LONE(c34_fini_removes_the_list_from_the_live_ones),
    LONE(c35_fini_leaves_callers_their_entries),
    LONE(c36_flush_then_fini_releases_nothing_twice),
    cmocka_unit_test(c38_fini_waits_for_the_tick_on_its_list),
    cmocka_unit_test(c38_storage_may_vanish_after_fini_while_the_balancer_ticks),
    cmocka_unit_test(c38_storage_may_vanish_after_fini_while_threads_tick),
};
CLAUSE_GROUP(fini, tests);
