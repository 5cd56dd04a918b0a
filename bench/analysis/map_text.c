/* SPDX-License-Identifier: MIT */
/*
 * map_text.c: see map_text.h.
 */
#include "map_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choice_text.h"
#include "memory.h"

enum { COLUMN = 8 };

/* --- sheets --- */

bool la_map_on_sheet(const struct la_map *map, size_t sheet, size_t cell)
{
    const struct la_run_group *a = map->cells[sheet].group, *b = map->cells[cell].group;

    return map->cells[cell].point.on_grid && a->threads == b->threads &&
           a->size_bytes == b->size_bytes && strcmp(a->depth, b->depth) == 0 &&
           strcmp(a->placement, b->placement) == 0;
}

size_t la_map_sheets(const struct la_map *map, size_t *first)
{
    size_t nr = 0;

    for (size_t i = 0; i < map->nr_cells; i++) {
        bool known = !map->cells[i].point.on_grid;
        size_t at = nr;

        for (size_t j = 0; j < nr; j++)
            known = known || la_map_on_sheet(map, first[j], i);
        if (known)
            continue;
        for (; at > 0 && map->cells[first[at - 1]].group->threads > map->cells[i].group->threads;
             at--)
            first[at] = first[at - 1];
        first[at] = i;
        nr++;
    }
    return nr;
}

size_t la_map_values(const struct la_map *map, bool remote, uint32_t *values)
{
    size_t nr = 0;

    for (size_t i = 0; i < map->nr_cells; i++) {
        const struct la_point *point = &map->cells[i].point;
        const uint32_t value = remote ? point->remote : point->hold;
        size_t at = 0;

        while (at < nr && values[at] < value)
            at++;
        if (!point->on_grid || (at < nr && values[at] == value))
            continue;
        memmove(&values[at + 1], &values[at], (nr - at) * sizeof *values);
        values[at] = value;
        nr++;
    }
    return nr;
}

const struct la_map_cell *la_map_at(const struct la_map *map, size_t sheet, uint32_t hold,
                                    uint32_t remote)
{
    for (size_t i = 0; i < map->nr_cells; i++) {
        const struct la_point *point = &map->cells[i].point;

        if (la_map_on_sheet(map, sheet, i) && point->hold == hold && point->remote == remote)
            return &map->cells[i];
    }
    return NULL;
}

const char *la_map_sheet_title(const struct la_map *map, size_t sheet, char *text, size_t size)
{
    const struct la_run_group *group = map->cells[sheet].group;

    snprintf(text, size, "%u thread%s%s, %llu B", group->threads, group->threads == 1 ? "" : "s",
             strcmp(group->placement, "oversubscribed") == 0 ? " sharing CPUs" : "",
             (unsigned long long)group->size_bytes);
    return text;
}

/* --- the map --- */

struct grid {
    uint32_t *hold, *remote;
    size_t *sheets;
    size_t nr_hold, nr_remote, nr_sheets;
};

static void make_grid(struct grid *grid, const struct la_map *map)
{
    grid->hold = la_new_array(map->nr_cells + 1, sizeof *grid->hold);
    grid->remote = la_new_array(map->nr_cells + 1, sizeof *grid->remote);
    grid->sheets = la_new_array(map->nr_cells, sizeof *grid->sheets);
    grid->nr_hold = la_map_values(map, false, grid->hold);
    grid->nr_remote = la_map_values(map, true, grid->remote);
    grid->nr_sheets = la_map_sheets(map, grid->sheets);
}

static void free_grid(struct grid *grid)
{
    free(grid->hold);
    free(grid->remote);
    free(grid->sheets);
}

static bool row_is_measured(const struct la_map *map, const struct grid *grid, size_t sheet,
                            uint32_t hold)
{
    for (size_t i = 0; i < grid->nr_remote; i++) {
        if (la_map_at(map, sheet, hold, grid->remote[i]))
            return true;
    }
    return false;
}

static void print_sheet(const struct la_map *map, const struct grid *grid, size_t sheet,
                        FILE *stream)
{
    char title[LA_NAME_SIZE], mark[16];

    fprintf(stream, "  %s\n", la_map_sheet_title(map, sheet, title, sizeof title));
    for (size_t i = grid->nr_hold; i-- > 0;) {
        if (!row_is_measured(map, grid, sheet, grid->hold[i]))
            continue;
        fprintf(stream, "    %6u held", grid->hold[i]);
        for (size_t j = 0; j < grid->nr_remote; j++) {
            const struct la_map_cell *cell = la_map_at(map, sheet, grid->hold[i], grid->remote[j]);

            fprintf(stream, "%*s", COLUMN, cell ? la_map_mark(map, cell, mark, sizeof mark) : "-");
        }
        fputc('\n', stream);
    }
}

static void print_legend(const struct la_map *map, FILE *stream)
{
    char line[2048] = "";
    size_t used = 0;

    for (size_t i = 0; i < map->run->nr_contenders && used < sizeof line; i++) {
        if (map->letters[i])
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%c %s", used ? ", " : "",
                                     map->letters[i], map->run->contenders[i]);
    }
    la_print_wrapped(stream, line, 2);
    fputs("  one letter: proven; several and '?': one of these, which is open; '?' alone: not "
          "known;\n"
          "  '-': not measured\n",
          stream);
}

