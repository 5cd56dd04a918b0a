/* SPDX-License-Identifier: MIT */
/* live_test.c: the set of live lists: who is in it, walking it, and that an end waits for walkers.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "live.h"
#include "stub.h"

enum { NR = 5 };

static struct lookaside lists[NR];
static const struct lookaside_config plain = {.size = 16, .strategy = &stub_strategy};

static void begin(unsigned index)
{
    assert_int_equal(lookaside_init(&lists[index], &plain), 0);
}

/* What a walk met. */
struct walk {
    unsigned met[NR], total, stop_after;
};

static bool note(struct lookaside *list, void *context)
{
    struct walk *walk = context;

    walk->total++;
    if (list >= lists && list < lists + NR)
        walk->met[list - lists]++;
    return walk->total != walk->stop_after;
}

static void a_walk_meets_every_live_list_once(void **state)
{
    struct walk walk = {0};

    (void)state;
    for (unsigned i = 0; i < NR; i++)
        begin(i);
    lookaside_fini(&lists[0]);
    lookaside_fini(&lists[2]);
    lookaside_fini(&lists[4]);
    lookaside_for_each(note, &walk);
    assert_int_equal(walk.total, 2);
    assert_int_equal(walk.met[1], 1);
    assert_int_equal(walk.met[3], 1);
    assert_true(la_live_contains(&lists[1]));
    assert_false(la_live_contains(&lists[2]));
    lookaside_fini(&lists[3]);
    lookaside_fini(&lists[1]);
    walk = (struct walk){0};
    lookaside_for_each(note, &walk);
    assert_int_equal(walk.total, 0);
}

static void a_walk_stops_when_told(void **state)
{
    struct walk walk = {.stop_after = 2};

    (void)state;
    for (unsigned i = 0; i < NR; i++)
        begin(i);
    lookaside_for_each(note, &walk);
    assert_int_equal(walk.total, 2);
    for (unsigned i = 0; i < NR; i++) {
        assert_int_equal(lists[i].pins, 0);
        lookaside_fini(&lists[i]);
    }
}

/* Ends the neighbours of the list it stands on: the walk must find its way all the same. */
static bool end_the_others(struct lookaside *list, void *context)
{
    struct walk *walk = context;

    note(list, walk);
    for (unsigned i = 0; i < NR; i++) {
        if (&lists[i] != list && la_live_contains(&lists[i]))
            lookaside_fini(&lists[i]);
    }
    return true;
}

static void a_visit_may_end_other_lists(void **state)
{
    struct walk walk = {0};

    (void)state;
    for (unsigned i = 0; i < NR; i++)
        begin(i);
    lookaside_for_each(end_the_others, &walk);
    assert_int_equal(walk.total, 1);
    for (unsigned i = 0; i < NR; i++) {
        if (la_live_contains(&lists[i]))
            lookaside_fini(&lists[i]);
    }
}

static bool begin_another(struct lookaside *list, void *context)
{
    note(list, context);
    if (!la_live_contains(&lists[1]))
        begin(1);
    return true;
}

static void a_visit_may_begin_lists(void **state)
{
    struct walk walk = {0};

    (void)state;
    begin(0);
    lookaside_for_each(begin_another, &walk);
    assert_int_equal(walk.met[0], 1);
    assert_true(la_live_contains(&lists[1]));
    lookaside_fini(&lists[0]);
    lookaside_fini(&lists[1]);
}

static sem_t standing, go_on;
static _Atomic bool ended;

static bool stand(struct lookaside *list, void *context)
{
    (void)list;
    (void)context;
    sem_post(&standing);
    sem_wait(&go_on);
    return true;
}

static void *walk_and_stand(void *unused)
{
    lookaside_for_each(stand, NULL);
    return unused;
}

static void *end_first(void *unused)
{
    lookaside_fini(&lists[0]);
    ended = true;
    return unused;
}

static void an_end_waits_for_all_who_stand_on_the_list(void **state)
{
    const struct timespec moment = {.tv_nsec = 30000000};
    pthread_t walkers[2], ender;

    (void)state;
    sem_init(&standing, 0, 0);
    sem_init(&go_on, 0, 0);
    begin(0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&walkers[i], NULL, walk_and_stand, NULL), 0);
    sem_wait(&standing);
    sem_wait(&standing);
    assert_int_equal(pthread_create(&ender, NULL, end_first, NULL), 0);
    nanosleep(&moment, NULL);
    assert_false(ended);
    sem_post(&go_on);
    nanosleep(&moment, NULL);
    assert_false(ended);
    sem_post(&go_on);
    pthread_join(ender, NULL);
    assert_true(ended);
    for (int i = 0; i < 2; i++)
        pthread_join(walkers[i], NULL);
    assert_false(la_live_contains(&lists[0]));
    sem_destroy(&standing);
    sem_destroy(&go_on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_meets_every_live_list_once),
        cmocka_unit_test(a_walk_stops_when_told),
        cmocka_unit_test(a_visit_may_end_other_lists),
        cmocka_unit_test(a_visit_may_begin_lists),
        cmocka_unit_test(an_end_waits_for_all_who_stand_on_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
