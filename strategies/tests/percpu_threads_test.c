/* SPDX-License-Identifier: MIT */
/*
 * percpu_threads_test.c: threads that compete for the entries of a percpu list, interrupted by
 * signals, while others drain it, and with handlers that use the list themselves. Built with
 * injection points, the threads change their CPU at one of them.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "chain.h"
#include "inject.h"
#include "percpu_case.h"
#include "platform.h"

enum { NR_OBJECTS = 600, NR_THREADS = 6, MOST_IN_HAND = NR_OBJECTS + 64 };

/* Every object is in exactly one place: in the list (0) or with a thread (1). Whoever gets one
 * changes the mark and finds it as expected, or two have it. */
static _Atomic unsigned char marks[NR_OBJECTS];
static atomic_bool stop = true, late; /* late: the threads go on, undisturbed */
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

/* What a thread has, or its handler. */
struct hand {
    pthread_t thread;
    unsigned seed;
    uint64_t pops, pushes;
    size_t nr;
    void *objects[MOST_IN_HAND];
};
static struct hand hands[NR_THREADS];

static struct hand handlers_hands[NR_THREADS];
static bool handlers_move;
static _Thread_local struct hand *volatile handlers_hand; /* NULL: its handler only interrupts */

static void pop_some(struct hand *hand, unsigned nr)
{
    void *entry;

    for (; nr > 0 && (entry = list.pop(&list)); nr--) {
        take(entry);
        /* The entry is ours: a second owner would show under the thread sanitizer. */
        ((struct entry *)entry)->link = hand;
        hand->objects[hand->nr++] = entry;
        hand->pops++;
    }
}

static void push_some(struct hand *hand, unsigned nr)
{
    for (; nr > 0 && hand->nr > 0 && give(hand->objects[hand->nr - 1]); nr--) {
        hand->nr--;
        hand->pushes++;
    }
}

static void pop_in_bulk(struct hand *hand, unsigned nr)
{
    size_t popped = percpu->pop_bulk(&list, &hand->objects[hand->nr], nr);

    for (size_t end = hand->nr + popped; hand->nr < end; hand->nr++) {
        take(hand->objects[hand->nr]);
        ((struct entry *)hand->objects[hand->nr])->link = hand;
    }
    hand->pops += popped;
}

static void push_in_bulk(struct hand *hand, unsigned nr)
{
    size_t kept, first;

    nr = nr < hand->nr ? nr : (unsigned)hand->nr;
    first = hand->nr - nr;
    for (size_t i = first; i < hand->nr; i++)
        atomic_store_explicit(&marks[(struct entry *)hand->objects[i] - entries], 0,
                              memory_order_relaxed);
    kept = percpu->push_bulk(&list, &hand->objects[first], nr);
    for (size_t i = first + kept; i < hand->nr; i++)
        atomic_store_explicit(&marks[(struct entry *)hand->objects[i] - entries], 1,
                              memory_order_relaxed);
    memmove(&hand->objects[first], &hand->objects[first + kept],
            (nr - kept) * sizeof *hand->objects);
    hand->nr -= kept;
    hand->pushes += kept;
}

static void move_some(struct hand *hand)
{
    static void (*const moves[])(struct hand *, unsigned) = {pop_some, push_some, pop_in_bulk,
                                                             push_in_bulk};

    hand->seed = hand->seed * 1664525 + 1013904223;
    moves[hand->seed >> 14 & 3](hand, hand->seed >> 26);
}

