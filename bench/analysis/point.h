/* SPDX-License-Identifier: MIT */
/*
 * point.h: workloads that are points of one grid: "regime-h16-r25" is 16 objects held, 25 % of them
 * freed by another thread.
 */
#ifndef LOOKASIDE_ANALYSIS_POINT_H
#define LOOKASIDE_ANALYSIS_POINT_H

#include "run.h"

struct la_point {
    bool on_grid;
    uint32_t hold, remote; /* objects; per cent */
};

struct la_point la_point_of(const char *workload);

/* The class that a workload is counted in: the grid's name for its points, else its own. Returns
 * name, of LA_NAME_SIZE bytes. */
const char *la_workload_class(const char *workload, char *name);

#endif
