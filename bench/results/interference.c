/* SPDX-License-Identifier: MIT */
/* interference.c: see interference.h. */
#include "interference.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"

enum {
    TEXT_BYTES = 128 * 1024, /* the lines of a thousand CPUs, which come first */
    MOST_GROUPS = 8,         /* that lie above each other */
    STEAL_COLUMN = 8,        /* of a CPU's line: user nice system idle iowait irq softirq steal */
};

static char text[TEXT_BYTES + 1];

static bool read_text(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got;

    if (file < 0)
        return false;
    while (length < TEXT_BYTES && (got = read(file, text + length, TEXT_BYTES - length)) > 0)
        length += (size_t)got;
    close(file);
    text[length] = '\0';
    return length > 0;
}

/* The column of a line of numbers that is at hand; false if the line is shorter. */
static bool column_of(const char *line, int column, uint64_t *value)
{
    for (int i = 0; i < column; i++) {
        char *end;

        line += strspn(line, " ");
        *value = strtoull(line, &end, 10);
        if (end == line)
            return false;
        line = end;
    }
    return true;
}

static bool steal_of(const char *stat, unsigned cpu, uint64_t *ticks)
{
    for (const char *line = stat; line; line = strchr(line, '\n')) {
        char *rest;

        line += *line == '\n';
        if (strncmp(line, "cpu", 3) != 0)
            continue;
        if (line[3] >= '0' && line[3] <= '9' && strtoul(line + 3, &rest, 10) == cpu)
            return column_of(rest, STEAL_COLUMN, ticks);
    }
    return false;
}

bool la_interference_steal(const char *stat, const unsigned *cpus, size_t nr_cpus, uint64_t *ticks)
{
    *ticks = 0;
    for (size_t i = 0; i < nr_cpus; i++) {
        bool seen = false;
        uint64_t own;

        for (size_t j = 0; j < i; j++)
            seen = seen || cpus[j] == cpus[i];
        if (seen)
            continue;
        if (!steal_of(stat, cpus[i], &own))
            return false;
        *ticks += own;
    }
    return true;
}

bool la_interference_throttled(const char *stat, uint64_t *periods)
{
    static const char key[] = "nr_throttled ";
    const char *line = strstr(stat, key);

    return line && column_of(line + strlen(key), 1, periods);
}

static void read_throttled(struct la_interference *now)
{
    static char paths[MOST_GROUPS][PATH_MAX];
    static size_t nr_paths;
    static bool asked;
    uint64_t periods;

    if (!asked)
        nr_paths = la_cgroup_cpu_stats("", paths, MOST_GROUPS);
    asked = true;
    for (size_t i = 0; i < nr_paths; i++) {
        if (!read_text(paths[i]) || !la_interference_throttled(text, &periods))
            continue;
        now->throttled_known = true;
        now->throttled += periods;
    }
}

void la_interference_read(const unsigned *cpus, size_t nr_cpus, struct la_interference *now)
{
    uint64_t ticks = 0;

    *now = (struct la_interference){0};
    now->steal_known =
        read_text("/proc/stat") && la_interference_steal(text, cpus, nr_cpus, &ticks);
    now->steal_ns = (double)ticks * 1e9 / (double)sysconf(_SC_CLK_TCK);
    read_throttled(now);
}

void la_interference_between(const struct la_interference *before,
                             const struct la_interference *after, struct la_interference *between)
{
    *between = (struct la_interference){
        .steal_known = before->steal_known && after->steal_known,
        .throttled_known = before->throttled_known && after->throttled_known,
    };
    /* Kernels have let these counts step back. */
    if (between->steal_known && after->steal_ns > before->steal_ns)
        between->steal_ns = after->steal_ns - before->steal_ns;
    if (between->throttled_known && after->throttled > before->throttled)
        between->throttled = after->throttled - before->throttled;
}
