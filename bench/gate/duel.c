/* SPDX-License-Identifier: MIT */
/* duel.c: see duel.h. */
#include "duel.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "choice.h"
#include "looks.h"
#include "memory.h"
#include "process.h"
#include "verdict.h"

enum side { SIDE_NEW, SIDE_OLD, NR_SIDES };

enum { TURNS = 2 };

/* A contender in a group, over all blocks. */
struct cell {
    char label[LA_LABEL_SIZE], contender[LA_NAME_SIZE];
    bool is_control;
    double *sum[NR_SIDES]; /* of each block's logarithms of operations per second */
    unsigned *nr[NR_SIDES];
    struct la_estimate estimate;
    double p, p_adjusted;
};

struct table {
    struct cell *cells;
    size_t nr;
    unsigned blocks; /* at most */
    double level;    /* of the last look */
};

/* --- running --- */

static int run_one(const struct la_duel *duel, enum side side, const char *dir, struct la_why *why)
{
    const char *const arguments[] = {side == SIDE_NEW ? duel->self : duel->other,
                                     "bench",
                                     "--quiet",
                                     "--suite",
                                     "quick",
                                     "--repetitions",
                                     "1",
                                     "--allocator",
                                     "glibc",
                                     "--workload",
                                     duel->workloads,
                                     "--strategy",
                                     duel->strategies,
                                     "--threads",
                                     duel->threads,
                                     "--out",
                                     dir,
                                     NULL};

    return la_process_run(arguments, NULL, why);
}

static struct cell *cell_of(struct table *table, const char *label, const char *contender)
{
    struct cell *cell;

    for (size_t i = 0; i < table->nr; i++) {
        if (strcmp(table->cells[i].label, label) == 0 &&
            strcmp(table->cells[i].contender, contender) == 0)
            return &table->cells[i];
    }
    table->cells = la_grow_array(table->cells, table->nr, sizeof *table->cells);
    cell = &table->cells[table->nr++];
    memset(cell, 0, sizeof *cell);
    snprintf(cell->label, sizeof cell->label, "%s", label);
    snprintf(cell->contender, sizeof cell->contender, "%s", contender);
    for (enum side side = 0; side < NR_SIDES; side++) {
        cell->sum[side] = la_new_array(table->blocks, sizeof *cell->sum[side]);
        cell->nr[side] = la_new_array(table->blocks, sizeof *cell->nr[side]);
    }
    return cell;
}

/* The median over the blocks of the process; NaN if all were rejected. */
static double speed_of(const struct la_run *run, size_t group, size_t contender)
{
    double *values = la_new_array(run->nr_blocks, sizeof *values);
    size_t nr = 0;
    double median;

    for (size_t block = 0; block < run->nr_blocks; block++) {
        const struct la_sample *sample = la_run_usable(run, group, contender, block);

        if (sample && sample->value[LA_OPS_PER_S] > 0)
            values[nr++] = sample->value[LA_OPS_PER_S];
    }
    median = la_median(values, nr);
    free(values);
    return median;
}

static void add_run(struct table *table, const struct la_run *run, enum side side, unsigned block)
{
    for (size_t group = 0; group < run->nr_groups; group++) {
        for (size_t i = 0; i < run->nr_contenders; i++) {
            const double speed = speed_of(run, group, i);
            char label[LA_LABEL_SIZE];
            struct cell *cell;

            if (run->roles[i] == LA_ROLE_TWIN)
                continue;
            la_group_label(&run->groups[group], label, sizeof label);
            cell = cell_of(table, label, run->contenders[i]);
            cell->is_control = run->roles[i] == LA_ROLE_FLOOR || run->roles[i] == LA_ROLE_PLAIN;
            /* Without a block that counts it stays open, and is seen. */
            if (isnan(speed))
                continue;
            cell->sum[side][block] += log(speed);
            cell->nr[side][block]++;
        }
    }
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *position)
{
    (void)found;
    (void)kind;
    (void)position;
    return remove(path);
}

static int take_turn(const struct la_duel *duel, struct table *table, enum side side,
                     unsigned block, const char *dir, struct la_why *why)
{
    struct la_run run;
    int result;

    result = run_one(duel, side, dir, why);
    if (result)
        return -1;
    result = la_run_load(&run, dir, why);
    if (!result) {
        add_run(table, &run, side, block);
        la_run_unload(&run);
    }
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return result;
}

/* --- judging --- */

static void estimate_cell(struct cell *cell, unsigned blocks, double margin, double level)
{
    struct la_resampling resampling = la_resampling_default;
    double *values = la_new_array(blocks, sizeof *values);
    struct la_stratum stratum = {.values = values, .weight = 1};

    for (unsigned i = 0; i < blocks; i++) {
        if (cell->nr[SIDE_NEW][i] && cell->nr[SIDE_OLD][i])
            values[stratum.nr++] = cell->sum[SIDE_OLD][i] / cell->nr[SIDE_OLD][i] -
                                   cell->sum[SIDE_NEW][i] / cell->nr[SIDE_NEW][i];
    }
    resampling.level = 1 - level;
    la_bootstrap(&stratum, 1, &resampling, &cell->estimate);
    cell->p = cell->is_control ? NAN : la_estimate_p(&cell->estimate, log1p(margin));
    free(values);
}

static void estimate_all(struct table *table, double margin)
{
    double *p = la_new_array(table->nr, sizeof *p);
    double *adjusted = la_new_array(table->nr, sizeof *adjusted);

    for (size_t i = 0; i < table->nr; i++) {
        estimate_cell(&table->cells[i], table->blocks, margin, table->level);
        p[i] = table->cells[i].p;
    }
    la_benjamini_hochberg(p, table->nr, adjusted);
    for (size_t i = 0; i < table->nr; i++)
        table->cells[i].p_adjusted = adjusted[i];
    free(p);
    free(adjusted);
}

