/* SPDX-License-Identifier: MIT */
/* usl.c: the law and its fit; see usl.h. */
#include "usl.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>

enum { MAX_POINTS = 64, MAX_ITERATIONS = 100 };

/* A denominator of the law cannot be smaller; on the way to the fit it may try to be. */
static const double least_divisor = 1e-9;

/* What a parameter, or a sum of squares, of 0 may come out as. */
static const double rounding = 1e-12;

struct points {
    const double *threads, *log_throughput;
    size_t nr;
    bool has_sigma, has_kappa; /* free, or 0 */
};

static double divisor(double sigma, double kappa, double n)
{
    return fmax(1 + sigma * (n - 1) + kappa * n * (n - 1), least_divisor);
}

double la_usl_throughput(const struct la_usl *law, double threads)
{
    return law->lambda * threads / divisor(law->sigma, law->kappa, threads);
}

double la_usl_peak(const struct la_usl *law)
{
    if (law->sigma >= 1)
        return 1;
    if (law->kappa <= 0)
        return INFINITY;
    return fmax(1, sqrt((1 - law->sigma) / law->kappa));
}

/* The parameters of the fit: log lambda, then sigma, then kappa, as far as they are free. */
static struct la_usl law_of(const struct points *points, const gsl_vector *x)
{
    size_t at = 1;
    struct la_usl law = {.lambda = exp(gsl_vector_get(x, 0))};

    if (points->has_sigma)
        law.sigma = gsl_vector_get(x, at++);
    if (points->has_kappa)
        law.kappa = gsl_vector_get(x, at);
    return law;
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    const struct points *points = context;
    const struct la_usl law = law_of(points, x);

    for (size_t i = 0; i < points->nr; i++)
        gsl_vector_set(f, i,
                       gsl_vector_get(x, 0) + log(points->threads[i]) -
                           log(divisor(law.sigma, law.kappa, points->threads[i])) -
                           points->log_throughput[i]);
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *x, void *context, gsl_matrix *j)
{
    const struct points *points = context;
    const struct la_usl law = law_of(points, x);

    for (size_t i = 0; i < points->nr; i++) {
        const double n = points->threads[i];
        const double d = divisor(law.sigma, law.kappa, n);
        size_t at = 0;

        gsl_matrix_set(j, i, at++, 1);
        if (points->has_sigma)
            gsl_matrix_set(j, i, at++, -(n - 1) / d);
        if (points->has_kappa)
            gsl_matrix_set(j, i, at, -n * (n - 1) / d);
    }
    return GSL_SUCCESS;
}

/* The law turned round is linear: N / X = (1 + sigma (N - 1) + kappa N (N - 1)) / lambda. Its
 * weighted fit is where the other begins. */
static bool linear_fit(const struct points *points, gsl_vector *x)
{
    const size_t nr_free = x->size;
    gsl_matrix *a = gsl_matrix_alloc(points->nr, nr_free), *covariance;
    gsl_vector *y = gsl_vector_alloc(points->nr), *w = gsl_vector_alloc(points->nr);
    gsl_vector *c = gsl_vector_alloc(nr_free);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(points->nr, nr_free);
    double chi_squared, scale = points->log_throughput[0];
    bool fits;

    covariance = gsl_matrix_alloc(nr_free, nr_free);
    for (size_t i = 0; i < points->nr; i++) {
        const double n = points->threads[i];
        const double turned = n / exp(points->log_throughput[i] - scale);
        size_t at = 0;

        gsl_vector_set(y, i, turned);
        gsl_vector_set(w, i, 1 / (turned * turned));
        gsl_matrix_set(a, i, at++, 1);
        if (points->has_sigma)
            gsl_matrix_set(a, i, at++, n - 1);
        if (points->has_kappa)
            gsl_matrix_set(a, i, at, n * (n - 1));
    }
    gsl_multifit_wlinear(a, w, y, c, covariance, &chi_squared, work);
    fits = gsl_vector_get(c, 0) > 0;
    gsl_vector_set(x, 0,
                   fits ? scale - log(gsl_vector_get(c, 0)) : scale - log(points->threads[0]));
    for (size_t i = 1; i < nr_free; i++)
        gsl_vector_set(x, i, fits ? fmax(0, gsl_vector_get(c, i) / gsl_vector_get(c, 0)) : 0.1);
    gsl_multifit_linear_free(work);
    gsl_matrix_free(a);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(w);
    gsl_vector_free(c);
    return fits;
}

