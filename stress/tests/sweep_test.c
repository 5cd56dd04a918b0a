/* SPDX-License-Identifier: MIT */
/*
 * sweep_test.c: a sweep finds a window that is open between two steps, says at which point, and the
 * one command that it prints finds it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { WINDOW = 902 };

static char output[1 << 16];

/* The exit status; what the command said goes to output. */
static int run(const char *command)
{
    FILE *pipe = popen(command, "r");
    size_t got;
    int status;

    assert_non_null(pipe);
    got = fread(output, 1, sizeof output - 1, pipe);
    output[got] = '\0';
    while (fgetc(pipe) != EOF)
        continue;
    status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The rest of the line that follows what, in output. */
static char *line_after(const char *what)
{
    char *line = strstr(output, what);

    if (!line)
        fail_msg("'%s' is not in '%s'", what, output);
    line += strlen(what);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* A failed run that had the window's point singled out. */
static char *find_again(void)
{
    char point[64];
    char *failure;

    snprintf(point, sizeof point, "while delayed at %d,", WINDOW);
    failure = strstr(output, point);
    if (!failure)
        fail_msg("'%s' is not in '%s'", point, output);
    memmove(output, failure, strlen(failure) + 1);
    return line_after("again: ");
}

static void check_that_it_fails_again(const char *command)
{
    char again[1024];

    assert_int_equal(run(command), 1);
    snprintf(again, sizeof again, "%s", find_again());
    assert_int_equal(run(again), 1);
    assert_non_null(strstr(output, "while delayed at 902,"));
}

static void the_printed_command_fails_again(void **state)
{
    (void)state;
    check_that_it_fails_again(LEAKY " --sweep --strategy leaky --scenario churn --mode yield,spin "
                                    "--seconds 0.05 --seed 3");
}

static void so_does_that_of_a_run_that_was_killed(void **state)
{
    (void)state;
    assert_int_equal(setenv("LEAKY_ENDS", "yes", 1), 0);
    check_that_it_fails_again(LEAKY " --strategy leaky --scenario churn --point 902 "
                                    "--seconds 0.05 --seed 3");
    assert_int_equal(unsetenv("LEAKY_ENDS"), 0);
}

/* It locks a record, and begins anew if it was moved before the record's slab was its own. */
static void a_loop_that_moves_make_go_round_ends(void **state)
{
    (void)state;
    assert_int_equal(run(TOOL " --strategy percpu --scenario chain --point 506 --mode migrate "
                              "--every 1 --seconds 0.05 --seed 11 --tries 3"),
                     0);
}

static void every_mode_delays_and_leaves_a_sound_list_sound(void **state)
{
    static const char *const modes[] = {"spin", "yield", "sleep", "migrate", "signal", "mixed"};
    char command[512];

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        unsigned long long delays = 0;

        snprintf(command, sizeof command,
                 TOOL " --strategy percpu --scenario churn --point 522 --mode %s --every 2 "
                      "--seconds 0.05 --seed 1",
                 modes[i]);
        assert_int_equal(run(command), 0);
        assert_int_equal(sscanf(line_after(" runs, "), "%llu hard delays", &delays), 1);
        assert_true(delays > 0);
    }
}

/* The file of each line behind the heading. */
static unsigned check_unreached(const char *files)
{
    char *line = strstr(output, "points that no run reached:\n");
    unsigned nr = 0;

    assert_non_null(line);
    for (line = strchr(line, '\n') + 1; strncmp(line, "  ", 2) == 0; nr++) {
        char file[64], *end = strchr(line, '\n');

        assert_int_equal(sscanf(line, " %*u %63[^:]", file), 1);
        if (!strstr(files, file))
            fail_msg("'%s' has nothing to do with what was asked for", file);
        line = end + 1;
    }
    return nr;
}

static void unreached_points_are_those_of_what_was_asked_for(void **state)
{
    (void)state;
    assert_int_equal(run(TOOL " --sweep --strategy spinlock --scenario churn --mode spin --once "
                              "--seconds 0.01 --seed 1"),
                     0);
    assert_true(check_unreached("impl/list.c impl/miss.c impl/live.c strategies/spinlock.c") > 0);
}

/* One line, whatever was said. */
static void check_refused(const char *command)
{
    assert_int_equal(run(command), 2);
    assert_non_null(strchr(output, '\n'));
    assert_string_equal(strchr(output, '\n'), "\n");
}

static void what_is_refused_is_told_of_in_one_line(void **state)
{
    (void)state;
    check_refused(TOOL " --scenario \"$(printf 'a\\nb')\" 2>&1");
    assert_non_null(strstr(output, "no such scenario: 'a\\nb'"));
    check_refused(TOOL " \"--$(printf 'a\\nb')\" 2>&1");
    check_refused(TOOL " --nothing 2>&1");
    check_refused(TOOL " \"$(printf 'a\\nb')\" 2>&1");
    assert_non_null(strstr(output, "unexpected argument 'a\\nb'"));
}

static void bad_usage_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run(TOOL " --point 7 2>&1"), 2);
    assert_non_null(strstr(output, "no such point: 7"));
    assert_int_equal(run(TOOL " --mode slow 2>&1"), 2);
    assert_non_null(strstr(output, "no such mode: 'slow'"));
    assert_int_equal(run(TOOL " --scenario none 2>&1"), 2);
    assert_int_equal(run(TOOL " --every 0 2>&1"), 2);
    assert_int_equal(run(TOOL " --strategy none 2>&1"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_printed_command_fails_again),
        cmocka_unit_test(so_does_that_of_a_run_that_was_killed),
        cmocka_unit_test(a_loop_that_moves_make_go_round_ends),
        cmocka_unit_test(every_mode_delays_and_leaves_a_sound_list_sound),
        cmocka_unit_test(unreached_points_are_those_of_what_was_asked_for),
        cmocka_unit_test(what_is_refused_is_told_of_in_one_line),
        cmocka_unit_test(bad_usage_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
