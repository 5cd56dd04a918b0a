/* SPDX-License-Identifier: MIT */
/*
 * churn.h: the load under which memory is looked at: bursts of allocations, then their frees,
 * newest first, of random length. Lengths are spread evenly over orders of magnitude, so that with
 * every depth a list has more hits than with half of it and misses more than with twice of it.
 */
#ifndef LA_RETENTION_CHURN_H
#define LA_RETENTION_CHURN_H

#include "gaps.h"
#include "workload.h"

enum { LA_CHURN_LENGTHS = 4096 };

/* One thread's. */
struct la_churner {
    struct la_port port;
    enum la_kind kind;
    void **objects;          /* as many as the longest burst, or those that are taken in one go */
    const uint32_t *lengths; /* LA_CHURN_LENGTHS of them */
    uint32_t next;
    struct la_gaps *gaps;
    uint64_t operations;    /* of the last la_churn() */
    uint64_t start, stop;   /* ticks, likewise */
    _Atomic uint64_t *live; /* objects held now, for others to look at */
};

/* Lengths from 1 to longest. */
void la_churn_lengths(uint32_t *lengths, uint32_t longest, uint64_t seed);

/* Bursts for so many ticks. */
void la_churn(struct la_churner *churner, uint64_t ticks);

/* Takes nr objects and touches them; gives them back. */
void la_churn_take(struct la_churner *churner, size_t nr);
void la_churn_give(struct la_churner *churner, size_t nr);

#endif
