/* SPDX-License-Identifier: MIT */
/*
 * plot_adapt.c: data for plots/adapt.gp, of a run's adapt.tsv: one file per demand profile.
 * Strategies that never held an entry (plain malloc) have nothing to show over time and are left
 * out.
 */
#include "plot_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "tsv.h"

enum { MAX_WORDS = 16 };

enum column {
    STRATEGY,
    POLICY,
    PROFILE,
    SECONDS,
    DEMAND,
    DEPTH,
    HELD,
    ALLOC_HIT,
    CACHED_BYTES,
    NR_COLUMNS
};

static const char *const columns[NR_COLUMNS] = {
    "strategy", "policy", "profile",   "seconds",      "demand",
    "depth",    "held",   "alloc_hit", "cached_bytes",
};

struct words {
    char word[MAX_WORDS][LA_NAME_SIZE];
    size_t nr;
};

struct row {
    size_t word[PROFILE + 1]; /* strategy, policy, profile as numbers */
    double value[NR_COLUMNS];
};

struct adaptation {
    struct words words[PROFILE + 1];
    bool held_any[MAX_WORDS]; /* by strategy */
    struct row *rows;
    size_t nr_rows;
};

/* The word's number, new or known; MAX_WORDS if it is no name or there are too many. */
static size_t number_of(struct words *words, const char *word)
{
    for (size_t i = 0; i < words->nr; i++) {
        if (strcmp(words->word[i], word) == 0)
            return i;
    }
    if (words->nr == MAX_WORDS || !la_is_word(word))
        return MAX_WORDS;
    strcpy(words->word[words->nr], word);
    return words->nr++;
}

static int read_row(struct adaptation *adaptation, struct la_tsv *tsv, struct la_why *why)
{
    struct row row;

    for (size_t i = 0; i <= PROFILE; i++) {
        row.word[i] = number_of(&adaptation->words[i], tsv->fields[i]);
        if (row.word[i] == MAX_WORDS) {
            snprintf(why->line, sizeof why->line,
                     "%.500s: line %zu: no names, or more than can be drawn", tsv->path,
                     tsv->nr_lines);
            return -1;
        }
    }
    for (size_t i = SECONDS; i < NR_COLUMNS; i++) {
        if (!la_tsv_number(tsv, i, &row.value[i], why))
            return -1;
    }
    adaptation->held_any[row.word[STRATEGY]] |= row.value[HELD] > 0;
    adaptation->rows =
        la_grow_array(adaptation->rows, adaptation->nr_rows, sizeof *adaptation->rows);
    adaptation->rows[adaptation->nr_rows++] = row;
    return 1;
}

static int read_all(struct adaptation *adaptation, struct la_tsv *tsv, struct la_why *why)
{
    int more;

    while ((more = la_tsv_next(tsv, why)) > 0) {
        more = read_row(adaptation, tsv, why);
        if (more < 0)
            return more;
    }
    return more;
}

static void write_row(const struct adaptation *adaptation, const struct row *row, size_t strategy,
                      FILE *stream)
{
    fprintf(stream, "%zu\t%s\t%zu\t%s\t%g\t%g\t%g", strategy,
            adaptation->words[STRATEGY].word[row->word[STRATEGY]], row->word[POLICY] + 1,
            adaptation->words[POLICY].word[row->word[POLICY]], row->value[SECONDS],
            row->value[DEMAND], row->value[DEPTH]);
    if (isnan(row->value[ALLOC_HIT]))
        fputs("\tNaN", stream);
    else
        fprintf(stream, "\t%.6g", row->value[ALLOC_HIT]);
    fprintf(stream, "\t%.6g\n", row->value[CACHED_BYTES] / 1024);
}

static int write_profile(const struct adaptation *adaptation, size_t profile,
                         const struct la_plot_input *input, const struct la_plot *plot,
                         struct la_why *why)
{
    size_t shown[MAX_WORDS] = {0}, nr_shown = 0;
    FILE *stream = la_plot_create(
        input, plot,
        "number\tstrategy\tpolicy_number\tpolicy\tseconds\tdemand\tdepth\talloc_hit\tkept_kib",
        why);

    if (!stream)
        return -1;
    for (size_t i = 0; i < adaptation->words[STRATEGY].nr; i++)
        shown[i] = adaptation->held_any[i] ? ++nr_shown : 0;
    for (size_t i = 0; i < adaptation->nr_rows; i++) {
        const struct row *row = &adaptation->rows[i];

        if (row->word[PROFILE] == profile && shown[row->word[STRATEGY]])
            write_row(adaptation, row, shown[row->word[STRATEGY]], stream);
    }
    return la_plot_finish(stream, plot, why);
}

static struct la_plot *add_plot(struct la_plots *plots)
{
    return la_plot_add(plots, "adapt", "Depth, hit ratio and memory kept, while demand moves");
}

static int write_profiles(const struct adaptation *adaptation, const struct la_plot_input *input,
                          struct la_plots *plots, struct la_why *why)
{
    const struct words *profiles = &adaptation->words[PROFILE];
    bool any = false;

    for (size_t i = 0; i < adaptation->words[STRATEGY].nr; i++)
        any |= adaptation->held_any[i];
    if (!any) {
        strcpy(add_plot(plots)->absent, "adapt.tsv shows no list that held an entry");
        return 0;
    }
    for (size_t i = 0; i < profiles->nr; i++) {
        struct la_plot *plot = add_plot(plots);

        snprintf(plot->name, sizeof plot->name, "adapt-%.50s", profiles->word[i]);
        snprintf(plot->argument, sizeof plot->argument, "%s", profiles->word[i]);
        snprintf(plot->caption, sizeof plot->caption,
                 "Depth, hit ratio and memory kept, while demand moves: %s", profiles->word[i]);
        plot->table = "strategy=strategy|policy=policy|seconds=seconds|demand=demand, "
                      "entries|depth=depth, entries|alloc_hit=allocations served|kept_kib=KiB kept";
        plot->view = "lines panel=strategy series=policy x=seconds y=depth,alloc_hit,kept_kib "
                     "area=demand step shared zero";
        if (write_profile(adaptation, i, input, plot, why))
            return -1;
    }
    return 0;
}

int la_plot_adapt(const struct la_plot_input *input, struct la_plots *plots, struct la_why *why)
{
    struct adaptation *adaptation;
    struct la_tsv tsv;
    int result = la_tsv_open(&tsv, input->dir, "adapt.tsv", columns, NR_COLUMNS, why);

    if (result < 0)
        return -1;
    if (result == 0) {
        strcpy(add_plot(plots)->absent, "there is no adapt.tsv in this run");
        return 0;
    }
    adaptation = la_new_array(1, sizeof *adaptation);
    result = read_all(adaptation, &tsv, why);
    if (result == 0)
        result = write_profiles(adaptation, input, plots, why);
    la_tsv_close(&tsv);
    free(adaptation->rows);
    free(adaptation);
    return result;
}
