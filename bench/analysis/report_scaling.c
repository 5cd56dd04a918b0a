/* SPDX-License-Identifier: MIT */
/*
 * report_scaling.c: how throughput grows with threads: efficiency, and the law where there is one.
 */
#include <math.h>
#include <string.h>

#include "point.h"
#include "report_section.h"
#include "scaling.h"

static void make(const struct la_report *report, struct la_scaling *scaling)
{
    la_scaling_make(scaling, report->answers->run, la_scaling_cpus(report->manifest),
                    &report->answers->settings->resampling);
}

/* Whether two groups that can be points of a curve differ in their threads. */
static bool available(const struct la_report *report)
{
    const struct la_run *run = report->answers->run;
    uint32_t threads = 0;

    for (size_t i = 0; i < run->nr_groups; i++) {
        if (la_point_of(run->groups[i].workload).on_grid)
            continue;
        if (threads && run->groups[i].threads != threads)
            return true;
        threads = run->groups[i].threads;
    }
    return false;
}

static bool is_last(const struct la_scaling *scaling, size_t curve)
{
    return curve + 1 == scaling->nr_curves ||
           scaling->curves[curve + 1].group != scaling->curves[curve].group;
}

/* All numbers of threads of one table, ascending. */
static size_t threads_of(const struct la_scaling *scaling, size_t first, uint32_t *threads,
                         size_t most)
{
    size_t nr = 0;

    for (size_t i = first;; i++) {
        const struct la_scaling_curve *curve = &scaling->curves[i];

        for (size_t p = 0; p < curve->nr_points; p++) {
            size_t at = 0;

            while (at < nr && threads[at] < curve->points[p].threads)
                at++;
            if ((at < nr && threads[at] == curve->points[p].threads) || nr == most)
                continue;
            memmove(&threads[at + 1], &threads[at], (nr++ - at) * sizeof *threads);
            threads[at] = curve->points[p].threads;
        }
        if (is_last(scaling, i))
            return nr;
    }
}

static const struct la_scaling_point *point_at(const struct la_scaling_curve *curve,
                                               uint32_t threads)
{
    for (size_t i = 0; i < curve->nr_points; i++) {
        if (curve->points[i].threads == threads)
            return &curve->points[i];
    }
    return NULL;
}

static void write_point(const struct la_scaling_point *point, FILE *stream)
{
    if (!point) {
        fputs(" n/a |", stream);
        return;
    }
    fprintf(stream, " %.4g", exp(point->throughput.point) / 1e6);
    if (!isnan(point->efficiency.point))
        fprintf(stream, ", %.0f %%", 100 * exp(point->efficiency.point));
    if (!isnan(point->efficiency.low))
        fprintf(stream, " [%.0f, %.0f]", 100 * exp(point->efficiency.low),
                100 * exp(point->efficiency.high));
    fputs(" |", stream);
}

static void write_law(const struct la_scaling_curve *curve, FILE *stream)
{
    const struct la_usl_estimate *law = &curve->law;
    char peak[128];

    if (curve->fitted)
        fprintf(stream, " %.4f [%.4f, %.4f] | %.2g [%.2g, %.2g] | %s |\n", law->law.sigma,
                law->sigma.low, law->sigma.high, law->law.kappa, law->kappa.low, law->kappa.high,
                la_scaling_peak_text(curve, peak, sizeof peak));
    else
        fputs(" - | - | - |\n", stream);
}

static void write_head(const struct la_scaling_curve *curve, const uint32_t *threads, size_t nr,
                       FILE *stream)
{
    char title[LA_LABEL_SIZE];

    fprintf(stream, "### %s\n\n| contender |", la_scaling_title(curve, title, sizeof title));
    for (size_t i = 0; i < nr; i++)
        fprintf(stream, " %u thread%s |", threads[i], threads[i] == 1 ? "" : "s");
    fputs(" sigma | kappa | peak, threads |\n|---|---|---|---|", stream);
    for (size_t i = 0; i < nr; i++)
        fputs("---|", stream);
    fputc('\n', stream);
}

/* One table; returns the first curve of the next. The reasons of contenders without a law follow
 * it, each said once. */
static size_t write_table(const struct la_scaling *scaling, size_t first, FILE *stream)
{
    uint32_t threads[LA_SCALING_MAX_POINTS + 1];
    const size_t nr = threads_of(scaling, first, threads, LA_SCALING_MAX_POINTS);
    const char *said = "";
    size_t i = first;

    write_head(&scaling->curves[first], threads, nr, stream);
    do {
        fprintf(stream, "| %s |", scaling->run->contenders[scaling->curves[i].contender]);
        for (size_t p = 0; p < nr; p++)
            write_point(point_at(&scaling->curves[i], threads[p]), stream);
        write_law(&scaling->curves[i], stream);
    } while (!is_last(scaling, i++));
    fputc('\n', stream);
    for (size_t c = first; c < i; c++) {
        const struct la_scaling_curve *curve = &scaling->curves[c];

        if (curve->fitted || strcmp(curve->refused, said) == 0)
            continue;
        said = curve->refused;
        fprintf(stream, "No law for %s: %s.\n\n", scaling->run->contenders[curve->contender], said);
    }
    return i;
}

static bool any_law(const struct la_scaling *scaling)
{
    for (size_t i = 0; i < scaling->nr_curves; i++) {
        if (scaling->curves[i].fitted)
            return true;
    }
    return false;
}

static void write(const struct la_report *report, FILE *stream)
{
    struct la_scaling scaling;

    make(report, &scaling);
    fputs("Million operations per second, and efficiency: the share of threads x one thread's "
          "rate. *sigma* (contention), *kappa* (coherence) and the peak are those of the Universal "
          "Scalability Law, fitted where four numbers of threads had a CPU for each.\n\n",
          stream);
    la_report_plots_named(report, "scaling", stream);
    if (!any_law(&scaling) && scaling.nr_curves > 0)
        fprintf(stream, "**No law is fitted in this run**: %s.\n\n", scaling.curves[0].refused);
    for (size_t i = 0; i < scaling.nr_curves;)
        i = write_table(&scaling, i, stream);
    la_scaling_fini(&scaling);
}

const struct la_report_section la_report_scaling = {
    .heading = "Scaling",
    .available = available,
    .write = write,
};
