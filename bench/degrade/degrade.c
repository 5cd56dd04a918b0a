/* SPDX-License-Identifier: MIT */
/* degrade.c: see degrade.h. */
#include "degrade.h"

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
#include "order.h"
#include "random.h"
#include "wire.h"

#define AROUND_S 0.03 /* of a trial: process and threads; for the estimate only */

/* A trial that does not end is ended: an antagonist must not outlive its time. */
enum { TRIAL_LIMIT_S = 60 };

const char *la_degrade_figure_name(enum la_degrade_figure figure)
{
    static const char *const names[LA_DEGRADE_NR_FIGURES] = {
        [LA_DEGRADE_OPS_PER_S] = "ops_per_s",
        [LA_DEGRADE_KEPT] = "kept",
        [LA_DEGRADE_P50_NS] = "p50_ns",
        [LA_DEGRADE_P999_NS] = "p999_ns",
        [LA_DEGRADE_EVENTS_PER_S] = "events_per_s",
        [LA_DEGRADE_PREEMPTED_PER_S] = "preempted_per_s",
    };

    return names[figure];
}

struct course {
    const struct la_degrade_plan *plan;
    const struct la_degrade_hooks *hooks;
    struct la_degrade_outcome *outcome;
    size_t *order;
    struct la_random random;
    double done_s;
    char why[512];
};

/* --- a process for each --- */

/* An interruption is the parent's: it waits for this trial and then stops. */
static void in_child(int socket, const struct la_degrade_cell *cell,
                     const struct la_trial_setting *setting)
{
    struct la_degrade_trial trial;

    signal(SIGINT, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    alarm(TRIAL_LIMIT_S);
    la_degrade_trial_run(cell->contender, setting, cell->nuisance, cell->rate, &trial);
    _exit(la_wire_send(socket, &trial, sizeof trial) ? 0 : 1);
}

static const char *in_a_process(const struct la_degrade_cell *cell,
                                const struct la_trial_setting *setting,
                                struct la_degrade_trial *trial)
{
    bool whole;
    int ends[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return strerror(errno);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        in_child(ends[1], cell, setting);
    }
    close(ends[1]);
    whole = child > 0 && la_wire_receive(ends[0], trial, sizeof *trial);
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (child < 0)
        return "no process could be started";
    return !whole ? "its process ended early" : *trial->why ? trial->why : NULL;
}

/* --- blocks --- */

static double trial_s(const struct la_degrade_plan *plan)
{
    return (double)(plan->setting.warmup_ns + plan->setting.window_ns) / 1e9 + AROUND_S;
}

static size_t count_cells(const struct la_degrade_plan *plan)
{
    return plan->nr_contenders * (1 + plan->nr_nuisances * plan->nr_rates);
}

double la_degrade_estimate_s(const struct la_degrade_plan *plan)
{
    return (double)count_cells(plan) * plan->blocks * trial_s(plan);
}

static bool over(struct course *course)
{
    if (!course->outcome->interrupted && course->hooks->interrupted())
        course->outcome->interrupted = true;
    return course->outcome->interrupted || *course->why;
}

static void attempt(struct course *course, size_t index, unsigned block, uint64_t seed)
{
    struct la_degrade_cell *cell = &course->outcome->cells[index];
    struct la_trial_setting setting = course->plan->setting;
    struct la_degrade_trial trial;
    const char *why;

    setting.seed = seed;
    why = in_a_process(cell, &setting, &trial);
    if (why) {
        snprintf(course->why, sizeof course->why, "%s, %s at %g per second: %s",
                 cell->contender->name, la_nuisance_name(cell->nuisance), cell->rate, why);
        return;
    }
    cell->figures[LA_DEGRADE_OPS_PER_S][block] = trial.ops_per_s;
    cell->figures[LA_DEGRADE_P50_NS][block] = trial.p50_ns;
    cell->figures[LA_DEGRADE_P999_NS][block] = trial.p999_ns;
    cell->figures[LA_DEGRADE_EVENTS_PER_S][block] = trial.events_per_s;
    cell->figures[LA_DEGRADE_PREEMPTED_PER_S][block] = trial.preempted_per_s;
    course->outcome->real_time |= trial.real_time;
    course->done_s += trial_s(course->plan);
    course->hooks->progress(course->done_s, cell->contender->name);
}

bool la_degrade_wants_priority(const struct la_degrade_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        if (outcome->cells[i].nuisance == LA_PREEMPT || outcome->cells[i].nuisance == LA_MIGRATE)
            return true;
    }
    return false;
}

