/* SPDX-License-Identifier: MIT */
/*
 * turn.h: one contender's turn in a block, as the process that measured it tells it to the one that
 * leads the run. Both are the same executable, so the structure itself goes over the wire; only
 * pointers mean nothing at the other end.
 */
#ifndef LA_TURN_H
#define LA_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_json.h"
#include "histogram.h"

struct la_turn {
    size_t cell;             /* of the plan */
    struct la_bench_row row; /* without name, label, and what only the block knows */
    double seconds;          /* the window */
    double lost_ns, thread_ns;
    double steal_ns; /* 0 also where that is not known; the row tells them apart */
    unsigned warmups;
    bool run_delay_known, miscounted;
    struct la_histogram latency;
};

/* A block that the leader orders. */
struct la_order {
    size_t group;
    unsigned block; /* its number within the group */
    unsigned stage; /* enum la_stage */
};

/* What comes back: turns, each followed by one, then the word that the block is over. */
enum la_answer_kind { LA_ANSWER_READY = 0x6c61, LA_ANSWER_TURN, LA_ANSWER_BLOCK, LA_ANSWER_FAILED };

struct la_answer {
    enum la_answer_kind kind;
    size_t nr_cells; /* ready: of the plan as this process made it */
    size_t measured; /* block: turns that were measured */
    char why[512];   /* failed */
};

#endif
