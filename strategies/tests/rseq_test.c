/* SPDX-License-Identifier: MIT */
/* rseq_test.c: which kernels are trusted with restartable sequences on aarch64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rseq.h"

static void assert_sound(const char *const *releases, size_t nr, bool sound)
{
    for (size_t i = 0; i < nr; i++) {
        if (la_rseq_aarch64_kernel_is_sound(releases[i]) != sound)
            fail_msg("'%s' should%s be sound", releases[i], sound ? "" : " not");
    }
}

static void releases_outside_of_the_defect_are_sound(void **state)
{
    static const char *const releases[] = {
        "4.18.0",         "5.10.0-9-arm64", "6.1.0-43-arm64", "6.9",          "6.18",  "6.18.999",
        "6.18.44-custom", "7.0.14",         "7.0.14-rc1",     "7.0.100",      "7.1.0", "7.1.1-rc2",
        "7.2.0-rc1",      "7.10.3-1-arm64", "8.0.0",          "10.0.1+deb13",
    };

    (void)state;
    assert_sound(releases, sizeof releases / sizeof *releases, true);
}

static void releases_with_the_defect_are_not(void **state)
{
    static const char *const releases[] = {
        "6.19",      "6.19.0", "6.19.0-rc3",     "6.19.12-1-arm64", "6.20.1",
        "7.0.0-rc1", "7.0.0",  "7.0.13-1-arm64", "7.0.9",           "7.1.0-rc2-next-0501",
    };

    (void)state;
    assert_sound(releases, sizeof releases / sizeof *releases, false);
}

static void what_is_no_release_is_not_trusted(void **state)
{
    static const char *const releases[] = {"",       "7",    "7.",     "linux",
                                           "x6.1.0", ".6.1", "v6.1.0", "-1"};

    (void)state;
    assert_sound(releases, sizeof releases / sizeof *releases, false);
}

static void a_refusal_gives_its_reason(void **state)
{
    const struct la_rseq *rseq = la_rseq();

    (void)state;
    assert_non_null(rseq->detail);
    print_message("%s\n", rseq->detail);
    assert_int_equal(rseq->area == 0, strncmp(rseq->detail, "per-CPU locks: ", 15) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releases_outside_of_the_defect_are_sound),
        cmocka_unit_test(releases_with_the_defect_are_not),
        cmocka_unit_test(what_is_no_release_is_not_trusted),
        cmocka_unit_test(a_refusal_gives_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
