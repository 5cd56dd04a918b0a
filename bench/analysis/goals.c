/* SPDX-License-Identifier: MIT */
/*
 * goals.c: see goals.h. Which malloc is the best one is seen in the blocks that it is then compared
 * in, by the smallest median net cost: that favours the malloc, not the strategy.
 */
#include "goals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "goal_line.h"
#include "memory.h"

enum { SHARING = 4 }; /* threads on a CPU */

enum goal_name {
    PAIR_NET,
    PAIR_BOUND,
    PAIR_SCALING,
    BURST_NET,
    BURST_COLD,
    HANDOFF_NET,
    AHEAD,
    BARE_STACK,
    OVERSUBSCRIBED,
    HITS,
    HELD,
    NR_GOALS,
};

#define SUITE "lookaside bench --suite goals"

static const struct la_goal rows[NR_GOALS] = {
    [PAIR_NET] = {"pair-net", "pair, 1 thread, net of the floor", "x",
                  SUITE " --workload pair --threads 1"},
    [PAIR_BOUND] = {"pair-bound", "pair, 1 thread, bound build, inlined array, gross", "x",
                    SUITE " --workload pair --threads 1"},
    [PAIR_SCALING] = {"pair-scaling", "pair, all CPUs against 1 thread, share of linear, gross",
                      "x", SUITE " --workload pair --strategy percpu,magazine"},
    [BURST_NET] = {"burst-net", "burst of 64 within the limit, 1 thread, net of the floor", "x",
                   SUITE " --workload burst"},
    [BURST_COLD] = {"burst-cold", "burst of 64 over cold objects (64 MiB, random order), gross",
                    "x", SUITE " --workload burst-cold"},
    [HANDOFF_NET] = {"handoff-net", "handoff, 2 threads, net of the same ring without allocation",
                     "x", SUITE " --workload handoff"},
    [AHEAD] = {"ahead", "replace and exchange, all CPUs, against every malloc, gross", "x",
               SUITE " --workload replace,exchange"},
    [BARE_STACK] = {"bare-stack", "pair, 1 thread, slist against a bare 128-bit stack, net", "x",
                    SUITE " --workload pair --threads 1"},
    [OVERSUBSCRIBED] = {"oversubscribed", "pair, spinlock, 4 threads a CPU against 1 a CPU, gross",
                        "x", SUITE " --workload pair --strategy spinlock"},
    [HITS] = {"hits", "hit ratios behind spinlock's, handoff and exchange, all CPUs", "points",
              SUITE " --workload handoff,exchange"},
    [HELD] = {"held", "entries held beyond limit + threads - 1, at every look", "entries", SUITE},
};

static const char *const fast[] = {"percpu", "magazine"};

enum { NR_FAST = sizeof fast / sizeof *fast };

const struct la_goal *la_goal_at(size_t index)
{
    return index < NR_GOALS ? &rows[index] : NULL;
}

const char *la_goal_verdict_name(enum la_goal_verdict verdict)
{
    static const char *const names[LA_NR_GOAL_VERDICTS + 1] = {
        [LA_GOAL_MET] = "met",
        [LA_GOAL_NOT_MET] = "not met",
        [LA_GOAL_UNDECIDED] = "undecided",
        [LA_GOAL_NOT_MEASURED] = "not measured",
        [LA_GOAL_COMPARISON] = "no goal",
    };

    return names[verdict];
}

const char *la_goal_side_text(enum la_goal_side side)
{
    static const char *const texts[] = {
        [LA_GOAL_AT_MOST] = "at most",
        [LA_GOAL_AT_LEAST] = "at least",
        [LA_GOAL_BELOW] = "below",
    };

    return texts[side];
}

enum la_goal_verdict la_goal_decide(const struct la_goal_bound *bound,
                                    const struct la_estimate *value)
{
    if (isnan(value->low) || isnan(value->high))
        return LA_GOAL_UNDECIDED;
    switch (bound->side) {
    case LA_GOAL_AT_LEAST:
        return value->low >= bound->value   ? LA_GOAL_MET
               : value->high < bound->value ? LA_GOAL_NOT_MET
                                            : LA_GOAL_UNDECIDED;
    case LA_GOAL_BELOW:
        return value->high < bound->value   ? LA_GOAL_MET
               : value->low >= bound->value ? LA_GOAL_NOT_MET
                                            : LA_GOAL_UNDECIDED;
    default:
        return value->high <= bound->value ? LA_GOAL_MET
               : value->low > bound->value ? LA_GOAL_NOT_MET
                                           : LA_GOAL_UNDECIDED;
    }
}

