/* SPDX-License-Identifier: MIT */
/*
 * report_tool_test.c: `lookaside report` as its user meets it: every file made, the page whole in
 * itself, and nothing changed when it cannot be made.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cli.h"
#include "fixture.h"
#include "tool.h"

static int report(const char *environment)
{
    return tool_run_with(environment, "report %s", fixture_dir);
}

static long size_of(const char *name)
{
    char path[128];
    struct stat found;

    snprintf(path, sizeof path, "%s/%s", fixture_dir, name);
    return stat(path, &found) == 0 ? (long)found.st_size : -1;
}

/* The file's text; the caller frees it. */
static char *text_of(const char *name)
{
    const long size = size_of(name);
    char path[128], *text;
    FILE *stream;

    assert_true(size > 0);
    text = malloc((size_t)size + 1);
    assert_non_null(text);
    snprintf(path, sizeof path, "%s/%s", fixture_dir, name);
    stream = fopen(path, "r");
    assert_non_null(stream);
    assert_int_equal(fread(text, 1, (size_t)size, stream), size);
    fclose(stream);
    text[size] = '\0';
    return text;
}

static size_t nr_entries(void)
{
    DIR *stream = opendir(fixture_dir);
    size_t nr = 0;

    assert_non_null(stream);
    while (readdir(stream))
        nr++;
    closedir(stream);
    return nr - 2;
}

static struct fixture run(void)
{
    return (struct fixture){
        .workloads = {"pair", "handoff"},
        .threads = {1, 2},
        .nr_blocks = 7,
        .noise = 0.02,
        .seed = 5,
        .contenders = {
            FIXTURE_STANDARD,
            {.name = "percpu+glibc", .ns_per_op = 4, .kept_entries = 200},
            {.name = "spinlock+glibc", .ns_per_op = 7, .slowdown = 9, .kept_entries = 100}}};
}

#define CELL "pair/percpu+glibc/size:256/depth:256/placement:compact/threads:2"

static void write_other_files(void)
{
    fixture_write_text(fixture_dir, "latency.tsv",
                       "# a comment\ncell\tkind\tkey\tvalue\n" CELL "\tsamples\tall\t45000\n" CELL
                       "\tpercentile\t50\t6.2\n" CELL "\tpercentile\t99\t41\n");
    fixture_write_text(fixture_dir, "adapt.tsv",
                       "strategy\tpolicy\tprofile\ttick\tseconds\tdemand\tdepth\theld\talloc_hit\t"
                       "allocates\tmisses\tcached_bytes\n"
                       "percpu\tbalance\tstep\t0\t0\t16\t4\t4\t0.5\t128\t64\t1024\n"
                       "percpu\tbalance\tstep\t1\t1\t16\t40\t16\t0.9\t128\t12\t4096\n"
                       "percpu\tbalance\tstep\t2\t2\t0\t40\t16\tnan\t0\t0\t4096\n");
    fixture_write_text(
        fixture_dir, "adaptation.tsv",
        "strategy\tpolicy\tprofile\trepetition\tseed\tticks\tto_95_ticks\tovershoot\t"
        "steady_hit\tallocates\tmisses\thits_lost\tkept_byte_s\twanted_byte_s\t"
        "end_bytes\n"
        "percpu\tbalance\tstep\t0\t0\t100\t4\t8\t0.998\t1000\t20\t9\t2000000\t"
        "1000000\t4096\n"
        "spinlock\tbalance\tstep\t0\t0\t100\t4\t8\t0.998\t1000\t20\t9\t2000000\t"
        "1000000\t4096\n");
    fixture_write_text(fixture_dir, "manifest.json",
                       "{\"schema\": 1, \"started_utc\": \"<i>[now](http://example.org)\", "
                       "\"tool\": {\"describe\": \"`1`\"}, \"host\": {\"name\": \"testhost\", "
                       "\"glibc\": \"2.36\"}, "
                       "\"machine\": {\"cpu\": {\"name\": \"A <b>CPU</b> | of ours\"}, "
                       "\"hypervisor\": true, \"pmu\": \"unavailable: no counter\"}}");
    fixture_write_text(fixture_dir, "topology.svg",
                       "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>");
}

static int make(void **state)
{
    const struct fixture fixture = run();

    fixture_make(state);
    fixture_write_bench(fixture_dir, &fixture);
    write_other_files();
    return 0;
}

/* For the tests that only read what one report made. */
static int make_report(void **state)
{
    make(state);
    return report("") == CLI_DONE ? 0 : -1;
}

static void refuses(const char *environment, const char *text)
{
    const size_t before = nr_entries();

    assert_int_equal(report(environment), CLI_BAD);
    /* One line, of the complaint: no progress of work that came to nothing. */
    tool_said_one_line(text);
    assert_memory_equal(tool_output, "lookaside: ", strlen("lookaside: "));
    if (nr_entries() != before)
        fail_msg("%zu entries instead of %zu after: %s", nr_entries(), before, text);
}