/* The sum of squares, or infinity where it does not get there or a parameter is below 0. */
static double fit_free(struct points *points, struct la_usl *law)
{
    const size_t nr_free = 1 + points->has_sigma + points->has_kappa;
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf problem = {
        .f = residuals, .df = jacobian, .n = points->nr, .p = nr_free, .params = points};
    gsl_vector *start = gsl_vector_alloc(nr_free);
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, points->nr, nr_free);
    double sum;
    int info, status;

    linear_fit(points, start);
    gsl_multifit_nlinear_init(start, &problem, work);
    status = gsl_multifit_nlinear_driver(MAX_ITERATIONS, 1e-10, 1e-10, 0, NULL, NULL, &info, work);
    gsl_blas_ddot(gsl_multifit_nlinear_residual(work), gsl_multifit_nlinear_residual(work), &sum);
    *law = law_of(points, gsl_multifit_nlinear_position(work));
    /* Points that obey the law exactly leave no step to judge by. */
    if ((status != GSL_SUCCESS && status != GSL_ENOPROG && !(sum < rounding)) ||
        law->sigma < -rounding || law->kappa < -rounding)
        sum = INFINITY;
    law->sigma = fmax(0, law->sigma);
    law->kappa = fmax(0, law->kappa);
    gsl_multifit_nlinear_free(work);
    gsl_vector_free(start);
    return sum;
}

static bool enough(const double *threads, const double *log_throughput, size_t nr)
{
    size_t nr_different = 0;

    for (size_t i = 0; i < nr; i++) {
        bool seen = false;

        if (!isfinite(log_throughput[i]) || !(threads[i] >= 1))
            return false;
        for (size_t j = 0; j < i; j++)
            seen |= threads[j] == threads[i];
        nr_different += !seen;
    }
    return nr_different >= LA_USL_MIN_POINTS && nr <= MAX_POINTS;
}

/* The better of the fits with one of the two at 0; infinity if neither is allowed. */
static double fit_one_of_two(struct points *points, struct la_usl *law)
{
    struct la_usl other;
    double sum, other_sum;

    points->has_sigma = true;
    points->has_kappa = false;
    sum = fit_free(points, law);
    points->has_sigma = false;
    points->has_kappa = true;
    other_sum = fit_free(points, &other);
    if (other_sum < sum)
        *law = other;
    return fmin(sum, other_sum);
}

bool la_usl_fit(const double *threads, const double *log_throughput, size_t nr, struct la_usl *law)
{
    struct points points = {threads, log_throughput, nr, true, true};
    gsl_error_handler_t *before;
    double sum;

    if (!enough(threads, log_throughput, nr))
        return false;
    before = gsl_set_error_handler_off();
    sum = fit_free(&points, law);
    if (isinf(sum))
        sum = fit_one_of_two(&points, law);
    if (isinf(sum)) {
        points.has_sigma = points.has_kappa = false;
        sum = fit_free(&points, law);
    }
    gsl_set_error_handler(before);
    return isfinite(sum) && isfinite(law->lambda);
}

double la_usl_deviation(const struct la_usl *law, const double *threads,
                        const double *log_throughput, size_t nr)
{
    double most = 0;

    for (size_t i = 0; i < nr; i++)
        most = fmax(most, fabs(log(la_usl_throughput(law, threads[i])) - log_throughput[i]));
    return expm1(most);
}
