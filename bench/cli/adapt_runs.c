/* SPDX-License-Identifier: MIT */
/* adapt_runs.c: see adapt_runs.h. */
#include "adapt_runs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "memory.h"
#include "random.h"
#include "record.h"
#include "strategy.h"

struct runs {
    const struct adapt_plan *plan;
    FILE *ticks, *runs;
    struct la_adapt_row *rows;
    size_t nr_done;
};

uint32_t adapt_ticks(const struct adapt_plan *plan, const struct la_profile *profile)
{
    double seconds = ADAPT_DEFAULT_TICKS;

    if (plan->nr_ticks)
        return plan->nr_ticks;
    if (profile->recorded)
        seconds = ceil(la_envelope_seconds(profile->recorded));
    return (uint32_t)fmin(fmax(seconds, LA_PROFILE_MIN_TICKS), LA_PROFILE_MAX_TICKS);
}

/* The run of that number, of strategies x profiles x policies. */
static struct la_adapt_case nth_case(const struct adapt_plan *plan, size_t number,
                                     unsigned repetition)
{
    const size_t per_strategy = plan->nr_profiles * plan->nr_policies;
    const struct la_profile *profile = &plan->profiles[number % per_strategy / plan->nr_policies];

    return (struct la_adapt_case){
        .strategy = plan->strategies[number / per_strategy],
        .policy = plan->policies[number % plan->nr_policies],
        .profile = profile,
        .nr_ticks = adapt_ticks(plan, profile),
        .seed = repetition ? plan->seed + repetition - 1 : 0,
    };
}

static int run_one(struct runs *runs, size_t number, unsigned repetition)
{
    const struct la_adapt_case what = nth_case(runs->plan, number, repetition);
    struct la_adapt_summary summary;
    struct la_demand demand;
    int status;

    if (!la_demand_init(&demand, what.profile, what.nr_ticks, what.seed))
        return cli_bad("out of memory");
    status = la_adapt_drive(&what, &demand, runs->rows);
    if (status == 0) {
        summary = la_adapt_summarise(&what, &demand, runs->rows);
        la_adaptation_write_row(runs->runs, &what, repetition, &summary);
        if (repetition == 0)
            la_adapt_write_rows(runs->ticks, &what, runs->rows);
        runs->nr_done++;
    }
    la_demand_fini(&demand);
    return status ? cli_bad("cannot run %s: %s", what.strategy->name, strerror(-status)) : CLI_DONE;
}

/* The first repetition in the order of the options, as its rows are read by people. */
static int run_repetition(struct runs *runs, struct la_random *random, unsigned repetition)
{
    const size_t nr = runs->plan->nr_strategies * runs->plan->nr_profiles * runs->plan->nr_policies;
    size_t *order = la_new_array(nr, sizeof *order);
    int status = CLI_DONE;

    if (repetition > 0)
        la_random_permutation(random, order, nr);
    for (size_t i = 0; i < nr && !status && !cli_interrupted(); i++)
        status = run_one(runs, repetition > 0 ? order[i] : i, repetition);
    free(order);
    return status;
}

static uint32_t longest(const struct adapt_plan *plan)
{
    uint32_t most = 0;

    for (size_t i = 0; i < plan->nr_profiles; i++) {
        const uint32_t nr = adapt_ticks(plan, &plan->profiles[i]);

        most = nr > most ? nr : most;
    }
    return most;
}

int adapt_run_all(const struct adapt_plan *plan, FILE *ticks, FILE *runs, size_t *nr_done)
{
    struct runs all = {.plan = plan, .ticks = ticks, .runs = runs};
    struct la_random random = la_random_seeded(plan->seed);
    int status = CLI_DONE;

    all.rows = la_new_array(longest(plan), sizeof *all.rows);
    la_adapt_write_header(ticks);
    la_adaptation_write_header(runs);
    for (unsigned i = 0; i <= plan->nr_repetitions && !status && !cli_interrupted(); i++)
        status = run_repetition(&all, &random, i);
    free(all.rows);
    *nr_done = all.nr_done;
    return !status && all.nr_done == 0 ? CLI_NOTHING : status;
}
