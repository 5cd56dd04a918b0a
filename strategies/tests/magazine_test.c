/* SPDX-License-Identifier: MIT */
/*
 * magazine_test.c: the one limit over many threads' magazines, their order, and what becomes of
 * them when a thread exits or a tick or a drain comes by.
 */
#include <pthread.h>
#include <string.h>

#include "chain.h"
#include "churn.h"
#include "magazine.h"
#include "magazine_case.h"
#include "resident.h"
#include "sandbox.h"

static bool push(struct lookaside *list, unsigned k)
{
    return list->push(list, &entries[k]);
}

/* A lone thread, whatever the list went through before: exactly limit, last in, first out. */
static void check_like_one_list(struct lookaside *list, uint32_t limit)
{
    uint32_t before = (uint32_t)held(list);

    assert_true(before <= limit && limit + 40 <= NR);
    for (uint32_t k = 0; k < limit + 40; k++)
        assert_int_equal(push(list, k), k < limit - before);
    assert_int_equal(held(list), limit);
    for (uint32_t k = limit - before; k-- > 0;)
        assert_ptr_equal(list->pop(list), &entries[k]);
    assert_int_equal(held(list), before);
}

static const uint32_t limits[] = {0,  1,  2,  4,  15,  16,  31,  32,  33,
                                  63, 64, 65, 96, 100, 128, 256, 512, 1000};
enum { NR_LIMITS = sizeof limits / sizeof *limits };

static void keeps_the_limit_newest_first(void **state)
{
    struct lookaside list;

    (void)state;
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        bare_init(&list, MAGAZINE, limits[i]);
        assert_null(list.pop(&list));
        check_like_one_list(&list, limits[i]);
        assert_null(list.pop(&list));
        check_like_one_list(&list, limits[i]);
        fini(&list);
    }
}

static void any_mixture_is_last_in_first_out(void **state)
{
    struct lookaside list;
    void *model[NR];
    unsigned nr = 0, next = 0;
    uint64_t random = 1;

    (void)state;
    bare_init(&list, MAGAZINE, 200);
    for (unsigned i = 0; i < 200000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1;
        /* Long runs one way, so that magazines turn over. */
        if ((random >> 33) % 4 != (i / 150) % 2) {
            if (nr < 200)
                model[nr++] = &entries[next];
            assert_int_equal(push(&list, next), nr < 200 || model[199] == &entries[next]);
            next = (next + 1) % NR;
        } else {
            assert_ptr_equal(list.pop(&list), nr > 0 ? model[nr - 1] : NULL);
            nr -= nr > 0;
        }
        if (nr == 200)
            model[--nr] = list.pop(&list);
    }
    assert_int_equal(held(&list), nr);
    fini(&list);
}

static void use_and_empty(void *argument)
{
    struct part *part = argument;

    push_part(part);
    for (unsigned k = 0; k < part->nr; k++)
        assert_non_null(part->list->pop(part->list));
}

static void exact_after_others_claimed_and_exited(void **state)
{
    struct lookaside list;

    (void)state;
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        struct part part = {&list, 0, limits[i] < 70 ? limits[i] : 70};

        bare_init(&list, MAGAZINE, limits[i]);
        elsewhere(use_and_empty, &part);
        elsewhere(use_and_empty, &part);
        check_like_one_list(&list, limits[i]);
        fini(&list);
    }
}

static void exact_after_others_claimed_and_idle(void **state)
{
    struct lookaside list;
    struct resident residents[3];

    (void)state;
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        struct part part = {&list, 0, limits[i] / 3};

        bare_init(&list, MAGAZINE, limits[i]);
        for (unsigned k = 0; k < 3; k++)
            resident_start(&residents[k], use_and_empty, &part);
        check_like_one_list(&list, limits[i]);
        for (unsigned k = 0; k < 3; k++)
            resident_end(&residents[k]);
        check_like_one_list(&list, limits[i]);
        fini(&list);
    }
}

/* What idle others hold counts, and only that. */
static void exact_while_others_hold(void **state)
{
    struct lookaside list;
    struct resident residents[3];

    (void)state;
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        uint32_t third = limits[i] / 3;
        struct part parts[3];

        bare_init(&list, MAGAZINE, limits[i]);
        for (unsigned k = 0; k < 3; k++) {
            parts[k] = (struct part){&list, k * third, third};
            resident_start(&residents[k], push_part, &parts[k]);
        }
        assert_int_equal(held(&list), 3 * third);
        check_like_one_list(&list, limits[i]);
        for (unsigned k = 0; k < 3; k++)
            resident_end(&residents[k]);
        assert_int_equal(held(&list), 3 * third);
        fini(&list);
    }
}

