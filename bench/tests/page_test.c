/* SPDX-License-Identifier: MIT */
/*
 * page_test.c: report.html in a browser. Chromium loads the page from a file, without a window;
 * page_checks.js, put behind the page's own script, uses it and says what it found, and Chromium
 * prints the document that this leaves. Nothing of a browser's is tested without one: exit 77.
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
#include "process.h"
#include "report_html.h"
#include "shell.h"
#include "text_file.h"

enum { OUTPUT_BYTES = 1 << 16, SKIPPED = 77 };

static char dir[64];
static char output[OUTPUT_BYTES];

static struct la_text read_text(const char *path)
{
    struct la_text text;

    if (la_text_read(path, &text))
        fail_msg("cannot read %s", path);
    return text;
}

/* The page's own <title> is the first, its </body> the last. */
static char *find(struct la_text *page, const char *text, bool last)
{
    char *at = strstr(page->bytes, text);

    assert_non_null(at);
    for (char *next = at; last && (next = strstr(next + 1, text));)
        at = next;
    return at;
}

static void insert(struct la_text *page, const char *at, const char *what)
{
    const size_t head = (size_t)(at - page->bytes);
    char *whole;

    whole = malloc(page->size + strlen(what) + 1);
    assert_non_null(whole);
    memcpy(whole, page->bytes, head);
    strcpy(whole + head, what);
    strcat(whole, at);
    free(page->bytes);
    page->bytes = whole;
    page->size += strlen(what);
}

/* The page with a recorder of errors before and the checks behind everything else. */
static void write_checked_page(const char *wanted)
{
    struct la_text page, checks = read_text(PAGE_CHECKS);
    char path[128], *script = malloc(checks.size + 4096);

    assert_non_null(script);
    snprintf(path, sizeof path, "%s/report.html", dir);
    page = read_text(path);
    snprintf(script, checks.size + 4096,
             "<script>const errors = [], wanted = %s;\n"
             "addEventListener('error', (e) => errors.push(e.message || 'a resource'), true);\n"
             "addEventListener('unhandledrejection', (e) => errors.push(e.reason));\n"
             "addEventListener('securitypolicyviolation', (e) => errors.push(e.blockedURI));\n"
             "for (const level of ['error', 'warn'])\n"
             "  console[level] = (...words) => errors.push(words.join(' '));</script>\n",
             wanted);
    insert(&page, find(&page, "<title>", false), script);
    snprintf(script, checks.size + 4096, "<script>%s</script>\n", checks.bytes);
    insert(&page, find(&page, "</body>", true), script);
    fixture_write_text(dir, "checked.html", page.bytes);
    free(page.bytes);
    free(checks.bytes);
    free(script);
}

/* As root, which a container's user is, Chromium refuses to run with its sandbox. */
static void browse(const char *page, const char *wanted, const char *options)
{
    char command[1024];

    write_checked_page(wanted);
    snprintf(command, sizeof command,
             "HOME=%s chromium --headless=new --no-sandbox --disable-gpu --no-first-run "
             "--disable-extensions --disable-background-networking --disable-dev-shm-usage "
             "--user-data-dir=%s/profile %s --virtual-time-budget=2000 --dump-dom file://%s/%s "
             "2>%s/browser.log | sed -n '/<pre>CHECKS/,/^END/{/^ok/!p}'",
             dir, dir, options, dir, page, dir);
    shell_run(command, output, sizeof output);
    if (!strstr(output, "END ") || strstr(output, "FAILED "))
        fail_msg("%s with %s: %s", page, options, *output ? output : "no checks came back");
}

/* Chromium's windows are 500 pixels wide at least; a frame has the width that it is given. */
static void write_frame(int width)
{
    char text[512];

    snprintf(text, sizeof text,
             "<!DOCTYPE html><body><iframe src='checked.html' width='%d' height='844' "
             "style='border:0'></iframe><script>addEventListener('message', (e) => {\n"
             "const pre = document.createElement('pre');\n"
             "pre.textContent = e.data; document.body.append(pre); });</script></body>",
             width);
    fixture_write_text(dir, "frame.html", text);
}

