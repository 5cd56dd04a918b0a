/* SPDX-License-Identifier: MIT */
/* goals_print.h: the goals for other commands. */
#ifndef LOOKASIDE_GOALS_PRINT_H
#define LOOKASIDE_GOALS_PRINT_H

#include <stdbool.h>

/* Judges a result directory, writes its goals.json and goals.md, and prints the table: all rows, or
 * those that its cells tell something of. CLI_DONE, or CLI_BAD after one line on stderr. */
int cli_goals_print(const char *dir, bool all);

#endif
