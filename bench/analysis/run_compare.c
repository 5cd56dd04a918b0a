/* SPDX-License-Identifier: MIT */
/* run_compare.c: see run_compare.h. The values of a line are made in run_compare_values.c. */
#include "run_compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "memory.h"
#include "run_compare_values.h"
#include "sample_size.h"

/* --- which cells there are --- */

static bool measured(const struct la_run *run, size_t group, size_t contender)
{
    for (size_t block = 0; block < run->nr_blocks; block++) {
        if (la_run_sample(run, group, contender, block))
            return true;
    }
    return false;
}

/* What is compared with, and not compared. */
static bool is_control(const struct la_run *run, size_t contender)
{
    return run->roles[contender] == LA_ROLE_FLOOR || run->roles[contender] == LA_ROLE_TWIN ||
           strcmp(run->contenders[contender], LA_BASELINE) == 0;
}

/* The same cell in the other run; false if it lacks it. */
static bool counterpart(const struct place *place, const struct la_run *other, struct place *found)
{
    const int group = la_run_find_group(other, &place->run->groups[place->group]);
    const int contender = la_run_contender(other, place->run->contenders[place->contender]);

    if (group < 0 || contender < 0 || !measured(other, (size_t)group, (size_t)contender))
        return false;
    *found = (struct place){other, (size_t)group, (size_t)contender,
                            place->side == LA_BASE ? LA_NEW : LA_BASE};
    return true;
}

/* --- a line --- */

/* What all contenders of a group are judged by. */
struct controls {
    size_t group;
    bool known[LA_NR_MEASURES][2];
    struct la_estimate twin[LA_NR_MEASURES][2]; /* by basis */
};

/* The A/A pair's change between the runs; where times are taken as they are, plain malloc's. */
static void estimate_twin(const struct place *places, const struct la_measure *measure,
                          enum la_basis basis, const struct la_resampling *resampling,
                          struct la_estimate *twin)
{
    const char *name = basis == LA_BASIS_MALLOC ? LA_TWIN : LA_BASELINE;
    struct place own[LA_NR_RUN_SIDES];
    size_t has[LA_NR_RUN_SIDES];

    *twin = LA_NO_ESTIMATE;
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++) {
        const int contender = la_run_contender(places[side].run, name);

        own[side] = places[side];
        if (contender < 0)
            return;
        own[side].contender = (size_t)contender;
    }
    la_place_estimate(own, measure, basis, resampling, has, twin);
}

static struct la_estimate twin_of(struct controls *controls, const struct place *places,
                                  const struct la_measure *measure, enum la_basis basis,
                                  const struct la_resampling *resampling)
{
    const size_t i = (size_t)(measure - la_measures);

    if (controls->group != places[LA_BASE].group) {
        memset(controls->known, 0, sizeof controls->known);
        controls->group = places[LA_BASE].group;
    }
    if (!controls->known[i][basis])
        estimate_twin(places, measure, basis, resampling, &controls->twin[i][basis]);
    controls->known[i][basis] = true;
    return controls->twin[i][basis];
}

/* A margin as it is compared with estimates: the smaller of the two sides of a ratio. */
static double margin_of(const struct la_measure *measure, double margin)
{
    return measure->kind == LA_MEASURE_SHARE ? margin : log1p(margin);
}

static bool has_twin(const struct la_measure *measure)
{
    return measure->kind == LA_MEASURE_TIME || measure->kind == LA_MEASURE_BYTES;
}

/* Resident bytes grow by steps: a twin that happened to stay flat has none, and bounds nothing. */
static double noise_of(const struct la_run_line *line)
{
    if (!has_twin(line->measure))
        return 0;
    if (line->measure->kind == LA_MEASURE_BYTES && isnan(line->twin.low))
        return 0;
    return la_half_width(&line->twin);
}

/* --- the highest rate --- */

static const struct la_sample *rate_of(const struct place *place, int contender)
{
    return contender < 0 ? NULL : la_run_usable(place->run, place->group, (size_t)contender, 0);
}

static bool fill_rate(const struct la_run_compare *result, const struct place *places,
                      struct la_run_line *line)
{
    const struct la_sample *own[LA_NR_RUN_SIDES], *malloc_own[LA_NR_RUN_SIDES];

    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++) {
        const struct place *place = &places[side];

        own[side] = rate_of(place, (int)place->contender);
        malloc_own[side] = rate_of(place, la_run_contender(place->run, LA_BASELINE));
        line->median[side] = la_place_median(place, line->measure);
    }
    if (result->settings->across_machines || !la_rate_change(own, &line->change))
        return false;
    line->bound =
        fmax(margin_of(line->measure, result->settings->margin), la_rate_noise(malloc_own));
    line->p = la_rate_p(own);
    return true;
}

/* --- the others --- */

