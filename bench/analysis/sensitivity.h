/* SPDX-License-Identifier: MIT */
/*
 * sensitivity.h: along which axis, and between which of its values, the answer is proven to change.
 *
 * A line is all cells of a map that differ in one thing only. Going along it, the contenders that
 * may be the answer in every cell so far are kept; when a cell leaves none of them, no single
 * contender is the answer from there back to here, so that it must have changed. The nearest cell
 * from which that follows gives the other end. What is not proven so is not told: the answer may
 * change, or not.
 */
#ifndef LOOKASIDE_ANALYSIS_SENSITIVITY_H
#define LOOKASIDE_ANALYSIS_SENSITIVITY_H

#include "map.h"

enum la_axis { LA_AXIS_THREADS, LA_AXIS_HOLD, LA_AXIS_REMOTE, LA_AXIS_SIZE, LA_NR_AXES };
const char *la_axis_name(enum la_axis axis);
const char *la_axis_unit(enum la_axis axis); /* " %" and the like */

/* A stretch over which some contenders may be the answer everywhere. */
struct la_stretch {
    double from, to; /* values of the axis */
    bool *may_be;
    size_t nr_may_be;
    double changed_after; /* it changed between this value and from; NaN for the first stretch */
};

struct la_line {
    enum la_axis axis;
    char at[LA_LABEL_SIZE]; /* what all its cells share */
    size_t nr_cells;
    struct la_stretch *stretches;
    size_t nr_stretches; /* one more than there are proven changes */
};

struct la_sensitivity {
    const struct la_map *map;
    struct la_line *lines; /* of at least two cells; by axis */
    size_t nr_lines;
};

void la_sensitivity_make(struct la_sensitivity *sensitivity, const struct la_map *map);
void la_sensitivity_fini(struct la_sensitivity *sensitivity);

#endif
