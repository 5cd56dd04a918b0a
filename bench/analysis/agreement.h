/* SPDX-License-Identifier: MIT */
/*
 * agreement.h: whether two runs choose alike: each contender's verdict against plain malloc, per
 * workload and over all, as choice.json of both has it.
 */
#ifndef LOOKASIDE_ANALYSIS_AGREEMENT_H
#define LOOKASIDE_ANALYSIS_AGREEMENT_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct la_agreement {
    size_t nr;         /* verdicts in both */
    size_t held;       /* the same word */
    size_t to_open;    /* decided, then undecided */
    size_t from_open;  /* undecided, then decided */
    size_t moved;      /* between `same` and `better` or `worse` */
    size_t nr_flipped; /* between `better` and `worse` */
    char flipped[512]; /* "pair: percpu+glibc, ..."; as many as fit */
};

/* Of two choice.json. */
struct la_agreement la_agreement_of(const json_t *base, const json_t *now);

/* One line, and one for what flipped; nothing if there are no verdicts in both. */
void la_agreement_text(const struct la_agreement *agreement, FILE *stream);

/* The numbers; the caller's to json_decref(). */
json_t *la_agreement_json(const struct la_agreement *agreement);

#endif
