/* SPDX-License-Identifier: MIT */
/*
 * decision.c: see decision.h.
 */
#include "decision.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct la_choice *choose(const struct la_scopes *scopes,
                                const struct la_choice_settings *settings)
{
    struct la_choice *choices = la_new_array(scopes->nr_scopes, sizeof *choices);

    la_choose(scopes->scopes, scopes->nr_scopes, settings, choices);
    return choices;
}

void la_decide(struct la_decision *decision, const struct la_run *run,
               const struct la_selection *selection, const struct la_choice_settings *settings,
               const struct json_t *manifest)
{
    memset(decision, 0, sizeof *decision);
    decision->run = run;
    decision->selection = *selection;
    decision->settings = *settings;
    la_scopes_by_workload(&decision->scopes, run, selection);
    la_scopes_by_group(&decision->groups, run, selection);
    decision->choices = choose(&decision->scopes, settings);
    decision->by_group = choose(&decision->groups, settings);
    decision->answers = (struct la_answers){run, &decision->selection, &decision->settings,
                                            &decision->scopes, decision->choices};
    la_map_make(&decision->map, run, decision->by_group, decision->groups.nr_scopes);
    la_sensitivity_make(&decision->sensitivity, &decision->map);
    la_unknowns_make(&decision->unknowns, &decision->map, la_decision_overall(decision), manifest);
}

static void free_choices(struct la_choice *choices, size_t nr)
{
    for (size_t i = 0; i < nr && choices; i++)
        la_choice_fini(&choices[i]);
    free(choices);
}

void la_decision_fini(struct la_decision *decision)
{
    la_sensitivity_fini(&decision->sensitivity);
    la_map_fini(&decision->map);
    free_choices(decision->choices, decision->scopes.nr_scopes);
    free_choices(decision->by_group, decision->groups.nr_scopes);
    la_scopes_fini(&decision->scopes);
    la_scopes_fini(&decision->groups);
    memset(decision, 0, sizeof *decision);
}

const struct la_choice *la_decision_overall(const struct la_decision *decision)
{
    return &decision->choices[decision->scopes.nr_scopes - 1];
}
