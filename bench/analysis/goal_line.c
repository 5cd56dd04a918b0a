/* SPDX-License-Identifier: MIT */
/* goal_line.c: see goal_line.h. */
#include "goal_line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Above this share of the gross figure, what is left after the floor is mostly its noise. */
#define FLOOR_SHARE_MAX 0.8

enum { SIZE_BYTES = 256, POINTS = 100 };

struct la_goal_line *goal_line_add(struct judge *judge, const struct la_goal *goal,
                                   struct la_goal_bound bound, const char *format, ...)
{
    struct la_goal_line *line = &judge->goals->lines[judge->goals->nr_lines++];
    va_list arguments;

    *line = (struct la_goal_line){
        .goal = goal, .bound = bound, .value = LA_NO_ESTIMATE, .verdict = LA_GOAL_NOT_MEASURED};
    va_start(arguments, format);
    vsnprintf(line->what, sizeof line->what, format, arguments);
    va_end(arguments);
    return line;
}

void goal_line_note(struct la_goal_line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line->note, sizeof line->note, format, arguments);
    va_end(arguments);
}

size_t goal_value_add(const struct judge *judge, size_t nr, double value,
                      const struct la_sample *from)
{
    if (!isfinite(value))
        return nr;
    judge->values[nr] = value;
    judge->processes[nr] = from->process;
    return nr + 1;
}

void goal_line_decide(const struct judge *judge, size_t nr_values, struct la_goal_line *line)
{
    const struct la_stratum stratum = {
        .values = judge->values, .nr = nr_values, .weight = 1, .processes = judge->processes};

    if (!nr_values) {
        goal_line_note(line, "no accepted block in common");
        return;
    }
    la_bootstrap(&stratum, 1, judge->resampling, &line->value);
    line->verdict = la_goal_decide(&line->bound, &line->value);
    if (nr_values < LA_MIN_VALUES)
        goal_line_note(line, "fewer than %d accepted blocks", LA_MIN_VALUES);
}

/* --- what is in the run --- */

static bool is_shared(const struct la_run_group *group)
{
    return strcmp(group->placement, "oversubscribed") == 0;
}

/* The group of a workload; nr_threads 0: the one with most threads, more than one. -1: none. */
int goal_group(const struct la_run *run, const char *workload, unsigned nr_threads)
{
    unsigned most = 1;
    int found = -1;

    for (size_t i = 0; i < run->nr_groups; i++) {
        const struct la_run_group *group = &run->groups[i];
        const bool own_depth = strcmp(workload, "burst-cold") == 0;

        if (strcmp(group->workload, workload) != 0 || is_shared(group) ||
            group->size_bytes != SIZE_BYTES || (!own_depth && strcmp(group->depth, "256") != 0))
            continue;
        if (nr_threads ? group->threads == nr_threads : group->threads > most) {
            found = (int)i;
            most = group->threads;
        }
    }
    return found;
}

int goal_group_shared(const struct la_run *run, const char *workload)
{
    for (size_t i = 0; i < run->nr_groups; i++) {
        const struct la_run_group *group = &run->groups[i];

        if (strcmp(group->workload, workload) == 0 && is_shared(group) &&
            group->size_bytes == SIZE_BYTES && strcmp(group->depth, "256") == 0)
            return (int)i;
    }
    return -1;
}

/* The contender of that name, or the strategy of that name in front of glibc. */
int goal_contender(const struct la_run *run, const char *name)
{
    char full[LA_NAME_SIZE];
    const int found = la_run_contender(run, name);

    snprintf(full, sizeof full, "%s+glibc", name);
    return found >= 0 ? found : la_run_contender(run, full);
}

/* The n-th accepted sample, or NULL past the last. */
static const struct la_sample *accepted(const struct la_run *run, size_t group, size_t contender,
                                        size_t n)
{
    for (size_t block = 0; block < run->nr_blocks; block++) {
        const struct la_sample *sample = la_run_usable(run, group, contender, block);

        if (sample && n-- == 0)
            return sample;
    }
    return NULL;
}

bool goal_measured(const struct la_run *run, int group, int contender)
{
    return group >= 0 && contender >= 0 && accepted(run, (size_t)group, (size_t)contender, 0);
}

/* Whether the group has the contender; notes what is missing. */
bool goal_line_has(const struct la_run *run, int group, int contender, const char *name,
                   struct la_goal_line *line)
{
    if (group < 0)
        goal_line_note(line, "no such cells in these results");
    else if (contender < 0)
        goal_line_note(line, "no such contender: %s", name);
    else if (!goal_measured(run, group, contender))
        goal_line_note(line, "no accepted block with %s", name);
    return goal_measured(run, group, contender);
}

/* --- within blocks --- */

/* A comparison in one group; floor -1: gross. */
struct pair {
    size_t group, first, second;
    int floor;
};

/* *nr_sunk: the blocks in which the floor took as long as the second, or longer: their ratios mean
 * nothing, and which of them there are depends on the floor's noise. */
