/* SPDX-License-Identifier: MIT */
/* mutant_test.c: every broken promise is found by the scenario that is there to find it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lookaside.h"
#include "mutant.h"
#include "stress.h"

enum { THREADS = 3, SEED = 5 };

static int run_on_mutant(const struct stress_scenario *scenario,
                         const struct stress_options *options, struct stress_report *report)
{
    /* The test runner's handlers would take a crash in the run's process for one of this test. */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    return stress_run_apart(scenario, &mutant_strategy, options, report);
}

static int try_run(const char *scenario, enum mutation mutation, struct stress_report *report)
{
    /* A slow machine's threads may do nothing in that time. */
    const struct stress_options options = {
        .seconds = 0.1, .operations = 1, .seed = SEED, .threads = THREADS};

    mutate(mutation);
    return run_on_mutant(stress_scenario_find(scenario), &options, report);
}

static struct stress_report run(const char *scenario, enum mutation mutation)
{
    struct stress_report report;

    assert_int_equal(try_run(scenario, mutation, &report), 0);
    return report;
}

/* What waits to be allowed to do something to the machine, as a guest of the lab does. */
static bool may_be_skipped(const char *scenario)
{
    return strcmp(scenario, "cpu-offline") == 0 || strcmp(scenario, "cgroup") == 0;
}

static void check_found(const char *scenario, enum mutation mutation, const char *finding)
{
    struct stress_report report = run(scenario, mutation);

    assert_true(report.failures > 0);
    if (finding && !strstr(report.first_failure, finding))
        fail_msg("'%s' is not in '%s'", finding, report.first_failure);
}

static void a_sound_list_passes_every_scenario(void **state)
{
    const struct stress_scenario *scenario;

    (void)state;
    for (size_t i = 0; (scenario = stress_scenario_at(i)); i++) {
        const char *name = stress_scenario_name(scenario);
        struct stress_report report;
        int error = try_run(name, SOUND, &report);

        if (error == -ENOTSUP && may_be_skipped(name)) {
            assert_string_not_equal(report.first_failure, "");
            continue;
        }
        assert_int_equal(error, 0);
        assert_string_equal(report.first_failure, "");
        assert_int_equal(report.failures, 0);
        if (report.operations == 0)
            fail_msg("%s does nothing", name);
        assert_int_equal(report.threads, THREADS);
    }
}

static void an_entry_handed_out_twice_is_found(void **state)
{
    (void)state;
    check_found("churn", HANDS_OUT_TWICE, "block");
    check_found("handoff", HANDS_OUT_TWICE, "block");
}

static void a_lost_entry_is_found(void **state)
{
    (void)state;
    check_found("churn", LOSES_ENTRIES, "instead of");
}

/* A run ends with its first finding. */
static void every_scenario_finds_an_entry_handed_out_twice(void **state)
{
    const struct stress_options options = {
        .seconds = 10, .seed = SEED, .threads = THREADS, .grace_s = 10};
    const struct stress_scenario *scenario;

    (void)state;
    mutate(HANDS_OUT_TWICE);
    for (size_t i = 0; (scenario = stress_scenario_at(i)); i++) {
        struct stress_report report;
        const char *name = stress_scenario_name(scenario);
        int error = run_on_mutant(scenario, &options, &report);

        if (error == -ENOTSUP && may_be_skipped(name))
            continue;
        assert_int_equal(error, 0);
        if (report.failures == 0)
            fail_msg("%s finds nothing", name);
    }
}

static void an_entry_freed_twice_is_found(void **state)
{
    (void)state;
    check_found("flush-storm", FREES_TWICE, NULL);
}

static void an_ignored_limit_is_found(void **state)
{
    (void)state;
    check_found("churn", IGNORES_LIMIT, "entries");
}

static void a_leaked_part_of_the_limit_is_found(void **state)
{
    (void)state;
    check_found("depth-storm", LEAKS_LIMIT, "lone thread");
}

static void a_wrong_counter_is_found(void **state)
{
    (void)state;
    check_found("churn", MISCOUNTS_HITS, "total_allocates");
}

