/* SPDX-License-Identifier: MIT */
/*
 * topology_print.c: the machine on one screen. One line for each last-level cache, because that is
 * the unit within which threads are neighbours; a core's hardware threads stand joined by '+'.
 */
#include "topology.h"

#include <string.h>

enum { LINE_COLUMNS = 100 };

static void print_size(FILE *stream, uint64_t bytes)
{
    if (bytes >> 20 && bytes % (1 << 20) == 0)
        fprintf(stream, "%llu MiB", (unsigned long long)(bytes >> 20));
    else
        fprintf(stream, "%llu KiB", (unsigned long long)(bytes >> 10));
}

/* "L3 32 MiB" */
static void print_cache(hwloc_obj_t cache, FILE *stream)
{
    char level[32];

    if (!cache) {
        fputs("caches unknown", stream);
        return;
    }
    hwloc_obj_type_snprintf(level, sizeof level, cache, 0);
    fprintf(stream, "%s ", level);
    if (cache->attr->cache.size)
        print_size(stream, cache->attr->cache.size);
    else
        fputs("of unknown size", stream);
}

static bool same(const struct la_topology *topology, unsigned a, unsigned b, enum la_level level)
{
    return topology->cpus[a].domain[level] == topology->cpus[b].domain[level];
}

/* The cores of the table's CPUs [from, to), "0+4 1+5", wrapped. */
static void print_cores(const struct la_topology *topology, unsigned from, unsigned to,
                        FILE *stream)
{
    int column = 32; /* about what stands before them */

    for (unsigned i = from; i < to; i++) {
        const bool joined = i > from && same(topology, i, i - 1, LA_CORE);

        if (!joined && column > LINE_COLUMNS - 16)
            column = fprintf(stream, "\n     ");
        column += fprintf(stream, "%s%u", joined ? "+" : " ", topology->cpus[i].os);
    }
    fputc('\n', stream);
}

static unsigned nr_cores(const struct la_topology *topology, unsigned from, unsigned to)
{
    unsigned nr = 0;

    for (unsigned i = from; i < to; i++)
        nr += topology->cpus[i].sibling == 0;
    return nr;
}

/* "package 1"; without a number where the domain is the whole machine. */
static void print_index(const char *what, hwloc_obj_t object, FILE *stream)
{
    if (object && object->type != HWLOC_OBJ_MACHINE && object->os_index != HWLOC_UNKNOWN_INDEX)
        fprintf(stream, "%s %u\n", what, object->os_index);
    else
        fprintf(stream, "%s\n", what);
}

/* Prints the group of CPUs that begins at from; the index behind it. */
static unsigned print_group(const struct la_topology *topology, unsigned from, FILE *stream)
{
    unsigned to = from + 1;

    while (to < topology->nr_cpus && same(topology, from, to, LA_PACKAGE) &&
           same(topology, from, to, LA_NODE) && same(topology, from, to, LA_LLC))
        to++;
    if (from == 0 || !same(topology, from, from - 1, LA_PACKAGE))
        print_index("package", topology->cpus[from].object[LA_PACKAGE], stream);
    if (from == 0 || !same(topology, from, from - 1, LA_NODE) ||
        !same(topology, from, from - 1, LA_PACKAGE))
        print_index("  NUMA node", topology->cpus[from].object[LA_NODE], stream);
    fputs("    ", stream);
    print_cache(topology->cpus[from].object[LA_LLC], stream);
    fprintf(stream, ": %u core%s, CPUs", nr_cores(topology, from, to),
            nr_cores(topology, from, to) == 1 ? "" : "s");
    print_cores(topology, from, to, stream);
    return to;
}

static void print_kinds(const struct la_topology *topology, FILE *stream)
{
    for (unsigned rank = 0; topology->nr_kinds > 1 && rank < topology->nr_kinds; rank++) {
        fprintf(stream, "CPU kind %u of %u%s:", rank + 1, topology->nr_kinds,
                topology->kinds_unrated ? " (unrated)"
                : rank == 0             ? " (the most performant)"
                                        : "");
        for (unsigned i = 0; i < topology->nr_cpus; i++) {
            if (topology->cpus[i].rank == rank)
                fprintf(stream, " %u", topology->cpus[i].os);
        }
        fputc('\n', stream);
    }
}

static void print_count(FILE *stream, unsigned nr, const char *one, const char *many)
{
    if (nr)
        fprintf(stream, "%u %s, ", nr, nr == 1 ? one : many);
    else
        fprintf(stream, "unknown %s, ", many);
}

void la_topology_print(const struct la_topology *topology, FILE *stream)
{
    print_count(stream, la_topology_domains(topology, LA_PACKAGE), "package", "packages");
    print_count(stream, la_topology_domains(topology, LA_NODE), "NUMA node", "NUMA nodes");
    print_count(stream, la_topology_domains(topology, LA_LLC), "last-level cache",
                "last-level caches");
    print_count(stream, la_topology_domains(topology, LA_CORE), "core", "cores");
    fprintf(stream, "%u usable CPU%s\n", topology->nr_cpus, topology->nr_cpus == 1 ? "" : "s");
    for (unsigned i = 0; i < topology->nr_cpus;)
        i = print_group(topology, i, stream);
    print_kinds(topology, stream);
}
