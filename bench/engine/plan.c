/* SPDX-License-Identifier: MIT */
/* plan.c: see plan.h. */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "complain.h"
#include "draft.h"

enum {
    DEFAULT_DEPTH = 256,
    DEFAULT_SHARING = 4, /* threads on a CPU, oversubscribed */
};

/* --- settings --- */

int la_draft_place(const struct la_draft *draft, const char *name, unsigned nr_threads,
                   struct la_placement *placement, const char **why)
{
    return la_placement_plan(draft->topology, name, nr_threads, draft->request->oversubscribe,
                             placement, why);
}

static void add_threads(struct la_draft *draft, unsigned nr)
{
    for (size_t i = 0; i < draft->nr_threads; i++) {
        if (draft->threads[i] == nr)
            return;
    }
    draft->threads[draft->nr_threads++] = nr;
}

/* One thread, perhaps powers of two, and as many as the placement holds; those that it refuses are
 * left out. */
static bool default_threads(struct la_draft *draft)
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
    while (most > 0 && la_draft_place(draft, draft->placement, most, placement, &why))
        most--;
    for (unsigned nr = 1; nr < most; nr *= step) {
        if (!la_draft_place(draft, draft->placement, nr, placement, &why))
            add_threads(draft, nr);
    }
    free(placement);
    if (most == 0)
        return la_complain(draft->why, "%s", why);
    add_threads(draft, most);
    return true;
}

static bool plan_threads(struct la_draft *draft)
{
    if (draft->request->nr_threads == 0)
        return default_threads(draft);
    for (size_t i = 0; i < draft->request->nr_threads; i++)
        add_threads(draft, draft->request->threads[i]);
    return true;
}

static void plan_sizes(struct la_draft *draft)
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

static void plan_workloads(struct la_draft *draft)
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

static void plan_depths(struct la_draft *draft)
{
    draft->policies[draft->nr_depths++] = draft->request->policy;
    if (draft->request->suite->adaptive_size && !draft->request->policy &&
        draft->request->depth == 0)
        draft->policies[draft->nr_depths++] = lookaside_adaptive_policy();
}

/* --- cells --- */

const char *la_depth_text(const struct la_setting *setting, char *text, size_t size)
{
    if (setting->policy)
        snprintf(text, size, "adaptive-%s", setting->policy->name);
    else
        snprintf(text, size, "%u", setting->depth);
    return text;
}

static void name_cell(struct la_bench_cell *cell, const struct la_setting *setting)
{
    char depth[LA_DEPTH_BYTES];

    snprintf(cell->name, sizeof cell->name, "%s/%s/size:%zu/depth:%s/placement:%s/threads:%u",
             setting->workload->name, cell->contender->name, setting->size,
             la_depth_text(setting, depth, sizeof depth), setting->placement->name,
             setting->placement->nr_threads);
}

/* Whether the contender can run the group's workload at all. */
static bool fits(const struct la_contender *contender, const struct la_setting *setting)
{
    return !la_contender_is_array(contender) ||
           (setting->workload->returns_own &&
            setting->workload->live(&setting->params) <= LA_TL_ARRAY_SLOTS);
}

static bool takes(const struct la_suite_part *part, const struct la_contender *contender)
{
    return la_suite_part_takes(part, contender->name) &&
           (!part->behind || !la_contender_has_list(contender) ||
            strcmp(part->behind, contender->allocator->name) == 0);
}

/* The cells of the last group. Without a list or allocator of interest the group is not one. */
static bool add_cells(struct la_draft *draft, const struct la_suite_part *part,
                      struct la_group *group)
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
        hit = takes(part, contender) && (!selected || selected(cell->name));
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

/* The cold set is bytes, so that it exceeds the caches at every size; a list has to hold it. So is
 * the quota. */
static struct la_workload_params params_for(const struct la_workload *workload, size_t size)
{
    struct la_workload_params params = LA_WORKLOAD_DEFAULTS;
    size_t nr = LA_COLD_BYTES / size;

    nr = nr > LOOKASIDE_DEPTH_LIMIT ? LOOKASIDE_DEPTH_LIMIT : nr;
    params.cold = nr < params.burst ? params.burst : (uint32_t)nr;
    params.quota = size < LA_QUOTA_BYTES ? (uint32_t)(LA_QUOTA_BYTES / size) : 1;
    if (workload->family) {
        params.hold = workload->hold;
        params.remote = workload->remote;
    }
    return params;
}

static uint32_t depth_for(const struct la_draft *draft, const struct la_workload *workload,
                          const struct la_workload_params *params)
{
    if (draft->request->depth)
        return draft->request->depth;
    return workload->depth ? workload->depth(params) : DEFAULT_DEPTH;
}