static void everything_is_made(void **state)
{
    static const char *const plots[] = {"ranking", "throughput", "cost",       "hit",    "latency",
                                        "memory",  "adapt-step", "adaptation", "scaling"};

    (void)state;
    tool_said("9 plots");
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++) {
        static const char *const suffixes[] = {"svg", "png", "tsv"};

        for (size_t j = 0; j < 3; j++) {
            char name[64];

            snprintf(name, sizeof name, "plots/%s.%s", plots[i], suffixes[j]);
            if (size_of(name) < 100)
                fail_msg("%s has %ld bytes", name, size_of(name));
        }
    }
    assert_true(size_of("report.md") > 1000);
    assert_true(size_of("choice.json") > 1000);
    assert_int_equal(nr_entries(), 6 + 4); /* the inputs; plots, two reports, the choice */
}

/* No picture, style or script is fetched from anywhere when the page is opened. */
static void the_page_is_whole_in_itself(void **state)
{
    size_t nr_pictures = 0;
    char *page;

    (void)state;
    page = text_of("report.html");
    for (const char *at = page; (at = strstr(at, " src=\"")); at++) {
        if (strncmp(at, " src=\"data:image/", strlen(" src=\"data:image/")) != 0)
            fail_msg("not embedded: %.60s", at);
        nr_pictures++;
    }
    assert_int_equal(nr_pictures, 9 + 1); /* plots and the topology */
    assert_null(strstr(page, "<link"));
    assert_null(strstr(page, "@import"));
    for (size_t i = 0; i < 2; i++) {
        const char *reference = i ? "url(" : "href=\"";

        for (const char *at = page; (at = strstr(at, reference)); at++) {
            /* Within a picture a fragment's '#' is written as in a URL. */
            if (at[strlen(reference)] != '#' && strncmp(at + strlen(reference), "%23", 3) != 0)
                fail_msg("leads elsewhere: %.60s", at);
        }
    }
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_non_null(strstr(page, "<title>Lookaside lists on testhost</title>"));
    assert_non_null(strstr(page, "</html>"));
    free(page);
}

static void the_text_says_what_matters(void **state)
{
    char *text;

    (void)state;
    text = text_of("report.md");
    assert_non_null(
        strstr(text, "| balance | percpu, spinlock | 4 | 8 | 99.8 | 9.0 | 19.5 | 2.00 |"));
    assert_non_null(strstr(text, "**No law is fitted in this run**: how many CPUs"));
    assert_non_null(strstr(text, "Adopt percpu+glibc"));
    assert_non_null(strstr(text, "lookaside_strategy_find(\"percpu\")"));
    assert_non_null(strstr(text, "A/A"));
    assert_non_null(strstr(text, "0 of 28 blocks were rejected"));
    assert_non_null(strstr(text, "virtual machine"));
    assert_non_null(strstr(text, "unavailable: no counter"));
    assert_non_null(strstr(text, "--seed 1"));
    free(text);
}

/* Text of the machine's stays text. */
static void markup_in_the_manifest_is_text(void **state)
{
    char *page;

    (void)state;
    page = text_of("report.html");
    assert_non_null(strstr(page, "A &lt;b&gt;CPU&lt;/b&gt; | of ours"));
    assert_non_null(strstr(page, "Measured &lt;i&gt;[now](http://example.org)"));
    assert_non_null(strstr(page, "lookaside `1`"));
    free(page);
}

/* Without script there are gnuplot's pictures, with the tables of what they show. */
static void the_page_reads_without_script(void **state)
{
    char *page;

    (void)state;
    page = text_of("report.html");
    assert_null(strstr(page, "<img hidden"));
    assert_null(strstr(page, "<button"));
    assert_non_null(strstr(page, "<figcaption>Operations per second"));
    assert_non_null(strstr(page, "<tr><td>pair<td>percpu+glibc<td>2<td>"));
    free(page);
}

static void a_second_report_replaces_the_first(void **state)
{
    size_t before;

    (void)state;
    assert_int_equal(report(""), CLI_DONE);
    before = nr_entries();
    fixture_write_text(fixture_dir, "plots/stray.svg", "left from before");
    assert_int_equal(report(""), CLI_DONE);
    assert_int_equal(nr_entries(), before);
    assert_int_equal(size_of("plots/stray.svg"), -1);
}

static void remove_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", fixture_dir, name);
    assert_int_equal(remove(path), 0);
}

