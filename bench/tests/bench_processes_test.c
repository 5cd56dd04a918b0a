/* SPDX-License-Identifier: MIT */
/*
 * bench_processes_test.c: the processes of a run: what each got is recorded and comes again with
 * the seed, every block is somebody's, and one that is killed costs no more than the block it was
 * in.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "fixture.h"
#include "tool.h"

enum { MAX_PROCESSES = 8, CELLS = 4 };

static int run(const char *arguments, const char *out)
{
    return tool_run("bench --workload pair --strategy spinlock --threads 1 %s --out %s/%s",
                    arguments, fixture_dir, out);
}

static json_t *load(const char *out, const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", fixture_dir, out);
    return tool_load(path, name);
}

/* A new reference to settings.bench.processes. */
static json_t *processes_of(const char *out)
{
    json_t *manifest = load(out, "manifest.json");
    json_t *bench = json_object_get(json_object_get(manifest, "settings"), "bench");
    json_t *processes = json_incref(json_object_get(bench, "processes"));

    json_decref(manifest);
    assert_true(json_is_array(processes));
    return processes;
}

static json_int_t whole(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    assert_true(json_is_number(value));
    return (json_int_t)json_number_value(value);
}

static void equal_in(const json_t *a, const json_t *b, const char *key)
{
    assert_non_null(json_object_get(a, key));
    assert_true(json_equal(json_object_get(a, key), json_object_get(b, key)));
}

static void what_each_process_got_comes_again_with_the_seed(void **state)
{
    json_t *first, *second, *other;

    (void)state;
    assert_int_equal(run("--repetitions 2 --processes 2 --seed 5", "first"), CLI_DONE);
    assert_int_equal(run("--repetitions 2 --processes 2 --seed 5", "second"), CLI_DONE);
    assert_int_equal(run("--repetitions 2 --processes 2 --seed 6", "other"), CLI_DONE);
    first = processes_of("first");
    second = processes_of("second");
    other = processes_of("other");
    assert_int_equal(json_array_size(first), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *mine = json_array_get(first, i), *again = json_array_get(second, i);

        equal_in(mine, again, "seed");
        equal_in(mine, again, "environment_bytes");
        equal_in(mine, again, "heap_offset_bytes");
        equal_in(mine, again, "cpus");
        assert_true(json_is_null(json_object_get(mine, "lost")));
        assert_true(whole(mine, "blocks") >= 1);
        assert_int_not_equal(whole(mine, "seed"), whole(json_array_get(other, i), "seed"));
    }
    assert_int_not_equal(whole(json_array_get(first, 0), "seed"),
                         whole(json_array_get(first, 1), "seed"));
    json_decref(first);
    json_decref(second);
    json_decref(other);
}

/* All cells of a block are one process's, and every process measured. */
static void every_block_is_one_process_s(void **state)
{
    json_t *bench = load("first", "bench.json"), *row;
    json_int_t owner[64];
    size_t i, nr_of[MAX_PROCESSES] = {0};

    (void)state;
    memset(owner, -1, sizeof owner);
    json_array_foreach(json_object_get(bench, "benchmarks"), i, row)
    {
        const json_int_t block = whole(row, "block"), process = whole(row, "process");

        assert_in_range(block, 0, 63);
        assert_in_range(process, 0, 1);
        assert_true(owner[block] == -1 || owner[block] == process);
        owner[block] = process;
        nr_of[process]++;
    }
    assert_true(nr_of[0] >= CELLS && nr_of[1] >= CELLS);
    json_decref(bench);
}

static void a_process_without_a_block_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run("--repetitions 2 --processes 3", "refused"), CLI_BAD);
    tool_said("no sample");
    assert_int_equal(run("--processes 0", "refused"), CLI_BAD);
    assert_int_equal(run("--processes many", "refused"), CLI_BAD);
    tool_said("--processes");
}

static void nobody_else_starts_a_process_of_a_run(void **state)
{
    (void)state;
    assert_int_equal(tool_run("bench --worker=0:1 3>&-"), CLI_BAD);
    tool_said("starts its own processes");
}

/* Slices before deciding blocks, numbers that stay unique, and the base for every group. */
static void a_budget_screens_and_then_decides(void **state)
{
    json_t *bench, *row, *manifest, *budget;
    size_t i, nr[2] = {0};
    json_int_t last_slice = -1, first_block = 1000;

    (void)state;
    assert_int_equal(run("--budget 3 --seed 7", "budget"), CLI_DONE);
    bench = load("budget", "bench.json");
    json_array_foreach(json_object_get(bench, "benchmarks"), i, row)
    {
        const json_int_t block = whole(row, "block"), stage = whole(row, "stage");

        assert_in_range(stage, 0, 1);
        nr[stage]++;
        if (stage && block > last_slice)
            last_slice = block;
        if (!stage && block < first_block)
            first_block = block;
    }
    assert_true(nr[0] > 0 && nr[1] > 0);
    assert_true(last_slice < first_block);
    json_decref(bench);
    manifest = load("budget", "manifest.json");
    budget =
        json_object_get(json_object_get(json_object_get(manifest, "settings"), "bench"), "budget");
    assert_int_equal(whole(budget, "seconds"), 3);
    assert_true(whole(budget, "screening_blocks") > last_slice);
    json_decref(manifest);
}

