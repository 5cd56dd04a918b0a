/* SPDX-License-Identifier: MIT */
/*
 * run_compare_values.c: see run_compare_values.h. Every value of a line is made from one block: its
 * logarithm, or that of its ratio to plain malloc, turned so that more is better. A line's estimate
 * is the difference of the two sides' medians; its seed comes from the names, so that it does not
 * depend on what else is compared.
 */
#include "run_compare_values.h"

#include <math.h>
#include <stdlib.h>

#include "choice.h"
#include "memory.h"

static double logarithm(double value)
{
    return value > 0 ? log(value) : NAN;
}

/* One entry is what a count that may be 0 is moved by, so that it has a ratio. */
static double one_more(const struct place *place, const struct la_measure *measure, double value)
{
    const uint64_t size = place->run->groups[place->group].size_bytes;

    return value + (measure->counter == LA_HELD_MAX ? 1 : (double)size);
}

/* NaN where the block does not say. */
static double value_of(const struct place *place, const struct la_measure *measure,
                       enum la_basis basis, size_t block)
{
    const struct la_run *run = place->run;
    const int baseline = la_run_contender(run, LA_BASELINE);
    const struct la_sample *sample = la_run_usable(run, place->group, place->contender, block);
    const struct la_sample *reference =
        baseline < 0 ? NULL : la_run_usable(run, place->group, (size_t)baseline, block);
    const double sign = measure->more_is_better ? 1 : -1;
    double value;

    if (!sample || (basis == LA_BASIS_MALLOC && !reference))
        return NAN;
    value = sample->value[measure->counter];
    if (measure->kind == LA_MEASURE_SHARE)
        return sign * value;
    if (measure->kind == LA_MEASURE_COUNT)
        return sign * logarithm(one_more(place, measure, value));
    value = logarithm(value);
    if (basis == LA_BASIS_MALLOC)
        value -= logarithm(reference->value[measure->counter]);
    return sign * value;
}

/* Values of one side, as a stratum that owns them. */
static struct la_stratum gather(const struct place *place, const struct la_measure *measure,
                                enum la_basis basis)
{
    const size_t nr_blocks = place->run->nr_blocks;
    double *values = la_new_array(nr_blocks, sizeof *values);
    uint32_t *processes = la_new_array(nr_blocks, sizeof *processes);
    size_t nr = 0;

    for (size_t block = 0; block < nr_blocks; block++) {
        const double value = value_of(place, measure, basis, block);

        if (isnan(value))
            continue;
        processes[nr] = la_run_sample(place->run, place->group, place->contender, block)->process;
        values[nr++] = value;
    }
    return (struct la_stratum){.values = values,
                               .nr = nr,
                               .weight = place->side == LA_NEW ? 1 : -1,
                               .processes = processes,
                               .side = place->side};
}

static void drop(const struct la_stratum *stratum)
{
    free((void *)(uintptr_t)stratum->values);
    free((void *)(uintptr_t)stratum->processes);
}

static uint64_t seed_of(const struct place *place, const struct la_measure *measure, uint64_t seed)
{
    char label[LA_LABEL_SIZE];
    const char *const names[] = {
        la_group_label(&place->run->groups[place->group], label, sizeof label),
        place->run->contenders[place->contender], la_counter_name(measure->counter)};

    return la_seed_of(seed, names, sizeof names / sizeof *names);
}

void la_place_estimate(const struct place *places, const struct la_measure *measure,
                       enum la_basis basis, const struct la_resampling *resampling, size_t *has,
                       struct la_estimate *change)
{
    const struct la_stratum strata[LA_NR_RUN_SIDES] = {gather(&places[LA_BASE], measure, basis),
                                                       gather(&places[LA_NEW], measure, basis)};
    struct la_resampling own = *resampling;

    own.seed = seed_of(&places[LA_BASE], measure, resampling->seed);
    la_bootstrap(strata, LA_NR_RUN_SIDES, &own, change);
    for (enum la_side side = 0; side < LA_NR_RUN_SIDES; side++) {
        has[side] = strata[side].nr;
        drop(&strata[side]);
    }
}

double la_place_median(const struct place *place, const struct la_measure *measure)
{
    double *values = la_new_array(place->run->nr_blocks, sizeof *values), median;
    size_t nr = 0;

    for (size_t block = 0; block < place->run->nr_blocks; block++) {
        const struct la_sample *sample =
            la_run_usable(place->run, place->group, place->contender, block);

        if (sample && !isnan(sample->value[measure->counter]))
            values[nr++] = sample->value[measure->counter];
    }
    median = la_median(values, nr);
    free(values);
    return median * measure->scale;
}