static bool surround(struct la_group *group, const struct la_topology *topology, const char **why)
{
    const struct la_workload *workload = group->setting.workload;

    if (!la_surroundings_plan(&group->surroundings, workload, topology, &group->placement, why))
        return false;
    if (workload->moves)
        group->setting.places = &group->surroundings.places;
    if (workload->disturb)
        group->setting.others = &group->surroundings.others;
    return true;
}

bool la_draft_has_depth(const struct la_draft *draft, size_t depth, size_t size)
{
    return depth == 0 || size == draft->request->suite->adaptive_size;
}

bool la_draft_add_group(struct la_draft *draft, const struct la_draft_course *course, size_t size,
                        const struct lookaside_policy *policy)
{
    struct la_group *group = &draft->plan->groups[draft->plan->nr_groups];
    const char *why = "";

    *group = (struct la_group){0};
    if (la_draft_place(draft, course->placement, course->nr_threads, &group->placement, &why))
        return la_complain(draft->why, "%s", why);
    group->oversubscribed = la_placement_cpus(&group->placement) < course->nr_threads;
    group->setting = (struct la_setting){
        .workload = course->workload,
        .params = params_for(course->workload, size),
        .size = size,
        .policy = policy,
        .placement = &group->placement,
    };
    group->setting.depth = depth_for(draft, course->workload, &group->setting.params);
    if (!surround(group, draft->topology, &why)) {
        *draft->why = why;
        return false;
    }
    return add_cells(draft, &course->part, group);
}

static bool make_room(struct la_draft *draft, size_t nr_courses)
{
    struct la_plan *plan = draft->plan;
    size_t most = nr_courses * draft->nr_sizes * draft->nr_depths;

    plan->groups = calloc(most, sizeof *plan->groups);
    plan->cells = calloc(most * plan->nr_contenders + 1, sizeof *plan->cells);
    return (plan->groups && plan->cells) || la_complain(draft->why, "%s", strerror(ENOMEM));
}

/* A workload that wants a size of its own has one, unless the user named some. */
static bool size_of(const struct la_draft *draft, const struct la_workload *workload, size_t index,
                    size_t *size)
{
    const bool own = workload->size && draft->request->nr_sizes == 0;

    *size = own ? workload->size : draft->sizes[index];
    return !own || index == 0;
}

/* One of the product; false after a complaint. *sense: whether it makes any here. */
static bool add_workload(struct la_draft *draft, const struct la_workload *workload, bool *sense,
                         const char **why)
{
    size_t size;

    for (size_t s = 0; s < draft->nr_sizes; s++)
        for (size_t d = 0; d < draft->nr_depths; d++)
            for (size_t t = 0; t < draft->nr_threads; t++) {
                const struct la_draft_course course = {.workload = workload,
                                                       .placement = draft->placement,
                                                       .nr_threads = draft->threads[t]};

                if (!size_of(draft, workload, s, &size) || !la_draft_has_depth(draft, d, size))
                    continue;
                if (!la_draft_makes_sense(draft, &course, why)) {
                    la_draft_leave_out(draft, workload, *why);
                    continue;
                }
                *sense = true;
                if (!la_draft_add_group(draft, &course, size, draft->policies[d]))
                    return false;
            }
    return true;
}

/* What was named and makes sense with no number of threads is refused. */
static bool plan_workload(struct la_draft *draft, const struct la_workload *workload)
{
    char reason[sizeof draft->plan->left_out];
    const char *why = "";
    bool sense = false;

    if (!add_workload(draft, workload, &sense, &why))
        return false;
    if (sense || draft->request->nr_workloads == 0)
        return true;
    snprintf(reason, sizeof reason, "%s", why); /* it may lie where the complaint goes */
    return la_complain(draft->why, "%s: %s", workload->name, reason);
}

/* Beside the product, where the user did not say what or where. */
static const struct la_suite_part *parts_beside(const struct la_draft *draft)
{
    static const struct la_suite_part none[] = {{.workload = NULL}};
    const struct la_request *request = draft->request;

    return request->suite->also && request->nr_workloads == 0 && !request->placement
               ? request->suite->also
               : none;
}

static bool plan_product(struct la_draft *draft)
{
    const struct la_suite_part *also = parts_beside(draft);

    if (!make_room(draft,
                   draft->nr_workloads * draft->nr_threads + la_draft_count_parts(draft, also)))
        return false;
    for (size_t w = 0; w < draft->nr_workloads; w++) {
        if (!plan_workload(draft, draft->workloads[w]))
            return false;
    }
    return la_draft_add_parts(draft, also);
}

static bool plan_parts(struct la_draft *draft, const struct la_suite_part *parts)
{
    return make_room(draft, la_draft_count_parts(draft, parts)) && la_draft_add_parts(draft, parts);
}

static bool plan_groups(struct la_draft *draft)
{
    const struct la_suite_part *parts = draft->request->suite->parts;

    if (!plan_threads(draft) || !(parts ? plan_parts(draft, parts) : plan_product(draft)))
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
    struct la_draft draft = {
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
