/* SPDX-License-Identifier: MIT */
/* plan.c: see plan.h. */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "complain.h"
#include "regime.h"

enum {
    DEFAULT_DEPTH = 256,
    DEFAULT_SHARING = 4, /* threads on a CPU, oversubscribed */
    MAX_DEPTHS = 2,
};

/* What is being planned: the request with the suite's choices filled in. */
struct draft {
    const struct la_request *request;
    const struct la_topology *topology;
    struct la_plan *plan;
    size_t sizes[LA_REQUEST_MAX];
    size_t nr_sizes;
    unsigned threads[LA_REQUEST_MAX];
    size_t nr_threads;
    const struct la_workload *workloads[LA_REQUEST_MAX];
    size_t nr_workloads;
    bool adaptive[MAX_DEPTHS];
    size_t nr_depths;
    const char *placement;
    const char **why;
};

/* --- settings --- */

static int try_placement(const struct draft *draft, const char *name, unsigned nr_threads,
                         struct la_placement *placement, const char **why)
{
    return la_placement_plan(draft->topology, name, nr_threads, draft->request->oversubscribe,
                             placement, why);
}

static void add_threads(struct draft *draft, unsigned nr)
{
    for (size_t i = 0; i < draft->nr_threads; i++) {
        if (draft->threads[i] == nr)
            return;
    }
    draft->threads[draft->nr_threads++] = nr;
}

/* One thread, perhaps powers of two, and as many as the placement holds; those that it refuses are
 * left out. */
static bool default_threads(struct draft *draft)
{
    struct la_placement *placement = calloc(1, sizeof *placement);
    unsigned most = la_topology_cpus(draft->topology);
    const char *why = "it holds no thread";
    unsigned step = draft->request->suite->powers_of_two ? 2 : most;

    if (!placement)
        return la_complain(draft->why, "%s", strerror(ENOMEM));
    if (strcmp(draft->placement, "oversubscribed") == 0)
        most = step = most * DEFAULT_SHARING;
    if (most > PLACEMENT_MAX_THREADS)
        most = PLACEMENT_MAX_THREADS;
    while (most > 0 && try_placement(draft, draft->placement, most, placement, &why))
        most--;
    for (unsigned nr = 1; nr < most; nr *= step) {
        if (!try_placement(draft, draft->placement, nr, placement, &why))
            add_threads(draft, nr);
    }
    free(placement);
    if (most == 0)
        return la_complain(draft->why, "%s", why);
    add_threads(draft, most);
    return true;
}

static bool plan_threads(struct draft *draft)
{
    if (draft->request->nr_threads == 0)
        return default_threads(draft);
    for (size_t i = 0; i < draft->request->nr_threads; i++)
        add_threads(draft, draft->request->threads[i]);
    return true;
}

static void plan_sizes(struct draft *draft)
{
    const size_t *sizes = draft->request->sizes;
    size_t nr = draft->request->nr_sizes;

    if (nr == 0) {
        sizes = draft->request->suite->sizes;
        while (sizes[nr])
            nr++;
    }
    memcpy(draft->sizes, sizes, nr * sizeof *sizes);
    draft->nr_sizes = nr;
}

static void plan_workloads(struct draft *draft)
{
    const struct la_request *request = draft->request;
    const struct la_workload *workload;

    for (size_t i = 0; i < request->nr_workloads; i++)
        draft->workloads[draft->nr_workloads++] = request->workloads[i];
    for (size_t i = 0; request->nr_workloads == 0 && (workload = la_workload_at(i)); i++) {
        if (!workload->on_request)
            draft->workloads[draft->nr_workloads++] = workload;
    }
}

static void plan_depths(struct draft *draft)
{
    draft->adaptive[draft->nr_depths++] = draft->request->adaptive;
    if (draft->request->suite->adaptive_too && !draft->request->adaptive &&
        draft->request->depth == 0)
        draft->adaptive[draft->nr_depths++] = true;
}

/* --- cells --- */

static void name_cell(struct la_bench_cell *cell, const struct la_setting *setting)
{
    char depth[16] = "adaptive";

    if (!setting->adaptive)
        snprintf(depth, sizeof depth, "%u", setting->depth);
    snprintf(cell->name, sizeof cell->name, "%s/%s/size:%zu/depth:%s/placement:%s/threads:%u",
             setting->workload->name, cell->contender->name, setting->size, depth,
             setting->placement->name, setting->placement->nr_threads);
}

/* Whether the contender can run the group's workload at all. */
static bool fits(const struct la_contender *contender, const struct la_setting *setting)
{
    return !la_contender_is_array(contender) ||
           (setting->workload->returns_own &&
            setting->workload->live(&setting->params) <= LA_TL_ARRAY_SLOTS);
}

