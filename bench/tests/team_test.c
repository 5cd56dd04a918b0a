/* SPDX-License-Identifier: MIT */
/* team_test.c: that members take every step together, are bound where they should be, and that one
 * that cannot be bound fails the team. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "team.h"

enum { MEMBERS = 3, STEPS = 100, MEETINGS = 3 };

struct context {
    struct la_team team;
    unsigned steps[MEMBERS];
    int cpu[MEMBERS];
    _Atomic unsigned inside, missing;
};

static struct context context;
static struct la_placement placement;

static unsigned first_cpu(void)
{
    cpu_set_t set;
    unsigned cpu = 0;

    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    while (!CPU_ISSET(cpu, &set))
        cpu++;
    return cpu;
}

/* All members share one CPU: steps and gates must work without parallelism. */
static int one_cpu(void **state)
{
    (void)state;
    memset(&context, 0, sizeof context);
    placement = (struct la_placement){.name = "test", .nr_threads = MEMBERS};
    for (unsigned i = 0; i < MEMBERS; i++)
        placement.cpu[i] = first_cpu();
    return 0;
}

static void count_step(void *argument, unsigned member)
{
    (void)argument;
    context.steps[member]++;
    context.cpu[member] = sched_getcpu();
}

static void every_member_takes_every_step(void **state)
{
    (void)state;
    assert_int_equal(la_team_start(&context.team, &placement, &context), 0);
    for (unsigned step = 1; step <= STEPS; step++) {
        la_team_begin(&context.team, count_step);
        la_team_finish(&context.team);
        for (unsigned i = 0; i < MEMBERS; i++)
            assert_int_equal(context.steps[i], step);
    }
    la_team_stop(&context.team);
    for (unsigned i = 0; i < MEMBERS; i++)
        assert_int_equal(context.cpu[i], placement.cpu[i]);
}

static void meet_often(void *argument, unsigned member)
{
    (void)argument;
    (void)member;
    for (int i = 0; i < MEETINGS; i++) {
        atomic_fetch_add_explicit(&context.inside, 1, memory_order_relaxed);
        la_team_meet(&context.team);
        context.missing += atomic_load_explicit(&context.inside, memory_order_relaxed) % MEMBERS;
        la_team_meet(&context.team);
    }
}

/* Between two meetings everybody has come and nobody has gone on. */
static void members_meet(void **state)
{
    (void)state;
    assert_int_equal(la_team_start(&context.team, &placement, &context), 0);
    for (unsigned step = 1; step <= STEPS; step++) {
        la_team_begin(&context.team, meet_often);
        la_team_finish(&context.team);
        assert_int_equal(context.inside, MEMBERS * MEETINGS * step);
        assert_int_equal(context.missing, 0);
    }
    la_team_stop(&context.team);
}

/* --- succession --- */

static _Atomic unsigned begun, ended;
static pthread_key_t at_exit;

static void count_end(void *unused)
{
    (void)unused;
    atomic_fetch_add_explicit(&ended, 1, memory_order_relaxed);
}

/* Every thread leaves something that ends with it; each successor finds all predecessors of its
 * place ended, itself on their CPU, and ends on its part in turn. */
static void generation(void *argument, unsigned member)
{
    enum { GENERATIONS = 5 };

    (void)argument;
    pthread_setspecific(at_exit, &context);
    context.cpu[member] = sched_getcpu();
    atomic_fetch_add_explicit(&begun, 1, memory_order_relaxed);
    if (context.steps[member]++ % GENERATIONS < GENERATIONS - 1)
        assert_int_equal(la_team_succeed(&context.team, member, generation), 0);
}

static void successors_go_on_where_members_end(void **state)
{
    (void)state;
    begun = ended = 0;
    assert_int_equal(pthread_key_create(&at_exit, count_end), 0);
    assert_int_equal(la_team_start(&context.team, &placement, &context), 0);
    for (unsigned step = 1; step <= 10; step++) {
        la_team_begin(&context.team, generation);
        la_team_finish(&context.team);
        /* All but the ones that are there now: a successor waits for its predecessor's end. */
        assert_int_equal(begun, 5 * MEMBERS * step);
        assert_int_equal(ended, 4 * MEMBERS * step);
        for (unsigned i = 0; i < MEMBERS; i++) {
            assert_int_equal(context.steps[i], 5 * step);
            assert_int_equal(context.cpu[i], placement.cpu[i]);
        }
    }
    assert_int_equal(la_team_error(&context.team), 0);
    la_team_stop(&context.team);
    assert_int_equal(ended, 4 * MEMBERS * 10 + MEMBERS);
    pthread_key_delete(at_exit);
}

static void a_successor_that_cannot_be_bound_shows(void **state)
{
    (void)state;
    assert_int_equal(la_team_start(&context.team, &placement, &context), 0);
    assert_int_equal(pthread_key_create(&at_exit, count_end), 0);
    placement.elsewhere = true;
    la_team_begin(&context.team, generation);
    la_team_finish(&context.team);
    assert_int_equal(la_team_error(&context.team), -ENOTSUP);
    la_team_stop(&context.team);
    pthread_key_delete(at_exit);
}

static void a_member_that_cannot_be_bound_fails_the_team(void **state)
{
    (void)state;
    placement.elsewhere = true;
    assert_int_equal(la_team_start(&context.team, &placement, &context), -ENOTSUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_member_takes_every_step, one_cpu),
        cmocka_unit_test_setup(members_meet, one_cpu),
        cmocka_unit_test_setup(successors_go_on_where_members_end, one_cpu),
        cmocka_unit_test_setup(a_successor_that_cannot_be_bound_shows, one_cpu),
        cmocka_unit_test_setup(a_member_that_cannot_be_bound_fails_the_team, one_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