static void compare_with_undisturbed(struct la_degrade_outcome *outcome, unsigned block)
{
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        struct la_degrade_cell *cell = &outcome->cells[i];
        const struct la_degrade_cell *base = &outcome->cells[cell->undisturbed];

        cell->figures[LA_DEGRADE_KEPT][block] =
            cell->figures[LA_DEGRADE_OPS_PER_S][block] / base->figures[LA_DEGRADE_OPS_PER_S][block];
    }
}

static void run_block(struct course *course, unsigned block)
{
    struct la_degrade_outcome *outcome = course->outcome;
    const uint64_t seed = la_random_next(&course->random);

    la_random_permutation(&course->random, course->order, outcome->nr_cells);
    for (size_t i = 0; i < outcome->nr_cells; i++) {
        if (over(course))
            return;
        attempt(course, course->order[i], block, seed);
    }
    if (*course->why)
        return;
    compare_with_undisturbed(outcome, block);
    outcome->nr_blocks = block + 1;
}

/* --- begin and end --- */

static void make_cells(const struct la_degrade_plan *plan, struct la_degrade_outcome *outcome)
{
    size_t nr = 0;

    for (size_t i = 0; i < plan->nr_contenders; i++) {
        const size_t undisturbed = nr;

        outcome->cells[nr++] =
            (struct la_degrade_cell){.contender = plan->contenders[i], .undisturbed = undisturbed};
        for (size_t n = 0; n < plan->nr_nuisances; n++) {
            for (size_t r = 0; r < plan->nr_rates; r++)
                outcome->cells[nr++] = (struct la_degrade_cell){.contender = plan->contenders[i],
                                                                .nuisance = plan->nuisances[n],
                                                                .rate = plan->rates[r],
                                                                .undisturbed = undisturbed};
        }
    }
}

int la_degrade_run(const struct la_degrade_plan *plan, const struct la_degrade_hooks *hooks,
                   struct la_degrade_outcome *outcome, const char **why)
{
    static struct course course;

    *outcome = (struct la_degrade_outcome){.nr_cells = count_cells(plan)};
    course = (struct course){
        .plan = plan, .hooks = hooks, .outcome = outcome, .random = la_random_seeded(plan->seed)};
    outcome->cells = calloc(outcome->nr_cells, sizeof *outcome->cells);
    course.order = calloc(outcome->nr_cells, sizeof *course.order);
    if (!outcome->cells || !course.order) {
        snprintf(course.why, sizeof course.why, "%s", strerror(ENOMEM));
    } else {
        la_clock_init();
        make_cells(plan, outcome);
        for (unsigned block = 0; block < plan->blocks && !over(&course); block++)
            run_block(&course, block);
    }
    free(course.order);
    if (!*course.why)
        return 0;
    la_degrade_outcome_fini(outcome);
    *why = course.why;
    return -1;
}

void la_degrade_outcome_fini(struct la_degrade_outcome *outcome)
{
    free(outcome->cells);
    *outcome = (struct la_degrade_outcome){0};
}

struct la_degrade_estimate la_degrade_estimate(const struct la_degrade_outcome *outcome,
                                               const struct la_degrade_cell *cell,
                                               enum la_degrade_figure figure)
{
    struct la_degrade_estimate estimate = {NAN, NAN, NAN};
    double values[LA_DEGRADE_BLOCKS_MAX];
    size_t low;

    if (outcome->nr_blocks == 0)
        return estimate;
    memcpy(values, cell->figures[figure], outcome->nr_blocks * sizeof *values);
    estimate.median = la_order_median(values, outcome->nr_blocks);
    if (la_order_interval(outcome->nr_blocks, &low)) {
        estimate.low = values[low];
        estimate.high = values[outcome->nr_blocks - 1 - low];
    }
    return estimate;
}
