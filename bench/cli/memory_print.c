/* SPDX-License-Identifier: MIT */
/* memory_print.c: see memory_print.h. */
#include "memory_print.h"

#include <math.h>
#include <stdio.h>

#include "retention_files.h"

static double median(const struct la_retention_cell *cell, enum la_retention_figure figure)
{
    return la_retention_estimate(cell, NULL, figure).median;
}

static void print_kib(double bytes)
{
    if (isnan(bytes))
        printf(" %7s", "-");
    else
        printf(" %7.0f", bytes / 1024);
}

static void print_cell(const struct la_retention_cell *cell)
{
    static const enum la_retention_figure shown[] = {
        LA_FIGURE_RETAINED_BUSY, LA_FIGURE_PEAK,          LA_FIGURE_RETAINED_PEAK,
        LA_FIGURE_RETAINED_IDLE, LA_FIGURE_RETAINED_TRIM, LA_FIGURE_RETAINED_PURGE};
    const double hit = median(cell, LA_FIGURE_ALLOC_HIT);

    printf("%c %-18s", cell->optimal ? '*' : ' ', cell->contender->name);
    if (cell->depth)
        printf(" %6u", cell->depth);
    else
        printf(" %6s", "-");
    printf(" %7.1f", median(cell, LA_FIGURE_OPS_PER_S) / 1e6);
    if (isnan(hit))
        printf(" %6s", "-");
    else
        printf(" %5.1f%%", 100 * hit);
    print_kib(median(cell, LA_FIGURE_CACHED_BUSY));
    print_kib(cell->metadata_bytes[LA_STAGE_BUSY]);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        print_kib(median(cell, shown[i]));
    printf(" %8.2f\n", median(cell, LA_FIGURE_RESIDENT_BYTE_S) / 1024 / 1024);
}

static void print_twin(const struct la_retention_outcome *outcome)
{
    const struct la_retention_estimate ops =
        la_retention_estimate(&outcome->cells[1], &outcome->cells[0], LA_FIGURE_OPS_PER_S);
    const struct la_retention_estimate kept =
        la_retention_estimate(&outcome->cells[1], &outcome->cells[0], LA_FIGURE_RETAINED_BUSY);

    printf("\nplain malloc against itself (A/A), by blocks: throughput %.2f [%.2f, %.2f], retained "
           "%.2f [%.2f, %.2f]; %u blocks, %u rejected\n",
           ops.median, ops.low, ops.high, kept.median, kept.low, kept.high, outcome->nr_blocks,
           outcome->nr_rejected);
}

/* The lists within the memory that one malloc keeps, and what they reach to its throughput. */
static void print_budget(const struct la_retention_plan *plan,
                         const struct la_retention_outcome *outcome,
                         const struct la_retention_cell *malloc_cell)
{
    const double budget = median(malloc_cell, LA_FIGURE_RETAINED_BUSY);

    printf("  %-18s %7.0f KiB:", malloc_cell->contender->name, budget / 1024);
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const struct la_contender *contender = &plan->contenders[i];
        const size_t best = la_retention_within(outcome, contender, budget);

        if (!la_contender_has_list(contender))
            continue;
        if (best == outcome->nr_cells)
            printf("  %s none", contender->name);
        else
            printf("  %s depth %u %.2fx", contender->name, outcome->cells[best].depth,
                   la_retention_estimate(&outcome->cells[best], malloc_cell, LA_FIGURE_OPS_PER_S)
                       .median);
    }
    putchar('\n');
}

void cli_memory_print(const struct la_retention_plan *plan,
                      const struct la_retention_outcome *outcome)
{
    printf("\n  %-18s %6s %7s %6s  KiB: %s\n", "", "", "million", "",
           "cached  list's resident growth, after                             MiB s");
    printf("  %-18s %6s %7s %6s %7s %7s %7s %7s %7s %7s %7s %7s %8s\n", "", "depth", "ops/s",
           "hits", "busy", "own", "busy", "at most", "peak", "idle", "trim", "purge", "resident");
    for (size_t i = 0; i < outcome->nr_cells; i++)
        print_cell(&outcome->cells[i]);
    printf("* : nothing else is faster and keeps less after being busy (Pareto-optimal, by "
           "medians)\n");
    print_twin(outcome);
    if (outcome->nr_blocks == 0)
        printf(
            "DOUBTFUL: every block lost over 5 %% of its time to other work; all of them count\n");
    printf(
        "at equal memory: the fastest depth that keeps no more than the malloc, and its throughput "
        "to it\n");
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        if (outcome->cells[i].contender->role == LA_ROLE_MALLOC)
            print_budget(plan, outcome, &outcome->cells[i]);
    }
}
