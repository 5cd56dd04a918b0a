/* SPDX-License-Identifier: MIT */
/* soak_state.c: see soak_state.h. The file is JSON. */
#include "soak_state.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define FORMAT "lookaside-soak-2"

static const char *const trend_names[SOAK_NR_QUANTITIES] = {
    [SOAK_IN_USE] = "in_use_bytes_per_hour",
    [SOAK_RESIDENT] = "resident_bytes_per_hour",
    [SOAK_DESCRIPTORS] = "descriptors_per_hour",
};

static json_t *names_json(const char *const *names, size_t nr)
{
    json_t *array = json_array();

    for (size_t i = 0; i < nr; i++)
        json_array_append_new(array, json_string(names[i]));
    return array;
}

/* What was asked for: a soak goes on only with the same. */
static json_t *asked_json(const struct soak_state *state)
{
    return json_pack("{s:f, s:I, s:I, s:o, s:o}", "hours", state->hours, "operations",
                     (json_int_t)state->operations, "seed", (json_int_t)state->seed, "strategies",
                     names_json(state->names.strategies, state->names.nr_strategies), "scenarios",
                     names_json(state->names.scenarios, state->names.nr_scenarios));
}

static json_t *strategies_json(const struct soak_state *state)
{
    json_t *array = json_array();

    for (size_t i = 0; i < state->names.nr_strategies; i++)
        json_array_append_new(
            array, json_pack("{s:s, s:I, s:I}", "name", state->names.strategies[i], "operations",
                             (json_int_t)state->done[i], "runs", (json_int_t)state->runs[i]));
    return array;
}

static json_t *findings_json(const struct soak_state *state)
{
    json_t *array = json_array();

    for (size_t i = 0; i < state->nr_findings; i++)
        json_array_append_new(array, json_string(state->findings[i]));
    return array;
}

static json_t *trend_json(const struct la_trend *trend)
{
    return json_pack("[f, f, f]", trend->slope, trend->low, trend->high);
}

static json_t *state_json(const struct soak_state *state)
{
    json_t *json =
        json_pack("{s:s, s:o, s:f, s:I, s:I, s:o, s:o, s:b}", "format", FORMAT, "asked",
                  asked_json(state), "elapsed_s", state->elapsed_s, "runs",
                  (json_int_t)state->nr_runs, "skipped", (json_int_t)state->nr_skipped, "done",
                  strategies_json(state), "findings", findings_json(state), "grew", state->grew);

    for (int i = 0; json && state->has_steepest && i < SOAK_NR_QUANTITIES; i++)
        json_object_set_new(json, trend_names[i], trend_json(&state->steepest.trends[i]));
    return json;
}

bool soak_state_save(const struct soak_state *state, const char *path)
{
    char next[4096];
    json_t *json = state_json(state);
    bool saved;

    snprintf(next, sizeof next, "%s.next", path);
    saved = json && json_dump_file(json, next, JSON_INDENT(2)) == 0 && rename(next, path) == 0;
    json_decref(json);
    return saved;
}

static void load_trend(struct la_trend *trend, const json_t *json)
{
    trend->slope = json_number_value(json_array_get(json, 0));
    trend->low = json_number_value(json_array_get(json, 1));
    trend->high = json_number_value(json_array_get(json, 2));
}

static uint64_t count_at(const json_t *json, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(json, name));
}

/* As much as fits; no part of a letter, which could not be written again. */
static void copy_finding(char *finding, const char *text)
{
    size_t length = strlen(text);

    if (length >= SOAK_FINDING_BYTES) {
        length = SOAK_FINDING_BYTES - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(finding, text, length);
    finding[length] = '\0';
}

static void load_findings(struct soak_state *state, const json_t *findings)
{
    state->nr_findings = json_array_size(findings);
    if (state->nr_findings > SOAK_MAX_FINDINGS)
        state->nr_findings = SOAK_MAX_FINDINGS;
    for (size_t i = 0; i < state->nr_findings; i++) {
        const char *text = json_string_value(json_array_get(findings, i));

        copy_finding(state->findings[i], text ? text : "");
    }
}

static void load_progress(struct soak_state *state, const json_t *json)
{
    const json_t *done = json_object_get(json, "done");

    state->elapsed_s = json_number_value(json_object_get(json, "elapsed_s"));
    state->nr_runs = count_at(json, "runs");
    state->nr_skipped = count_at(json, "skipped");
    state->grew = json_is_true(json_object_get(json, "grew"));
    state->steepest.grows = state->grew;
    for (size_t i = 0; i < state->names.nr_strategies; i++) {
        state->done[i] = count_at(json_array_get(done, i), "operations");
        state->runs[i] = count_at(json_array_get(done, i), "runs");
    }
    load_findings(state, json_object_get(json, "findings"));
    state->has_steepest = json_object_get(json, trend_names[SOAK_IN_USE]) != NULL;
    for (int i = 0; i < SOAK_NR_QUANTITIES; i++)
        load_trend(&state->steepest.trends[i], json_object_get(json, trend_names[i]));
}

static bool is_soak(const json_t *json)
{
    const char *format = json_string_value(json_object_get(json, "format"));

    return format && strcmp(format, FORMAT) == 0 && json_is_array(json_object_get(json, "done"));
}

int soak_state_load(struct soak_state *state, const char *path)
{
    json_error_t error;
    json_t *json, *asked;
    int status = CLI_DONE;

    if (access(path, F_OK) != 0)
        return CLI_NOTHING;
    json = json_load_file(path, 0, &error);
    asked = asked_json(state);
    if (!is_soak(json))
        status = cli_bad("%s is no state of a soak: remove it to begin anew", path);
    else if (!json_equal(json_object_get(json, "asked"), asked))
        status = cli_bad("%s is of a soak that was asked for something else: finish that, or "
                         "remove it to begin anew",
                         path);
    else
        load_progress(state, json);
    json_decref(asked);
    json_decref(json);
    return status;
}

/* One that fails before any that does not. */
static bool is_steeper(const struct soak_verdict *verdict, const struct soak_verdict *other)
{
    if (verdict->grows != other->grows)
        return verdict->grows;
    return verdict->trends[SOAK_IN_USE].slope > other->trends[SOAK_IN_USE].slope;
}

void soak_state_end_process(struct soak_state *state)
{
    const struct soak_verdict verdict = soak_memory_verdict(&state->memory);

    memset(&state->memory, 0, sizeof state->memory);
    if (isnan(verdict.trends[SOAK_IN_USE].slope))
        return;
    state->grew |= verdict.grows;
    if (!state->has_steepest || is_steeper(&verdict, &state->steepest))
        state->steepest = verdict;
    state->has_steepest = true;
}
