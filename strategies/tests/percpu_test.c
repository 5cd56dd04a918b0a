/* SPDX-License-Identifier: MIT */
/*
 * percpu_test.c: the percpu strategy below the list: limit, order, transfers between CPUs, drains
 * that race with pops and pushes. Run three times by the build: plainly; with restartable sequences
 * switched off, which selects the variant with locks; and with the strategy built with injection
 * points, at one of which the competing threads change their CPU.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "chain.h"
#include "inject.h"
#include "rseq.h"
#include "strategy.h"

enum { NR_ENTRIES = LOOKASIDE_DEPTH_LIMIT + 8, NR_LIMITS = 10 };

extern const struct lookaside_strategy la_strategy_percpu;
static const struct lookaside_strategy *const percpu = &la_strategy_percpu;

static struct entry {
    void *link;
} entries[NR_ENTRIES];
static struct lookaside list;
static int cpus[2]; /* that we may run on; the same one twice if there is only one */

static const uint32_t limits[NR_LIMITS] = {0,  1,  2,   4,    31,
                                           32, 33, 256, 5000, LOOKASIDE_DEPTH_LIMIT};

static void bind_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
}

static void bind_to_both(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpus[0], &set);
    CPU_SET(cpus[1], &set);
    assert_int_equal(sched_setaffinity(0, sizeof set, &set), 0);
}

static int find_cpus(void **state)
{
    cpu_set_t set;
    int nr = 0;

    (void)state;
    if (sched_getaffinity(0, sizeof set, &set))
        return -1;
    for (int cpu = 0; cpu < CPU_SETSIZE && nr < 2; cpu++) {
        if (CPU_ISSET(cpu, &set))
            cpus[nr++] = cpu;
    }
    if (nr == 1)
        cpus[1] = cpus[0];
    return nr > 0 ? 0 : -1;
}

static void make_list(uint32_t limit)
{
    memset(&list, 0, sizeof list);
    list.size = sizeof(struct entry);
    list.strategy = percpu;
    list.pop = percpu->pop;
    list.push = percpu->push;
    list.depth.max = limit > 256 ? limit : 256;
    atomic_init(&list.limit, limit);
    assert_int_equal(percpu->init(&list), 0);
}

static size_t chain_length(void *chain)
{
    size_t nr = 0;

    for (; chain; chain = la_chain_next(chain))
        nr++;
    return nr;
}

static void end_list(void)
{
    percpu->drain(&list, 0);
    percpu->fini(&list);
}

static void set_limit(uint32_t limit)
{
    atomic_store_explicit(&list.limit, limit, memory_order_relaxed);
}

static struct lookaside_strategy_stats get_stats(void)
{
    struct lookaside_strategy_stats stats;

    percpu->stats(&list, &stats);
    return stats;
}

/* entries[0], [1], ... until one is refused or nr are kept; the number kept. */
static uint32_t push_up_to(uint32_t nr)
{
    uint32_t kept = 0;

    while (kept < nr && list.push(&list, &entries[kept]))
        kept++;
    return kept;
}

static void pop_expecting_newest_first(uint32_t nr)
{
    while (nr > 0)
        assert_ptr_equal(list.pop(&list), &entries[--nr]);
    assert_null(list.pop(&list));
}

