/* SPDX-License-Identifier: MIT */
/*
 * shards.c: a list is one list however many threads and CPUs have used it before: what others had
 * claimed of the limit is recalled, what they hold is found by flush, and what an exited thread
 * held is there for all.
 */
#include "conformance.h"

#include <semaphore.h>

#include "probe.h"

enum { NR_OTHERS = 4, BEYOND = 3, SMALL = 12, ROUNDS = 20 };

static void *mine[PROBE_LOG];

/* What another thread does on the list, with room for the entries it has meanwhile. */
struct other {
    struct probe *probe;
    uint32_t nr;
    bool keep; /* takes nr entries out again and has them still when it returns */
    void *entries[1024];
    pthread_t thread;
    unsigned cpu;
    sem_t done, leave;
};

static struct other others[NR_OTHERS];

static void fill(void *context)
{
    struct other *other = context;

    for (uint32_t i = 0; i < other->nr; i++)
        other->entries[i] = lookaside_alloc(&other->probe->list);
    for (uint32_t i = 0; i < other->nr; i++)
        lookaside_free(&other->probe->list, other->entries[i]);
    for (uint32_t i = 0; other->keep && i < other->nr; i++)
        other->entries[i] = lookaside_alloc(&other->probe->list);
}

static void give_back(void *context)
{
    struct other *other = context;

    for (uint32_t i = 0; other->keep && i < other->nr; i++)
        lookaside_free(&other->probe->list, other->entries[i]);
}

static void fill_then_wait(void *context)
{
    struct other *other = context;

    fill(other);
    sem_post(&other->done);
    sem_wait(&other->leave);
    give_back(other);
}

static void *other_thread(void *context)
{
    struct other *other = context;

    probe_on_cpu(other->cpu, fill_then_wait, other);
    return NULL;
}

/* The thread is through with its work and stays, idle. */
static void park(struct other *other, unsigned cpu)
{
    other->cpu = cpu;
    sem_init(&other->done, 0, 0);
    sem_init(&other->leave, 0, 0);
    assert_int_equal(pthread_create(&other->thread, NULL, other_thread, other), 0);
    sem_wait(&other->done);
}

static void unpark(struct other *other)
{
    sem_post(&other->leave);
    assert_int_equal(pthread_join(other->thread, NULL), 0);
    sem_destroy(&other->done);
    sem_destroy(&other->leave);
}

static void set_others(struct probe *probe, uint32_t nr, bool keep)
{
    for (unsigned i = 0; i < NR_OTHERS; i++) {
        others[i].probe = probe;
        others[i].nr = nr;
        others[i].keep = keep;
    }
}

/* The calling thread fills the list alone: exactly depth entries, newest first. */
static void check_whole_limit(struct probe *probe, uint32_t depth)
{
    static void *again[PROBE_LOG];
    uint32_t kept = kept_of(depth);

    lookaside_flush(&probe->list);
    assert_int_equal(probe_held(probe), 0);
    probe_fill(probe, mine, depth + BEYOND);
    assert_int_equal(probe_held(probe), kept);
    probe_alloc_n(probe, again, kept);
    for (uint32_t i = 0; i < kept; i++)
        assert_ptr_equal(again[i], mine[kept - 1 - i]);
    probe_free_n(probe, again, kept);
    assert_int_equal(probe_held(probe), kept);
}

static void check_after_exited(uint32_t depth)
{
    static struct probe probe;

    probe_init(&probe, depth);
    set_others(&probe, depth, false);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        probe_on_cpu(i, fill, &others[i]);
    check_whole_limit(&probe, depth);
    probe_fini(&probe, 0);
}

static void c22_whole_limit_is_there_after_other_threads_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_after_exited(probe_depths[i]);
}

static void check_after_idle(uint32_t depth)
{
    static struct probe probe;

    probe_init(&probe, depth);
    set_others(&probe, depth, false);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        park(&others[i], i);
    check_whole_limit(&probe, depth);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        unpark(&others[i]);
    probe_fini(&probe, 0);
}

static void c22_whole_limit_is_there_while_other_threads_idle(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_after_idle(probe_depths[i]);
}

/* No flush here that could bring anything home: the others' shards are empty, but what they had
 * claimed they had claimed. */
