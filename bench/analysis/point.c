/* SPDX-License-Identifier: MIT */
/*
 * point.c: see point.h.
 */
#include "point.h"

#include <stdio.h>
#include <string.h>

struct la_point la_point_of(const char *workload)
{
    struct la_point point = {0};
    int end = 0;

    if (sscanf(workload, "regime-h%9u-r%3u%n", &point.hold, &point.remote, &end) == 2 && end > 0 &&
        !workload[end] && point.remote <= 100)
        point.on_grid = true;
    return point;
}

const char *la_workload_class(const char *workload, char *name)
{
    if (la_point_of(workload).on_grid)
        memcpy(name, "regime", sizeof "regime");
    else
        snprintf(name, LA_NAME_SIZE, "%s", workload);
    return name;
}
