/* SPDX-License-Identifier: MIT */
/*
 * report_regime.c: the map: which contender is the answer where on the grid.
 */
#include "report_section.h"

#include <stdlib.h>

#include "map_text.h"
#include "memory.h"

static bool available(const struct la_report *report)
{
    return report->decision->map.has_grid;
}

static void write_sheet(const struct la_map *map, size_t sheet, FILE *stream)
{
    uint32_t *holds = la_new_array(map->nr_cells + 1, sizeof *holds);
    uint32_t *remotes = la_new_array(map->nr_cells + 1, sizeof *remotes);
    const size_t nr_holds = la_map_values(map, false, holds);
    const size_t nr_remotes = la_map_values(map, true, remotes);
    char title[LA_NAME_SIZE], text[4 * LA_NAME_SIZE];

    fprintf(stream, "| %s |", la_map_sheet_title(map, sheet, title, sizeof title));
    for (size_t i = 0; i < nr_remotes; i++)
        fprintf(stream, " %u %% |", remotes[i]);
    fputs("\n|---|", stream);
    for (size_t i = 0; i < nr_remotes; i++)
        fputs("---|", stream);
    fputc('\n', stream);
    for (size_t i = 0; i < nr_holds; i++) {
        fprintf(stream, "| %u held |", holds[i]);
        for (size_t j = 0; j < nr_remotes; j++) {
            const struct la_map_cell *cell = la_map_at(map, sheet, holds[i], remotes[j]);

            fprintf(stream, " %s |",
                    cell ? la_members_text(map->run, cell->may_be, text, sizeof text)
                         : "not measured");
        }
        fputc('\n', stream);
    }
    fputc('\n', stream);
    free(holds);
    free(remotes);
}

static void write(const struct la_report *report, FILE *stream)
{
    const struct la_map *map = &report->decision->map;
    size_t *sheets = la_new_array(map->nr_cells, sizeof *sheets);
    const size_t nr_sheets = la_map_sheets(map, sheets);

    fputs(
        "Objects that a thread holds, against the share of objects that another thread frees. A "
        "single name is proven ahead of all others, or is plain malloc where nothing gains what a "
        "dependency is worth; several are not decided between.\n\n",
        stream);
    la_report_plots_named(report, "regime", stream);
    for (size_t i = 0; i < nr_sheets; i++)
        write_sheet(map, sheets[i], stream);
    free(sheets);
}

const struct la_report_section la_report_regime = {
    .heading = "Who is the answer where",
    .available = available,
    .write = write,
};
