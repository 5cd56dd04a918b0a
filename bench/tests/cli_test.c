/* SPDX-License-Identifier: MIT */
/* cli_test.c: names, lists and numbers from the command line, and the progress line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli.h"

static const char *const names[] = {"malloc", "spinlock", "slist", "percpu", "magazine"};

static const char *nearest(const char *word)
{
    return cli_nearest(word, names, sizeof names / sizeof *names);
}

static void nearest_by_edits(void **state)
{
    (void)state;
    assert_string_equal(nearest("maloc"), "malloc");
    assert_string_equal(nearest("percup"), "percpu");
    assert_string_equal(nearest("spin-lock"), "spinlock");
    assert_string_equal(nearest("lsist"), "slist");
}

static void nearest_by_beginning(void **state)
{
    (void)state;
    assert_string_equal(nearest("mag"), "magazine");
    assert_string_equal(nearest("spin"), "spinlock");
}

static void nothing_near(void **state)
{
    char longer[200];

    (void)state;
    assert_null(nearest("treiber"));
    assert_null(nearest(""));
    assert_null(cli_nearest("malloc", NULL, 0));
    memset(longer, 'm', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(nearest(longer));
}

static void unknown_is_bad_usage(void **state)
{
    (void)state;
    assert_int_equal(cli_unknown("strategy", "maloc", names, 5), CLI_BAD);
}

static void split_gives_words_in_order(void **state)
{
    const char *words[3];
    char list[] = "one,two,three";

    (void)state;
    assert_int_equal(cli_split(list, words, 3), 3);
    memset(list, 'x', sizeof list - 1); /* the words are copies */
    assert_string_equal(words[0], "one");
    assert_string_equal(words[1], "two");
    assert_string_equal(words[2], "three");
    assert_int_equal(cli_split("alone", words, 1), 1);
    assert_string_equal(words[0], "alone");
}

static void split_refuses(void **state)
{
    const char *words[2];

    (void)state;
    assert_int_equal(cli_split("", words, 2), 0);
    assert_int_equal(cli_split("a,,b", words, 2), 0);
    assert_int_equal(cli_split("a,", words, 2), 0);
    assert_int_equal(cli_split("a,b,c", words, 2), 0);
}

static void numbers_within_bounds(void **state)
{
    uint64_t value = 0;

    (void)state;
    assert_true(cli_number("--threads", "1", 1, 8, &value));
    assert_int_equal(value, 1);
    assert_true(cli_number("--threads", "8", 1, 8, &value));
    assert_int_equal(value, 8);
    assert_true(cli_number("--seed", "18446744073709551615", 0, UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(cli_number("--seed", "010", 0, UINT64_MAX, &value));
    assert_int_equal(value, 10);
}

static void numbers_refused(void **state)
{
    static const char *const wrong[] = {"0",   "9",   "-1", "+1",  " 1", "1 ",
                                        "1.5", "0x1", "",   "two", "1k", "18446744073709551616",
                                        "1,2"};
    uint64_t value = 77;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(cli_number("--threads", wrong[i], 1, 8, &value));
    assert_int_equal(value, 77);
}

static void progress_on_a_terminal(void **state)
{
    const struct cli_progress progress = {.what = "bench", .total = 200, .terminal = true};
    char line[256];

    (void)state;
    cli_progress_format(line, sizeof line, &progress, 100, 30, "pair/percpu", 200);
    assert_string_equal(line, "bench [############............]  50 %, 30 s left  pair/percpu");
    cli_progress_format(line, sizeof line, &progress, 0, 0, NULL, 200);
    assert_string_equal(line, "bench [........................]   0 %, time left unknown");
    cli_progress_format(line, sizeof line, &progress, 500, 30, NULL, 200);
    assert_string_equal(line, "bench [########################] 100 %, 0 s left");
}

static void progress_elsewhere(void **state)
{
    const struct cli_progress progress = {.what = "bench", .total = 4};
    char line[256];

    (void)state;
    cli_progress_format(line, sizeof line, &progress, 1, 60, "x", 200);
    assert_string_equal(line, "bench: 25 %, 3 min 00 s left  x");
    cli_progress_format(line, sizeof line, &progress, 1, 3600, "", 200);
    assert_string_equal(line, "bench: 25 %, 3 h 00 min left");
}

/* In a file: no line that says the same as the one before, but for a sign of life. */
static void progress_is_shown_when_there_is_some(void **state)
{
    const uint64_t second_ns = UINT64_C(1000000000);
    struct cli_progress progress = {.what = "bench", .total = 1000, .last_percent = 7};

    (void)state;
    assert_false(cli_progress_due(&progress, 80, 9 * second_ns));
    assert_true(cli_progress_due(&progress, 80, 10 * second_ns));
    assert_false(cli_progress_due(&progress, 79, 59 * second_ns));
    assert_true(cli_progress_due(&progress, 79, 60 * second_ns));
    progress.terminal = true;
    assert_false(cli_progress_due(&progress, 80, second_ns / 20));
    assert_true(cli_progress_due(&progress, 79, second_ns));
}

static void progress_keeps_to_its_width(void **state)
{
    const struct cli_progress progress = {.what = "bench", .total = 4, .terminal = true};
    char line[256], small[16];

    (void)state;
    cli_progress_format(line, sizeof line, &progress, 1, 60, "a detail that is too long", 40);
    assert_int_equal(strlen(line), 40);
    cli_progress_format(small, sizeof small, &progress, 1, 60, "detail", 200);
    assert_int_equal(strlen(small), sizeof small - 1);
    cli_progress_format(line, sizeof line, &(struct cli_progress){.what = "none"}, 1, 60, NULL, 99);
    assert_string_equal(line, "none: 0 %, time left unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_by_edits),
        cmocka_unit_test(nearest_by_beginning),
        cmocka_unit_test(nothing_near),
        cmocka_unit_test(unknown_is_bad_usage),
        cmocka_unit_test(split_gives_words_in_order),
        cmocka_unit_test(split_refuses),
        cmocka_unit_test(numbers_within_bounds),
        cmocka_unit_test(numbers_refused),
        cmocka_unit_test(progress_on_a_terminal),
        cmocka_unit_test(progress_elsewhere),
        cmocka_unit_test(progress_is_shown_when_there_is_some),
        cmocka_unit_test(progress_keeps_to_its_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
