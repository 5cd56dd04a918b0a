/* SPDX-License-Identifier: MIT */
/*
 * engine_test.c: short measurements of every workload with a list, an allocator and the floor: not
 * how fast, but that the figures hang together.
 */
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "peer.h"

enum { WINDOW_NS = 2 * 1000 * 1000, WARMUP_NS = 500 * 1000 };

/* Small ones, so that a window is long for all of them. */
static const struct la_workload_params params = {.burst = 64,
                                                 .live = 1024,
                                                 .ring = 256,
                                                 .table = 1024,
                                                 .cold = 1024,
                                                 .aside = 64,
                                                 .hold = 16,
                                                 .remote = 25,
                                                 .large = 1024,
                                                 .thrash = 4096,
                                                 .quota = 64};

static struct la_placement placement;
static struct la_histogram latency;
static struct la_measurement measurement;
static uint64_t nr_samples; /* of all measurements: a single one may be over too soon for any */

/* nr threads on the CPUs that this process has, in turn. */
static void place(unsigned nr_threads)
{
    cpu_set_t set;
    unsigned cpu = 0;

    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    placement = (struct la_placement){.name = "test", .nr_threads = nr_threads};
    for (unsigned i = 0; i < nr_threads; i++) {
        while (!CPU_ISSET(cpu % CPU_SETSIZE, &set))
            cpu++;
        placement.cpu[i] = cpu++ % CPU_SETSIZE;
    }
}

static struct la_setting setting_of(const struct la_workload *workload)
{
    return (struct la_setting){.workload = workload,
                               .params = params,
                               .size = 100,
                               .depth = 256,
                               .placement = &placement,
                               .warmup_ns = WARMUP_NS,
                               .window_ns = WINDOW_NS,
                               .seed = 5};
}

static struct la_contender contender_of(enum la_contender_role role, const char *strategy)
{
    struct la_contender contender;
    const char *why;

    if (role == LA_ROLE_FLOOR)
        return la_contender_floor();
    assert_true(la_contender_make(&contender, role,
                                  strategy ? lookaside_strategy_find(strategy) : NULL,
                                  la_allocator_find("glibc"), &why));
    return contender;
}

static void measure(const struct la_contender *contender, const struct la_setting *setting)
{
    const char *why = "";

    la_clock_init();
    la_histogram_reset(&latency);
    if (!la_engine_measure(contender, setting, &latency, &measurement, &why))
        fail_msg("%s on %s: %s", contender->name, setting->workload->name, why);
}

/* Where threads pause it is their own times that count, and one may have begun late. */
static void times_hang_together(unsigned nr_threads)
{
    const double wall_ns = measurement.window.wall_ns;

    assert_true(wall_ns > 0);
    if (measurement.paused_ns > 0)
        return;
    assert_true(wall_ns + measurement.looked_ns > 0.9 * WINDOW_NS);
    assert_true(measurement.thread_ns <=
                (nr_threads * wall_ns + measurement.looked_ns) * 1.0000001);
}

static void figures_hang_together(unsigned nr_threads)
{
    const struct la_window_figures *window = &measurement.window;

    assert_true(window->operations > 0);
    times_hang_together(nr_threads);
    assert_true(window->full_concurrency >= 0 && window->full_concurrency <= 1);
    assert_true(window->share_min >= 0 && window->share_min <= 1.0000001);
    assert_true(window->share_max >= 0.9999999 && window->share_max <= nr_threads + 1e-9);
    assert_true(measurement.lost_ns >= 0 && measurement.lost_ns <= measurement.thread_ns);
    nr_samples += latency.total;
}

static void list_figures_hang_together(void)
{
    assert_true(measurement.has_list);
    assert_false(measurement.miscounted);
    /* A window may be over before the first free of a long round. */
    assert_true(measurement.hits_known || measurement.window.operations < 2 * 30000);
    assert_true(measurement.alloc_hit >= 0 && measurement.alloc_hit <= 1);
    assert_true(measurement.free_hit >= 0 && measurement.free_hit <= 1);
    assert_true(measurement.held <= measurement.held_max);
    assert_int_equal(measurement.entry_bytes, 104);
}

