/* SPDX-License-Identifier: MIT */
/*
 * duel.h: this build against another one in time, both run here and now, as processes.
 *
 * A block is two processes, new and old, and old and new in the next one, so that neither a drift
 * nor what comes first favours one side; each process is the whole harness on a few cells, with a
 * fresh layout of its memory. A block's value is the logarithm of old over new operations per
 * second (above 0: the new build takes longer), and blocks are what is resampled. It ends as soon
 * as all cells are decided (looks.h), or after the most blocks. Plain malloc and the floor are the
 * same code on both sides: a group in which they differ by more than the margin decides nothing.
 */
#ifndef LA_GATE_DUEL_H
#define LA_GATE_DUEL_H

#include <stdio.h>

#include "baseline.h"
#include "bootstrap.h"

enum { LA_DUEL_BLOCKS = 48, LA_DUEL_BLOCKS_MAX = 400 };

struct la_duel {
    const char *self, *other; /* executables */
    unsigned blocks;          /* at most; fewer than LA_MIN_VALUES decide nothing */
    double margin;            /* how much longer is no regression yet: 0.05 is 5 % */
    const char *workloads, *strategies, *threads; /* as lookaside bench takes them */
    void (*progress)(double done);                /* 0 to 1; or NULL */
    bool (*interrupted)(void);                    /* or NULL */
};

/*
 * Runs it and prints a line for each cell. Fails when some cell is proven to take longer than the
 * margin allows, with the false-discovery rate of all cells under 5 %; passes when all are proven
 * not to; else it is undecided. 0 with *outcome, or -1 with *why.
 */
int la_duel_run(const struct la_duel *duel, enum la_gate_outcome *outcome, FILE *stream,
                struct la_why *why);

/* From values that are there: for tests. Values above 0 are a new build that takes longer; level:
 * of the look at which the p-value must hold. */
enum la_gate_outcome la_duel_judge(const struct la_estimate *estimate, double p_adjusted,
                                   double control, double margin, double level);

#endif
