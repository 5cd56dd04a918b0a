/* SPDX-License-Identifier: MIT */
/* usl_estimate.c: the law's intervals by resampling; see usl.h. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "bootstrap.h"
#include "memory.h"
#include "usl.h"

/* What resampling needs: the numbers of the processes, and room. */
struct resampler {
    const struct la_usl_sample *samples;
    size_t nr_samples;
    uint32_t *processes, *drawn;
    size_t nr_processes;
    double *threads, *medians, *room;
    size_t *own; /* indices of one process's blocks */
    gsl_rng *random;
};

static uint32_t process_of(const struct la_usl_sample *sample, size_t i)
{
    return sample->processes ? sample->processes[i] : 0;
}

static void add_process(struct resampler *resampler, uint32_t process)
{
    for (size_t i = 0; i < resampler->nr_processes; i++) {
        if (resampler->processes[i] == process)
            return;
    }
    resampler->processes =
        la_grow_array(resampler->processes, resampler->nr_processes, sizeof *resampler->processes);
    resampler->processes[resampler->nr_processes++] = process;
}

static void resampler_init(struct resampler *resampler, const struct la_usl_sample *samples,
                           size_t nr_samples, uint64_t seed)
{
    size_t most = 0;

    *resampler = (struct resampler){.samples = samples, .nr_samples = nr_samples};
    resampler->threads = la_new_array(nr_samples, sizeof *resampler->threads);
    resampler->medians = la_new_array(nr_samples, sizeof *resampler->medians);
    for (size_t i = 0; i < nr_samples; i++) {
        resampler->threads[i] = samples[i].threads;
        most = samples[i].nr > most ? samples[i].nr : most;
        for (size_t j = 0; j < samples[i].nr; j++)
            add_process(resampler, process_of(&samples[i], j));
    }
    /* A process that is drawn every time may have most of the values. */
    resampler->room = la_new_array(most * (resampler->nr_processes + 1), sizeof *resampler->room);
    resampler->own = la_new_array(most, sizeof *resampler->own);
    resampler->drawn = la_new_array(resampler->nr_processes, sizeof *resampler->drawn);
    resampler->random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(resampler->random, seed);
}

static void resampler_fini(struct resampler *resampler)
{
    free(resampler->processes);
    free(resampler->drawn);
    free(resampler->threads);
    free(resampler->medians);
    free(resampler->room);
    free(resampler->own);
    gsl_rng_free(resampler->random);
}

/* As many blocks of the process as it has, into the room; returns how many are there then. */
static size_t draw_of(struct resampler *resampler, const struct la_usl_sample *sample,
                      uint32_t process, size_t nr)
{
    size_t nr_own = 0;

    for (size_t i = 0; i < sample->nr; i++) {
        if (process_of(sample, i) == process)
            resampler->own[nr_own++] = i;
    }
    for (size_t i = 0; i < nr_own; i++) {
        const size_t drawn = resampler->own[gsl_rng_uniform_int(resampler->random, nr_own)];

        resampler->room[nr++] = sample->log_throughput[drawn];
    }
    return nr;
}

static void take_medians(struct resampler *resampler)
{
    for (size_t i = 0; i < resampler->nr_samples; i++) {
        const struct la_usl_sample *sample = &resampler->samples[i];

        for (size_t j = 0; j < sample->nr; j++)
            resampler->room[j] = sample->log_throughput[j];
        resampler->medians[i] = la_median(resampler->room, sample->nr);
    }
}

/* A number of threads that none of the drawn processes measured keeps all of its own. */
static void resample_medians(struct resampler *resampler)
{
    for (size_t i = 0; i < resampler->nr_processes; i++)
        resampler->drawn[i] =
            resampler->processes[gsl_rng_uniform_int(resampler->random, resampler->nr_processes)];
    for (size_t i = 0; i < resampler->nr_samples; i++) {
        size_t nr = 0;

        for (size_t j = 0; j < resampler->nr_processes; j++)
            nr = draw_of(resampler, &resampler->samples[i], resampler->drawn[j], nr);
        for (size_t j = 0; nr == 0 && j < resampler->nr_processes; j++)
            nr = draw_of(resampler, &resampler->samples[i], resampler->processes[j], nr);
        resampler->medians[i] = la_median(resampler->room, nr);
    }
}

/* Independent values less the parameters that they have to tell: processes where there are several,
 * as blocks of one process have much in common, else blocks. */
