/* SPDX-License-Identifier: MIT */
/*
 * slab_storm_test.c: whether interrupted sections start again. Signal handlers pop and push on the
 * slab that the interrupted section works on; threads of one CPU preempt each other; threads change
 * their CPU; and owners take a slab away, see that nothing moves in it, turn its order around and
 * put it back.
 *
 * Every object is in a slab (mark 0) or with a thread (mark 1). Whoever gets one changes the mark
 * and finds it as expected, or two have it. At the end every object is somewhere, and the words of
 * the slabs say how many pops and pushes there were.
 *
 * usage: unit_slab_storm [MILLISECONDS]    of each of eight runs; slow machines need more
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <cmocka.h>

#include "slab_ways.h"

#ifdef LA_HAS_RSEQ

enum { NR_OBJECTS = 60, NR_SLOTS = 32, NR_WORKERS = 4, SIGNAL_US = 100, MOST_MS = 20000 };

struct storm {
    const struct way *way;
    bool moves; /* workers run on two CPUs and change between them; else all are on one */
    bool taken; /* slabs are taken away and put back */
    bool signals;
};

/* One who works on slabs: a thread, or the signal handler that runs on it. */
struct worker {
    uint64_t pops, pushes;
    unsigned seed, nr;
    const void *where;
    void *objects[NR_OBJECTS];
};

static struct {
    pthread_t thread;
    struct worker itself, handler;
} threads[NR_WORKERS];

static const struct storm *storm;
static long run_ms = 300;
static struct object {
    _Atomic unsigned char mark;
} objects[NR_OBJECTS];
static atomic_bool stop;
static atomic_uint nr_broken, nr_signals, nr_taken;
static atomic_bool popped;
static _Thread_local struct worker *my_handler;

/* Relaxed: the value is the check. */
static void mark(void *entry, unsigned char to)
{
    size_t index = (size_t)((struct object *)entry - objects);

    if (index >= NR_OBJECTS ||
        atomic_exchange_explicit(&objects[index].mark, to, memory_order_relaxed) == to)
        atomic_fetch_add_explicit(&nr_broken, 1, memory_order_relaxed);
}

static void mark_all(void *const *entries, unsigned nr, unsigned char to)
{
    for (unsigned i = 0; i < nr; i++)
        mark(entries[i], to);
}

static unsigned random_below(struct worker *worker, unsigned bound)
{
    worker->seed = worker->seed * 1664525 + 1013904223;
    return (worker->seed >> 16) % bound;
}

static bool pop_one(struct worker *worker)
{
    const struct la_slab *seen;
    void *entry;

    if (!storm->way->pop(area, worker->where, &entry, &seen))
        return false;
    mark(entry, 1);
    worker->objects[worker->nr++] = entry;
    worker->pops++;
    return true;
}

static bool push_one(struct worker *worker)
{
    const struct la_slab *seen;
    void *entry;

    if (worker->nr == 0)
        return false;
    entry = worker->objects[worker->nr - 1];
    mark(entry, 0);
    if (!storm->way->push(area, worker->where, entry, &seen)) {
        mark(entry, 1);
        return false;
    }
    worker->nr--;
    worker->pushes++;
    return true;
}

static void pop_many(struct worker *worker, unsigned nr)
{
    const struct la_slab *seen;
    void *entries[NR_OBJECTS];
    uint32_t taken = storm->way->pop_bulk(area, worker->where, entries, nr, &seen);

    mark_all(entries, taken, 1);
    memcpy(worker->objects + worker->nr, entries, taken * sizeof *entries);
    worker->nr += taken;
    worker->pops += taken;
}

static void push_many(struct worker *worker, unsigned nr)
{
    const struct la_slab *seen;
    void **entries;
    uint32_t kept;

    nr = nr < worker->nr ? nr : worker->nr;
    entries = worker->objects + worker->nr - nr;
    mark_all(entries, nr, 0);
    kept = storm->way->push_bulk(area, worker->where, entries, nr, &seen);
    mark_all(entries + kept, nr - kept, 1);
    memmove(entries, entries + kept, (nr - kept) * sizeof *entries);
    worker->nr -= kept;
    worker->pushes += kept;
}

static void move_some(struct worker *worker)
{
    unsigned nr = 1 + random_below(worker, 8);

    switch (random_below(worker, 4)) {
    case 0:
        while (nr-- > 0 && pop_one(worker))
            continue;
        break;
    case 1:
        while (nr-- > 0 && push_one(worker))
            continue;
        break;
    case 2:
        pop_many(worker, nr);
        break;
    default:
        push_many(worker, nr);
    }
}

/* Changes what is on top: a section that goes on after it commits what is no longer so. */
static void work_in_between(int signal)
{
    (void)signal;
    if (!my_handler)
        return;
    atomic_fetch_add_explicit(&nr_signals, 1, memory_order_relaxed);
    move_some(my_handler);
    move_some(my_handler);
}

/* --- exclusive access --- */

