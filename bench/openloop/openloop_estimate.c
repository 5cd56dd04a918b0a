/* SPDX-License-Identifier: MIT */
/* openloop_estimate.c: medians and intervals of a cell's blocks; see openloop.h. */
#include <math.h>

#include "openloop.h"
#include "order.h"

static double base_of(const struct la_openloop_cell *base, enum la_openloop_view view,
                      size_t percentile, unsigned block)
{
    for (unsigned i = 0; i < base->nr_blocks; i++) {
        if (base->block[i] == block)
            return base->block_ns[view][percentile][i];
    }
    return NAN;
}

struct block_value {
    double value;
    unsigned process;
};

/* The blocks' values that there are. */
static size_t gather(const struct la_openloop_cell *cell, const struct la_openloop_cell *base,
                     enum la_openloop_view view, size_t percentile, struct block_value *values)
{
    size_t nr = 0;

    for (unsigned i = 0; i < cell->nr_blocks; i++) {
        const double to = base ? base_of(base, view, percentile, cell->block[i]) : 1;
        const double value = cell->block_ns[view][percentile][i] / to;

        if (isfinite(value))
            values[nr++] = (struct block_value){value, cell->process[i]};
    }
    return nr;
}

/* One value for each process: its median. Returns how many. */
static size_t medians_of_processes(const struct block_value *values, size_t nr, double *medians)
{
    size_t nr_medians = 0;

    for (size_t i = 0; i < nr; i++) {
        double own[LA_OPENLOOP_BLOCKS_MAX];
        size_t nr_own = 0, before = 0;

        while (before < i && values[before].process != values[i].process)
            before++;
        if (before < i)
            continue;
        for (size_t j = i; j < nr; j++) {
            if (values[j].process == values[i].process)
                own[nr_own++] = values[j].value;
        }
        medians[nr_medians++] = la_order_median(own, nr_own);
    }
    return nr_medians;
}

struct la_openloop_estimate la_openloop_estimate(const struct la_openloop_cell *cell,
                                                 const struct la_openloop_cell *base,
                                                 enum la_openloop_view view, size_t percentile)
{
    struct la_openloop_estimate estimate = {.median = NAN, .low = NAN, .high = NAN};
    struct block_value values[LA_OPENLOOP_BLOCKS_MAX];
    double all[LA_OPENLOOP_BLOCKS_MAX], medians[LA_OPENLOOP_BLOCKS_MAX], *independent = medians;
    const size_t nr = gather(cell, base, view, percentile, values);
    size_t nr_independent = medians_of_processes(values, nr, medians), low;

    estimate.nr_blocks = (unsigned)nr;
    estimate.nr_processes = (unsigned)nr_independent;
    if (nr == 0)
        return estimate;
    for (size_t i = 0; i < nr; i++)
        all[i] = values[i].value;
    estimate.median = la_order_median(all, nr);
    if (nr_independent == 1) {
        independent = all;
        nr_independent = nr;
    } else {
        la_order_median(medians, nr_independent);
    }
    if (la_order_interval(nr_independent, &low)) {
        estimate.low = independent[low];
        estimate.high = independent[nr_independent - 1 - low];
    }
    return estimate;
}