static double find_tail(const struct resampler *resampler, double level)
{
    size_t nr_blocks = SIZE_MAX;
    double nr, degrees = 0;

    for (size_t i = 0; i < resampler->nr_samples; i++) {
        nr_blocks = resampler->samples[i].nr < nr_blocks ? resampler->samples[i].nr : nr_blocks;
        degrees += (double)resampler->samples[i].nr - 1;
    }
    nr = (double)nr_blocks;
    if (resampler->nr_processes > 1) {
        nr = (double)resampler->nr_processes;
        degrees = nr - 1;
    }
    return gsl_cdf_ugaussian_Q(gsl_cdf_tdist_Qinv((1 - level) / 2, fmax(1, degrees)) *
                               sqrt(nr / fmax(1, nr - 1)));
}

static struct la_usl_interval interval_of(double *values, size_t nr, double tail)
{
    gsl_sort(values, 1, nr);
    /* Between two infinite ones there is nothing to interpolate. */
    const size_t low = (size_t)(tail * (double)(nr - 1));
    const size_t high = nr - 1 - low;

    return (struct la_usl_interval){values[low], values[high]};
}

static double lambda_of(const struct la_usl *law)
{
    return law->lambda;
}

static double sigma_of(const struct la_usl *law)
{
    return law->sigma;
}

static double kappa_of(const struct la_usl *law)
{
    return law->kappa;
}

static struct la_usl_interval interval_by(const struct la_usl_estimate *estimate,
                                          double (*value)(const struct la_usl *law))
{
    double *values = la_new_array(estimate->nr_draws, sizeof *values);
    struct la_usl_interval interval;

    for (size_t i = 0; i < estimate->nr_draws; i++)
        values[i] = value(&estimate->draws[i]);
    interval = interval_of(values, estimate->nr_draws, estimate->tail);
    free(values);
    return interval;
}

struct la_usl_interval la_usl_band(const struct la_usl_estimate *estimate, double threads)
{
    double *values = la_new_array(estimate->nr_draws, sizeof *values);
    struct la_usl_interval interval;

    for (size_t i = 0; i < estimate->nr_draws; i++)
        values[i] = la_usl_throughput(&estimate->draws[i], threads);
    interval = interval_of(values, estimate->nr_draws, estimate->tail);
    free(values);
    return interval;
}

static bool fit_resamples(struct resampler *resampler, uint32_t nr_resamples,
                          struct la_usl_estimate *estimate)
{
    estimate->draws = la_new_array(nr_resamples, sizeof *estimate->draws);
    for (uint32_t i = 0; i < nr_resamples; i++) {
        resample_medians(resampler);
        if (la_usl_fit(resampler->threads, resampler->medians, resampler->nr_samples,
                       &estimate->draws[estimate->nr_draws]))
            estimate->nr_draws++;
    }
    return estimate->nr_draws > 0 && estimate->nr_draws >= nr_resamples / 10 * 9;
}

static bool estimate_all(struct resampler *resampler, double level, uint32_t nr_resamples,
                         struct la_usl_estimate *estimate)
{
    take_medians(resampler);
    if (!la_usl_fit(resampler->threads, resampler->medians, resampler->nr_samples, &estimate->law))
        return false;
    estimate->deviation = la_usl_deviation(&estimate->law, resampler->threads, resampler->medians,
                                           resampler->nr_samples);
    estimate->tail = find_tail(resampler, level);
    if (!fit_resamples(resampler, nr_resamples, estimate))
        return false;
    estimate->lambda = interval_by(estimate, lambda_of);
    estimate->sigma = interval_by(estimate, sigma_of);
    estimate->kappa = interval_by(estimate, kappa_of);
    estimate->peak = interval_by(estimate, la_usl_peak);
    return true;
}

bool la_usl_estimate(const struct la_usl_sample *samples, size_t nr_samples, double level,
                     uint32_t nr_resamples, uint64_t seed, struct la_usl_estimate *estimate)
{
    struct resampler resampler;
    bool fits;

    *estimate = (struct la_usl_estimate){.nr_draws = 0};
    resampler_init(&resampler, samples, nr_samples, seed);
    fits = estimate_all(&resampler, level, nr_resamples, estimate);
    resampler_fini(&resampler);
    if (!fits)
        la_usl_estimate_fini(estimate);
    return fits;
}

void la_usl_estimate_fini(struct la_usl_estimate *estimate)
{
    free(estimate->draws);
    estimate->draws = NULL;
    estimate->nr_draws = 0;
}
