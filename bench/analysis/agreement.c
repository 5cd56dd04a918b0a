/* SPDX-License-Identifier: MIT */
/* agreement.c: see agreement.h. */
#include "agreement.h"

#include <stdbool.h>
#include <string.h>

#include "run.h"
#include "verdict.h"

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* The element of an array of objects whose member has this value, or NULL. */
static const json_t *with(const json_t *array, const char *member, const char *value)
{
    const json_t *element;
    size_t i;

    json_array_foreach(array, i, element)
    {
        if (strcmp(text_of(element, member), value) == 0)
            return element;
    }
    return NULL;
}

static bool is(const char *word, enum la_verdict verdict)
{
    return strcmp(word, la_verdict_name(verdict)) == 0;
}

/* Names come from a file, and go to a terminal. */
static const char *shown(const char *name)
{
    return la_is_word(name) ? name : "?";
}

static void note_flip(struct la_agreement *agreement, const char *workload, const char *contender)
{
    const size_t at = strlen(agreement->flipped);

    agreement->nr_flipped++;
    snprintf(agreement->flipped + at, sizeof agreement->flipped - at, "%s%s: %s", at ? ", " : "",
             shown(workload), shown(contender));
}

static void count(struct la_agreement *agreement, const char *workload, const char *contender,
                  const char *before, const char *after)
{
    if (!*before || !*after)
        return;
    agreement->nr++;
    if (strcmp(before, after) == 0)
        agreement->held++;
    else if (is(after, LA_UNDECIDED))
        agreement->to_open++;
    else if (is(before, LA_UNDECIDED))
        agreement->from_open++;
    else if (is(before, LA_SAME) || is(after, LA_SAME))
        agreement->moved++;
    else
        note_flip(agreement, workload, contender);
}

static void count_ranking(struct la_agreement *agreement, const json_t *base, const json_t *now)
{
    const json_t *ranks = json_object_get(now, "ranking"), *rank;
    size_t i;

    json_array_foreach(json_object_get(base, "ranking"), i, rank)
    {
        const char *contender = text_of(rank, "contender");

        count(agreement, text_of(base, "name"), contender, text_of(rank, "verdict"),
              text_of(with(ranks, "contender", contender), "verdict"));
    }
}

struct la_agreement la_agreement_of(const json_t *base, const json_t *now)
{
    const json_t *workloads = json_object_get(now, "workloads"), *workload;
    struct la_agreement agreement = {0};
    size_t i;

    json_array_foreach(json_object_get(base, "workloads"), i, workload)
        count_ranking(&agreement, workload, with(workloads, "name", text_of(workload, "name")));
    count_ranking(&agreement, json_object_get(base, "overall"), json_object_get(now, "overall"));
    return agreement;
}

void la_agreement_text(const struct la_agreement *agreement, FILE *stream)
{
    if (agreement->nr == 0)
        return;
    fprintf(
        stream,
        "choices: of %zu verdicts against plain malloc %zu held, %zu became undecided, %zu were "
        "undecided and no longer, %zu are the same now or were, %zu flipped\n",
        agreement->nr, agreement->held, agreement->to_open, agreement->from_open, agreement->moved,
        agreement->nr_flipped);
    if (agreement->nr_flipped)
        fprintf(stream, "flipped: %s\n", agreement->flipped);
}

json_t *la_agreement_json(const struct la_agreement *agreement)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "verdicts", (json_int_t)agreement->nr,
                     "held", (json_int_t)agreement->held, "became_undecided",
                     (json_int_t)agreement->to_open, "no_longer_undecided",
                     (json_int_t)agreement->from_open, "moved_to_or_from_same",
                     (json_int_t)agreement->moved, "flipped", (json_int_t)agreement->nr_flipped);
}
