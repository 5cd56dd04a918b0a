/* SPDX-License-Identifier: MIT */
/*
 * map.h: which contender is the answer where: one cell for each group of a run, with the set of
 * contenders that may be the answer there. A cell is decided when that is a single one.
 *
 * What is in the set follows from the cell's choice. A contender that is proven behind the leader
 * is not; plain malloc of the C library is where no gain that is worth it is proven, and is the
 * only one where it is proven that there is none. Where nothing can be judged, everybody is in.
 */
#ifndef LOOKASIDE_ANALYSIS_MAP_H
#define LOOKASIDE_ANALYSIS_MAP_H

#include "choice.h"
#include "point.h"

enum la_answer {
    LA_ANSWER_OPEN,    /* a list or a malloc: not known */
    LA_ANSWER_WINNER,  /* one list, or one malloc that is not the C library's */
    LA_ANSWER_LISTS,   /* a list; which one is open */
    LA_ANSWER_MALLOCS, /* a malloc; which one is open */
    LA_ANSWER_PLAIN,   /* plain malloc: nothing is worth a dependency */
};
const char *la_answer_name(enum la_answer answer);

struct la_map_cell {
    const struct la_run_group *group;
    const struct la_choice *choice;
    struct la_point point;
    enum la_answer answer;
    bool *may_be; /* of every contender of the run */
    size_t nr_may_be;
    int leader; /* contender, or -1 */
};

struct la_map {
    const struct la_run *run;
    struct la_map_cell *cells;
    size_t nr_cells;
    bool has_grid; /* some cell is a point of a grid */
    bool *members; /* of all cells */
    char *letters; /* of every contender, lower case for lists; 0: the answer nowhere */
};

/* From the choices in nr single groups of a run. */
void la_map_make(struct la_map *map, const struct la_run *run, const struct la_choice *by_group,
                 size_t nr);
void la_map_fini(struct la_map *map);

/* "p", "pm?", "?": the letters of who may be the answer, with a question mark unless decided; of
 * more than three only the mark. Returns text. */
const char *la_map_mark(const struct la_map *map, const struct la_map_cell *cell, char *text,
                        size_t size);

/* "percpu+glibc or magazine+glibc"; "not known" for more than three. Returns text. */
const char *la_members_text(const struct la_run *run, const bool *members, char *text, size_t size);

#endif
