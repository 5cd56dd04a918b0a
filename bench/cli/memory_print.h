/* SPDX-License-Identifier: MIT */
/* memory_print.h: what `lookaside memory` shows of a run. */
#ifndef LOOKASIDE_MEMORY_PRINT_H
#define LOOKASIDE_MEMORY_PRINT_H

#include "retention.h"

/* A row for each cell, the A/A pair, and what lists reach within the memory of each malloc. */
void cli_memory_print(const struct la_retention_plan *plan,
                      const struct la_retention_outcome *outcome);

#endif
