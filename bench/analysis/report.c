/* SPDX-License-Identifier: MIT */
/*
 * report.c: see report.h. Everything is made in a directory of its own inside the result directory
 * and moved into place when all of it is there, so that a missing program, a full disk or Ctrl-C
 * leave the results as they were.
 */
#include "report.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manifest_file.h"
#include "memory.h"
#include "plots.h"
#include "process.h"
#include "report_html.h"
#include "report_md.h"

struct maker {
    const struct la_report_request *request;
    const char *scripts;
    char work[4096 + 32];     /* where it is made */
    char pictures[4096 + 64]; /* its plots/ */
    struct la_run run;
    struct la_decision decision;
    struct la_plots *plots;
    json_t *manifest;
};

static int fail(struct la_why *why, const char *what, const char *path)
{
    snprintf(why->line, sizeof why->line, "%s %.800s: %s", what, path, strerror(errno));
    return -1;
}

static int check_programs(struct la_why *why)
{
    static const struct {
        const char *program, *purpose, *package;
    } needed[] = {
        {"gnuplot", "plots are drawn with it", "gnuplot-nox"},
        {"cmark-gfm", "report.html is made with it", "cmark-gfm"},
    };

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (la_process_exists(needed[i].program))
            continue;
        snprintf(why->line, sizeof why->line, "%s is not installed, and %s (Debian package %s)",
                 needed[i].program, needed[i].purpose, needed[i].package);
        return -1;
    }
    return 0;
}

static void choose(struct maker *maker)
{
    const struct la_selection all = {NULL, 0};
    struct la_choice_settings settings;

    la_choice_settings_init(&settings);
    la_decide(&maker->decision, &maker->run, &all, &settings, maker->manifest);
}

static int read_all(struct maker *maker, struct la_why *why)
{
    if (la_run_load(&maker->run, maker->request->dir, why))
        return -1;
    if (la_choice_check(&maker->run, why) ||
        la_manifest_read(maker->request->dir, &maker->manifest, why))
        return -1;
    choose(maker);
    return 0;
}

static int make_work(struct maker *maker, struct la_why *why)
{
    if ((size_t)snprintf(maker->work, sizeof maker->work, "%s/.report-XXXXXX",
                         maker->request->dir) >= sizeof maker->work)
        return fail(why, "path too long:", maker->request->dir);
    if (!mkdtemp(maker->work)) {
        *maker->work = '\0';
        return fail(why, "cannot write into", maker->request->dir);
    }
    snprintf(maker->pictures, sizeof maker->pictures, "%s/plots", maker->work);
    if (mkdir(maker->pictures, 0777) != 0)
        return fail(why, "cannot make", maker->pictures);
    return 0;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *position)
{
    (void)found;
    (void)kind;
    (void)position;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (*path)
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool interrupted(const struct maker *maker, struct la_why *why)
{
    if (!maker->request->interrupted || !maker->request->interrupted())
        return false;
    snprintf(why->line, sizeof why->line, "interrupted; no report was written");
    return true;
}

static int draw(struct maker *maker, struct la_why *why)
{
    struct la_plot_input input = {
        .run = &maker->run,
        .dir = maker->request->dir,
        .by_group = maker->decision.by_group,
        .choices = maker->decision.choices,
        .nr_choices = maker->decision.scopes.nr_scopes,
        .resampling = &maker->decision.settings.resampling,
        .to = maker->pictures,
    };

    if (la_plot_data_write(&input, maker->plots, why))
        return -1;
    for (size_t i = 0; i < maker->plots->nr_plots; i++) {
        const struct la_plot *plot = &maker->plots->plots[i];

        if (maker->request->progress)
            maker->request->progress(i, maker->plots->nr_plots + 1);
        if (!*plot->absent && la_plots_draw(plot, maker->scripts, maker->pictures, why))
            return -1;
        if (interrupted(maker, why))
            return -1;
    }
    return 0;
}

static bool has_picture(const struct maker *maker)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/topology.svg", maker->request->dir);
    return access(path, R_OK) == 0;
}

static int write_pages(struct maker *maker, struct la_why *why)
{
    const struct la_report report = {
        .dir = maker->request->dir,
        .answers = &maker->decision.answers,
        .decision = &maker->decision,
        .by_group = maker->decision.by_group,
        .plots = maker->plots,
        .manifest = maker->manifest,
        .topology_text = maker->request->topology_text,
        .has_topology_picture = has_picture(maker),
    };
    char path[4096 + 64], title[256];
    FILE *stream;

    snprintf(path, sizeof path, "%s/report.md", maker->work);
    stream = fopen(path, "w");
    if (!stream)
        return fail(why, "cannot write", path);
    la_report_md_write(&report, stream);
    if (fclose(stream) != 0)
        return fail(why, "cannot write", path);
    return la_report_html_write(&(struct la_page){.dir = maker->work,
                                                  .results_dir = maker->request->dir,
                                                  .plots = maker->plots},
                                maker->scripts, la_report_title(&report, title, sizeof title), why);
}

/* Moves one thing from the work directory into place; what was there goes the other way, to be
 * removed with the rest. */
static int move(const struct maker *maker, const char *name, struct la_why *why)
{
    char made[4096 + 64], place[4096 + 64], old[4096 + 64];

    snprintf(made, sizeof made, "%s/%s", maker->work, name);
    snprintf(place, sizeof place, "%s/%s", maker->request->dir, name);
    snprintf(old, sizeof old, "%s/old-%s", maker->work, name);
    if (rename(place, old) != 0 && errno != ENOENT)
        return fail(why, "cannot replace", place);
    if (rename(made, place) != 0)
        return fail(why, "cannot write", place);
    return 0;
}

static int publish(const struct maker *maker, struct la_why *why)
{
    if (la_choice_json_save(&maker->decision, maker->request->dir, why))
        return -1;
    return move(maker, "plots", why) || move(maker, "report.md", why) ||
                   move(maker, "report.html", why)
               ? -1
               : 0;
}

static void free_maker(struct maker *maker)
{
    la_decision_fini(&maker->decision);
    la_run_unload(&maker->run);
    json_decref(maker->manifest);
    remove_tree(maker->work);
    free(maker);
}

int la_report_make(const struct la_report_request *request, struct la_plots *plots,
                   struct la_why *why)
{
    struct maker *maker = la_new_array(1, sizeof *maker);
    int result = -1;

    maker->request = request;
    maker->plots = plots;
    maker->scripts = la_plots_scripts(why);
    if (maker->scripts && !check_programs(why) && !read_all(maker, why) && !make_work(maker, why) &&
        !draw(maker, why) && !write_pages(maker, why) && !interrupted(maker, why))
        result = publish(maker, why);
    free_maker(maker);
    return result;
}
