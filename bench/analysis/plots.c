/* SPDX-License-Identifier: MIT */
/*
 * plots.c: see plots.h.
 */
#include "plots.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

const char *la_plots_scripts(struct la_why *why)
{
    const char *named = getenv("LOOKASIDE_PLOTS");
    const char *scripts = named && *named ? named : LOOKASIDE_PLOTS_DIR;
    char path[4096];

    snprintf(path, sizeof path, "%s/style.gp", scripts);
    if (access(path, R_OK) == 0)
        return scripts;
    snprintf(
        why->line, sizeof why->line,
        "no plot scripts in %.500s: set LOOKASIDE_PLOTS to the directory plots/ of the sources",
        scripts);
    return NULL;
}

static int draw(const struct la_plot *plot, const char *scripts, const char *dir,
                const char *suffix, struct la_why *why)
{
    char script[4096], data[4096], picture[4096];
    const char *const arguments[] = {"gnuplot", "-c", script, data, picture, plot->argument, NULL};
    struct stat found;
    struct la_why detail;

    snprintf(script, sizeof script, "%s/%s.gp", scripts, plot->script);
    snprintf(data, sizeof data, "%s/%s.tsv", dir, plot->name);
    snprintf(picture, sizeof picture, "%s/%s.%s", dir, plot->name, suffix);
    if (la_process_run(arguments, NULL, &detail)) {
        snprintf(why->line, sizeof why->line, "drawing %s.%s: %.800s", plot->name, suffix,
                 detail.line);
        return -1;
    }
    if (stat(picture, &found) == 0 && found.st_size > 0)
        return 0;
    snprintf(why->line, sizeof why->line, "gnuplot left %s.%s empty", plot->name, suffix);
    return -1;
}

int la_plots_draw(const struct la_plot *plot, const char *scripts, const char *dir,
                  struct la_why *why)
{
    return draw(plot, scripts, dir, "svg", why) || draw(plot, scripts, dir, "png", why) ? -1 : 0;
}
