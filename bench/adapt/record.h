/* SPDX-License-Identifier: MIT */
/* record.h: adapt.tsv, the rows of adaptation runs as plotting programs read them. */
#ifndef LOOKASIDE_ADAPT_RECORD_H
#define LOOKASIDE_ADAPT_RECORD_H

#include <stdio.h>

#include "drive.h"

/* The two lines on top of adapt.tsv: units, then the columns' names. */
void la_adapt_write_header(FILE *stream);

/* One line a tick. */
void la_adapt_write_rows(FILE *stream, const struct la_adapt_case *what,
                         const struct la_adapt_row *rows);

#endif
