/* SPDX-License-Identifier: MIT */
/*
 * again.h: a command whose processes are this executable started anew with the same command line:
 * the one that leads keeps its arguments, and the others begin with an option that says which of
 * them they are.
 */
#ifndef LOOKASIDE_CLI_AGAIN_H
#define LOOKASIDE_CLI_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

struct cli_again {
    bool measures; /* a process that a run started, not the one that leads it */
    unsigned process;
    uint64_t seed; /* of the run: in a process that measures, the leader's */
};

/* First of all in a command: tells the two apart, takes that option off, and moves the process's
 * heap by what its seed says. CLI_DONE, or CLI_BAD after one line. */
int cli_again_begin(int *argc, char **argv, struct cli_again *again);

/* A la_crew_command for a run of this seed, once cli_again_seed() has said which. */
void cli_again_seed(uint64_t seed);
char **cli_again_command(unsigned process);

#endif
