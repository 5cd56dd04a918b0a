/* SPDX-License-Identifier: MIT */
/* order.c: see order.h. */
#include "order.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

double la_order_median(double *values, size_t nr)
{
    qsort(values, nr, sizeof *values, ascending);
    return nr % 2 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}

/* The interval misses when at most k values fall on one side: twice the binomial tail
 * P(X <= k), X ~ B(nr, 1/2). By logarithms, since 2^nr overflows. */
bool la_order_interval(size_t nr, size_t *low)
{
    double n = (double)nr, tail = 0;

    for (size_t k = 0; k <= nr / 2; k++) {
        double log_term =
            lgamma(n + 1) - lgamma((double)k + 1) - lgamma(n - (double)k + 1) - n * log(2);

        tail += 2 * exp(log_term);
        if (tail > 0.05) {
            if (k == 0)
                return false;
            *low = k - 1;
            return true;
        }
    }
    return false;
}
