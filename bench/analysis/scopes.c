/* SPDX-License-Identifier: MIT */
/*
 * scopes.c: see scopes.h.
 */
#include "scopes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "memory.h"
#include "point.h"

size_t la_run_workloads(const struct la_run *run, const char **names, size_t max_names)
{
    size_t nr = 0;

    for (size_t i = 0; i < run->nr_groups; i++) {
        bool known = false;

        for (size_t j = 0; j < nr; j++)
            known |= strcmp(names[j], run->groups[i].workload) == 0;
        if (!known && nr < max_names)
            names[nr++] = run->groups[i].workload;
    }
    return nr;
}

/* Into ascending numbers that hold it once; how many there are now. */
static size_t insert(uint32_t *numbers, size_t nr, uint32_t number)
{
    size_t at = 0;

    while (at < nr && numbers[at] < number)
        at++;
    if (at < nr && numbers[at] == number)
        return nr;
    memmove(&numbers[at + 1], &numbers[at], (nr - at) * sizeof *numbers);
    numbers[at] = number;
    return nr + 1;
}

size_t la_run_threads(const struct la_run *run, uint32_t *threads)
{
    size_t nr = 0;

    for (size_t i = 0; i < run->nr_groups; i++)
        nr = insert(threads, nr, run->groups[i].threads);
    return nr;
}

size_t la_scope_threads(const struct la_scope *scope, uint32_t *threads)
{
    size_t nr = 0;

    for (size_t i = 0; i < scope->nr_groups; i++)
        nr = insert(threads, nr, scope->run->groups[scope->groups[i]].threads);
    return nr;
}

static bool has_enough(const struct la_run *run, size_t group)
{
    const size_t baseline = (size_t)la_run_contender(run, LA_BASELINE);
    size_t nr = 0;

    for (size_t block = 0; block < run->nr_blocks; block++)
        nr += la_run_usable(run, group, baseline, block) != NULL;
    return nr >= LA_MIN_BLOCKS;
}

/* A workload by its own name, or by that of the class that it is counted in. */
static bool is_called(const struct la_run_group *group, const char *name)
{
    char class[LA_NAME_SIZE];

    return strcmp(group->workload, name) == 0 ||
           strcmp(la_workload_class(group->workload, class), name) == 0;
}

bool la_selected(const struct la_selection *selection, const struct la_run_group *group)
{
    return (!selection->workload || is_called(group, selection->workload)) &&
           (!selection->threads || selection->threads == group->threads);
}

/* What a scope takes: a selection, of one workload, and perhaps only groups with enough blocks. */
struct question {
    const struct la_run *run;
    const struct la_selection *selection;
    const char *workload;
    bool with_enough;
};

static bool asked(const struct la_run_group *group, const void *context)
{
    const struct question *question = context;

    if (!la_selected(question->selection, group))
        return false;
    if (question->workload && !is_called(group, question->workload))
        return false;
    return !question->with_enough ||
           has_enough(question->run, (size_t)(group - question->run->groups));
}

/* If no group has enough blocks, all are taken: the answer is then "too few blocks". */
static bool add_scope(struct la_scopes *scopes, struct question question, const char *name)
{
    struct la_scope *scope = &scopes->scopes[scopes->nr_scopes];

    question.with_enough = true;
    la_scope_init(scope, question.run, name, asked, &question);
    if (!scope->nr_groups) {
        la_scope_fini(scope);
        question.with_enough = false;
        la_scope_init(scope, question.run, name, asked, &question);
    }
    if (!scope->nr_groups) {
        la_scope_fini(scope);
        return false;
    }
    scopes->nr_scopes++;
    return true;
}

static bool in_scope(const struct la_scope *scope, size_t group)
{
    for (size_t i = 0; i < scope->nr_groups; i++) {
        if (scope->groups[i] == group)
            return true;
    }
    return false;
}

static void name_left_out(struct la_scopes *scopes, const struct question *question)
{
    const struct la_run *run = question->run;
    const struct la_scope *last = &scopes->scopes[scopes->nr_scopes - 1];

    scopes->left_out = la_new_array(run->nr_groups, sizeof *scopes->left_out);
    for (size_t i = 0; i < run->nr_groups; i++) {
        if (asked(&run->groups[i], question) && !in_scope(last, i))
            scopes->left_out[scopes->nr_left_out++] = i;
    }
}

/* Distinct classes of workloads, in the order in which they appear; their number. */
static size_t classes_of(const struct la_run *run, char (*names)[LA_NAME_SIZE])
{
    size_t nr = 0;

    for (size_t i = 0; i < run->nr_groups; i++) {
        bool known = false;

        la_workload_class(run->groups[i].workload, names[nr]);
        for (size_t j = 0; j < nr; j++)
            known |= strcmp(names[j], names[nr]) == 0;
        nr += !known;
    }
    return nr;
}

void la_scopes_by_workload(struct la_scopes *scopes, const struct la_run *run,
                           const struct la_selection *selection)
{
    char(*names)[LA_NAME_SIZE] = la_new_array(run->nr_groups, sizeof *names);
    const size_t nr_names = classes_of(run, names);
    struct question question = {.run = run, .selection = selection};

    memset(scopes, 0, sizeof *scopes);
    scopes->scopes = la_new_array(nr_names + 1, sizeof *scopes->scopes);
    for (size_t i = 0; i < nr_names; i++) {
        question.workload = names[i];
        add_scope(scopes, question, names[i]);
    }
    question.workload = NULL;
    if (scopes->nr_scopes > 1)
        scopes->has_overall = add_scope(scopes, question, "overall");
    if (scopes->nr_scopes)
        name_left_out(scopes, &question);
    free(names);
}

void la_scopes_by_group(struct la_scopes *scopes, const struct la_run *run,
                        const struct la_selection *selection)
{
    memset(scopes, 0, sizeof *scopes);
    scopes->scopes = la_new_array(run->nr_groups, sizeof *scopes->scopes);
    for (size_t i = 0; i < run->nr_groups; i++) {
        struct la_scope *scope = &scopes->scopes[scopes->nr_scopes];

        if (!la_selected(selection, &run->groups[i]))
            continue;
        scope->run = run;
        snprintf(scope->name, sizeof scope->name, "group %zu", i);
        scope->groups = la_new_array(1, sizeof *scope->groups);
        scope->weights = la_new_array(1, sizeof *scope->weights);
        scope->groups[0] = i;
        scope->weights[0] = 1;
        scope->nr_groups = 1;
        scopes->nr_scopes++;
    }
}

void la_scopes_fini(struct la_scopes *scopes)
{
    for (size_t i = 0; i < scopes->nr_scopes; i++)
        la_scope_fini(&scopes->scopes[i]);
    free(scopes->scopes);
    free(scopes->left_out);
    memset(scopes, 0, sizeof *scopes);
}
