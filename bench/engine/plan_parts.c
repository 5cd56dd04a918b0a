/* SPDX-License-Identifier: MIT */
/* plan_parts.c: the groups that a suite names one by one; see draft.h. */
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "regime.h"

void la_draft_leave_out(const struct la_draft *draft, const struct la_workload *workload,
                        const char *why)
{
    char *note = draft->plan->left_out;

    if (!*note)
        snprintf(note, sizeof draft->plan->left_out, "%s: %s", workload->name, why);
}

bool la_draft_makes_sense(const struct la_draft *draft, const struct la_draft_course *course,
                          const char **why)
{
    static struct la_placement placement;
    static struct la_surroundings surroundings;

    return la_draft_place(draft, course->placement, course->nr_threads, &placement, why) ||
           la_surroundings_plan(&surroundings, course->workload, draft->topology, &placement, why);
}

static bool asked_workload(const struct la_request *request, const struct la_workload *workload)
{
    for (size_t i = 0; i < request->nr_workloads; i++) {
        if (request->workloads[i] == workload)
            return true;
    }
    return request->nr_workloads == 0;
}

static bool asked_threads(const struct la_request *request, unsigned nr_threads)
{
    for (size_t i = 0; i < request->nr_threads; i++) {
        if (request->threads[i] == nr_threads)
            return true;
    }
    return request->nr_threads == 0;
}

/* All CPUs may be one or two, and another part's group then. */
static bool has_group(const struct la_plan *plan, const struct la_draft_course *course)
{
    for (size_t i = 0; i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];

        if (group->setting.workload == course->workload &&
            group->placement.nr_threads == course->nr_threads &&
            strcmp(group->placement.name, course->placement) == 0)
            return true;
    }
    return false;
}

/* Fills in what depends on the machine; false if that lacks it. */
static bool course_of(const struct la_draft *draft, const struct la_suite_part *part,
                      const struct la_workload *workload, unsigned nr_threads,
                      struct la_draft_course *course, const char **why)
{
    static struct la_placement placement;
    unsigned held = la_placement_capacity(draft->topology, draft->placement, why);

    *course =
        (struct la_draft_course){.workload = workload,
                                 .placement = part->sharing ? "oversubscribed" : draft->placement,
                                 .nr_threads = nr_threads,
                                 .part = *part};
    if (part->sharing)
        course->nr_threads = part->sharing * la_topology_cpus(draft->topology);
    else if (!nr_threads)
        course->nr_threads = held;
    return held && !la_draft_place(draft, course->placement, course->nr_threads, &placement, why);
}

static size_t nr_sizes(const struct la_draft *draft, const struct la_draft_course *course)
{
    const bool own = (course->part.size || course->workload->size) && !draft->request->nr_sizes;

    return own ? 1 : draft->nr_sizes;
}

static size_t size_of(const struct la_draft *draft, const struct la_draft_course *course,
                      size_t index)
{
    if (draft->request->nr_sizes)
        return draft->sizes[index];
    if (course->workload->size)
        return course->workload->size;
    return course->part.size ? course->part.size : draft->sizes[index];
}

/* Of a part with several numbers of threads it is no news that some make no sense, but that the
 * last one makes none. */
static bool add_course(struct la_draft *draft, const struct la_suite_part *part,
                       const struct la_workload *workload, unsigned nr_threads)
{
    struct la_draft_course course;
    const char *why = "";
    const bool here = course_of(draft, part, workload, nr_threads, &course, &why);

    if (!asked_workload(draft->request, workload) ||
        !asked_threads(draft->request, course.nr_threads) || has_group(draft->plan, &course))
        return true;
    if (!here || !la_draft_makes_sense(draft, &course, &why)) {
        if (part->threads != LA_THREADS_EACH || nr_threads == draft->threads[draft->nr_threads - 1])
            la_draft_leave_out(draft, workload, why);
        return true;
    }
    for (size_t s = 0; s < nr_sizes(draft, &course); s++)
        for (size_t d = 0; d < draft->nr_depths; d++)
            /* Where threads share CPUs windows are long: one depth. */
            if (!(d && part->sharing) && la_draft_has_depth(draft, d, size_of(draft, &course, s)) &&
                !la_draft_add_group(draft, &course, size_of(draft, &course, s), draft->policies[d]))
                return false;
    return true;
}

/* By index, those that are in no product and no grid; NULL past the last. */
static const struct la_workload *rest_workload(size_t index)
{
    const struct la_workload *workload;

    for (size_t i = 0; (workload = la_workload_at(i)); i++) {
        if (workload->on_request && workload != la_regime_at(0)->family && index-- == 0)
            return workload;
    }
    return NULL;
}

/* The workload of a part, or those that it stands for, by index; NULL past the last. */
static const struct la_workload *part_workload(const struct la_suite_part *part, size_t index)
{
    if (strcmp(part->workload, LA_REGIME_FAMILY) == 0)
        return la_regime_at(index);
    if (strcmp(part->workload, LA_SUITE_REST) == 0)
        return rest_workload(index);
    return index == 0 ? la_workload_find(part->workload) : NULL;
}

/* How many threads, by index; false past the last. */
static bool part_threads(const struct la_draft *draft, const struct la_suite_part *part,
                         size_t index, unsigned *nr_threads)
{
    const bool each = part->threads == LA_THREADS_EACH;

    *nr_threads = !each ? part->threads : index < draft->nr_threads ? draft->threads[index] : 0;
    return index < (each ? draft->nr_threads : 1);
}

static bool add_part(struct la_draft *draft, const struct la_suite_part *part)
{
    const struct la_workload *workload;
    unsigned nr_threads;

    for (size_t w = 0; (workload = part_workload(part, w)); w++)
        for (size_t t = 0; part_threads(draft, part, t, &nr_threads); t++)
            if (!add_course(draft, part, workload, nr_threads))
                return false;
    return true;
}

bool la_draft_add_parts(struct la_draft *draft, const struct la_suite_part *parts)
{
    for (const struct la_suite_part *part = parts; part->workload; part++) {
        if (!add_part(draft, part))
            return false;
    }
    return true;
}

size_t la_draft_count_parts(const struct la_draft *draft, const struct la_suite_part *parts)
{
    unsigned nr_threads;
    size_t nr = 0;

    for (const struct la_suite_part *part = parts; part->workload; part++)
        for (size_t w = 0; part_workload(part, w); w++)
            for (size_t t = 0; part_threads(draft, part, t, &nr_threads); t++)
                nr++;
    return nr;
}
