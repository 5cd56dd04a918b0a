/* SPDX-License-Identifier: MIT */
/*
 * plot_regime.c: data for plots/regime.gp: who is the answer where on the grid.
 */
#include <math.h>
#include <stdlib.h>

#include "map_text.h"
#include "memory.h"
#include "plot_data.h"

static size_t place_of(const uint32_t *values, size_t nr, uint32_t value)
{
    size_t at = 0;

    while (at < nr && values[at] != value)
        at++;
    return at + 1;
}

/* The leader gives the colour, the mark says how sure that is. */
static void write_cell(const struct la_map *map, const struct la_map_cell *cell, size_t hold,
                       size_t remote, FILE *stream)
{
    const struct la_run *run = map->run;
    const bool is_plain = cell->answer == LA_ANSWER_PLAIN;
    char mark[16];

    fprintf(stream, "\t%zu\t%u\t%zu\t%u\t%s\t%s\t%c\t%d\t%s\n", hold, cell->point.hold, remote,
            cell->point.remote,
            is_plain           ? LA_BASELINE
            : cell->leader < 0 ? "nobody"
                               : run->contenders[cell->leader],
            la_map_mark(map, cell, mark, sizeof mark),
            cell->leader < 0 ? '-' : map->letters[cell->leader], cell->nr_may_be == 1,
            la_answer_name(cell->answer));
}

static void write_cells(const struct la_map *map, FILE *stream)
{
    uint32_t *holds = la_new_array(map->nr_cells + 1, sizeof *holds);
    uint32_t *remotes = la_new_array(map->nr_cells + 1, sizeof *remotes);
    size_t *sheets = la_new_array(map->nr_cells, sizeof *sheets);
    const size_t nr_holds = la_map_values(map, false, holds);
    const size_t nr_remotes = la_map_values(map, true, remotes);
    const size_t nr_sheets = la_map_sheets(map, sheets);
    char title[LA_NAME_SIZE];

    for (size_t i = 0; i < nr_sheets; i++) {
        for (size_t j = 0; j < map->nr_cells; j++) {
            const struct la_map_cell *cell = &map->cells[j];

            if (!la_map_on_sheet(map, sheets[i], j))
                continue;
            fprintf(stream, "%zu\t%s", i + 1,
                    la_map_sheet_title(map, sheets[i], title, sizeof title));
            write_cell(map, cell, place_of(holds, nr_holds, cell->point.hold),
                       place_of(remotes, nr_remotes, cell->point.remote), stream);
        }
    }
    free(holds);
    free(remotes);
    free(sheets);
}

int la_plot_regime(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct la_plot *plot;
    struct la_map map;
    FILE *stream;
    int result = -1;

    la_map_make(&map, input->run, input->by_group, input->run->nr_groups);
    if (!map.has_grid) {
        la_map_fini(&map);
        return 0;
    }
    plot = la_plot_add(plots, "regime",
                       "Who is the answer where: objects held, share freed by another thread.");
    plot->elsewhere = true;
    plot->table = "title=threads|hold=objects held|remote_percent=% freed by another thread|"
                  "leader=leader|mark=may be|answer=answer";
    plot->view = "map panel=title series=leader x=remote_percent y=hold text=mark letter=letter "
                 "decided=decided";
    stream =
        la_plot_create(input, plot,
                       "panel\ttitle\trow\thold\tcolumn\tremote_percent\tleader\tmark\tletter\t"
                       "decided\tanswer",
                       why);
    if (stream) {
        write_cells(&map, stream);
        result = la_plot_finish(stream, plot, why);
    }
    la_map_fini(&map);
    return result;
}