/* Runs work on another thread, bound to cpu, and waits for it. */
static void on_cpu(int cpu, void *(*work)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_attr_init(&attributes);
    pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    assert_int_equal(pthread_create(&thread, &attributes, work, argument), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static void needs_two_cpus(void)
{
    if (cpus[0] == cpus[1])
        skip();
}

static void the_variant_is_the_one_asked_for(void **state)
{
    const char *detail = NULL, *tunables = getenv("GLIBC_TUNABLES");

    (void)state;
    assert_true(percpu->supported(&detail));
    if (tunables && strstr(tunables, "rseq=0"))
        assert_non_null(strstr(detail, "__rseq_size is 0"));
    assert_int_equal(la_rseq()->area == 0, strncmp(detail, "per-CPU locks: ", 15) == 0);
}

static void keeps_exactly_the_limit_in_order(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS; i++) {
        make_list(limits[i]);
        for (unsigned round = 0; round < 2; round++) {
            assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
            assert_false(list.push(&list, &entries[NR_ENTRIES - 1]));
            assert_int_equal(get_stats().held, limits[i]);
            pop_expecting_newest_first(limits[i]);
        }
        assert_int_equal(get_stats().pops, 2 * (uint64_t)limits[i]);
        assert_int_equal(get_stats().pushes, 2 * (uint64_t)limits[i]);
        end_list();
    }
}

static void *push_and_pop(void *nr)
{
    uint32_t kept = push_up_to(*(uint32_t *)nr);

    pop_expecting_newest_first(kept);
    return NULL;
}

static void credits_of_an_idle_cpu_are_recalled(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        make_list(limits[i]);
        on_cpu(cpus[1], push_and_pop, &(uint32_t){limits[i]});
        assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
        pop_expecting_newest_first(limits[i]);
        /* And the same again the other way round, now that the credits are here. */
        on_cpu(cpus[1], push_and_pop, &(uint32_t){limits[i]});
        assert_int_equal(push_up_to(NR_ENTRIES), limits[i]);
        end_list();
    }
}

static void *push_all(void *nr)
{
    assert_int_equal(push_up_to(*(uint32_t *)nr), *(uint32_t *)nr);
    return NULL;
}

/* entries[0 .. nr-1] in any order: the depot's come before another CPU's, which are newer. */
static void pop_each_once(uint32_t nr)
{
    struct entry *entry;
    uint32_t popped = 0;

    for (uint32_t i = 0; i < nr; i++)
        entries[i].link = NULL;
    for (; (entry = list.pop(&list)); popped++) {
        assert_true(entry < &entries[nr]);
        assert_null(entry->link);
        entry->link = entry;
    }
    assert_int_equal(popped, nr);
}

static void entries_of_an_idle_cpu_are_found(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    for (unsigned i = 0; i < NR_LIMITS - 1; i++) {
        make_list(limits[i]);
        on_cpu(cpus[1], push_all, &(uint32_t){limits[i]});
        pop_each_once(limits[i]);
        assert_int_equal(get_stats().pops, limits[i]);
        assert_int_equal(get_stats().pushes, limits[i]);
        end_list();
    }
}

/* A stack that wanders up and down, with a model beside it. */
static void random_walk_is_last_in_first_out(void **state)
{
    static uint32_t model[5000];
    uint32_t seed = 1;

    (void)state;
    bind_to(cpus[0]);
    for (unsigned i = 1; i < NR_LIMITS - 1; i++) {
        uint32_t depth = 0, fresh = 0, limit = limits[i];

        make_list(limit);
        for (unsigned burst = 0; burst < 2000; burst++) {
            seed = seed * 1664525 + 1013904223;
            for (uint32_t n = (seed >> 8) % (limit < 100 ? limit + 2 : 100); n > 0; n--) {
                if (seed >> 31) {
                    assert_int_equal(list.push(&list, &entries[fresh]), depth < limit);
                    if (depth < limit)
                        model[depth++] = fresh++ % (NR_ENTRIES - 1);
                    fresh %= NR_ENTRIES - 1;
                } else {
                    void *expected = depth > 0 ? &entries[model[--depth]] : NULL;

                    assert_ptr_equal(list.pop(&list), expected);
                }
            }
        }
        end_list();
    }
}

