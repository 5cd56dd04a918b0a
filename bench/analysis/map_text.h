/* SPDX-License-Identifier: MIT */
/*
 * map_text.h: the map of a run, what would change its answer, and what it does not know, for a
 * person at a terminal of 100 columns.
 */
#ifndef LOOKASIDE_ANALYSIS_MAP_TEXT_H
#define LOOKASIDE_ANALYSIS_MAP_TEXT_H

#include <stdio.h>

#include "sensitivity.h"
#include "unknowns.h"

/* Nothing if no cell is on a grid. */
void la_map_text_write(const struct la_map *map, FILE *stream);

void la_sensitivity_text_write(const struct la_sensitivity *sensitivity, FILE *stream);
void la_unknowns_text_write(const struct la_unknowns *unknowns, FILE *stream);

/* A sheet of the map: cells of one number of threads, size, depth and placement; by the first
 * cell's index. Sheets are in the order of threads. */
size_t la_map_sheets(const struct la_map *map, size_t *first);
bool la_map_on_sheet(const struct la_map *map, size_t sheet, size_t cell);

/* Distinct values of hold (or, if remote, of the share) on the grid, ascending; their number. */
size_t la_map_values(const struct la_map *map, bool remote, uint32_t *values);

/* The cell of a sheet at a point, or NULL. */
const struct la_map_cell *la_map_at(const struct la_map *map, size_t sheet, uint32_t hold,
                                    uint32_t remote);

/* "2 threads, 256 B". Returns text. */
const char *la_map_sheet_title(const struct la_map *map, size_t sheet, char *text, size_t size);

#endif
