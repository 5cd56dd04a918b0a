/* SPDX-License-Identifier: MIT */
/*
 * memory.h: allocation for the analysis, which has nothing useful left to do when memory is out:
 * it says so in the tool's one line and ends with the status of bad input. Nothing half-written
 * can be left behind, because files are renamed into place only when complete.
 */
#ifndef LOOKASIDE_ANALYSIS_MEMORY_H
#define LOOKASIDE_ANALYSIS_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* nr zeroed elements; never NULL. */
void *la_new_array(size_t nr, size_t element_size);

/* Makes room for one more element behind nr of them: the array, moved if it had to grow. Growth
 * happens when nr is 0 or a power of two, so that no capacity needs to be kept. */
void *la_grow_array(void *array, size_t nr, size_t element_size);

/* A stream into memory, never NULL, and its end, after which *text is all that was written to it,
 * for free(). Between the two *text is the stream's. */
FILE *la_new_text(char **text, size_t *size);
void la_end_text(FILE *stream);

#endif
