/* SPDX-License-Identifier: MIT */
/*
 * sensitivity.c: see sensitivity.h.
 */
#include "sensitivity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

const char *la_axis_name(enum la_axis axis)
{
    static const char *const names[LA_NR_AXES] = {
        [LA_AXIS_THREADS] = "threads",
        [LA_AXIS_HOLD] = "objects held",
        [LA_AXIS_REMOTE] = "share freed by another thread",
        [LA_AXIS_SIZE] = "object size",
    };

    return names[axis];
}

const char *la_axis_unit(enum la_axis axis)
{
    return axis == LA_AXIS_REMOTE ? " %" : axis == LA_AXIS_SIZE ? " B" : "";
}

static double value_of(enum la_axis axis, const struct la_map_cell *cell)
{
    switch (axis) {
    case LA_AXIS_THREADS:
        return cell->group->threads;
    case LA_AXIS_HOLD:
        return cell->point.on_grid ? cell->point.hold : NAN;
    case LA_AXIS_REMOTE:
        return cell->point.on_grid ? cell->point.remote : NAN;
    default:
        return (double)cell->group->size_bytes;
    }
}

/* --- lines --- */

static bool same_value(enum la_axis axis, const struct la_map_cell *a, const struct la_map_cell *b)
{
    const double left = value_of(axis, a), right = value_of(axis, b);

    return left == right || (isnan(left) && isnan(right));
}

/* More threads than CPUs are farther along the axis of threads, though placed otherwise. */
static bool placed_alike(enum la_axis axis, const struct la_run_group *a,
                         const struct la_run_group *b)
{
    return strcmp(a->placement, b->placement) == 0 ||
           (axis == LA_AXIS_THREADS && (strcmp(a->placement, "oversubscribed") == 0) !=
                                           (strcmp(b->placement, "oversubscribed") == 0));
}

static bool on_one_line(enum la_axis axis, const struct la_map_cell *a, const struct la_map_cell *b)
{
    char left[LA_NAME_SIZE], right[LA_NAME_SIZE];

    for (enum la_axis other = 0; other < LA_NR_AXES; other++) {
        if (other != axis && !same_value(other, a, b))
            return false;
    }
    return strcmp(la_workload_class(a->group->workload, left),
                  la_workload_class(b->group->workload, right)) == 0 &&
           strcmp(a->group->depth, b->group->depth) == 0 &&
           placed_alike(axis, a->group, b->group) && !isnan(value_of(axis, a));
}

/* "regime, 2 threads, 25 % remote, 256 B": all but the axis. */
static void name_line(struct la_line *line, const struct la_map_cell *cell)
{
    const struct la_run_group *group = cell->group;
    char *at = line->at;
    const size_t size = sizeof line->at;

    la_workload_class(group->workload, at);
    if (line->axis != LA_AXIS_THREADS)
        snprintf(at + strlen(at), size - strlen(at), ", %u thread%s", group->threads,
                 group->threads == 1 ? "" : "s");
    if (line->axis != LA_AXIS_HOLD && cell->point.on_grid)
        snprintf(at + strlen(at), size - strlen(at), ", %u held", cell->point.hold);
    if (line->axis != LA_AXIS_REMOTE && cell->point.on_grid)
        snprintf(at + strlen(at), size - strlen(at), ", %u %% remote", cell->point.remote);
    if (line->axis != LA_AXIS_SIZE)
        snprintf(at + strlen(at), size - strlen(at), ", %llu B",
                 (unsigned long long)group->size_bytes);
    if (group->depth[strspn(group->depth, "0123456789")])
        snprintf(at + strlen(at), size - strlen(at), ", depth %s", group->depth);
}

/* --- along a line --- */

struct walk {
    size_t nr_contenders;
    enum la_axis axis;
    const struct la_map_cell **cells;
    size_t nr;
};

/* Who may be the answer in all cells from..to; how many. */
static size_t common(const struct walk *walk, size_t from, size_t to, bool *members)
{
    size_t nr = 0;

    for (size_t i = 0; i < walk->nr_contenders; i++) {
        members[i] = true;
        for (size_t j = from; j <= to; j++)
            members[i] = members[i] && walk->cells[j]->may_be[i];
        nr += members[i];
    }
    return nr;
}