static void every_workload_with_every_kind(void **state)
{
    struct la_contender contenders[] = {
        contender_of(LA_ROLE_FLOOR, NULL), contender_of(LA_ROLE_MALLOC, NULL),
        contender_of(LA_ROLE_LIST, "spinlock"), contender_of(LA_ROLE_LIST, "percpu")};
    const char *why;

    const struct la_workload *workload;

    (void)state;
    /* Where restartable sequences are missing there is nothing to bind to: it stays dispatched. */
    if (!la_contender_make(&contenders[3], LA_ROLE_BOUND, lookaside_strategy_find("percpu"),
                           la_allocator_find("glibc"), &why))
        contenders[3] = contender_of(LA_ROLE_LIST, "percpu");
    for (size_t i = 0; (workload = la_workload_at(i)); i++)
        for (unsigned nr = workload->threads_min ? workload->threads_min : 1; nr <= 3; nr++)
            for (size_t c = 0; c < sizeof contenders / sizeof *contenders; c++) {
                const struct la_setting setting = setting_of(workload);

                place(nr);
                measure(&contenders[c], &setting);
                figures_hang_together(nr);
                if (la_contender_has_list(&contenders[c]))
                    list_figures_hang_together();
                else
                    assert_false(measurement.has_list);
            }
    assert_true(nr_samples > 0);
}

/* Every thread is another one at the end; what all of them did is counted, and the floor's lines,
 * which are a thread's own, are passed on. */
static void threads_are_replaced_within_a_window(void **state)
{
    const struct la_contender contenders[] = {
        contender_of(LA_ROLE_FLOOR, NULL), contender_of(LA_ROLE_MALLOC, NULL),
        contender_of(LA_ROLE_LIST, "magazine"), contender_of(LA_ROLE_LIST, "percpu")};
    struct la_setting setting = setting_of(la_workload_find("thread-churn"));

    (void)state;
    place(2);
    setting.window_ns = 20 * WINDOW_NS;
    for (size_t c = 0; c < sizeof contenders / sizeof *contenders; c++) {
        measure(&contenders[c], &setting);
        assert_true(measurement.nr_successors > 0);
        if (la_contender_has_list(&contenders[c]))
            list_figures_hang_together();
    }
}

/* A thread alone goes round the places, several change theirs; that they are not where they began
 * is no error. */
static void threads_may_move_on_purpose(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_LIST, "percpu");
    struct la_setting setting = setting_of(la_workload_find("migrate"));
    struct la_placement places;

    (void)state;
    setting.window_ns = 10 * WINDOW_NS;
    place(2);
    if (la_placement_cpus(&placement) < 2)
        skip();
    measure(&contender, &setting);
    assert_true(measurement.paused_ns > 0);
    list_figures_hang_together();
    places = placement;
    place(1);
    setting.places = &places;
    measure(&contender, &setting);
    assert_true(measurement.paused_ns > 0);
    list_figures_hang_together();
}

/* Who disturbs runs from before the first object is taken until after the last one is measured. */
static _Atomic int nr_disturbers, nr_disturbers_ended, nr_disturbed_fills;

static void disturb(const struct la_workload_params *given, unsigned which,
                    const _Atomic bool *over)
{
    assert_int_equal(given->burst, params.burst);
    assert_int_equal(which, 0);
    atomic_fetch_add_explicit(&nr_disturbers, 1, memory_order_relaxed);
    while (!atomic_load_explicit(over, memory_order_relaxed))
        sched_yield();
    atomic_fetch_add_explicit(&nr_disturbers_ended, 1, memory_order_relaxed);
}

static void fill_disturbed(struct la_worker *worker)
{
    (void)worker;
    nr_disturbed_fills += nr_disturbers_ended == 0;
}

