/* SPDX-License-Identifier: MIT */
/*
 * openloop_test.c: planned arrivals, causes, and the lane's loop on a clock that the
 * test moves: what a stall does to response times and does not do to service times.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lane.h"
#include "openloop.h"
#include "openloop_files.h"

/* --- plans --- */

static struct la_demand demand_of(enum la_arrival_process process, enum la_hold_shape shape)
{
    return (struct la_demand){.process = process,
                              .allocations_per_s = 1e6,
                              .shape = shape,
                              .hold_ns = 20000,
                              .duration_ns = 50e6,
                              .ticks_per_ns = 2,
                              .seed = 7};
}

static void check_plan(const struct la_schedule *schedule, const struct la_demand *demand)
{
    bool *held = calloc(schedule->nr_slots, sizeof *held);
    const double last = demand->duration_ns * demand->ticks_per_ns;
    size_t nr_held = 0, most = 0;

    assert_non_null(held);
    for (size_t i = 0; i < schedule->nr_operations; i++) {
        const struct la_planned *planned = &schedule->operations[i];

        assert_true(i == 0 || planned->at >= schedule->operations[i - 1].at);
        assert_true((double)planned->at < last);
        assert_in_range(planned->slot, 0, schedule->nr_slots - 1);
        assert_int_equal(held[planned->slot], planned->frees);
        held[planned->slot] = !planned->frees;
        nr_held += planned->frees ? (size_t)-1 : 1;
        most = nr_held > most ? nr_held : most;
    }
    assert_int_equal(most, schedule->nr_slots);
    free(held);
}

static void plans_are_in_order_and_free_what_was_taken(void **state)
{
    struct la_schedule schedule = {0};

    (void)state;
    for (int process = 0; process < LA_NR_ARRIVALS; process++) {
        for (int shape = 0; shape < LA_NR_HOLDS; shape++) {
            const struct la_demand demand =
                demand_of((enum la_arrival_process)process, (enum la_hold_shape)shape);

            assert_true(la_schedule_plan(&schedule, &demand));
            check_plan(&schedule, &demand);
        }
    }
    la_schedule_fini(&schedule);
}

/* 50000 allocations are expected, and 20 objects held; four standard deviations are 900. */
static void plans_have_the_rate_and_the_hold(void **state)
{
    const struct la_demand demand = demand_of(LA_ARRIVALS_POISSON, LA_HOLD_FIXED);
    struct la_schedule schedule = {0};
    size_t nr = 0, squeezed = 0;
    uint64_t before = 0;

    (void)state;
    assert_true(la_schedule_plan(&schedule, &demand));
    for (size_t i = 0; i < schedule.nr_operations; i++) {
        const struct la_planned *planned = &schedule.operations[i];

        if (planned->frees)
            continue;
        squeezed += planned->at - before < 1000; /* half of the mean distance: 1 - exp(-1/2) */
        before = planned->at;
        nr++;
    }
    assert_in_range(nr, 49100, 50900);
    assert_in_range(squeezed * 1000 / nr, 380, 407);
    assert_in_range(schedule.nr_slots, 30, 50);
    la_schedule_fini(&schedule);
}

static void the_same_seed_plans_the_same(void **state)
{
    struct la_demand demand = demand_of(LA_ARRIVALS_POISSON, LA_HOLD_PARETO);
    struct la_schedule one = {0}, two = {0};

    (void)state;
    assert_true(la_schedule_plan(&one, &demand));
    assert_true(la_schedule_plan(&two, &demand));
    assert_int_equal(one.nr_operations, two.nr_operations);
    for (size_t i = 0; i < one.nr_operations; i++)
        assert_int_equal(one.operations[i].at, two.operations[i].at);
    demand.seed++;
    assert_true(la_schedule_plan(&two, &demand));
    assert_true(one.operations[0].at != two.operations[0].at);
    la_schedule_fini(&one);
    la_schedule_fini(&two);
}

/* --- the loop, on a clock of the test's --- */

enum { READ_TICKS = 1, SERVICE_TICKS = 20, PERIOD_TICKS = 100, STALL_TICKS = 50000, NR = 10000 };

/* All that moves it: reads of it and what the contender takes. */
static uint64_t simulated_now;
static uint64_t stall_at, stop_at; /* the operation, the time; 0: none */
static uint64_t nr_done;
static _Alignas(64) unsigned char object[64];

static LA_INLINE uint64_t simulated_read(void *context)
{
    (void)context;
    simulated_now += READ_TICKS;
    if (stop_at && simulated_now >= stop_at) {
        simulated_now += STALL_TICKS;
        stop_at = 0;
    }
    return simulated_now;
}

