/* SPDX-License-Identifier: MIT */
/*
 * list.c: `lookaside list`: the names that the other commands take, with what each one is, whether
 * it runs here, and which variant is active and why.
 */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "allocator.h"
#include "cli.h"
#include "lookaside.h"
#include "peer.h"
#include "placement.h"
#include "strategy.h"
#include "workload.h"

struct row {
    const char *name, *summary, *detail; /* detail: which variant, or why not */
    const char *lacks;                   /* of a peer */
    bool available;
};

/* A section fills *row with its entry at index; false past the last. */
struct section {
    const char *name;
    bool (*at)(size_t index, struct row *row);
};

static bool strategy_row(size_t index, struct row *row)
{
    const struct lookaside_strategy *strategy = lookaside_strategy_at(index);

    if (!strategy)
        return false;
    *row = (struct row){.name = strategy->name, .summary = strategy->summary, .available = true};
    if (strategy->supported)
        row->available = strategy->supported(&row->detail);
    return true;
}

static bool peer_row(size_t index, struct row *row)
{
    const struct la_peer *peer = la_peer_at(index);

    if (!peer)
        return false;
    *row = (struct row){.name = peer->strategy.name,
                        .summary = peer->strategy.summary,
                        .lacks = peer->lacks,
                        .available = true};
    if (peer->strategy.supported)
        row->available = peer->strategy.supported(&row->detail);
    return true;
}

static bool policy_row(size_t index, struct row *row)
{
    const struct lookaside_policy *policy = lookaside_policy_at(index);

    if (!policy)
        return false;
    *row = (struct row){.name = policy->name, .summary = policy->summary, .available = true};
    return true;
}

static bool workload_row(size_t index, struct row *row)
{
    const struct la_workload *workload = la_workload_at(index);

    if (!workload)
        return false;
    *row = (struct row){.name = workload->name, .summary = workload->summary, .available = true};
    return true;
}

/* The version and the file that answers, or why none does. */
static bool allocator_row(size_t index, struct row *row)
{
    static char detail[512];
    const struct la_allocator *allocator = la_allocator_at(index);
    struct la_allocator_calls calls;
    const char *why = NULL, *object;

    if (!allocator)
        return false;
    *row = (struct row){.name = allocator->name, .summary = allocator->summary, .detail = detail};
    row->available = allocator->load(&calls, &why);
    object = row->available ? la_allocator_object(allocator) : NULL;
    if (row->available)
        snprintf(detail, sizeof detail, "%s, %s", allocator->version(),
                 object ? object : "in an unknown object");
    else
        snprintf(detail, sizeof detail, "%s", why ? why : "no reason given");
    return true;
}

static struct la_topology *machine; /* NULL: it cannot be read, */
static const char *machine_unknown; /* for this reason */

static bool placement_row(size_t index, struct row *row)
{
    static char detail[256];
    const char *name = la_placement_name(index), *why = machine_unknown;
    const unsigned held = name && machine ? la_placement_capacity(machine, name, &why) : 0;

    if (!name)
        return false;
    *row = (struct row){.name = name,
                        .summary = la_placement_summary(index),
                        .detail = detail,
                        .available = held > 0};
    if (held)
        snprintf(detail, sizeof detail, "up to %u thread%s", held, held == 1 ? "" : "s");
    else if (machine) /* the reason begins with "placement <name>: " */
        snprintf(detail, sizeof detail, "%s", why + strlen("placement : ") + strlen(name));
    else
        snprintf(detail, sizeof detail, "%s", why);
    return true;
}

static const struct section sections[] = {
    {"strategies", strategy_row}, {"peers", peer_row},           {"policies", policy_row},
    {"workloads", workload_row},  {"allocators", allocator_row}, {"placements", placement_row},
};

enum { NR_SECTIONS = sizeof sections / sizeof *sections };

static void print_section(const struct section *section)
{
    struct row row;

    printf("%s\n", section->name);
    for (size_t i = 0; section->at(i, &row); i++) {
        printf("  %-14s %s\n", row.name, row.summary);
        if (row.detail || !row.available)
            printf("  %-14s %s%s\n", "", row.available ? "here: " : "unavailable: ",
                   row.detail ? row.detail : "no reason given");
        if (row.lacks)
            printf("  %-14s lacks %s\n", "", row.lacks);
    }
}

static json_t *section_json(const struct section *section)
{
    json_t *rows = json_array();
    struct row row;

    for (size_t i = 0; section->at(i, &row); i++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:b, s:s?, s:s*}", "name", row.name,
                                              "summary", row.summary, "available", row.available,
                                              "detail", row.detail, "lacks", row.lacks));
    return rows;
}

static void print_json(void)
{
    json_t *all = json_object();

    for (size_t i = 0; i < NR_SECTIONS; i++)
        json_object_set_new(all, sections[i].name, section_json(&sections[i]));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    bool *json = state->input;

    (void)argument;
    if (key != 'j')
        return ARGP_ERR_UNKNOWN;
    *json = true;
    return 0;
}

int cmd_list(int argc, char **argv)
{
    static const struct argp_option options[] = {{"json", 'j', NULL, 0, "print JSON", 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "The names that the other commands take: what each one is, whether it runs here, "
               "and which variant is active and why.\v"
               "Examples:\n"
               "  lookaside list\n"
               "  lookaside list --json | jq '.strategies[].name'"};
    bool json = false;

    if (cli_parse(&argp, argc, argv, &json))
        return CLI_BAD;
    machine = la_topology_load(NULL, NULL, &machine_unknown);
    if (json)
        print_json();
    for (size_t i = 0; i < NR_SECTIONS && !json; i++)
        print_section(&sections[i]);
    la_topology_free(machine);
    return CLI_DONE;
}
