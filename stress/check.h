/* SPDX-License-Identifier: MIT */
/* check.h: what must be true of a run's lists, while they are used, when they are quiet, and at the
 * end. What is not is an oracle_fault(). */
#ifndef LOOKASIDE_CHECK_H
#define LOOKASIDE_CHECK_H

#include "scenario.h"

/* Any time: a live reading may lag behind, but may not exceed what can ever be held. */
void check_sample(struct stress_run *run);

/* With all workers parked or joined: each shared list's counters and entries against the oracle's
 * and the workers' own, and every entry in a worker's hands. */
void check_quiet(struct stress_run *run);

/* After the workers were joined: a tick, the limit, the end of every shared list; each relies on
 * what the ones before it found in order. */
void check_settled(struct stress_run *run, struct stress_report *report);

#endif
