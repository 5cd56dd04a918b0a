/* SPDX-License-Identifier: MIT */
/* slist_test.c: the stack's bound, order, counters, and that nothing reads memory that is gone. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "chain.h"
#include "churn.h"
#include "hazard.h"

extern const struct lookaside_strategy la_strategy_slist;
#define SLIST (&la_strategy_slist)

enum { NR = 64 };
struct entry {
    _Alignas(16) uintptr_t words[8];
};
static struct entry entries[NR];

static uint64_t held(struct lookaside *list)
{
    struct lookaside_strategy_stats stats;

    SLIST->stats(list, &stats);
    return stats.held;
}

static void keeps_the_limit_newest_first(void **state)
{
    static const uint32_t limits[] = {0, 1, 4, 31};
    struct lookaside list;

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        bare_init(&list, SLIST, limits[i]);
        assert_null(list.pop(&list));
        for (uint32_t k = 0; k < NR; k++)
            assert_int_equal(list.push(&list, &entries[k]), k < limits[i]);
        assert_int_equal(held(&list), limits[i]);
        for (uint32_t k = limits[i]; k-- > 0;)
            assert_ptr_equal(list.pop(&list), &entries[k]);
        assert_null(list.pop(&list));
        bare_fini(&list);
    }
}

static struct lookaside_finding last_finding;

static void note(const struct lookaside_finding *finding)
{
    last_finding = *finding;
}

static void check_refused(struct lookaside *list, void *entry, enum lookaside_finding_kind kind)
{
    uint64_t before = held(list);

    last_finding.kind = 0;
    assert_true(list->push(list, entry));
    assert_int_equal(last_finding.kind, kind);
    assert_ptr_equal(last_finding.entry, entry);
    assert_int_equal(held(list), before);
}

static void refuses_what_cannot_be_an_entry(void **state)
{
    struct lookaside list;

    (void)state;
    lookaside_set_finding_hook(note);
    bare_init(&list, SLIST, 8);
    assert_true(list.push(&list, &entries[0]));
    assert_true(list.push(&list, &entries[1]));
    check_refused(&list, &entries[1], LOOKASIDE_DOUBLE_FREE);
    check_refused(&list, (char *)&entries[2] + 1, LOOKASIDE_MISALIGNED_ENTRY);
    assert_ptr_equal(list.pop(&list), &entries[1]);
    assert_ptr_equal(list.pop(&list), &entries[0]);
    assert_null(list.pop(&list));
    bare_fini(&list);
    lookaside_set_finding_hook(NULL);
}

/* What lies in an entry is no address that somebody could use, or plant. */
static void links_are_mangled(void **state)
{
    struct lookaside list;
    uintptr_t word;

    (void)state;
    la_chain_keep_secret();
    bare_init(&list, SLIST, 8);
    list.push(&list, &entries[0]);
    list.push(&list, &entries[1]);
    memcpy(&word, &entries[1], sizeof word);
    assert_int_not_equal(word, (uintptr_t)&entries[0]);
    assert_ptr_equal(la_chain_next(&entries[1]), &entries[0]);
    assert_int_not_equal(la_chain_secret, 0);
    assert_ptr_equal(list.pop(&list), &entries[1]);
    assert_ptr_equal(list.pop(&list), &entries[0]);
    bare_fini(&list);
}

static void counts_without_counters(void **state)
{
    struct lookaside list;
    struct lookaside_strategy_stats stats;
    void *chain;

    (void)state;
    bare_init(&list, SLIST, 8);
    for (unsigned k = 0; k < 10; k++)
        list.push(&list, &entries[k]);
    for (unsigned k = 0; k < 3; k++)
        assert_non_null(list.pop(&list));
    chain = SLIST->drain(&list, 0);
    assert_ptr_equal(chain, &entries[4]);
    assert_true(list.push(&list, &entries[0]));
    SLIST->stats(&list, &stats);
    assert_int_equal(stats.pushes, 9);
    assert_int_equal(stats.pops, 3);
    assert_int_equal(stats.held, 1);
    bare_fini(&list);
}

/* The word is the second of the state: 43 bits of sequence over 21 of depth. */
static void counts_past_the_end_of_the_sequence(void **state)
{
    const uint64_t near_the_end = ((UINT64_C(1) << 43) - 6) << 21;
    struct lookaside list;
    struct lookaside_strategy_stats before, after;

    (void)state;
    bare_init(&list, SLIST, 8);
    memcpy(list.state + 8, &near_the_end, sizeof near_the_end);
    SLIST->stats(&list, &before);
    for (unsigned k = 0; k < 10; k++) {
        assert_true(list.push(&list, &entries[k]));
        assert_ptr_equal(list.pop(&list), &entries[k]);
    }
    assert_true(list.push(&list, &entries[0]));
    SLIST->tick(&list);
    SLIST->stats(&list, &after);
    assert_int_equal(after.pushes - before.pushes, 11);
    assert_int_equal(after.pops - before.pops, 10);
    assert_int_equal(after.held, 1);
    bare_fini(&list);
}

