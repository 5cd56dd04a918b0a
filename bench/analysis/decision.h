/* SPDX-License-Identifier: MIT */
/*
 * decision.h: everything that is decided from one run: a choice for each class of workloads and
 * over all, one for each group, the map that these make, what changes the answer along the map's
 * lines, and what is not known.
 */
#ifndef LOOKASIDE_ANALYSIS_DECISION_H
#define LOOKASIDE_ANALYSIS_DECISION_H

#include "map.h"
#include "scopes.h"
#include "sensitivity.h"
#include "unknowns.h"

/* The choices alone, for who needs no more. */
struct la_answers {
    const struct la_run *run;
    const struct la_selection *selection;
    const struct la_choice_settings *settings;
    const struct la_scopes *scopes;
    const struct la_choice *choices; /* one per scope */
};

/* Stays where it was made: parts point to others. */
struct la_decision {
    const struct la_run *run;
    struct la_selection selection;
    struct la_choice_settings settings;
    struct la_scopes scopes, groups;
    struct la_choice *choices, *by_group; /* one per scope, one per group in the selection */
    struct la_map map;
    struct la_sensitivity sensitivity;
    struct la_unknowns unknowns;
    struct la_answers answers;
};

/* The run must have the baseline, and a group that is selected. manifest may be NULL. */
void la_decide(struct la_decision *decision, const struct la_run *run,
               const struct la_selection *selection, const struct la_choice_settings *settings,
               const struct json_t *manifest);
void la_decision_fini(struct la_decision *decision);

/* Over everything that is selected. */
const struct la_choice *la_decision_overall(const struct la_decision *decision);

#endif