static bool any_bounded(const struct place *place)
{
    for (size_t block = 0; block < place->run->nr_blocks; block++) {
        const struct la_sample *sample =
            la_run_usable(place->run, place->group, place->contender, block);

        if (sample && sample->bounded)
            return true;
    }
    return false;
}

static bool fill_line(struct la_run_compare *result, struct controls *controls,
                      const struct place *places, const struct la_measure *measure,
                      struct la_run_line *line)
{
    const struct la_run_compare_settings *settings = result->settings;
    size_t has[LA_NR_RUN_SIDES];

    *line = (struct la_run_line){.measure = measure,
                                 .group = {places[LA_BASE].group, places[LA_NEW].group},
                                 .contender = {places[LA_BASE].contender, places[LA_NEW].contender},
                                 .basis = measure->kind == LA_MEASURE_TIME && !settings->absolute
                                              ? LA_BASIS_MALLOC
                                              : LA_BASIS_ABSOLUTE,
                                 .twin = LA_NO_ESTIMATE,
                                 .p = NAN};
    if (measure->kind == LA_MEASURE_RATE)
        return fill_rate(result, places, line);
    if (settings->across_machines && measure->kind == LA_MEASURE_BYTES)
        return false;
    line->median[LA_BASE] = la_place_median(&places[LA_BASE], measure);
    line->median[LA_NEW] = la_place_median(&places[LA_NEW], measure);
    if (isnan(line->median[LA_BASE]) && isnan(line->median[LA_NEW]))
        return false;
    if (isnan(line->median[LA_BASE]) || isnan(line->median[LA_NEW])) {
        result->nr_half++;
        return false;
    }
    if (measure->kind == LA_MEASURE_TIME && any_bounded(&places[LA_BASE]) &&
        any_bounded(&places[LA_NEW])) {
        result->nr_bounded++;
        return false;
    }
    la_place_estimate(places, measure, line->basis, &settings->resampling, has, &line->change);
    if (line->basis == LA_BASIS_MALLOC && (!has[LA_BASE] || !has[LA_NEW])) {
        /* Plain malloc lacks it: a percentile that was below the clock's cost, for one. */
        if (settings->across_machines) {
            result->nr_no_ratio++;
            return false;
        }
        line->basis = LA_BASIS_ABSOLUTE;
        la_place_estimate(places, measure, line->basis, &settings->resampling, has, &line->change);
    }
    if (measure->kind == LA_MEASURE_BYTES && line->change.nr_values < LA_MIN_BLOCKS) {
        result->nr_no_ratio++;
        return false;
    }
    if (has_twin(measure))
        line->twin = twin_of(controls, places, measure, line->basis, &settings->resampling);
    line->bound = fmax(margin_of(measure, settings->margin), noise_of(line));
    if (line->change.nr_values >= LA_MIN_BLOCKS)
        line->p = la_estimate_p(&line->change, line->bound);
    return true;
}

static struct la_judgement undecided(enum la_reason reason)
{
    return (struct la_judgement){LA_UNDECIDED, reason};
}

/* As la_judge(), with the margin that was asked for. */
static struct la_judgement judge(const struct la_run_line *line, double margin)
{
    const struct la_estimate *change = &line->change;
    const double within = margin_of(line->measure, margin);

    if (isnan(change->point))
        return undecided(LA_REASON_NOT_MEASURED);
    if (change->nr_values < LA_MIN_BLOCKS)
        return undecided(LA_REASON_FEW_BLOCKS);
    if (change->low > -within && change->high < within)
        return (struct la_judgement){LA_SAME, LA_REASON_NONE};
    if (isnan(line->bound) || isnan(noise_of(line)))
        return undecided(LA_REASON_NO_TWIN);
    if (change->low > line->bound || change->high < -line->bound) {
        if (!(line->p_adjusted <= LA_FALSE_DISCOVERY_RATE))
            return undecided(LA_REASON_MANY);
        return (struct la_judgement){change->low > 0 ? LA_BETTER : LA_WORSE, LA_REASON_NONE};
    }
    return undecided(LA_REASON_NOISE);
}

/* One family: every line. */
static void judge_all(struct la_run_compare *result)
{
    double *p = la_new_array(result->nr_lines, sizeof *p);
    double *adjusted = la_new_array(result->nr_lines, sizeof *adjusted);

    for (size_t i = 0; i < result->nr_lines; i++)
        p[i] = result->lines[i].p;
    la_benjamini_hochberg(p, result->nr_lines, adjusted);
    for (size_t i = 0; i < result->nr_lines; i++) {
        struct la_run_line *line = &result->lines[i];

        line->p_adjusted = adjusted[i];
        line->judgement = judge(line, result->settings->margin);
        result->nr_verdicts[line->judgement.verdict]++;
    }
    free(p);
    free(adjusted);
}

