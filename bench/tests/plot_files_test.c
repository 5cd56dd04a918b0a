/* SPDX-License-Identifier: MIT */
/*
 * plot_files_test.c: plots of what other commands than `bench` leave in a result directory:
 * degrade.json, memory.json with memory.tsv, latency.json. Their data files, and that gnuplot draws
 * them, also of as little as there can be.
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
#include "plots.h"
#include "text_file.h"

static char to[96];
static struct la_plots plots;

static int make(void **state)
{
    const int error = fixture_make_plots(state);

    snprintf(to, sizeof to, "%s/plots", fixture_dir);
    memset(&plots, 0, sizeof plots);
    return error;
}

static void draw(la_plot_write_fn *write)
{
    const struct la_plot_input input = {.dir = fixture_dir, .to = to};
    struct la_why why = {""};

    if (write(&input, &plots, &why))
        fail_msg("%s", why.line);
    assert_true(plots.nr_plots > 0);
    for (size_t i = 0; i < plots.nr_plots; i++) {
        if (la_plots_draw(&plots.plots[i], PLOT_SCRIPTS, to, &why))
            fail_msg("%s", why.line);
    }
}

/* A row of <name>.tsv. */
static void has_row(const char *name, const char *row)
{
    struct la_why why = {""};
    struct la_text text;
    char file[64];

    snprintf(file, sizeof file, "%s.tsv", name);
    if (la_text_need(to, file, &text, &why))
        fail_msg("%s", why.line);
    if (!strstr(text.bytes, row))
        fail_msg("%s has no row %s:\n%s", file, row, text.bytes);
    free(text.bytes);
}

#define FIGURE(name, median, low, high) \
    "\"" name "\": {\"median\": " #median ", \"low\": " #low ", \"high\": " #high "}"

#define DISTURBED(contender, nuisance, asked, got, mops)                                          \
    "{\"contender\": \"" contender "\", \"nuisance\": \"" nuisance "\", \"asked_per_s\": " #asked \
    ", \"figures\": {" FIGURE("events_per_s", got, null, null) ", " FIGURE(                       \
        "ops_per_s", mops, 20e6, 70e6) ", " FIGURE("p999_ns", 4000, 3000, 5000) "}}"

/* A rate so low that no event came is not the undisturbed one. */
static void degrade(void **state)
{
    (void)state;
    fixture_write_text(fixture_dir, "degrade.json",
                       "{\"cells\": [" DISTURBED("malloc+glibc", "none", 0, 0, 50e6) ", " DISTURBED(
                           "malloc+glibc", "signal", 10, 0,
                           40e6) ", " DISTURBED("percpu+glibc", "none", 0, 0, 60e6) "]}");
    draw(la_plot_degrade);
    has_row("degrade", "2\tsignal\t1\tmalloc+glibc\t10\t0\t40\t20\t70\t4\t3\t5\n");
    has_row("degrade", "3\tmigrate\t2\tpercpu+glibc\t0\t0\t60\t20\t70\t4\t3\t5\n");
}

#define KEPT(contender, label, depth, slab, retained, mops)                                 \
    "{\"contender\": \"" contender "\", \"label\": \"" label "\", \"depth\": " #depth       \
    ", \"slab_bytes\": " #slab ", \"pareto_optimal\": true, \"figures\": {" FIGURE(         \
        "ops_per_s", mops, null, null) ", " FIGURE("cached_busy_bytes", slab, null,         \
                                                   null) ", " FIGURE("retained_busy_bytes", \
                                                                     retained, null, null) "}}"

#define MALLOC_KEPT KEPT("malloc+glibc", "malloc", null, null, 102400, 9e6)

