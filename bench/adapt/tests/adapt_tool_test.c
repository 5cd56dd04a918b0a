/* SPDX-License-Identifier: MIT */
/* adapt_tool_test.c: `lookaside adapt` as its user meets it: the file it writes, and bad usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/lookaside-adapt-XXXXXX";

static int tool(const char *arguments)
{
    char command[1024];
    int status;

    snprintf(command, sizeof command, "cd %s && " LOOKASIDE_TOOL " adapt %s >stdout 2>stderr", dir,
             arguments);
    status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static FILE *open_in_dir(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return fopen(path, "r");
}

static bool exists(const char *name)
{
    char path[512];
    struct stat found;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return lstat(path, &found) == 0;
}

static void first_line(const char *name, char *line, int size)
{
    FILE *stream = open_in_dir(name);

    assert_non_null(stream);
    line[0] = '\0';
    assert_true(fgets(line, size, stream) || feof(stream));
    fclose(stream);
}

static void refuses(const char *arguments, const char *text)
{
    char line[1024];

    assert_int_equal(tool(arguments), 2);
    first_line("stderr", line, sizeof line);
    if (strncmp(line, "lookaside: ", strlen("lookaside: ")) != 0 || !strstr(line, text))
        fail_msg("'%s' is not in: %s", text, line);
    assert_false(exists("results"));
}

static unsigned nr_columns(const char *line)
{
    unsigned nr = 1;

    for (; *line; line++)
        nr += *line == '\t';
    return nr;
}

static void every_line_has_the_columns_of_the_header(void **state)
{
    char line[1024];
    FILE *stream;
    unsigned nr_rows = 0;

    (void)state;
    assert_int_equal(
        tool("--strategy spinlock,malloc --policy fixed,balance --profile step --ticks 40 --out a"),
        0);
    stream = open_in_dir("a/adapt.tsv");
    assert_non_null(stream);
    assert_non_null(fgets(line, sizeof line, stream));
    assert_int_equal(line[0], '#');
    assert_non_null(fgets(line, sizeof line, stream));
    assert_string_equal(line, "strategy\tpolicy\tprofile\ttick\tseconds\tdemand\tdepth\theld\t"
                              "alloc_hit\tallocates\tmisses\tcached_bytes\n");
    while (fgets(line, sizeof line, stream)) {
        assert_int_equal(nr_columns(line), 12);
        nr_rows++;
    }
    fclose(stream);
    assert_int_equal(nr_rows, 2 * 2 * 40);
}

static void the_last_row_is_the_fixed_list_after_the_step(void **state)
{
    char line[1024], last[1024] = "";
    FILE *stream;

    (void)state;
    assert_int_equal(
        tool("--strategy spinlock --policy fixed --profile step --ticks 40 --out b --quiet"), 0);
    first_line("stdout", line, sizeof line);
    assert_string_equal(line, "");
    stream = open_in_dir("b/adapt.tsv");
    assert_non_null(stream);
    while (fgets(line, sizeof line, stream))
        strcpy(last, line);
    fclose(stream);
    assert_string_equal(last,
                        "spinlock\tfixed\tstep\t39\t39\t16\t256\t192\t1.000000\t128\t0\t49152\n");
}

static void the_profiles_of_the_default_are_step_and_idle_burst(void **state)
{
    char line[1024];
    bool step = false, idle_burst = false, other = false;
    FILE *stream;

    (void)state;
    assert_int_equal(tool("--strategy spinlock --policy balance --ticks 40 --out c"), 0);
    stream = open_in_dir("c/adapt.tsv");
    assert_non_null(stream);
    while (fgets(line, sizeof line, stream)) {
        step = step || strstr(line, "\tstep\t");
        idle_burst = idle_burst || strstr(line, "\tidle-burst\t");
        other = other || strstr(line, "\tramp\t") || strstr(line, "\tsine\t");
    }
    fclose(stream);
    assert_true(step && idle_burst);
    assert_false(other);
}

static unsigned nr_rows(const char *name, const char *text)
{
    char line[1024];
    unsigned nr = 0;
    FILE *stream = open_in_dir(name);

    assert_non_null(stream);
    while (fgets(line, sizeof line, stream))
        nr += line[0] != '#' && strstr(line, text);
    fclose(stream);
    return nr;
}

static void write_in_dir(const char *name, const char *text)
{
    char path[512];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    fclose(stream);
}

static void every_repetition_has_a_row_and_the_first_its_ticks(void **state)
{
    (void)state;
    assert_int_equal(tool("--strategy spinlock --profile step,sine --policy fixed,working-set "
                          "--ticks 40 --repetitions 7 --out e"),
                     0);
    assert_int_equal(nr_rows("e/adaptation.tsv", "spinlock\t"), 2 * 2 * 8);
    assert_int_equal(nr_rows("e/adaptation.tsv", "\t3\t3\t40\t"), 2 * 2);
    assert_int_equal(nr_rows("e/adapt.tsv", "spinlock\t"), 2 * 2 * 40);
    assert_true(nr_rows("stdout", "working-set") == 2);
}

static void a_recorded_demand_runs_as_long_as_it_was_recorded(void **state)
{
    (void)state;
    write_in_dir("load.tsv", "# recorded\nseconds\tdemand\n0\t10\n30\t20\n59\t0\n");
    assert_int_equal(tool("--strategy spinlock --profile load.tsv --policy fixed --out f"), 0);
    assert_int_equal(nr_rows("f/adapt.tsv", "\tload\t"), 88);
    assert_int_equal(nr_rows("f/adapt.tsv", "\tload\t29\t29\t10\t"), 1);
    assert_int_equal(nr_rows("f/adapt.tsv", "\tload\t30\t30\t20\t"), 1);
    assert_int_equal(
        tool("--strategy spinlock --profile ./load.tsv --policy fixed --ticks 44 --out g"), 0);
    assert_int_equal(nr_rows("g/adapt.tsv", "\tload\t"), 44);
}

static void a_bad_recording_is_refused_with_its_line(void **state)
{
    (void)state;
    write_in_dir("load.tsv", "seconds\tdemand\n0\t10\n0\t20\n");
    refuses("--profile load.tsv", "load.tsv: line 3: seconds must rise");
    write_in_dir("load.tsv", "seconds\tdemand\n0\t10\n1\tmany\n");
    refuses("--profile load.tsv", "line 3: demand 'many' is not a number");
    write_in_dir("load.tsv", "seconds\tdemand\n0\t10\n1\t4097\n");
    refuses("--profile load.tsv", "from 0 to 4096");
    write_in_dir("load.tsv", "seconds\tdemand\n0\t10\n");
    refuses("--profile load.tsv", "two are needed");
    write_in_dir("load.tsv", "seconds\tdemand\n0\t0\n1\t0\n");
    refuses("--profile load.tsv", "nothing is ever wanted");
    write_in_dir("load.tsv", "time\tdemand\n0\t0\n1\t0\n");
    refuses("--profile load.tsv", "no column seconds");
    write_in_dir("load.tsv", "seconds\tdemand\n0\t1\n1\t0\n");
    refuses("--profile load.tsv,./load.tsv", "load stands twice");
    write_in_dir("sine.tsv", "seconds\tdemand\n0\t1\n1\t0\n");
    refuses("--profile sine.tsv", "has the name of the profile sine");
    refuses("--profile nowhere.tsv", "nowhere.tsv: no such file");
}

static bool file_says(const char *name, const char *text)
{
    char line[4096];
    bool found = false;
    FILE *stream = open_in_dir(name);

    assert_non_null(stream);
    while (!found && fgets(line, sizeof line, stream))
        found = strstr(line, text);
    fclose(stream);
    return found;
}

static void a_second_run_shares_the_manifest(void **state)
{
    (void)state;
    assert_int_equal(tool("--strategy malloc --policy fixed --ticks 40 --out d"), 0);
    assert_true(file_says("d/manifest.json", "\"ticks\": 40"));
    assert_int_equal(tool("--strategy malloc --policy fixed --ticks 41 --out d"), 0);
    assert_true(file_says("d/manifest.json", "\"ticks\": 41"));
    assert_false(file_says("d/manifest.json", "\"ticks\": 40"));
    assert_true(file_says("d/manifest.json", "\"glibc\""));
}

static void bad_usage_leaves_nothing_behind(void **state)
{
    (void)state;
    refuses("--strategy spinlok", "did you mean 'spinlock'?");
    refuses("--policy balanced", "did you mean 'balance'?");
    refuses("--profile stairs", "step, ramp, sine, idle-burst");
    refuses("--profile ''", "empty");
    refuses("--ticks 39", "out of range");
    refuses("--ticks many", "not a whole number");
    refuses("--repetitions 1001", "out of range");
    refuses("--profile step,step", "stands twice");
    refuses("--seed 0", "out of range");
    refuses("--out stdout", "cannot write to stdout");
    refuses("--out /proc/nowhere", "cannot write to /proc/nowhere");
    refuses("now", "unexpected argument 'now'");
}

static void a_new_directory_becomes_the_latest(void **state)
{
    (void)state;
    assert_int_equal(tool("--strategy spinlock --policy fixed --profile sine --ticks 40"), 0);
    assert_true(exists("results/latest/adapt.tsv"));
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[512];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_the_columns_of_the_header),
        cmocka_unit_test(the_last_row_is_the_fixed_list_after_the_step),
        cmocka_unit_test(the_profiles_of_the_default_are_step_and_idle_burst),
        cmocka_unit_test(every_repetition_has_a_row_and_the_first_its_ticks),
        cmocka_unit_test(a_recorded_demand_runs_as_long_as_it_was_recorded),
        cmocka_unit_test(a_bad_recording_is_refused_with_its_line),
        cmocka_unit_test(a_second_run_shares_the_manifest),
        cmocka_unit_test(bad_usage_leaves_nothing_behind),
        cmocka_unit_test(a_new_directory_becomes_the_latest),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
