/* SPDX-License-Identifier: MIT */
/*
 * effort.c: from what single comparisons need to a plan for all of them; see sample_size.h. Blocks
 * are bought by the group, and one pays for every comparison that is open there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "sample_size.h"
#include "verdict.h"

static double context_s(const struct la_run *run, const char *key)
{
    const char *text = la_run_context(run, key);

    return text ? strtod(text, NULL) / 1e9 : 0;
}

double la_block_s(const struct la_run *run, size_t group)
{
    const double around_s = context_s(run, "warmup_ns");
    double sum = 0;

    for (size_t i = 0; i < run->nr_contenders; i++) {
        double of_one = 0;
        size_t nr = 0;

        for (size_t block = 0; block < run->nr_blocks; block++) {
            const struct la_sample *sample = la_run_usable(run, group, i, block);

            if (!sample || isnan(sample->window_s))
                continue;
            of_one += sample->window_s + around_s;
            nr++;
        }
        sum += nr ? of_one / (double)nr : 0;
    }
    return sum > 0 ? sum : NAN;
}

static size_t nr_blocks_of(const struct la_run *run, size_t group)
{
    size_t most = 0;

    for (size_t i = 0; i < run->nr_contenders; i++) {
        size_t nr = 0;

        for (size_t block = 0; block < run->nr_blocks; block++)
            nr += la_run_usable(run, group, i, block) != NULL;
        most = nr > most ? nr : most;
    }
    return most;
}

/* What is known of the groups while a plan grows. */
struct plan {
    size_t nr_groups;
    size_t *nr_blocks;
    double *block_s; /* 1 where the file does not say, and all is counted in blocks */
    double *times;   /* what the plan raises the blocks of the group to */
    bool by_process, timed;
};

static double factor_of(const struct plan *plan, const struct la_open *open)
{
    return plan->by_process ? open->need.processes : open->need.blocks;
}

/* Blocks that a group gets beyond what it has. */
static double more_blocks(const struct plan *plan, size_t group, double times)
{
    return ceil((times - 1) * (double)plan->nr_blocks[group]);
}

/* What the whole plan costs with one more comparison, or none, in it. */
static double cost_with(const struct plan *plan, const struct la_open *open)
{
    double sum = 0;

    for (size_t i = 0; i < plan->nr_groups; i++) {
        double times = plan->times[i];

        for (size_t j = 0; open && j < open->scope->nr_groups; j++) {
            if (open->scope->groups[j] == i)
                times = fmax(times, factor_of(plan, open));
        }
        if (times > 1)
            sum += more_blocks(plan, i, times) * plan->block_s[i];
    }
    return sum;
}

static void take(struct plan *plan, const struct la_open *open)
{
    for (size_t i = 0; i < open->scope->nr_groups; i++) {
        double *times = &plan->times[open->scope->groups[i]];

        *times = fmax(*times, factor_of(plan, open));
    }
}

static void begin_plan(struct plan *plan, const struct la_run *run)
{
    plan->nr_groups = run->nr_groups;
    plan->by_process = la_run_processes(run) > 1;
    plan->timed = true;
    plan->nr_blocks = la_new_array(run->nr_groups, sizeof *plan->nr_blocks);
    plan->block_s = la_new_array(run->nr_groups, sizeof *plan->block_s);
    plan->times = la_new_array(run->nr_groups, sizeof *plan->times);
    for (size_t i = 0; i < run->nr_groups; i++) {
        plan->nr_blocks[i] = nr_blocks_of(run, i);
        plan->block_s[i] = la_block_s(run, i);
        plan->timed = plan->timed && !isnan(plan->block_s[i]);
        plan->times[i] = 1;
    }
    for (size_t i = 0; !plan->timed && i < run->nr_groups; i++)
        plan->block_s[i] = 1;
}

static void end_plan(struct plan *plan)
{
    free(plan->nr_blocks);
    free(plan->block_s);
    free(plan->times);
}

/* The open comparison that adds least to the plan's cost, or NULL. */
static const struct la_open *cheapest(const struct plan *plan, const struct la_open *open,
                                      size_t nr_open, const bool *taken, double *cost)
{
    const struct la_open *found = NULL;

    *cost = HUGE_VAL;
    for (size_t i = 0; i < nr_open; i++) {
        const double with =
            taken[i] || isinf(factor_of(plan, &open[i])) ? NAN : cost_with(plan, &open[i]);

        if (with < *cost) {
            *cost = with;
            found = &open[i];
        }
    }
    return found;
}

static void count(const struct plan *plan, size_t nr_processes, struct la_effort *effort)
{
    for (size_t i = 0; i < plan->nr_groups; i++) {
        const double blocks = more_blocks(plan, i, plan->times[i]);
        const double processes = ceil((plan->times[i] - 1) * (double)nr_processes);

        if (blocks > (double)effort->more_blocks)
            effort->more_blocks = (size_t)blocks;
        if (plan->by_process && processes > (double)effort->more_processes)
            effort->more_processes = (size_t)processes;
    }
}