/* Threads that fought for the last credits a moment ago, and now rest. */
struct fight {
    struct lookaside *list;
    unsigned from;
};

static void fight(void *argument)
{
    struct fight *fight = argument;
    void *mine[100];
    unsigned nr = 0;

    for (unsigned k = 0; k < 100; k++)
        mine[nr++] = &entries[fight->from + k];
    for (unsigned round = 0; round < 300; round++) {
        unsigned refused = 0;

        for (unsigned k = 0; k < nr; k++) {
            if (!fight->list->push(fight->list, mine[k]))
                mine[refused++] = mine[k];
        }
        nr = refused;
        while (nr < 100 && (mine[nr] = fight->list->pop(fight->list)))
            nr++;
    }
}

static void *fight_and_return(void *argument)
{
    fight(argument);
    return NULL;
}

static void exact_after_a_fight(void **state)
{
    static const uint32_t tight[] = {1, 4, 40, 150};
    struct lookaside list;

    (void)state;
    for (unsigned i = 0; i < sizeof tight / sizeof *tight; i++) {
        struct fight fights[3] = {{&list, 0}, {&list, 100}, {&list, 200}};
        struct resident resident;
        pthread_t thread;

        bare_init(&list, MAGAZINE, tight[i]);
        assert_int_equal(pthread_create(&thread, NULL, fight_and_return, &fights[0]), 0);
        resident_start(&resident, fight, &fights[1]);
        fight(&fights[2]);
        assert_int_equal(pthread_join(thread, NULL), 0);
        MAGAZINE->drain(&list, 0);
        check_like_one_list(&list, tight[i]);
        resident_end(&resident);
        fini(&list);
    }
}

static void exit_hands_entries_to_others(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 50};

    (void)state;
    bare_init(&list, MAGAZINE, 100);
    assert_null(list.pop(&list)); /* a cache of our own, lest we get the other thread's with all */
    elsewhere(push_part, &part);
    assert_int_equal(held(&list), 50);
    for (unsigned k = 50; k-- > 0;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    assert_null(list.pop(&list));
    fini(&list);
}

static void push_and_give(void *argument)
{
    struct part *part = argument;

    push_part(part);
    MAGAZINE->thread_exit(part->list);
}

static void thread_exit_hands_entries_to_others(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 50};
    struct resident resident;

    (void)state;
    bare_init(&list, MAGAZINE, 100);
    MAGAZINE->thread_exit(&list);
    resident_start(&resident, push_and_give, &part);
    for (unsigned k = 50; k-- > 0;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    assert_null(list.pop(&list));
    resident_end(&resident);
    fini(&list);
}

/* A thread that only frees must not keep a low limit's worth of entries to itself. */
static void a_full_list_shares_its_entries(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 9};
    struct resident resident;

    (void)state;
    bare_init(&list, MAGAZINE, 4);
    resident_start(&resident, push_part, &part);
    for (unsigned k = 4; k-- > 0;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    assert_null(list.pop(&list));
    resident_end(&resident);
    fini(&list);
}

static uint32_t in_depot(struct lookaside *list)
{
    return magazine_hint(&magazine_state(list)->hub->depot.entries);
}

static void a_tick_brings_idle_entries_home(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 60}; /* fits into the thread's own two magazines */
    struct resident resident;

    (void)state;
    bare_init(&list, MAGAZINE, 256);
    resident_start(&resident, push_part, &part);
    MAGAZINE->tick(&list);
    assert_int_equal(in_depot(&list), 0); /* the thread was busy in the interval before */
    MAGAZINE->tick(&list);
    assert_int_equal(in_depot(&list), 60);
    for (unsigned k = 60; k-- > 0;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    resident_end(&resident);
    fini(&list);
}

static void drain_reaches_every_thread(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 70}, other = {&list, 70, 5};
    struct resident residents[2];

    (void)state;
    bare_init(&list, MAGAZINE, 200);
    resident_start(&residents[0], push_part, &part);
    resident_start(&residents[1], push_part, &other);
    for (unsigned k = 80; k < 180; k++)
        push(&list, k);
    assert_int_equal(held(&list), 175);
    assert_int_equal(chain_length(MAGAZINE->drain(&list, 0)), 175);
    assert_int_equal(held(&list), 0);
    assert_null(MAGAZINE->drain(&list, 0));
    check_like_one_list(&list, 200);
    resident_end(&residents[0]);
    resident_end(&residents[1]);
    fini(&list);
}