/* --- all of it --- */

static void add_lone(struct la_run_compare *result, const struct place *place)
{
    result->lone = la_grow_array(result->lone, result->nr_lone, sizeof *result->lone);
    result->lone[result->nr_lone++] =
        (struct la_lone_cell){place->side, place->group, place->contender};
}

static void add_lines(struct la_run_compare *result, struct controls *controls,
                      const struct place *places)
{
    for (size_t i = 0; i < LA_NR_MEASURES; i++) {
        struct la_run_line line;

        if (!fill_line(result, controls, places, &la_measures[i], &line))
            continue;
        result->nr_one_process += line.change.nr_processes == 1;
        result->lines = la_grow_array(result->lines, result->nr_lines, sizeof *result->lines);
        result->lines[result->nr_lines++] = line;
    }
}

/* Cells of one side; lines are made from those of BASE. */
static void walk(struct la_run_compare *result, enum la_side side)
{
    const struct la_run *run = result->runs[side];
    struct controls controls = {.group = SIZE_MAX};

    for (size_t i = 0; i < run->nr_groups * run->nr_contenders; i++) {
        struct place places[LA_NR_RUN_SIDES];
        const struct place place = {run, i / run->nr_contenders, i % run->nr_contenders, side};

        if (!measured(run, place.group, place.contender))
            continue;
        if (!counterpart(&place, result->runs[side == LA_BASE ? LA_NEW : LA_BASE],
                         &places[LA_NEW])) {
            add_lone(result, &place);
        } else if (side == LA_BASE && !is_control(run, place.contender)) {
            places[LA_BASE] = place;
            result->nr_cells++;
            add_lines(result, &controls, places);
        }
    }
}

/* The least and the largest change of a control's throughput over groups. */
static void drift(const struct la_run_compare *result, const char *name, double *low, double *high)
{
    const struct la_run *base = result->runs[LA_BASE];
    const int contender = la_run_contender(base, name);

    *low = *high = NAN;
    for (size_t i = 0; contender >= 0 && i < base->nr_groups; i++) {
        const struct place place = {base, i, (size_t)contender, LA_BASE};
        struct place other;
        double ratio;

        if (!counterpart(&place, result->runs[LA_NEW], &other))
            continue;
        ratio = la_place_median(&other, &la_measures[0]) / la_place_median(&place, &la_measures[0]);
        *low = fmin(*low, ratio);
        *high = fmax(*high, ratio);
    }
}

static double median_detectable(const struct la_run_compare *result)
{
    double *values = la_new_array(result->nr_lines, sizeof *values), median;
    size_t nr = 0;

    for (size_t i = 0; i < result->nr_lines; i++) {
        const struct la_run_line *line = &result->lines[i];
        const double value = la_detectable(&line->change, &line->twin);

        if (line->measure->counter == LA_OPS_PER_S && !isnan(value))
            values[nr++] = fmax(value, value - la_half_width(&line->twin) + line->bound);
    }
    median = la_median(values, nr);
    free(values);
    return median;
}

static int place_of(enum la_verdict verdict)
{
    static const int order[] = {[LA_WORSE] = 0, [LA_UNDECIDED] = 1, [LA_SAME] = 2, [LA_BETTER] = 3};

    return order[verdict];
}

static int by_verdict(const void *a, const void *b)
{
    const struct la_run_line *left = a, *right = b;
    const int apart = place_of(left->judgement.verdict) - place_of(right->judgement.verdict);

    if (apart)
        return apart;
    return (left->change.point > right->change.point) - (left->change.point < right->change.point);
}

int la_run_compare(const struct la_run *base, const struct la_run *now,
                   const struct la_run_compare_settings *settings, struct la_run_compare *result,
                   struct la_why *why)
{
    *result = (struct la_run_compare){.runs = {base, now}, .settings = settings};
    result->drift_low = result->drift_high = result->floor_low = result->floor_high = NAN;
    walk(result, LA_BASE);
    walk(result, LA_NEW);
    if (!result->nr_cells) {
        la_run_compare_fini(result);
        snprintf(why->line, sizeof why->line,
                 "the two runs have no cell in common besides plain malloc and the floor");
        return -1;
    }
    la_run_compare_bound_by_mallocs(result);
    judge_all(result);
    qsort(result->lines, result->nr_lines, sizeof *result->lines, by_verdict);
    if (!settings->across_machines) {
        drift(result, LA_BASELINE, &result->drift_low, &result->drift_high);
        drift(result, "floor", &result->floor_low, &result->floor_high);
    }
    result->detectable = median_detectable(result);
    return 0;
}

void la_run_compare_fini(struct la_run_compare *result)
{
    free(result->lines);
    free(result->lone);
    result->lines = NULL;
    result->lone = NULL;
}