static int make(void **state)
{
    (void)state;
    fixture_make_dir(dir);
    return 0;
}

static int clear(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s/profile", dir);
    shell_run(command, output, sizeof output);
    fixture_remove_dir(dir);
    return 0;
}

#define CELL "pair/percpu+glibc/size:256/depth:256/placement:compact/threads:2"

static void make_report(void)
{
    char command[256];
    const struct fixture fixture = {
        .workloads = {"pair", "handoff"},
        .threads = {1, 2},
        .nr_blocks = 7,
        .noise = 0.02,
        .seed = 5,
        .contenders = {
            FIXTURE_STANDARD,
            {.name = "malloc+jemalloc", .ns_per_op = 9},
            {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 200},
            {.name = "spinlock+glibc", .ns_per_op = 7, .slowdown = 9, .kept_entries = 100}}};

    fixture_write_bench(dir, &fixture);
    fixture_write_text(dir, "adapt.tsv",
                       "strategy\tpolicy\tprofile\tseconds\tdemand\tdepth\theld\talloc_hit\t"
                       "cached_bytes\n"
                       "percpu\tbalance\tstep\t0\t16\t4\t4\t0.5\t1024\n"
                       "percpu\tbalance\tstep\t1\t16\t40\t16\t0.9\t4096\n"
                       "percpu\tbalance\tstep\t2\t0\t40\t16\tnan\t4096\n");
    fixture_write_text(dir, "latency.tsv",
                       "cell\tkind\tkey\tvalue\n" CELL "\tpercentile\t50\t6.2\n" CELL
                       "\tpercentile\t99\t41\n");
    snprintf(command, sizeof command, LOOKASIDE_TOOL " report --quiet %s 2>&1", dir);
    if (shell_run(command, output, sizeof output))
        fail_msg("%s", output);
}

#define WANTED(width, dark) \
    "{plots: 8, contender: 'percpu+glibc', width: " #width ", dark: " #dark "}"

static void it_works_in_every_window(void **state)
{
    (void)state;
    make_report();
    browse("checked.html", WANTED(1280, false), "--window-size=1280,900");
    write_frame(390);
    browse("frame.html", WANTED(390, true), "--blink-settings=preferredColorScheme=0");
}

/* A page of one plot, which has that view of that data. */
static void make_page(const char *caption, const char *view, const char *data, const char *report,
                      const char *title)
{
    struct la_plots *plots = calloc(1, sizeof *plots);
    const struct la_page page = {.dir = dir, .results_dir = dir, .plots = plots};
    struct la_why why = {""};
    char command[128];

    assert_non_null(plots);
    la_plot_add(plots, "plot", caption)->view = view;
    snprintf(command, sizeof command, "mkdir %s/plots", dir);
    assert_int_equal(shell_run(command, output, sizeof output), 0);
    fixture_write_text(dir, "plots/plot.tsv", data);
    fixture_write_text(dir, "plots/plot.svg",
                       "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>");
    fixture_write_text(dir, "report.md", report);
    if (la_report_html_write(&page, PLOT_SCRIPTS, title, &why))
        fail_msg("%s", why.line);
    free(plots);
}

/* Names in the data, the text and the title that would be markup if they were not escaped. */
#define HOSTILE "</script></td><img src=x onerror='hacked=1'>\"&amp;"

