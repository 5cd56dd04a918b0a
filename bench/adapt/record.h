/* SPDX-License-Identifier: MIT */
/*
 * record.h: the files of adaptation runs: adapt.tsv, a row for each tick, as plotting programs read
 * it, and adaptation.tsv, a row for each run.
 */
#ifndef LOOKASIDE_ADAPT_RECORD_H
#define LOOKASIDE_ADAPT_RECORD_H

#include <stdio.h>

#include "drive.h"
#include "summary.h"

/* The two lines on top of adapt.tsv: units, then the columns' names. */
void la_adapt_write_header(FILE *stream);

/* One line a tick. */
void la_adapt_write_rows(FILE *stream, const struct la_adapt_case *what,
                         const struct la_adapt_row *rows);

/* The same for adaptation.tsv; repetition counts from 0. */
void la_adaptation_write_header(FILE *stream);
void la_adaptation_write_row(FILE *stream, const struct la_adapt_case *what, unsigned repetition,
                             const struct la_adapt_summary *summary);

#endif
