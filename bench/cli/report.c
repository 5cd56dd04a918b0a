/* SPDX-License-Identifier: MIT */
/*
 * report.c: `lookaside report`: plots, report.md and report.html from the results of one run. Adds
 * to the analysis what that layer may not know: how a topology is printed.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "dir_argument.h"
#include "platform.h"
#include "topology.h"

static int parse(struct cli_dir_argument *argument, int argc, char **argv)
{
    static const char doc[] =
        "Makes DIR/plots (SVG and PNG, with their data), DIR/report.md, DIR/report.html (one "
        "file for a browser: values can be read off its plots, contenders be left out, tables "
        "be sorted) and DIR/choice.json from the results in DIR. Needs "
        "gnuplot and cmark-gfm.\v"
        "Examples:\n"
        "  lookaside report results/latest\n"
        "  lookaside report results/latest && xdg-open results/latest/report.html";
    const struct argp_option flag = {"quiet", 'q', NULL, 0, "print nothing but errors", 0};

    return cli_parse_dir("report", flag, doc, argc, argv, argument);
}

/* The tree of the machine that was measured, which need not be this one; NULL if unknown. */
static char *topology_text(const char *dir)
{
    char path[4096], *text = NULL;
    const char *why;
    size_t size;
    struct la_topology *topology;
    FILE *stream;

    snprintf(path, sizeof path, "%s/topology.xml", dir);
    if (access(path, R_OK) != 0)
        return NULL;
    topology = la_topology_load(NULL, path, &why);
    if (!topology)
        return NULL;
    stream = open_memstream(&text, &size);
    if (stream) {
        la_topology_print(topology, stream);
        fclose(stream);
    }
    la_topology_free(topology);
    return text;
}

static struct cli_progress progress;

/* The time left is told from plots alone: what comes before them has nothing to tell it from. */
static void show_progress(size_t done, size_t total)
{
    if (done == 0)
        progress.started_ns = la_now_ns();
    progress.total = (double)total;
    cli_progress_update(&progress, (double)done, "plots");
}

static void say_what_was_made(const char *dir, const struct la_plots *plots)
{
    char shown[CLI_SHOWN];
    size_t nr_drawn = 0;

    for (size_t i = 0; i < plots->nr_plots; i++) {
        nr_drawn += !*plots->plots[i].absent;
        if (*plots->plots[i].absent)
            printf("no plot of %s: %s\n", plots->plots[i].script, plots->plots[i].absent);
    }
    printf("%s/report.html, report.md, choice.json, and %zu plots in plots/\n",
           cli_shown(dir, shown), nr_drawn);
}

int cmd_report(int argc, char **argv)
{
    struct cli_dir_argument argument = {0};
    struct la_report_request request = {.progress = show_progress, .interrupted = cli_interrupted};
    struct la_plots plots;
    struct la_why why = {""};
    uint64_t started_ns;
    char *text;
    int result = parse(&argument, argc, argv);

    if (result != CLI_DONE)
        return result;
    cli_catch_interrupts();
    text = topology_text(argument.dir);
    request.dir = argument.dir;
    request.topology_text = text;
    cli_progress_start(&progress, "report", 1, argument.flag);
    started_ns = progress.started_ns;
    result = la_report_make(&request, &plots, &why);
    free(text);
    if (result) {
        cli_progress_abandon(&progress);
        return cli_bad("%s", why.line);
    }
    progress.started_ns = started_ns;
    cli_progress_end(&progress);
    if (!argument.flag)
        say_what_was_made(argument.dir, &plots);
    return CLI_DONE;
}
