/* SPDX-License-Identifier: MIT */
/* latency_print.h: what `lookaside latency` shows of a run. */
#ifndef LOOKASIDE_LATENCY_PRINT_H
#define LOOKASIDE_LATENCY_PRINT_H

#include "openloop.h"

/* A table for each rate, the A/A pair's spread, and the answers to the target if one was set. */
void cli_latency_print(const struct la_openloop_plan *plan,
                       const struct la_openloop_outcome *outcome);

#endif
