/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h: the limits that control groups put on this process, the tightest of its group and all
 * groups above it. A CPU quota makes threads stop in the middle of a measurement, so a result must
 * say whether there was one.
 */
#ifndef LOOKASIDE_CGROUP_H
#define LOOKASIDE_CGROUP_H

#include <jansson.h>

/* {"cpu_max": CPUs, "memory_max_bytes": bytes}: a number, "max" for no limit, or "unknown". */
json_t *la_cgroup_limits(const char *root);

#endif