size_t la_goals_count(const struct la_goals *goals, enum la_goal_verdict verdict)
{
    size_t nr = 0;

    for (size_t i = 0; i < goals->nr_lines; i++)
        nr += goals->lines[i].verdict == verdict;
    return nr;
}

static struct la_goal_bound at_most(double value)
{
    return (struct la_goal_bound){LA_GOAL_AT_MOST, value};
}

/* A strategy against the best malloc, net. */
static void against_best(struct judge *judge, enum goal_name row, int group, const char *name,
                         double bound)
{
    const int strategy = goal_contender(judge->run, name);
    size_t nr_mallocs = 0;
    const int best = group < 0 ? -1 : goal_best_malloc(judge, (size_t)group, &nr_mallocs);
    struct la_goal_line *line =
        goal_line_add(judge, &rows[row], at_most(bound), "%s against the best malloc", name);

    if (!goal_line_has(judge->run, group, strategy, name, line) ||
        !goal_line_has(judge->run, group, best, "a plain malloc", line))
        return;
    snprintf(line->what, sizeof line->what, "%s against %s, the best of %zu", name,
             judge->run->contenders[best], nr_mallocs);
    goal_line_net(judge, group, strategy, best, line);
    if (nr_mallocs == 1) {
        line->verdict = LA_GOAL_UNDECIDED;
        goal_line_note(line, "no other malloc was measured");
    }
}

/* What the machine allows behind the call that lists have. */
static void compare_called_array(struct judge *judge, enum goal_name row, int group)
{
    const int array = goal_contender(judge->run, "tl-array-called");
    size_t nr_mallocs = 0;
    const int best = group < 0 ? -1 : goal_best_malloc(judge, (size_t)group, &nr_mallocs);
    struct la_goal_line *line;

    if (!goal_measured(judge->run, group, array) || !goal_measured(judge->run, group, best))
        return;
    line = goal_line_add(judge, &rows[row], at_most(NAN), "tl-array-called against %s",
                         judge->run->contenders[best]);
    goal_line_net(judge, group, array, best, line);
    line->verdict = LA_GOAL_COMPARISON;
    if (!*line->note)
        goal_line_note(line, "a thread-local array without limit, behind the same call");
}

static void judge_pair_net(struct judge *judge)
{
    const int group = goal_group(judge->run, "pair", 1);

    for (size_t i = 0; i < NR_FAST; i++) {
        const int strategy = goal_contender(judge->run, fast[i]);
        const int jemalloc = la_run_contender(judge->run, "malloc+jemalloc");
        struct la_goal_line *line;

        against_best(judge, PAIR_NET, group, fast[i], 0.5);
        line = goal_line_add(judge, &rows[PAIR_NET], at_most(0.2), "%s against malloc+jemalloc",
                             fast[i]);
        if (goal_line_has(judge->run, group, strategy, fast[i], line) &&
            goal_line_has(judge->run, group, jemalloc, "malloc+jemalloc", line))
            goal_line_net(judge, group, strategy, jemalloc, line);
    }
    compare_called_array(judge, PAIR_NET, group);
}

static void judge_pair_bound(struct judge *judge)
{
    const int group = goal_group(judge->run, "pair", 1);
    const int array = goal_contender(judge->run, "tl-array");

    for (size_t i = 0; i < NR_FAST; i++) {
        char name[LA_NAME_SIZE];
        struct la_goal_line *line;
        int bound;

        snprintf(name, sizeof name, "%s-bound", fast[i]);
        bound = goal_contender(judge->run, name);
        line = goal_line_add(judge, &rows[PAIR_BOUND], at_most(2.0),
                             "%s against a thread-local array", name);
        if (goal_line_has(judge->run, group, bound, name, line) &&
            goal_line_has(judge->run, group, array, "tl-array", line))
            goal_line_gross(judge, group, bound, array, line);
    }
}

/* What the harness itself reaches, which shares nothing between threads: more is not there. */
static void note_floor(const struct judge *judge, int one, int all, struct la_goal_line *line)
{
    const int floor = goal_contender(judge->run, "floor");
    size_t nr;

    if (*line->note || !goal_measured(judge->run, one, floor) ||
        !goal_measured(judge->run, all, floor))
        return;
    nr = goal_speeds(judge, (size_t)one, (size_t)all, (size_t)floor,
                     1.0 / judge->run->groups[all].threads);
    goal_line_note(line, "the floor reaches %.2f", la_median(judge->values, nr));
}

