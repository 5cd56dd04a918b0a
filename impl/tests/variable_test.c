/* SPDX-License-Identifier: MIT */
/*
 * variable_test.c: what the environment says and nobody understands is told of in one line, of each
 * variable once, whatever bytes it holds; what is understood is told of in none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"
#include "lookaside.h"
#include "one_line.h"
#include "wdm.h"
#include "wdm_extra.h"

static const struct {
    const char *name, *known[3], *list; /* the list's beginning is enough */
} variables[] = {
    {"LOOKASIDE_STRATEGY", {"malloc", "slist", "percpu"}, "not malloc, "},
    {"LOOKASIDE_CHECKED", {"0", "1", "adopts"}, "not 0, 1 or adopts: ignored\n"},
    {"LOOKASIDE_HARDENED", {"0", "1", ""}, "not 0 or 1: ignored\n"},
    {"LOOKASIDE_VERIFIER", {"0", "1", ""}, "not 0 or 1: ignored\n"},
    {"LOOKASIDE_BALANCER", {"on", "off", ""}, "not on or off: ignored\n"},
};
enum { NR_VARIABLES = sizeof variables / sizeof *variables, LONG_BYTES = 5000 };

static const char *name, *value; /* what the child finds set */

/* Comes by every variable, and twice. */
static void use_lists(void)
{
    const struct lookaside_config config = {.size = 64};
    LOOKASIDE_LIST_EX windows;
    struct lookaside list;

    setenv(name, value, 1);
    for (int i = 0; i < 2; i++) {
        if (lookaside_init(&list, &config))
            abort();
        if (!NT_SUCCESS(
                ExInitializeLookasideListEx(&windows, NULL, NULL, NonPagedPoolNx, 0, 64, 1, 0)))
            abort();
        lookaside_free(&list, lookaside_alloc(&list));
        ExDeleteLookasideListEx(&windows);
        lookaside_fini(&list);
    }
    lookaside_wdm_set_balancer(FALSE);
}

static struct child child_with(const char *named, const char *holds)
{
    struct child child;

    name = named;
    value = holds;
    child = child_run(use_lists);
    assert_int_equal(child.status, 0);
    return child;
}

static void check_told(size_t which, const char *holds, const char *shown)
{
    const struct child child = child_with(variables[which].name, holds);
    char expected[LONG_BYTES];
    const char *end = strchr(child.said, '\n');

    snprintf(expected, sizeof expected, "lookaside: %s is '%s', %s", variables[which].name, shown,
             variables[which].list);
    assert_int_equal(strncmp(child.said, expected, strlen(expected)), 0);
    assert_non_null(end);
    assert_string_equal(end, "\n");
}

static void what_is_not_understood_is_told_of_in_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_VARIABLES; i++) {
        check_told(i, "maybe", "maybe");
        check_told(i, "1\n", "1\\n");
        check_told(i, "a\nlookaside: all is well\r\x1B[2J",
                   "a\\nlookaside: all is well\\r\\x1B[2J");
    }
}

static void a_long_value_is_cut(void **state)
{
    char text[LONG_BYTES], shown[LA_ONE_LINE];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    la_one_line(shown, sizeof shown, text);
    assert_int_equal(strlen(shown), sizeof shown - 1);
    for (size_t i = 0; i < NR_VARIABLES; i++)
        check_told(i, text, shown);
}

static void what_is_understood_is_told_of_in_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_VARIABLES; i++) {
        assert_string_equal(child_with(variables[i].name, "").said, "");
        for (size_t k = 0; k < 3; k++)
            assert_string_equal(child_with(variables[i].name, variables[i].known[k]).said, "");
    }
}

static void check_shown(const char *text, size_t size, const char *expected)
{
    char shown[64];

    memset(shown, '#', sizeof shown);
    la_one_line(shown, size, text);
    assert_string_equal(shown, expected);
    assert_int_equal(shown[size], '#');
}

static void text_is_shown_in_one_line(void **state)
{
    (void)state;
    check_shown("", 4, "");
    check_shown("plain 'text' \\ ~", 60, "plain 'text' \\ ~");
    check_shown("a\nb\tc\rd", 60, "a\\nb\\tc\\rd");
    check_shown("\x01\x1B\x7F", 60, "\\x01\\x1B\\x7F");
    /* Whole characters stay, unless they are separators or control characters themselves. */
    check_shown("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 60, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    check_shown("\xC2\x85\xE2\x80\xA8\xE2\x80\xA9", 60, "\\xC2\\x85\\xE2\\x80\\xA8\\xE2\\x80\\xA9");
    check_shown("\xFF\xC3(\x80\xE2\x82", 60, "\\xFF\\xC3(\\x80\\xE2\\x82");
    /* Longer forms of a newline and a control character, half a pair, what is beyond the last. */
    check_shown("\xE0\x80\x8A\xF0\x82\x82\x9B", 60, "\\xE0\\x80\\x8A\\xF0\\x82\\x82\\x9B");
    check_shown("\xED\xA0\x80\xF4\x90\x80\x80", 60, "\\xED\\xA0\\x80\\xF4\\x90\\x80\\x80");
    check_shown("\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 60,
                "\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

static void no_piece_is_cut_in_two(void **state)
{
    (void)state;
    check_shown("abcdefg", 8, "abcdefg");
    check_shown("abcdefgh", 8, "abcd...");
    check_shown("abc\n\n", 8, "abc\\n\\n");
    check_shown("abc\n\n\n", 8, "abc...");
    check_shown("ab\x1B"
                "cdef",
                8, "ab...");
    check_shown("abc\xE2\x82\xAC\xE2\x82\xAC", 8, "abc...");
    check_shown("\x1B", 4, "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_understood_is_told_of_in_one_line),
        cmocka_unit_test(a_long_value_is_cut),
        cmocka_unit_test(what_is_understood_is_told_of_in_none),
        cmocka_unit_test(text_is_shown_in_one_line),
        cmocka_unit_test(no_piece_is_cut_in_two),
    };

    for (size_t i = 0; i < NR_VARIABLES; i++)
        unsetenv(variables[i].name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
