/* SPDX-License-Identifier: MIT */
/* coverage.c: see coverage.h. */
#include "coverage.h"

#include <gsl/gsl_cdf.h>

#include "bootstrap.h"

void la_coverage_add(struct la_coverage *coverage, const double *log_ratios, double truth,
                     uint64_t seed)
{
    const struct la_stratum stratum = {.values = log_ratios, .nr = LA_COVERAGE_BLOCKS, .weight = 1};
    struct la_resampling resampling = la_resampling_default;
    struct la_estimate estimate;

    resampling.seed = seed;
    la_bootstrap(&stratum, 1, &resampling, &estimate);
    coverage->tries++;
    coverage->held += estimate.low - LA_COVERAGE_PRECISION <= truth &&
                      estimate.high + LA_COVERAGE_PRECISION >= truth;
}

double la_coverage_p(const struct la_coverage *coverage)
{
    if (!coverage->tries)
        return 1;
    return gsl_cdf_binomial_P((unsigned)coverage->held, la_resampling_default.level,
                              (unsigned)coverage->tries);
}

bool la_coverage_can_tell(const struct la_coverage *coverage)
{
    const struct la_coverage none = {.tries = coverage->tries};

    return la_coverage_p(&none) < LA_COVERAGE_P;
}
