/* SPDX-License-Identifier: MIT */
/* run_compare_values.h: what a line of a comparison is made from: the blocks of a cell in each run.
 */
#ifndef LOOKASIDE_ANALYSIS_RUN_COMPARE_VALUES_H
#define LOOKASIDE_ANALYSIS_RUN_COMPARE_VALUES_H

#include "run_compare.h"

/* One side of a comparison. */
struct place {
    const struct la_run *run;
    size_t group, contender;
    enum la_side side;
};

/* NEW's median less BASE's; *has: how many values each side has. */
void la_place_estimate(const struct place *places, const struct la_measure *measure,
                       enum la_basis basis, const struct la_resampling *resampling, size_t *has,
                       struct la_estimate *change);

/* Of the accepted blocks, in the measure's unit; NaN: there are none. */
double la_place_median(const struct place *place, const struct la_measure *measure);

#endif
