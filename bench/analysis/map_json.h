/* SPDX-License-Identifier: MIT */
/*
 * map_json.h: the map, what changes the answer and what is not known, as members of choice.json.
 */
#ifndef LOOKASIDE_ANALYSIS_MAP_JSON_H
#define LOOKASIDE_ANALYSIS_MAP_JSON_H

#include "sensitivity.h"
#include "unknowns.h"

struct json_t;
struct json_t *la_map_json(const struct la_map *map);
struct json_t *la_sensitivity_json(const struct la_sensitivity *sensitivity);
struct json_t *la_unknowns_json(const struct la_unknowns *unknowns);

#endif