static void others_disturb(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_MALLOC, NULL);
    struct la_workload workload = *la_workload_find("pair");
    struct la_setting setting = setting_of(&workload);
    struct la_placement others;

    (void)state;
    workload.disturb = disturb;
    workload.fill = fill_disturbed;
    place(2);
    others = placement;
    others.cpu[0] = placement.cpu[1];
    others.nr_threads = 1;
    place(1);
    measure(&contender, &setting);
    assert_int_equal(nr_disturbers, 0);
    setting.others = &others;
    measure(&contender, &setting);
    assert_int_equal(nr_disturbers, 1);
    assert_int_equal(nr_disturbers_ended, 1);
    assert_int_equal(nr_disturbed_fills, 2);
    figures_hang_together(1);
}

/* Either array serves all bursts but the first: its allocator is asked once and gets all back. */
static size_t nr_asked, nr_returned;

static void *counted_allocate(size_t size)
{
    nr_asked++;
    return malloc(size);
}

static void counted_release(void *object)
{
    nr_returned++;
    free(object);
}

static void array_serves_and_empties(enum la_contender_role role)
{
    const struct la_setting setting = setting_of(la_workload_find("burst"));
    struct la_contender contender = contender_of(role, NULL);

    nr_asked = nr_returned = 0;
    contender.calls =
        (struct la_allocator_calls){.allocate = counted_allocate, .release = counted_release};
    place(1);
    measure(&contender, &setting);
    assert_false(measurement.has_list);
    assert_true(measurement.window.operations > 1000);
    assert_int_equal(nr_asked, setting.params.burst);
    assert_int_equal(nr_returned, nr_asked);
}

static void the_inlined_array_serves_and_empties(void **state)
{
    (void)state;
    array_serves_and_empties(LA_ROLE_ARRAY);
}

static void the_called_array_serves_and_empties(void **state)
{
    (void)state;
    array_serves_and_empties(LA_ROLE_CALLED_ARRAY);
}

static void every_strategy_counts_like_the_driver(void **state)
{
    const struct la_setting setting = setting_of(la_workload_find("exchange"));
    const struct lookaside_strategy *strategy;

    (void)state;
    place(2);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        const struct la_contender contender =
            contender_of(LA_ROLE_LIST, lookaside_strategy_name(strategy));

        measure(&contender, &setting);
        list_figures_hang_together();
        assert_int_equal(measurement.depth, 256);
    }
}

/* What a peer does not count is unknown, and not wrong. */
static void peers_run_and_claim_nothing(void **state)
{
    const struct la_workload *workload;
    const struct la_peer *peer;
    const char *reason;

    (void)state;
    place(2);
    for (size_t i = 0; (peer = la_peer_at(i)); i++)
        for (size_t w = 0; (workload = la_workload_at(w)); w++) {
            struct la_setting setting = setting_of(workload);
            struct la_contender contender;

            if (!peer->strategy.supported(&reason) || workload->on_request)
                continue;
            setting.policy = w % 2 ? lookaside_adaptive_policy() : NULL;
            assert_true(la_contender_make(&contender, LA_ROLE_PEER, &peer->strategy,
                                          la_allocator_find("glibc"), &reason));
            measure(&contender, &setting);
            figures_hang_together(2);
            assert_false(measurement.has_list || measurement.hits_known || measurement.miscounted);
        }
}

/* A list gives its misses to the allocator behind it, also to one whose release wants the size. */
static size_t sized_bytes;
static _Atomic int64_t nr_sized;

static void *sized_allocate(size_t size)
{
    atomic_fetch_add_explicit(&nr_sized, 1, memory_order_relaxed);
    sized_bytes = size;
    return malloc(size);
}

static void sized_release(size_t size, void *memory)
{
    assert_int_equal(size, sized_bytes);
    atomic_fetch_sub_explicit(&nr_sized, 1, memory_order_relaxed);
    free(memory);
}

static void a_sized_release_gets_the_size(void **state)
{
    const struct la_allocator_calls calls = {.allocate = sized_allocate,
                                             .release_sized = sized_release};
    struct la_contender contenders[] = {contender_of(LA_ROLE_MALLOC, NULL),
                                        contender_of(LA_ROLE_LIST, "spinlock")};
    struct la_setting setting = setting_of(la_workload_find("burst"));

    (void)state;
    place(1);
    setting.depth = 16;
    for (size_t i = 0; i < 2; i++) {
        contenders[i].calls = calls;
        measure(&contenders[i], &setting);
        figures_hang_together(1);
        assert_int_equal(nr_sized, 0);
        assert_int_equal(sized_bytes, i == 0 ? 100 : 104);
    }
}

