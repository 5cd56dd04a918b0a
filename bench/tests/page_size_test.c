/* SPDX-License-Identifier: MIT */
/*
 * page_size_test.c: how large report.html may get, on plots as a full run with every section has
 * them: two dozen, with pictures of half a megabyte and thousands of rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fixture.h"
#include "page.h"
#include "report_html.h"
#include "text_file.h"

enum { NR_PLOTS = 24, NR_MARKS = 3000, NR_ROWS = 1500 };

static struct la_plots plots;
static struct la_text page;

static FILE *create(const char *suffix)
{
    char path[160];
    FILE *stream;

    snprintf(path, sizeof path, "%s/plots/%s.%s", fixture_dir, plots.plots[plots.nr_plots - 1].name,
             suffix);
    stream = fopen(path, "w");
    assert_non_null(stream);
    return stream;
}

/* In the words that gnuplot uses. */
static void write_svg(size_t nr_marks)
{
    FILE *stream = create("svg");

    fputs("<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'>\n", stream);
    for (size_t i = 0; i < nr_marks; i++)
        fprintf(stream,
                "\t<g id=\"gnuplot_plot_%zua\" ><title>gnuplot_plot_%zua</title>\n"
                "<g fill=\"none\" stroke-linecap=\"butt\" stroke-linejoin=\"miter\">\n"
                "\t<use xlink:href='#gpPt6' transform='translate(%zu.87,126.71)'/>\n</g>\n\t</g>\n",
                i, i, i);
    fputs("</svg>\n", stream);
    fclose(stream);
}

static void write_data(size_t nr_rows)
{
    FILE *stream = create("tsv");

    fputs("name\tx\ty\n", stream);
    for (size_t i = 0; i < nr_rows; i++)
        fprintf(stream, "percpu+glibc\t%zu\t%zu.25\n", i, i * i);
    fclose(stream);
}

static void make_page(size_t nr_plots, size_t nr_marks, size_t nr_rows)
{
    const struct la_page made = {.dir = fixture_dir, .results_dir = fixture_dir, .plots = &plots};
    struct la_why why = {""};
    char path[128], *text = NULL;
    size_t size;
    FILE *report = open_memstream(&text, &size);

    fputs("# Title\n\n", report);
    plots.nr_plots = 0;
    for (size_t i = 0; i < nr_plots; i++) {
        char name[32];

        snprintf(name, sizeof name, "plot-%zu", i);
        la_plot_add(&plots, name, "A plot")->view = "lines series=name x=x y=y";
        write_svg(nr_marks * (i + 1) / nr_plots);
        write_data(nr_rows);
        fprintf(report, "![A plot](plots/%s.svg)\n\n", name);
    }
    fclose(report);
    fixture_write_text(fixture_dir, "report.md", text);
    free(text);
    if (la_report_html_write(&made, PLOT_SCRIPTS, "Title", &why))
        fail_msg("%s", why.line);
    snprintf(path, sizeof path, "%s/report.html", fixture_dir);
    assert_int_equal(la_text_read(path, &page), 0);
}

static size_t count(const char *what)
{
    size_t nr = 0;

    for (const char *at = page.bytes; (at = strstr(at, what)); at++)
        nr++;
    return nr;
}

static int make(void **state)
{
    char path[128];

    fixture_make(state);
    snprintf(path, sizeof path, "%s/plots", fixture_dir);
    return mkdir(path, 0777);
}

static int clear(void **state)
{
    free(page.bytes);
    return fixture_clear(state);
}

/* Not all pictures fit: the largest are named, and all data and tables are there. */
static void a_large_run_has_a_page_of_bounded_size(void **state)
{
    (void)state;
    make_page(NR_PLOTS, NR_MARKS, NR_ROWS);
    assert_in_range(page.size, LA_PAGE_MAX_BYTES / 2, LA_PAGE_MAX_BYTES);
    assert_in_range(count(" src=\"data:image/svg+xml,"), 1, NR_PLOTS - 1);
    assert_int_equal(count(" src=\"data:image/svg+xml,") + count("; the picture is plots/plot-"),
                     NR_PLOTS);
    assert_int_equal(count("<script type=\"application/json\">"), NR_PLOTS);
    assert_int_equal(count("<details>"), NR_PLOTS);
    assert_non_null(strstr(page.bytes, "the picture is plots/plot-23.svg"));
    assert_null(strstr(page.bytes, "the picture is plots/plot-0.svg"));
}

static void a_small_run_has_all_its_pictures(void **state)
{
    (void)state;
    make_page(NR_PLOTS, NR_MARKS / 100, NR_ROWS / 100);
    assert_int_equal(count(" src=\"data:image/svg+xml,"), NR_PLOTS);
    assert_int_equal(count("; the picture is"), 0);
    assert_null(strstr(page.bytes, "gnuplot_plot_"));
    assert_non_null(strstr(page.bytes, "translate(7.87,126.71)"));
}

/* Then the picture is there for readers with script, too. */
static void too_much_data_is_left_to_the_picture(void **state)
{
    (void)state;
    make_page(NR_PLOTS, NR_MARKS / 100, 3 * NR_ROWS);
    assert_in_range(count("<script type=\"application/json\">"), 1, NR_PLOTS - 1);
    assert_true(page.size <= LA_PAGE_MAX_BYTES);
    free(page.bytes);
    make_page(1, NR_MARKS / 100, 50 * NR_ROWS);
    assert_int_equal(count("<script type=\"application/json\">"), 0);
    assert_int_equal(count(" src=\"data:image/svg+xml,"), 1);
    assert_int_equal(count("<details>"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_run_has_a_page_of_bounded_size, make, clear),
        cmocka_unit_test_setup_teardown(a_small_run_has_all_its_pictures, make, clear),
        cmocka_unit_test_setup_teardown(too_much_data_is_left_to_the_picture, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