/* The cells of the last group. Without a list or allocator of interest the group is not one. */
static bool add_cells(struct draft *draft, const struct la_suite_part *part, struct la_group *group)
{
    struct la_plan *plan = draft->plan;
    bool (*selected)(const char *) = draft->request->selected;
    bool wanted = false;

    group->first = plan->nr_cells;
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        struct la_bench_cell *cell = &plan->cells[plan->nr_cells];
        const struct la_contender *contender = &plan->contenders[i];
        bool is_reference =
            contender->role == LA_ROLE_MALLOC && strcmp(contender->allocator->name, "glibc") == 0;
        bool hit;

        if (!fits(contender, &group->setting))
            continue;
        *cell = (struct la_bench_cell){.group = plan->nr_groups, .contender = contender};
        name_cell(cell, &group->setting);
        hit = la_suite_part_takes(part, contender->name) && (!selected || selected(cell->name));
        wanted = wanted || hit;
        if (contender->role == LA_ROLE_FLOOR)
            group->floor = plan->nr_cells;
        else if (is_reference)
            group->reference = plan->nr_cells;
        else if (contender->role != LA_ROLE_TWIN && !hit)
            continue;
        cell->latency = calloc(1, sizeof *cell->latency);
        if (!cell->latency)
            return la_complain(draft->why, "%s", strerror(ENOMEM));
        /* Touched now: memory that appears during a run would count as the run's. */
        la_histogram_reset(cell->latency);
        plan->nr_cells++;
        group->nr_cells++;
    }
    if (wanted)
        plan->nr_groups++;
    while (!wanted && group->nr_cells-- > 0)
        free(plan->cells[--plan->nr_cells].latency);
    return true;
}

/* The cold set is bytes, so that it exceeds the caches at every size; a list has to hold it. */
static struct la_workload_params params_for(const struct la_workload *workload, size_t size)
{
    struct la_workload_params params = LA_WORKLOAD_DEFAULTS;
    size_t nr = LA_COLD_BYTES / size;

    nr = nr > LOOKASIDE_DEPTH_LIMIT ? LOOKASIDE_DEPTH_LIMIT : nr;
    params.cold = nr < params.burst ? params.burst : (uint32_t)nr;
    if (workload->family) {
        params.hold = workload->hold;
        params.remote = workload->remote;
    }
    return params;
}

static uint32_t depth_for(const struct draft *draft, const struct la_workload *workload,
                          const struct la_workload_params *params)
{
    if (draft->request->depth)
        return draft->request->depth;
    return workload->depth ? workload->depth(params) : DEFAULT_DEPTH;
}

/* What a group is, but for size and depth. */
struct course {
    const struct la_workload *workload;
    const char *placement;
    unsigned nr_threads;
    struct la_suite_part part;
};

static bool add_group(struct draft *draft, const struct course *course, size_t size, bool adaptive)
{
    struct la_group *group = &draft->plan->groups[draft->plan->nr_groups];
    const char *why = "";

    *group = (struct la_group){0};
    if (try_placement(draft, course->placement, course->nr_threads, &group->placement, &why))
        return la_complain(draft->why, "%s", why);
    group->oversubscribed = la_placement_cpus(&group->placement) < course->nr_threads;
    group->setting = (struct la_setting){
        .workload = course->workload,
        .params = params_for(course->workload, size),
        .size = size,
        .adaptive = adaptive,
        .placement = &group->placement,
    };
    group->setting.depth = depth_for(draft, course->workload, &group->setting.params);
    return add_cells(draft, &course->part, group);
}

static bool make_room(struct draft *draft, size_t nr_courses)
{
    struct la_plan *plan = draft->plan;
    size_t most = nr_courses * draft->nr_sizes * draft->nr_depths;

    plan->groups = calloc(most, sizeof *plan->groups);
    plan->cells = calloc(most * plan->nr_contenders + 1, sizeof *plan->cells);
    return (plan->groups && plan->cells) || la_complain(draft->why, "%s", strerror(ENOMEM));
}

static bool plan_product(struct draft *draft)
{
    if (!plan_threads(draft) || !make_room(draft, draft->nr_workloads * draft->nr_threads))
        return false;
    for (size_t w = 0; w < draft->nr_workloads; w++)
        for (size_t s = 0; s < draft->nr_sizes; s++)
            for (size_t d = 0; d < draft->nr_depths; d++)
                for (size_t t = 0; t < draft->nr_threads; t++) {
                    const struct course course = {.workload = draft->workloads[w],
                                                  .placement = draft->placement,
                                                  .nr_threads = draft->threads[t]};

                    if (course.nr_threads < course.workload->threads_min)
                        continue;
                    if (!add_group(draft, &course, draft->sizes[s], draft->adaptive[d]))
                        return false;
                }
    return true;
}

