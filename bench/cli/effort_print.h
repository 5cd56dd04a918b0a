/* SPDX-License-Identifier: MIT */
/* effort_print.h: what further measuring would decide, for other commands. */
#ifndef LOOKASIDE_EFFORT_PRINT_H
#define LOOKASIDE_EFFORT_PRINT_H

/* Prints up to two lines about the cells of a result directory that are open; nothing if none are,
 * or if the results cannot be judged. */
void cli_effort_print(const char *dir);

#endif
