/* SPDX-License-Identifier: MIT */
/* stress_names.h: which scenarios on which strategies: what `stress` and `soak` have in common. */
#ifndef LOOKASIDE_STRESS_NAMES_H
#define LOOKASIDE_STRESS_NAMES_H

#include <stddef.h>

enum { STRESS_MAX_NAMES = 64 };

struct stress_names {
    const char *strategies[STRESS_MAX_NAMES], *scenarios[STRESS_MAX_NAMES];
    size_t nr_strategies, nr_scenarios;
};

/* Take "a,b", each of them known; 0, or an error for argp's parser after one line on stderr. */
int cli_take_scenarios(struct stress_names *names, const char *list);
int cli_take_strategies(struct stress_names *names, const char *list);

/* All where none was taken; without the strategies that cannot run here, each with one line on
 * stderr that says why. */
void cli_complete_names(struct stress_names *names);

/* Writes the scenarios, a line each, with what they do; the number of characters. */
size_t cli_describe_scenarios(char *text, size_t size);

#endif
