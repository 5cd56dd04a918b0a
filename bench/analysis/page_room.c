/* SPDX-License-Identifier: MIT */
/*
 * page_room.c: see page_room.h.
 */
#include "page_room.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void la_page_room_begin(struct la_page_room *room)
{
    *room = (struct la_page_room){.data = LA_PAGE_DATA_BYTES, .most = {[LA_PAGE_TABLE] = SIZE_MAX}};
}

void la_page_room_add(struct la_page_room *room, enum la_page_part part, size_t bytes)
{
    size_t *nr = &room->nr[part];

    room->sizes[part] = la_grow_array(room->sizes[part], *nr, sizeof *room->sizes[part]);
    room->sizes[part][(*nr)++] = bytes;
}

static int by_size(const void *a, const void *b)
{
    const size_t first = *(const size_t *)a, second = *(const size_t *)b;

    return (first > second) - (first < second);
}

static size_t minus(size_t bytes, size_t taken)
{
    return bytes > taken ? bytes - taken : 0;
}

/* What each of them may have at most, so that all fit into so many bytes: those that are shorter
 * leave their rest to the others. */
static size_t fair_share(const size_t *sizes, size_t nr, size_t bytes)
{
    for (size_t i = 0; i < nr; i++) {
        if (sizes[i] > bytes / (nr - i))
            return bytes / (nr - i);
        bytes -= sizes[i];
    }
    return SIZE_MAX;
}

/* The largest of them such that all up to its size fit into so many bytes; takes these off. */
static size_t largest_that_fits(const size_t *sizes, size_t nr, size_t *bytes)
{
    size_t largest = 0;

    for (size_t i = 0, next = 0; i < nr; i = next) {
        while (next < nr && sizes[next] == sizes[i])
            next++;
        if ((next - i) * sizes[i] > *bytes)
            break;
        *bytes -= (next - i) * sizes[i];
        largest = sizes[i];
    }
    return largest;
}

static size_t sum(const size_t *sizes, size_t nr, size_t most)
{
    size_t bytes = 0;

    for (size_t i = 0; i < nr; i++)
        bytes += sizes[i] < most ? sizes[i] : most;
    return bytes;
}

void la_page_room_share(struct la_page_room *room, size_t bytes)
{
    const size_t *tables = room->sizes[LA_PAGE_TABLE], nr_tables = room->nr[LA_PAGE_TABLE];
    /* What stands around them is text as well: there may be more of it in the second pass. */
    const size_t text =
        minus(bytes + nr_tables * LA_PAGE_AROUND_TABLE_BYTES, sum(tables, nr_tables, SIZE_MAX));
    size_t left = minus(LA_PAGE_MAX_BYTES, text), table;

    for (size_t part = 0; part < LA_NR_PAGE_PARTS; part++) {
        if (room->nr[part])
            qsort(room->sizes[part], room->nr[part], sizeof *room->sizes[part], by_size);
    }
    table = fair_share(tables, nr_tables, left < LA_PAGE_TABLE_BYTES ? left : LA_PAGE_TABLE_BYTES);
    left = minus(left, sum(tables, nr_tables, table));
    room->data = LA_PAGE_DATA_BYTES;
    room->most[LA_PAGE_TABLE] = table;
    for (size_t part = LA_PAGE_ONLY_PICTURE; part < LA_NR_PAGE_PARTS; part++)
        room->most[part] = largest_that_fits(room->sizes[part], room->nr[part], &left);
}

void la_page_room_end(struct la_page_room *room)
{
    for (size_t part = 0; part < LA_NR_PAGE_PARTS; part++)
        free(room->sizes[part]);
}