static void retention(void **state)
{
    (void)state;
    fixture_write_text(fixture_dir, "memory.json",
                       "{\"settings\": {\"depths\": [64, 256]}, \"cells\": [" MALLOC_KEPT
                       ", " KEPT("percpu+glibc", "list", 256, 10240, 20480, 90e6) "]}");
    fixture_write_text(fixture_dir, "memory.tsv",
                       "contender\tdepth\tstage\tseconds\tlive_bytes\tcached_bytes\t"
                       "resident_bytes\n"
                       "percpu+glibc\t256\tbusy\t0.01\t0\t1024\t4096\n"
                       "percpu+glibc\t256\tpeak\t0.02\t2048\t0\t8192\n"
                       "percpu+glibc\t64\tpeak\t0.02\t2048\t0\t9216\n"
                       "malloc+glibc\t0\tpeak\t0.02\t2048\tnan\t8192\n");
    draw(la_plot_retention);
    has_row("retention-frontier", "1\tmalloc+glibc\t0\t100\t-\t9\t9\t9\t1\n");
    has_row("retention-frontier", "2\tpercpu+glibc\t256\t20\t20\t90\t90\t90\t1\n");
    has_row("retention-time", "1\tpercpu+glibc\tpeak\t0.02\t2\t0\t8\n");
    has_row("retention-time", "2\tmalloc+glibc\tpeak\t0.02\t2\tNaN\t8\n");
}

static void retention_without_a_list(void **state)
{
    (void)state;
    fixture_write_text(fixture_dir, "memory.json",
                       "{\"settings\": {\"depths\": []}, \"cells\": [" MALLOC_KEPT "]}");
    draw(la_plot_retention);
    has_row("retention-frontier", "1\tmalloc+glibc\t0\t100\t-\t9\t9\t9\t1\n");
}

#define RESPONSES(view, p) "\"" view "\": {\"by_block\": {" FIGURE("p" p "_ns", 50, null, null) "}}"

#define ARRIVALS(contender, rate, overloaded)                                                 \
    "{\"contender\": \"" contender "\", \"rate\": " #rate ", \"threads\": 2, \"blocks\": 6, " \
    "\"overloaded\": " #overloaded ", " RESPONSES("response", "50") ", " RESPONSES(           \
        "response_without_machine", "999") ", \"causes\": {\"hit\": {\"beyond_p99\": 3}, "    \
                                           "\"machine\": {\"beyond_p99\": 1}}}"

static void openloop(void **state)
{
    (void)state;
    fixture_write_text(
        fixture_dir, "latency.json",
        "{\"runs\": [{\"settings\": {\"threads\": 2}, \"cells\": [" ARRIVALS(
            "floor", 1e6,
            false) ", " ARRIVALS("percpu+glibc", 1e6,
                                 false) ", " ARRIVALS("floor", 2e6,
                                                      false) ", " ARRIVALS("percpu+glibc", 2e6,
                                                                           true) "]}]}");
    draw(la_plot_openloop);
    has_row("openloop", "1\t2 threads, median\t2\tpercpu+glibc\t1\t50\t50\t50\n");
    has_row("openloop", "3\t2 threads, p99.9 without machine\t1\tfloor\t2\t50\t50\t50\n");
    has_row("openloop-tail", "1\t2 threads, 1 million/s\t2\tpercpu+glibc\tmachine\t0.75\t0.25\n");
}

/* As tall as a suite of many workloads makes one. */
static void a_tall_picture_is_drawn(void **state)
{
    const struct la_plot plot = {.name = "tall", .script = "tall"};
    struct la_why why = {""};

    (void)state;
    fixture_write_text(fixture_dir, "tall.gp",
                       "data = ARG1\nout = ARG2\nload '" PLOT_SCRIPTS
                       "/style.gp'\nheight = 20000\neval page_terminal(height)\n"
                       "set output out\nplot x\n");
    if (la_plots_draw(&plot, fixture_dir, to, &why))
        fail_msg("%s", why.line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST_AFTER(make, degrade),
        FIXTURE_TEST_AFTER(make, retention),
        FIXTURE_TEST_AFTER(make, retention_without_a_list),
        FIXTURE_TEST_AFTER(make, openloop),
        FIXTURE_TEST_AFTER(make, a_tall_picture_is_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
