/* SPDX-License-Identifier: MIT */
/* disturb.c: see disturb.h. */
#include "disturb.h"

static void disturb(void *context, unsigned member)
{
    struct la_disturbers *disturbers = context;

    disturbers->workload->disturb(disturbers->params, member, &disturbers->over);
}

int la_disturb_start(struct la_disturbers *disturbers, const struct la_workload *workload,
                     const struct la_workload_params *params, const struct la_placement *others)
{
    int error;

    disturbers->workload = workload;
    disturbers->params = params;
    disturbers->running = false;
    if (!workload->disturb || !others)
        return 0;
    error = la_team_start(&disturbers->team, others, disturbers);
    if (error)
        return error;
    disturbers->running = true;
    /* Relaxed: the start of the step orders it. */
    atomic_store_explicit(&disturbers->over, false, memory_order_relaxed);
    la_team_begin(&disturbers->team, disturb);
    return 0;
}

void la_disturb_stop(struct la_disturbers *disturbers)
{
    if (!disturbers->running)
        return;
    /* Relaxed: only ends loops. */
    atomic_store_explicit(&disturbers->over, true, memory_order_relaxed);
    la_team_finish(&disturbers->team);
    la_team_stop(&disturbers->team);
}
