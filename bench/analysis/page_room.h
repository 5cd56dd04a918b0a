/* SPDX-License-Identifier: MIT */
/*
 * page_room.h: how much of each kind a page holds, so that it stays within its bound: a larger one
 * opens slowly. A page is written twice; the first pass tells how large its tables and pictures
 * are.
 */
#ifndef LOOKASIDE_ANALYSIS_PAGE_ROOM_H
#define LOOKASIDE_ANALYSIS_PAGE_ROOM_H

#include <stddef.h>

/* What a page may be at most, bytes, and of it the data for the page's script, and the tables. */
enum {
    LA_PAGE_MAX_BYTES = 3 * 1000 * 1000,
    LA_PAGE_DATA_BYTES = 1000 * 1000,
    LA_PAGE_TABLE_BYTES = 1800 * 1000,
};

/* What stands around a table at most: that it is cut, and where the whole is. Part of its size. */
enum { LA_PAGE_AROUND_TABLE_BYTES = 300 };

/* In the order in which they get room. Nothing else shows a plot whose data has none. */
enum la_page_part { LA_PAGE_TABLE, LA_PAGE_ONLY_PICTURE, LA_PAGE_PICTURE, LA_NR_PAGE_PARTS };

struct la_page_room {
    size_t data;                   /* bytes that are left for data */
    size_t most[LA_NR_PAGE_PARTS]; /* that one of the kind may have, bytes */
    size_t *sizes[LA_NR_PAGE_PARTS], nr[LA_NR_PAGE_PARTS]; /* of those that came so far */
};

/* For the first pass: all tables, no picture. */
void la_page_room_begin(struct la_page_room *room);

/* Notes that there is one of so many bytes. */
void la_page_room_add(struct la_page_room *room, enum la_page_part part, size_t bytes);

/* For the second pass, after a first one that wrote so many bytes: the longest tables are cut to
 * the same length, and the largest pictures are left out. */
void la_page_room_share(struct la_page_room *room, size_t bytes);

void la_page_room_end(struct la_page_room *room);

#endif
