/* SPDX-License-Identifier: MIT */
/*
 * runner.h: carries out a plan, in the process that leads the run and measures nothing itself:
 * block by block, in each block every group once, in each group every contender once, groups and
 * contenders in random order. Blocks go round the processes of the run (crew.h). So a drift of the
 * machine meets all alike, and an interruption leaves whole blocks behind.
 *
 * A block that lost too much time to other work (gaps.h) is kept, marked as rejected, and made up
 * for at the end by another one with a number of its own, within a limited extra time. A process
 * that ends too early loses the block that it was in; the others take over what it would have done.
 *
 * With a budget short slices come first and then rounds of deciding blocks (budget.h), until the
 * time is up or nothing is open that it could decide.
 */
#ifndef LA_RUNNER_H
#define LA_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "budget.h"
#include "crew.h"
#include "plan.h"

enum { LA_BLOCKS_TRIED = 2 }; /* at most so many times the planned number of blocks */

/* Times the estimate: what a run may take on a machine that is slower than thought, and until when
 * rejected blocks are made up for. */
#define LA_TIME_LIMIT 1.4
#define LA_TIME_SLACK_S 20 /* but at least so much more */
#define LA_MAKE_UP_LIMIT 1.2

struct la_outcome;

struct la_runner_hooks {
    void (*progress)(double done, const char *cell); /* done: share of the plan, 0 to 1 */
    bool (*interrupted)(void);                       /* polled between cells */
    void (*lost)(const char *line);                  /* a process ended too early */
    la_crew_command *command;                        /* of a process that measures */
    /* With a budget: fills in what is open in the plan's groups, by the rows so far; false with
     * *why set. */
    bool (*judge)(const struct la_plan *plan, const struct la_outcome *outcome,
                  struct la_budget_group *groups, const char **why);
};

struct la_outcome {
    struct la_bench_row *rows; /* of whole blocks, in the order of the plan's cells, then blocks */
    size_t nr_rows;
    unsigned nr_numbers;            /* one more than the highest number of a block */
    size_t nr_blocks, nr_rejected;  /* blocks of groups */
    size_t nr_warmed_longer;        /* rows whose warm-up was not steady at once */
    size_t nr_miscounted;           /* rows in which a list counted other than the driver */
    struct la_crew crew;            /* who measured; all of them ended */
    struct la_budget_group *groups; /* with a budget: what was open at the end; else NULL */
    bool complete;                  /* neither interrupted, nor out of time, nor a block lost */
    bool out_of_time;               /* planned blocks were left out, for LA_TIME_LIMIT */
    bool run_delay_known;           /* the kernel's account of lost time could be read */
};

/* 0; or -1 with nothing in *outcome, and *why set to one line, or to NULL when a process has put
 * that on stderr itself. */
int la_runner_run(struct la_plan *plan, const struct la_runner_hooks *hooks,
                  struct la_outcome *outcome, const char **why);
void la_outcome_free(struct la_outcome *outcome);

/* The row of a cell in a block, or NULL. */
const struct la_bench_row *la_outcome_row(const struct la_outcome *outcome,
                                          const struct la_bench_cell *cell, unsigned block);

/* Processes that ended too early. */
unsigned la_outcome_lost_processes(const struct la_outcome *outcome);

#endif