/* A thread alone within its depth misses nothing; beyond, a burst of 64 into 16 misses 48. */
static void hits_are_exact(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_LIST, "spinlock");
    struct la_setting setting = setting_of(la_workload_find("burst"));

    (void)state;
    place(1);
    measure(&contender, &setting);
    assert_true(measurement.alloc_hit == 1 && measurement.free_hit == 1);
    assert_int_equal(measurement.held, 64);
    setting.depth = 16;
    measure(&contender, &setting);
    assert_true(measurement.alloc_hit == 0.25 && measurement.free_hit == 0.25);
    assert_int_equal(measurement.held_max, 16);
}

/* Where others have the CPU at a tick, a policy sees no demand: then again. */
static bool grows(const struct la_contender *contender, const struct la_setting *setting)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        measure(contender, setting);
        list_figures_hang_together();
        if (measurement.depth >= 32 && measurement.depth <= 256)
            return true;
    }
    return false;
}

static void an_adaptive_list_grows_to_its_demand(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_LIST, "spinlock");
    struct la_setting setting = setting_of(la_workload_find("burst"));

    (void)state;
    place(1);
    for (size_t i = 1; lookaside_policy_at(i); i++) {
        setting.policy = lookaside_policy_at(i);
        assert_true(grows(&contender, &setting));
    }
}

/* Two threads on one CPU have one CPU's time to lose, not two. */
static void a_shared_cpu_is_looked_at_once(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_LIST, "spinlock");
    const struct la_setting setting = setting_of(la_workload_find("pair"));

    (void)state;
    place(2);
    placement.cpu[1] = placement.cpu[0];
    measure(&contender, &setting);
    figures_hang_together(2);
    assert_true(measurement.thread_ns <=
                (measurement.window.wall_ns + measurement.looked_ns) * 1.0000001);
}

/* Batches of more than 100 us. */
static void *allocate_slowly(size_t size)
{
    const uint64_t begin = la_ticks();

    while (la_clock_ns(la_ticks() - begin) < 300)
        continue;
    return malloc(size);
}

/* Whose batches are long enough to be asked about pays nothing for the question. */
static void what_the_gap_rule_asks_is_taken_off(void **state)
{
    struct la_contender contender = contender_of(LA_ROLE_MALLOC, NULL);
    const struct la_setting setting = setting_of(la_workload_find("pair"));

    (void)state;
    place(1);
    contender.calls.allocate = allocate_slowly;
    measure(&contender, &setting);
    assert_true(measurement.looked_ns > 0);
    assert_true(fabs(measurement.window.wall_ns + measurement.looked_ns - measurement.thread_ns) <
                1);
}

static void what_cannot_be_bound_is_an_error(void **state)
{
    const struct la_contender contender = contender_of(LA_ROLE_MALLOC, NULL);
    const struct la_setting setting = setting_of(la_workload_find("pair"));
    const char *why = NULL;

    (void)state;
    place(1);
    placement.elsewhere = true;
    assert_false(la_engine_measure(&contender, &setting, &latency, &measurement, &why));
    assert_non_null(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_workload_with_every_kind),
        cmocka_unit_test(threads_are_replaced_within_a_window),
        cmocka_unit_test(threads_may_move_on_purpose),
        cmocka_unit_test(others_disturb),
        cmocka_unit_test(the_inlined_array_serves_and_empties),
        cmocka_unit_test(the_called_array_serves_and_empties),
        cmocka_unit_test(every_strategy_counts_like_the_driver),
        cmocka_unit_test(peers_run_and_claim_nothing),
        cmocka_unit_test(a_sized_release_gets_the_size),
        cmocka_unit_test(hits_are_exact),
        cmocka_unit_test(an_adaptive_list_grows_to_its_demand),
        cmocka_unit_test(a_shared_cpu_is_looked_at_once),
        cmocka_unit_test(what_the_gap_rule_asks_is_taken_off),
        cmocka_unit_test(what_cannot_be_bound_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
