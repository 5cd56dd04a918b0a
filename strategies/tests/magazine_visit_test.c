/* SPDX-License-Identifier: MIT */
/*
 * magazine_visit_test.c: what one thread does to another's magazines while that is at work or
 * rests; and how magazines grow, shrink and go.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "churn.h"
#include "magazine.h"
#include "magazine_case.h"
#include "memcheck.h"
#include "resident.h"

static struct magazine_depot *depot_of(struct lookaside *list)
{
    return &magazine_state(list)->hub->depot;
}

/* Pops nr entries, which must be those from `from` on, each once. */
static void check_popped(struct lookaside *list, unsigned from, unsigned nr)
{
    bool seen[NR] = {false};

    for (unsigned k = 0; k < nr; k++) {
        struct entry *entry = list->pop(list);

        assert_non_null(entry);
        assert_in_range(entry - entries, from, from + nr - 1);
        assert_false(seen[entry - entries]);
        seen[entry - entries] = true;
    }
    assert_null(list->pop(list));
}

static void a_miss_fetches_what_resting_threads_hold(void **state)
{
    struct resident residents[3];
    struct part parts[3];
    struct lookaside list;

    (void)state;
    bare_init(&list, MAGAZINE, 256);
    assert_null(list.pop(&list));
    for (unsigned i = 0; i < 3; i++) {
        parts[i] = (struct part){&list, 20 * i, 20};
        resident_start(&residents[i], push_part, &parts[i]);
    }
    assert_int_equal(magazine_hint(&depot_of(&list)->entries), 0);
    check_popped(&list, 0, 60);
    for (unsigned i = 0; i < 3; i++)
        resident_end(&residents[i]);
    fini(&list);
}

/* A CPU that was offline, or one of another socket, may count from far behind. */
static void a_pause_that_another_clock_set_is_over(void **state)
{
    struct resident resident;
    struct lookaside list;
    struct part part = {&list, 0, 20};
    struct magazine_cache *cache;

    (void)state;
    bare_init(&list, MAGAZINE, 256);
    assert_null(list.pop(&list));
    resident_start(&resident, push_part, &part);
    cache = la_slot_cell(magazine_state(&list)->slot)->value;
    cache->look_after[MAGAZINE_ENTRIES] = UINT64_C(1) << 62;
    check_popped(&list, 0, 20);
    resident_end(&resident);
    fini(&list);
}

/* --- a visited owner --- */

static bool shows(struct lookaside *list)
{
    return atomic_load_explicit(&la_slot_cell(magazine_state(list)->slot)->loaded,
                                memory_order_relaxed) != &la_slab_away;
}

static void pair(struct lookaside *list, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        assert_true(list->push(list, &entries[i % 2]));
        assert_ptr_equal(list->pop(list), &entries[i % 2]);
    }
}

static void a_visited_owner_shows_itself_again_when_calm(void **state)
{
    struct lookaside list;

    (void)state;
    if (!la_rseq()->area)
        skip();
    bare_init(&list, MAGAZINE, 256);
    pair(&list, 1);
    assert_true(shows(&list));
    assert_null(MAGAZINE->drain(&list, 0));
    assert_false(shows(&list));
    pair(&list, 100);
    assert_false(shows(&list));
    pair(&list, 1000);
    assert_true(shows(&list));
    pair(&list, 1000);
    fini(&list);
}

/*
 * A section whose commit is on its way when its magazine is taken. The owner writes to lines that
 * the visitor has just written to, so that its stores queue up behind each other for a microsecond,
 * the commits among them: without a fence the visitor would empty the magazine before they arrive.
 * Nothing here that an entry passes is a locked instruction, which would wait for the queue.
 */
enum { NR_OWN = 16, NR_LINES = 32, NR_VISITS = 6000, PAUSE_NS = 20000 };
enum whose { OWNERS, LISTS };

