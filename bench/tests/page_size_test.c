/* SPDX-License-Identifier: MIT */
/*
 * page_size_test.c: how large report.html may get, on plots as a full run with every section has
 * them: two dozen, with pictures of half a megabyte and thousands of rows; and on as many as there
 * can be, each of them wide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "page.h"
#include "report_html.h"
#include "text_file.h"

enum { NR_PLOTS = 24, NR_MARKS = 3000, NR_ROWS = 1500 };

/* Of each plot, from the first to the last, evenly between the two. */
struct amounts {
    size_t nr_plots;
    size_t marks[2], rows[2];
    size_t nr_columns;    /* beside the first; 0: two */
    size_t nr_table_rows; /* of a table in the text; 0: there is none */
};

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

static void write_data(size_t nr_rows, size_t nr_columns)
{
    FILE *stream = create("tsv");

    fputs("name\tx\ty", stream);
    for (size_t i = 2; i < nr_columns; i++)
        fprintf(stream, "\tcolumn_%zu", i);
    for (size_t row = 0; row < nr_rows; row++) {
        fprintf(stream, "\npercpu+glibc\t%zu\t%zu.25", row, row * row);
        for (size_t i = 2; i < nr_columns; i++)
            fprintf(stream, "\t%zu.0625", row * i);
    }
    fputc('\n', stream);
    fclose(stream);
}

static void write_text_table(FILE *report, size_t nr_rows)
{
    fputs("| contender | ratio |\n|---|---|\n", report);
    for (size_t i = 0; i < nr_rows; i++)
        fprintf(report, "| contender %zu | 1.%06zu |\n", i, i);
    fputc('\n', report);
}

static size_t of_plot(const size_t *ends, size_t plot, size_t nr_plots)
{
    return nr_plots > 1 ? ends[0] + (ends[1] - ends[0]) * plot / (nr_plots - 1) : ends[1];
}

static void make_page(const struct amounts *amounts)
{
    const struct la_page made = {.dir = fixture_dir, .results_dir = fixture_dir, .plots = &plots};
    struct la_why why = {""};
    char path[128], *text = NULL;
    size_t size;
    FILE *report = open_memstream(&text, &size);

    fputs("# Title\n\n", report);
    write_text_table(report, 3);
    if (amounts->nr_table_rows)
        write_text_table(report, amounts->nr_table_rows);
    plots.nr_plots = 0;
    for (size_t i = 0; i < amounts->nr_plots; i++) {
        char name[32];

        snprintf(name, sizeof name, "plot-%zu", i);
        la_plot_add(&plots, name, "A plot")->view = "lines series=name x=x y=y";
        write_svg(of_plot(amounts->marks, i, amounts->nr_plots));
        write_data(of_plot(amounts->rows, i, amounts->nr_plots), amounts->nr_columns);
        fprintf(report, "![A plot](plots/%s.svg)\n\n", name);
    }
    fclose(report);
    fixture_write_text(fixture_dir, "report.md", text);
    free(text);
    if (la_report_html_write(&made, PLOT_SCRIPTS, "Title", &why))
        fail_msg("%s", why.line);
    snprintf(path, sizeof path, "%s/report.html", fixture_dir);
    free(page.bytes);
    assert_int_equal(la_text_read(path, &page), 0);
}

static size_t count(const char *what)
{
    size_t nr = 0;

    for (const char *at = page.bytes; (at = strstr(at, what)); at++)
        nr++;
    return nr;
}

static int clear(void **state)
{
    free(page.bytes);
    page.bytes = NULL;
    return fixture_clear(state);
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make_plots, clear)

#define PICTURE " src=\"data:image/svg+xml,"
#define NAMED "; the picture is plots/plot-"
#define DATA "<script type=\"application/json\">"

/* Not all pictures fit: the largest are named, and all data and tables are there. */
static void a_large_run_has_a_page_of_bounded_size(void **state)
{
    (void)state;
    make_page(&(struct amounts){NR_PLOTS, {100, NR_MARKS}, {NR_ROWS, NR_ROWS}, 0, 0});
    assert_in_range(page.size, LA_PAGE_MAX_BYTES / 2, LA_PAGE_MAX_BYTES);
    assert_in_range(count(PICTURE), 1, NR_PLOTS - 1);
    assert_int_equal(count(PICTURE) + count(NAMED), NR_PLOTS);
    assert_int_equal(count(DATA), NR_PLOTS);
    assert_int_equal(count("<details>"), NR_PLOTS);
    assert_non_null(strstr(page.bytes, NAMED "23.svg"));
    assert_null(strstr(page.bytes, NAMED "0.svg"));
}

