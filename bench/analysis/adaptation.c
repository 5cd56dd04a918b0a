/* SPDX-License-Identifier: MIT */
/* adaptation.c: see adaptation.h. */
#include "adaptation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "order.h"
#include "tsv.h"

enum column {
    STRATEGY,
    POLICY,
    PROFILE,
    REPETITION,
    TICKS,
    TO_95,
    OVERSHOOT,
    STEADY_HIT,
    ALLOCATES,
    HITS_LOST,
    KEPT,
    WANTED,
    END,
    NR_COLUMNS
};

static const char *const columns[NR_COLUMNS] = {
    "strategy",    "policy",        "profile",    "repetition", "ticks",
    "to_95_ticks", "overshoot",     "steady_hit", "allocates",  "hits_lost",
    "kept_byte_s", "wanted_byte_s", "end_bytes",
};

struct run {
    char name[PROFILE + 1][LA_NAME_SIZE];
    bool by_chance;
    double figures[LA_ADAPTATION_NR_FIGURES];
};

struct runs {
    struct run *runs;
    size_t nr;
};

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void work_out(struct run *run, const double *value)
{
    run->by_chance = value[REPETITION] > 0;
    run->figures[LA_ADAPTATION_OVERSHOOT] = value[OVERSHOOT];
    run->figures[LA_ADAPTATION_TO_95] =
        isnan(value[TO_95]) && !isnan(value[OVERSHOOT]) ? INFINITY : value[TO_95];
    run->figures[LA_ADAPTATION_HIT] = value[STEADY_HIT];
    run->figures[LA_ADAPTATION_LOST] = 1000 * ratio(value[HITS_LOST], value[ALLOCATES]);
    run->figures[LA_ADAPTATION_KEPT] = ratio(value[KEPT], value[TICKS]);
    run->figures[LA_ADAPTATION_EXCESS] = ratio(value[KEPT], value[WANTED]);
    run->figures[LA_ADAPTATION_END] = value[END];
}

static int read_run(struct runs *runs, struct la_tsv *tsv, struct la_why *why)
{
    double value[NR_COLUMNS];
    struct run run;

    for (size_t i = 0; i <= PROFILE; i++) {
        if (!la_is_word(tsv->fields[i])) {
            snprintf(why->line, sizeof why->line, "%.500s: line %zu: %s is no name", tsv->path,
                     tsv->nr_lines, columns[i]);
            return -1;
        }
        strcpy(run.name[i], tsv->fields[i]);
    }
    for (size_t i = REPETITION; i < NR_COLUMNS; i++) {
        if (!la_tsv_number(tsv, i, &value[i], why))
            return -1;
    }
    work_out(&run, value);
    runs->runs = la_grow_array(runs->runs, runs->nr, sizeof *runs->runs);
    runs->runs[runs->nr++] = run;
    return 0;
}

static bool is_of(const struct run *run, const struct la_adaptation_line *line)
{
    return strcmp(run->name[STRATEGY], line->strategy) == 0 &&
           strcmp(run->name[POLICY], line->policy) == 0 &&
           strcmp(run->name[PROFILE], line->profile) == 0;
}

static void estimate(double *values, size_t nr, struct la_adaptation_value *value)
{
    size_t low;

    *value = (struct la_adaptation_value){NAN, NAN, NAN};
    if (nr == 0)
        return;
    value->median = la_order_median(values, nr);
    if (la_order_interval(nr, &low)) {
        value->low = values[low];
        value->high = values[nr - 1 - low];
    }
}

/* From the line's runs with chance, or from those without. */
static void estimate_line(const struct runs *runs, struct la_adaptation_line *line)
{
    double *values = la_new_array(runs->nr, sizeof *values);
    bool by_chance = false;

    for (size_t i = 0; i < runs->nr; i++)
        by_chance |= runs->runs[i].by_chance && is_of(&runs->runs[i], line);
    for (int figure = 0; figure < LA_ADAPTATION_NR_FIGURES; figure++) {
        size_t nr = 0;

        line->nr_runs = 0;
        for (size_t i = 0; i < runs->nr; i++) {
            if (runs->runs[i].by_chance != by_chance || !is_of(&runs->runs[i], line))
                continue;
            line->nr_runs++;
            if (!isnan(runs->runs[i].figures[figure]))
                values[nr++] = runs->runs[i].figures[figure];
        }
        estimate(values, nr, &line->figures[figure]);
    }
    free(values);
}

