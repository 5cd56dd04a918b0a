/* SPDX-License-Identifier: MIT */
/* openloop_files.c: see openloop_files.h. */
#include "openloop_files.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "gaps.h"

uint64_t la_openloop_tail(const struct la_histogram *by_cause, double percent,
                          uint64_t beyond[LA_NR_CAUSES])
{
    struct la_histogram all;
    uint64_t sum = 0;
    size_t from;

    la_histogram_of_causes(by_cause, &all);
    from = la_histogram_bucket(la_histogram_percentile(&all, percent)) + 1;
    for (size_t c = 0; c < LA_NR_CAUSES; c++) {
        beyond[c] = 0;
        for (size_t i = from; i < LA_HISTOGRAM_BUCKETS; i++)
            beyond[c] += by_cause[c].count[i];
        sum += beyond[c];
    }
    return sum;
}

/* --- openloop.tsv --- */

static void write_percentiles(FILE *stream, const char *cell, const char *kind,
                              const struct la_histogram *by_cause)
{
    struct la_histogram all;

    la_histogram_of_causes(by_cause, &all);
    fprintf(stream, "%s\t%s_samples\tall\t%" PRIu64 "\n", cell, kind, all.total);
    for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++) {
        const double ns = la_openloop_percentile_ns(&all, la_openloop_percents[p]);

        if (!isnan(ns))
            fprintf(stream, "%s\t%s_percentile\t%g\t%.1f\n", cell, kind, la_openloop_percents[p],
                    ns);
    }
}

static void write_histogram(FILE *stream, const char *cell, const char *kind,
                            const struct la_histogram *by_cause)
{
    for (size_t c = 0; c < LA_NR_CAUSES; c++) {
        for (size_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
            if (by_cause[c].count[i])
                fprintf(stream, "%s\t%s/%s\t%.1f\t%" PRIu64 "\n", cell, kind,
                        la_cause_name((enum la_cause)c), la_clock_ns(la_histogram_upper(i)),
                        by_cause[c].count[i]);
        }
    }
}

void la_openloop_tsv_begin(FILE *stream)
{
    fprintf(stream,
            "# nanoseconds of single operations; response: from when it was due; service: from its "
            "start; buckets are at most 1/%d wide and named by their upper bound\n"
            "# timer_floor_ns %.1f: the cost of reading the clock, contained in every time\n"
            "cell\tkind\tkey\tvalue\n",
            LA_HISTOGRAM_SUB, la_clock_ns(la_clock.floor));
}

void la_openloop_tsv_add(FILE *stream, const struct la_openloop_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        const struct la_openloop_cell *cell = &outcome->cells[i];

        if (cell->nr_blocks == 0)
            continue;
        write_percentiles(stream, cell->name, "response", cell->seen.response);
        write_percentiles(stream, cell->name, "service", cell->seen.service);
        write_histogram(stream, cell->name, "response", cell->seen.response);
        write_histogram(stream, cell->name, "service", cell->seen.service);
    }
}

/* --- latency.json --- */

/* JSON has no NAN: what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *estimate_json(const struct la_openloop_estimate *estimate)
{
    return json_pack("{s:o, s:o, s:o, s:i, s:i}", "median", number(estimate->median), "low",
                     number(estimate->low), "high", number(estimate->high), "blocks",
                     (int)estimate->nr_blocks, "processes", (int)estimate->nr_processes);
}

/* Member names of the percentiles. */
static const char *const percentile_names[LA_OPENLOOP_PERCENTILES] = {"p50_ns", "p90_ns", "p99_ns",
                                                                      "p999_ns"};

static json_t *percentiles_json(const struct la_histogram *all)
{
    json_t *object = json_object();

    for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++)
        json_object_set_new(object, percentile_names[p],
                            number(la_openloop_percentile_ns(all, la_openloop_percents[p])));
    return object;
}