static void check_recall(uint32_t depth)
{
    static struct probe probe;
    uint32_t nr = depth + BEYOND, kept = kept_of(depth);

    probe_init(&probe, depth);
    probe_alloc_n(&probe, mine, nr);
    set_others(&probe, depth, true);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        park(&others[i], i);
    assert_int_equal(probe_held(&probe), 0);
    probe.nr_frees = 0;
    probe_free_n(&probe, mine, nr);
    assert_int_equal(probe_held(&probe), kept);
    assert_int_equal(probe.nr_frees, nr - kept);
    for (uint32_t i = kept; i < nr; i++)
        assert_ptr_equal(probe.freed[i - kept], mine[i]);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        unpark(&others[i]);
    assert_int_equal(probe_held(&probe), kept);
    lookaside_fini(&probe.list);
}

static void c22_unused_claims_are_recalled_before_an_entry_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_recall(probe_depths[i]);
}

/* The others hold a third of the limit; the calling thread must get exactly the rest. */
static void check_rest(uint32_t depth)
{
    static struct probe probe;
    uint32_t theirs, rest, nr = depth + BEYOND;

    probe_init(&probe, depth);
    probe_alloc_n(&probe, mine, nr);
    set_others(&probe, depth / 3, false);
    park(&others[0], 1);
    theirs = kept_of(depth / 3);
    assert_int_equal(probe_held(&probe), theirs);
    probe.nr_frees = 0;
    probe_free_n(&probe, mine, nr);
    rest = kept_of(depth) - theirs;
    assert_int_equal(probe_held(&probe), kept_of(depth));
    assert_int_equal(probe.nr_frees, nr - rest);
    for (uint32_t i = rest; i < nr; i++)
        assert_ptr_equal(probe.freed[i - rest], mine[i]);
    unpark(&others[0]);
    lookaside_fini(&probe.list);
}

static void c22_what_others_hold_counts_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        check_rest(probe_depths[i]);
}

/* The same claims come back as often as it takes, from threads that claim again at once. */
static void c22_unused_claims_are_recalled_again_and_again(void **state)
{
    static struct probe probe;
    const uint32_t depth = 200, nr = depth + BEYOND;

    (void)state;
    probe_init(&probe, depth);
    set_others(&probe, depth, true);
    for (int round = 0; round < ROUNDS; round++) {
        lookaside_flush(&probe.list);
        probe_alloc_n(&probe, mine, nr);
        for (unsigned i = 0; i < NR_OTHERS; i++)
            park(&others[i], i);
        assert_int_equal(probe_held(&probe), 0);
        probe_free_n(&probe, mine, nr);
        assert_int_equal(probe_held(&probe), kept_of(depth));
        for (unsigned i = 0; i < NR_OTHERS; i++)
            unpark(&others[i]);
        assert_int_equal(probe_held(&probe), kept_of(depth));
    }
    probe_fini(&probe, 0);
}

static void c22_bulk_free_recalls_unused_claims_too(void **state)
{
    static struct probe probe;
    const uint32_t depth = 100, nr = depth + BEYOND;

    (void)state;
    probe_init(&probe, depth);
    probe_alloc_n(&probe, mine, nr);
    set_others(&probe, depth, true);
    park(&others[0], 1);
    lookaside_free_bulk(&probe.list, mine, nr);
    assert_int_equal(probe_held(&probe), kept_of(depth));
    unpark(&others[0]);
    probe_fini(&probe, 0);
}

/* Everything that others hold, wherever, whether they are there still or not. */
static void check_flush_reaches(bool idle)
{
    static struct probe probe;
    const uint32_t each = 10;
    unsigned nr_allocated;

    probe_init(&probe, NR_OTHERS * each);
    set_others(&probe, each, false);
    for (unsigned i = 0; i < NR_OTHERS; i++) {
        if (idle)
            park(&others[i], i);
        else
            probe_on_cpu(i, fill, &others[i]);
    }
    nr_allocated = probe.nr_allocates - (conformance_keeps() ? 0 : probe.nr_frees);
    assert_int_equal(probe_held(&probe), nr_allocated);
    probe.nr_frees = 0;
    assert_int_equal(lookaside_flush(&probe.list), nr_allocated);
    assert_int_equal(probe.nr_frees, nr_allocated);
    assert_int_equal(probe_held(&probe), 0);
    for (unsigned i = 0; idle && i < NR_OTHERS; i++)
        unpark(&others[i]);
    lookaside_fini(&probe.list);
}

