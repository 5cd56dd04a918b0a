/* SPDX-License-Identifier: MIT */
/*
 * sampler.h: a process that measures blocks for the one that leads the run, one after the other as
 * they are ordered, and knows nothing of what becomes of them. It ends when the leader is gone.
 */
#ifndef LA_SAMPLER_H
#define LA_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "turn.h"

/* Where the leader's socket is, in every process that measures. */
enum { LA_SAMPLER_SOCKET = 3 };

/* Before anything else in the process: moves its heap by as much as its luck says. False: no
 * memory. */
bool la_sampler_settle(uint64_t run_seed, unsigned process);

/* A word to the leader; false once it is gone. */
bool la_sampler_answer(enum la_answer_kind kind, size_t nr_cells, size_t measured, const char *why);

/* Serves the leader until it hangs up. False: it never was there. */
bool la_sampler_serve(struct la_plan *plan, uint64_t run_seed, unsigned process);

#endif
