/* SPDX-License-Identifier: MIT */
/*
 * map_json.c: see map_json.h.
 */
#include "map_json.h"

#include <jansson.h>
#include <math.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole_or_null(bool known, uint32_t value)
{
    return known ? json_integer(value) : json_null();
}

static json_t *names(const struct la_run *run, const bool *members)
{
    json_t *array = json_array();

    for (size_t i = 0; i < run->nr_contenders; i++) {
        if (members[i])
            json_array_append_new(array, json_string(run->contenders[i]));
    }
    return array;
}

static json_t *cell_object(const struct la_map *map, const struct la_map_cell *cell)
{
    const struct la_run_group *group = cell->group;
    const struct la_standing *leader = la_choice_leader(cell->choice);
    json_t *object = json_pack("{s:s, s:I, s:s, s:s, s:i}", "workload", group->workload,
                               "size_bytes", (json_int_t)group->size_bytes, "depth", group->depth,
                               "placement", group->placement, "threads", (int)group->threads);

    json_object_set_new(object, "hold", whole_or_null(cell->point.on_grid, cell->point.hold));
    json_object_set_new(object, "remote_percent",
                        whole_or_null(cell->point.on_grid, cell->point.remote));
    json_object_set_new(object, "answer", json_string(la_answer_name(cell->answer)));
    json_object_set_new(object, "may_be", names(map->run, cell->may_be));
    json_object_set_new(object, "leader",
                        leader ? json_string(map->run->contenders[leader->contender])
                               : json_null());
    json_object_set_new(object, "ratio", number(leader ? exp(leader->ratio.point) : NAN));
    json_object_set_new(object, "low", number(leader ? exp(leader->ratio.low) : NAN));
    json_object_set_new(object, "high", number(leader ? exp(leader->ratio.high) : NAN));
    return object;
}

json_t *la_map_json(const struct la_map *map)
{
    json_t *array = json_array();

    for (size_t i = 0; i < map->nr_cells; i++)
        json_array_append_new(array, cell_object(map, &map->cells[i]));
    return array;
}

static json_t *stretch_object(const struct la_run *run, const struct la_stretch *stretch)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "changed_after", number(stretch->changed_after),
                     "from", number(stretch->from), "to", number(stretch->to), "may_be",
                     names(run, stretch->may_be));
}

json_t *la_sensitivity_json(const struct la_sensitivity *sensitivity)
{
    json_t *array = json_array();

    for (size_t i = 0; i < sensitivity->nr_lines; i++) {
        const struct la_line *line = &sensitivity->lines[i];
        json_t *stretches = json_array();

        for (size_t j = 0; j < line->nr_stretches; j++)
            json_array_append_new(stretches,
                                  stretch_object(sensitivity->map->run, &line->stretches[j]));
        json_array_append_new(array, json_pack("{s:s, s:s, s:I, s:o}", "axis",
                                               la_axis_name(line->axis), "at", line->at, "cells",
                                               (json_int_t)line->nr_cells, "stretches", stretches));
    }
    return array;
}

json_t *la_unknowns_json(const struct la_unknowns *unknowns)
{
    json_t *array = json_array();

    for (size_t i = 0; i < unknowns->nr_lines; i++)
        json_array_append_new(array, json_string(unknowns->lines[i]));
    return array;
}
