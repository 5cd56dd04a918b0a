/* SPDX-License-Identifier: MIT */
/* surroundings.c: see surroundings.h. */
#include "surroundings.h"

#include "complain.h"

static bool plan_all_cpus(struct la_placement *all, const struct la_topology *topology,
                          const char **why)
{
    const unsigned nr = la_topology_cpus(topology);

    return !la_placement_plan(topology, "compact",
                              nr < PLACEMENT_MAX_THREADS ? nr : PLACEMENT_MAX_THREADS, false, all,
                              why);
}

static bool is_used(const struct la_placement *placement, unsigned cpu)
{
    for (unsigned i = 0; i < placement->nr_threads; i++) {
        if (placement->cpu[i] == cpu)
            return true;
    }
    return false;
}

/* A thread alone may go anywhere, several change places among themselves. */
static bool plan_places(struct la_placement *places, const struct la_topology *topology,
                        const struct la_placement *placement, const char **why)
{
    *places = *placement;
    if (placement->nr_threads == 1 && !plan_all_cpus(places, topology, why))
        return false;
    return la_placement_cpus(places) > 1 ||
           la_complain(why, "its threads change CPUs, and there is one to run on");
}

static bool plan_others(struct la_placement *others, const struct la_topology *topology,
                        const struct la_placement *placement, const char **why)
{
    unsigned nr = 0;

    if (!plan_all_cpus(others, topology, why))
        return false;
    for (unsigned i = 0; i < others->nr_threads; i++) {
        if (!is_used(placement, others->cpu[i]))
            others->cpu[nr++] = others->cpu[i];
    }
    others->nr_threads = nr;
    return nr > 0 || la_complain(why,
                                 "it is disturbed from CPUs without a thread of its own, and with "
                                 "%u thread%s there is none",
                                 placement->nr_threads, placement->nr_threads == 1 ? "" : "s");
}

bool la_surroundings_plan(struct la_surroundings *surroundings, const struct la_workload *workload,
                          const struct la_topology *topology, const struct la_placement *placement,
                          const char **why)
{
    *surroundings = (struct la_surroundings){0};
    if (placement->nr_threads < workload->threads_min)
        return la_complain(why, "it needs %u threads or more%s%s", workload->threads_min,
                           workload->threads_why ? ": " : "",
                           workload->threads_why ? workload->threads_why : "");
    return (!workload->moves || plan_places(&surroundings->places, topology, placement, why)) &&
           (!workload->disturb || plan_others(&surroundings->others, topology, placement, why));
}
