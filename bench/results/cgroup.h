/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h: the limits that control groups put on this process, the tightest of its group and all
 * groups above it. A CPU quota makes threads stop in the middle of a measurement, so a result must
 * say whether there was one.
 */
#ifndef LOOKASIDE_CGROUP_H
#define LOOKASIDE_CGROUP_H

#include <jansson.h>
#include <limits.h>
#include <stddef.h>

/* {"cpu_max": CPUs, "memory_max_bytes": bytes}: a number, "max" for no limit, or "unknown". */
json_t *la_cgroup_limits(const char *root);

/* The files cpu.stat of this process's group and of those above it, as far as they can be seen, at
 * most max of them; their number. */
size_t la_cgroup_cpu_stats(const char *root, char (*paths)[PATH_MAX], size_t max);

#endif