static size_t gather_ratios(const struct judge *judge, const struct pair *pair, size_t *nr_sunk)
{
    size_t nr = 0;

    *nr_sunk = 0;

    for (size_t block = 0; block < judge->run->nr_blocks; block++) {
        const struct la_sample *first = la_run_usable(judge->run, pair->group, pair->first, block);
        const struct la_sample *second =
            la_run_usable(judge->run, pair->group, pair->second, block);
        const struct la_sample *floor =
            pair->floor < 0 ? NULL
                            : la_run_usable(judge->run, pair->group, (size_t)pair->floor, block);
        const double floor_ns = floor ? floor->value[LA_NS_PER_OP] : 0;
        double ratio;

        if (!first || !second || (pair->floor >= 0 && !floor))
            continue;
        *nr_sunk += second->value[LA_NS_PER_OP] <= floor_ns;
        ratio = (first->value[LA_NS_PER_OP] - floor_ns) / (second->value[LA_NS_PER_OP] - floor_ns);
        nr = goal_value_add(judge, nr, ratio, first);
    }
    return nr;
}

static double median_cost(const struct judge *judge, size_t group, size_t contender)
{
    size_t nr = 0;
    const struct la_sample *sample;

    while ((sample = accepted(judge->run, group, contender, nr)))
        judge->values[nr++] = sample->value[LA_NS_PER_OP];
    return la_median(judge->values, nr);
}

/* The malloc with the smallest median net cost, which is the one with the smallest gross cost: all
 * have the floor in common. */
int goal_best_malloc(const struct judge *judge, size_t group, size_t *nr)
{
    double least = HUGE_VAL;
    int best = -1;

    *nr = 0;

    for (size_t i = 0; i < judge->run->nr_contenders; i++) {
        double cost;

        if (judge->run->roles[i] != LA_ROLE_PLAIN)
            continue;
        cost = median_cost(judge, group, i);
        *nr += !isnan(cost);
        if (cost < least) {
            least = cost;
            best = (int)i;
        }
    }
    return best;
}

/* The ratio of net costs; undecided where little but the floor's noise is left of the second. */
void goal_line_net(const struct judge *judge, int group, int first, int second,
                   struct la_goal_line *line)
{
    const int floor = la_run_contender(judge->run, "floor");
    const struct pair pair = {(size_t)group, (size_t)first, (size_t)second, floor};
    size_t nr_sunk;

    if (!goal_line_has(judge->run, group, floor, "floor", line))
        return;
    goal_line_decide(judge, gather_ratios(judge, &pair, &nr_sunk), line);
    if (median_cost(judge, pair.group, (size_t)floor) >
        FLOOR_SHARE_MAX * median_cost(judge, pair.group, pair.second)) {
        line->verdict = LA_GOAL_UNDECIDED;
        goal_line_note(line, "the floor is over 80 %% of what it is compared with");
    }
    if (nr_sunk > 0) {
        line->verdict = LA_GOAL_UNDECIDED;
        goal_line_note(line, "the floor is as dear as what it is compared with in %zu blocks",
                       nr_sunk);
    }
}

void goal_line_gross(const struct judge *judge, int group, int first, int second,
                     struct la_goal_line *line)
{
    const struct pair pair = {(size_t)group, (size_t)first, (size_t)second, -1};
    size_t nr_sunk;

    goal_line_decide(judge, gather_ratios(judge, &pair, &nr_sunk), line);
}

/* The next accepted sample of a process from a block on, or NULL. */
static const struct la_sample *next_of(const struct la_run *run, size_t group, size_t contender,
                                       uint32_t process, size_t *block)
{
    while (*block < run->nr_blocks) {
        const struct la_sample *sample = la_run_usable(run, group, contender, (*block)++);

        if (sample && sample->process == process)
            return sample;
    }
    return NULL;
}

/* Two groups, as one process found them: its n-th block of one with its n-th of the other. */
static size_t speeds_of(const struct judge *judge, const size_t *groups, size_t contender,
                        uint32_t process, double factor, size_t nr)
{
    size_t blocks[2] = {0, 0};

    for (;;) {
        const struct la_sample *one =
            next_of(judge->run, groups[0], contender, process, &blocks[0]);
        const struct la_sample *other =
            next_of(judge->run, groups[1], contender, process, &blocks[1]);

        if (!one || !other)
            return nr;
        nr = goal_value_add(judge, nr,
                            other->value[LA_OPS_PER_S] / one->value[LA_OPS_PER_S] * factor, other);
    }
}

size_t goal_speeds(const struct judge *judge, size_t first, size_t second, size_t contender,
                   double factor)
{
    const size_t groups[] = {first, second};
    size_t nr = 0;

    for (uint32_t process = 0; process <= judge->last_process; process++)
        nr = speeds_of(judge, groups, contender, process, factor, nr);
    return nr;
}

/* How far the first one's hits lie behind the second's: of allocations or of frees, whichever is
 * farther. */
size_t goal_hits(const struct judge *judge, size_t group, size_t first, size_t second)
{
    size_t nr = 0;

    for (size_t block = 0; block < judge->run->nr_blocks; block++) {
        const struct la_sample *one = la_run_usable(judge->run, group, first, block);
        const struct la_sample *other = la_run_usable(judge->run, group, second, block);
        double allocates, frees;

        if (!one || !other)
            continue;
        allocates = other->value[LA_ALLOC_HIT] - one->value[LA_ALLOC_HIT];
        frees = other->value[LA_FREE_HIT] - one->value[LA_FREE_HIT];
        if (isfinite(allocates) && isfinite(frees))
            nr = goal_value_add(judge, nr, POINTS * fmax(allocates, frees), one);
    }
    return nr;
}
