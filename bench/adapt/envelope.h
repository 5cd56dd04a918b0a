/* SPDX-License-Identifier: MIT */
/*
 * envelope.h: a demand that was recorded somewhere: a table of seconds and entries wanted at once.
 * A value holds until the next row's time; the last one for as long as the one before it did.
 */
#ifndef LOOKASIDE_ADAPT_ENVELOPE_H
#define LOOKASIDE_ADAPT_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "run.h"

enum { LA_ENVELOPE_MAX_DEMAND = 4096 };

struct la_envelope {
    char name[LA_NAME_SIZE]; /* the file's, without directory and extension */
    double *seconds;         /* rising */
    uint32_t *demand;
    size_t nr; /* at least 2 */
};

/* Reads a tab-separated file with the columns `seconds` and `demand`, comment lines from '#'. 0, or
 * -1 with *why naming the file, the line and what is wrong with it. */
int la_envelope_load(struct la_envelope *envelope, const char *path, struct la_why *why);
void la_envelope_unload(struct la_envelope *envelope);

/* From the first row's time to the end of the last value. */
double la_envelope_seconds(const struct la_envelope *envelope);

/* The most that is wanted at once during a tick of nr_ticks that the table is stretched over. */
uint32_t la_envelope_demand(const struct la_envelope *envelope, uint32_t tick, uint32_t nr_ticks);

#endif
