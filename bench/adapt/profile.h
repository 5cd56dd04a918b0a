/* SPDX-License-Identifier: MIT */
/*
 * profile.h: how demand moves over time. A profile is a pure function from a tick to the number of
 * entries wanted at once; every length in it is a share of the run, so a longer run is the same
 * curve, slower.
 */
#ifndef LOOKASIDE_ADAPT_PROFILE_H
#define LOOKASIDE_ADAPT_PROFILE_H

#include <stddef.h>
#include <stdint.h>

struct la_envelope;

enum {
    LA_PROFILE_LOW = 16,   /* entries at once, at rest */
    LA_PROFILE_HIGH = 192, /* entries at once, at most: under the default ceiling of 256 */
    LA_PROFILE_MIN_TICKS = 40,
    LA_PROFILE_MAX_TICKS = 100000,
};

/* Where adaptation is judged: the demand starts to change at `change` and stays at its top from
 * `top` until before `end`. top == end: it never stays. change <= top <= end <= ticks of the run.
 */
struct la_profile_stretch {
    uint32_t change, top, end;
};

struct la_profile {
    const char *name;
    const char *summary; /* one line for --help and reports */
    uint32_t (*demand)(uint32_t tick, uint32_t nr_ticks);
    struct la_profile_stretch (*stretch)(uint32_t nr_ticks);
    const struct la_envelope *recorded; /* NULL, or what is used instead of both functions */
};

/* Entries wanted at once in that tick of nr_ticks. */
uint32_t la_profile_demand(const struct la_profile *profile, uint32_t tick, uint32_t nr_ticks);

/* Where it is judged; a recorded demand never stays. */
struct la_profile_stretch la_profile_stretch_of(const struct la_profile *profile,
                                                uint32_t nr_ticks);

/* The profile of a recorded demand, which must outlive it. */
struct la_profile la_profile_recorded(const struct la_envelope *envelope);

/* By index, NULL past the last; by name, NULL if unknown. */
const struct la_profile *la_profile_at(size_t index);
const struct la_profile *la_profile_find(const char *name);

#endif