/* --- a suite of parts --- */

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
static bool has_group(const struct la_plan *plan, const struct course *course)
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
static bool course_of(const struct draft *draft, const struct la_suite_part *part,
                      const struct la_workload *workload, unsigned nr_threads,
                      struct course *course, const char **why)
{
    static struct la_placement placement;
    unsigned held = la_placement_capacity(draft->topology, draft->placement, why);

    *course = (struct course){.workload = workload,
                              .placement = part->sharing ? "oversubscribed" : draft->placement,
                              .nr_threads = nr_threads,
                              .part = *part};
    if (part->sharing)
        course->nr_threads = part->sharing * la_topology_cpus(draft->topology);
    else if (!nr_threads)
        course->nr_threads = held;
    return held && !try_placement(draft, course->placement, course->nr_threads, &placement, why);
}

static bool add_course(struct draft *draft, const struct la_suite_part *part,
                       const struct la_workload *workload, unsigned nr_threads)
{
    struct course course;
    const char *why = "";
    const bool here = course_of(draft, part, workload, nr_threads, &course, &why);

    if (!asked_workload(draft->request, workload) ||
        !asked_threads(draft->request, course.nr_threads) || has_group(draft->plan, &course) ||
        course.nr_threads < workload->threads_min)
        return true;
    if (!here && part->threads != LA_THREADS_EACH && !*draft->plan->left_out)
        snprintf(draft->plan->left_out, sizeof draft->plan->left_out, "%s: %s", workload->name,
                 why);
    for (size_t s = 0; here && s < draft->nr_sizes; s++)
        for (size_t d = 0; d < draft->nr_depths; d++)
            if (!add_group(draft, &course, draft->sizes[s], draft->adaptive[d]))
                return false;
    return true;
}

/* The workload of a part, or the points of its family, by index; NULL past the last. */
static const struct la_workload *part_workload(const struct la_suite_part *part, size_t index)
{
    if (strcmp(part->workload, LA_REGIME_FAMILY) == 0)
        return la_regime_at(index);
    return index == 0 ? la_workload_find(part->workload) : NULL;
}

/* How many threads, by index; false past the last. */
static bool part_threads(const struct draft *draft, const struct la_suite_part *part, size_t index,
                         unsigned *nr_threads)
{
    const bool each = part->threads == LA_THREADS_EACH;

    *nr_threads = !each ? part->threads : index < draft->nr_threads ? draft->threads[index] : 0;
    return index < (each ? draft->nr_threads : 1);
}

/* Counts what it consists of; as long as there is no room, that is all. */
static bool add_part(struct draft *draft, const struct la_suite_part *part, size_t *nr)
{
    const struct la_workload *workload;
    unsigned nr_threads;

    for (size_t w = 0; (workload = part_workload(part, w)); w++)
        for (size_t t = 0; part_threads(draft, part, t, &nr_threads); t++, ++*nr)
            if (draft->plan->groups && !add_course(draft, part, workload, nr_threads))
                return false;
    return true;
}

static bool plan_parts(struct draft *draft, const struct la_suite_part *parts)
{
    size_t nr = 0;

    if (!plan_threads(draft))
        return false;
    for (const struct la_suite_part *part = parts; part->workload; part++)
        add_part(draft, part, &nr);
    if (!make_room(draft, nr))
        return false;
    for (const struct la_suite_part *part = parts; part->workload; part++) {
        if (!add_part(draft, part, &nr))
            return false;
    }
    return true;
}

static bool plan_groups(struct draft *draft)
{
    const struct la_suite_part *parts = draft->request->suite->parts;

    if (!(parts ? plan_parts(draft, parts) : plan_product(draft)))
        return false;
    if (draft->plan->nr_groups > 0)
        return true;
    if (*draft->plan->left_out)
        return la_complain(draft->why, "%s", draft->plan->left_out);
    return la_complain(draft->why, "no cell is left to measure");
}

struct la_plan *la_plan_make(const struct la_request *request, const struct la_topology *topology,
                             const char **why)
{
    struct draft draft = {
        .request = request,
        .topology = topology,
        .plan = calloc(1, sizeof *draft.plan),
        .placement = request->placement ? request->placement : "compact",
        .why = why,
    };

    if (!draft.plan) {
        *why = strerror(ENOMEM);
        return NULL;
    }
    plan_sizes(&draft);
    plan_workloads(&draft);
    plan_depths(&draft);
    draft.plan->contenders = la_cast_make(request, &draft.plan->nr_contenders, why);
    if (!draft.plan->contenders || !plan_groups(&draft) ||
        !la_plan_times(draft.plan, request, why)) {
        la_plan_free(draft.plan);
        return NULL;
    }
    return draft.plan;
}

void la_plan_free(struct la_plan *plan)
{
    for (size_t i = 0; i < plan->nr_cells; i++)
        free(plan->cells[i].latency);
    free(plan->contenders);
    free(plan->groups);
    free(plan->cells);
    free(plan);
}