struct late {
    struct lookaside list;
    struct {
        _Alignas(64) _Atomic unsigned word;
    } lines[NR_LINES];
    _Atomic enum whose whose[NR_OWN];
    _Atomic bool ends;
    _Atomic unsigned nr_wrong;
    uint64_t pops, pushes;
};

static void write_lines(struct late *late, unsigned value)
{
    for (unsigned i = 0; i < NR_LINES; i++)
        atomic_store_explicit(&late->lines[i].word, value, memory_order_relaxed);
}

static void change_hands(struct late *late, unsigned k, enum whose from, enum whose to)
{
    if (atomic_load_explicit(&late->whose[k], memory_order_relaxed) != from)
        atomic_fetch_add_explicit(&late->nr_wrong, 1, memory_order_relaxed);
    atomic_store_explicit(&late->whose[k], to, memory_order_relaxed);
}

static void own_step(struct late *late, unsigned k, bool pops)
{
    struct entry *entry;

    if (pops && (entry = late->list.pop(&late->list))) {
        change_hands(late, (unsigned)(entry - entries), LISTS, OWNERS);
        late->pops++;
    } else if (!pops && atomic_load_explicit(&late->whose[k], memory_order_relaxed) == OWNERS) {
        change_hands(late, k, OWNERS, LISTS);
        if (late->list.push(&late->list, &entries[k]))
            late->pushes++;
        else
            change_hands(late, k, LISTS, OWNERS);
    }
}

static void *own(void *argument)
{
    struct late *late = argument;

    for (unsigned i = 0; !atomic_load_explicit(&late->ends, memory_order_relaxed); i++) {
        write_lines(late, i);
        own_step(late, i % NR_OWN, i % 5 < 2);
    }
    return NULL;
}

static void visit_late(struct late *late, unsigned i)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    void *chain;

    nanosleep(&pause, NULL);
    write_lines(late, i);
    for (chain = MAGAZINE->drain(&late->list, 0); chain; chain = la_chain_next(chain))
        change_hands(late, (unsigned)((struct entry *)chain - entries), LISTS, OWNERS);
}

static void a_visit_waits_for_commits_on_their_way(void **state)
{
    static struct late late;
    struct lookaside_strategy_stats stats;
    pthread_t thread;
    unsigned nr_lists = 0;

    (void)state;
    bare_init(&late.list, MAGAZINE, 64);
    assert_int_equal(pthread_create(&thread, NULL, own, &late), 0);
    for (unsigned i = la_memcheck_runs() ? NR_VISITS / CHURN_MEMCHECK : NR_VISITS; i > 0; i--)
        visit_late(&late, i);
    atomic_store_explicit(&late.ends, true, memory_order_relaxed);
    assert_int_equal(pthread_join(thread, NULL), 0);
    MAGAZINE->stats(&late.list, &stats);
    for (unsigned k = 0; k < NR_OWN; k++)
        nr_lists += atomic_load_explicit(&late.whose[k], memory_order_relaxed) == LISTS;
    assert_int_equal(late.nr_wrong, 0);
    assert_int_equal(stats.pops, late.pops);
    assert_int_equal(stats.pushes, late.pushes);
    assert_int_equal(stats.held, nr_lists);
    fini(&late.list);
}

/* --- more lists than a thread has direct cells --- */

enum { NR_LISTS = 2 * LA_DIRECT_CELLS + 5 };

static void push_to_all(void *argument)
{
    struct lookaside *lists = argument;

    for (unsigned i = 0; i < NR_LISTS; i++)
        push_part(&(struct part){&lists[i], i % 5, 70});
}

static void bulk_one(struct lookaside *list)
{
    void *some[10] = {&entries[200], &entries[201]}, *back[10];

    assert_int_equal(MAGAZINE->push_bulk(list, some, 2), 2);
    assert_int_equal(MAGAZINE->pop_bulk(list, back, 10), 2);
    assert_ptr_equal(back[0], some[1]);
    assert_ptr_equal(back[1], some[0]);
}

