/* SPDX-License-Identifier: MIT */
/* stress_names.c: see stress_names.h. */
#include "stress_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "strategy.h"
#include "stress.h"

static const char *strategy_name(size_t index)
{
    const struct lookaside_strategy *strategy = lookaside_strategy_at(index);

    return strategy ? lookaside_strategy_name(strategy) : NULL;
}

static const char *scenario_name(size_t index)
{
    const struct stress_scenario *scenario = stress_scenario_at(index);

    return scenario ? stress_scenario_name(scenario) : NULL;
}

static size_t all_names(const char *(*name_at)(size_t index), const char **names)
{
    size_t nr = 0;

    while (nr < STRESS_MAX_NAMES && (names[nr] = name_at(nr)))
        nr++;
    return nr;
}

static bool is_among(const char *word, const char *const *known, size_t nr_known)
{
    for (size_t i = 0; i < nr_known; i++) {
        if (strcmp(word, known[i]) == 0)
            return true;
    }
    return false;
}

static int take_names(const char *what, const char *list, const char *(*name_at)(size_t index),
                      const char **names, size_t *nr_names)
{
    const char *known[STRESS_MAX_NAMES];
    const size_t nr_known = all_names(name_at, known);

    *nr_names = cli_split(list, names, STRESS_MAX_NAMES);
    for (size_t i = 0; i < *nr_names; i++) {
        if (!is_among(names[i], known, nr_known))
            return cli_unknown(what, names[i], known, nr_known);
    }
    return *nr_names > 0 ? 0 : EINVAL;
}

int cli_take_scenarios(struct stress_names *names, const char *list)
{
    return take_names("scenario", list, scenario_name, names->scenarios, &names->nr_scenarios);
}

int cli_take_strategies(struct stress_names *names, const char *list)
{
    return take_names("strategy", list, strategy_name, names->strategies, &names->nr_strategies);
}

static void keep_supported(struct stress_names *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->nr_strategies; i++) {
        const struct lookaside_strategy *strategy = lookaside_strategy_find(names->strategies[i]);
        const char *why = NULL;

        if (!strategy->supported || strategy->supported(&why))
            names->strategies[kept++] = names->strategies[i];
        else
            fprintf(stderr, "lookaside: %s left out: %s\n", strategy->name,
                    why ? why : "it cannot run here");
    }
    names->nr_strategies = kept;
}

void cli_complete_names(struct stress_names *names)
{
    if (names->nr_scenarios == 0)
        names->nr_scenarios = all_names(scenario_name, names->scenarios);
    if (names->nr_strategies == 0)
        names->nr_strategies = all_names(strategy_name, names->strategies);
    keep_supported(names);
}

size_t cli_describe_scenarios(char *text, size_t size)
{
    const struct stress_scenario *scenario;
    size_t used = 0;

    for (size_t i = 0; (scenario = stress_scenario_at(i)) && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "  %-14s%s\n",
                                 stress_scenario_name(scenario), stress_scenario_summary(scenario));
    return used < size ? used : size;
}