static void *move_until_stopped(void *argument)
{
    struct hand *hand = argument;

    if (handlers_move)
        handlers_hand = &handlers_hands[hand - hands];
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        move_some(hand);
    handlers_hand = NULL;
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
/* Odd: who was moved passes two points until it is there again, and has to get away once. */
enum { LOCKED_NOT_HIDDEN = 506, MOVE_ONE_IN = 3, MOVED_FOR_NS = 5000 };

/* Between the choice of a CPU and the look whether the thread is still there it goes elsewhere,
 * every now and then, and stays until others run on the old one: what it then did as on its own CPU
 * would race with their sections. */
void la_inject(unsigned point)
{
    static _Thread_local unsigned passed;

    if (atomic_load_explicit(&stop, memory_order_relaxed) ||
        atomic_load_explicit(&late, memory_order_relaxed) || passed++ % MOVE_ONE_IN != 0)
        return;
    if (point != LOCKED_NOT_HIDDEN) {
        for (unsigned turns = passed % 64; turns > 0; turns--)
            la_cpu_relax();
        return;
    }
    bind_to(cpus[(int)la_current_cpu() == cpus[0]]);
    for (uint64_t end = la_now_ns() + MOVED_FOR_NS; la_now_ns() < end;)
        la_cpu_relax();
}
#endif

/* Whatever it interrupts, a handler may use the list. It ends with empty hands if it can. */
static void on_signal(int signal)
{
    struct hand *hand = handlers_hand;
    int error = errno;

    (void)signal;
    if (hand) {
        pop_some(hand, 40);
        push_some(hand, MOST_IN_HAND);
        pop_in_bulk(hand, 3);
        push_in_bulk(hand, MOST_IN_HAND);
    }
    errno = error;
}

/* Interrupts whoever runs, ten thousand times a second: sections start again. */
static void start_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval period = {{0, 100}, {0, 100}};

    /* A handler's hand is not made for two of them. */
    sigaddset(&action.sa_mask, SIGALRM);
    sigaddset(&action.sa_mask, SIGUSR1);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &period, NULL), 0);
}

/* The kernel prefers the first thread for a signal to the process; it has nothing to interrupt. */
static void block_alarm(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    assert_int_equal(pthread_sigmask(how, &set, NULL), 0);
}

static void stop_interrupts(void)
{
    assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
    block_alarm(SIG_UNBLOCK);
}

static void deal_objects(void)
{
    memset(hands, 0, sizeof hands);
    memset(handlers_hands, 0, sizeof handlers_hands);
    for (unsigned i = 0; i < NR_OBJECTS; i++) {
        struct hand *hand = &hands[i % NR_THREADS];

        atomic_store_explicit(&marks[i], 1, memory_order_relaxed);
        hand->objects[hand->nr++] = &entries[i];
        hand->seed = i;
    }
    atomic_store_explicit(&nr_drained, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_broken, 0, memory_order_relaxed);
    atomic_store_explicit(&late, false, memory_order_relaxed);
    atomic_store_explicit(&stop, false, memory_order_relaxed);
}

/* On a crowded machine a drainer may need longer to meet an entry. With moves and signals at its
 * steps, that is minutes: it is left in peace then. */
static bool something_drained(unsigned nr_drainers)
{
    return nr_drainers == 0 || atomic_load_explicit(&nr_drained, memory_order_relaxed) > 0;
}

static void interrupt_each(void)
{
    for (unsigned i = 0; i < NR_THREADS; i++)
        pthread_kill(hands[i].thread, SIGUSR1);
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
    block_alarm(SIG_BLOCK);
    for (uint64_t end = la_now_ns() + ms * UINT64_C(1000000); la_now_ns() < end;) {
        sched_yield();
        if (handlers_move)
            interrupt_each();
    }
    atomic_store_explicit(&late, true, memory_order_relaxed);
    assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
    while (!something_drained(nr_drainers))
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
        pops += hands[i].pops + handlers_hands[i].pops;
        pushes += hands[i].pushes + handlers_hands[i].pushes;
        in_hands += hands[i].nr + handlers_hands[i].nr;
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

static void objects_survive_handlers(void **state)
{
    uint64_t popped = 0;

    (void)state;
    handlers_move = true;
    objects_survive(0);
    for (unsigned i = 0; i < NR_THREADS; i++)
        popped += handlers_hands[i].pops;
    assert_true(popped > 0);
    objects_survive(1);
    handlers_move = false;
}

static int run(CMFixtureFunction set_up)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_survive_competition),
        cmocka_unit_test(objects_survive_remote_drains),
        cmocka_unit_test(objects_survive_handlers),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

int main(int nr_arguments, char **arguments)
{
    return run_cases(nr_arguments, arguments, run);
}