static void judge_scaling(struct judge *judge)
{
    const int one = goal_group(judge->run, "pair", 1), all = goal_group(judge->run, "pair", 0);
    const struct la_goal_bound bound = {LA_GOAL_AT_LEAST, 0.95};

    for (size_t i = 0; i < NR_FAST; i++) {
        const int strategy = goal_contender(judge->run, fast[i]);
        const unsigned threads = all < 0 ? 0 : judge->run->groups[all].threads;
        struct la_goal_line *line =
            all < 0 ? goal_line_add(judge, &rows[PAIR_SCALING], bound, "%s", fast[i])
                    : goal_line_add(judge, &rows[PAIR_SCALING], bound, "%s, %u threads", fast[i],
                                    threads);

        if (!goal_line_has(judge->run, one, strategy, fast[i], line) ||
            !goal_line_has(judge->run, all, strategy, fast[i], line))
            continue;
        goal_line_decide(
            judge, goal_speeds(judge, (size_t)one, (size_t)all, (size_t)strategy, 1.0 / threads),
            line);
        note_floor(judge, one, all, line);
    }
}

static void judge_burst_net(struct judge *judge)
{
    const int group = goal_group(judge->run, "burst", 1);

    for (size_t i = 0; i < NR_FAST; i++)
        against_best(judge, BURST_NET, group, fast[i], 0.6);
    compare_called_array(judge, BURST_NET, group);
}

static void judge_burst_cold(struct judge *judge)
{
    const int group = goal_group(judge->run, "burst-cold", 1);
    const int slist = goal_contender(judge->run, "slist");

    for (size_t i = 0; i < NR_FAST; i++) {
        const int strategy = goal_contender(judge->run, fast[i]);
        struct la_goal_line *line =
            goal_line_add(judge, &rows[BURST_COLD], at_most(0.25), "%s against slist", fast[i]);

        if (goal_line_has(judge->run, group, strategy, fast[i], line) &&
            goal_line_has(judge->run, group, slist, "slist", line))
            goal_line_gross(judge, group, strategy, slist, line);
    }
}

static void judge_handoff_net(struct judge *judge)
{
    const int group = goal_group(judge->run, "handoff", 2);

    for (size_t i = 0; i < NR_FAST; i++)
        against_best(judge, HANDOFF_NET, group, fast[i], 0.25);
}

/* Against each malloc; what is shown is the one that comes nearest, what is decided is all. */
static void ahead_of_all(struct judge *judge, int group, const char *workload, const char *name)
{
    const int strategy = goal_contender(judge->run, name);
    const struct la_goal_bound bound = {LA_GOAL_BELOW, 1};
    struct la_goal_line *line = goal_line_add(judge, &rows[AHEAD], bound, "%s, %s", workload, name);
    struct la_goal_line nearest = *line;
    bool all_met = true, one_missed = false;
    size_t nr_mallocs = 0;

    if (!goal_line_has(judge->run, group, strategy, name, line))
        return;
    nearest.value.point = -HUGE_VAL;
    for (size_t i = 0; i < judge->run->nr_contenders; i++) {
        struct la_goal_line one = *line;

        if (judge->run->roles[i] != LA_ROLE_PLAIN || !goal_measured(judge->run, group, (int)i))
            continue;
        goal_line_gross(judge, group, strategy, (int)i, &one);
        nr_mallocs++;
        all_met = all_met && one.verdict == LA_GOAL_MET;
        one_missed = one_missed || one.verdict == LA_GOAL_NOT_MET;
        if (one.value.point <= nearest.value.point)
            continue;
        nearest = one;
        snprintf(nearest.what, sizeof nearest.what, "%s, %s, nearest %s", workload, name,
                 judge->run->contenders[i]);
    }
    if (nearest.value.point == -HUGE_VAL) {
        goal_line_note(line, "no plain malloc in these results");
        return;
    }
    *line = nearest;
    line->verdict = one_missed ? LA_GOAL_NOT_MET : all_met ? LA_GOAL_MET : LA_GOAL_UNDECIDED;
    if (nr_mallocs == 1 && all_met) {
        line->verdict = LA_GOAL_UNDECIDED;
        goal_line_note(line, "no other malloc was measured");
    }
}

static void judge_ahead(struct judge *judge)
{
    static const char *const workloads[] = {"replace", "exchange"};

    for (size_t w = 0; w < 2; w++)
        for (size_t i = 0; i < NR_FAST; i++)
            ahead_of_all(judge, goal_group(judge->run, workloads[w], 0), workloads[w], fast[i]);
}

static void judge_bare_stack(struct judge *judge)
{
    const int group = goal_group(judge->run, "pair", 1);
    const int slist = goal_contender(judge->run, "slist");
    const int bare = goal_contender(judge->run, "bare_stack");
    struct la_goal_line *line =
        goal_line_add(judge, &rows[BARE_STACK], at_most(1.5), "slist against bare_stack");

    if (goal_line_has(judge->run, group, slist, "slist", line) &&
        goal_line_has(judge->run, group, bare, "bare_stack", line))
        goal_line_net(judge, group, slist, bare, line);
}

