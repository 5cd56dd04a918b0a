/* SPDX-License-Identifier: MIT */
/* retention.c: see retention.h. */
#include "retention.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "gaps.h"
#include "metadata.h"
#include "order.h"
#include "random.h"
#include "wire.h"

#define AROUND_S 0.06   /* of a trial: process, threads, the other stages; for the estimate only */
#define METADATA_S 0.03 /* likewise */
#define MAKE_UP 1.3     /* until so many times the estimate, for rejected blocks */

const char *la_retention_figure_name(enum la_retention_figure figure)
{
    static const char *const names[LA_NR_FIGURES] = {
        [LA_FIGURE_OPS_PER_S] = "ops_per_s",
        [LA_FIGURE_ALLOC_HIT] = "alloc_hit",
        [LA_FIGURE_CACHED_BUSY] = "cached_busy_bytes",
        [LA_FIGURE_RETAINED_BUSY] = "retained_busy_bytes",
        [LA_FIGURE_PEAK] = "peak_bytes",
        [LA_FIGURE_RETAINED_PEAK] = "retained_peak_bytes",
        [LA_FIGURE_RETAINED_IDLE] = "retained_idle_bytes",
        [LA_FIGURE_RETAINED_TRIM] = "retained_trim_bytes",
        [LA_FIGURE_RETAINED_PURGE] = "retained_purge_bytes",
        [LA_FIGURE_LIVE_BYTE_S] = "live_byte_s",
        [LA_FIGURE_CACHED_BYTE_S] = "cached_byte_s",
        [LA_FIGURE_RESIDENT_BYTE_S] = "resident_byte_s",
    };

    return names[figure];
}

/* A run in progress. */
struct course {
    const struct la_retention_plan *plan;
    const struct la_retention_hooks *hooks;
    struct la_retention_outcome *outcome;
    struct la_trial *trials; /* of the block that is running, by cell */
    size_t *order;
    struct la_random random;
    double done_s;
    char why[512];
};

/* --- a process for each --- */

struct answer {
    struct la_trial trial;
    double metadata_bytes[LA_NR_STAGES];
};

static void work(const struct la_contender *contender, const struct la_trial_setting *setting,
                 bool metadata, struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    if (metadata)
        la_metadata_measure(contender, setting, answer->metadata_bytes);
    else
        la_trial_run(contender, setting, &answer->trial);
}

/* The process ends without the exit handlers, which are the parent's. An interruption is the
 * parent's as well: it waits for this trial and then stops. */
static void in_child(int socket, const struct la_contender *contender,
                     const struct la_trial_setting *setting, bool metadata)
{
    static struct answer answer;

    signal(SIGINT, SIG_IGN);
    work(contender, setting, metadata, &answer);
    _exit(la_wire_send(socket, &answer, sizeof answer) ? 0 : 1);
}

static bool received(int socket, pid_t child, struct answer *answer, char *why, size_t size)
{
    const bool whole = la_wire_receive(socket, answer, sizeof *answer);
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!whole)
        snprintf(why, size, "its process ended by %s %d", WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    else
        snprintf(why, size, "%s", answer->trial.why);
    return whole && !*answer->trial.why;
}

static bool in_a_process(const struct la_contender *contender,
                         const struct la_trial_setting *setting, bool metadata,
                         struct answer *answer, char *why, size_t size)
{
    int ends[2];
    bool done;
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
        snprintf(why, size, "%s", strerror(errno));
        return false;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        in_child(ends[1], contender, setting, metadata);
    }
    close(ends[1]);
    if (child < 0)
        snprintf(why, size, "no process could be started: %s", strerror(errno));
    done = child > 0 && received(ends[0], child, answer, why, size);
    close(ends[0]);
    return done;
}

/* --- blocks --- */

static bool over(struct course *course)
{
    if (!course->outcome->interrupted && course->hooks->interrupted())
        course->outcome->interrupted = true;
    return course->outcome->interrupted || *course->why;
}

static double trial_s(const struct la_retention_plan *plan)
{
    return (double)(plan->setting.warmup_ns + plan->setting.window_ns) / 1e9 + AROUND_S;
}

static size_t count_cells(const struct la_retention_plan *plan, size_t *nr_lists)
{
    size_t nr = 0;

    *nr_lists = 0;
    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const bool list = la_contender_has_list(&plan->contenders[i]);

        nr += list ? plan->nr_depths : 1;
        *nr_lists += list ? plan->nr_depths : 0;
    }
    return nr;
}

double la_retention_estimate_s(const struct la_retention_plan *plan)
{
    size_t nr_lists;
    const size_t nr_cells = count_cells(plan, &nr_lists);

    return (double)nr_cells * plan->blocks * trial_s(plan) + (double)nr_lists * METADATA_S;
}

/* One trial, or the metadata of one list. */
static bool attempt(struct course *course, size_t index, bool metadata, uint64_t seed,
                    struct answer *answer)
{
    struct la_retention_cell *cell = &course->outcome->cells[index];
    struct la_trial_setting setting = course->plan->setting;
    char why[LA_TRIAL_WHY_BYTES + 64];

