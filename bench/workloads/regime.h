/* SPDX-License-Identifier: MIT */
/* regime.h: the points of the grid that the workload regime is measured at; see regime.c. */
#ifndef LA_WORKLOAD_REGIME_H
#define LA_WORKLOAD_REGIME_H

#include "workload.h"

#define LA_REGIME_FAMILY "regime"

/* By index, NULL past the last: hold times, and for each the remote shares. */
const struct la_workload *la_regime_at(size_t index);

#endif