static json_t *blocks_json(const struct la_openloop_cell *cell, const struct la_openloop_cell *base,
                           enum la_openloop_view view)
{
    json_t *object = json_object();

    for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++) {
        const struct la_openloop_estimate estimate = la_openloop_estimate(cell, base, view, p);

        json_object_set_new(object, percentile_names[p], estimate_json(&estimate));
    }
    return object;
}

static json_t *causes_json(const struct la_openloop_cell *cell)
{
    uint64_t beyond_99[LA_NR_CAUSES], beyond_999[LA_NR_CAUSES];
    json_t *object = json_object();

    la_openloop_tail(cell->seen.response, 99, beyond_99);
    la_openloop_tail(cell->seen.response, 99.9, beyond_999);
    for (size_t c = 0; c < LA_NR_CAUSES; c++)
        json_object_set_new(
            object, la_cause_name((enum la_cause)c),
            json_pack("{s:I, s:I, s:I, s:I}", "service", (json_int_t)cell->seen.service[c].total,
                      "response", (json_int_t)cell->seen.response[c].total, "beyond_p99",
                      (json_int_t)beyond_99[c], "beyond_p999", (json_int_t)beyond_999[c]));
    return object;
}

/* Stops while nothing was due are the machine's. At the same rate they fell into operations too,
 * where they cannot be told from what the contender did. */
static double stops_expected(const struct la_openloop_cell *cell)
{
    double served_ticks = 0;

    for (size_t c = 0; c < LA_NR_CAUSES; c++) {
        for (size_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++)
            served_ticks += (double)cell->seen.service[c].count[i] * (double)la_histogram_upper(i);
    }
    return cell->seen.idle ? (double)cell->seen.nr_stops / (double)cell->seen.idle * served_ticks
                           : NAN;
}

static json_t *machine_json(const struct la_openloop_cell *cell)
{
    const double idle_s = la_clock_ns(cell->seen.idle) / 1e9;

    return json_pack(
        "{s:I, s:o, s:o, s:o}", "stops", (json_int_t)cell->seen.nr_stops, "stops_per_idle_s",
        number(idle_s > 0 ? (double)cell->seen.nr_stops / idle_s : NAN), "lost_fraction",
        number(cell->seen.idle ? (double)cell->seen.lost / (double)cell->seen.idle : NAN),
        "stops_expected_in_service", number(stops_expected(cell)));
}

static json_t *view_json(const struct la_openloop_cell *cell, const struct la_openloop_cell *base,
                         enum la_openloop_view view)
{
    struct la_histogram times;
    json_t *object;

    la_openloop_times(&cell->seen, view, &times);
    object = percentiles_json(&times);
    json_object_set_new(object, "by_block", blocks_json(cell, NULL, view));
    json_object_set_new(object, "to_malloc", blocks_json(cell, base, view));
    return object;
}

static json_t *block_percentiles_json(const struct la_openloop_cell *cell, unsigned block,
                                      enum la_openloop_view view)
{
    json_t *object = json_object();

    for (size_t p = 0; p < LA_OPENLOOP_PERCENTILES; p++)
        json_object_set_new(object, percentile_names[p], number(cell->block_ns[view][p][block]));
    return object;
}

/* What estimates of other programs, and comparisons with other runs, are made from. */
static json_t *each_block_json(const struct la_openloop_cell *cell)
{
    json_t *all = json_array();

    for (unsigned i = 0; i < cell->nr_blocks; i++)
        json_array_append_new(
            all, json_pack("{s:i, s:i, s:b, s:o, s:o, s:o}", "block", (int)cell->block[i],
                           "process", (int)cell->process[i], "overloaded", cell->late[i], "service",
                           block_percentiles_json(cell, i, LA_VIEW_SERVICE), "response",
                           block_percentiles_json(cell, i, LA_VIEW_ALL), "response_without_machine",
                           block_percentiles_json(cell, i, LA_VIEW_OWN)));
    return all;
}

