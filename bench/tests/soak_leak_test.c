/* SPDX-License-Identifier: MIT */
/*
 * soak_leak_test.c: runs one after the other in one process, as a soak makes them: what they leave
 * behind is found, though threads, arenas and stacks come and go, and nothing else is.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "series.h"
#include "soak_memory.h"

enum { RUNS = 40, SMALL_BYTES = 200, SMALL_NR = 160, THREADS = 12, PILE_BYTES = 2000 };
enum { ONE_BYTES = 2000 };

static const double run_s = 0.002;

static unsigned nr_runs; /* in the series' process */

static int begin(struct stress_run *run, const char **why)
{
    (void)run;
    (void)why;
    nr_runs++;
    return 0;
}

/* Each run has more in use at its height than the one before, and nothing at its end. */
static void churn(struct stress_worker *worker)
{
    void *pile[RUNS + 1];

    for (unsigned i = 0; i < nr_runs; i++)
        pile[i] = calloc(1, PILE_BYTES);
    while (stress_going(worker))
        stress_churn_step(worker, 60);
    stress_free_all(worker);
    for (unsigned i = 0; i < nr_runs; i++)
        free(pile[i]);
}

/* Blocks as a list's own bookkeeping would be: 32 kB of them, below what is told apart in one run.
 */
static void leak_blocks(struct stress_run *run)
{
    (void)run;
    for (int i = 0; i < SMALL_NR; i++) {
        char *volatile lost = malloc(SMALL_BYTES);

        if (lost)
            memset(lost, 1, SMALL_BYTES);
    }
}

/* Too little for resident memory to tell it. */
static void leak_one(struct stress_run *run)
{
    char *volatile lost = malloc(ONE_BYTES);

    (void)run;
    (void)lost;
}

static void leak_descriptor(struct stress_run *run)
{
    volatile int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)run;
    (void)lost;
}

static struct stress_scenario scenario(void (*end)(struct stress_run *run))
{
    return (struct stress_scenario){
        .name = "test",
        .summary = "for a test",
        .depth = 40,
        .bytes = 64,
        .nr_blocks = 4096,
        .min_threads = 1,
        .begin = begin,
        .end = end,
        .work = churn,
    };
}

/* A reading a second. */
static struct soak_verdict after(const struct stress_scenario *scenario)
{
    static struct soak_memory memory;
    struct stress_series series = {0};
    struct stress_options options = {.seconds = run_s};

    memory = (struct soak_memory){.nr = 0};
    assert_int_equal(stress_series_start(&series), 0);
    for (int i = 0; i < RUNS; i++) {
        struct stress_report report;
        struct stress_usage usage;

        options.seed = (uint64_t)i;
        options.threads = 1 + (unsigned)(i * 7 % THREADS);
        assert_int_equal(stress_series_run(&series, scenario, lookaside_default_strategy(),
                                           &options, &report, &usage),
                         0);
        if (report.failures)
            fail_msg("%s", report.first_failure);
        soak_memory_add(&memory, i,
                        (const double[]){[SOAK_IN_USE] = (double)usage.in_use_bytes,
                                         [SOAK_RESIDENT] = (double)usage.resident_bytes,
                                         [SOAK_DESCRIPTORS] = (double)usage.descriptors});
    }
    stress_series_end(&series);
    return soak_memory_verdict(&memory);
}

static void runs_that_leave_nothing_are_level(void **state)
{
    const struct stress_scenario clean = scenario(NULL);
    const struct soak_verdict verdict = after(&clean);

    (void)state;
    if (verdict.grows)
        fail_msg("%g bytes in use, %g resident, %g descriptors an hour",
                 verdict.trends[SOAK_IN_USE].slope, verdict.trends[SOAK_RESIDENT].slope,
                 verdict.trends[SOAK_DESCRIPTORS].slope);
}

static void lost_blocks_are_found(void **state)
{
    const struct stress_scenario leaky = scenario(leak_blocks);
    const struct soak_verdict verdict = after(&leaky);

    (void)state;
    assert_true(verdict.grows);
    assert_true(verdict.trends[SOAK_RESIDENT].slope > 3600.0 * SMALL_NR * SMALL_BYTES / 2);
    assert_true(verdict.trends[SOAK_RESIDENT].slope < 3600.0 * SMALL_NR * SMALL_BYTES * 2);
}

/* What one allocation takes is up to 16 bytes more than what was asked for; a few hundred bytes now
 * and then are what the C library keeps for a thread more than there ever were at once. */
static void one_lost_block_a_run_is_found_and_sized(void **state)
{
    const struct stress_scenario leaky = scenario(leak_one);
    const struct soak_verdict verdict = after(&leaky);
    const double bytes = verdict.trends[SOAK_IN_USE].slope / 3600;

    (void)state;
    assert_true(verdict.grows);
    if (bytes < ONE_BYTES || bytes > 1.2 * ONE_BYTES)
        fail_msg("%g bytes a run", bytes);
}

static void lost_descriptors_are_found(void **state)
{
    const struct stress_scenario leaky = scenario(leak_descriptor);

    (void)state;
    assert_true(after(&leaky).grows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_that_leave_nothing_are_level),
        cmocka_unit_test(lost_blocks_are_found),
        cmocka_unit_test(one_lost_block_a_run_is_found_and_sized),
        cmocka_unit_test(lost_descriptors_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
