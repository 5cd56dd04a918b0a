/* SPDX-License-Identifier: MIT */
/*
 * magazine_threads_test.c: threads that use magazines at once, exit, are visited meanwhile, and
 * outlive lists.
 */
#include <pthread.h>
#include <stdlib.h>

#include "chain.h"
#include "churn.h"
#include "magazine_case.h"
#include "memcheck.h"

static pthread_key_t late_key;
static struct lookaside *late_list;

/* Runs in destructors, after the first round of them. */
static void push_late(void *argument)
{
    uintptr_t rounds = (uintptr_t)argument;

    if (rounds > 1) {
        pthread_setspecific(late_key, (void *)(rounds - 1));
        return;
    }
    assert_true(late_list->push(late_list, &entries[2]));
    assert_ptr_equal(late_list->pop(late_list), &entries[2]);
    assert_true(late_list->push(late_list, &entries[3]));
}

static void use_then_exit_late(void *argument)
{
    struct part *part = argument;

    push_part(part);
    pthread_setspecific(late_key, (void *)(uintptr_t)2);
}

static void destructors_may_still_use_the_list(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 2};

    (void)state;
    bare_init(&list, MAGAZINE, 8);
    late_list = &list;
    assert_int_equal(pthread_key_create(&late_key, push_late), 0);
    elsewhere(use_then_exit_late, &part);
    pthread_key_delete(late_key);
    assert_int_equal(held(&list), 3);
    assert_int_equal(chain_length(MAGAZINE->drain(&list, 0)), 3);
    fini(&list);
}

enum { NR_LIVES = 500 };

struct exits {
    struct lookaside list;
    _Atomic uint64_t allocated, freed;
    _Atomic unsigned nr_working;
};

static void count(_Atomic uint64_t *number)
{
    atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

static void give(struct exits *exits, void *entry)
{
    if (exits->list.push(&exits->list, entry))
        return;
    free(entry);
    count(&exits->freed);
}

static void live_shortly(void *argument)
{
    struct exits *exits = argument;
    void *entry;

    for (unsigned i = 0; i < 40; i++) {
        entry = i % 3 == 0 ? exits->list.pop(&exits->list) : NULL;
        if (!entry) {
            entry = malloc(sizeof(struct entry));
            assert_non_null(entry);
            count(&exits->allocated);
        }
        give(exits, entry);
    }
}

static void *beget(void *argument)
{
    struct exits *exits = argument;

    for (unsigned i = la_memcheck_runs() ? NR_LIVES / CHURN_MEMCHECK : NR_LIVES; i > 0; i--)
        elsewhere(live_shortly, exits);
    atomic_fetch_sub_explicit(&exits->nr_working, 1, memory_order_relaxed);
    return NULL;
}

static void release(struct exits *exits, void *chain)
{
    while (chain) {
        void *entry = chain;

        chain = la_chain_next(entry);
        free(entry);
        count(&exits->freed);
    }
}

static void threads_may_exit_while_they_are_visited(void **state)
{
    static struct exits exits;
    struct lookaside_strategy_stats stats;
    pthread_t threads[2];
    unsigned i;

    (void)state;
    bare_init(&exits.list, MAGAZINE, 60);
    atomic_init(&exits.nr_working, 2);
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, beget, &exits), 0);
    for (i = 0; atomic_load_explicit(&exits.nr_working, memory_order_relaxed) > 0; i++) {
        MAGAZINE->tick(&exits.list);
        live_shortly(&exits);
        if (i % 8 == 0)
            release(&exits, MAGAZINE->drain(&exits.list, i % 16));
        MAGAZINE->stats(&exits.list, &stats);
        assert_true(stats.held <= 60);
    }
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    release(&exits, MAGAZINE->drain(&exits.list, 0));
    assert_int_equal(exits.allocated, exits.freed);
    fini(&exits.list);
}

/* Lists come and go while a thread that used them lives on: their numbers are used again, and what
 * it knew of the old list must not show in the new one. */
struct successor {
    struct lookaside lists[40];
    pthread_barrier_t step;
};

static void *use_successors(void *argument)
{
    struct successor *successor = argument;

    for (unsigned round = 0; round < 20; round++) {
        pthread_barrier_wait(&successor->step);
        for (unsigned i = 0; i < 40; i++) {
            assert_null(successor->lists[i].pop(&successor->lists[i]));
            assert_true(successor->lists[i].push(&successor->lists[i], &entries[i]));
        }
        pthread_barrier_wait(&successor->step);
    }
    return NULL;
}

static void lists_may_end_while_their_threads_live(void **state)
{
    static struct successor successor;
    pthread_t thread;

    (void)state;
    pthread_barrier_init(&successor.step, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, use_successors, &successor), 0);
    for (unsigned round = 0; round < 20; round++) {
        unsigned order = round % 2 ? 1 : 39;

        for (unsigned i = 0; i < 40; i++)
            bare_init(&successor.lists[i], MAGAZINE, 4);
        pthread_barrier_wait(&successor.step);
        pthread_barrier_wait(&successor.step);
        for (unsigned i = 0; i < 40; i++) {
            struct lookaside *list = &successor.lists[i * order % 40];

            assert_ptr_equal(MAGAZINE->drain(list, 0), &entries[i * order % 40]);
            bare_fini(list);
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_barrier_destroy(&successor.step);
}

static void threads_conserve_entries_and_counts(void **state)
{
    static const uint32_t tight[] = {1, 7, 64, 256};

    (void)state;
    for (unsigned i = 0; i < sizeof tight / sizeof *tight; i++)
        churn_run(&(struct churn){.strategy = MAGAZINE,
                                  .limit = tight[i],
                                  .nr_threads = 4,
                                  .nr_steps = 40000,
                                  .nr_at_once = 50});
}

static void threads_conserve_entries_while_drained(void **state)
{
    (void)state;
    churn_drained(MAGAZINE, 100, 100000, 60);
}

/* Pauses long enough for the threads to take their bias back, so that visits find it. */
static void visits_exclude_a_biased_owner(void **state)
{
    (void)state;
    churn_run(&(struct churn){.strategy = MAGAZINE,
                              .limit = 30,
                              .nr_threads = 2,
                              .nr_steps = 2000000,
                              .nr_at_once = 20,
                              .drains = true,
                              .drain_pause_ns = 20000});
}

static void one_way_traffic_goes_through_the_depot(void **state)
{
    (void)state;
    for (int drains = 0; drains < 2; drains++)
        churn_run(&(struct churn){.strategy = MAGAZINE,
                                  .limit = 256,
                                  .nr_threads = 4,
                                  .nr_steps = 40000,
                                  .one_way = true,
                                  .drains = drains});
}

static void unmapping_is_safe(void **state)
{
    (void)state;
    churn_unmapped(MAGAZINE, 6, 5000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destructors_may_still_use_the_list),
        cmocka_unit_test(threads_may_exit_while_they_are_visited),
        cmocka_unit_test(lists_may_end_while_their_threads_live),
        cmocka_unit_test(threads_conserve_entries_and_counts),
        cmocka_unit_test(threads_conserve_entries_while_drained),
        cmocka_unit_test(visits_exclude_a_biased_owner),
        cmocka_unit_test(one_way_traffic_goes_through_the_depot),
        cmocka_unit_test(unmapping_is_safe),
    };

    if (!magazine_case(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
