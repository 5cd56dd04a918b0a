/* SPDX-License-Identifier: MIT */
/* looks.c: see looks.h. */
#include "looks.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "bootstrap.h"

/* After a third, half, two thirds and all of the blocks; but not where there are too few. */
static unsigned look_at(unsigned look, unsigned most)
{
    static const double shares[LA_GATE_LOOKS] = {1 / 3.0, 0.5, 2 / 3.0, 1};

    return (unsigned)lround(shares[look] * most);
}

/* What is spent by then. */
static double spent(unsigned nr_blocks, unsigned most, double all)
{
    return 2 *
           gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(all / 2) / sqrt((double)nr_blocks / most));
}

bool la_gate_look(unsigned nr_blocks, unsigned most, double all, double *level)
{
    double before = 0;

    for (unsigned i = 0; i < LA_GATE_LOOKS; i++) {
        const unsigned at = look_at(i, most);

        if (at < LA_MIN_VALUES && at < most)
            continue;
        *level = spent(at, most, all) - before;
        before = spent(at, most, all);
        if (at == nr_blocks)
            return true;
    }
    return false;
}