static void limit_falls_and_rises(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    make_list(256);
    assert_int_equal(push_up_to(NR_ENTRIES), 256);
    set_limit(100);
    assert_int_equal(chain_length(percpu->drain(&list, 100)), 156);
    assert_int_equal(get_stats().held, 100);
    assert_false(list.push(&list, &entries[0]));
    /* The oldest went: what was freed last is still there. */
    assert_ptr_equal(list.pop(&list), &entries[255]);
    assert_true(list.push(&list, &entries[255]));
    assert_false(list.push(&list, &entries[0]));
    set_limit(1000);
    for (unsigned i = 100; i < 1000; i++)
        assert_true(list.push(&list, &entries[300 + i]));
    assert_false(list.push(&list, &entries[0]));
    /* Claims without entries behind them go as well. */
    while (list.pop(&list))
        continue;
    set_limit(3);
    assert_null(percpu->drain(&list, 3));
    assert_int_equal(push_up_to(NR_ENTRIES), 3);
    pop_expecting_newest_first(3);
    end_list();
}

static void drain_keeps_what_it_is_told(void **state)
{
    static const size_t keeps[] = {5000, 4000, 3999, 600, 513, 100, 33, 1, 0};
    size_t held = 5000;

    (void)state;
    bind_to(cpus[0]);
    make_list(5000);
    assert_int_equal(push_up_to(NR_ENTRIES), 5000);
    for (unsigned i = 0; i < sizeof keeps / sizeof *keeps; i++) {
        void *chain = percpu->drain(&list, keeps[i]);

        /* Newest first: what is drained are the oldest ones, in falling order. */
        for (size_t n = held - keeps[i]; n > 0; n--) {
            assert_ptr_equal(chain, &entries[5000 - held + n - 1]);
            chain = la_chain_next(chain);
        }
        assert_null(chain);
        held = keeps[i];
        assert_int_equal(percpu->count(&list), held);
    }
    assert_null(percpu->drain(&list, 0));
    assert_int_equal(push_up_to(NR_ENTRIES), 5000);
    pop_expecting_newest_first(5000);
    end_list();
}

static void drain_reaches_every_cpu(void **state)
{
    (void)state;
    needs_two_cpus();
    bind_to(cpus[0]);
    make_list(256);
    on_cpu(cpus[1], push_all, &(uint32_t){100});
    for (unsigned i = 100; i < 200; i++)
        assert_true(list.push(&list, &entries[i]));
    assert_int_equal(chain_length(percpu->drain(&list, 50)), 150);
    assert_int_equal(get_stats().held, 50);
    assert_int_equal(chain_length(percpu->drain(&list, 0)), 50);
    assert_int_equal(get_stats().held, 0);
    assert_int_equal(get_stats().pushes, 200);
    end_list();
}

/* Two ticks without traffic on a CPU: its entries are in the depot, where a third party finds them
 * without a look at that CPU, and its claims are the list's again. */
static void ticks_bring_home_what_idle_cpus_have(void **state)
{
    (void)state;
    bind_to(cpus[0]);
    make_list(256);
    on_cpu(cpus[1], push_all, &(uint32_t){70});
    percpu->tick(&list);
    percpu->tick(&list);
    assert_int_equal(percpu->count(&list), 70);
    pop_expecting_newest_first(70);
    assert_int_equal(push_up_to(NR_ENTRIES), 256);
    percpu->tick(&list);
    percpu->tick(&list);
    percpu->tick(&list);
    assert_int_equal(get_stats().held, 256);
    pop_expecting_newest_first(256);
    end_list();
}

/* --- threads --- */

enum { NR_OBJECTS = 600, NR_THREADS = 6, MOST_IN_HAND = NR_OBJECTS };

/* Every object is in exactly one place: in the list (0) or with a thread (1). Whoever gets one
 * changes the mark and finds it as expected, or two have it. */
static _Atomic unsigned char marks[NR_OBJECTS];
static atomic_bool stop = true;
static atomic_uint nr_broken, nr_drained;

static void take(void *entry)
{
    size_t index = (size_t)((struct entry *)entry - entries);

    /* Relaxed: the value is the check; the strategy does the ordering. */
    if (index >= NR_OBJECTS || atomic_exchange_explicit(&marks[index], 1, memory_order_relaxed))
        atomic_fetch_add_explicit(&nr_broken, 1, memory_order_relaxed);
}