static size_t chain_length(void *chain)
{
    size_t nr = 0;

    for (; chain; chain = la_chain_next(chain))
        nr++;
    return nr;
}

static void drain_keeps_what_it_should(void **state)
{
    struct lookaside list;
    void *chain;

    (void)state;
    bare_init(&list, SLIST, 16);
    assert_null(SLIST->drain(&list, 0));
    assert_null(SLIST->drain(&list, 4));
    for (unsigned k = 0; k < 10; k++)
        list.push(&list, &entries[k]);
    assert_null(SLIST->drain(&list, 10));
    chain = SLIST->drain(&list, 4);
    assert_int_equal(chain_length(chain), 6);
    for (unsigned k = 10; k-- > 4; chain = la_chain_next(chain))
        assert_ptr_equal(chain, &entries[k]);
    assert_int_equal(held(&list), 4);
    assert_ptr_equal(list.pop(&list), &entries[3]);
    chain = SLIST->drain(&list, 0);
    assert_ptr_equal(chain, &entries[2]);
    assert_int_equal(chain_length(chain), 3);
    assert_int_equal(held(&list), 0);
    bare_fini(&list);
}

static void bulk_keeps_the_first_and_touches_no_other(void **state)
{
    struct lookaside list;
    void *all[NR];

    (void)state;
    bare_init(&list, SLIST, 40);
    for (unsigned k = 0; k < NR; k++) {
        all[k] = &entries[k];
        entries[k].words[0] = 77 + k;
    }
    assert_int_equal(SLIST->push_bulk(&list, all, NR), 40);
    for (unsigned k = 40; k < NR; k++)
        assert_int_equal(entries[k].words[0], 77 + k);
    assert_int_equal(SLIST->push_bulk(&list, all + 40, 2), 0);
    for (unsigned k = 40; k-- > 0;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    assert_null(list.pop(&list));
    bare_fini(&list);
}

static void a_lower_limit_refuses_until_it_is_met(void **state)
{
    struct lookaside list;

    (void)state;
    bare_init(&list, SLIST, 8);
    for (unsigned k = 0; k < 8; k++)
        assert_true(list.push(&list, &entries[k]));
    atomic_store_explicit(&list.limit, 2, memory_order_relaxed);
    assert_false(list.push(&list, &entries[8]));
    for (unsigned k = 8; k-- > 1;)
        assert_ptr_equal(list.pop(&list), &entries[k]);
    assert_true(list.push(&list, &entries[8]));
    assert_false(list.push(&list, &entries[9]));
    SLIST->drain(&list, 0);
    bare_fini(&list);
}

static void threads_conserve_entries_and_counts(void **state)
{
    (void)state;
    churn_run(&(struct churn){
        .strategy = SLIST, .limit = 16, .nr_threads = 4, .nr_steps = 50000, .nr_at_once = 8});
}

static void threads_conserve_entries_while_drained(void **state)
{
    (void)state;
    churn_drained(SLIST, 64, 50000, 32);
}

static void nothing_reads_unmapped_entries(void **state)
{
    (void)state;
    churn_unmapped(SLIST, 8, 20000);
}

struct announcer {
    pthread_t thread;
    const void *entry;
    bool leaves; /* at once: only the announcement may stand */
    struct la_hazard *record;
    _Atomic bool announced, enough;
};

static void *announce(void *argument)
{
    struct announcer *announcer = argument;

    announcer->record = la_hazard_mine();
    la_hazard_enter(announcer->record);
    la_hazard_publish(announcer->record, announcer->entry);
    if (announcer->leaves)
        la_hazard_leave(announcer->record);
    atomic_store_explicit(&announcer->announced, true, memory_order_release);
    while (!atomic_load_explicit(&announcer->enough, memory_order_acquire))
        sched_yield();
    la_hazard_leave(announcer->record);
    return NULL;
}

static void announcer_start(struct announcer *announcer)
{
    assert_int_equal(pthread_create(&announcer->thread, NULL, announce, announcer), 0);
    while (!atomic_load_explicit(&announcer->announced, memory_order_acquire))
        sched_yield();
}

static void announcer_stop(struct announcer *announcer)
{
    atomic_store_explicit(&announcer->enough, true, memory_order_release);
    assert_int_equal(pthread_join(announcer->thread, NULL), 0);
}

struct waiter {
    struct lookaside *list;
    void *entry; /* NULL: drains */
    _Atomic bool returned;
};

static void *wait_it_out(void *argument)
{
    struct waiter *waiter = argument;

    if (waiter->entry)
        waiter->list->push(waiter->list, waiter->entry);
    else
        SLIST->drain(waiter->list, 0);
    atomic_store_explicit(&waiter->returned, true, memory_order_release);
    return NULL;
}

/* An entry that some pop stands on does not leave to a free routine, however long it stands. */
static void leaves_only_when_nobody_looks(void *refused)
{
    struct lookaside list;
    struct announcer announcer = {.entry = &entries[1]}, other = {.entry = &entries[2]};
    struct waiter waiter = {.list = &list, .entry = refused};
    pthread_t thread;

    bare_init(&list, SLIST, 1);
    assert_true(list.push(&list, refused ? &entries[0] : &entries[1]));
    announcer_start(&announcer);
    if (refused) {
        /* Looked at, but another entry: no reason to wait. */
        announcer_start(&other);
        assert_false(list.push(&list, &entries[3]));
        announcer_stop(&other);
    }
    assert_int_equal(pthread_create(&thread, NULL, wait_it_out, &waiter), 0);
    for (unsigned i = 0; i < 2000; i++)
        sched_yield();
    assert_false(atomic_load_explicit(&waiter.returned, memory_order_acquire));
    announcer_stop(&announcer);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(waiter.returned);
    SLIST->drain(&list, 0);
    bare_fini(&list);
}

static void a_refused_entry_leaves_only_when_nobody_looks(void **state)
{
    (void)state;
    leaves_only_when_nobody_looks(&entries[1]);
}

static void a_drained_entry_leaves_only_when_nobody_looks(void **state)
{
    (void)state;
    leaves_only_when_nobody_looks(NULL);
}

/* Whoever left its announcement standing is waited for by nobody, and asked once. */
static void an_announcement_left_standing_keeps_nobody(void **state)
{
    struct lookaside list;
    struct announcer announcer = {.entry = &entries[1], .leaves = true};

    (void)state;
    bare_init(&list, SLIST, 1);
    announcer_start(&announcer);
    assert_true(list.push(&list, &entries[0]));
    assert_false(list.push(&list, &entries[1]));
    assert_null(atomic_load_explicit(&announcer.record->entry, memory_order_relaxed));
    announcer_stop(&announcer);

    announcer.enough = announcer.announced = false;
    announcer.entry = &entries[0];
    announcer_start(&announcer);
    assert_ptr_equal(SLIST->drain(&list, 0), &entries[0]);
    announcer_stop(&announcer);
    bare_fini(&list);
}

/* A thread that stood on an entry when another one forked does not in the child. */
static void a_forked_child_waits_for_nobody(void **state)
{
    struct lookaside list;
    struct announcer announcer = {.entry = &entries[1]};
    int status;
    pid_t child;

    (void)state;
    bare_init(&list, SLIST, 1);
    assert_true(list.push(&list, &entries[0]));
    announcer_start(&announcer);
    child = fork();
    if (child == 0) {
        alarm(30);
        _exit(list.push(&list, &entries[1]) || SLIST->drain(&list, 0) != &entries[0]);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    announcer_stop(&announcer);
    SLIST->drain(&list, 0);
    bare_fini(&list);
}

static void records_are_reused_after_exit(void **state)
{
    struct announcer first = {.entry = &entries[0]}, second = {.entry = &entries[0]};

    (void)state;
    announcer_start(&first);
    announcer_stop(&first);
    announcer_start(&second);
    announcer_stop(&second);
    assert_ptr_equal(first.record, second.record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_limit_newest_first),
        cmocka_unit_test(refuses_what_cannot_be_an_entry),
        cmocka_unit_test(links_are_mangled),
        cmocka_unit_test(counts_without_counters),
        cmocka_unit_test(counts_past_the_end_of_the_sequence),
        cmocka_unit_test(drain_keeps_what_it_should),
        cmocka_unit_test(bulk_keeps_the_first_and_touches_no_other),
        cmocka_unit_test(a_lower_limit_refuses_until_it_is_met),
        cmocka_unit_test(threads_conserve_entries_and_counts),
        cmocka_unit_test(threads_conserve_entries_while_drained),
        cmocka_unit_test(nothing_reads_unmapped_entries),
        cmocka_unit_test(a_refused_entry_leaves_only_when_nobody_looks),
        cmocka_unit_test(a_drained_entry_leaves_only_when_nobody_looks),
        cmocka_unit_test(an_announcement_left_standing_keeps_nobody),
        cmocka_unit_test(a_forked_child_waits_for_nobody),
        cmocka_unit_test(records_are_reused_after_exit),
    };
    const char *detail = NULL;

    /* Nothing to test where the strategy says that it cannot run. */
    if (!SLIST->supported(&detail)) {
        print_message("skipped: %s\n", detail);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
