/* SPDX-License-Identifier: MIT */
/* llc.c: see llc.h. */
#include "llc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

static struct la_llc found = {.nr = 1};
static const struct la_llc *assumed;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define NO_GROUP UINT32_MAX

/* The first line of a cache's file, without its end; false if there is none. */
static bool read_line(const char *directory, unsigned cpu, unsigned index, const char *name,
                      char *line, size_t bytes)
{
    char path[512];
    FILE *file;
    bool read;

    snprintf(path, sizeof path, "%s/cpu%u/cache/index%u/%s", directory, cpu, index, name);
    file = fopen(path, "re");
    if (!file)
        return false;
    read = fgets(line, (int)bytes, file) != NULL;
    fclose(file);
    line[read ? strcspn(line, "\n") : 0] = '\0';
    return read;
}

/* The list of CPUs that share cpu's cache of the highest level; false without a description. */
static bool read_sharers(const char *directory, unsigned cpu, char *list, size_t bytes)
{
    unsigned long highest = 0;
    char level[16], type[32], sharers[4096];

    for (unsigned index = 0;
         read_line(directory, cpu, index, "level", level, sizeof level) &&
         read_line(directory, cpu, index, "type", type, sizeof type) &&
         read_line(directory, cpu, index, "shared_cpu_list", sharers, sizeof sharers);
         index++) {
        if (strcmp(type, "Instruction") == 0 || strtoul(level, NULL, 10) <= highest)
            continue;
        highest = strtoul(level, NULL, 10);
        snprintf(list, bytes, "%s", sharers);
    }
    return highest > 0;
}

/* Puts the CPUs of a list like "0-3,8" that have no group yet into this one; their number. */
static unsigned join(const char *list, unsigned nr_cpus, uint32_t *of_cpu, uint32_t group)
{
    unsigned joined = 0;
    char *end;

    while (*list) {
        unsigned long first = strtoul(list, &end, 10), last = first;

        if (end == list)
            break;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (; first <= last && first < nr_cpus; first++) {
            joined += of_cpu[first] == NO_GROUP;
            of_cpu[first] = of_cpu[first] == NO_GROUP ? group : of_cpu[first];
        }
        list = *end == ',' ? end + 1 : end;
    }
    return joined;
}

unsigned la_llc_read(const char *directory, unsigned nr_cpus, uint32_t *of_cpu)
{
    char list[4096];
    uint32_t nr = 0;
    bool shared = false;

    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        of_cpu[cpu] = NO_GROUP;
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        if (of_cpu[cpu] != NO_GROUP || !read_sharers(directory, cpu, list, sizeof list))
            continue;
        shared |= join(list, nr_cpus, of_cpu, nr) > 1;
        /* Whatever its list says, a CPU shares its own cache. */
        if (of_cpu[cpu] == NO_GROUP)
            of_cpu[cpu] = nr;
        nr++;
    }
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        of_cpu[cpu] = of_cpu[cpu] == NO_GROUP || !shared ? 0 : of_cpu[cpu];
    return shared ? nr : 1;
}

/* Without memory for the table, one group. */
static void find(void)
{
    unsigned nr_cpus = la_possible_cpus();
    uint32_t *of_cpu = malloc(nr_cpus * sizeof *of_cpu);

    if (!of_cpu)
        return;
    found.nr = la_llc_read("/sys/devices/system/cpu", nr_cpus, of_cpu);
    if (found.nr > 1)
        found.of_cpu = of_cpu;
    else
        free(of_cpu);
}

const struct la_llc *la_llc(void)
{
    if (assumed)
        return assumed;
    pthread_once(&once, find);
    return &found;
}

void la_llc_assume(const struct la_llc *llc)
{
    assumed = llc;
}