/* A new line if the run belongs to none. */
static void add_line(struct la_adaptation *adaptation, const struct run *run)
{
    struct la_adaptation_line *line;

    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        if (is_of(run, &adaptation->lines[i]))
            return;
    }
    adaptation->lines =
        la_grow_array(adaptation->lines, adaptation->nr_lines, sizeof *adaptation->lines);
    line = &adaptation->lines[adaptation->nr_lines++];
    memset(line, 0, sizeof *line);
    strcpy(line->strategy, run->name[STRATEGY]);
    strcpy(line->policy, run->name[POLICY]);
    strcpy(line->profile, run->name[PROFILE]);
}

/* Lines of one profile together, profiles in the order in which they come: what is compared stands
 * side by side. */
static void sort_by_profile(struct la_adaptation *adaptation)
{
    const size_t nr = adaptation->nr_lines;
    struct la_adaptation_line *sorted = la_new_array(nr, sizeof *sorted);
    size_t nr_sorted = 0;

    for (size_t i = 0; i < nr; i++) {
        bool seen = false;

        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(adaptation->lines[i].profile, adaptation->lines[j].profile) == 0;
        for (size_t j = i; j < nr && !seen; j++) {
            if (strcmp(adaptation->lines[i].profile, adaptation->lines[j].profile) == 0)
                sorted[nr_sorted++] = adaptation->lines[j];
        }
    }
    free(adaptation->lines);
    adaptation->lines = sorted;
}

/* Whether there was a demand and nothing was ever there for it. */
static bool keeps_nothing(const struct la_adaptation_line *line)
{
    return line->figures[LA_ADAPTATION_HIT].median == 0 &&
           line->figures[LA_ADAPTATION_KEPT].median == 0;
}

static bool strategy_keeps_nothing(const struct la_adaptation *adaptation, const char *strategy)
{
    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        if (strcmp(adaptation->lines[i].strategy, strategy) == 0 &&
            !keeps_nothing(&adaptation->lines[i]))
            return false;
    }
    return true;
}

static bool has_line(const struct la_adaptation_line *lines, size_t nr,
                     const struct la_adaptation_line *line)
{
    for (size_t i = 0; i < nr; i++) {
        if (strcmp(lines[i].strategy, line->strategy) == 0 &&
            strcmp(lines[i].profile, line->profile) == 0 &&
            strcmp(lines[i].policy, line->policy) == 0)
            return true;
    }
    return false;
}

/* A strategy that keeps nothing under any policy has none: one line for each profile. */
static void join_policies(struct la_adaptation *adaptation)
{
    struct la_adaptation_line *lines = adaptation->lines;
    size_t nr = 0;

    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        if (strategy_keeps_nothing(adaptation, lines[i].strategy))
            strcpy(lines[i].policy, LA_ADAPTATION_NO_POLICY);
    }
    for (size_t i = 0; i < adaptation->nr_lines; i++) {
        if (!has_line(lines, nr, &lines[i]))
            lines[nr++] = lines[i];
    }
    adaptation->nr_lines = nr;
}

int la_adaptation_load(struct la_adaptation *adaptation, const char *dir, struct la_why *why)
{
    struct runs runs = {0};
    struct la_tsv tsv;
    int result = la_tsv_open(&tsv, dir, "adaptation.tsv", columns, NR_COLUMNS, why);

    if (result <= 0)
        return result;
    while ((result = la_tsv_next(&tsv, why)) > 0) {
        result = read_run(&runs, &tsv, why);
        if (result < 0)
            break;
    }
    la_tsv_close(&tsv);
    *adaptation = (struct la_adaptation){0};
    for (size_t i = 0; i < runs.nr && result == 0; i++)
        add_line(adaptation, &runs.runs[i]);
    sort_by_profile(adaptation);
    for (size_t i = 0; i < adaptation->nr_lines; i++)
        estimate_line(&runs, &adaptation->lines[i]);
    join_policies(adaptation);
    free(runs.runs);
    if (result == 0)
        return 1;
    la_adaptation_unload(adaptation);
    return -1;
}

void la_adaptation_unload(struct la_adaptation *adaptation)
{
    free(adaptation->lines);
    *adaptation = (struct la_adaptation){0};
}