static json_t *cell_json(const struct la_openloop_plan *plan,
                         const struct la_openloop_outcome *outcome, size_t index)
{
    const struct la_openloop_cell *cell = &outcome->cells[index];
    const struct la_openloop_cell *base = cell - index % plan->nr_contenders + 1;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:f, s:i, s:i, s:i, s:i, s:I, s:I, s:b}", "name", cell->name,
                  "contender", cell->contender->name, "label", la_contender_label(cell->contender),
                  "rate", cell->rate, "threads", (int)plan->placement->nr_threads, "blocks",
                  (int)cell->nr_blocks, "rejected", (int)cell->nr_rejected, "overloaded_blocks",
                  (int)cell->nr_overloaded, "operations", (json_int_t)cell->operations, "unserved",
                  (json_int_t)cell->seen.unserved, "overloaded", cell->nr_overloaded > 0);

    json_object_set_new(object, "service", view_json(cell, base, LA_VIEW_SERVICE));
    json_object_set_new(object, "response", view_json(cell, base, LA_VIEW_ALL));
    json_object_set_new(object, "response_without_machine", view_json(cell, base, LA_VIEW_OWN));
    json_object_set_new(object, "each_block", each_block_json(cell));
    json_object_set_new(object, "causes", causes_json(cell));
    json_object_set_new(object, "machine", machine_json(cell));
    return object;
}

static json_t *tally_json(const struct la_search_tally *tally)
{
    return json_pack("{s:i, s:i}", "windows", (int)tally->nr_windows, "kept", (int)tally->nr_kept);
}

static json_t *search_json(const struct la_contender *contender, const struct la_search *search)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:i, s:o, s:o}", "contender", contender->name, "answer",
                     la_search_answer_name(la_search_answer(search)), "kept_rate",
                     number(search->kept > 0 ? search->kept : NAN), "missed_rate",
                     number(search->missed > 0 ? search->missed : NAN), "steps",
                     (int)search->nr_steps, "at_kept_rate", tally_json(&search->at_kept),
                     "at_missed_rate", tally_json(&search->at_missed));
}

static json_t *target_json(const struct la_openloop_plan *plan,
                           const struct la_openloop_outcome *outcome)
{
    json_t *answers = json_array();

    if (!outcome->searches) {
        json_decref(answers);
        return json_null();
    }
    for (size_t i = 0; i < plan->nr_contenders; i++)
        json_array_append_new(answers, search_json(&plan->contenders[i], &outcome->searches[i]));
    return json_pack("{s:f, s:f, s:b, s:f, s:f, s:i, s:i, s:f, s:o}", "p999_ns", plan->target_ns,
                     "resolution", LA_SEARCH_RESOLUTION, "without_machine",
                     plan->view == LA_VIEW_OWN, "lowest_rate", plan->rates[0], "highest_rate",
                     plan->rates[plan->nr_rates - 1], "windows_first", LA_SEARCH_FIRST,
                     "windows_most", LA_SEARCH_WINDOWS, "level_per_look", LA_SEARCH_LEVEL,
                     "answers", answers);
}

static json_t *causes_told(void)
{
    json_t *all = json_array();

    for (size_t c = 0; c < LA_NR_CAUSES; c++)
        json_array_append_new(all, json_pack("{s:s, s:s}", "name", la_cause_name((enum la_cause)c),
                                             "meaning", la_cause_meaning((enum la_cause)c)));
    return all;
}