void la_map_text_write(const struct la_map *map, FILE *stream)
{
    struct grid grid;

    if (!map->has_grid)
        return;
    make_grid(&grid, map);
    fputs("\nwho is the answer where: objects held by a thread x share freed by another thread\n",
          stream);
    fprintf(stream, "  %13s", "");
    for (size_t i = 0; i < grid.nr_remote; i++)
        fprintf(stream, "%*u %%", COLUMN - 2, grid.remote[i]);
    fputc('\n', stream);
    for (size_t i = 0; i < grid.nr_sheets; i++)
        print_sheet(map, &grid, grid.sheets[i], stream);
    print_legend(map, stream);
    free_grid(&grid);
}

/* --- sensitivity --- */

/* Whether a change between the same values, and from and to the same answers, was told before. */
static bool same_change(const struct la_sensitivity *sensitivity, const struct la_line *a,
                        size_t at_a, const struct la_line *b, size_t at_b)
{
    const size_t bytes = sensitivity->map->run->nr_contenders * sizeof(bool);
    const struct la_stretch *after_a = &a->stretches[at_a], *after_b = &b->stretches[at_b];

    return a->axis == b->axis && after_a->from == after_b->from &&
           after_a->changed_after == after_b->changed_after &&
           memcmp(after_a->may_be, after_b->may_be, bytes) == 0 &&
           memcmp(after_a[-1].may_be, after_b[-1].may_be, bytes) == 0;
}

/* The first line, from `from` on, that has the same change; nr_lines if none. */
static size_t find_change(const struct la_sensitivity *sensitivity, size_t from, size_t to,
                          const struct la_line *line, size_t at)
{
    for (size_t i = from; i < to; i++) {
        for (size_t j = 1; j < sensitivity->lines[i].nr_stretches; j++) {
            if (same_change(sensitivity, line, at, &sensitivity->lines[i], j))
                return i;
        }
    }
    return to;
}

static void print_change(const struct la_sensitivity *sensitivity, size_t index, size_t at,
                         FILE *stream)
{
    const struct la_line *line = &sensitivity->lines[index];
    const struct la_stretch *after = &line->stretches[at];
    const struct la_run *run = sensitivity->map->run;
    char before_text[4 * LA_NAME_SIZE], after_text[4 * LA_NAME_SIZE], sentence[2048];
    const char *unit = la_axis_unit(line->axis);
    size_t used;

    used = (size_t)snprintf(sentence, sizeof sentence, "between %g%s and %g%s: from %s to %s (",
                            after->changed_after, unit, after->from, unit,
                            la_members_text(run, after[-1].may_be, before_text, sizeof before_text),
                            la_members_text(run, after->may_be, after_text, sizeof after_text));
    for (size_t i = index; i < sensitivity->nr_lines && used < sizeof sentence;) {
        used += (size_t)snprintf(sentence + used, sizeof sentence - used, "%s%s",
                                 i == index ? "" : "; ", sensitivity->lines[i].at);
        i = find_change(sensitivity, i + 1, sensitivity->nr_lines, line, at);
    }
    if (used < sizeof sentence)
        snprintf(sentence + used, sizeof sentence - used, ")");
    la_print_wrapped(stream, sentence, 4);
}

static void print_axis(const struct la_sensitivity *sensitivity, enum la_axis axis, FILE *stream)
{
    size_t nr_lines = 0, nr_changing = 0, nr_firm = 0;

    for (size_t i = 0; i < sensitivity->nr_lines; i++) {
        const struct la_line *line = &sensitivity->lines[i];

        nr_lines += line->axis == axis;
        nr_changing += line->axis == axis && line->nr_stretches > 1;
        nr_firm +=
            line->axis == axis && line->nr_stretches == 1 && line->stretches[0].nr_may_be == 1;
    }
    if (!nr_lines)
        return;
    fprintf(stream,
            "  %s: proven to change along %zu of %zu lines; along %zu one contender fits all\n",
            la_axis_name(axis), nr_changing, nr_lines, nr_firm);
    for (size_t i = 0; i < sensitivity->nr_lines; i++) {
        const struct la_line *line = &sensitivity->lines[i];

        for (size_t j = 1; line->axis == axis && j < line->nr_stretches; j++) {
            if (find_change(sensitivity, 0, i, line, j) == i)
                print_change(sensitivity, i, j, stream);
        }
    }
}

void la_sensitivity_text_write(const struct la_sensitivity *sensitivity, FILE *stream)
{
    if (!sensitivity->nr_lines)
        return;
    fputs("\nwhat changes the answer (only what is proven; else it is not known whether it does)\n",
          stream);
    for (enum la_axis axis = 0; axis < LA_NR_AXES; axis++)
        print_axis(sensitivity, axis, stream);
}

/* --- what is not known --- */

void la_unknowns_text_write(const struct la_unknowns *unknowns, FILE *stream)
{
    char line[LA_UNKNOWN_SIZE + 8];

    fputs("\nwhat this run does not know\n", stream);
    for (size_t i = 0; i < unknowns->nr_lines; i++) {
        snprintf(line, sizeof line, "- %s", unknowns->lines[i]);
        la_print_wrapped(stream, line, 2);
    }
}