static void judge_oversubscribed(struct judge *judge)
{
    const int shared = goal_group_shared(judge->run, "pair");
    const unsigned threads = shared < 0 ? 0 : judge->run->groups[shared].threads;
    const int apart = shared < 0 ? -1 : goal_group(judge->run, "pair", threads / SHARING);
    const int spinlock = goal_contender(judge->run, "spinlock");
    struct la_goal_line *line =
        apart < 0 ? goal_line_add(judge, &rows[OVERSUBSCRIBED], at_most(3), "spinlock")
                  : goal_line_add(judge, &rows[OVERSUBSCRIBED], at_most(3),
                                  "spinlock, %u threads against %u", threads, threads / SHARING);

    if (goal_line_has(judge->run, shared, spinlock, "spinlock", line) &&
        goal_line_has(judge->run, apart, spinlock, "spinlock", line))
        goal_line_decide(
            judge, goal_speeds(judge, (size_t)shared, (size_t)apart, (size_t)spinlock, 1), line);
}

static void judge_hits(struct judge *judge)
{
    static const char *const workloads[] = {"handoff", "exchange"};
    const int spinlock = goal_contender(judge->run, "spinlock");

    for (size_t w = 0; w < 2; w++) {
        const int group = goal_group(judge->run, workloads[w], 0);

        for (size_t i = 0; i < NR_FAST; i++) {
            const int strategy = goal_contender(judge->run, fast[i]);
            struct la_goal_line *line =
                goal_line_add(judge, &rows[HITS], at_most(2), "%s, %s", workloads[w], fast[i]);

            if (goal_line_has(judge->run, group, strategy, fast[i], line) &&
                goal_line_has(judge->run, group, spinlock, "spinlock", line))
                goal_line_decide(
                    judge, goal_hits(judge, (size_t)group, (size_t)strategy, (size_t)spinlock),
                    line);
        }
    }
}

/* Bound lists keep their limit as well; peers, arrays and mallocs have none. */
static bool has_limit(const struct la_run *run, size_t contender)
{
    return run->roles[contender] == LA_ROLE_LIST || strstr(run->contenders[contender], "-bound+");
}

/* A count, not an estimate: every look of every block, rejected ones too. */
static void judge_held(struct judge *judge)
{
    struct la_goal_line *line =
        goal_line_add(judge, &rows[HELD], at_most(0), "every list in every cell");
    double most = -HUGE_VAL;
    size_t nr = 0;

    for (size_t i = 0; i < judge->run->nr_samples; i++) {
        const struct la_sample *sample = &judge->run->samples[i];
        const struct la_run_group *group = &judge->run->groups[sample->group];
        const double limit = strtod(group->depth, NULL); /* 0: adaptive */
        const double beyond = sample->value[LA_HELD_MAX] - (limit + group->threads - 1);

        if (limit <= 0 || !isfinite(beyond) || !has_limit(judge->run, sample->contender))
            continue;
        nr++;
        if (beyond <= most)
            continue;
        most = beyond;
        snprintf(line->what, sizeof line->what, "most in %s, %s, %u thread%s", group->workload,
                 judge->run->contenders[sample->contender], group->threads,
                 group->threads == 1 ? "" : "s");
    }
    if (!nr) {
        goal_line_note(line, "no list with a fixed limit in these results");
        return;
    }
    line->value = (struct la_estimate){.point = most, .low = most, .high = most, .nr_values = nr};
    line->verdict = la_goal_decide(&line->bound, &line->value);
    goal_line_note(line, "%zu windows", nr);
}

void la_goals_judge(const struct la_run *run, const struct la_resampling *resampling,
                    struct la_goals *goals)
{
    struct judge judge = {run,
                          resampling,
                          goals,
                          la_new_array(run->nr_blocks + 1, sizeof *judge.values),
                          la_new_array(run->nr_blocks + 1, sizeof *judge.processes),
                          0};
    static void (*const all[NR_GOALS])(struct judge *) = {
        judge_pair_net,       judge_pair_bound,  judge_scaling, judge_burst_net,
        judge_burst_cold,     judge_handoff_net, judge_ahead,   judge_bare_stack,
        judge_oversubscribed, judge_hits,        judge_held,
    };

    for (size_t i = 0; i < run->nr_samples; i++) {
        if (run->samples[i].process > judge.last_process)
            judge.last_process = run->samples[i].process;
    }
    goals->nr_lines = 0;
    for (size_t i = 0; i < NR_GOALS; i++)
        all[i](&judge);
    free(judge.values);
    free(judge.processes);
}
