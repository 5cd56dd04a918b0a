/* SPDX-License-Identifier: MIT */
/* page_table.h: a table of the page, kept by rows until it is known how many of them have room. */
#ifndef LOOKASIDE_ANALYSIS_PAGE_TABLE_H
#define LOOKASIDE_ANALYSIS_PAGE_TABLE_H

#include <stdio.h>

#include "page_room.h"

struct la_page_table {
    FILE *stream; /* to write it to */
    char *text;
    size_t size;
    size_t *ends, nr_ends; /* of the head, then of each row */
};

/* la_page_table_free() has to follow. */
void la_page_table_begin(struct la_page_table *table);

/* The head ends here; after that, a row. */
void la_page_table_mark(struct la_page_table *table);

/* Nothing more is written to it. */
void la_page_table_end(struct la_page_table *table);

void la_page_table_free(struct la_page_table *table);

size_t la_page_table_rows(const struct la_page_table *table);

/* Takes every step-th row, or fewer if there is no room for so many; 0: there is none for any. */
size_t la_page_table_step(const struct la_page_table *table, size_t step,
                          struct la_page_room *room);

/* How many of the first rows there is room for. */
size_t la_page_table_first(const struct la_page_table *table, struct la_page_room *room);

/* Writes the head and every step-th of the first nr_rows. */
void la_page_table_write(const struct la_page_table *table, size_t step, size_t nr_rows,
                         FILE *stream);

#endif
