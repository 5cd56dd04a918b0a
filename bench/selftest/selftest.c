/* SPDX-License-Identifier: MIT */
/*
 * selftest.c: see selftest.h. An interval at 95 % misses the truth in one of twenty tries even if
 * all is well, so what passes or fails is an interval at 99.9 %, widened by the resolution that is
 * claimed for the harness. Whether 95 % intervals hold the truth in 95 of 100 tries is judged by
 * many short runs, whose intervals have nothing in common; those of the whole run share contenders.
 */
#include "selftest.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice.h"
#include "claims.h"
#include "clock.h"
#include "coverage.h"
#include "memory.h"
#include "phases.h"
#include "trial.h"
#include "verdict.h"
#include "work.h"

#define RESOLUTION 0.004 /* relative, of a ratio of costs */
#define STRICT_LEVEL 0.999

enum { BURST = 64, NR_DEPTHS = 3 };

static struct la_selftest_line *add_line(struct la_selftest *test, const char *unit,
                                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct la_selftest_line *add_line(struct la_selftest *test, const char *unit,
                                         const char *format, ...)
{
    struct la_selftest_line *line;
    va_list arguments;

    test->lines = la_grow_array(test->lines, test->nr_lines, sizeof *test->lines);
    line = &test->lines[test->nr_lines++];
    *line = (struct la_selftest_line){.low = NAN, .high = NAN, .known = NAN, .measured = NAN};
    snprintf(line->unit, sizeof line->unit, "%s", unit);
    va_start(arguments, format);
    vsnprintf(line->what, sizeof line->what, format, arguments);
    va_end(arguments);
    return line;
}

static enum la_outcome_of_test passed_if(bool good)
{
    return good ? LA_TEST_PASSED : LA_TEST_FAILED;
}

/* --- known costs --- */

static bool every_group(const struct la_run_group *group, const void *context)
{
    (void)group;
    (void)context;
    return true;
}

/* Operations per second of the j-th over those of the i-th, at some level. */
static struct la_estimate compare(const struct la_run *run, size_t i, size_t j, double level)
{
    struct la_resampling resampling = la_resampling_default;
    struct la_estimate estimate;
    struct la_scope scope;

    resampling.level = level;
    la_scope_init(&scope, run, "work", every_group, NULL);
    la_compare(&scope, LA_THROUGHPUT, (size_t)la_run_contender(run, la_work_at(i)->name),
               (size_t)la_run_contender(run, la_work_at(j)->name), &resampling, &estimate);
    la_scope_fini(&scope);
    return estimate;
}

static void judge_size(struct la_selftest *test, const struct la_run *run, const double *ns,
                       size_t i, size_t j)
{
    const struct la_estimate usual = compare(run, i, j, la_resampling_default.level);
    const struct la_estimate strict = compare(run, i, j, STRICT_LEVEL);
    const double truth = log(ns[j] / ns[i]);
    struct la_selftest_line *line =
        add_line(test, "x", "cost of %s / %s", la_work_at(j)->name, la_work_at(i)->name);

    line->known = exp(truth);
    line->measured = exp(usual.point);
    line->low = exp(usual.low);
    line->high = exp(usual.high);
    line->covered = usual.low <= truth && usual.high >= truth;
    snprintf(line->note, sizeof line->note, "%u / %u multiplications",
             la_work_at(j)->multiplications, la_work_at(i)->multiplications);
    line->outcome = isnan(strict.low) ? LA_TEST_NOT_DONE
                                      : passed_if(strict.low - RESOLUTION <= truth &&
                                                  strict.high + RESOLUTION >= truth);
}

/* --- how often intervals hold what is known --- */

/* Of the blocks that count, each contender's. */
struct short_run {
    double log_ops[LA_NR_WORKS][LA_COVERAGE_BLOCKS];
    size_t nr;
};

static bool add_block(struct short_run *blocks, const struct la_run *run, size_t block)
{
    for (size_t i = 0; i < LA_NR_WORKS; i++) {
        const size_t contender = (size_t)la_run_contender(run, la_work_at(i)->name);
        const struct la_sample *sample = la_run_usable(run, 0, contender, block);

        if (!sample)
            return false;
        blocks->log_ops[i][blocks->nr] = log(sample->value[LA_OPS_PER_S]);
    }
    blocks->nr++;
    return true;
}

static void cover(struct la_coverage *coverage, const struct short_run *blocks, const double *ns,
                  size_t i, size_t j)
{
    double log_ratios[LA_COVERAGE_BLOCKS];

    for (size_t block = 0; block < LA_COVERAGE_BLOCKS; block++)
        log_ratios[block] = blocks->log_ops[i][block] - blocks->log_ops[j][block];
    la_coverage_add(coverage, log_ratios, log(ns[j] / ns[i]), coverage->tries);
}

/* Two pairs without a contender in common: one is left out, each in turn, and the other four are
 * paired in each of three ways in turn. */
static void cover_pairs(struct la_coverage *coverage, const struct short_run *blocks,
                        const double *ns, size_t turn)
{
    const size_t mate = 1 + turn / LA_NR_WORKS % 3;
    size_t others[LA_NR_WORKS - 1], rest[2], nr = 0, nr_rest = 0;

    for (size_t i = 0; i < LA_NR_WORKS; i++) {
        if (i != turn % LA_NR_WORKS)
            others[nr++] = i;
    }
    for (size_t i = 1; i < nr; i++) {
        if (i != mate)
            rest[nr_rest++] = others[i];
    }
    cover(coverage, blocks, ns, others[0], others[mate]);
    cover(coverage, blocks, ns, rest[0], rest[1]);
}

static void judge_coverage(struct la_selftest *test, const struct la_run *run, const double *ns)
{
    struct la_coverage coverage = {0, 0};
    struct short_run blocks = {.nr = 0};
    struct la_selftest_line *line;
    size_t turn = 0;

    for (size_t block = 0; block < run->nr_blocks; block++) {
        if (!add_block(&blocks, run, block) || blocks.nr < LA_COVERAGE_BLOCKS)
            continue;
        cover_pairs(&coverage, &blocks, ns, turn++);
        blocks.nr = 0;
    }
    line = add_line(test, "%", "95 %% intervals of %d blocks that hold what is known",
                    LA_COVERAGE_BLOCKS);
    line->known = 100 * la_resampling_default.level;
    line->measured = 100 * (double)coverage.held / (double)coverage.tries;
    line->covered = la_coverage_p(&coverage) >= LA_COVERAGE_P;
    line->outcome = la_coverage_can_tell(&coverage) ? passed_if(line->covered) : LA_TEST_NOT_DONE;
    snprintf(line->note, sizeof line->note,
             "%zu of %zu, no two with a block and a contender in common; so few or fewer: p = %.2g",
             coverage.held, coverage.tries, la_coverage_p(&coverage));
}

/* The first two are equals: what they show is the half-width that claims have to exceed. */
static void judge_rank(struct la_selftest *test, const struct la_run *run)
{
    const struct la_estimate twin = compare(run, 0, 1, la_resampling_default.level);
    const double half_width = la_half_width(&twin);
    size_t nr = 0, nr_right = 0, nr_open = 0;

    for (size_t i = 0; i < LA_NR_WORKS; i++) {
        for (size_t j = i + 1; j < LA_NR_WORKS; j++) {
            const struct la_estimate ratio = compare(run, i, j, la_resampling_default.level);
            const enum la_verdict verdict =
                la_judge(&ratio, half_width, la_estimate_p(&ratio, half_width)).verdict;
            const bool equal = la_work_at(i)->multiplications == la_work_at(j)->multiplications;

            nr++;
            nr_open += verdict == LA_UNDECIDED;
            nr_right += equal ? verdict == LA_SAME : verdict == LA_BETTER;
        }
    }
    struct la_selftest_line *line = add_line(test, "pairs", "pairs of these ranked right");

    line->known = (double)nr;
    line->measured = (double)nr_right;
    line->covered = nr_right == nr;
    snprintf(line->note, sizeof line->note, "%zu wrong, %zu undecided", nr - nr_right - nr_open,
             nr_open);
    line->outcome = isnan(half_width) ? LA_TEST_NOT_DONE
                                      : passed_if(nr_right + nr_open == nr && nr_right > nr_open);
}

static int fail(struct la_why *why, const char *text)
{
    snprintf(why->line, sizeof why->line, "%s", text);
    return -1;
}

/* Measures, and reads the file that every run is read from. */
static int read_trial(const char *(*measure)(const char *dir, const void *what), const void *what,
                      struct la_run *run, struct la_why *why)
{
    char dir[] = "/tmp/lookaside-selftest-XXXXXX", path[64];
    const char *reason;
    int result;

    if (!mkdtemp(dir))
        return fail(why, strerror(errno));
    reason = measure(dir, what);
    result = reason ? fail(why, reason) : la_run_load(run, dir, why);
    snprintf(path, sizeof path, "%s/bench.json", dir);
    unlink(path);
    rmdir(dir);
    return result;
}

static const char *measure_works(const char *dir, const void *what)
{
    return la_trial_works(dir, what);
}

/* The truth is measured before and after: the smaller of both, for disturbances only add. */
static int try_costs(struct la_selftest *test, struct la_why *why)
{
    double before[LA_NR_WORKS], after[LA_NR_WORKS], ns[LA_NR_WORKS];
    const struct la_trial_time time = {.blocks = test->quick ? 30 : 120,
                                       .warmup_ns = 2000000,
                                       .window_ns = test->quick ? 8000000 : 25000000,
                                       .seed = test->seed};
    struct la_run run;

    la_work_ns(before);
    if (read_trial(measure_works, &time, &run, why))
        return -1;
    la_work_ns(after);
    for (size_t i = 0; i < LA_NR_WORKS; i++)
        ns[i] = fmin(before[i], after[i]);
    judge_rank(test, &run);
    for (size_t i = 0; i < LA_NR_WORKS; i++) {
        for (size_t j = i + 1; j < LA_NR_WORKS; j++)
            judge_size(test, &run, ns, i, j);
    }
    judge_coverage(test, &run, ns);
    la_run_unload(&run);
    return 0;
}

/* --- known hit ratios --- */

/* The value of all blocks, rejected ones too: counts do not depend on the machine's peace. */
static double mean_of(const struct la_run *run, size_t contender, enum la_counter counter,
                      double *operations)
{
    double sum = 0;
    size_t nr = 0;

    *operations = 0;
    for (size_t block = 0; block < run->nr_blocks; block++) {
        const struct la_sample *sample = la_run_sample(run, 0, contender, block);

        if (!sample || isnan(sample->value[counter]))
            continue;
        sum += sample->value[counter];
        *operations += sample->window_s * sample->value[LA_OPS_PER_S];
        nr++;
    }
    return nr ? sum / (double)nr : NAN;
}

static void judge_hit(struct la_selftest *test, const struct la_run *run, size_t contender,
                      enum la_counter counter, double truth, bool by_chance)
{
    double operations, allowed = 1e-9;
    const double measured = mean_of(run, contender, counter, &operations);
    struct la_selftest_line *line =
        add_line(test, "%", "%s of %s", la_counter_name(counter), run->contenders[contender]);

    if (by_chance)
        allowed = 5 * sqrt(truth * (1 - truth) / (operations / 2)) +
                  (double)LA_PHASE_POPS * (double)run->nr_blocks *
                      (LA_PHASE_MISS_HIGH - LA_PHASE_MISS_LOW) / operations;
    line->known = 100 * truth;
    line->measured = 100 * measured;
    line->covered = fabs(measured - truth) <= allowed;
    line->outcome = passed_if(line->covered);
    snprintf(line->note, sizeof line->note, "%s, depth %s: %s +-%.2g %%", run->groups[0].workload,
             run->groups[0].depth, by_chance ? "by chance," : "exact,", 100 * allowed);
}

struct bursts {
    uint32_t depth;
    struct la_trial_time time;
};

static const char *measure_bursts(const char *dir, const void *what)
{
    const struct bursts *bursts = what;

    return la_trial_bursts(dir, bursts->depth, &bursts->time);
}

/* Bursts beyond the limit: what does not fit misses, every time. */
static int try_bursts(struct la_selftest *test, uint32_t depth, struct la_why *why)
{
    const struct bursts bursts = {depth, {1, 2000000, 5000000, test->seed}};
    struct la_run run;

    if (read_trial(measure_bursts, &bursts, &run, why))
        return -1;
    for (size_t i = 0; i < run.nr_contenders; i++) {
        judge_hit(test, &run, i, LA_ALLOC_HIT, (double)depth / BURST, false);
        judge_hit(test, &run, i, LA_FREE_HIT, (double)depth / BURST, false);
    }
    la_run_unload(&run);
    return 0;
}

static const char *measure_phases(const char *dir, const void *what)
{
    return la_trial_phases(dir, what);
}

static int try_phases(struct la_selftest *test, struct la_why *why)
{
    const struct la_trial_time time = {test->quick ? 2 : 10, 2000000, 20000000, test->seed};
    struct la_run run;

    if (read_trial(measure_phases, &time, &run, why))
        return -1;
    judge_hit(test, &run, 0, LA_ALLOC_HIT, LA_PHASES_HIT, true);
    judge_hit(test, &run, 0, LA_FREE_HIT, LA_PHASES_HIT, true);
    la_run_unload(&run);
    return 0;
}

static int try_hits(struct la_selftest *test, struct la_why *why)
{
    static const uint32_t depths[NR_DEPTHS] = {16, 32, 48};

    for (size_t i = 0; i < NR_DEPTHS; i++) {
        if (try_bursts(test, depths[i], why))
            return -1;
    }
    return try_phases(test, why);
}

/* --- claims about equals --- */

static void judge_claims(struct la_selftest *test, const struct la_claims_plan *plan,
                         const struct la_claims *claims)
{
    const double claimed = (double)claims->runs_with_claims / (double)claims->runs;
    struct la_selftest_line *line =
        add_line(test, "%", "runs of equals with a false claim, %u process%s of %u blocks",
                 plan->processes, plan->processes == 1 ? "" : "es", plan->blocks);

    line->known = 100 * LA_FALSE_DISCOVERY_RATE;
    line->at_most = true;
    line->measured = 100 * claimed;
    line->covered = claimed <= LA_FALSE_DISCOVERY_RATE;
    line->outcome = passed_if(claimed <= la_rate_limit(LA_FALSE_DISCOVERY_RATE, claims->runs));
    snprintf(
        line->note, sizeof line->note,
        "%zu runs, %zu verdicts, %zu false; by p-values alone %.1f %% of runs; intervals cover "
        "%.1f %%",
        claims->runs, claims->verdicts, claims->better + claims->worse,
        100 * (double)claims->runs_by_p / (double)claims->runs,
        100 * (double)claims->covered / (double)claims->verdicts);
}

/* Not the same: a difference at the widest margin, called the same. */
static void judge_sameness(struct la_selftest *test, const struct la_claims_plan *plan,
                           const struct la_claims *claims)
{
    const double called = (double)claims->same / (double)claims->verdicts;
    struct la_selftest_line *line =
        add_line(test, "%", "of 10 %% apart called the same, %u process%s of %u blocks",
                 plan->processes, plan->processes == 1 ? "" : "es", plan->blocks);

    line->known = 100 * LA_FALSE_DISCOVERY_RATE / 2;
    line->at_most = true;
    line->measured = 100 * called;
    line->covered = called <= LA_FALSE_DISCOVERY_RATE / 2;
    line->outcome =
        passed_if(called <= la_rate_limit(LA_FALSE_DISCOVERY_RATE / 2, claims->verdicts));
    snprintf(line->note, sizeof line->note, "%.1f %% found, %zu with the wrong sign",
             100 * (double)claims->better / (double)claims->verdicts, claims->worse);
}

static int try_claims(struct la_selftest *test, struct la_why *why)
{
    static const unsigned designs[][2] = {{1, 9}, {4, 6}, {3, 3}}; /* processes, blocks of each */
    const size_t nr_designs = test->quick ? 2 : 3;
    struct la_claims_plan plan = {
        .runs = 1000, .contenders = 3, .resamples = test->quick ? 300 : 1000, .seed = test->seed};
    struct la_recorded recorded;
    struct la_claims claims;

    if (la_recorded_load(LOOKASIDE_NOISE_FILE, &recorded, why))
        return -1;
    for (size_t i = 0; i < nr_designs; i++) {
        plan.processes = designs[i][0];
        plan.blocks = designs[i][1];
        plan.difference = 0;
        la_claims_simulate(&recorded, &plan, &claims);
        judge_claims(test, &plan, &claims);
        plan.difference = log(LA_MARGIN_RATIO_MAX);
        plan.runs /= 5;
        la_claims_simulate(&recorded, &plan, &claims);
        judge_sameness(test, &plan, &claims);
        plan.runs *= 5;
    }
    la_recorded_unload(&recorded);
    return 0;
}

int la_selftest_run(struct la_selftest *test, struct la_why *why)
{
    la_clock_init();
    return try_costs(test, why) || try_hits(test, why) || try_claims(test, why) ? -1 : 0;
}

void la_selftest_fini(struct la_selftest *test)
{
    free(test->lines);
    test->lines = NULL;
    test->nr_lines = 0;
}

size_t la_selftest_count(const struct la_selftest *test, enum la_outcome_of_test outcome)
{
    size_t nr = 0;

    for (size_t i = 0; i < test->nr_lines; i++)
        nr += test->lines[i].outcome == outcome;
    return nr;
}
