/* SPDX-License-Identifier: MIT */
/* open_groups.h: what the rows of a run leave open, group by group, as `choose` would judge them.
 */
#ifndef LOOKASIDE_OPEN_GROUPS_H
#define LOOKASIDE_OPEN_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "budget.h"

/* Judges <dir>/bench.json: groups[i] is the group of the cell that cells[i] names. Groups without
 * rows stay unjudged. False with *why set to one line. */
bool cli_open_groups(const char *dir, const char *const *cells, size_t nr_groups,
                     struct la_budget_group *groups, const char **why);

#endif