static void c28_flush_reaches_what_idle_threads_left(void **state)
{
    (void)state;
    check_flush_reaches(true);
}

static void c28_flush_reaches_what_exited_threads_left(void **state)
{
    (void)state;
    check_flush_reaches(false);
}

static void c34_fini_reaches_what_idle_threads_left(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, NR_OTHERS * SMALL);
    set_others(&probe, SMALL, false);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        park(&others[i], i);
    probe_fini(&probe, 0);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        unpark(&others[i]);
}

/* On one CPU, so that only the thread's end could lose them. */
static void c11_entries_of_an_exited_thread_are_hits(void **state)
{
    static struct probe probe;

    (void)state;
    probe_init(&probe, SMALL);
    set_others(&probe, SMALL, false);
    probe_on_cpu(0, fill, &others[0]);
    assert_int_equal(probe_held(&probe), kept_of(SMALL));
    probe_alloc_n(&probe, mine, SMALL);
    assert_int_equal(probe.nr_allocates, 2 * SMALL - kept_of(SMALL));
    probe_free_n(&probe, mine, SMALL);
    probe_fini(&probe, 0);
}

static void fill_and_say_so(void *context)
{
    struct other *other = context;

    fill(other);
    lookaside_thread_exit(&other->probe->list);
    sem_post(&other->done);
    sem_wait(&other->leave);
}

static void *idling_thread(void *context)
{
    struct other *other = context;

    probe_on_cpu(0, fill_and_say_so, other);
    return NULL;
}

static void c11_entries_of_a_thread_that_said_it_idles_are_hits(void **state)
{
    static struct probe probe;
    struct other *other = &others[0];

    (void)state;
    probe_init(&probe, SMALL);
    set_others(&probe, SMALL, false);
    sem_init(&other->done, 0, 0);
    sem_init(&other->leave, 0, 0);
    assert_int_equal(pthread_create(&other->thread, NULL, idling_thread, other), 0);
    sem_wait(&other->done);
    probe_alloc_n(&probe, mine, SMALL);
    assert_int_equal(probe.nr_allocates, 2 * SMALL - kept_of(SMALL));
    probe_free_n(&probe, mine, SMALL);
    unpark(other);
    probe_fini(&probe, 0);
}

static void c42_tick_trims_what_other_threads_hold(void **state)
{
    static struct probe probe;
    const uint32_t depth = 60;

    (void)state;
    probe_init(&probe, depth);
    set_others(&probe, depth / NR_OTHERS, false);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        park(&others[i], i);
    assert_int_equal(lookaside_set_depth(&probe.list, 4), 0);
    lookaside_balance();
    assert_true(probe_held(&probe) <= 4);
    assert_int_equal(probe.nr_allocates - probe.nr_frees, probe_held(&probe));
    check_whole_limit(&probe, 4);
    for (unsigned i = 0; i < NR_OTHERS; i++)
        unpark(&others[i]);
    probe_fini(&probe, 0);
}

static const struct CMUnitTest tests[] = {
    LONE(c22_whole_limit_is_there_after_other_threads_ended),
    LONE(c22_whole_limit_is_there_while_other_threads_idle),
    LONE(c22_unused_claims_are_recalled_before_an_entry_is_refused),
    LONE(c22_what_others_hold_counts_exactly),
    LONE(c22_unused_claims_are_recalled_again_and_again),
    LONE(c22_bulk_free_recalls_unused_claims_too),
    LONE(c28_flush_reaches_what_idle_threads_left),
    LONE(c28_flush_reaches_what_exited_threads_left),
    LONE(c34_fini_reaches_what_idle_threads_left),
    LONE(c11_entries_of_an_exited_thread_are_hits),
    LONE(c11_entries_of_a_thread_that_said_it_idles_are_hits),
    LONE(c42_tick_trims_what_other_threads_hold),
};
CLAUSE_GROUP(shards, tests);
