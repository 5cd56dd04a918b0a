/* SPDX-License-Identifier: MIT */
/*
 * counts_test.c: what strategies count of their slow paths, in scripts of which it is known by how
 * they work: each count is derived in the comment above it, and any other number is a defect.
 *
 * One thread on one CPU, so that nothing depends on time. The variants without restartable
 * sequences have to count the same.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include <cmocka.h>

#include "bind/spinlock.h"
#include "churn.h"
#include "magazine.h"
#include "percpu.h"
#include "percpu_case.h"
#include "slow.h"

extern const struct lookaside_strategy la_strategy_magazine, la_strategy_spinlock,
    la_strategy_slist, la_strategy_malloc;

struct counts {
    uint64_t of[LA_NR_COUNTS];
    unsigned told;
};

static struct lookaside bare;

static void begin(const struct lookaside_strategy *strategy, uint32_t limit)
{
    bind_to(cpus[0]);
    bare_init(&bare, strategy, limit);
}

static void end(void)
{
    bare.strategy->drain(&bare, 0);
    bare_fini(&bare);
}

static struct counts counted(void)
{
    struct counts counts = {{0}, 0};

    counts.told = bare.strategy->counts(&bare, counts.of);
    return counts;
}

static void expect(struct counts before, enum la_count what, uint64_t more)
{
    const struct counts now = counted();

    assert_true(now.told & LA_TELLS(what));
    if (now.of[what] - before.of[what] != more)
        fail_msg("%s: %llu, not %llu", la_count_name(what),
                 (unsigned long long)(now.of[what] - before.of[what]), (unsigned long long)more);
}

static void nothing_but(struct counts before, unsigned but)
{
    const struct counts now = counted();

    for (unsigned what = 0; what < LA_NR_COUNTS; what++)
        if (!(but & LA_TELLS(what)) && now.of[what] != before.of[what])
            fail_msg("%s: %llu more", la_count_name(what),
                     (unsigned long long)(now.of[what] - before.of[what]));
}

static uint32_t push_burst(uint32_t nr)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < nr; i++)
        kept += bare.push(&bare, &entries[i]);
    return kept;
}

static uint32_t pop_burst(uint32_t nr)
{
    uint32_t got = 0;

    for (uint32_t i = 0; i < nr; i++)
        got += bare.pop(&bare) != NULL;
    return got;
}

static void burst(uint32_t nr, uint32_t kept)
{
    assert_int_equal(push_burst(nr), kept);
    assert_int_equal(pop_burst(nr), kept);
}

/*
 * percpu, limit 8: a batch is one. The first eight pushes claim a credit each. With two entries in
 * the slab and none in the depot the third push spills one; with one there it is enough. The pop
 * that finds the slab empty brings it back. Then the slab has all eight credits.
 */
static void percpu_bursts_beyond_a_small_limit(void **state)
{
    struct counts before;

    (void)state;
    begin(&la_strategy_percpu, 8);
    before = counted();
    assert_int_equal(push_burst(32), 8);
    expect(before, LA_COUNT_CREDITS, 8);
    expect(before, LA_COUNT_SPILLS, 1);
    expect(before, LA_COUNT_DEPOT, 1);
    expect(before, LA_COUNT_REFILLS, 0);
    assert_int_equal(pop_burst(32), 8);
    expect(before, LA_COUNT_CREDITS, 8);
    expect(before, LA_COUNT_SPILLS, 1);
    expect(before, LA_COUNT_DEPOT, 2);
    expect(before, LA_COUNT_REFILLS, 1);
    before = counted();
    if (la_rseq()->area) {
        for (unsigned round = 0; round < 10; round++)
            burst(32, 8);
        nothing_but(before, 0);
    }
    end();
}

/* percpu, limit 256: a batch is 32. Each 32 pushes claim one; the third spills as above. What was
 * once claimed serves later bursts without a slow path. */
static void percpu_bursts_within_the_limit(void **state)
{
    struct counts before;

    (void)state;
    begin(&la_strategy_percpu, 256);
    before = counted();
    burst(64, 64);
    expect(before, LA_COUNT_CREDITS, 2);
    nothing_but(before, LA_TELLS(LA_COUNT_CREDITS));
    burst(128, 128);
    expect(before, LA_COUNT_CREDITS, 4);
    expect(before, LA_COUNT_SPILLS, 1);
    expect(before, LA_COUNT_REFILLS, 1);
    expect(before, LA_COUNT_DEPOT, 2);
    before = counted();
    for (unsigned round = 0; round < 10; round++)
        burst(128, 128);
    nothing_but(before, 0);
    end();
}

/*
 * magazine, limit 8: a magazine is four. For each of the first two the depot has no empty one,
 * which is a visit, and brings none in exchange for the new one, which is another; each takes its
 * credits two at a time. The ninth push makes a third, by the same two visits, of which the second
 * leaves the oldest in the depot, and finds no credits. Pops begin with the previous magazine and
 * end with the depot's.
 */
