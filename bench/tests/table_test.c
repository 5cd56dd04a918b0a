/* SPDX-License-Identifier: MIT */
/* table_test.c: what the table says without memory: that, and not that nothing was accepted. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "failing_allocator.h"
#include "plan_fixture.h"
#include "table.h"

static bool no_memory;
static char printed[64 * 1024], complained[256];

bool allocation_fails(void)
{
    return no_memory;
}

static void print_to(FILE *stream)
{
    static const struct la_outcome outcome = {.nr_numbers = 3};

    /* Its buffer may not be what has no memory. */
    assert_int_equal(setvbuf(stream, NULL, _IONBF, 0), 0);
    no_memory = true;
    la_table_print(stream, plan, &outcome);
    no_memory = false;
}

/* What it says on standard error goes to complained[]. */
static void print_aside(FILE *stream, FILE *errors)
{
    const int before = dup(STDERR_FILENO);

    assert_int_equal(dup2(fileno(errors), STDERR_FILENO), STDERR_FILENO);
    print_to(stream);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(errors);
    complained[fread(complained, 1, sizeof complained - 1, errors)] = '\0';
}

static void what_had_no_memory_is_told_once(void **state)
{
    FILE *stream = fmemopen(printed, sizeof printed, "w"), *errors = tmpfile();

    (void)state;
    make();
    assert_non_null(stream);
    assert_non_null(errors);
    print_aside(stream, errors);
    fclose(stream);
    fclose(errors);
    assert_string_equal(complained, "lookaside: no memory for the figures of 3 blocks, which are "
                                    "not told\n");
    assert_non_null(strstr(printed, "A/A: not known: no memory for the ratios of "));
    assert_null(strstr(printed, "A/A: no group"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_had_no_memory_is_told_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