static void missing_parts_are_said_to_be_missing(void **state)
{
    char *text;

    (void)state;
    remove_file("latency.tsv");
    remove_file("adapt.tsv");
    remove_file("manifest.json");
    remove_file("topology.svg");
    assert_int_equal(report(""), CLI_DONE);
    tool_said("no plot of latency: there is no latency.tsv in this run");
    tool_said("no plot of adapt: there is no adapt.tsv in this run");
    text = text_of("report.md");
    assert_non_null(strstr(text, "There is no plot of adapt: there is no adapt.tsv"));
    assert_non_null(strstr(text, "there is no manifest.json"));
    assert_non_null(strstr(text, "The topology is unknown"));
    assert_null(strstr(text, "latency.svg"));
    free(text);
}

/* A run on a machine that was never quiet has a report too. */
static void a_run_without_accepted_blocks_has_a_report(void **state)
{
    struct fixture fixture = run();
    char *text;

    (void)state;
    fixture.rejected = 0x7f;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(report(""), CLI_DONE);
    tool_said("no plot of throughput: no block was accepted");
    text = text_of("report.md");
    assert_non_null(strstr(text, "28 of 28 blocks were rejected"));
    free(text);
    fixture.rejected = 0x3f;
    fixture_write_bench(fixture_dir, &fixture);
    assert_int_equal(report(""), CLI_DONE);
    assert_true(size_of("plots/throughput.svg") > 100);
}

static void missing_programs_are_named(void **state)
{
    char path[256], text[128];

    (void)state;
    refuses("PATH=/nonexistent", "gnuplot is not installed");
    tool_said("gnuplot-nox");
    snprintf(path, sizeof path, "%s/gnuplot", fixture_dir);
    fixture_write_text(fixture_dir, "gnuplot",
                       "#!/bin/sh\necho 'terminal is broken' >&2\nexit 3\n");
    assert_int_equal(chmod(path, 0755), 0);
    snprintf(text, sizeof text, "PATH=%s", fixture_dir);
    refuses(text, "cmark-gfm is not installed");
    snprintf(text, sizeof text, "PATH=%s:$PATH", fixture_dir);
    refuses(text, "gnuplot failed (status 3): terminal is broken");
}

static void missing_scripts_are_named(void **state)
{
    (void)state;
    refuses("LOOKASIDE_PLOTS=/nonexistent", "no plot scripts in /nonexistent");
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    fixture_write_text(fixture_dir, "adapt.tsv", "strategy\tpolicy\n");
    refuses("", "adapt.tsv: no column profile");
    fixture_write_text(fixture_dir, "adapt.tsv",
                       "strategy\tpolicy\tprofile\tseconds\tdemand\tdepth\theld\talloc_hit\t"
                       "cached_bytes\npercpu\tfixed\tstep\t0\t1\n");
    refuses("", "adapt.tsv: line 2 has no depth; truncated?");
    fixture_write_text(fixture_dir, "adapt.tsv",
                       "strategy\tpolicy\tprofile\tseconds\tdemand\tdepth\theld\talloc_hit\t"
                       "cached_bytes\npercpu\tfixed\t../step\t0\t1\t2\t3\t1\t4\n");
    refuses("", "adapt.tsv: line 2: no names");
    remove_file("adapt.tsv");
    fixture_write_text(fixture_dir, "latency.tsv",
                       "cell\tkind\tkey\tvalue\n" CELL "\tpercentile\t50\tx\n");
    refuses("", "latency.tsv: line 2: value 'x' is not a number");
    fixture_write_text(fixture_dir, "latency.tsv",
                       "cell\tkind\tkey\tvalue\nother\tpercentile\t50\t1\n");
    refuses("", "latency.tsv: line 2 is of no cell in bench.json");
    remove_file("latency.tsv");
    fixture_write_text(fixture_dir, "manifest.json", "{\"schema\": 1, ");
    refuses("", "manifest.json is no complete JSON");
    fixture_write_text(fixture_dir, "bench.json", "{\"benchmarks\": [{");
    refuses("", "bench.json is no complete JSON");
}

int main(void)
{
    const struct CMUnitTest reading[] = {
        cmocka_unit_test(everything_is_made),
        cmocka_unit_test(the_page_is_whole_in_itself),
        cmocka_unit_test(the_text_says_what_matters),
        cmocka_unit_test(the_page_reads_without_script),
        cmocka_unit_test(markup_in_the_manifest_is_text),
    };
    const struct CMUnitTest making[] = {
        FIXTURE_TEST_AFTER(make, a_second_report_replaces_the_first),
        FIXTURE_TEST_AFTER(make, missing_parts_are_said_to_be_missing),
        FIXTURE_TEST_AFTER(make, a_run_without_accepted_blocks_has_a_report),
        FIXTURE_TEST_AFTER(make, missing_programs_are_named),
        FIXTURE_TEST_AFTER(make, missing_scripts_are_named),
        FIXTURE_TEST_AFTER(make, wrong_files_are_refused),
    };

    return cmocka_run_group_tests_name("reading", reading, make_report, fixture_clear) +
           cmocka_run_group_tests_name("making", making, NULL, NULL);
}
