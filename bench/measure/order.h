/* SPDX-License-Identifier: MIT */
/*
 * order.h: medians, and intervals for them that assume nothing about how the values are
 * distributed: between two of the values themselves, chosen by the binomial distribution.
 */
#ifndef LA_MEASURE_ORDER_H
#define LA_MEASURE_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts values; their median. nr is not 0. */
double la_order_median(double *values, size_t nr);

/*
 * For nr sorted values: the median lies in [values[*low], values[nr - 1 - *low]] with at least
 * 95 % confidence, and *low is as large as that allows. False below 6 values, where no such
 * interval exists.
 */
bool la_order_interval(size_t nr, size_t *low);

#endif
