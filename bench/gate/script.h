/* SPDX-License-Identifier: MIT */
/*
 * script.h: short fixed sequences of operations on a list, by one thread that stays on its CPU.
 * What a list counts in them, and how many instructions they take, is the same in every run: a
 * change of either is a change of the code.
 *
 * The list's routines serve from an array, so that no allocator of the system takes part.
 */
#ifndef LA_GATE_SCRIPT_H
#define LA_GATE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookaside.h"

enum {
    LA_GATE_ENTRY_BYTES = 64,
    LA_GATE_DEPTH = 256,
    LA_GATE_ENTRIES = 2048, /* more than any script holds */
    LA_GATE_STEPS = 4096,   /* random numbers that a script goes round */
};

/* A list and where its entries come from. */
struct la_gate_bed {
    struct lookaside list; /* first: the routines find the bed by it */
    char (*entries)[LA_GATE_ENTRY_BYTES];
    void **spare; /* entries that nobody has */
    size_t nr_spare;
    void **held; /* what a script holds */
    uint32_t *numbers;
};

struct la_gate_script {
    const char *name;
    uint64_t (*steps)(struct la_gate_bed *bed); /* returns its operations; all entries come back */
};

/* By index, NULL past the last. */
const struct la_gate_script *la_gate_script_at(size_t index);

/* A list of the strategy with a depth of LA_GATE_DEPTH; 0, or -errno (of lookaside_init()). */
int la_gate_bed_init(struct la_gate_bed *bed, const struct lookaside_strategy *strategy);
void la_gate_bed_fini(struct la_gate_bed *bed);

/* Runs a script. Tools that watch a function watch this one. */
uint64_t la_gate_measured(const struct la_gate_script *script, struct la_gate_bed *bed);

/* Binds the calling thread to the nth CPU that it may use, from 0; false if there are fewer. The
 * main thread comes first. */
bool la_gate_bind(unsigned nth);

#endif