static void add_stretch(struct la_line *line, const struct walk *walk, size_t from, size_t to,
                        double changed_after)
{
    struct la_stretch *stretch = &line->stretches[line->nr_stretches++];

    stretch->from = value_of(walk->axis, walk->cells[from]);
    stretch->to = value_of(walk->axis, walk->cells[to]);
    stretch->changed_after = changed_after;
    stretch->may_be = la_new_array(walk->nr_contenders, sizeof *stretch->may_be);
    stretch->nr_may_be = common(walk, from, to, stretch->may_be);
}

static void cut(struct la_line *line, const struct walk *walk)
{
    bool *members = la_new_array(walk->nr_contenders, sizeof *members);
    double changed_after = NAN;
    size_t from = 0;

    line->stretches = la_new_array(walk->nr, sizeof *line->stretches);
    for (size_t i = 1; i < walk->nr; i++) {
        size_t back = i;

        if (common(walk, from, i, members))
            continue;
        add_stretch(line, walk, from, i - 1, changed_after);
        while (common(walk, back, i, members))
            back--;
        changed_after = value_of(walk->axis, walk->cells[back]);
        from = i;
    }
    add_stretch(line, walk, from, walk->nr - 1, changed_after);
    free(members);
}

static void sort_cells(struct walk *walk)
{
    for (size_t i = 1; i < walk->nr; i++) {
        for (size_t j = i; j > 0 && value_of(walk->axis, walk->cells[j]) <
                                        value_of(walk->axis, walk->cells[j - 1]);
             j--) {
            const struct la_map_cell *swapped = walk->cells[j];

            walk->cells[j] = walk->cells[j - 1];
            walk->cells[j - 1] = swapped;
        }
    }
}

/* A cell in which nothing can be the answer (nobody keeps the limits) is on no line. */
static void gather(struct walk *walk, const struct la_map *map, size_t first)
{
    walk->nr = 0;
    for (size_t i = first; i < map->nr_cells; i++) {
        if (map->cells[i].nr_may_be && on_one_line(walk->axis, &map->cells[first], &map->cells[i]))
            walk->cells[walk->nr++] = &map->cells[i];
    }
    sort_cells(walk);
}

static bool starts_line(const struct la_map *map, enum la_axis axis, size_t cell)
{
    for (size_t i = 0; i < cell; i++) {
        if (on_one_line(axis, &map->cells[i], &map->cells[cell]))
            return false;
    }
    return !isnan(value_of(axis, &map->cells[cell]));
}

void la_sensitivity_make(struct la_sensitivity *sensitivity, const struct la_map *map)
{
    struct walk walk = {.nr_contenders = map->run->nr_contenders,
                        .cells = la_new_array(map->nr_cells, sizeof *walk.cells)};

    memset(sensitivity, 0, sizeof *sensitivity);
    sensitivity->map = map;
    sensitivity->lines = la_new_array(LA_NR_AXES * map->nr_cells, sizeof *sensitivity->lines);
    for (walk.axis = 0; walk.axis < LA_NR_AXES; walk.axis++) {
        for (size_t i = 0; i < map->nr_cells; i++) {
            struct la_line *line = &sensitivity->lines[sensitivity->nr_lines];

            if (!starts_line(map, walk.axis, i))
                continue;
            gather(&walk, map, i);
            if (walk.nr < 2)
                continue;
            line->axis = walk.axis;
            line->nr_cells = walk.nr;
            name_line(line, &map->cells[i]);
            cut(line, &walk);
            sensitivity->nr_lines++;
        }
    }
    free(walk.cells);
}

void la_sensitivity_fini(struct la_sensitivity *sensitivity)
{
    for (size_t i = 0; i < sensitivity->nr_lines; i++) {
        for (size_t j = 0; j < sensitivity->lines[i].nr_stretches; j++)
            free(sensitivity->lines[i].stretches[j].may_be);
        free(sensitivity->lines[i].stretches);
    }
    free(sensitivity->lines);
    memset(sensitivity, 0, sizeof *sensitivity);
}