static void a_budget_that_cannot_do_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run("--budget 1 --repetitions 500", "refused"), CLI_BAD);
    tool_said("--budget 1: 500 blocks of these 4 cells take");
    assert_int_equal(run("--budget soon", "refused"), CLI_BAD);
    tool_said("--budget");
}

/* --- one that is killed --- */

static pid_t start(const char *out)
{
    const pid_t leader = fork();
    char path[256];

    assert_true(leader >= 0);
    if (leader > 0)
        return leader;
    snprintf(path, sizeof path, "%s/%s.log", fixture_dir, out);
    if (!freopen(path, "w", stdout))
        _exit(127);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    snprintf(path, sizeof path, "%s/%s", fixture_dir, out);
    execl(LOOKASIDE_TOOL, "lookaside", "bench", "--workload", "pair", "--strategy", "spinlock",
          "--threads", "1", "--repetitions", "1000", "--processes", "2", "--seed", "1", "--out",
          path, (char *)NULL);
    _exit(127);
}

static pid_t parent_of(pid_t pid)
{
    char path[64];
    int parent = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (!file)
        return -1;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = -1;
    fclose(file);
    return parent;
}

static size_t children_of(pid_t leader, pid_t *children)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    size_t nr = 0;

    assert_non_null(proc);
    while ((entry = readdir(proc))) {
        const pid_t pid = atoi(entry->d_name);

        if (pid > 0 && nr < MAX_PROCESSES && parent_of(pid) == leader)
            children[nr++] = pid;
    }
    closedir(proc);
    return nr;
}

/* In the kernel's ticks. */
static unsigned long cpu_time_of(pid_t pid)
{
    unsigned long user = 0, system = 0;
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2)
        user = system = 0;
    fclose(file);
    return user + system;
}

static void pause_ms(long milliseconds)
{
    const struct timespec pause = {.tv_sec = milliseconds / 1000,
                                   .tv_nsec = milliseconds % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

static void await_children(pid_t leader, pid_t *children, size_t nr)
{
    for (int tries = 0; children_of(leader, children) != nr; tries++) {
        assert_true(tries < 1000);
        pause_ms(20);
    }
}

/* One that has used so much CPU time that it must be measuring. */
static pid_t await_work(const pid_t *children, size_t nr)
{
    enum { TICKS = 40 };

    for (int tries = 0; tries < 1000; tries++) {
        for (size_t i = 0; i < nr; i++) {
            if (cpu_time_of(children[i]) >= TICKS)
                return children[i];
        }
        pause_ms(20);
    }
    fail_msg("no process of the run measures");
    return -1;
}

/* Interrupts the leader, and takes its status. */
static int end(pid_t leader)
{
    int status;

    assert_int_equal(kill(leader, SIGINT), 0);
    assert_int_equal(waitpid(leader, &status, 0), leader);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void read_log(const char *out)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.log", fixture_dir, out);
    file = fopen(path, "r");
    assert_non_null(file);
    tool_output[fread(tool_output, 1, sizeof tool_output - 1, file)] = '\0';
    fclose(file);
}

static size_t nr_lost(const char *out)
{
    json_t *processes = processes_of(out), *process;
    size_t i, nr = 0;

    json_array_foreach(processes, i, process)
    {
        nr += json_is_string(json_object_get(process, "lost"));
    }
    json_decref(processes);
    return nr;
}

/* Whole blocks only, and blocks of the survivor after the kill: the run goes on until it is
 * interrupted, long after. */
static void a_killed_process_costs_its_block(void **state)
{
    pid_t children[MAX_PROCESSES];
    const pid_t leader = start("killed");
    json_t *bench;

    (void)state;
    await_children(leader, children, 2);
    assert_int_equal(kill(await_work(children, 2), SIGKILL), 0);
    await_children(leader, children, 1);
    pause_ms(1500);
    assert_int_equal(end(leader), CLI_DONE);
    assert_int_equal(nr_lost("killed"), 1);
    bench = load("killed", "bench.json");
    assert_true(json_array_size(json_object_get(bench, "benchmarks")) >= CELLS);
    assert_int_equal(json_array_size(json_object_get(bench, "benchmarks")) % CELLS, 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(bench, "context"), "complete")), "false");
    json_decref(bench);
    read_log("killed");
    tool_said("ended by signal 9");
    tool_said("the others go on");
}

/* The leader ends by itself, with what there is or with nothing. */
static void without_a_process_the_run_ends(void **state)
{
    pid_t children[MAX_PROCESSES];
    const pid_t leader = start("all");
    int status;

    (void)state;
    await_children(leader, children, 2);
    assert_int_equal(kill(children[0], SIGKILL), 0);
    kill(children[1], SIGKILL); /* before any of them measures the leader ends them itself */
    assert_int_equal(waitpid(leader, &status, 0), leader);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == CLI_BAD || WEXITSTATUS(status) == CLI_DONE);
    read_log("all");
    tool_said("ended by signal 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_process_got_comes_again_with_the_seed),
        cmocka_unit_test(every_block_is_one_process_s),
        cmocka_unit_test(a_process_without_a_block_is_refused),
        cmocka_unit_test(nobody_else_starts_a_process_of_a_run),
        cmocka_unit_test(a_budget_screens_and_then_decides),
        cmocka_unit_test(a_budget_that_cannot_do_is_refused),
        cmocka_unit_test(a_killed_process_costs_its_block),
        cmocka_unit_test(without_a_process_the_run_ends),
    };

    return cmocka_run_group_tests(tests, fixture_make, fixture_clear);
}