json_t *la_openloop_settings_json(const struct la_openloop_plan *plan)
{
    json_t *contenders = json_array(), *rates = json_array();

    for (size_t i = 0; i < plan->nr_contenders; i++)
        json_array_append_new(contenders, json_string(plan->contenders[i].name));
    for (size_t i = 0; i < plan->nr_rates; i++)
        json_array_append_new(rates, json_real(plan->rates[i]));
    return json_pack(
        "{s:o, s:o, s:i, s:s, s:I, s:i, s:s, s:s, s:f, s:f, s:I, s:I, s:i, s:i, s:I, s:o}",
        "contenders", contenders, "rates", rates, "threads", (int)plan->placement->nr_threads,
        "placement", plan->placement->name, "size_bytes", (json_int_t)plan->size, "depth",
        (int)plan->depth, "arrivals", la_arrivals_name(plan->demand.process), "hold_shape",
        la_hold_name(plan->demand.shape), "hold_ns", plan->demand.hold_ns, "remote_percent",
        100 * plan->remote_share, "warmup_ns", (json_int_t)plan->warmup_ns, "window_ns",
        (json_int_t)plan->window_ns, "blocks", (int)plan->blocks, "processes", (int)plan->processes,
        "seed", (json_int_t)plan->seed, "target_ns",
        plan->target_ns > 0 ? json_real(plan->target_ns) : json_null());
}

/* The widest that plain malloc against itself lies from 1, over all rates. */
static json_t *twin_json(const struct la_openloop_plan *plan,
                         const struct la_openloop_outcome *outcome, enum la_openloop_view view,
                         size_t percentile)
{
    double widest = NAN;

    for (size_t r = 0; r < plan->nr_rates; r++) {
        const struct la_openloop_cell *base = &outcome->cells[r * plan->nr_contenders + 1];
        const struct la_openloop_estimate twin =
            la_openloop_estimate(base + 1, base, view, percentile);

        if (!isnan(twin.low))
            widest = fmax(widest, fmax(1 / twin.low, twin.high));
    }
    return number(widest);
}

json_t *la_openloop_noise_json(const struct la_openloop_plan *plan,
                               const struct la_openloop_outcome *outcome)
{
    size_t nr_blocks = 0, nr_rejected = 0;

    for (size_t r = 0; r < plan->nr_rates; r++) {
        nr_blocks += outcome->cells[r * plan->nr_contenders].nr_blocks;
        nr_rejected += outcome->cells[r * plan->nr_contenders].nr_rejected;
    }
    return json_pack(
        "{s:I, s:I, s:f, s:o, s:o, s:o, s:o}", "blocks_accepted", (json_int_t)nr_blocks,
        "blocks_rejected", (json_int_t)nr_rejected, "timer_floor_ns", la_clock_ns(la_clock.floor),
        "aa_p50_ratio_widest", twin_json(plan, outcome, LA_VIEW_ALL, 0), "aa_p999_ratio_widest",
        twin_json(plan, outcome, LA_VIEW_ALL, 3), "aa_p50_ratio_widest_without_machine",
        twin_json(plan, outcome, LA_VIEW_OWN, 0), "aa_p999_ratio_widest_without_machine",
        twin_json(plan, outcome, LA_VIEW_OWN, 3));
}

json_t *la_openloop_json_new(void)
{
    return json_pack("{s:i, s:s, s:f, s:I, s:I, s:o, s:[s], s:[]}", "schema", LA_OPENLOOP_SCHEMA,
                     "clock", la_clock_name(), "timer_floor_ns", la_clock_ns(la_clock.floor),
                     "slow_ns", (json_int_t)LA_SLOW_NS, "gap_ns", (json_int_t)LA_GAP_NS, "causes",
                     causes_told(), "causes_not_told", "short interruption", "runs");
}

void la_openloop_json_add(json_t *file, const struct la_openloop_plan *plan,
                          const struct la_openloop_outcome *outcome)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < outcome->nr_cells; i++)
        json_array_append_new(cells, cell_json(plan, outcome, i));
    json_array_append_new(
        json_object_get(file, "runs"),
        json_pack("{s:b, s:o, s:o, s:o, s:o}", "interrupted", outcome->interrupted, "settings",
                  la_openloop_settings_json(plan), "noise", la_openloop_noise_json(plan, outcome),
                  "cells", cells, "target", target_json(plan, outcome)));
}