static void magazine_bursts_beyond_a_small_limit(void **state)
{
    struct counts before;

    (void)state;
    begin(&la_strategy_magazine, 8);
    before = counted();
    assert_int_equal(push_burst(8), 8);
    expect(before, LA_COUNT_DEPOT, 4);
    expect(before, LA_COUNT_CREDITS, 4);
    nothing_but(before, LA_TELLS(LA_COUNT_DEPOT) | LA_TELLS(LA_COUNT_CREDITS));
    assert_int_equal(push_burst(24), 0);
    expect(before, LA_COUNT_DEPOT, 6);
    expect(before, LA_COUNT_SPILLS, 1);
    expect(before, LA_COUNT_CREDITS, 4);
    assert_int_equal(pop_burst(32), 8);
    expect(before, LA_COUNT_EXCHANGES, 1);
    expect(before, LA_COUNT_REFILLS, 1);
    expect(before, LA_COUNT_DEPOT, 7);
    end();
}

/* The same once it has its three magazines and all credits: pushes change to the other one, then
 * leave one in the depot for the empty one there; pops the other way round. */
static void magazine_bursts_in_a_steady_state(void **state)
{
    struct counts before;

    (void)state;
    begin(&la_strategy_magazine, 8);
    burst(32, 8);
    before = counted();
    for (unsigned round = 0; round < 10; round++)
        burst(32, 8);
    expect(before, LA_COUNT_EXCHANGES, 20);
    expect(before, LA_COUNT_SPILLS, 10);
    expect(before, LA_COUNT_REFILLS, 10);
    expect(before, LA_COUNT_DEPOT, 20);
    expect(before, LA_COUNT_CREDITS, 0);
    expect(before, LA_COUNT_FETCHES, 0);
    expect(before, LA_COUNT_LOCK_WAITS, 0);
    end();
}

static void *push_eight(void *unused)
{
    assert_int_equal(push_burst(8), 8);
    return unused;
}

/* What a thread on another CPU left in its slab and does not touch is fetched once, and comes by
 * its half, the rest later. One spilled entry is in the depot. */
static void percpu_fetches_from_a_cpu_that_rests(void **state)
{
    struct counts before;

    (void)state;
    needs_two_cpus();
    begin(&la_strategy_percpu, 8);
    on_cpu(cpus[1], push_eight, NULL);
    before = counted();
    assert_int_equal(pop_burst(1), 1);
    expect(before, LA_COUNT_FETCHES, 0);
    expect(before, LA_COUNT_REFILLS, 1);
    assert_int_equal(pop_burst(4), 4);
    expect(before, LA_COUNT_FETCHES, 1);
    assert_int_equal(pop_burst(3), 3);
    expect(before, LA_COUNT_FETCHES, 3);
    end();
}

static void those_without_slow_paths_tell_nothing(void **state)
{
    (void)state;
    assert_null(la_strategy_malloc.counts);
    assert_null(la_strategy_slist.counts);
}

/* --- locks --- */

/* One that waits, and one that lets it go on once it has begun to. */
static struct {
    const volatile uint32_t *slow; /* the waiting thread's */
    _Atomic bool begun;
} waiter;

static void *pop_one(void *unused)
{
    waiter.slow = &la_slow;
    la_slow = 0;
    atomic_store_explicit(&waiter.begun, true, memory_order_release);
    pop_burst(1);
    assert_true(la_slow & LA_SLOW_LOCK);
    return unused;
}

/* The word belongs to the other thread, which writes it while this looks. */
__attribute__((no_sanitize("thread"))) static bool waits(void)
{
    return atomic_load_explicit(&waiter.begun, memory_order_acquire) && *waiter.slow & LA_SLOW_LOCK;
}

/* A lock that is held until another thread's pop waits for it: one wait, however long it was. */
static void expect_one_wait(_Atomic unsigned char *held)
{
    struct counts before = counted();
    pthread_t thread;

    atomic_store_explicit(&waiter.begun, false, memory_order_relaxed);
    atomic_store_explicit(held, 1, memory_order_relaxed);
    assert_int_equal(pthread_create(&thread, NULL, pop_one, NULL), 0);
    while (!waits())
        sched_yield();
    atomic_store_explicit(held, 0, memory_order_release);
    pthread_join(thread, NULL);
    expect(before, LA_COUNT_LOCK_WAITS, 1);
}

static void waits_for_a_depot_are_counted(void **state)
{
    (void)state;
    begin(&la_strategy_percpu, 8);
    push_burst(8);
    pop_burst(7); /* what is left is in the depot */
    expect_one_wait(&percpu_depot_at(la_state(&bare), 0)->lock.held);
    end();
    begin(&la_strategy_magazine, 8);
    push_burst(9);
    pop_burst(4);
    expect_one_wait(&magazine_state(&bare)->hub->depot.lock.held);
    end();
}

