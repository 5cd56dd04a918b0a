/* SPDX-License-Identifier: MIT */
/* each.h: for tests, a scenario on one strategy after the other, each run in a process of its own.
 */
#ifndef LOOKASIDE_STRESS_EACH_H
#define LOOKASIDE_STRESS_EACH_H

#include "stress.h"

/* On all strategies, or on the one of that name; prints a line for each. The exit status: 0 all
 * that can run here passed, 1 one failed, 77 none can run. */
int run_on_each(const struct stress_scenario *scenario, const struct stress_options *options,
                const char *only);

#endif