/* Whoever has the slab alone sees it stand still, and may put it in another order. */
static void turn_around(struct la_slab *slab)
{
    uint64_t word = la_slab_word(slab);
    uint32_t depth = la_slab_depth_of(word);

    for (uint32_t i = 0; i < depth / 2; i++) {
        void *entry = slab->slots[i];

        slab->slots[i] = slab->slots[depth - 1 - i];
        la_cpu_relax();
        slab->slots[depth - 1 - i] = entry;
    }
    if (la_slab_word(slab) != word)
        atomic_fetch_add_explicit(&nr_broken, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&nr_taken, 1, memory_order_relaxed);
}

static void put_back(struct home *home)
{
    /* Release: a section that finds the slab sees its new order. */
    atomic_store_explicit(&home->loaded, home->slab, memory_order_release);
    la_spin_unlock(&home->lock);
}

static void take_from_afar(struct home *home)
{
    la_spin_lock(&home->lock);
    /* Sequentially consistent: before the fence. */
    atomic_store_explicit(&home->loaded, &la_slab_away, memory_order_seq_cst);
    if (storm->way->by_cpu)
        la_rseq_fence((unsigned)(home - homes));
    else
        la_rseq_fence_all();
    turn_around(home->slab);
    put_back(home);
}

static void take_own(void)
{
    unsigned cpu = la_rseq_cpu(area);
    struct home *home = &homes[cpu];

    la_spin_lock(&home->lock);
    if (!la_slab_hide_on_cpu(area, homes, cpu)) {
        la_spin_unlock(&home->lock);
        return;
    }
    turn_around(home->slab);
    put_back(home);
}

static void *take_until_stopped(void *unused)
{
    const struct timespec pause = {.tv_nsec = 50000};

    bind_to(cpus[0], cpus[1]);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        for (unsigned i = 0; i < MAX_CPUS; i++) {
            if (homes[i].slab)
                take_from_afar(&homes[i]);
        }
        nanosleep(&pause, NULL);
    }
    return unused;
}

/* --- threads --- */

static void let_signals_through(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(how, &set, NULL);
}

static void *work_until_stopped(void *argument)
{
    unsigned index = *(const unsigned *)argument;
    struct worker *worker = &threads[index].itself;

    bind_to(cpus[0], storm->moves ? cpus[1] : cpus[0]);
    my_handler = &threads[index].handler;
    if (storm->signals)
        let_signals_through(SIG_UNBLOCK);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        unsigned other = random_below(worker, 512);

        move_some(worker);
        if (worker->pops > 0 && !atomic_load_explicit(&popped, memory_order_relaxed))
            atomic_store_explicit(&popped, true, memory_order_relaxed);
        if (storm->moves && other < 2)
            bind_to(cpus[other], cpus[other]);
        if (storm->taken && storm->way->by_cpu && other >= 508)
            take_own();
    }
    let_signals_through(SIG_BLOCK);
    my_handler = NULL;
    return NULL;
}

static void give_home(unsigned index)
{
    if (homes[index].slab)
        return;
    homes[index].slab = new_slab(NR_SLOTS, NR_SLOTS);
    atomic_store_explicit(&homes[index].loaded, homes[index].slab, memory_order_release);
}

static void prepare(const struct storm *plan)
{
    storm = plan;
    memset(threads, 0, sizeof threads);
    atomic_store_explicit(&stop, false, memory_order_relaxed);
    atomic_store_explicit(&nr_broken, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_signals, 0, memory_order_relaxed);
    atomic_store_explicit(&nr_taken, 0, memory_order_relaxed);
    atomic_store_explicit(&popped, false, memory_order_relaxed);
    for (unsigned i = 0; i < NR_WORKERS; i++) {
        unsigned home = plan->way->by_cpu ? (unsigned)cpus[i % 2] : i;
        struct worker *worker = &threads[i].itself;

        give_home(home);
        worker->where = plan->way->by_cpu ? homes : &homes[home];
        worker->seed = i;
        threads[i].handler.where = worker->where;
        threads[i].handler.seed = 100 + i;
    }
    for (unsigned i = 0; i < NR_OBJECTS; i++) {
        struct worker *worker = &threads[i % NR_WORKERS].itself;

        atomic_store_explicit(&objects[i].mark, 1, memory_order_relaxed);
        worker->objects[worker->nr++] = &objects[i];
    }
}

static void set_signals(unsigned period_us)
{
    struct sigaction action = {.sa_handler = work_in_between, .sa_flags = SA_RESTART};
    struct itimerval period = {{0, period_us}, {0, period_us}};

    let_signals_through(SIG_BLOCK);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &period, NULL), 0);
}

/* Whether what the storm is about has happened: threads of a busy machine may not run for longer
 * than the storm was to take. */
static bool has_seen_all(void)
{
    return atomic_load_explicit(&popped, memory_order_relaxed) &&
           (!storm->signals || atomic_load_explicit(&nr_signals, memory_order_relaxed) > 0) &&
           (!storm->taken || atomic_load_explicit(&nr_taken, memory_order_relaxed) > 0);
}

