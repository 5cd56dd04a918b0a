/* SPDX-License-Identifier: MIT */
/*
 * choice_json.c: see choice_json.h. A number that is not known is null, never 0.
 */
#include "choice_json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "adoption.h"
#include "map_json.h"
#include "result_dir.h"
#include "sample_size.h"

/* Nine digits: more than any of these numbers means, fewer than hide a difference. */
enum { PRECISION = 9 };

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *ratio(double log_ratio)
{
    return number(exp(log_ratio));
}

static json_t *ratio_object(const struct la_estimate *log_ratio,
                            const struct la_judgement *judgement)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:s}", "ratio", ratio(log_ratio->point), "low",
                     ratio(log_ratio->low), "high", ratio(log_ratio->high), "verdict",
                     la_verdict_name(judgement->verdict), "reason",
                     la_reason_text(judgement->reason));
}

static json_t *estimate_object(const struct la_estimate *estimate)
{
    if (isnan(estimate->point))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "median", number(estimate->point), "low",
                     number(estimate->low), "high", number(estimate->high));
}

static const char *unranked_text(enum la_unranked unranked)
{
    static const char *const texts[] = {
        [LA_RANKED] = "",
        [LA_UNRANKED_NOT_MEASURED] = "no usable block in some cell",
        [LA_UNRANKED_RETAINED] = "kept more bytes than allowed",
        [LA_UNRANKED_P999] = "not shown to keep p99.9 under the limit",
        [LA_UNRANKED_OBJECTIVE] = "not a list proven faster than plain malloc",
    };

    return texts[unranked];
}

static json_t *standing_object(const struct la_choice *choice, const struct la_standing *standing)
{
    const struct la_standing *leader = la_choice_leader(choice);
    json_t *object = ratio_object(&standing->ratio, &standing->judgement);

    json_object_set_new(object, "contender",
                        json_string(choice->scope->run->contenders[standing->contender]));
    json_object_set_new(object, "p_adjusted", number(standing->p[LA_TO_MALLOC].adjusted));
    json_object_set_new(object, "blocks", json_integer((json_int_t)standing->ratio.nr_values));
    json_object_set_new(object, "apart_at_most", ratio(la_apart_at_most(&standing->ratio)));
    json_object_set_new(object, "detectable",
                        ratio(la_detectable(&standing->ratio, &choice->twin)));
    json_object_set_new(object, "tied_with_leader", json_boolean(standing->tied));
    json_object_set_new(object, "not_ranked",
                        standing->unranked ? json_string(unranked_text(standing->unranked))
                                           : json_null());
    json_object_set_new(object, "to_best_malloc",
                        ratio_object(&standing->to_best, &standing->best_judgement));
    json_object_set_new(object, "to_leader",
                        standing == leader || standing->unranked
                            ? json_null()
                            : ratio_object(&standing->to_leader, &standing->leader_judgement));
    json_object_set_new(object, "cached_bytes_max", number(standing->kept_bytes));
    json_object_set_new(object, "p999_ns_max", number(standing->p999_ns));
    json_object_set_new(object, "alloc_hit", number(standing->allocate_hit));
    json_object_set_new(object, "ns_per_op", estimate_object(&standing->cost));
    json_object_set_new(object, "ns_per_op_net", estimate_object(&standing->net));
    return object;
}

static json_t *ranking_array(const struct la_choice *choice)
{
    json_t *array = json_array();

    for (size_t i = 0; i < choice->nr_standings; i++)
        json_array_append_new(array, standing_object(choice, &choice->standings[i]));
    return array;
}

static json_t *tied_array(const struct la_choice *choice)
{
    json_t *array = json_array();

    for (size_t i = 1; i < choice->nr_ranked; i++) {
        if (choice->standings[i].tied)
            json_array_append_new(
                array, json_string(choice->scope->run->contenders[choice->standings[i].contender]));
    }
    return array;
}