static void *simulated_allocate(size_t size)
{
    (void)size;
    simulated_now += ++nr_done == stall_at ? STALL_TICKS : SERVICE_TICKS;
    return object;
}

static void simulated_release(void *memory)
{
    (void)memory;
}

struct trial {
    struct la_planned operations[NR];
    void *objects[NR];
    uint64_t routine_calls;
    struct la_lane lane;
    struct la_lane_result result;
};

static struct trial *trial_new(void)
{
    struct trial *trial = calloc(1, sizeof *trial);

    assert_non_null(trial);
    for (uint32_t i = 0; i < NR; i++)
        trial->operations[i] =
            (struct la_planned){.at = (uint64_t)(i + 1) * PERIOD_TICKS, .slot = i};
    trial->lane = (struct la_lane){
        .port = {.calls = {.allocate = simulated_allocate, .release = simulated_release},
                 .size = 64},
        .direct = true,
        .operations = trial->operations,
        .nr_operations = NR,
        .objects = trial->objects,
        .gives_up = UINT64_MAX,
        .thresholds = {.slow = 1000, .gap = 10000},
        .routine_calls = &trial->routine_calls,
        .result = &trial->result,
    };
    simulated_now = nr_done = stall_at = stop_at = 0;
    return trial;
}

static void run(struct trial *trial)
{
    la_lane_run(&trial->lane, LA_KIND_DIRECT,
                (struct la_lane_clock){.begin = simulated_read, .end = simulated_read});
}

static uint64_t beyond(const struct la_histogram *histogram, uint64_t value)
{
    uint64_t nr = 0;

    for (size_t i = la_histogram_bucket(value); i < LA_HISTOGRAM_BUCKETS; i++)
        nr += histogram->count[i];
    return nr;
}

static void all_of(const struct la_histogram *by_cause, struct la_histogram *all)
{
    memset(all, 0, sizeof *all);
    for (size_t c = 0; c < LA_NR_CAUSES; c++)
        la_histogram_merge(all, &by_cause[c]);
}

static void without_a_stall_nothing_waits(void **state)
{
    struct trial *trial = trial_new();
    struct la_histogram all;

    (void)state;
    run(trial);
    all_of(trial->result.response, &all);
    assert_int_equal(all.total, NR);
    assert_int_equal(beyond(&all, 2 * SERVICE_TICKS), 0);
    assert_int_equal(trial->result.unserved, 0);
    free(trial);
}

/*
 * One stall of S, once: a service time like any other, but S / period operations were due while it
 * lasted, and catching up takes them on: the backlog shrinks by the period less the service, about
 * 22 ticks with the reads of the clock, for each operation. So S / (period - 22) are late.
 */
static void a_stall_makes_all_that_were_due_late(void **state)
{
    struct trial *trial = trial_new();
    struct la_histogram service, response;
    uint64_t late;

    (void)state;
    stall_at = 100;
    run(trial);
    all_of(trial->result.service, &service);
    all_of(trial->result.response, &response);
    assert_int_equal(service.total, NR);
    assert_int_equal(beyond(&service, 2 * SERVICE_TICKS), 1);
    late = beyond(&response, 2 * SERVICE_TICKS);
    assert_in_range(late, STALL_TICKS / PERIOD_TICKS, STALL_TICKS / (PERIOD_TICKS - 25) + 1);
    /* Half of those that came in the stall waited longer than half of it. */
    assert_in_range(beyond(&response, STALL_TICKS / 2), late * 45 / 100, late * 55 / 100);
    /* In a malloc a gap may be the machine's or its own. */
    assert_in_range(trial->result.response[LA_CAUSE_UNKNOWN].total, late - 3, late + 3);
    free(trial);
}

static void a_stop_while_nothing_is_due_is_the_machine(void **state)
{
    struct trial *trial = trial_new();
    struct la_histogram service;

    (void)state;
    stop_at = 100 * PERIOD_TICKS + PERIOD_TICKS / 2;
    run(trial);
    all_of(trial->result.service, &service);
    assert_int_equal(beyond(&service, 2 * SERVICE_TICKS), 0);
    assert_int_equal(trial->result.nr_stops, 1);
    assert_in_range(trial->result.lost, STALL_TICKS, STALL_TICKS + 2);
    assert_in_range(trial->result.response[LA_CAUSE_MACHINE].total, STALL_TICKS / PERIOD_TICKS - 2,
                    STALL_TICKS / (PERIOD_TICKS - 25) + 2);
    free(trial);
}