/* How far what did not change lies from no difference in this group; NaN: not known. */
static double control_of(const struct table *table, const char *label)
{
    double widest = 0;

    for (size_t i = 0; i < table->nr; i++) {
        const struct cell *cell = &table->cells[i];

        if (cell->is_control && strcmp(cell->label, label) == 0)
            widest = isnan(cell->estimate.low) || isnan(widest)
                         ? NAN
                         : fmax(widest, la_half_width(&cell->estimate));
    }
    return widest;
}

enum la_gate_outcome la_duel_judge(const struct la_estimate *estimate, double p_adjusted,
                                   double control, double margin, double level)
{
    const double most = log1p(margin);

    if (isnan(estimate->low) || !(control <= most))
        return LA_GATE_UNDECIDED;
    if (estimate->high < most)
        return LA_GATE_PASS;
    return estimate->low > most && p_adjusted <= level ? LA_GATE_FAIL : LA_GATE_UNDECIDED;
}

static enum la_gate_outcome judge_cell(const struct table *table, const struct cell *cell,
                                       double margin)
{
    return la_duel_judge(&cell->estimate, cell->p_adjusted, control_of(table, cell->label), margin,
                         table->level);
}

static bool any_open(const struct table *table, double margin)
{
    for (size_t i = 0; i < table->nr; i++) {
        if (!table->cells[i].is_control &&
            judge_cell(table, &table->cells[i], margin) == LA_GATE_UNDECIDED)
            return true;
    }
    return false;
}

/* Whether nothing is left to be found out after so many blocks. */
static bool decided_by(struct table *table, unsigned nr_blocks, const struct la_duel *duel)
{
    if (!la_gate_look(nr_blocks, duel->blocks, LA_FALSE_DISCOVERY_RATE, &table->level))
        return false;
    estimate_all(table, duel->margin);
    return !any_open(table, duel->margin);
}

static void print_cell(const struct cell *cell, const char *verdict, FILE *stream)
{
    char ratio[16] = "n/a", interval[64] = "";

    if (!isnan(cell->estimate.point))
        snprintf(ratio, sizeof ratio, "%.3f", exp(cell->estimate.point));
    if (!isnan(cell->estimate.low))
        snprintf(interval, sizeof interval, "[%.3f, %.3f]", exp(cell->estimate.low),
                 exp(cell->estimate.high));
    fprintf(stream, "  %-16s %6s %-16s %-10s %s\n", cell->contender, ratio, interval, verdict,
            cell->label);
}

static enum la_gate_outcome judge_all(const struct table *table, double margin, FILE *stream)
{
    size_t nr[3] = {0};

    fprintf(
        stream,
        "time of this build over the other's, with its interval of 95 %% over all looks; margin "
        "%.3g %%\n",
        100 * margin);
    for (size_t i = 0; i < table->nr; i++) {
        const struct cell *cell = &table->cells[i];
        const enum la_gate_outcome own = judge_cell(table, cell, margin);

        print_cell(cell, cell->is_control ? "(control)" : la_gate_outcome_name(own), stream);
        nr[own] += !cell->is_control;
    }
    fprintf(stream, "%zu pass, %zu fail, %zu undecided\n", nr[LA_GATE_PASS], nr[LA_GATE_FAIL],
            nr[LA_GATE_UNDECIDED]);
    return nr[LA_GATE_FAIL]                             ? LA_GATE_FAIL
           : nr[LA_GATE_UNDECIDED] || !nr[LA_GATE_PASS] ? LA_GATE_UNDECIDED
                                                        : LA_GATE_PASS;
}

static int run_all(const struct la_duel *duel, struct table *table, const char *parent,
                   struct la_why *why)
{
    char dir[128];

    snprintf(dir, sizeof dir, "%s/run", parent);
    for (unsigned turn = 0; turn < TURNS * duel->blocks; turn++) {
        const unsigned block = turn / TURNS, place = turn % TURNS;
        const enum side side = (place == 0) == (block % 2 == 0) ? SIDE_NEW : SIDE_OLD;

        if (duel->interrupted && duel->interrupted()) {
            snprintf(why->line, sizeof why->line, "interrupted; nothing was judged");
            return -1;
        }
        if (duel->progress)
            duel->progress((double)turn / (TURNS * duel->blocks));
        if (take_turn(duel, table, side, block, dir, why))
            return -1;
        if (place == TURNS - 1 && decided_by(table, block + 1, duel))
            return 0;
    }
    return 0;
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->nr; i++) {
        for (enum side side = 0; side < NR_SIDES; side++) {
            free(table->cells[i].sum[side]);
            free(table->cells[i].nr[side]);
        }
    }
    free(table->cells);
}

int la_duel_run(const struct la_duel *duel, enum la_gate_outcome *outcome, FILE *stream,
                struct la_why *why)
{
    char parent[] = "/tmp/lookaside-duel-XXXXXX";
    struct table table = {.blocks = duel->blocks};
    int result;

    if (!mkdtemp(parent)) {
        snprintf(why->line, sizeof why->line, "cannot write to /tmp: %s", strerror(errno));
        return -1;
    }
    result = run_all(duel, &table, parent, why);
    nftw(parent, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (!result) {
        *outcome = judge_all(&table, duel->margin, stream);
    }
    free_table(&table);
    return result;
}
