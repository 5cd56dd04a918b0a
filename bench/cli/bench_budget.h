/* SPDX-License-Identifier: MIT */
/* bench_budget.h: the part of `lookaside bench --budget` that judges while the run goes on. */
#ifndef LOOKASIDE_BENCH_BUDGET_H
#define LOOKASIDE_BENCH_BUDGET_H

#include <stdio.h>

#include "runner.h"

/* The hook of la_runner_run(). */
bool cli_budget_judge(const struct la_plan *plan, const struct la_outcome *outcome,
                      struct la_budget_group *groups, const char **why);

/* How the blocks were shared out, and what stayed open. */
void cli_budget_print(FILE *stream, const struct la_plan *plan, const struct la_outcome *outcome);

#endif
