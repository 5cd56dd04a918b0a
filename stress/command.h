/* SPDX-License-Identifier: MIT */
/* command.h: the command of the stress build, whose delay points delay. */
#ifndef LOOKASIDE_STRESS_COMMAND_H
#define LOOKASIDE_STRESS_COMMAND_H

struct lookaside_strategy;

/* main() of it; extra is a strategy beside the registered ones, or NULL. */
int stress_command(int argc, char **argv, const struct lookaside_strategy *extra);

#endif
