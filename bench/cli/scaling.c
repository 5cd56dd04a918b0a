/* SPDX-License-Identifier: MIT */
/*
 * scaling.c: `lookaside scaling`: how contenders scale with threads, from the results of one run,
 * with the right to say that the run does not tell.
 */
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "dir_argument.h"
#include "scaling.h"

static int parse(struct cli_dir_argument *argument, int argc, char **argv)
{
    static const char doc[] =
        "Shows, from the results in DIR, how each contender's throughput grows with threads: "
        "efficiency against one thread, and the Universal Scalability Law with intervals, "
        "its contention, coherence and peak, where at least four numbers of threads with a "
        "CPU for each were measured. Where not, it says why. Threads that share CPUs are "
        "shown and never fitted.\v"
        "Examples:\n"
        "  lookaside bench --workload pair --threads 1,2,4,8 --out /tmp/sweep\n"
        "  lookaside scaling /tmp/sweep\n"
        "  lookaside scaling results/latest --json";
    const struct argp_option flag = {"json", 'j', NULL, 0, "print JSON instead of text", 0};

    return cli_parse_dir("scaling", flag, doc, argc, argv, argument);
}

/* A run without a manifest has a number of CPUs that is not known; a broken one is an error. */
static int read_cpus(const char *dir, unsigned *nr_cpus)
{
    char path[4096];
    json_error_t error;
    json_t *manifest;

    *nr_cpus = 0;
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (access(path, F_OK) != 0)
        return CLI_DONE;
    manifest = json_load_file(path, 0, &error);
    if (!json_is_object(manifest)) {
        json_decref(manifest);
        return cli_bad("%s is no complete JSON (line %d: %s); truncated?", path, error.line,
                       error.text);
    }
    *nr_cpus = la_scaling_cpus(manifest);
    json_decref(manifest);
    return CLI_DONE;
}

static int show(const struct cli_dir_argument *argument, const struct la_run *run)
{
    struct la_scaling scaling;
    unsigned nr_cpus;

    if (read_cpus(argument->dir, &nr_cpus))
        return CLI_BAD;
    la_scaling_make(&scaling, run, nr_cpus, &la_resampling_default);
    if (argument->flag) {
        json_t *json = la_scaling_json(&scaling);

        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        putchar('\n');
        json_decref(json);
    } else {
        la_scaling_print(&scaling, stdout);
    }
    la_scaling_fini(&scaling);
    return CLI_DONE;
}

int cmd_scaling(int argc, char **argv)
{
    struct cli_dir_argument argument = {0};
    struct la_run run;
    struct la_why why;
    int status = parse(&argument, argc, argv);

    if (status)
        return status;
    if (la_run_load(&run, argument.dir, &why))
        return cli_bad("%s", why.line);
    status = show(&argument, &run);
    la_run_unload(&run);
    return status;
}