static bool give(void *entry)
{
    size_t index = (size_t)((struct entry *)entry - entries);

    if (!atomic_exchange_explicit(&marks[index], 0, memory_order_relaxed))
        atomic_fetch_add_explicit(&nr_broken, 1, memory_order_relaxed);
    if (list.push(&list, entry))
        return true;
    atomic_store_explicit(&marks[index], 1, memory_order_relaxed);
    return false;
}

struct hand {
    pthread_t thread;
    unsigned seed;
    uint64_t pops, pushes;
    size_t nr;
    void *objects[MOST_IN_HAND];
};
static struct hand hands[NR_THREADS];

static void move_some(struct hand *hand)
{
    unsigned nr = (hand->seed = hand->seed * 1664525 + 1013904223) >> 26;
    void *entry;

    if (hand->seed & 0x8000) {
        for (; nr > 0 && (entry = list.pop(&list)); nr--) {
            take(entry);
            /* The entry is ours: a second owner would show under the thread sanitizer. */
            ((struct entry *)entry)->link = hand;
            hand->objects[hand->nr++] = entry;
            hand->pops++;
        }
    } else {
        for (; nr > 0 && hand->nr > 0 && give(hand->objects[hand->nr - 1]); nr--) {
            hand->nr--;
            hand->pushes++;
        }
    }
}

static void *move_until_stopped(void *argument)
{
    struct hand *hand = argument;

    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        move_some(hand);
    return NULL;
}

static void *drain_until_stopped(void *argument)
{
    struct hand *hand = argument;
    size_t keep = 0;

    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        void *chain = percpu->drain(&list, keep % 3 * 40);

        if (chain_length(chain) > atomic_load_explicit(&list.limit, memory_order_relaxed))
            atomic_fetch_add_explicit(&nr_broken, 1, memory_order_relaxed);
        keep++;
        while (chain) {
            void *entry = chain;

            chain = la_chain_next(entry);
            take(entry);
            hand->objects[hand->nr++] = entry;
            atomic_fetch_add_explicit(&nr_drained, 1, memory_order_relaxed);
        }
        while (hand->nr > 0 && give(hand->objects[hand->nr - 1])) {
            hand->nr--;
            hand->pushes++;
        }
        if (hand == &hands[0]) /* ticks of one list do not overlap */
            percpu->tick(&list);
        sched_yield();
    }
    return NULL;
}

#ifdef LOOKASIDE_INJECT
enum { LOCKED_NOT_HIDDEN = 506, MOVE_ONE_IN = 2, MOVED_FOR_NS = 5000 };

/* Between the choice of a CPU and the look whether the thread is still there it goes elsewhere,
 * every now and then, and stays until others run on the old one: what it then did as on its own CPU
 * would race with their sections. */
void la_inject(unsigned point)
{
    static _Thread_local unsigned passed;

    if (point != LOCKED_NOT_HIDDEN || atomic_load_explicit(&stop, memory_order_relaxed))
        return;
    if (passed++ % MOVE_ONE_IN != 0)
        return;
    bind_to(cpus[(int)la_current_cpu() == cpus[0]]);
    for (uint64_t end = la_now_ns() + MOVED_FOR_NS; la_now_ns() < end;)
        la_cpu_relax();
}
#endif

static void ignore_signal(int signal)
{
    (void)signal;
}

/* Interrupts whoever runs, ten thousand times a second: sections start again. */
static void start_interrupts(void)
{
    struct sigaction action = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART};
    struct itimerval period = {{0, 100}, {0, 100}};

    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &period, NULL), 0);
}

static void stop_interrupts(void)
{
    assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
}

