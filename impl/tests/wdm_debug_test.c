/* SPDX-License-Identifier: MIT */
/* wdm_debug_test.c: Windows' formats on a machine whose long is 64 bits. */
#include "wdm_debug.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"
#include "wdm.h"

static char text[64];

static size_t format(const char *with, ...)
{
    va_list arguments;
    size_t length;

    va_start(arguments, with);
    length = la_wdm_format(text, sizeof text, with, arguments);
    va_end(arguments);
    return length;
}

#define CHECK(expected, ...)                                         \
    do {                                                             \
        assert_int_equal(format(__VA_ARGS__), sizeof(expected) - 1); \
        assert_string_equal(text, expected);                         \
    } while (0)

/* The argument after the number shows that just the number's width was taken. */
static void numbers_have_windows_widths(void **state)
{
    (void)state;
    CHECK("-1 x", "%ld %s", (LONG)-1, "x");
    CHECK("4294967295 x", "%lu %s", (ULONG)-1, "x");
    CHECK("4294967295 x", "%u %s", (ULONG)-1, "x");
    CHECK("DEADBEEF x", "%lX %s", (ULONG)0xDEADBEEF, "x");
    CHECK("0000abcd x", "%08lx %s", (ULONG)0xabcd, "x");
    CHECK("1099511627776 x", "%I64u %s", (ULONGLONG)1 << 40, "x");
    CHECK("-1099511627776 x", "%lld %s", -((LONGLONG)1 << 40), "x");
    CHECK("100000000 x", "%Ix %s", (SIZE_T)1 << 32, "x");
    CHECK("7 -8", "%hu %I32d", 7, -8);
}

static void width_and_precision(void **state)
{
    (void)state;
    CHECK("[   5][5   ][+005]", "[%4d][%-4d][%+.3d]", 5, 5, 5);
    CHECK("[   5][ 007]", "[%*d][%*.*d]", 4, 5, 4, 3, 7);
    CHECK("[  ab][ab  ][a]", "[%4s][%-4s][%.1s]", "ab", "ab", "ab");
    CHECK("[0x1f]", "[%#x]", 31);
    CHECK("100% c", "100%% %c", 'c');
}

static void strings_wide_and_counted(void **state)
{
    static WCHAR characters[] = L"counted and more";
    static const UNICODE_STRING empty;
    UNICODE_STRING counted = {7 * sizeof(WCHAR), sizeof characters, characters};

    (void)state;
    CHECK("[counted]", "[%wZ]", &counted);
    CHECK("[  counted]", "[%9wZ]", &counted);
    CHECK("[(null)][(null)]", "[%wZ][%wZ]", &empty, NULL);
    CHECK("[wide][wide][wid]", "[%ws][%S][%.3ls]", L"wide", L"wide", L"wide");
    CHECK("[(null)]", "[%s]", NULL);
    CHECK("[a?b]", "[%ws]",
          L"a\x20ac"
          "b");
    CHECK("0000000000001000", "%p", (PVOID)0x1000);
}

static void unterminated_string_with_precision_is_not_overrun(void **state)
{
    static const char bytes[] = {'a', 'b', 'c'};
    static const WCHAR wide[] = {'a', 'b', 'c'};

    (void)state;
    CHECK("abc ab", "%.3s %.2ws", bytes, wide);
}

static void long_output_is_cut(void **state)
{
    (void)state;
    assert_int_equal(format("%200d", 1), sizeof text - 1);
    assert_int_equal(format("%s%s%s", "0123456789012345678901234567890123456789",
                            "0123456789012345678901234567890123456789", "x"),
                     sizeof text - 1);
    assert_int_equal(strlen(text), sizeof text - 1);
    assert_int_equal(format("%99999999999s", "a"), sizeof text - 1);
}

static void unknown_conversion_ends_the_line(void **state)
{
    (void)state;
    CHECK("a %?", "a %f %s", 1.0, "x");
    CHECK("b %?", "b %");
}

static void print_and_fail(void)
{
    DbgPrint("number %lu\n", (ULONG)5);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "level %d\n", 6);
    KdPrint(("checked %s\n", "build"));
    ASSERT(1 + 1 == 2);
    NT_ASSERT(1 + 1 == 3);
}

static void messages_go_to_standard_error_and_assertions_abort(void **state)
{
    struct child child = child_run(print_and_fail);

    (void)state;
    assert_int_equal(strncmp(child.said, "number 5\nlevel 6\nchecked build\n", 31), 0);
    assert_non_null(strstr(child.said, "assertion failed: 1 + 1 == 3"));
    assert_true(WIFSIGNALED(child.status));
    assert_int_equal(WTERMSIG(child.status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_windows_widths),
        cmocka_unit_test(width_and_precision),
        cmocka_unit_test(strings_wide_and_counted),
        cmocka_unit_test(unterminated_string_with_precision_is_not_overrun),
        cmocka_unit_test(long_output_is_cut),
        cmocka_unit_test(unknown_conversion_ends_the_line),
        cmocka_unit_test(messages_go_to_standard_error_and_assertions_abort),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