    if (over(course))
        return false;
    setting.depth = cell->depth;
    setting.seed = seed;
    if (!in_a_process(cell->contender, &setting, metadata, answer, why, sizeof why)) {
        snprintf(course->why, sizeof course->why, "%s: %s", cell->name, why);
        return false;
    }
    course->done_s += metadata ? METADATA_S : trial_s(course->plan);
    course->hooks->progress(course->done_s, cell->name);
    return true;
}

static double bytes_at(const struct la_trial *trial, enum la_stage stage)
{
    const struct la_glance *at = la_trial_end_of(trial, stage);

    return at && at->resident_bytes != INT64_MIN ? (double)at->resident_bytes : NAN;
}

static double cached_at(const struct la_trial *trial, enum la_stage stage)
{
    const struct la_glance *at = la_trial_end_of(trial, stage);

    return at && at->cached_bytes >= 0 ? (double)at->cached_bytes : NAN;
}

static double peak_of(const struct la_trial *trial)
{
    double most = NAN;

    for (unsigned i = 0; i < trial->nr_glances; i++) {
        if (trial->glances[i].resident_bytes != INT64_MIN)
            most = fmax(most, (double)trial->glances[i].resident_bytes);
    }
    return most;
}

static void figures_of(const struct la_trial *trial, double figures[LA_NR_FIGURES])
{
    const struct la_byte_seconds sums = la_trial_byte_seconds(trial);

    figures[LA_FIGURE_OPS_PER_S] = trial->ops_per_s;
    figures[LA_FIGURE_ALLOC_HIT] = trial->alloc_hit;
    figures[LA_FIGURE_CACHED_BUSY] = cached_at(trial, LA_STAGE_BUSY);
    figures[LA_FIGURE_RETAINED_BUSY] = bytes_at(trial, LA_STAGE_BUSY);
    figures[LA_FIGURE_PEAK] = peak_of(trial);
    figures[LA_FIGURE_RETAINED_PEAK] = bytes_at(trial, LA_STAGE_PEAK);
    figures[LA_FIGURE_RETAINED_IDLE] = bytes_at(trial, LA_STAGE_IDLE);
    figures[LA_FIGURE_RETAINED_TRIM] = bytes_at(trial, LA_STAGE_TRIM);
    figures[LA_FIGURE_RETAINED_PURGE] = trial->purged ? bytes_at(trial, LA_STAGE_PURGE) : NAN;
    figures[LA_FIGURE_LIVE_BYTE_S] = sums.live;
    figures[LA_FIGURE_CACHED_BYTE_S] = sums.cached;
    figures[LA_FIGURE_RESIDENT_BYTE_S] = sums.resident;
}

static void keep_trial(struct la_retention_cell *cell, const struct la_trial *trial, bool rejected)
{
    double figures[LA_NR_FIGURES];

    figures_of(trial, figures);
    for (int i = 0; i < LA_NR_FIGURES; i++)
        cell->figures[i][cell->nr_blocks] = figures[i];
    if (cell->nr_blocks == 0 || (cell->all_count && !rejected))
        cell->shown = *trial;
    cell->all_count = rejected && (cell->nr_blocks == 0 || cell->all_count);
    cell->rejected[cell->nr_blocks++] = rejected;
}

static void keep_block(struct course *course)
{
    struct la_retention_outcome *outcome = course->outcome;
    double lost_ns = 0, thread_ns = 0;
    bool rejected;

    for (size_t i = 0; i < outcome->nr_cells; i++) {
        lost_ns += course->trials[i].lost_ns;
        thread_ns += course->trials[i].thread_ns;
    }
    rejected = la_block_rejected(lost_ns, thread_ns);
    outcome->nr_rejected += rejected;
    outcome->nr_blocks += !rejected;
    for (size_t i = 0; i < outcome->nr_cells; i++)
        keep_trial(&outcome->cells[i], &course->trials[i], rejected);
}

static void run_block(struct course *course)
{
    struct la_retention_outcome *outcome = course->outcome;
    const uint64_t seed = la_random_next(&course->random);
    static struct answer answer;
    size_t nr_done = 0;

    la_random_permutation(&course->random, course->order, outcome->nr_cells);
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        if (!attempt(course, course->order[i], false, seed, &answer))
            return;
        course->trials[course->order[i]] = answer.trial;
        nr_done++;
    }
    if (nr_done == outcome->nr_cells)
        keep_block(course);
}

static void weigh_lists(struct course *course)
{
    static struct answer answer;

    for (size_t i = 0; i < course->outcome->nr_cells; i++) {
        struct la_retention_cell *cell = &course->outcome->cells[i];

        if (cell->depth && attempt(course, i, true, course->plan->seed, &answer))
            memcpy(cell->metadata_bytes, answer.metadata_bytes, sizeof cell->metadata_bytes);
    }
}

