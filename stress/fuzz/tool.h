/* SPDX-License-Identifier: MIT */
/*
 * tool.h: for targets that go through a subcommand of the executable: what it promises of bad
 * input, one line that says what and why and exit status 2, is checked here.
 */
#ifndef LOOKASIDE_FUZZ_TOOL_H
#define LOOKASIDE_FUZZ_TOOL_H

#include <stdbool.h>

enum { TOOL_MAX_ARGUMENTS = 32 };

/* Runs the subcommand argv[0] with what it prints thrown away; false if there is no such one.
 * *complained: whether it said what is wrong, in one line and no more. Ends the process if it says
 * more or less, or if the exit status is none of the tool's. */
bool tool_run(int argc, char **argv, int *status, bool *complained);

/* The same for any function that behaves as a subcommand; its status. argv[0] is its name. */
int tool_run_function(int (*run)(int argc, char **argv), int argc, char **argv, bool *complained);

#endif