static void what_is_due_before_the_record_is_warm_up(void **state)
{
    struct trial *trial = trial_new();
    struct la_histogram service;

    (void)state;
    stall_at = 100;
    trial->lane.recorded_from = 2000 * PERIOD_TICKS;
    run(trial);
    all_of(trial->result.service, &service);
    assert_int_equal(service.total, NR - 1999);
    assert_int_equal(beyond(&service, 2 * SERVICE_TICKS), 0);
    free(trial);
}

/* A contender slower than the arrivals: what it never came to serve is late, not forgotten. */
static void what_is_not_served_counts(void **state)
{
    struct trial *trial = trial_new();
    struct la_histogram response;

    (void)state;
    for (uint32_t i = 0; i < NR; i++)
        trial->operations[i].at = i + 1;
    trial->lane.gives_up = NR;
    run(trial);
    all_of(trial->result.response, &response);
    assert_int_equal(response.total, NR);
    assert_in_range(trial->result.unserved, NR * 9 / 10, NR - 1);
    free(trial);
}

/* --- causes --- */

static enum la_cause cause_of(struct la_evidence evidence)
{
    static const struct la_thresholds thresholds = {.slow = 1000, .gap = 100000};

    return la_cause_of_service(&evidence, &thresholds);
}

static void causes_are_told_from_what_was_seen(void **state)
{
    (void)state;
    assert_int_equal(cause_of((struct la_evidence){.service = 50}), LA_CAUSE_HIT);
    assert_int_equal(cause_of((struct la_evidence){.service = 1001}), LA_CAUSE_UNKNOWN);
    assert_int_equal(cause_of((struct la_evidence){.service = 100001}), LA_CAUSE_MACHINE);
    assert_int_equal(cause_of((struct la_evidence){.service = 100001, .slow = LA_SLOW_LOCK}),
                     LA_CAUSE_LOCK);
    assert_int_equal(cause_of((struct la_evidence){.service = 100001, .slow = LA_SLOW_DEPOT}),
                     LA_CAUSE_MACHINE);
    assert_int_equal(cause_of((struct la_evidence){
                         .service = 500, .routine_called = true, .slow = LA_SLOW_LOCK}),
                     LA_CAUSE_BACKING);
    assert_int_equal(cause_of((struct la_evidence){.service = 50, .direct = true}),
                     LA_CAUSE_BACKING);
    assert_int_equal(cause_of((struct la_evidence){.service = 100001, .direct = true}),
                     LA_CAUSE_UNKNOWN);
}

/* Whatever it took: a refill that was fast is one, too. Each bit hides those before it. */
static void what_a_list_tells_is_the_cause(void **state)
{
    static const struct {
        enum la_slow_bit bit;
        enum la_cause cause;
    } rising[] = {
        {LA_SLOW_RESTART, LA_CAUSE_RESTART}, {LA_SLOW_PATH, LA_CAUSE_REFILL},
        {LA_SLOW_DEPOT, LA_CAUSE_DEPOT},     {LA_SLOW_OTHERS, LA_CAUSE_OTHERS},
        {LA_SLOW_LINE, LA_CAUSE_LINE},       {LA_SLOW_LOCK, LA_CAUSE_LOCK},
    };
    uint32_t slow = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
        const uint32_t alone = (uint32_t)rising[i].bit;

        slow |= alone;
        assert_int_equal(cause_of((struct la_evidence){.service = 50, .slow = alone}),
                         rising[i].cause);
        assert_int_equal(cause_of((struct la_evidence){.service = 1001, .slow = slow}),
                         rising[i].cause);
    }
}

static void waits_are_blamed_on_the_longest_delay(void **state)
{
    struct la_backlog backlog = {0};

    (void)state;
    /* Its own, while it waited no longer than it took. */
    assert_int_equal(la_cause_of_response(50, 50, LA_CAUSE_BACKING, &backlog), LA_CAUSE_BACKING);
    assert_int_equal(la_cause_of_response(51, 50, LA_CAUSE_HIT, &backlog), LA_CAUSE_LOAD);
    la_backlog_add(&backlog, LA_CAUSE_LOCK, 400);
    la_backlog_add(&backlog, LA_CAUSE_BACKING, 300);
    assert_int_equal(la_cause_of_response(800, 50, LA_CAUSE_HIT, &backlog), LA_CAUSE_LOCK);
    assert_int_equal(la_cause_of_response(802, 50, LA_CAUSE_HIT, &backlog), LA_CAUSE_LOAD);
    backlog = (struct la_backlog){.length = 400, .cause = LA_CAUSE_HIT};
    assert_int_equal(la_cause_of_response(100, 50, LA_CAUSE_HIT, &backlog), LA_CAUSE_LOAD);
}

