/* SPDX-License-Identifier: MIT */
/*
 * step_test.c: what happens if another thread does the wrong thing at the worst moment: between two
 * steps of an operation, at a delay point (impl/inject.h).
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "churn.h"
#include "magazine.h"
#include "spinlock.h"

extern const struct lookaside_strategy la_strategy_magazine, la_strategy_percpu, la_strategy_slist,
    la_strategy_spinlock;

enum { NR = 64 };
struct entry {
    _Alignas(16) uintptr_t words[2];
};
static struct entry entries[NR];
static struct lookaside list;

static _Atomic unsigned armed_point;
static void (*armed_step)(void);
static bool stepped;

/* The armed step happens once, when some thread comes by the point. */
void la_inject(unsigned point)
{
    if (atomic_load_explicit(&armed_point, memory_order_acquire) != point)
        return;
    atomic_store_explicit(&armed_point, 0, memory_order_relaxed);
    stepped = true;
    armed_step();
}

static void arm(unsigned point, void (*step)(void))
{
    armed_step = step;
    stepped = false;
    atomic_store_explicit(&armed_point, point, memory_order_release);
}

static struct lookaside_strategy_stats get_stats(const struct lookaside_strategy *strategy)
{
    struct lookaside_strategy_stats stats;

    strategy->stats(&list, &stats);
    return stats;
}

static void set_limit(uint32_t limit)
{
    atomic_store_explicit(&list.limit, limit, memory_order_relaxed);
}

/* --- magazine: a drain to a lower limit, and a thread that pushes meanwhile --- */

enum turn { NOBODYS, FILL_AND_EMPTY, PUSH, END };
static _Atomic enum turn turn;

static void let(enum turn whose)
{
    atomic_store_explicit(&turn, whose, memory_order_release);
    while (atomic_load_explicit(&turn, memory_order_acquire) != NOBODYS)
        sched_yield();
}

static void *take_turns(void *unused)
{
    enum turn mine = NOBODYS;

    while (mine != END) {
        while ((mine = atomic_load_explicit(&turn, memory_order_acquire)) == NOBODYS)
            sched_yield();
        for (unsigned k = 0; mine != END && k < NR; k++)
            list.push(&list, &entries[k]);
        while (mine == FILL_AND_EMPTY && list.pop(&list))
            continue;
        atomic_store_explicit(&turn, NOBODYS, memory_order_release);
    }
    return unused;
}

static void let_push(void)
{
    let(PUSH);
}

static void magazine_keeps_a_lower_limit_that_others_push_against(void **state)
{
    pthread_t thread;

    (void)state;
    bare_init(&list, &la_strategy_magazine, NR);
    assert_null(list.pop(&list)); /* company for the other thread */
    assert_int_equal(pthread_create(&thread, NULL, take_turns, NULL), 0);
    let(FILL_AND_EMPTY);
    assert_true(magazine_hint(&magazine_state(&list)->hub->depot.room) > 0);
    set_limit(4);
    arm(608, let_push);
    la_strategy_magazine.drain(&list, 4);
    assert_true(stepped);
    assert_in_range(get_stats(&la_strategy_magazine).held, 0, 4);
    let(END);
    assert_int_equal(pthread_join(thread, NULL), 0);
    la_strategy_magazine.drain(&list, 0);
    bare_fini(&list);
}

/* --- magazine with biased locks: statistics while the owner moves counters --- */

static struct lookaside_strategy_stats seen;

static void see_stats(void)
{
    seen = get_stats(&la_strategy_magazine);
}

static void magazine_shows_no_pop_twice(void **state)
{
    (void)state;
    if (la_rseq()->area || !la_biased_works(&(const char *){NULL}))
        skip(); /* the owner's lock keeps statistics out */
    bare_init(&list, &la_strategy_magazine, NR);
    for (unsigned k = 0; k < 20; k++) {
        assert_true(list.push(&list, &entries[k]));
        if (k >= 10)
            assert_non_null(list.pop(&list));
    }
    arm(604, see_stats);
    list.strategy->thread_exit(&list);
    assert_true(stepped);
    assert_in_range(seen.pops, 0, 10);
    assert_int_equal(get_stats(&la_strategy_magazine).pops, 10);
    la_strategy_magazine.drain(&list, 0);
    bare_fini(&list);
}

/* --- a claim of credits under a limit that falls right after it --- */

static void fall_to_one(void)
{
    set_limit(1);
}

static void check_claim(const struct lookaside_strategy *strategy, unsigned point)
{
    bare_init(&list, strategy, NR);
    arm(point, fall_to_one);
    assert_true(list.push(&list, &entries[0]));
    assert_true(stepped);
    for (unsigned k = 1; k < NR; k++)
        assert_false(list.push(&list, &entries[k]));
    assert_int_equal(get_stats(strategy).held, 1);
    strategy->drain(&list, 0);
    bare_fini(&list);
}

static void magazine_claims_by_the_new_limit(void **state)
{
    (void)state;
    check_claim(&la_strategy_magazine, 602);
}

static void percpu_claims_by_the_new_limit(void **state)
{
    (void)state;
    check_claim(&la_strategy_percpu, 501);
}

/* --- slist: a push that has read a limit which then falls --- */

static void lower_to_one(void)
{
    set_limit(1);
    assert_null(la_strategy_slist.drain(&list, 1));
}

