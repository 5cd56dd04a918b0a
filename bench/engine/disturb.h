/* SPDX-License-Identifier: MIT */
/*
 * disturb.h: the threads of a workload that disturb its measured ones: one on every CPU that the
 * placement leaves free, from before the filling until after the window. Nothing of theirs is
 * measured.
 */
#ifndef LA_DISTURB_H
#define LA_DISTURB_H

#include <stdatomic.h>
#include <stdbool.h>

#include "placement.h"
#include "team.h"
#include "workload.h"

struct la_disturbers {
    struct la_team team;
    const struct la_workload *workload;
    const struct la_workload_params *params;
    bool running;
    _Atomic bool over;
};

/* Starts them, if the workload has any and there are CPUs for them; 0 or -errno. */
int la_disturb_start(struct la_disturbers *disturbers, const struct la_workload *workload,
                     const struct la_workload_params *params, const struct la_placement *others);

/* Ends them. After a start that failed there is nothing to end. */
void la_disturb_stop(struct la_disturbers *disturbers);

#endif
