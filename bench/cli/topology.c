/* SPDX-License-Identifier: MIT */
/*
 * topology.c: `lookaside topology`: the machine (this one, or one described in words or in a
 * file), which placements it can give and why it cannot give the others, and which thread goes
 * where.
 */
#include "topology.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cli.h"

struct options {
    const char *synthetic, *xml, *placement;
    uint64_t nr_threads; /* 0: as many as the placement holds */
    bool oversubscribe;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 's':
        options->synthetic = argument;
        return 0;
    case 'x':
        options->xml = argument;
        return 0;
    case 'p':
        options->placement = argument;
        return 0;
    case 't':
        return cli_number("--threads", argument, 1, PLACEMENT_MAX_THREADS, &options->nr_threads)
                   ? 0
                   : EINVAL;
    case 'o':
        options->oversubscribe = true;
        return 0;
    case ARGP_KEY_END:
        if (options->synthetic && options->xml)
            return cli_bad("--synthetic and --xml describe one machine each; give one of them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_placements(const struct la_topology *topology)
{
    const char *name;

    puts("\nplacements");
    for (size_t i = 0; (name = la_placement_name(i)); i++) {
        const char *why = NULL;
        const unsigned held = la_placement_capacity(topology, name, &why);

        if (held)
            printf("  %-14s up to %u thread%s: %s\n", name, held, held == 1 ? "" : "s",
                   la_placement_summary(i));
        else /* the reason begins with "placement <name>: " */
            printf("  %-14s unavailable: %s\n", name, why + strlen("placement : ") + strlen(name));
    }
}

static void print_plan(const struct la_placement *plan)
{
    printf("\nplacement %s, %u thread%s\n", plan->name, plan->nr_threads,
           plan->nr_threads == 1 ? "" : "s");
    if (*plan->note)
        printf("  note: %s\n", plan->note);
    for (unsigned i = 0; i < plan->nr_threads; i++)
        printf("  thread %-4u CPU %u\n", i, plan->cpu[i]);
}

static int unknown_placement(const char *word)
{
    const char *names[32];
    size_t nr = 0;

    while (nr < 32 && (names[nr] = la_placement_name(nr)))
        nr++;
    return cli_unknown("placement", word, names, nr);
}

/* What the tree does not show: CPUs that this process may not use, and CPU time it will not get. */
static void print_limits(const struct la_topology *topology)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    json_t *limits, *quota;

    if (topology->elsewhere)
        return;
    if (online > (long)topology->nr_cpus)
        printf("this process may use %u of the %ld CPUs\n", topology->nr_cpus, online);
    limits = la_cgroup_limits("");
    quota = json_object_get(limits, "cpu_max");
    if (json_is_number(quota))
        printf("a control group limits this process to the time of %g CPUs\n",
               json_number_value(quota));
    json_decref(limits);
}

static int plan_and_print(const struct la_topology *topology, const struct options *options)
{
    const char *name = options->placement ? options->placement : "compact";
    unsigned nr_threads = (unsigned)options->nr_threads;
    struct la_placement plan;
    const char *why = NULL;
    int status;

    if (!nr_threads)
        nr_threads = la_placement_capacity(topology, name, &why);
    status = la_placement_plan(topology, name, nr_threads, options->oversubscribe, &plan, &why);
    if (status == -EINVAL)
        return unknown_placement(name);
    if (status)
        return cli_bad("%s", why);
    la_topology_print(topology, stdout);
    print_limits(topology);
    print_placements(topology);
    print_plan(&plan);
    return CLI_DONE;
}

int cmd_topology(int argc, char **argv)
{
    static const struct argp_option arguments[] = {
        {"synthetic", 's', "DESC", 0, "a machine in hwloc's words, e.g. 'pack:2 l3:2 core:4 pu:2'",
         0},
        {"xml", 'x', "FILE", 0, "a machine that lstopo saved", 0},
        {"placement", 'p', "NAME", 0, "the placement to plan (default: compact)", 0},
        {"threads", 't', "N", 0, "threads to place (default: as many as it holds)", 0},
        {"oversubscribe", 'o', NULL, 0, "allow more threads than CPUs", 0},
        {0}};
    static const struct argp argp = {
        .options = arguments,
        .parser = parse_option,
        .doc = "The machine, the placements that it can give, and which thread goes where.\v"
               "Examples:\n"
               "  lookaside topology\n"
               "  lookaside topology --placement scatter --threads 2\n"
               "  lookaside topology --synthetic 'pack:2 l3:2 core:4 pu:2' --placement cross-llc"};
    struct options options = {0};
    struct la_topology *topology;
    const char *why = NULL;
    int status;

    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    topology = la_topology_load(options.synthetic, options.xml, &why);
    if (!topology)
        return cli_bad("%s", why);
    status = plan_and_print(topology, &options);
    la_topology_free(topology);
    return status;
}
