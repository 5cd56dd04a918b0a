/* SPDX-License-Identifier: MIT */
/* table.c: see table.h. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

/* The accepted row of a cell in a block, or NULL. Slices count as long as there is nothing else:
 * the last row of a cell is a deciding one if it has any. */
static const struct la_bench_row *
row_of(const struct la_plan *plan, const struct la_outcome *outcome, size_t cell, unsigned block)
{
    const struct la_bench_row *row = la_outcome_row(outcome, &plan->cells[cell], block);
    const struct la_bench_row *end = outcome->rows + outcome->nr_rows, *last = row;

    if (!row || row->counters[LA_BENCH_REJECTED] > 0)
        return NULL;
    while (last + 1 < end && last[1].name == row->name)
        last++;
    return row->counters[LA_BENCH_STAGE] > last->counters[LA_BENCH_STAGE] ? NULL : row;
}

/* Room for a value of each block; NULL, which is told once, and then nothing is known. */
static double *values_for(const struct la_outcome *outcome)
{
    static bool told;
    double *values = calloc(outcome->nr_numbers + 1u, sizeof *values);

    if (!values && !told)
        fprintf(stderr, "lookaside: no memory for the figures of %u blocks, which are not told\n",
                outcome->nr_numbers);
    told |= !values;
    return values;
}

static struct la_ratio summarise(double *ratios, size_t nr)
{
    struct la_ratio ratio = {.nr = nr};
    size_t low;

    if (nr == 0)
        return ratio;
    ratio.median = la_order_median(ratios, nr);
    ratio.interval_known = la_order_interval(nr, &low);
    if (ratio.interval_known) {
        ratio.low = ratios[low];
        ratio.high = ratios[nr - 1 - low];
    }
    return ratio;
}

struct la_ratio la_table_ratio(const struct la_plan *plan, const struct la_outcome *outcome,
                               size_t cell, size_t reference)
{
    double *ratios = values_for(outcome);
    struct la_ratio ratio;
    size_t nr = 0;

    for (unsigned block = 0; ratios && block < outcome->nr_numbers; block++) {
        const struct la_bench_row *mine = row_of(plan, outcome, cell, block);
        const struct la_bench_row *theirs = row_of(plan, outcome, reference, block);

        if (mine && theirs)
            ratios[nr++] =
                mine->counters[LA_BENCH_OPS_PER_S] / theirs->counters[LA_BENCH_OPS_PER_S];
    }
    ratio = summarise(ratios, nr);
    free(ratios);
    return ratio;
}

double la_table_median(const struct la_plan *plan, const struct la_outcome *outcome, size_t cell,
                       enum la_bench_counter counter)
{
    double *values = values_for(outcome), median;
    size_t nr = 0;

    for (unsigned block = 0; values && block < outcome->nr_numbers; block++) {
        const struct la_bench_row *row = row_of(plan, outcome, cell, block);

        if (row && la_bench_counter_known(row, counter))
            values[nr++] = row->counters[counter];
    }
    median = nr ? la_order_median(values, nr) : NAN;
    free(values);
    return median;
}

size_t la_table_twin(const struct la_plan *plan, const struct la_group *group)
{
    size_t cell = group->first;

    while (plan->cells[cell].contender->role != LA_ROLE_TWIN)
        cell++;
    return cell;
}

/* A number, or a dash for one that is not known. */
static void print_number(FILE *stream, int width, int digits, double value, const char *unit)
{
    if (isnan(value))
        fprintf(stream, " %*s", width + (int)(*unit != '\0'), "-");
    else
        fprintf(stream, " %*.*f%s", width, digits, value, unit);
}

static void print_ratio(FILE *stream, const struct la_ratio *ratio)
{
    if (ratio->nr == 0)
        fprintf(stream, " %7s %16s", "-", "");
    else if (!ratio->interval_known)
        fprintf(stream, " %7.2f %16s", ratio->median, "");
    else
        fprintf(stream, " %7.2f [%6.2f, %6.2f]", ratio->median, ratio->low, ratio->high);
}

static void print_cell(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome,
                       size_t cell)
{
    const struct la_group *group = &plan->groups[plan->cells[cell].group];
    struct la_ratio ratio = la_table_ratio(plan, outcome, cell, group->reference);

    fprintf(stream, "  %-23s", plan->cells[cell].contender->name);
    print_number(stream, 8, 2, la_table_median(plan, outcome, cell, LA_BENCH_OPS_PER_S) / 1e6, "");
    print_ratio(stream, &ratio);
    print_number(stream, 8, 2, la_table_median(plan, outcome, cell, LA_BENCH_NS_PER_OP), "");
    print_number(stream, 8, 2, la_table_median(plan, outcome, cell, LA_BENCH_NS_PER_OP_NET), "");
    print_number(stream, 6, 1, 100 * la_table_median(plan, outcome, cell, LA_BENCH_ALLOC_HIT), "%");
    print_number(stream, 6, 1, 100 * la_table_median(plan, outcome, cell, LA_BENCH_FREE_HIT), "%");
    fputc('\n', stream);
}

