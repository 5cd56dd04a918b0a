/* SPDX-License-Identifier: MIT */
/*
 * page_memory_test.c: a page for which memory is out, at each of the streams into memory that it is
 * put together with: one line and the status of bad input, and no crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "page.h"
#include "report_html.h"

/* How a stream fails: when it is begun, or when something is written to it. */
enum failure { NONE, AT_ITS_BEGIN, AT_ITS_END };

static enum failure failure;
static unsigned nr_before; /* streams before the one that fails */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
FILE *__real_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size);

FILE *__wrap_open_memstream(char **text, size_t *size)
{
    if (failure == NONE || nr_before-- > 0)
        return __real_open_memstream(text, size);
    return failure == AT_ITS_BEGIN ? NULL : fopen("/dev/full", "w");
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static struct la_plots plots;

/* A plot with a picture and data, and a table in the text. */
static int set_up(void **state)
{
    const int result = fixture_make_plots(state);

    plots.nr_plots = 0;
    la_plot_add(&plots, "plot", "A plot")->view = "lines series=name x=x y=y";
    fixture_write_text(fixture_dir, "plots/plot.svg", "<svg></svg>\n");
    fixture_write_text(fixture_dir, "plots/plot.tsv", "name\tx\ty\nslist\t1\t2\n");
    fixture_write_text(fixture_dir, "report.md",
                       "# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![A plot](plots/plot.svg)\n");
    return result;
}

static int write_page(void)
{
    const struct la_page page = {.dir = fixture_dir, .results_dir = fixture_dir, .plots = &plots};
    struct la_why why = {""};

    return la_report_html_write(&page, PLOT_SCRIPTS, "Title", &why);
}

/* In a process of its own: its status, and what it said. */
static int write_apart(enum failure how, unsigned after, char *said, size_t size)
{
    int ends[2], status = 0;
    ssize_t nr;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL); /* or the child's exit() says it again */
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        failure = how;
        nr_before = after;
        _exit(write_page() ? 1 : 0);
    }
    close(ends[1]);
    nr = read(ends[0], said, size - 1);
    close(ends[0]);
    said[nr > 0 ? nr : 0] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Twice are written the text's table, the plot's picture, its table and its data; the first time to
 * a stream, too. */
enum { NR_STREAMS = 9 };

static void check_each(enum failure how)
{
    char said[256];

    for (unsigned i = 0; i < NR_STREAMS; i++) {
        assert_int_equal(write_apart(how, i, said, sizeof said), 2);
        assert_string_equal(said, "lookaside: out of memory\n");
    }
    assert_int_equal(write_apart(how, NR_STREAMS, said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void a_stream_that_cannot_be_begun_is_told(void **state)
{
    (void)state;
    check_each(AT_ITS_BEGIN);
}

static void a_stream_that_did_not_take_all_is_told(void **state)
{
    (void)state;
    check_each(AT_ITS_END);
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(a_stream_that_cannot_be_begun_is_told),
        PAGE_TEST(a_stream_that_did_not_take_all_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
