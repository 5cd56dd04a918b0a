/* SPDX-License-Identifier: MIT */
/* sysfs.c: see sysfs.h. */
#include "sysfs.h"

#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The first line of the file that format names; false if there is none. */
__attribute__((format(printf, 2, 3))) static bool read_line(char line[4096], const char *format,
                                                            ...)
{
    char path[256];
    va_list arguments;
    FILE *file;
    bool read;

    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    file = fopen(path, "re");
    if (!file)
        return false;
    read = fgets(line, 4096, file) != NULL;
    fclose(file);
    return read;
}

/* Whether a list like "0-3,8" has the CPU. */
static bool list_has(const char *list, unsigned cpu)
{
    char *end;

    for (;; list = end + 1) {
        unsigned long first = strtoul(list, &end, 10), last = first;

        if (end == list)
            return false;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        if (first <= cpu && cpu <= last)
            return true;
        if (*end != ',')
            return false;
    }
}

static unsigned first_of(const char *list)
{
    return (unsigned)strtoul(list, NULL, 10);
}

/* The sharers of the data cache of the highest level. */
static unsigned read_last_cache(unsigned cpu)
{
    unsigned long level, highest = 0;
    unsigned first = LA_NO_DOMAIN;
    char line[4096];

    for (unsigned i = 0;
         read_line(line, "/sys/devices/system/cpu/cpu%u/cache/index%u/level", cpu, i); i++) {
        level = strtoul(line, NULL, 10);
        if (level <= highest ||
            !read_line(line, "/sys/devices/system/cpu/cpu%u/cache/index%u/type", cpu, i) ||
            strcmp(line, "Instruction\n") == 0 ||
            !read_line(line, "/sys/devices/system/cpu/cpu%u/cache/index%u/shared_cpu_list", cpu, i))
            continue;
        highest = level;
        first = first_of(line);
    }
    return first;
}

/* Without nodes the machine is one. */
static unsigned read_node(unsigned cpu)
{
    char line[4096];

    for (unsigned node = 0; node < SYSFS_MOST_CPUS; node++) {
        if (read_line(line, "/sys/devices/system/node/node%u/cpulist", node) && list_has(line, cpu))
            return first_of(line);
    }
    return 0;
}

static bool read_cpu(struct sysfs_cpu *found, unsigned cpu)
{
    char line[4096];

    found->os = cpu;
    if (!read_line(line, "/sys/devices/system/cpu/cpu%u/topology/package_cpus_list", cpu))
        return false;
    found->domain[LA_PACKAGE] = first_of(line);
    if (!read_line(line, "/sys/devices/system/cpu/cpu%u/topology/core_cpus_list", cpu))
        return false;
    found->domain[LA_CORE] = first_of(line);
    found->domain[LA_LLC] = read_last_cache(cpu);
    found->domain[LA_NODE] = read_node(cpu);
    found->capacity = 0;
    if (read_line(line, "/sys/devices/system/cpu/cpu%u/cpu_capacity", cpu))
        found->capacity = (unsigned)strtoul(line, NULL, 10);
    return true;
}

/* Whether no CPU before this one has its capacity. */
static bool is_first_of_kind(const struct sysfs_machine *machine, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (machine->cpus[i].capacity == machine->cpus[index].capacity)
            return false;
    }
    return true;
}

static void rank_all(struct sysfs_machine *machine)
{
    for (unsigned i = 0; i < machine->nr_cpus; i++) {
        machine->cpus[i].rank = 0;
        for (unsigned j = 0; j < machine->nr_cpus; j++)
            machine->cpus[i].rank += machine->cpus[j].capacity > machine->cpus[i].capacity &&
                                     is_first_of_kind(machine, j);
    }
}

bool sysfs_read(struct sysfs_machine *machine)
{
    char online[4096];
    cpu_set_t allowed;

    memset(machine, 0, sizeof *machine);
    if (!read_line(online, "/sys/devices/system/cpu/online") ||
        sched_getaffinity(0, sizeof allowed, &allowed))
        return false;
    for (unsigned cpu = 0; cpu < SYSFS_MOST_CPUS; cpu++) {
        if (!list_has(online, cpu) || !CPU_ISSET(cpu, &allowed))
            continue;
        if (!read_cpu(&machine->cpus[machine->nr_cpus++], cpu))
            return false;
    }
    rank_all(machine);
    return machine->nr_cpus > 0;
}

const struct sysfs_cpu *sysfs_find(const struct sysfs_machine *machine, unsigned os)
{
    for (unsigned i = 0; i < machine->nr_cpus; i++) {
        if (machine->cpus[i].os == os)
            return &machine->cpus[i];
    }
    return NULL;
}

void sysfs_cut(struct sysfs_machine *part, const struct sysfs_machine *whole, unsigned rank)
{
    part->nr_cpus = 0;
    for (unsigned i = 0; i < whole->nr_cpus; i++) {
        if (whole->cpus[i].rank == rank)
            part->cpus[part->nr_cpus++] = whole->cpus[i];
    }
}

unsigned sysfs_kinds(const struct sysfs_machine *machine)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < machine->nr_cpus; i++)
        nr += is_first_of_kind(machine, i);
    return nr;
}

bool sysfs_is_first(const struct sysfs_machine *machine, enum la_level level, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (machine->cpus[i].domain[level] == machine->cpus[index].domain[level])
            return false;
    }
    return machine->cpus[index].domain[level] != LA_NO_DOMAIN;
}

unsigned sysfs_domains(const struct sysfs_machine *machine, enum la_level level)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < machine->nr_cpus; i++)
        nr += sysfs_is_first(machine, level, i);
    return nr;
}

unsigned sysfs_size(const struct sysfs_machine *machine, enum la_level level, unsigned domain)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < machine->nr_cpus; i++)
        nr += machine->cpus[i].domain[level] == domain;
    return nr;
}

unsigned sysfs_cores(const struct sysfs_machine *machine, enum la_level level, unsigned domain)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < machine->nr_cpus; i++)
        nr += machine->cpus[i].domain[level] == domain && sysfs_is_first(machine, LA_CORE, i);
    return nr;
}
