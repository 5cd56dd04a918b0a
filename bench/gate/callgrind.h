/* SPDX-License-Identifier: MIT */
/*
 * callgrind.h: how many instructions, atomic operations and calls the scripts take, by Valgrind's
 * callgrind. Valgrind has no restartable sequences, so percpu runs its variant with locks. Each
 * script runs once before it is measured: what is counted is a list in use.
 */
#ifndef LA_GATE_CALLGRIND_H
#define LA_GATE_CALLGRIND_H

#include "counts.h"

/* Whether there is a Valgrind. */
bool la_gate_has_valgrind(void);

/* What the counts depend on beside the code: compiler and its flags, architecture, C library,
 * Valgrind, possible CPUs. Returns text. */
const char *la_gate_key(char *text, size_t size);

/* Runs this executable under Valgrind. 0, or -1 with *why. */
int la_gate_count_instructions(struct la_gate_counts *counts, struct la_why *why);

/* The part of it that reads what callgrind left in a directory: "names", which
 * la_gate_run_scripts() printed, and "out.N" for the Nth of its lines. */
int la_gate_read_dumps(const char *dir, struct la_gate_counts *counts, struct la_why *why);

/* What runs there: all scripts on all strategies; "strategy script operations" on stdout for each,
 * in order. 0, or -1 with *why. */
int la_gate_run_scripts(struct la_why *why);

#endif