static void print_group(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome,
                        const struct la_group *group)
{
    const struct la_setting *setting = &group->setting;
    char depth[LA_DEPTH_BYTES];

    fprintf(stream, "\n%s, %u thread%s %s, size %zu, depth %s%s\n", setting->workload->name,
            group->placement.nr_threads, group->placement.nr_threads == 1 ? "" : "s",
            group->placement.name, setting->size, la_depth_text(setting, depth, sizeof depth),
            group->oversubscribed && strcmp(group->placement.name, "oversubscribed") != 0
                ? ", oversubscribed"
                : "");
    if (la_table_ratio(plan, outcome, group->reference, group->reference).nr == 0) {
        fprintf(stream, "  no accepted block\n");
        return;
    }
    fprintf(stream, "  %-23s %8s %7s %16s %8s %8s %7s %7s\n", "contender", "Mops/s", "ratio",
            "95 % interval", "ns/op", "net", "alloc", "free");
    for (size_t i = 0; i < group->nr_cells; i++)
        print_cell(stream, plan, outcome, group->first + i);
}

static int by_value(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;

    return (first > second) - (first < second);
}

/* What this run cannot tell from noise: ratios up to the intervals of the A/A pairs, of which half
 * and the worst are told. */
static void print_bounds(FILE *stream, const struct la_plan *plan, double *bounds, size_t nr,
                         size_t worst)
{
    const struct la_group *group = &plan->groups[worst];

    qsort(bounds, nr, sizeof *bounds, by_value);
    fprintf(stream, "A/A (malloc-aa+glibc against malloc+glibc): ratios below %.2f are noise",
            bounds[nr / 2]);
    if (nr > 1)
        fprintf(stream, " in half of the groups,\nbelow %.2f in the worst (%s, %u thread%s %s)",
                bounds[nr - 1], group->setting.workload->name, group->placement.nr_threads,
                group->placement.nr_threads == 1 ? "" : "s", group->placement.name);
}

static void print_aa(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome)
{
    double *bounds = calloc(plan->nr_groups, sizeof *bounds), most = 0;
    size_t nr = 0, nr_excluding = 0, worst = 0;

    for (size_t i = 0; bounds && i < plan->nr_groups; i++) {
        const struct la_group *group = &plan->groups[i];
        struct la_ratio ratio =
            la_table_ratio(plan, outcome, la_table_twin(plan, group), group->reference);

        if (!ratio.interval_known)
            continue;
        bounds[nr] = fmax(ratio.high, 1 / ratio.low);
        worst = bounds[nr] > most ? i : worst;
        most = fmax(most, bounds[nr++]);
        nr_excluding += ratio.low > 1 || ratio.high < 1;
    }
    if (!bounds) {
        fprintf(stream, "A/A: not known: no memory for the ratios of %zu groups\n",
                plan->nr_groups);
    } else if (nr == 0) {
        fprintf(stream, "A/A: no group has 6 accepted blocks, so no interval and no claim\n");
    } else {
        print_bounds(stream, plan, bounds, nr, worst);
        fprintf(stream,
                ";\nthe interval leaves out a ratio of 1 in %zu of %zu groups; chance alone gives "
                "one in 20\n",
                nr_excluding, nr);
    }
    free(bounds);
}

void la_table_print(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome)
{
    for (size_t i = 0; i < plan->nr_groups; i++)
        print_group(stream, plan, outcome, &plan->groups[i]);
    fprintf(stream,
            "\nratio: operations per second against malloc+glibc of the same block, median; net: "
            "ns/op\nwithout the floor's; alloc, free: hits of the list\n");
    print_aa(stream, plan, outcome);
    fprintf(stream, "%zu of %zu blocks rejected%s%s\n", outcome->nr_rejected, outcome->nr_blocks,
            outcome->nr_rejected ? ": something else ran on these CPUs" : "",
            outcome->nr_rejected * 2 > outcome->nr_blocks ? "; try again when it is done" : "");
    if (outcome->out_of_time)
        fprintf(stream,
                "out of time: the machine was slower than thought, not all of %u blocks "
                "were run\n",
                plan->blocks);
    if (la_outcome_lost_processes(outcome))
        fprintf(stream, "%u of %u processes ended too early\n", la_outcome_lost_processes(outcome),
                outcome->crew.nr_members);
    if (outcome->nr_miscounted)
        fprintf(stream,
                "%zu rows without hits: the list's count of operations was not the driver's\n",
                outcome->nr_miscounted);
}
