/* SPDX-License-Identifier: MIT */
/*
 * baseline.h: counts that were accepted, in a file that is committed: "counts" holds what lists
 * count, "instructions" what depends on more than the code, under a key that says on what: counts
 * of slow paths on the variant, those of callgrind on compiler and machine.
 */
#ifndef LA_GATE_BASELINE_H
#define LA_GATE_BASELINE_H

#include <stdio.h>

#include "counts.h"

enum la_gate_outcome { LA_GATE_PASS, LA_GATE_FAIL, LA_GATE_UNDECIDED };
const char *la_gate_outcome_name(enum la_gate_outcome outcome);

struct json_t;

/* The file's contents, for la_gate_compare() and la_gate_accept(): an empty baseline if there is no
 * such file. NULL with *why if it is none. json_decref() ends it. */
struct json_t *la_gate_load(const char *path, struct la_why *why);

/*
 * Compares, and writes a line for each difference. Fails on a count that changed or that the
 * baseline lacks; undecided if the baseline has none of this section and key, or holds counts that
 * were not taken here. key is NULL for counts of lists.
 */
enum la_gate_outcome la_gate_compare(const struct json_t *baseline, const char *key,
                                     const struct la_gate_counts *counts, FILE *stream);

/* Puts the counts in their place. */
void la_gate_accept(struct json_t *baseline, const char *key, const struct la_gate_counts *counts);

/* 0, or -1 with *why. */
int la_gate_save(const struct json_t *baseline, const char *path, struct la_why *why);

#endif