static void lists_beyond_the_direct_cells_work_alike(void **state)
{
    static struct lookaside lists[NR_LISTS];
    struct resident resident;
    unsigned i, nr_far = 0;

    (void)state;
    for (i = 0; i < NR_LISTS; i++) {
        bare_init(&lists[i], MAGAZINE, 100);
        nr_far += !la_slot_is_direct(magazine_state(&lists[i])->slot);
    }
    assert_true(nr_far > LA_DIRECT_CELLS);
    /* The far ones first, and the near ones last. */
    for (i = NR_LISTS; i-- > 0;)
        bulk_one(&lists[i]);
    resident_start(&resident, push_to_all, lists);
    for (i = 0; i < NR_LISTS; i += 2)
        check_popped(&lists[i], i % 5, 70);
    resident_end(&resident);
    for (i = 1; i < NR_LISTS; i += 2)
        check_popped(&lists[i], i % 5, 70);
    elsewhere(push_to_all, lists);
    for (i = 0; i < NR_LISTS; i++) {
        assert_int_equal(held(&lists[i]), 70);
        fini(&lists[i]);
    }
}

/* --- counts and copies --- */

/* As if the calling thread had popped so much more. */
static void count_pops(struct lookaside *list, uint64_t nr)
{
    struct magazine_cache *cache = la_slot_cell(magazine_state(list)->slot)->value;

    la_slab_add_word(magazine_loaded(cache), nr << LA_SLAB_POPS_SHIFT);
}

static void statistics_count_past_the_end_of_a_word(void **state)
{
    const uint64_t half = UINT64_C(1) << 47;
    struct lookaside_strategy_stats stats;
    struct lookaside list;

    (void)state;
    bare_init(&list, MAGAZINE, 8);
    assert_true(list.push(&list, &entries[0]));
    for (unsigned i = 1; i <= 4; i++) {
        count_pops(&list, half);
        if (i == 3)
            MAGAZINE->tick(&list);
        else
            MAGAZINE->stats(&list, &stats);
    }
    assert_int_equal(stats.pops, 4 * half);
    assert_int_equal(stats.pushes, 4 * half + 1);
    assert_int_equal(stats.held, 1);
    fini(&list);
}

/* In the child: what is wrong, or 0. */
static int use_a_copy(struct lookaside *list)
{
    unsigned nr;

    alarm(30); /* a wait for threads that are not there */
    for (nr = 0; list->pop(list); nr++)
        continue;
    if (nr != 60)
        return 1;
    for (unsigned k = 0; k < 70; k++)
        list->push(list, &entries[k]);
    MAGAZINE->tick(list);
    return held(list) == 70 && MAGAZINE->drain(list, 0) && held(list) == 0 ? 0 : 2;
}

static void a_forked_child_has_what_resting_threads_held(void **state)
{
    struct lookaside list;
    struct part part = {&list, 0, 60};
    struct resident resident;
    int status;
    pid_t child;

    (void)state;
    bare_init(&list, MAGAZINE, 256);
    resident_start(&resident, push_part, &part);
    child = fork();
    if (child == 0)
        _exit(use_a_copy(&list));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    check_popped(&list, 0, 60);
    resident_end(&resident);
    fini(&list);
}

/* --- magazines grow, shrink and go --- */

static uint32_t full_after(struct magazine_depot *depot, unsigned nr_waited)
{
    for (unsigned i = 0; i < MAGAZINE_VISITS; i++)
        magazine_depot_note(depot, i < nr_waited);
    return magazine_hint(&depot->full);
}