static void run_threads(void)
{
    static unsigned indexes[NR_WORKERS];
    const struct timespec duration = {run_ms / 1000, run_ms % 1000 * 1000000};
    pthread_t taker;

    set_signals(storm->signals ? SIGNAL_US : 0);
    for (unsigned i = 0; i < NR_WORKERS; i++) {
        indexes[i] = i;
        assert_int_equal(pthread_create(&threads[i].thread, NULL, work_until_stopped, &indexes[i]),
                         0);
    }
    if (storm->taken)
        assert_int_equal(pthread_create(&taker, NULL, take_until_stopped, NULL), 0);
    for (long slept = 0; slept == 0 || (slept < MOST_MS && !has_seen_all()); slept += run_ms)
        nanosleep(&duration, NULL);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < NR_WORKERS; i++)
        pthread_join(threads[i].thread, NULL);
    if (storm->taken)
        pthread_join(taker, NULL);
    set_signals(0);
}

/* Takes what the slabs hold; adds up what their words say. */
static void empty_homes(uint64_t *pops, uint64_t *pushes, unsigned *held)
{
    for (unsigned i = 0; i < MAX_CPUS; i++) {
        struct la_slab *slab = homes[i].slab;
        uint64_t word;

        if (!slab)
            continue;
        word = la_slab_word(slab);
        *pops += word >> LA_SLAB_POPS_SHIFT;
        *pushes += (word >> LA_SLAB_POPS_SHIFT) + la_slab_depth_of(word);
        *held += la_slab_depth_of(word);
        mark_all(slab->slots, la_slab_depth_of(word), 1);
        free(slab);
        homes[i].slab = NULL;
        atomic_store_explicit(&homes[i].loaded, NULL, memory_order_relaxed);
    }
}

static void check_conservation(void)
{
    uint64_t pops = 0, pushes = 0;
    unsigned held = 0;

    empty_homes(&pops, &pushes, &held);
    for (unsigned i = 0; i < NR_WORKERS; i++) {
        pops -= threads[i].itself.pops + threads[i].handler.pops;
        pushes -= threads[i].itself.pushes + threads[i].handler.pushes;
        held += threads[i].itself.nr + threads[i].handler.nr;
    }
    assert_int_equal(atomic_load_explicit(&nr_broken, memory_order_relaxed), 0);
    assert_int_equal(pops, 0);
    assert_int_equal(pushes, 0);
    assert_int_equal(held, NR_OBJECTS);
}

static void run_by_each_way(struct storm plan)
{
    for (unsigned i = 0; i < NR_WAYS; i++) {
        uint64_t work = 0;

        plan.way = &ways[i];
        prepare(&plan);
        run_threads();
        for (unsigned n = 0; n < NR_WORKERS; n++)
            work += threads[n].itself.pops + threads[n].handler.pops;
        print_message("way %s: %llu pops, %u signals, slabs taken %u times\n", plan.way->name,
                      (unsigned long long)work,
                      atomic_load_explicit(&nr_signals, memory_order_relaxed),
                      atomic_load_explicit(&nr_taken, memory_order_relaxed));
        check_conservation();
        assert_true(work > 0);
        assert_int_equal(plan.signals, atomic_load_explicit(&nr_signals, memory_order_relaxed) > 0);
        assert_int_equal(plan.taken, atomic_load_explicit(&nr_taken, memory_order_relaxed) > 0);
    }
}

static void threads_of_one_cpu_preempt_each_other(void **state)
{
    (void)state;
    run_by_each_way((struct storm){0});
}

static void signal_handlers_use_the_same_slab(void **state)
{
    (void)state;
    run_by_each_way((struct storm){.signals = true});
}

static void threads_change_their_cpu(void **state)
{
    (void)state;
    if (cpus[0] == cpus[1])
        skip();
    run_by_each_way((struct storm){.moves = true, .signals = true});
}

static void slabs_are_taken_away(void **state)
{
    (void)state;
    run_by_each_way((struct storm){.moves = true, .taken = true, .signals = true});
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_of_one_cpu_preempt_each_other),
        cmocka_unit_test(signal_handlers_use_the_same_slab),
        cmocka_unit_test(threads_change_their_cpu),
        cmocka_unit_test(slabs_are_taken_away),
    };

    if (argc > 1)
        run_ms = strtol(argv[1], NULL, 10);
    if (argc > 2 || run_ms < 1 || run_ms > 100000) {
        fprintf(stderr, "lookaside: unit_slab_storm: usage: unit_slab_storm [MILLISECONDS]\n");
        return EXIT_BAD;
    }
    return slab_ways_ready("unit_slab_storm") ? cmocka_run_group_tests(tests, NULL, NULL)
                                              : EXIT_SKIPPED;
}

#else

int main(void)
{
    return slab_ways_ready("unit_slab_storm") ? 0 : EXIT_SKIPPED;
}

#endif