static void hostile_text_stays_text(void **state)
{
    (void)state;
    make_page(HOSTILE, "lines panel=title series=name x=x y=y",
              "title\tname\tx\ty\n" HOSTILE "\t<script>hacked=1</script>\t1\t2\n" HOSTILE
              "\t<script>hacked=1</script>\t2\t3e\\\n",
              "# Title\n\n<script>hacked=1</script>\n\n[a](javascript:hacked=1)\n\n"
              "| a | b |\n|---|---|\n| said \\<b\\>so\\</b\\> | <b>2</b> |\n\n"
              "![text](plots/plot.svg)\n",
              "A </title><script>hacked=1</script>");
    browse("checked.html",
           "{hostile: true, title: 'A </title><scr' + 'ipt>hacked=1</scr' + 'ipt>',\n"
           "panel: '</scr' + 'ipt></td><img src=x onerror=\\'hacked=1\\'>\"&amp;',\n"
           "series: '<script>hacked=1</scr' + 'ipt>'}",
           "");
}

static const char section[] = "# Title\n\n## Section\n\n![text](plots/plot.svg)\n";

static void a_logarithmic_axis_takes_any_interval(void **state)
{
    (void)state;
    make_page("Cost of an operation",
              "bars panel=title series=name x=ns low=low high=high base=floor log shared",
              "title\tname\tns\tlow\thigh\tfloor\npair\tpercpu+glibc\t4\t3.9\t4.1\t1\n"
              "pair\tmalloc+gslice\t10\t-0.5\t21\t1\n",
              section, "Title");
    browse("checked.html", "{logarithm: true}", "");
}

/* Two panels, the second one logarithmic; intervals in the first for one contender, in the second
 * for the other. */
static void each_axis_has_its_own_interval_and_scale(void **state)
{
    (void)state;
    make_page("On a noisy machine",
              "lines panel=nuisance series=name x=asked ordinal y=mops,p999 low=low,p999_low "
              "high=high,p999_high log=p999 zero shared",
              "nuisance\tname\tasked\tmops\tlow\thigh\tp999\tp999_low\tp999_high\n"
              "signal\tfloor\t0\t400\t390\t410\t0.1\t0.1\t0.1\n"
              "signal\tfloor\t10000\t200\t190\t210\t1000\t1000\t1000\n"
              "signal\tmalloc-aa+glibc\t0\t90\t90\t90\t1\t0.5\t2\n"
              "signal\tpercpu+glibc\t0\t300\t300\t300\t1\t1\t1\n"
              "signal\tpercpu+jemalloc\t0\t300\t300\t300\t1\t1\t1\n",
              section, "Title");
    browse("checked.html", "{axes: true}", "");
}

/* Fourteen panels of seven workloads, thirteen tables. */
static void of_many_panels_and_tables_some_are_shown(void **state)
{
    char *data = NULL, *report = NULL;
    size_t size;
    FILE *stream = open_memstream(&data, &size);

    (void)state;
    fputs("title\tname\tx\ty\n", stream);
    for (int i = 0; i < 28; i++)
        fprintf(stream, "load%d, %d B\tpercpu+glibc\t%d\t%d\n", i / 4, i / 2, i % 2 + 1, i);
    fclose(stream);
    stream = open_memstream(&report, &size);
    fputs("# Title\n\n## Cells\n\n![text](plots/plot.svg)\n\n", stream);
    for (int i = 0; i < 14; i++)
        fprintf(stream, "### Group %d\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n%s", i,
                i == 12 ? "## Few\n\n" : "");
    fclose(stream);
    make_page("Throughput", "lines panel=title series=name x=x y=y", data, report, "Title");
    browse("checked.html", "{many: true}", "");
    free(data);
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_works_in_every_window, make, clear),
        cmocka_unit_test_setup_teardown(hostile_text_stays_text, make, clear),
        cmocka_unit_test_setup_teardown(a_logarithmic_axis_takes_any_interval, make, clear),
        cmocka_unit_test_setup_teardown(each_axis_has_its_own_interval_and_scale, make, clear),
        cmocka_unit_test_setup_teardown(of_many_panels_and_tables_some_are_shown, make, clear),
    };

    if (!la_process_exists("chromium")) {
        puts("skipped (77): chromium is not installed (Debian package chromium)");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