static void waits_for_the_one_lock_are_counted(void **state)
{
    struct la_spinlock_view *view = la_state(&bare);
    struct counts before;
    pthread_t thread;
    uint64_t word;

    (void)state;
    begin(&la_strategy_spinlock, 8);
    push_burst(8);
    before = counted();
    atomic_store_explicit(&waiter.begun, false, memory_order_relaxed);
    word = atomic_exchange_explicit(&view->word, LA_SPINLOCK_TAKEN, memory_order_acquire);
    assert_int_equal(pthread_create(&thread, NULL, pop_one, NULL), 0);
    while (!waits())
        sched_yield();
    atomic_store_explicit(&view->word, word, memory_order_release);
    pthread_join(thread, NULL);
    expect(before, LA_COUNT_LOCK_WAITS, 1);
    pop_burst(8);
    expect(before, LA_COUNT_LOCK_WAITS, 1);
    end();
}

/* --- the thread's own word --- */

/* Of one pop. The machine may have interrupted it, which is no defect. */
static uint32_t slow_of_pop(void)
{
    la_slow = 0;
    pop_burst(1);
    return la_slow & ~(uint32_t)(LA_SLOW_RESTART | LA_SLOW_OTHERS);
}

static void a_pop_says_what_was_slow(void **state)
{
    (void)state;
    begin(&la_strategy_percpu, 8);
    push_burst(8);
    if (la_rseq()->area)
        assert_int_equal(slow_of_pop(), 0);
    pop_burst(la_rseq()->area ? 6 : 7);
    assert_int_equal(slow_of_pop(), LA_SLOW_PATH | LA_SLOW_DEPOT);
    assert_int_equal(slow_of_pop(), LA_SLOW_PATH);
    end();
    begin(&la_strategy_magazine, 8);
    push_burst(9);
    assert_int_equal(slow_of_pop(), LA_SLOW_PATH);
    if (la_rseq()->area)
        assert_int_equal(slow_of_pop(), 0);
    pop_burst(la_rseq()->area ? 2 : 3);
    assert_int_equal(slow_of_pop(), LA_SLOW_PATH | LA_SLOW_DEPOT);
    end();
}

#if defined(LA_HAS_RSEQ) && defined(__x86_64__) && !defined(LA_HAS_TSAN)

enum { NR_TRAPS = 1000, TRAP_FLAG = 0x100 };
static volatile sig_atomic_t nr_traps;

/* A trap behind each instruction, until there were so many. */
static void on_trap(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;

    (void)number;
    (void)info;
    if (++nr_traps >= NR_TRAPS)
        interrupted->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

static inline void step_from_here_on(void)
{
    __asm__ volatile("subq $128, %%rsp\n\t"
                     "pushfq\n\t"
                     "orq %0, (%%rsp)\n\t"
                     "popfq\n\t"
                     "addq $128, %%rsp"
                     :
                     : "i"(TRAP_FLAG)
                     : "cc", "memory");
}

/* A section in which each instruction is followed by a signal gets nowhere; when the signals end it
 * goes through, once. */
static void restarts_are_told(const struct lookaside_strategy *strategy)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO}, former;
    void *entry;

    begin(strategy, 8);
    push_burst(3);
    pop_burst(1);
    assert_int_equal(sigaction(SIGTRAP, &action, &former), 0);
    nr_traps = 0;
    la_slow = 0;
    step_from_here_on();
    entry = bare.pop(&bare);
    sigaction(SIGTRAP, &former, NULL);
    assert_int_equal(nr_traps, NR_TRAPS);
    assert_true(la_slow & LA_SLOW_RESTART);
    assert_ptr_equal(entry, &entries[1]);
    assert_int_equal(pop_burst(8), 1);
    end();
}

static void restarts_are_told_of_both(void **state)
{
    (void)state;
    if (!la_rseq()->area)
        skip();
    restarts_are_told(&la_strategy_percpu);
    restarts_are_told(&la_strategy_magazine);
}

#else

static void restarts_are_told_of_both(void **state)
{
    (void)state;
    skip();
}

#endif

static void every_count_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned what = 0; what < LA_NR_COUNTS; what++)
        for (unsigned other = 0; other < what; other++)
            assert_string_not_equal(la_count_name(what), la_count_name(other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percpu_bursts_beyond_a_small_limit),
        cmocka_unit_test(percpu_bursts_within_the_limit),
        cmocka_unit_test(magazine_bursts_beyond_a_small_limit),
        cmocka_unit_test(magazine_bursts_in_a_steady_state),
        cmocka_unit_test(percpu_fetches_from_a_cpu_that_rests),
        cmocka_unit_test(those_without_slow_paths_tell_nothing),
        cmocka_unit_test(waits_for_a_depot_are_counted),
        cmocka_unit_test(waits_for_the_one_lock_are_counted),
        cmocka_unit_test(a_pop_says_what_was_slow),
        cmocka_unit_test(restarts_are_told_of_both),
        cmocka_unit_test(every_count_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, find_cpus, NULL);
}