static json_t *cells_array(const struct la_run *run, const size_t *groups, size_t nr_groups)
{
    json_t *array = json_array();

    for (size_t i = 0; i < nr_groups; i++) {
        char label[LA_LABEL_SIZE];

        json_array_append_new(
            array, json_string(la_group_label(&run->groups[groups[i]], label, sizeof label)));
    }
    return array;
}

static json_t *contender_or_null(const struct la_choice *choice, bool known, size_t contender)
{
    return known ? json_string(choice->scope->run->contenders[contender]) : json_null();
}

/* winner, ratio, low, high, verdict: the leader's figures, but a verdict only for a winner. */
static void set_answer(json_t *object, const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);
    const struct la_estimate none = LA_NO_ESTIMATE;
    const struct la_estimate *estimate = leader ? &leader->ratio : &none;
    const enum la_verdict verdict = choice->has_winner ? leader->judgement.verdict : LA_UNDECIDED;
    char outcome[LA_ADVICE_SIZE];

    json_object_set_new(
        object, "winner",
        contender_or_null(choice, choice->has_winner, leader ? leader->contender : 0));
    json_object_set_new(object, "leader",
                        contender_or_null(choice, leader, leader ? leader->contender : 0));
    json_object_set_new(object, "ratio", ratio(estimate->point));
    json_object_set_new(object, "low", ratio(estimate->low));
    json_object_set_new(object, "high", ratio(estimate->high));
    json_object_set_new(object, "verdict", json_string(la_verdict_name(verdict)));
    json_object_set_new(object, "outcome",
                        json_string(la_outcome(choice, outcome, sizeof outcome)));
}

static void set_adoption(json_t *object, const struct la_choice *choice)
{
    struct la_adoption adoption;
    json_t *code = json_array();

    la_adoption_from(choice, &adoption);
    for (size_t i = 0; i < adoption.nr_lines; i++)
        json_array_append_new(code, json_string(adoption.code[i]));
    json_object_set_new(object, "advice", json_string(adoption.advice));
    json_object_set_new(object, "code", code);
}

static json_t *choice_object(const struct la_choice *choice)
{
    const struct la_scope *scope = choice->scope;
    json_t *object = json_pack("{s:s}", "name", scope->name);

    set_answer(object, choice);
    json_object_set_new(object, "tied", tied_array(choice));
    json_object_set_new(object, "cells", cells_array(scope->run, scope->groups, scope->nr_groups));
    json_object_set_new(object, "blocks_usable_min", json_integer((json_int_t)choice->nr_blocks));
    json_object_set_new(object, "blocks", json_integer((json_int_t)choice->nr_seen));
    json_object_set_new(object, "blocks_rejected", json_integer((json_int_t)choice->nr_rejected));
    json_object_set_new(object, "aa",
                        isnan(choice->twin.point)
                            ? json_null()
                            : json_pack("{s:o, s:o, s:o}", "ratio", ratio(choice->twin.point),
                                        "low", ratio(choice->twin.low), "high",
                                        ratio(choice->twin.high)));
    json_object_set_new(object, "smallest_claim", ratio(choice->half_width));
    json_object_set_new(object, "detectable", ratio(la_choice_detectable(choice)));
    json_object_set_new(
        object, "same_within",
        isnan(choice->half_width) ? json_null() : ratio(la_equivalence_margin(choice->half_width)));
    json_object_set_new(
        object, "best_malloc",
        contender_or_null(choice, choice->best_plain >= 0,
                          choice->best_plain >= 0 ? (size_t)choice->best_plain : 0));
    set_adoption(object, choice);
    json_object_set_new(object, "ranking", ranking_array(choice));
    return object;
}