static void a_tail_is_split_without_a_rest(void **state)
{
    static struct la_histogram by_cause[LA_NR_CAUSES];
    uint64_t beyond_it[LA_NR_CAUSES];

    (void)state;
    memset(by_cause, 0, sizeof by_cause);
    for (uint64_t i = 0; i < 990; i++)
        la_histogram_add(&by_cause[LA_CAUSE_HIT], 40);
    for (uint64_t i = 0; i < 7; i++)
        la_histogram_add(&by_cause[LA_CAUSE_MACHINE], 5000 + i);
    for (uint64_t i = 0; i < 3; i++)
        la_histogram_add(&by_cause[LA_CAUSE_BACKING], 600);
    assert_int_equal(la_openloop_tail(by_cause, 99, beyond_it), 10);
    assert_int_equal(beyond_it[LA_CAUSE_MACHINE], 7);
    assert_int_equal(beyond_it[LA_CAUSE_BACKING], 3);
    assert_int_equal(beyond_it[LA_CAUSE_HIT], 0);
}

/* --- objects that go from thread to thread --- */

enum { NR_THREADS = 3, SHARED_MAX = 4096 };

struct event {
    struct la_planned planned;
    unsigned thread;
};

static int by_due(const void *left, const void *right)
{
    const struct la_planned *a = &((const struct event *)left)->planned;
    const struct la_planned *b = &((const struct event *)right)->planned;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    /* A slot is vacated before it is used again. */
    return (int)b->frees - (int)a->frees;
}

static size_t shared_events(const struct la_schedule *schedules, struct event *events)
{
    size_t nr = 0;

    for (unsigned i = 0; i < NR_THREADS; i++) {
        for (size_t j = 0; j < schedules[i].nr_operations; j++) {
            assert_true(nr < SHARED_MAX);
            if (schedules[i].operations[j].shared)
                events[nr++] = (struct event){schedules[i].operations[j], i};
        }
    }
    qsort(events, nr, sizeof *events, by_due);
    return nr;
}

/* Every shared object is freed by the thread after the one that allocated it, in time, and its slot
 * is nobody else's meanwhile; a quarter of all objects is. */
static void a_share_is_freed_by_the_next_thread(void **state)
{
    static struct event events[SHARED_MAX];
    static int holder[SHARED_MAX];
    struct la_schedule schedules[NR_THREADS] = {{0}};
    struct la_demand demands[NR_THREADS];
    size_t nr_slots, nr, nr_all = 0, nr_given = 0;

    (void)state;
    for (unsigned i = 0; i < NR_THREADS; i++)
        demands[i] = (struct la_demand){.process = LA_ARRIVALS_POISSON,
                                        .allocations_per_s = 1e6,
                                        .shape = LA_HOLD_EXPONENTIAL,
                                        .hold_ns = 20000,
                                        .duration_ns = 1e6,
                                        .ticks_per_ns = 1,
                                        .seed = i + 1};
    assert_true(la_schedules_plan(schedules, demands, NR_THREADS, 0.25, &nr_slots));
    nr = shared_events(schedules, events);
    for (size_t i = 0; i < nr; i++) {
        const struct la_planned *planned = &events[i].planned;

        assert_in_range(planned->slot, 0, nr_slots - 1);
        if (planned->frees)
            assert_int_equal(holder[planned->slot], (events[i].thread + 2) % NR_THREADS + 1);
        else
            assert_int_equal(holder[planned->slot], 0);
        holder[planned->slot] = planned->frees ? 0 : (int)events[i].thread + 1;
        nr_given += !planned->frees;
    }
    for (unsigned i = 0; i < NR_THREADS; i++) {
        for (size_t j = 0; j < schedules[i].nr_operations; j++)
            nr_all += !schedules[i].operations[j].frees;
        la_schedule_fini(&schedules[i]);
    }
    assert_in_range(nr_given, nr_all / 4 - NR_THREADS, nr_all / 4);
    assert_true(nr_slots < nr_given / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_in_order_and_free_what_was_taken),
        cmocka_unit_test(plans_have_the_rate_and_the_hold),
        cmocka_unit_test(the_same_seed_plans_the_same),
        cmocka_unit_test(without_a_stall_nothing_waits),
        cmocka_unit_test(a_stall_makes_all_that_were_due_late),
        cmocka_unit_test(a_stop_while_nothing_is_due_is_the_machine),
        cmocka_unit_test(what_is_due_before_the_record_is_warm_up),
        cmocka_unit_test(what_is_not_served_counts),
        cmocka_unit_test(causes_are_told_from_what_was_seen),
        cmocka_unit_test(what_a_list_tells_is_the_cause),
        cmocka_unit_test(waits_are_blamed_on_the_longest_delay),
        cmocka_unit_test(a_tail_is_split_without_a_rest),
        cmocka_unit_test(a_share_is_freed_by_the_next_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