static void magazines_grow_when_the_depot_is_contended(void **state)
{
    struct magazine_depot depot = {0};
    uint32_t credits = 0;

    (void)state;
    magazine_depot_init(&depot);
    assert_int_equal(full_after(&depot, 0), MAGAZINE_FULL);
    assert_int_equal(full_after(&depot, MAGAZINE_CONTENDED), MAGAZINE_FULL);
    assert_int_equal(full_after(&depot, MAGAZINE_CONTENDED + 1), 2 * MAGAZINE_FULL);
    assert_int_equal(full_after(&depot, MAGAZINE_VISITS), MAGAZINE_SLOTS);
    assert_int_equal(full_after(&depot, MAGAZINE_VISITS), MAGAZINE_SLOTS);
    /* The interval in which somebody waited, then two in which nobody did. */
    assert_null(magazine_depot_tick(&depot, &credits));
    assert_int_equal(magazine_hint(&depot.full), MAGAZINE_SLOTS);
    magazine_depot_tick(&depot, &credits);
    assert_int_equal(magazine_hint(&depot.full), MAGAZINE_SLOTS / 2);
    magazine_depot_tick(&depot, &credits);
    magazine_depot_tick(&depot, &credits);
    assert_int_equal(magazine_hint(&depot.full), MAGAZINE_FULL);
}

static struct la_slab *filled(unsigned nr)
{
    struct la_slab *magazine = magazine_new(MAGAZINE_SLOTS);

    assert_non_null(magazine);
    la_slab_set_capacity(magazine, nr);
    for (unsigned k = 0; k < nr; k++)
        assert_true(la_slab_push(magazine, &entries[k]));
    return magazine;
}

static void magazines_stay_large_while_some_are_to_spare(void **state)
{
    struct magazine_depot depot = {0};
    struct la_slab *magazine;
    uint32_t credits = 0;

    (void)state;
    magazine_depot_init(&depot);
    full_after(&depot, MAGAZINE_VISITS);
    magazine_depot_put(&depot, filled(3));
    magazine_depot_put(&depot, filled(3));
    magazine_depot_tick(&depot, &credits);
    magazine = magazine_depot_exchange_for_filled(&depot, NULL);
    magazine_depot_tick(&depot, &credits); /* one was never needed */
    assert_int_equal(magazine_hint(&depot.full), 2 * MAGAZINE_FULL);
    free(magazine_depot_exchange_for_filled(&depot, NULL));
    magazine_depot_put(&depot, magazine);
    magazine_depot_tick(&depot, &credits); /* all were needed */
    assert_int_equal(magazine_hint(&depot.full), MAGAZINE_FULL);
    assert_int_equal(magazine_hint(&depot.entries), 3);
    free(magazine_depot_detach_filled(&depot));
}

static void ticks_free_magazines_that_nobody_needs(void **state)
{
    struct part part = {0};
    struct lookaside list;

    (void)state;
    bare_init(&list, MAGAZINE, 500);
    part = (struct part){&list, 0, 500};
    elsewhere(push_part, &part);
    check_popped(&list, 0, 500);
    assert_true(depot_of(&list)->nr_empty > 1);
    MAGAZINE->tick(&list);
    assert_true(depot_of(&list)->nr_empty > 1); /* some were not there all the time */
    MAGAZINE->tick(&list);
    MAGAZINE->tick(&list);
    assert_int_equal(depot_of(&list)->nr_empty, 0);
    assert_int_equal(magazine_hint(&depot_of(&list)->room), 0);
    elsewhere(push_part, &part);
    assert_int_equal(held(&list), 500);
    fini(&list);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_miss_fetches_what_resting_threads_hold),
        cmocka_unit_test(a_pause_that_another_clock_set_is_over),
        cmocka_unit_test(a_visited_owner_shows_itself_again_when_calm),
        cmocka_unit_test(a_visit_waits_for_commits_on_their_way),
        cmocka_unit_test(lists_beyond_the_direct_cells_work_alike),
        cmocka_unit_test(statistics_count_past_the_end_of_a_word),
        cmocka_unit_test(a_forked_child_has_what_resting_threads_held),
        cmocka_unit_test(magazines_grow_when_the_depot_is_contended),
        cmocka_unit_test(magazines_stay_large_while_some_are_to_spare),
        cmocka_unit_test(ticks_free_magazines_that_nobody_needs),
    };

    if (!magazine_case(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
