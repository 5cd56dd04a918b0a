/* SPDX-License-Identifier: MIT */
/*
 * crew.h: the processes of a run, seen from the one that leads it.
 *
 * Each is this executable started anew, with an environment of a size of its own and with
 * addresses randomised as the machine does it. All are there from the beginning; one at a time
 * measures a block and the others sleep, so blocks of all processes are spread over the run's whole
 * time and a drift of the machine is nobody's own.
 */
#ifndef LA_CREW_H
#define LA_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "schedule.h"
#include "turn.h"

struct la_crew_member {
    struct la_process_luck luck;
    size_t nr_blocks; /* that it completed */
    char ended[128];  /* why it was lost; empty: it was not */
    pid_t pid;
    int socket; /* -1: gone */
};

struct la_crew {
    struct la_crew_member *members;
    unsigned nr_members;
};

/* Makes the processes' records; the processes come with la_crew_start(). False: no memory. */
bool la_crew_init(struct la_crew *crew, unsigned nr_processes, uint64_t run_seed);

/* The command line, NULL at its end, that makes a process measure; good until the next call. */
typedef char **la_crew_command(unsigned process);

/* Starts them and waits until each has made its plan, of nr_cells cells. 0; or -1 with *why set to
 * one line, or to NULL when a process has said it on stderr itself. */
int la_crew_start(struct la_crew *crew, la_crew_command *command, size_t nr_cells,
                  const char **why);

/* One more, numbered behind the others; -1 if it cannot be had, and then nothing has changed. */
int la_crew_add(struct la_crew *crew, la_crew_command *command, size_t nr_cells, uint64_t run_seed);

/* Takes leave of one that has no order, if it is still there. */
void la_crew_retire(struct la_crew *crew, unsigned process);

/* The n-th of those that are left, counted round and round; -1 if none is. */
int la_crew_pick(const struct la_crew *crew, size_t n);

/* Structures go over the wire as they are: what an order is, and what a turn, both ends know. */
bool la_crew_order(struct la_crew *crew, unsigned process, const void *order, size_t size);

enum la_crew_news {
    LA_CREW_TURN,        /* *turn is there */
    LA_CREW_BLOCK,       /* the block is over */
    LA_CREW_FAILED,      /* answer->why: a cell cannot be measured */
    LA_CREW_LOST,        /* the process ended; its member says why */
    LA_CREW_SPOKE,       /* the same, and it said on stderr why all of them would */
    LA_CREW_INTERRUPTED, /* by the caller's word */
};

/* Waits for the next word of a process that was given an order. */
enum la_crew_news la_crew_next(struct la_crew *crew, unsigned process, bool (*interrupted)(void),
                               void *turn, size_t size, struct la_answer *answer);

/* Ends those that are left: by a word, which is for those that have no order; or at once, whatever
 * they do. */
void la_crew_stop(struct la_crew *crew, bool at_once);

/* Stops it and forgets the records. */
void la_crew_fini(struct la_crew *crew);

#endif
