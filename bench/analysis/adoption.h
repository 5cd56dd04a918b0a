/* SPDX-License-Identifier: MIT */
/*
 * adoption.h: a choice in words and in C: what the tool advises, and the statements that do it.
 */
#ifndef LOOKASIDE_ANALYSIS_ADOPTION_H
#define LOOKASIDE_ANALYSIS_ADOPTION_H

#include "choice.h"

enum { LA_CODE_LINES = 8, LA_CODE_WIDTH = 128, LA_ADVICE_SIZE = 1024 };

struct la_adoption {
    char advice[LA_ADVICE_SIZE]; /* one or two sentences */
    char code[LA_CODE_LINES][LA_CODE_WIDTH];
    size_t nr_lines; /* 0: nothing to adopt */
};

/* What follows from a choice. The code compiles against lookaside.h as it stands. */
void la_adoption_from(const struct la_choice *choice, struct la_adoption *adoption);

/* One line on how a single scope ended: the winner, the tie, or why there is none. */
const char *la_outcome(const struct la_choice *choice, char *text, size_t size);

/* "64 KiB"; "n/a" for NaN. */
const char *la_bytes_text(double bytes, char *text, size_t size);

/* "2.10 [2.02, 2.19]" from a log ratio; "2.10" without an interval; "n/a" for NaN. */
const char *la_ratio_text(const struct la_estimate *log_ratio, char *text, size_t size);

/* "3.4 %": how far a log ratio is from 1. */
const char *la_percent_text(double log_ratio, char *text, size_t size);

#endif
