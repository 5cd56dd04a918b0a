/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c: version 1 keeps one tree per controller and names files one way, version 2 keeps one
 * tree and names them another; a machine may use both at once. In a container /proc may show the
 * host's path while only the lower end is mounted: groups that are not there are passed over.
 */
#include "cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc.h"

static const double no_memory_limit = 4e18; /* version 1 writes about 2^63 for "none" */

struct group {
    bool unified;        /* version 2 */
    char mount[256];     /* where its tree stands, below the root */
    char path[PATH_MAX]; /* of this process's group in it */
};

/* A limit read from one group; false: none there. */
typedef bool read_limit(const char *root, const struct group *group, double *limit);

static bool directory_exists(const char *root, const char *path)
{
    char whole[PATH_MAX];
    struct stat found;

    snprintf(whole, sizeof whole, "%s%s", root, path);
    return stat(whole, &found) == 0 && S_ISDIR(found.st_mode);
}

static char *read_file(const char *root, const struct group *group, const char *name)
{
    char path[2 * PATH_MAX];

    snprintf(path, sizeof path, "%s%s/%s", group->mount, group->path, name);
    return la_proc_text(root, path);
}

/* "12:cpu,cpuacct:/path" or "0::/path": whether the line is for the controller ("" = version 2). */
static bool take_line(char *line, const char *controller, struct group *group)
{
    char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

    if (!path)
        return false;
    *path++ = '\0';
    names++;
    if (*controller ? !la_proc_has_word(names, controller) : *names != '\0')
        return false;
    group->unified = !*controller;
    snprintf(group->path, sizeof group->path, "%s", strcmp(path, "/") == 0 ? "" : path);
    snprintf(group->mount, sizeof group->mount, "/sys/fs/cgroup/%s",
             *controller ? controller : "unified");
    return true;
}

static bool find_line(const char *text, const char *controller, struct group *group)
{
    char *copy = strdup(text), *rest = copy, *line;
    bool found = false;

    while (copy && !found && (line = strsep(&rest, "\n")))
        found = take_line(line, controller, group);
    free(copy);
    return found;
}

/* The group that limits the controller, or false if it cannot be found. */
static bool find_group(const char *root, const char *controller, struct group *group)
{
    char *text = la_proc_text(root, "/proc/self/cgroup");
    bool found = text && (find_line(text, controller, group) || find_line(text, "", group));

    free(text);
    if (found && group->unified && !directory_exists(root, group->mount))
        strcpy(group->mount, "/sys/fs/cgroup");
    return found && directory_exists(root, group->mount);
}

/* "150000 100000" is one and a half CPUs. */
static bool read_cpu_max(const char *root, const struct group *group, double *limit)
{
    char *quota = read_file(root, group, group->unified ? "cpu.max" : "cpu.cfs_quota_us");
    char *period = group->unified ? NULL : read_file(root, group, "cpu.cfs_period_us");
    double quota_us = 0, period_us = 0;
    bool limited = false;

    if (group->unified)
        limited = quota && sscanf(quota, "%lf %lf", &quota_us, &period_us) == 2;
    else
        limited = quota && period && sscanf(quota, "%lf", &quota_us) == 1 &&
                  sscanf(period, "%lf", &period_us) == 1;
    free(quota);
    free(period);
    *limit = period_us > 0 ? quota_us / period_us : 0;
    return limited && *limit > 0; /* version 1 writes -1 for "none" */
}

static bool read_memory_max(const char *root, const struct group *group, double *limit)
{
    char *text = read_file(root, group, group->unified ? "memory.max" : "memory.limit_in_bytes");
    const bool limited = text && sscanf(text, "%lf", limit) == 1 && *limit < no_memory_limit;

    free(text);
    return limited;
}

/* The smallest limit on the way from the process's group to the top. */
static bool tightest(const char *root, struct group *group, read_limit *read, double *limit)
{
    bool limited = false;

    for (;;) {
        char *slash = strrchr(group->path, '/');
        double here;

        if (read(root, group, &here) && (!limited || here < *limit)) {
            *limit = here;
            limited = true;
        }
        if (!slash)
            return limited;
        *slash = '\0';
    }
}

static json_t *limit_json(const char *root, const char *controller, read_limit *read, bool whole)
{
    struct group group;
    double limit = 0;

    if (!find_group(root, controller, &group))
        return json_string("unknown");
    if (!tightest(root, &group, read, &limit))
        return json_string("max");
    return whole ? json_integer((json_int_t)limit) : json_real(limit);
}

json_t *la_cgroup_limits(const char *root)
{
    return json_pack("{s:o, s:o}", "cpu_max", limit_json(root, "cpu", read_cpu_max, false),
                     "memory_max_bytes", limit_json(root, "memory", read_memory_max, true));
}

size_t la_cgroup_cpu_stats(const char *root, char (*paths)[PATH_MAX], size_t max)
{
    struct group group;
    size_t nr = 0;

    if (!find_group(root, "cpu", &group))
        return 0;
    while (nr < max) {
        char *slash = strrchr(group.path, '/');

        if ((size_t)snprintf(paths[nr], PATH_MAX, "%s%s%s/cpu.stat", root, group.mount,
                             group.path) < PATH_MAX &&
            access(paths[nr], R_OK) == 0)
            nr++;
        if (!slash)
            break;
        *slash = '\0';
    }
    return nr;
}
