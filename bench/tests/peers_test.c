/* SPDX-License-Identifier: MIT */
/*
 * peers_test.c: the peers of strategies, by hand: that they are stacks which lose and double
 * nothing with several threads at once, and that no entry leaves them before the end.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inject.h"
#include "peer.h"

/* Between a pop's reads and its swap: now and then everybody else goes first. */
void la_inject(unsigned point)
{
    static _Thread_local unsigned nr;

    (void)point;
    if (++nr % 64 == 0)
        sched_yield();
}

enum { ENTRY_BYTES = 64, NR_THREADS = 3, ROUNDS = 100 * 1000, NR_HELD = 2 };

static _Atomic int64_t nr_allocated, nr_released;

/* The first word is the peer's. */
struct entry {
    void *link;
    _Atomic unsigned owners;
};

static void *counting_allocate(struct lookaside *list, size_t size)
{
    struct entry *entry = malloc(size);

    (void)list;
    assert_non_null(entry);
    atomic_init(&entry->owners, 0);
    atomic_fetch_add_explicit(&nr_allocated, 1, memory_order_relaxed);
    return entry;
}

static void counting_release(struct lookaside *list, void *entry)
{
    (void)list;
    atomic_fetch_add_explicit(&nr_released, 1, memory_order_relaxed);
    free(entry);
}

/* The peer of that name; where it cannot run, it says why and the test is skipped. */
static const struct la_peer *peer_of(void **state)
{
    const struct la_peer *peer = la_peer_find(*state);
    const char *detail = NULL;

    assert_non_null(peer);
    if (!peer->strategy.supported || peer->strategy.supported(&detail))
        return peer;
    assert_non_null(detail);
    assert_null(strchr(detail, '\n'));
    print_message("%s: %s\n", peer->strategy.name, detail);
    skip();
    return NULL;
}

static struct lookaside list;

static void list_init(const struct la_peer *peer)
{
    const struct lookaside_config config = {.size = ENTRY_BYTES,
                                            .strategy = &peer->strategy,
                                            .allocate = counting_allocate,
                                            .free = counting_release,
                                            .depth.policy = lookaside_policy_find("balance")};

    atomic_store_explicit(&nr_allocated, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_released, 0, memory_order_relaxed);
    assert_int_equal(lookaside_init(&list, &config), 0);
}

static void list_fini(void)
{
    lookaside_fini(&list);
    assert_int_equal(nr_released, nr_allocated);
}

static void is_no_strategy(void **state)
{
    const struct la_peer *peer = peer_of(state);

    assert_null(lookaside_strategy_find(peer->strategy.name));
    assert_null(la_strategy_missing(&peer->strategy));
    assert_true(strlen(peer->lacks) > 0);
}

static void only_peers_are_found(void **state)
{
    (void)state;
    assert_null(la_peer_find("slist"));
    assert_null(la_peer_find("nonesuch"));
}

static void the_newest_entry_comes_first(void)
{
    void *first = lookaside_alloc(&list), *second = lookaside_alloc(&list);

    lookaside_free(&list, first);
    lookaside_free(&list, second);
    assert_ptr_equal(lookaside_alloc(&list), second);
    assert_ptr_equal(lookaside_alloc(&list), first);
    lookaside_free(&list, first);
    lookaside_free(&list, second);
}

/* Beyond any depth, and whatever a tick or a trim says. */
static void nothing_leaves_before_the_end(void)
{
    static void *entries[1000];

    for (size_t i = 0; i < 1000; i++)
        entries[i] = lookaside_alloc(&list);
    for (size_t i = 0; i < 1000; i++)
        lookaside_free(&list, entries[i]);
    lookaside_balance();
    assert_int_equal(lookaside_trim(&list, 1), 0);
    assert_int_equal(nr_released, 0);
    assert_int_equal(lookaside_flush(&list), 1000);
}

static void is_a_stack(void **state)
{
    list_init(peer_of(state));
    the_newest_entry_comes_first();
    nothing_leaves_before_the_end();
    list_fini();
}

static void *work(void *context)
{
    struct entry *held[NR_HELD];

    (void)context;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < NR_HELD; i++) {
            held[i] = lookaside_alloc(&list);
            if (atomic_fetch_add_explicit(&held[i]->owners, 1, memory_order_relaxed) != 0)
                abort(); /* two threads were given the same entry */
        }
        for (int i = 0; i < NR_HELD; i++) {
            atomic_fetch_sub_explicit(&held[i]->owners, 1, memory_order_relaxed);
            lookaside_free(&list, held[i]);
        }
    }
    return NULL;
}

/* Few entries that change places all the time: what a stack without a tag mistakes. */
static void loses_and_doubles_nothing(void **state)
{
    pthread_t threads[NR_THREADS];

    list_init(peer_of(state));
    for (int t = 0; t < NR_THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, work, NULL), 0);
    for (int t = 0; t < NR_THREADS; t++)
        pthread_join(threads[t], NULL);
    assert_in_range(nr_allocated, NR_HELD, NR_THREADS * NR_HELD);
    assert_int_equal(nr_released, 0);
    assert_int_equal(lookaside_flush(&list), nr_allocated);
    list_fini();
}

#define TEST_OF(peer, function) \
    {.name = #function "." #peer, .test_func = function, .initial_state = (char[]){#peer}},

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_peers_are_found),
#define LOOKASIDE_PEER(name)      \
    TEST_OF(name, is_no_strategy) \
    TEST_OF(name, is_a_stack)     \
    TEST_OF(name, loses_and_doubles_nothing)
#include "peers.def"
#undef LOOKASIDE_PEER
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
