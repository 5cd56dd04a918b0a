/* SPDX-License-Identifier: MIT */
/* scenarios.c: the table of scenarios, made from scenarios.def. */
#include <string.h>

#include "scenario.h"

#define STRESS_SCENARIO(id) extern const struct stress_scenario stress_##id;
#define STRESS_VARIANT(id, of) STRESS_SCENARIO(id)
#include "scenarios.def"
#undef STRESS_SCENARIO

static const struct stress_scenario *const scenarios[] = {
#define STRESS_SCENARIO(id) &stress_##id,
#include "scenarios.def"
#undef STRESS_SCENARIO
#undef STRESS_VARIANT
};

const struct stress_scenario *stress_scenario_at(size_t index)
{
    return index < sizeof scenarios / sizeof *scenarios ? scenarios[index] : NULL;
}

const struct stress_scenario *stress_scenario_find(const char *name)
{
    const struct stress_scenario *scenario;

    for (size_t i = 0; (scenario = stress_scenario_at(i)); i++) {
        if (strcmp(scenario->name, name) == 0)
            return scenario;
    }
    return NULL;
}

const char *stress_scenario_name(const struct stress_scenario *scenario)
{
    return scenario->name;
}

const char *stress_scenario_summary(const struct stress_scenario *scenario)
{
    return scenario->summary;
}

void stress_clean_after(pid_t pid)
{
    const struct stress_scenario *scenario;

    for (size_t i = 0; (scenario = stress_scenario_at(i)); i++) {
        if (scenario->after)
            scenario->after(pid);
    }
}
