/* SPDX-License-Identifier: MIT */
/*
 * percpu_fence_test.c: what percpu does when others take from a CPU whose thread's stores are still
 * under way, and when threads come and go. Without restartable sequences these are the threads that
 * records are biased to (percpu_bias.h).
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "biased.h"
#include "chain.h"
#include "inject.h"
#include "percpu_bias.h"
#include "percpu_case.h"
#include "platform.h"
#include "rseq.h"

enum {
    NR_HELD = 8,
    NR_VISITS = 4000,
    NR_NEAR_PAIRS = 300, /* enough for a bias */
    NR_FAR_PAIRS = 32,
    NR_FAR_STORES = 16,
    NR_FAR_LINES = 1 << 17,
    MAX_DELAY_NS = 12000, /* about as long as the far pairs take */
    VISITS_S = 3,         /* then so be it: both threads' CPUs are busy with something else */
    NR_THREADS = 300,     /* more than there are owners */
};

static struct {
    _Alignas(LA_CACHE_LINE) _Atomic uint32_t written;
} far_lines[NR_FAR_LINES];
static _Atomic unsigned char drained[NR_HELD]; /* entries that are not in the list */
static atomic_uint round_of_pairs;
static atomic_bool broken, stop;

/* Fills the store buffer: what the thread stores next is for long not seen by others. No locked
 * instruction, and none in those who call it, because it would wait for the buffer. */
static void store_far_away(void)
{
    static uint32_t seed;

    for (unsigned i = 0; i < NR_FAR_STORES; i++) {
        seed = seed * 1664525 + 1013904223;
        atomic_store_explicit(&far_lines[seed >> 8 & (NR_FAR_LINES - 1)].written, seed,
                              memory_order_relaxed);
    }
}

static void break_off(void)
{
    atomic_store_explicit(&broken, true, memory_order_relaxed);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
}

static void put_back(size_t index)
{
    atomic_store_explicit(&drained[index], 0, memory_order_relaxed);
    if (!list.push(&list, &entries[index]))
        atomic_store_explicit(&drained[index], 1, memory_order_relaxed);
}

static void pair_up(void)
{
    struct entry *entry = list.pop(&list);

    if (!entry)
        return;
    if (atomic_load_explicit(&drained[entry - entries], memory_order_relaxed))
        break_off();
    put_back((size_t)(entry - entries));
}

static void *pairs_until_stopped(void *unused)
{
    unsigned round = 0;

    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        /* Acquire: what the drain did to the entry comes before our push. */
        for (size_t i = 0; i < NR_HELD; i++)
            if (atomic_load_explicit(&drained[i], memory_order_acquire))
                put_back(i);
        for (unsigned i = 0; i < NR_NEAR_PAIRS; i++)
            pair_up();
        atomic_store_explicit(&round_of_pairs, ++round, memory_order_relaxed);
        for (unsigned i = 0; i < NR_FAR_PAIRS; i++) {
            store_far_away();
            pair_up();
        }
    }
    return unused;
}

/* Each entry that comes out was in. */
static void drain_once(void)
{
    void *chain = percpu->drain(&list, 0);
    struct entry *out[NR_HELD];
    size_t nr = 0;

    for (; chain && nr < NR_HELD; chain = la_chain_next(chain))
        out[nr++] = chain;
    if (chain)
        break_off();
    while (nr-- > 0)
        if (atomic_exchange_explicit(&drained[out[nr] - entries], 1, memory_order_release))
            break_off();
}

static void wait_for_far_pairs(unsigned *round, uint32_t delay_ns)
{
    uint64_t end;

    while (atomic_load_explicit(&round_of_pairs, memory_order_relaxed) == *round &&
           !atomic_load_explicit(&stop, memory_order_relaxed))
        la_cpu_relax();
    *round = atomic_load_explicit(&round_of_pairs, memory_order_relaxed);
    for (end = la_now_ns() + delay_ns; la_now_ns() < end;)
        la_cpu_relax();
}

/* Without a barrier in the other thread a drain reads a slab to which stores are under way, and
 * these bring back what it took. */
