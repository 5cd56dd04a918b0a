/* SPDX-License-Identifier: MIT */
/* scaling_text.c: scaling.h as a table and as JSON. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "scaling.h"

/* Farther than so many times what was measured, a law of three parameters says nothing. */
enum { FAR = 4 };

static void bound_text(double peak, double far, char *text, size_t size)
{
    if (peak > far)
        snprintf(text, size, "> %.0f", far);
    else
        snprintf(text, size, "%.1f", peak);
}

const char *la_scaling_peak_text(const struct la_scaling_curve *curve, char *text, size_t size)
{
    const double far = FAR * (double)la_scaling_reach(curve);
    const double peak = la_usl_peak(&curve->law.law);
    char point[32], low[32], high[32];

    if (peak > far && curve->law.peak.low > far) {
        snprintf(text, size, "none up to %.0f", far);
        return text;
    }
    bound_text(peak, far, point, sizeof point);
    bound_text(curve->law.peak.low, far, low, sizeof low);
    bound_text(curve->law.peak.high, far, high, sizeof high);
    snprintf(text, size, "%s [%s, %s]", point, low, high);
    return text;
}

static void print_points(const struct la_scaling *scaling, const struct la_scaling_curve *curve,
                         FILE *stream)
{
    fprintf(stream, "  %-22s", scaling->run->contenders[curve->contender]);
    for (size_t i = 0; i < curve->nr_points; i++) {
        const struct la_scaling_point *point = &curve->points[i];

        fprintf(stream, "  %u%s: %.2f", point->threads, point->shares_cpus ? "*" : "",
                exp(point->throughput.point) / 1e6);
        if (isnan(point->efficiency.point))
            continue;
        fprintf(stream, " (%.1f", 100 * exp(point->efficiency.point));
        if (!isnan(point->efficiency.low))
            fprintf(stream, " [%.1f, %.1f]", 100 * exp(point->efficiency.low),
                    100 * exp(point->efficiency.high));
        fputs(" %)", stream);
    }
    fputc('\n', stream);
}

static void print_law(const struct la_scaling_curve *curve, FILE *stream)
{
    const struct la_usl_estimate *law = &curve->law;
    char peak[128];

    fprintf(stream,
            "    lambda %.2f [%.2f, %.2f] million/s, sigma %.4f [%.4f, %.4f], kappa %.6f [%.6f, "
            "%.6f]\n    peak at %s threads; the law is off by %.1f %% at most\n",
            law->law.lambda / 1e6, law->lambda.low / 1e6, law->lambda.high / 1e6, law->law.sigma,
            law->sigma.low, law->sigma.high, law->law.kappa, law->kappa.low, law->kappa.high,
            la_scaling_peak_text(curve, peak, sizeof peak), 100 * law->deviation);
}

/* A reason that the curve before gave as well is not said again. */
static void print_refusal(const struct la_scaling *scaling, size_t curve, FILE *stream)
{
    const struct la_scaling_curve *own = &scaling->curves[curve];
    const bool last = curve + 1 == scaling->nr_curves || own[1].group != own->group;

    if (!own->fitted && (last || strcmp(own->refused, own[1].refused) != 0))
        fprintf(stream, "    no law fitted: %s\n", own->refused);
}

void la_scaling_print(const struct la_scaling *scaling, FILE *stream)
{
    char title[LA_LABEL_SIZE];

    if (scaling->nr_curves == 0) {
        fputs("No contender was measured with more than one number of threads; "
              "lookaside bench --threads 1,2,4,8 measures four.\n",
              stream);
        return;
    }
    fputs("threads: million operations per second (efficiency: share of threads x one thread); "
          "*: threads share CPUs\n",
          stream);
    for (size_t i = 0; i < scaling->nr_curves; i++) {
        const struct la_scaling_curve *curve = &scaling->curves[i];

        if (i == 0 || curve->group != curve[-1].group)
            fprintf(stream, "\n%s\n", la_scaling_title(curve, title, sizeof title));
        print_points(scaling, curve, stream);
        if (curve->fitted)
            print_law(curve, stream);
        print_refusal(scaling, i, stream);
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *with_interval(double value, double low, double high)
{
    return json_pack("{s:o, s:o, s:o}", "value", number(value), "low", number(low), "high",
                     number(high));
}

static json_t *points_json(const struct la_scaling_curve *curve)
{
    json_t *points = json_array();

    for (size_t i = 0; i < curve->nr_points; i++) {
        const struct la_scaling_point *point = &curve->points[i];

        json_array_append_new(
            points,
            json_pack("{s:i, s:b, s:i, s:o, s:o}", "threads", (int)point->threads, "shares_cpus",
                      point->shares_cpus, "blocks", (int)point->nr_blocks, "ops_per_s",
                      with_interval(exp(point->throughput.point), exp(point->throughput.low),
                                    exp(point->throughput.high)),
                      "efficiency",
                      with_interval(exp(point->efficiency.point), exp(point->efficiency.low),
                                    exp(point->efficiency.high))));
    }
    return points;
}

static json_t *law_json(const struct la_scaling_curve *curve)
{
    const struct la_usl_estimate *law = &curve->law;

    if (!curve->fitted)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:i}", "lambda",
                     with_interval(law->law.lambda, law->lambda.low, law->lambda.high), "sigma",
                     with_interval(law->law.sigma, law->sigma.low, law->sigma.high), "kappa",
                     with_interval(law->law.kappa, law->kappa.low, law->kappa.high), "peak",
                     with_interval(la_usl_peak(&law->law), law->peak.low, law->peak.high),
                     "deviation", number(law->deviation), "resamples", (int)law->nr_draws);
}

json_t *la_scaling_json(const struct la_scaling *scaling)
{
    json_t *curves = json_array();

    for (size_t i = 0; i < scaling->nr_curves; i++) {
        const struct la_scaling_curve *curve = &scaling->curves[i];

        json_array_append_new(
            curves,
            json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:o}", "contender",
                      scaling->run->contenders[curve->contender], "workload",
                      curve->group->workload, "size_bytes", (json_int_t)curve->group->size_bytes,
                      "depth", curve->group->depth, "placement", curve->group->placement, "points",
                      points_json(curve), "law", law_json(curve), "refused",
                      curve->fitted ? json_null() : json_string(curve->refused)));
    }
    return json_pack("{s:i, s:o, s:o}", "schema", 1, "cpus",
                     scaling->nr_cpus ? json_integer(scaling->nr_cpus) : json_null(), "curves",
                     curves);
}
