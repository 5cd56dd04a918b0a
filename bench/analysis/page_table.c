/* SPDX-License-Identifier: MIT */
/*
 * page_table.c: see page_table.h.
 */
#include "page_table.h"

#include <stdlib.h>

#include "memory.h"

void la_page_table_begin(struct la_page_table *table)
{
    *table = (struct la_page_table){.text = NULL};
    table->stream = la_new_text(&table->text, &table->size);
}

void la_page_table_mark(struct la_page_table *table)
{
    table->ends = la_grow_array(table->ends, table->nr_ends, sizeof *table->ends);
    table->ends[table->nr_ends++] = (size_t)ftell(table->stream);
}

void la_page_table_end(struct la_page_table *table)
{
    la_end_text(table->stream);
    table->stream = NULL;
}

void la_page_table_free(struct la_page_table *table)
{
    free(table->text);
    free(table->ends);
}

size_t la_page_table_rows(const struct la_page_table *table)
{
    return table->nr_ends ? table->nr_ends - 1 : 0;
}

static size_t row_bytes(const struct la_page_table *table, size_t row)
{
    return table->ends[row + 1] - table->ends[row];
}

static size_t bytes_with(const struct la_page_table *table, size_t step)
{
    size_t bytes = LA_PAGE_AROUND_TABLE_BYTES + table->ends[0];

    for (size_t row = 0; row < la_page_table_rows(table); row += step)
        bytes += row_bytes(table, row);
    return bytes;
}

size_t la_page_table_step(const struct la_page_table *table, size_t step, struct la_page_room *room)
{
    const size_t most = room->most[LA_PAGE_TABLE], nr_rows = la_page_table_rows(table);

    la_page_room_add(room, LA_PAGE_TABLE, bytes_with(table, step));
    while (step < nr_rows && bytes_with(table, step) > most)
        step++;
    return bytes_with(table, step) > most ? 0 : step;
}

size_t la_page_table_first(const struct la_page_table *table, struct la_page_room *room)
{
    const size_t most = room->most[LA_PAGE_TABLE];
    size_t nr = la_page_table_rows(table);

    la_page_room_add(room, LA_PAGE_TABLE, LA_PAGE_AROUND_TABLE_BYTES + table->ends[nr]);
    while (nr > 0 && LA_PAGE_AROUND_TABLE_BYTES + table->ends[nr] > most)
        nr--;
    return nr;
}

void la_page_table_write(const struct la_page_table *table, size_t step, size_t nr_rows,
                         FILE *stream)
{
    fwrite(table->text, 1, table->ends[0], stream);
    for (size_t row = 0; row < nr_rows; row += step)
        fwrite(table->text + table->ends[row], 1, row_bytes(table, row), stream);
}