static void drain_keeps_the_newest(void **state)
{
    static const unsigned keeps[] = {150, 149, 130, 128, 100, 64, 33, 32, 31, 1};
    struct lookaside list;
    void *chain;

    (void)state;
    for (unsigned i = 0; i < sizeof keeps / sizeof *keeps; i++) {
        unsigned surplus = 150 - keeps[i];

        bare_init(&list, MAGAZINE, 150);
        for (unsigned k = 0; k < 150; k++)
            assert_true(push(&list, k));
        chain = MAGAZINE->drain(&list, keeps[i]);
        for (unsigned k = surplus; k-- > 0; chain = la_chain_next(chain))
            assert_ptr_equal(chain, &entries[k]);
        assert_null(chain);
        assert_int_equal(held(&list), keeps[i]);
        for (unsigned k = 150; k-- > surplus;)
            assert_ptr_equal(list.pop(&list), &entries[k]);
        check_like_one_list(&list, 150);
        fini(&list);
    }
}

static void a_lower_limit_takes_claims_back(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 90};
    struct resident resident;

    (void)state;
    bare_init(&list, MAGAZINE, 256);
    resident_start(&resident, use_and_empty, &part);
    check_like_one_list(&list, 256);
    atomic_store_explicit(&list.limit, 5, memory_order_relaxed);
    assert_null(MAGAZINE->drain(&list, 5));
    check_like_one_list(&list, 5);
    atomic_store_explicit(&list.limit, 100, memory_order_relaxed);
    check_like_one_list(&list, 100);
    for (unsigned k = 0; k < 100; k++)
        push(&list, k);
    atomic_store_explicit(&list.limit, 10, memory_order_relaxed);
    assert_int_equal(chain_length(MAGAZINE->drain(&list, 10)), 90);
    assert_false(push(&list, 0));
    assert_int_equal(held(&list), 10);
    resident_end(&resident);
    fini(&list);
}

static void bulk_is_the_same_as_one_by_one(void **state)
{
    struct lookaside list;
    void *all[NR], *back[NR];

    (void)state;
    for (unsigned k = 0; k < NR; k++)
        all[k] = &entries[k];
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        bare_init(&list, MAGAZINE, limits[i]);
        assert_int_equal(MAGAZINE->push_bulk(&list, all, limits[i] + 7), limits[i]);
        assert_int_equal(held(&list), limits[i]);
        assert_int_equal(MAGAZINE->pop_bulk(&list, back, limits[i] + 7), limits[i]);
        for (unsigned k = 0; k < limits[i]; k++)
            assert_ptr_equal(back[k], all[limits[i] - 1 - k]);
        fini(&list);
    }
}

static void fence(void *unused)
{
    (void)unused;
    la_biased_fence();
}

/* Owner and visitor would be inside together. */
static void a_fence_refused_later_ends_the_process(void **state)
{
    (void)state;
    if (!la_biased_works(&(const char *){NULL}))
        skip();
    aborts_without_membarrier(fence, NULL);
}

static void drain(void *list)
{
    (void)MAGAZINE->drain(list, 0);
}

/* Whoever takes what a thread has loaded needs the fence, and there is no going on without. */
static void a_drain_of_a_loaded_magazine_fences(void **state)
{
    struct lookaside list;

    (void)state;
    if (!la_rseq()->area && !la_biased_works(&(const char *){NULL}))
        skip();
    bare_init(&list, MAGAZINE, 64);
    assert_true(list.push(&list, &entries[0]));
    aborts_without_membarrier(drain, &list);
    fini(&list);
}

static void says_which_lock_it_uses(void **state)
{
    const char *detail = NULL;

    (void)state;
    assert_true(MAGAZINE->supported(&detail));
    assert_non_null(detail);
    if (without_membarrier)
        assert_non_null(strstr(detail, "spinlocks"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_which_lock_it_uses),
        cmocka_unit_test(keeps_the_limit_newest_first),
        cmocka_unit_test(any_mixture_is_last_in_first_out),
        cmocka_unit_test(exact_after_others_claimed_and_exited),
        cmocka_unit_test(exact_after_others_claimed_and_idle),
        cmocka_unit_test(exact_while_others_hold),
        cmocka_unit_test(exact_after_a_fight),
        cmocka_unit_test(exit_hands_entries_to_others),
        cmocka_unit_test(thread_exit_hands_entries_to_others),
        cmocka_unit_test(a_full_list_shares_its_entries),
        cmocka_unit_test(a_tick_brings_idle_entries_home),
        cmocka_unit_test(drain_reaches_every_thread),
        cmocka_unit_test(drain_keeps_the_newest),
        cmocka_unit_test(a_lower_limit_takes_claims_back),
        cmocka_unit_test(bulk_is_the_same_as_one_by_one),
        cmocka_unit_test(a_fence_refused_later_ends_the_process),
        cmocka_unit_test(a_drain_of_a_loaded_magazine_fences),
    };

    if (!magazine_case(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