void la_effort_plan(const struct la_open *open, size_t nr_open, double limit_s,
                    struct la_effort *effort)
{
    bool *taken = la_new_array(nr_open, sizeof *taken);
    const struct la_run *run = nr_open ? open[0].scope->run : NULL;
    struct plan plan = {0};
    const struct la_open *next;
    double cost;

    *effort = (struct la_effort){.nr_open = nr_open};
    if (run)
        begin_plan(&plan, run);
    for (size_t i = 0; i < nr_open; i++)
        effort->nr_near += isinf(factor_of(&plan, &open[i])) != 0;
    while ((next = cheapest(&plan, open, nr_open, taken, &cost))) {
        taken[next - open] = true;
        take(&plan, next);
        effort->seconds_all = plan.timed ? cost : NAN;
        if (plan.timed && cost > limit_s)
            continue;
        effort->nr_decided++;
        effort->seconds = effort->seconds_all;
        count(&plan, la_run_processes(run), effort);
    }
    end_plan(&plan);
    free(taken);
}

/* What the correction for many comparisons asks of this one: as much below the rate as its own
 * p-value was raised. */
static double p_needed(const struct la_p_value *p)
{
    if (!(p->adjusted > 0) || !(p->alone > 0))
        return LA_FALSE_DISCOVERY_RATE;
    return LA_FALSE_DISCOVERY_RATE * p->alone / p->adjusted;
}

static bool is_open(const struct la_judgement *judgement)
{
    return judgement->verdict == LA_UNDECIDED && judgement->reason != LA_REASON_NOT_MEASURED &&
           judgement->reason != LA_REASON_NONE;
}

size_t la_effort_open(const struct la_choice *choice, bool to_leader, struct la_open *open)
{
    size_t nr = 0;

    for (size_t i = 0; i < choice->nr_standings; i++) {
        const struct la_standing *standing = &choice->standings[i];
        const bool leads = to_leader && (i == 0 || i >= choice->nr_ranked);

        if (leads || !is_open(to_leader ? &standing->leader_judgement : &standing->judgement))
            continue;
        open[nr].scope = choice->scope;
        open[nr++].need =
            la_sample_size(to_leader ? &standing->to_leader : &standing->ratio, &choice->twin,
                           p_needed(&standing->p[to_leader ? LA_TO_LEADER : LA_TO_MALLOC]));
    }
    return nr;
}

static void plan_for(const struct la_choice *choices, size_t nr_choices, double limit_s,
                     bool to_leader, struct la_effort *effort)
{
    struct la_open *open;
    size_t nr = 0;

    for (size_t i = 0; i < nr_choices; i++)
        nr += choices[i].nr_standings;
    open = la_new_array(nr, sizeof *open);
    nr = 0;
    for (size_t i = 0; i < nr_choices; i++)
        nr += la_effort_open(&choices[i], to_leader, open + nr);
    la_effort_plan(open, nr, limit_s, effort);
    free(open);
}

void la_effort_of_choices(const struct la_choice *choices, size_t nr_choices, double limit_s,
                          struct la_effort *to_malloc, struct la_effort *to_leader)
{
    if (to_malloc)
        plan_for(choices, nr_choices, limit_s, false, to_malloc);
    if (to_leader)
        plan_for(choices, nr_choices, limit_s, true, to_leader);
}

static const char *duration(double seconds, char *text, size_t size)
{
    if (isnan(seconds))
        snprintf(text, size, "more measuring");
    else if (seconds < 99)
        snprintf(text, size, "%.0f more seconds", fmax(1, ceil(seconds)));
    else
        snprintf(text, size, "%.0f more minutes", ceil(seconds / 60));
    return text;
}

const char *la_effort_text(const struct la_effort *effort, const char *what, char *text,
                           size_t size)
{
    char time[64], units[64];

    *text = '\0';
    if (!effort->nr_open)
        return text;
    if (!effort->nr_decided) {
        snprintf(
            text, size,
            "%zu open %s: none would be decided by an hour more of the same, they lie too near "
            "a bound or the machine is too noisy",
            effort->nr_open, what);
        return text;
    }
    if (effort->more_processes)
        snprintf(units, sizeof units, "%zu more processes like these", effort->more_processes);
    else
        snprintf(units, sizeof units, "up to %zu more blocks a group", effort->more_blocks);
    snprintf(text, size, "about %s (%s) would decide %zu of %zu open %s",
             duration(effort->seconds, time, sizeof time), units, effort->nr_decided,
             effort->nr_open, what);
    return text;
}
