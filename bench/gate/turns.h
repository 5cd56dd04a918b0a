/* SPDX-License-Identifier: MIT */
/*
 * turns.h: scripts of two threads on two CPUs that take turns, so that never both are in a call:
 * what the list counts is again the same in every run.
 */
#ifndef LA_GATE_TURNS_H
#define LA_GATE_TURNS_H

#include "script.h"

struct la_gate_turns {
    const char *name;
    unsigned rounds;
    uint32_t takes[2], gives[2]; /* entries that each thread takes, then gives, in a round */
    bool second_ends; /* the second thread ends after its turn; each round has a new one */
};

/* By index, NULL past the last. */
const struct la_gate_turns *la_gate_turns_at(size_t index);

/* Runs it; the calling thread is the first. False if there is no second CPU or thread. */
bool la_gate_turns_run(const struct la_gate_turns *turns, struct la_gate_bed *bed);

#endif
