/* SPDX-License-Identifier: MIT */
/*
 * machine.h: the facts about a machine without which a measurement means little. What the machine
 * does not tell is "unknown", and what it does not have is "unavailable": a virtual machine without
 * frequency control is not one with a good governor.
 */
#ifndef LOOKASIDE_MACHINE_H
#define LOOKASIDE_MACHINE_H

#include <jansson.h>

/* Everything that stands in files below root ("" = this machine); bench/README.md has the names. */
json_t *la_machine_facts(const char *root);

/* Whether this process may count cycles: "available", or "unavailable: <reason>". */
json_t *la_machine_pmu(void);

/* Who registered restartable sequences for this process's threads, or why nobody did. */
json_t *la_machine_rseq(void);

#endif
