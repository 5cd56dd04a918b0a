/* SPDX-License-Identifier: MIT */
/*
 * topology.c: asks hwloc and makes the table. The machine's own topology is cut down to what this
 * process may run on: hwloc leaves out what the control group forbids, the affinity mask is
 * applied here. CPU kinds (performance and efficiency cores) come from hwloc too.
 */
#include "topology.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Thread_local char reason[256];

__attribute__((format(printf, 1, 2))) static const char *say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return reason;
}

/* The object that stands for the CPU's domain at a level, or NULL: unknown. */
static hwloc_obj_t domain_object(hwloc_topology_t hwloc, hwloc_obj_t pu, enum la_level level)
{
    hwloc_obj_t found = NULL;

    switch (level) {
    case LA_PACKAGE:
        found = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, pu);
        return found ? found : hwloc_get_root_obj(hwloc);
    case LA_NODE:
        found =
            hwloc_get_numanode_obj_by_os_index(hwloc, (unsigned)hwloc_bitmap_first(pu->nodeset));
        return found ? found : hwloc_get_root_obj(hwloc);
    case LA_LLC: /* the outermost data cache above this CPU, whatever its level */
        for (hwloc_obj_t above = pu->parent; above; above = above->parent) {
            if (hwloc_obj_type_is_dcache(above->type))
                found = above;
        }
        return found;
    default:
        found = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, pu);
        return found ? found : pu;
    }
}

static unsigned first_of_domain(const struct la_topology *topology, unsigned index,
                                enum la_level level)
{
    const hwloc_obj_t own = topology->cpus[index].object[level];
    unsigned first = 0;

    if (!own)
        return LA_NO_DOMAIN;
    while (topology->cpus[first].object[level] != own)
        first++; /* ends at index itself at the latest */
    return first;
}

/* hwloc numbers kinds from the least to the most performant, if it knows. */
static unsigned rank_of(const struct la_topology *topology, hwloc_obj_t pu)
{
    const int kind = hwloc_cpukinds_get_by_cpuset(topology->hwloc, pu->cpuset, 0);

    if (kind < 0 || (unsigned)kind >= topology->nr_kinds)
        return 0;
    return topology->kinds_unrated ? (unsigned)kind : topology->nr_kinds - 1 - (unsigned)kind;
}

static void read_kinds(struct la_topology *topology)
{
    const int nr = hwloc_cpukinds_get_nr(topology->hwloc, 0);
    int efficiency = -1;

    topology->nr_kinds = nr > 1 ? (unsigned)nr : 1;
    if (nr > 1)
        hwloc_cpukinds_get_info(topology->hwloc, 0, NULL, &efficiency, NULL, NULL, 0);
    topology->kinds_unrated = nr > 1 && efficiency < 0;
}

/* Fills the table's entry at index; those before it are filled. */
static void describe_cpu(struct la_topology *topology, unsigned index, hwloc_obj_t pu)
{
    struct la_cpu *cpu = &topology->cpus[index];

    cpu->os = pu->os_index;
    cpu->rank = rank_of(topology, pu);
    for (unsigned level = 0; level < LA_NR_LEVELS; level++) {
        cpu->object[level] = domain_object(topology->hwloc, pu, (enum la_level)level);
        cpu->domain[level] = first_of_domain(topology, index, (enum la_level)level);
    }
    for (unsigned i = cpu->domain[LA_CORE]; i < index; i++)
        cpu->sibling += topology->cpus[i].domain[LA_CORE] == cpu->domain[LA_CORE];
}

static int make_table(struct la_topology *topology)
{
    const int nr = hwloc_get_nbobjs_by_type(topology->hwloc, HWLOC_OBJ_PU);

    topology->cpus = nr > 0 ? calloc((size_t)nr, sizeof *topology->cpus) : NULL;
    if (!topology->cpus)
        return -ENOMEM;
    read_kinds(topology);
    for (hwloc_obj_t pu = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, 0); pu;
         pu = pu->next_cousin)
        describe_cpu(topology, topology->nr_cpus++, pu);
    return 0;
}

/* Cuts the topology down to the main thread's affinity mask, which is what the process was given;
 * the calling thread may be bound already. */
static int restrict_to_mask(hwloc_topology_t hwloc)
{
    hwloc_cpuset_t mask = hwloc_bitmap_alloc();
    int status = -1;

    if (mask && hwloc_get_proc_cpubind(hwloc, getpid(), mask, HWLOC_CPUBIND_THREAD) == 0)
        status = hwloc_topology_restrict(hwloc, mask, HWLOC_RESTRICT_FLAG_REMOVE_CPULESS);
    hwloc_bitmap_free(mask);
    return status;
}

static const char *load(struct la_topology *topology, const char *synthetic, const char *xml)
{
    hwloc_topology_t hwloc = topology->hwloc;

    if (synthetic && hwloc_topology_set_synthetic(hwloc, synthetic) != 0)
        return say("not a synthetic topology description: '%s'", synthetic);
    if (xml && access(xml, R_OK) != 0)
        return say("cannot read topology %s: %s", xml, strerror(errno));
    if (xml && hwloc_topology_set_xml(hwloc, xml) != 0)
        return say("not an hwloc topology: %s", xml);
    if (hwloc_topology_load(hwloc) != 0)
        return say("hwloc cannot load the topology%s%s", xml ? " in " : "", xml ? xml : "");
    topology->elsewhere = !hwloc_topology_is_thissystem(hwloc);
    if (!topology->elsewhere && restrict_to_mask(hwloc) != 0)
        return say("cannot apply the affinity mask to the topology: %s", strerror(errno));
    if (make_table(topology) != 0)
        return say("no usable CPU in the topology, or no memory to describe it");
    return NULL;
}

struct la_topology *la_topology_load(const char *synthetic, const char *xml, const char **why)
{
    struct la_topology *topology = calloc(1, sizeof *topology);

    if (!topology || hwloc_topology_init(&topology->hwloc) != 0) {
        *why = "no memory for a topology";
        free(topology);
        return NULL;
    }
    *why = load(topology, synthetic, xml);
    if (!*why)
        return topology;
    la_topology_free(topology);
    return NULL;
}

void la_topology_free(struct la_topology *topology)
{
    if (!topology)
        return;
    hwloc_topology_destroy(topology->hwloc);
    free(topology->cpus);
    free(topology);
}

unsigned la_topology_cpus(const struct la_topology *topology)
{
    return topology->nr_cpus;
}

unsigned la_topology_domains(const struct la_topology *topology, enum la_level level)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < topology->nr_cpus; i++)
        nr += topology->cpus[i].domain[level] == i;
    return nr;
}