static void a_write_to_a_taken_entry_is_found(void **state)
{
    (void)state;
    check_found("churn", WRITES_TO_TAKEN, "written to while");
}

/* A sanitizer that sees the fault first ends the process by its exit status instead. */
static void a_read_of_released_memory_is_found(void **state)
{
    (void)state;
    check_found("unmap", READS_RELEASED_MEMORY, NULL);
}

/* What the run says on standard error. */
static struct stress_report run_aloud(const struct stress_options *options, char *said, size_t size)
{
    const int error_before = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    struct stress_report report;
    int error;

    assert_non_null(file);
    assert_true(error_before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    error = stress_run_apart(stress_scenario_find("churn"), &mutant_strategy, options, &report);
    assert_true(dup2(error_before, STDERR_FILENO) >= 0);
    assert_int_equal(error, 0);
    close(error_before);
    rewind(file);
    said[fread(said, 1, size - 1, file)] = '\0';
    fclose(file);
    return report;
}

/* Where each thread was is told: those of the run and the one that looks after them. */
static void a_hang_is_found_and_its_threads_are_named(void **state)
{
    const struct stress_options options = {
        .seconds = 0.1, .seed = SEED, .threads = THREADS, .grace_s = 1};
    struct stress_report report;
    char said[1 << 15];
    unsigned nr = 0;

    (void)state;
    mutate(KEEPS_THE_LOCK);
    report = run_aloud(&options, said, sizeof said);
    assert_int_equal(report.failures, 1);
    assert_non_null(strstr(report.first_failure, "hung"));
    for (const char *at = said; (at = strstr(at, "thread ")); at++)
        nr += at == said || at[-1] == '\n';
    if (nr < THREADS + 1)
        fail_msg("%u threads in '%s'", nr, said);
    assert_non_null(strstr(said, " on CPU "));
}

static bool at_once(void)
{
    return true;
}

static void an_interrupted_run_is_checked_as_usual(void **state)
{
    const struct stress_options options = {
        .seconds = 3600, .seed = SEED, .threads = THREADS, .interrupted = at_once};
    struct stress_report report;

    (void)state;
    mutate(SOUND);
    assert_int_equal(stress_run(stress_scenario_find("churn"), &mutant_strategy, &options, &report),
                     0);
    assert_int_equal(report.failures, 0);
}

static void impossible_thread_numbers_are_refused(void **state)
{
    struct stress_options options = {.seconds = 0.1, .threads = STRESS_MAX_THREADS + 1};
    struct stress_report report;

    (void)state;
    assert_int_equal(stress_run(stress_scenario_find("churn"), &mutant_strategy, &options, &report),
                     -EINVAL);
    options.threads = 1;
    assert_int_equal(
        stress_run(stress_scenario_find("handoff"), &mutant_strategy, &options, &report), -EINVAL);
}

static void scenarios_are_found_by_name(void **state)
{
    const struct stress_scenario *scenario;

    (void)state;
    assert_null(stress_scenario_find("no-such"));
    for (size_t i = 0; (scenario = stress_scenario_at(i)); i++) {
        assert_ptr_equal(stress_scenario_find(stress_scenario_name(scenario)), scenario);
        assert_true(strlen(stress_scenario_summary(scenario)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios_are_found_by_name),
        cmocka_unit_test(a_sound_list_passes_every_scenario),
        cmocka_unit_test(an_entry_handed_out_twice_is_found),
        cmocka_unit_test(every_scenario_finds_an_entry_handed_out_twice),
        cmocka_unit_test(a_lost_entry_is_found),
        cmocka_unit_test(an_entry_freed_twice_is_found),
        cmocka_unit_test(an_ignored_limit_is_found),
        cmocka_unit_test(a_leaked_part_of_the_limit_is_found),
        cmocka_unit_test(a_wrong_counter_is_found),
        cmocka_unit_test(a_write_to_a_taken_entry_is_found),
        cmocka_unit_test(a_read_of_released_memory_is_found),
        cmocka_unit_test(a_hang_is_found_and_its_threads_are_named),
        cmocka_unit_test(an_interrupted_run_is_checked_as_usual),
        cmocka_unit_test(impossible_thread_numbers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