static void drains_meet_stores_under_way(void **state)
{
    pthread_t thread;
    uint32_t seed = 1;
    unsigned round = 0;
    uint64_t end;

    (void)state;
    needs_two_cpus();
    make_list(256);
    bind_to(cpus[1]);
    /* The first owner is this thread's: the one that a search for ended threads looks at first. */
    assert_null(list.pop(&list));
    for (size_t i = 0; i < NR_HELD; i++)
        atomic_store_explicit(&drained[i], 1, memory_order_relaxed);
    assert_int_equal(pthread_create(&thread, NULL, pairs_until_stopped, NULL), 0);
    bind_to(cpus[0]);
    end = la_now_ns() + VISITS_S * UINT64_C(1000000000);
    for (unsigned i = 0;
         i < NR_VISITS && la_now_ns() < end && !atomic_load_explicit(&stop, memory_order_relaxed);
         i++) {
        seed = seed * 1664525 + 1013904223;
        wait_for_far_pairs(&round, (seed >> 8) % MAX_DELAY_NS);
        drain_once();
    }
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    pthread_join(thread, NULL);
    assert_false(atomic_load_explicit(&broken, memory_order_relaxed));
    drain_once();
    assert_false(atomic_load_explicit(&broken, memory_order_relaxed));
    for (size_t i = 0; i < NR_HELD; i++)
        assert_int_equal(atomic_load_explicit(&drained[i], memory_order_relaxed), 1);
    end_list();
}

static void needs_bias(void)
{
    if (la_rseq()->area || !la_biased_works(&(const char *){NULL}))
        skip();
}

/* All that is held out and in again, often enough for a bias. */
static void churn(void)
{
    void *out[NR_HELD];

    for (unsigned i = 0; i < NR_NEAR_PAIRS; i++) {
        size_t nr = 0;

        while (nr < NR_HELD && (out[nr] = list.pop(&list)))
            nr++;
        while (nr > 0)
            list.push(&list, out[--nr]);
    }
}

/* To the argument's owner: whether this thread got one, and not that one. */
static void *comes_and_goes(void *mains)
{
    churn();
    return percpu_self.owner != &percpu_nobody && percpu_self.owner != mains ? mains : NULL;
}

/* Threads one after another, each with an owner of its own, while this one keeps its. */
static bool threads_come_and_go(void)
{
    struct percpu_owner *mine = percpu_self.owner;
    pthread_t thread;
    void *fine = mine;

    for (unsigned i = 0; i < NR_THREADS && fine; i++) {
        if (pthread_create(&thread, NULL, comes_and_goes, mine) || pthread_join(thread, &fine))
            return false;
        churn();
    }
    return fine && mine == percpu_self.owner && chain_length(percpu->drain(&list, 0)) == NR_HELD &&
           push_up_to(NR_HELD) == NR_HELD;
}

static void begin_with_an_owner(void)
{
    bind_to(cpus[0]);
    make_list(256);
    assert_int_equal(push_up_to(NR_HELD), NR_HELD);
    churn();
    assert_ptr_not_equal(percpu_self.owner, &percpu_nobody);
}

static void owners_of_ended_threads_are_used_again(void **state)
{
    (void)state;
    needs_bias();
    begin_with_an_owner();
    assert_true(threads_come_and_go());
    end_list();
}

static void child_says_yes(bool (*answer)(void))
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        alarm(30);
        _exit(answer() ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void the_thread_that_forks_keeps_its_owner(void **state)
{
    (void)state;
    needs_bias();
    begin_with_an_owner();
    child_says_yes(threads_come_and_go);
    assert_true(threads_come_and_go());
    end_list();
}

#ifdef LOOKASIDE_INJECT
enum { INSIDE = 520 };
static atomic_bool is_inside, may_leave;
static _Thread_local bool stalls;

void la_inject(unsigned point)
{
    if (point != INSIDE || !stalls)
        return;
    stalls = false;
    atomic_store_explicit(&is_inside, true, memory_order_relaxed);
    while (!atomic_load_explicit(&may_leave, memory_order_relaxed))
        sched_yield();
}

static void *stalls_inside(void *unused)
{
    stalls = true;
    churn();
    return unused;
}

/* The entry that the other thread was about to get is with nobody. */
static bool all_is_drained(void)
{
    return chain_length(percpu->drain(&list, 0)) >= NR_HELD - 1 && push_up_to(300) == 256;
}

static void who_was_inside_is_not_waited_for_in_a_child(void **state)
{
    pthread_t thread;

    (void)state;
    needs_bias();
    begin_with_an_owner();
    assert_int_equal(pthread_create(&thread, NULL, stalls_inside, NULL), 0);
    while (!atomic_load_explicit(&is_inside, memory_order_relaxed))
        sched_yield();
    child_says_yes(all_is_drained);
    atomic_store_explicit(&may_leave, true, memory_order_relaxed);
    pthread_join(thread, NULL);
    assert_int_equal(chain_length(percpu->drain(&list, 0)), NR_HELD);
    end_list();
}
#endif

static int run(CMFixtureFunction set_up)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drains_meet_stores_under_way),
        cmocka_unit_test(owners_of_ended_threads_are_used_again),
        cmocka_unit_test(the_thread_that_forks_keeps_its_owner),
#ifdef LOOKASIDE_INJECT
        cmocka_unit_test(who_was_inside_is_not_waited_for_in_a_child),
#endif
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

int main(int nr_arguments, char **arguments)
{
    return run_cases(nr_arguments, arguments, run);
}