static json_t *settings_object(const struct la_decision *decision)
{
    const struct la_choice_settings *settings = &decision->settings;
    const struct la_selection *selection = &decision->selection;
    json_t *object = json_pack(
        "{s:s, s:s, s:o, s:i, s:I}", "objective", la_objective_name(settings->objective),
        "baseline", LA_BASELINE, "level", number(settings->resampling.level), "resamples",
        (int)settings->resampling.nr_resamples, "seed", (json_int_t)settings->resampling.seed);

    json_object_set_new(object, "false_discovery_rate", number(LA_FALSE_DISCOVERY_RATE));
    json_object_set_new(object, "min_blocks", json_integer(LA_MIN_BLOCKS));
    json_object_set_new(object, "only_workload",
                        selection->workload ? json_string(selection->workload) : json_null());
    json_object_set_new(object, "only_threads",
                        selection->threads ? json_integer(selection->threads) : json_null());
    json_object_set_new(object, "max_retained_bytes",
                        settings->limited ? json_integer((json_int_t)settings->max_retained_bytes)
                                          : json_null());
    json_object_set_new(object, "max_p999_ns",
                        settings->max_p999_ns > 0 ? number(settings->max_p999_ns) : json_null());
    json_object_set_new(object, "worth", number(settings->worth));
    return object;
}

static json_t *effort_object(const struct la_effort *effort, const char *what)
{
    char text[LA_EFFORT_SIZE];
    json_t *object =
        json_pack("{s:I, s:I, s:I}", "open", (json_int_t)effort->nr_open, "decided",
                  (json_int_t)effort->nr_decided, "too_near", (json_int_t)effort->nr_near);

    json_object_set_new(object, "seconds", number(effort->seconds));
    json_object_set_new(object, "seconds_all", number(effort->seconds_all));
    json_object_set_new(object, "more_blocks", json_integer((json_int_t)effort->more_blocks));
    json_object_set_new(object, "more_processes", json_integer((json_int_t)effort->more_processes));
    json_object_set_new(object, "text",
                        json_string(la_effort_text(effort, what, text, sizeof text)));
    return object;
}

static json_t *further_object(const struct la_answers *answers)
{
    struct la_effort to_malloc, to_leader;

    la_effort_of_choices(answers->choices,
                         answers->scopes->nr_scopes - answers->scopes->has_overall,
                         LA_EFFORT_LIMIT_S, &to_malloc, &to_leader);
    return json_pack("{s:o, s:o}", "to_malloc",
                     effort_object(&to_malloc, "comparisons with plain malloc"), "to_leader",
                     effort_object(&to_leader, "comparisons with a first place"));
}

int la_choice_json_write(const struct la_decision *decision, FILE *stream)
{
    const struct la_scopes *scopes = &decision->scopes;
    const size_t nr_workloads = scopes->nr_scopes - scopes->has_overall;
    json_t *root = json_pack("{s:i, s:o}", "schema", 1, "settings", settings_object(decision));
    json_t *workloads = json_array();
    int error;

    for (size_t i = 0; i < nr_workloads; i++)
        json_array_append_new(workloads, choice_object(&decision->choices[i]));
    json_object_set_new(root, "workloads", workloads);
    json_object_set_new(root, "overall", choice_object(&decision->choices[scopes->nr_scopes - 1]));
    json_object_set_new(root, "further", further_object(&decision->answers));
    json_object_set_new(root, "left_out",
                        cells_array(decision->run, scopes->left_out, scopes->nr_left_out));
    json_object_set_new(root, "map", la_map_json(&decision->map));
    json_object_set_new(root, "sensitivity", la_sensitivity_json(&decision->sensitivity));
    json_object_set_new(root, "unknown", la_unknowns_json(&decision->unknowns));
    error = json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION));
    json_decref(root);
    return error || fputc('\n', stream) == EOF ? -EIO : 0;
}

int la_choice_json_save(const struct la_decision *decision, const char *dir, struct la_why *why)
{
    struct la_result_file file;
    int error = la_result_file_open(&file, dir, "choice.json");

    if (!error) {
        error = la_choice_json_write(decision, file.stream);
        if (error)
            la_result_file_abandon(&file);
        else
            error = la_result_file_commit(&file);
    }
    if (error)
        snprintf(why->line, sizeof why->line, "cannot write choice.json into %.900s: %s", dir,
                 strerror(-error));
    return error ? -1 : 0;
}