static void run_blocks(struct course *course)
{
    const struct la_retention_plan *plan = course->plan;
    const double limit_s = MAKE_UP * la_retention_estimate_s(plan);

    for (unsigned block = 0; block < plan->blocks && !over(course); block++)
        run_block(course);
    for (unsigned block = plan->blocks;
         course->outcome->nr_blocks < plan->blocks && course->done_s < limit_s &&
         block < LA_RETENTION_BLOCKS_MAX && !over(course);
         block++)
        run_block(course);
}

/* --- begin and end --- */

static void name_cell(struct la_retention_cell *cell, const struct la_retention_plan *plan)
{
    const struct la_trial_setting *setting = &plan->setting;
    char depth[32] = "none";

    if (cell->depth)
        snprintf(depth, sizeof depth, "%u", cell->depth);
    snprintf(cell->name, sizeof cell->name,
             "memory/%s/size:%zu/depth:%s/placement:%s/threads:%u/burst:%u", cell->contender->name,
             setting->size, depth, setting->placement->name, setting->placement->nr_threads,
             setting->longest);
}

static void make_cells(const struct la_retention_plan *plan, struct la_retention_outcome *outcome)
{
    size_t nr = 0;

    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const bool list = la_contender_has_list(&plan->contenders[i]);

        for (size_t d = 0; d < (list ? plan->nr_depths : 1); d++) {
            struct la_retention_cell *cell = &outcome->cells[nr++];

            cell->contender = &plan->contenders[i];
            cell->depth = list ? plan->depths[d] : 0;
            for (int s = 0; s < LA_NR_STAGES; s++)
                cell->metadata_bytes[s] = NAN;
            name_cell(cell, plan);
        }
    }
}

static void mark(struct la_retention_outcome *outcome)
{
    struct la_frontier_point *points = calloc(outcome->nr_cells, sizeof *points);
    bool *optimal = calloc(outcome->nr_cells, sizeof *optimal);

    if (points && optimal) {
        la_retention_points(outcome, points);
        la_frontier_mark(points, outcome->nr_cells, optimal);
        for (size_t i = 0; i < outcome->nr_cells; i++)
            outcome->cells[i].optimal = optimal[i];
    }
    free(points);
    free(optimal);
}

int la_retention_run(const struct la_retention_plan *plan, const struct la_retention_hooks *hooks,
                     struct la_retention_outcome *outcome, const char **why)
{
    static struct course course;
    size_t nr_lists;

    *outcome = (struct la_retention_outcome){.nr_cells = count_cells(plan, &nr_lists)};
    course = (struct course){
        .plan = plan, .hooks = hooks, .outcome = outcome, .random = la_random_seeded(plan->seed)};
    outcome->cells = calloc(outcome->nr_cells, sizeof *outcome->cells);
    course.trials = calloc(outcome->nr_cells, sizeof *course.trials);
    course.order = calloc(outcome->nr_cells, sizeof *course.order);
    if (!outcome->cells || !course.trials || !course.order) {
        snprintf(course.why, sizeof course.why, "%s", strerror(ENOMEM));
    } else {
        la_clock_init();
        make_cells(plan, outcome);
        weigh_lists(&course);
        run_blocks(&course);
        mark(outcome);
    }
    free(course.trials);
    free(course.order);
    if (!*course.why)
        return 0;
    la_retention_outcome_fini(outcome);
    *why = course.why;
    return -1;
}

void la_retention_outcome_fini(struct la_retention_outcome *outcome)
{
    free(outcome->cells);
    *outcome = (struct la_retention_outcome){0};
}

/* --- estimates --- */

struct la_retention_estimate la_retention_estimate(const struct la_retention_cell *cell,
                                                   const struct la_retention_cell *base,
                                                   enum la_retention_figure figure)
{
    struct la_retention_estimate estimate = {NAN, NAN, NAN};
    double values[LA_RETENTION_BLOCKS_MAX];
    size_t nr = 0, low;

    /* A block is kept for all cells or for none, so that its number is the same in each. */
    for (unsigned i = 0; i < cell->nr_blocks; i++) {
        const double value = cell->figures[figure][i] / (base ? base->figures[figure][i] : 1);

        if (isfinite(value) && (!cell->rejected[i] || cell->all_count))
            values[nr++] = value;
    }
    if (nr == 0)
        return estimate;
    estimate.median = la_order_median(values, nr);
    if (la_order_interval(nr, &low)) {
        estimate.low = values[low];
        estimate.high = values[nr - 1 - low];
    }
    return estimate;
}

void la_retention_points(const struct la_retention_outcome *outcome,
                         struct la_frontier_point *points)
{
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        const struct la_retention_cell *cell = &outcome->cells[i];

        points[i] = (struct la_frontier_point){
            .bytes = la_retention_estimate(cell, NULL, LA_FIGURE_RETAINED_BUSY).median,
            .speed = cell->contender->role == LA_ROLE_TWIN
                         ? NAN
                         : la_retention_estimate(cell, NULL, LA_FIGURE_OPS_PER_S).median};
    }
}
