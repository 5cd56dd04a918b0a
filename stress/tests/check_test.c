/* SPDX-License-Identifier: MIT */
/*
 * check_test.c: each rule that a run is held to (check.c) is broken once, by the list or by the
 * caller, and must be the one that is told. One worker does all, so that nothing is left to chance.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lookaside.h"
#include "mutant.h"
#include "oracle.h"
#include "scenario.h"
#include "stress.h"

enum { DEPTH = 8, NR = 20, THREADS = 3 };

/* What the first worker does. */
typedef void act_fn(struct stress_worker *worker, struct stress_list *list);
static act_fn *act;

static void act_alone(struct stress_worker *worker)
{
    if (worker->index == 0)
        act(worker, worker->run->lists);
}

static struct stress_report run(act_fn *what, enum mutation mutation, double seconds)
{
    static const struct stress_scenario scenario = {
        .name = "rule",
        .summary = "one rule is broken",
        .depth = DEPTH,
        .bytes = 64,
        .nr_blocks = 128,
        .own_lists = true,
        .min_threads = 1,
        .work = act_alone,
    };
    const struct stress_options options = {.seconds = seconds, .seed = 1, .threads = THREADS};
    struct stress_report report;

    act = what;
    mutate(mutation);
    /* The test runner's handlers would take a crash in the run's process for one of this test. */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    assert_int_equal(stress_run_apart(&scenario, &mutant_strategy, &options, &report), 0);
    return report;
}

static void check_says(const struct stress_report *report, const char *finding)
{
    if (!strstr(report->first_failure, finding))
        fail_msg("'%s' is not in '%s'", finding, report->first_failure);
}

/* When all is over. */
static void check_found(act_fn *what, enum mutation mutation, const char *finding)
{
    const struct stress_report report = run(what, mutation, 0.01);

    check_says(&report, finding);
}

static void check_sound(act_fn *what)
{
    const struct stress_report report = run(what, SOUND, 0.01);

    assert_string_equal(report.first_failure, "");
    assert_int_equal(report.failures, 0);
    assert_true(report.operations > 0);
}

/* The list is full then. */
static void fill(struct stress_worker *worker, struct stress_list *list)
{
    for (unsigned i = 0; i < NR; i++)
        (void)stress_alloc_from(worker, list);
    stress_free_all(worker);
}

static void fill_and_narrow(struct stress_worker *worker, struct stress_list *list)
{
    fill(worker, list);
    (void)lookaside_set_depth(&list->list, 1);
}

static void fill_own(struct stress_worker *worker, struct stress_list *list)
{
    struct stress_list *own = stress_own_list(worker);

    fill(worker, list);
    if (stress_list_begin(own, DEPTH))
        return;
    fill(worker, own);
    stress_list_end(own);
}

static void a_lawful_run_is_found_nothing_of(void **state)
{
    (void)state;
    check_sound(fill);
    check_sound(fill_and_narrow);
    check_sound(fill_own);
}

static void fill_and_wait(struct stress_worker *worker, struct stress_list *list)
{
    fill(worker, list);
    while (stress_going(worker))
        sched_yield();
}

/* The first sample that comes by ends the run. */
static void a_limit_that_is_passed_meanwhile(void **state)
{
    const struct stress_report report = run(fill_and_wait, IGNORES_LIMIT, 60);

    (void)state;
    check_says(&report, "says it holds");
}

static void counters_of_the_list(void **state)
{
    (void)state;
    check_found(fill, MISCOUNTS_KEPT, "total_frees");
}

static void fail_without_a_word(struct stress_worker *worker, struct stress_list *list)
{
    worker->counts[list->index].failures++;
}

static void obtain_aside(struct stress_worker *worker, struct stress_list *list)
{
    (void)oracle_obtain(worker->run->oracle, list->index);
}

static void claim_more_released(struct stress_worker *worker, struct stress_list *list)
{
    worker->counts[list->index].released++;
}

static void counters_against_callers(void **state)
{
    (void)state;
    check_found(fail_without_a_word, SOUND, "allocate_failures");
    check_found(obtain_aside, SOUND, "allocate_misses");
    check_found(claim_more_released, SOUND, "flushes and trims said");
}

/* From the routine, and to nobody. */
static void lose_on_the_way(struct stress_worker *worker, struct stress_list *list)
{
    (void)lookaside_alloc_miss(&list->list);
    worker->counts[list->index].allocates++;
}

static void lose_in_hand(struct stress_worker *worker, struct stress_list *list)
{
    (void)stress_alloc_from(worker, list);
    worker->nr_out = 0;
}

static void entries_that_nobody_has(void **state)
{
    (void)state;
    check_found(lose_on_the_way, SOUND, "between routine and caller");
    check_found(lose_in_hand, SOUND, "entries that somebody has");
}

static void surplus_after_a_tick(void **state)
{
    (void)state;
    check_found(fill_and_narrow, TRIMS_NOTHING, "beyond depth after a tick");
}

static void entries_after_a_flush_and_an_end(void **state)
{
    (void)state;
    check_found(fill, FLUSH_LEAVES_ONE, "held after a flush");
    check_found(fill, END_LEAVES_ONE, "held after fini");
    check_found(fill_own, FLUSH_LEAVES_ONE, "after its end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lawful_run_is_found_nothing_of),
        cmocka_unit_test(a_limit_that_is_passed_meanwhile),
        cmocka_unit_test(counters_of_the_list),
        cmocka_unit_test(counters_against_callers),
        cmocka_unit_test(entries_that_nobody_has),
        cmocka_unit_test(surplus_after_a_tick),
        cmocka_unit_test(entries_after_a_flush_and_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
