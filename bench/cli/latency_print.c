/* SPDX-License-Identifier: MIT */
/* latency_print.c: see latency_print.h. */
#include "latency_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "clock.h"
#include "openloop_files.h"

/* A number of nanoseconds in six columns. */
static void print_ns(double ns, const char *before)
{
    if (isnan(ns))
        printf(" %7s", "-");
    else if (ns < 9999.5)
        printf(" %s%6.0f", before, ns);
    else if (ns < 9999.5e3)
        printf(" %s%4.0fus", before, ns / 1e3);
    else
        printf(" %s%4.0fms", before, ns / 1e6);
}

/* Of each hundred responses beyond p99, in falling order; hits and what makes up less than one are
 * left out. */
static void print_tail(const struct la_openloop_cell *cell)
{
    uint64_t beyond[LA_NR_CAUSES];
    const uint64_t all = la_openloop_tail(cell->seen.response, 99, beyond);

    for (;;) {
        size_t most = 0;

        for (size_t c = 1; c < LA_NR_CAUSES; c++)
            most = beyond[c] > beyond[most] ? c : most;
        if (all == 0 || beyond[most] * 100 < all)
            return;
        printf(" %s %.0f%%", la_cause_name((enum la_cause)most),
               100 * (double)beyond[most] / (double)all);
        beyond[most] = 0;
    }
}

/* Response times: the median over the blocks, so that a stall in one of them does not stand for
 * all. */
static void print_cell(const struct la_openloop_cell *cell)
{
    const char *before = cell->nr_overloaded ? ">" : " ";
    struct la_histogram service;

    la_histogram_of_causes(cell->seen.service, &service);
    printf("  %-20s", cell->contender->name);
    print_ns(la_openloop_percentile_ns(&service, 50), " ");
    print_ns(la_openloop_percentile_ns(&service, 99.9), " ");
    for (int view = LA_VIEW_ALL; view <= LA_VIEW_OWN; view++) {
        printf(" ");
        for (size_t p = view == LA_VIEW_ALL ? 0 : 2; p < LA_OPENLOOP_PERCENTILES; p++) {
            if (la_openloop_percents[p] != 90)
                print_ns(la_openloop_estimate(cell, NULL, (enum la_openloop_view)view, p).median,
                         before);
        }
    }
    printf(" ");
    print_tail(cell);
    putchar('\n');
}

static void print_rate(const struct la_openloop_plan *plan, const struct la_openloop_cell *cells)
{
    if (cells[0].nr_blocks == 0)
        return;
    printf("\n%.3g million operations/s on %u thread%s: %u blocks, %u rejected\n",
           cells[0].rate / 1e6, plan->placement->nr_threads,
           plan->placement->nr_threads == 1 ? "" : "s", cells[0].nr_blocks, cells[0].nr_rejected);
    printf("  %-20s %15s  %23s  %15s\n", "", "service, ns", "response, ns", "without machine");
    printf("  %-20s %7s %7s  %7s %7s %7s  %7s %7s  %s\n", "", "p50", "p99.9", "p50", "p99", "p99.9",
           "p99", "p99.9", "beyond p99");
    for (size_t i = 0; i < plan->nr_contenders; i++)
        print_cell(&cells[i]);
}

static void print_twin(const struct la_openloop_plan *plan,
                       const struct la_openloop_outcome *outcome)
{
    printf("\nplain malloc against itself (A/A), response p99.9 without machine, ratio by blocks:");
    for (size_t r = 0; r < plan->nr_rates; r++) {
        const struct la_openloop_cell *base = &outcome->cells[r * plan->nr_contenders + 1];
        const struct la_openloop_estimate twin =
            la_openloop_estimate(base + 1, base, LA_VIEW_OWN, 3);

        printf("%s %.2f", r ? "," : "", twin.median);
        if (!isnan(twin.low))
            printf(" [%.2f, %.2f]", twin.low, twin.high);
    }
    printf("\n");
}

static void print_answer(const struct la_contender *contender, const struct la_search *search)
{
    const enum la_search_answer answer = la_search_answer(search);

    printf("  %-20s", contender->name);
    if (search->kept > 0)
        printf(" kept at %6.3f", search->kept / 1e6);
    else
        printf(" kept at %6s", "none");
    if (search->missed > 0)
        printf(", missed from %6.3f", search->missed / 1e6);
    printf("  %s\n", la_search_answer_name(answer));
}

static void print_target(const struct la_openloop_plan *plan,
                         const struct la_openloop_outcome *outcome)
{
    printf(
        "\nhighest rate, million operations/s, that keeps the response's p99.9 within %.0f ns%s\n",
        plan->target_ns,
        plan->view == LA_VIEW_OWN ? ", without those that the machine caused" : "");
    for (size_t i = 0; i < plan->nr_contenders; i++)
        print_answer(&plan->contenders[i], &outcome->searches[i]);
}

void cli_latency_print(const struct la_openloop_plan *plan,
                       const struct la_openloop_outcome *outcome)
{
    for (size_t r = 0; r < plan->nr_rates; r++)
        print_rate(plan, &outcome->cells[r * plan->nr_contenders]);
    print_twin(plan, outcome);
    printf(
        "the clock's own cost, contained in every time: %.0f ns; > : overloaded, later than that\n",
        la_clock_ns(la_clock.floor));
    if (outcome->searches)
        print_target(plan, outcome);
}