static void deal_objects(void)
{
    memset(hands, 0, sizeof hands);
    for (unsigned i = 0; i < NR_OBJECTS; i++) {
        struct hand *hand = &hands[i % NR_THREADS];

        atomic_store_explicit(&marks[i], 1, memory_order_relaxed);
        hand->objects[hand->nr++] = &entries[i];
        hand->seed = i;
    }
    atomic_store_explicit(&nr_drained, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_broken, 0, memory_order_relaxed);
    atomic_store_explicit(&stop, false, memory_order_relaxed);
}

/* On a crowded machine a drainer may need longer to meet an entry. */
static bool something_drained(unsigned nr_drainers)
{
    return nr_drainers == 0 || atomic_load_explicit(&nr_drained, memory_order_relaxed) > 0;
}

static void run_threads(unsigned nr_drainers, unsigned ms)
{
    bind_to_both();
    start_interrupts();
    for (unsigned i = 0; i < NR_THREADS; i++)
        assert_int_equal(pthread_create(&hands[i].thread, NULL,
                                        i < nr_drainers ? drain_until_stopped : move_until_stopped,
                                        &hands[i]),
                         0);
    for (uint64_t end = la_now_ns() + ms * UINT64_C(1000000);
         la_now_ns() < end || !something_drained(nr_drainers);)
        sched_yield();
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < NR_THREADS; i++)
        pthread_join(hands[i].thread, NULL);
    stop_interrupts();
}

/* Every object is in one hand or in the list, and the counters say what was done. */
static void check_conservation(uint32_t limit)
{
    struct lookaside_strategy_stats stats = get_stats();
    uint64_t pops = 0, pushes = 0;
    size_t in_hands = 0, held = 0;

    for (unsigned i = 0; i < NR_THREADS; i++) {
        pops += hands[i].pops;
        pushes += hands[i].pushes;
        in_hands += hands[i].nr;
    }
    assert_int_equal(atomic_load_explicit(&nr_broken, memory_order_relaxed), 0);
    assert_int_equal(stats.pops, pops);
    assert_int_equal(stats.pushes, pushes);
    assert_true(stats.held <= limit);
    for (void *chain = percpu->drain(&list, 0); chain; chain = la_chain_next(chain)) {
        take(chain);
        held++;
    }
    assert_int_equal(atomic_load_explicit(&nr_broken, memory_order_relaxed), 0);
    assert_int_equal(held, stats.held);
    assert_int_equal(held + in_hands, NR_OBJECTS);
    assert_int_equal(get_stats().held, 0);
}

static void objects_survive(unsigned nr_drainers)
{
    static const uint32_t stressed[] = {1, 4, 100, 256, NR_OBJECTS};

    for (unsigned i = 0; i < sizeof stressed / sizeof *stressed; i++) {
        make_list(stressed[i]);
        deal_objects();
        run_threads(nr_drainers, 200);
        check_conservation(stressed[i]);
        /* What the threads claimed does not stand in a single thread's way. */
        bind_to(cpus[0]);
        assert_int_equal(push_up_to(NR_ENTRIES), stressed[i]);
        pop_expecting_newest_first(stressed[i]);
        end_list();
    }
}

static void objects_survive_competition(void **state)
{
    (void)state;
    objects_survive(0);
}

static void objects_survive_remote_drains(void **state)
{
    (void)state;
    objects_survive(1);
    objects_survive(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_variant_is_the_one_asked_for),
        cmocka_unit_test(keeps_exactly_the_limit_in_order),
        cmocka_unit_test(credits_of_an_idle_cpu_are_recalled),
        cmocka_unit_test(entries_of_an_idle_cpu_are_found),
        cmocka_unit_test(random_walk_is_last_in_first_out),
        cmocka_unit_test(limit_falls_and_rises),
        cmocka_unit_test(drain_keeps_what_it_is_told),
        cmocka_unit_test(drain_reaches_every_cpu),
        cmocka_unit_test(ticks_bring_home_what_idle_cpus_have),
        cmocka_unit_test(objects_survive_competition),
        cmocka_unit_test(objects_survive_remote_drains),
    };

    return cmocka_run_group_tests(tests, find_cpus, NULL);
}
