/* SPDX-License-Identifier: MIT */
/*
 * soak_state.h: what a soak was asked for, how far it is, and what it found: kept in a file, so
 * that it goes on after an interruption.
 */
#ifndef LOOKASIDE_SOAK_STATE_H
#define LOOKASIDE_SOAK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soak_memory.h"
#include "stress_names.h"

enum { SOAK_MAX_FINDINGS = 10, SOAK_FINDING_BYTES = 512 };

struct soak_state {
    /* Asked for: the time, or so many operations of each strategy. */
    double hours;
    uint64_t operations;
    uint64_t seed;
    struct stress_names names;

    /* So far. */
    double elapsed_s;
    uint64_t nr_runs, nr_skipped;
    uint64_t done[STRESS_MAX_NAMES]; /* operations, of each strategy */
    uint64_t runs[STRESS_MAX_NAMES];
    char findings[SOAK_MAX_FINDINGS][SOAK_FINDING_BYTES];
    size_t nr_findings;

    /* Of the process that is running now, and of those before it the one that grew fastest, of
     * those that grew too much if any did. */
    struct soak_memory memory;
    struct soak_verdict steepest;
    bool has_steepest, grew;
};

/* Writes it to path, whole or not at all; false with errno. */
bool soak_state_save(const struct soak_state *state, const char *path);

/* Reads what save wrote if it was asked for the same: CLI_DONE; CLI_NOTHING if there is no such
 * file; CLI_BAD after a line on stderr. */
int soak_state_load(struct soak_state *state, const char *path);

/* The readings of the process end here. */
void soak_state_end_process(struct soak_state *state);

#endif