static void a_small_run_has_all_its_pictures(void **state)
{
    (void)state;
    make_page(&(struct amounts){NR_PLOTS, {1, NR_MARKS / 100}, {15, 15}, 0, 0});
    assert_int_equal(count(PICTURE), NR_PLOTS);
    assert_int_equal(count(NAMED), 0);
    assert_null(strstr(page.bytes, "gnuplot_plot_"));
    assert_non_null(strstr(page.bytes, "translate(7.87,126.71)"));
}

/* Pictures of one size are there all or not at all: it is by their size that they are chosen. */
static void pictures_of_one_size_keep_to_the_bound(void **state)
{
    (void)state;
    make_page(&(struct amounts){NR_PLOTS, {NR_MARKS / 2, NR_MARKS / 2}, {9, 9}, 0, 0});
    assert_true(page.size <= LA_PAGE_MAX_BYTES);
    assert_int_equal(count(NAMED), NR_PLOTS);
}

/* Then the picture is there for readers with script, too, and before others. */
static void too_much_data_is_left_to_the_picture(void **state)
{
    (void)state;
    make_page(&(struct amounts){NR_PLOTS, {1, 30}, {3 * NR_ROWS, 3 * NR_ROWS}, 0, 0});
    assert_in_range(count(DATA), 1, NR_PLOTS - 1);
    assert_true(page.size <= LA_PAGE_MAX_BYTES);
    make_page(&(struct amounts){1, {30, 30}, {50 * NR_ROWS, 50 * NR_ROWS}, 0, 0});
    assert_int_equal(count(DATA), 0);
    assert_int_equal(count(PICTURE), 1);
    assert_int_equal(count("<details>"), 1);
    make_page(&(struct amounts){NR_PLOTS / 2, {2000, 2000}, {10, 8 * NR_ROWS}, 0, 0});
    assert_true(page.size <= LA_PAGE_MAX_BYTES);
    assert_int_equal(count(PICTURE) + count(DATA), NR_PLOTS / 2);
    assert_null(strstr(page.bytes, NAMED "11.svg"));
    assert_non_null(strstr(page.bytes, NAMED "0.svg"));
}

/* The longest tables are cut, those of plots evenly; each says which file has all of it. */
static void tables_of_many_wide_plots_keep_to_the_bound(void **state)
{
    (void)state;
    make_page(&(struct amounts){LA_MAX_PLOTS, {300, 300}, {20, NR_ROWS / 2}, 20, 9000});
    assert_in_range(page.size, LA_PAGE_MAX_BYTES / 3, LA_PAGE_MAX_BYTES);
    assert_int_equal(count("<details>"), LA_MAX_PLOTS);
    assert_non_null(strstr(page.bytes, "<summary>Table of this plot, 20 rows</summary>"));
    assert_null(strstr(page.bytes, "all of them are in plots/plot-0.tsv"));
    assert_non_null(strstr(page.bytes, "all of them are in plots/plot-63.tsv"));
    assert_true(count("<tr><td>percpu+glibc") > 20 * LA_MAX_PLOTS);
    assert_non_null(strstr(page.bytes, "of 9000 rows are shown; all of them are in report.md"));
    assert_non_null(strstr(page.bytes, "<td>contender 99</td>"));
    assert_null(strstr(page.bytes, "<td>contender 8999</td>"));
    assert_int_equal(count("rows are shown; all of them are in report.md"), 1);
    assert_int_equal(count("<table>"), count("</table>"));
    assert_int_equal(count("<tbody>"), count("</tbody>"));
}

/* Of a page with much text the tables take all that is left, and each says more once it is cut. */
static void what_cut_tables_say_is_within_the_bound(void **state)
{
    enum { NR_TABLES = 100, LENGTH = 20000, AROUND_WHOLE = 40, AROUND_CUT = 250 };
    const size_t text = LA_PAGE_MAX_BYTES / 2;
    struct la_page_room room;
    size_t length;

    (void)state;
    la_page_room_begin(&room);
    for (size_t i = 0; i < NR_TABLES; i++)
        la_page_room_add(&room, LA_PAGE_TABLE, LENGTH + LA_PAGE_AROUND_TABLE_BYTES);
    la_page_room_share(&room, text + NR_TABLES * (size_t)(LENGTH + AROUND_WHOLE));
    length = room.most[LA_PAGE_TABLE] - LA_PAGE_AROUND_TABLE_BYTES;
    la_page_room_end(&room);
    assert_in_range(length, LENGTH / 2, LENGTH - 1);
    assert_in_range(text + NR_TABLES * (length + AROUND_CUT), 0, LA_PAGE_MAX_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(a_large_run_has_a_page_of_bounded_size),
        PAGE_TEST(a_small_run_has_all_its_pictures),
        PAGE_TEST(pictures_of_one_size_keep_to_the_bound),
        PAGE_TEST(too_much_data_is_left_to_the_picture),
        PAGE_TEST(tables_of_many_wide_plots_keep_to_the_bound),
        cmocka_unit_test(what_cut_tables_say_is_within_the_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