static void slist_push_looks_at_the_limit_again(void **state)
{
    (void)state;
    bare_init(&list, &la_strategy_slist, 2);
    assert_true(list.push(&list, &entries[0]));
    arm(404, lower_to_one);
    assert_false(list.push(&list, &entries[1]));
    assert_true(stepped);
    assert_int_equal(get_stats(&la_strategy_slist).held, 1);
    assert_int_equal(get_stats(&la_strategy_slist).pushes, 1);
    assert_int_equal(get_stats(&la_strategy_slist).pops, 0);
    la_strategy_slist.drain(&list, 0);
    bare_fini(&list);
}

static void lower_to_ten(void)
{
    set_limit(10);
    (void)la_strategy_slist.drain(&list, 10);
}

static void slist_push_bulk_looks_at_the_limit_again(void **state)
{
    void *all[NR];
    size_t kept;

    (void)state;
    for (unsigned k = 0; k < NR; k++)
        all[k] = &entries[k];
    bare_init(&list, &la_strategy_slist, NR);
    arm(412, lower_to_ten);
    kept = la_strategy_slist.push_bulk(&list, all, NR);
    assert_true(stepped);
    assert_int_equal(kept, 10);
    assert_int_equal(get_stats(&la_strategy_slist).held, 10);
    assert_int_equal(get_stats(&la_strategy_slist).pushes, 10);
    la_strategy_slist.drain(&list, 0);
    bare_fini(&list);
}

/* --- spinlock: a push and a pop when the larger array is in place, the old one not yet freed ---
 */

static void push_and_pop_three(void)
{
    set_limit(NR);
    for (unsigned k = 40; k < 43; k++)
        assert_true(list.push(&list, &entries[k]));
    assert_ptr_equal(list.pop(&list), &entries[42]);
}

static void spinlock_goes_on_in_the_larger_array(void **state)
{
    (void)state;
    bare_init(&list, &la_strategy_spinlock, 20);
    for (unsigned k = 0; k < 20; k++)
        assert_true(list.push(&list, &entries[k]));
    arm(209, push_and_pop_three);
    assert_int_equal(la_strategy_spinlock.set_depth(&list, NR), 0);
    assert_true(stepped);
    assert_ptr_equal(list.pop(&list), &entries[41]);
    assert_ptr_equal(list.pop(&list), &entries[40]);
    for (unsigned k = 20; k > 0; k--)
        assert_ptr_equal(list.pop(&list), &entries[k - 1]);
    bare_fini(&list);
}

/* --- the lock: granted to a waiter that starves, and somebody else finds it so --- */

static struct la_spinlock lock;
static _Atomic bool starving, goes, was_in;

static void stay_once_starving(void)
{
    if (!atomic_load_explicit(&lock.starves, memory_order_relaxed)) {
        arm(212, stay_once_starving);
        return;
    }
    atomic_store_explicit(&starving, true, memory_order_release);
    while (!atomic_load_explicit(&goes, memory_order_acquire))
        sched_yield();
}

static void let_go(void)
{
    atomic_store_explicit(&goes, true, memory_order_release);
}

static void *lock_once(void *unused)
{
    la_spin_lock(&lock);
    atomic_store_explicit(&was_in, true, memory_order_relaxed);
    la_spin_unlock(&lock);
    return unused;
}

static void a_granted_lock_is_nobody_elses(void **state)
{
    pthread_t thread;

    (void)state;
    la_spin_lock(&lock);
    arm(212, stay_once_starving);
    assert_int_equal(pthread_create(&thread, NULL, lock_once, NULL), 0);
    while (!atomic_load_explicit(&starving, memory_order_acquire))
        sched_yield();
    la_spin_unlock(&lock);
    assert_false(la_spin_try_lock(&lock));
    arm(210, let_go);
    la_spin_lock(&lock);
    assert_true(stepped);
    assert_true(atomic_load_explicit(&was_in, memory_order_relaxed));
    la_spin_unlock(&lock);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest locks[] = {
        cmocka_unit_test(a_granted_lock_is_nobody_elses),
    };
    const struct CMUnitTest magazine[] = {
        cmocka_unit_test(magazine_keeps_a_lower_limit_that_others_push_against),
        cmocka_unit_test(magazine_shows_no_pop_twice),
        cmocka_unit_test(magazine_claims_by_the_new_limit),
    };
    const struct CMUnitTest percpu[] = {
        cmocka_unit_test(percpu_claims_by_the_new_limit),
    };
    const struct CMUnitTest slist[] = {
        cmocka_unit_test(slist_push_looks_at_the_limit_again),
        cmocka_unit_test(slist_push_bulk_looks_at_the_limit_again),
    };
    const struct CMUnitTest spinlock[] = {
        cmocka_unit_test(spinlock_goes_on_in_the_larger_array),
    };
    int failed =
        cmocka_run_group_tests(locks, NULL, NULL) + cmocka_run_group_tests(magazine, NULL, NULL) +
        cmocka_run_group_tests(percpu, NULL, NULL) + cmocka_run_group_tests(spinlock, NULL, NULL);

    if (la_strategy_slist.supported(&(const char *){NULL}))
        failed += cmocka_run_group_tests(slist, NULL, NULL);
    return failed;
}
