/* SPDX-License-Identifier: MIT */
/*
 * tsv.h: reads the tab-separated files of a run: comment lines from '#', one header line, then
 * rows. Columns are asked for by name, so that a file may gain some.
 */
#ifndef LOOKASIDE_ANALYSIS_TSV_H
#define LOOKASIDE_ANALYSIS_TSV_H

#include <stdio.h>

#include "run.h"

enum { LA_TSV_MAX_COLUMNS = 32 };

struct la_tsv {
    FILE *stream;
    char path[4096];
    const char *const *columns; /* the names asked for */
    size_t nr_columns;
    size_t position[LA_TSV_MAX_COLUMNS]; /* of each in the file */
    char *line;                          /* the current one */
    size_t line_size, nr_lines;
    char *fields[LA_TSV_MAX_COLUMNS]; /* of the current row, in the order asked for */
};

/* Opens <dir>/<name>. 1; 0 if there is no such file; -1 with *why. Close after 1 only. */
int la_tsv_open(struct la_tsv *tsv, const char *dir, const char *name, const char *const *columns,
                size_t nr_columns, struct la_why *why);

/* The next row into fields. 1; 0 at the end; -1 with *why naming the line. */
int la_tsv_next(struct la_tsv *tsv, struct la_why *why);

/* A field of the current row as a number ("nan" is one); false with *why if it is none. */
bool la_tsv_number(struct la_tsv *tsv, size_t column, double *value, struct la_why *why);

void la_tsv_close(struct la_tsv *tsv);

#endif
