/* SPDX-License-Identifier: MIT */
/*
 * choice.c: see choice.h.
 */
#include "choice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

int la_choice_check(const struct la_run *run, struct la_why *why)
{
    if (la_run_contender(run, LA_BASELINE) >= 0)
        return 0;
    snprintf(why->line, sizeof why->line,
             "bench.json holds no %s, which every ratio is taken to: measure it too", LA_BASELINE);
    return -1;
}

void la_choice_settings_init(struct la_choice_settings *settings)
{
    *settings = (struct la_choice_settings){.worth = LA_WORTH, .resampling = la_resampling_default};
}

/* Above this share of the gross figure, what is left after the floor is mostly its noise. */
#define FLOOR_SHARE_MAX 0.8

/* Lists that kept no more than this factor of the leanest are as lean as it. */
#define AS_LEAN 1.10

static const struct la_p_value not_compared = {NAN, NAN};

static int floor_contender(const struct la_run *run)
{
    for (size_t i = 0; i < run->nr_contenders; i++) {
        if (run->roles[i] == LA_ROLE_FLOOR)
            return (int)i;
    }
    return -1;
}

static struct la_scope one_group(const struct la_scope *scope, size_t index)
{
    struct la_scope one = *scope;

    one.groups = scope->groups + index;
    one.nr_groups = 1;
    return one;
}

/* The most bytes that the list was seen to hold. */
static double kept_bytes(const struct la_scope *scope, size_t contender)
{
    double most = la_counter_max(scope, LA_CACHED_BYTES, contender);

    for (size_t i = 0; i < scope->nr_groups; i++) {
        const struct la_scope one = one_group(scope, i);

        most = fmax(most, la_counter_max(&one, LA_HELD_MAX, contender) *
                              (double)scope->run->groups[scope->groups[i]].size_bytes);
    }
    return most;
}

/* The worst of the groups; a group that does not tell makes all of it unknown. */
static double p999_ns(const struct la_scope *scope, size_t contender,
                      const struct la_resampling *resampling)
{
    double worst = 0;

    for (size_t i = 0; i < scope->nr_groups; i++) {
        struct la_scope one = one_group(scope, i);
        struct la_estimate estimate;
        double weight = 1;

        one.weights = &weight;
        la_estimate_counter(&one, LA_P999_NS, contender, -1, resampling, &estimate);
        worst = isnan(worst) || isnan(estimate.high) ? NAN : fmax(worst, estimate.high);
    }
    return worst;
}

/* What the ratios of an objective are taken of: memory ranks by bytes, but judges by speed. */
static enum la_objective judged_by(const struct la_choice_settings *settings)
{
    return settings->objective == LA_MEMORY ? LA_THROUGHPUT : settings->objective;
}

static void measure_cost(const struct la_choice *choice, const struct la_choice_settings *settings,
                         struct la_standing *standing)
{
    const int floor = floor_contender(choice->scope->run);
    struct la_estimate hit;

    la_estimate_counter(choice->scope, LA_NS_PER_OP, standing->contender, -1, &settings->resampling,
                        &standing->cost);
    la_estimate_counter(choice->scope, LA_ALLOC_HIT, standing->contender, -1, &settings->resampling,
                        &hit);
    standing->allocate_hit = hit.point;
    standing->net = LA_NO_ESTIMATE;
    if (floor >= 0 && choice->floor.point <= FLOOR_SHARE_MAX * standing->cost.point)
        la_estimate_counter(choice->scope, LA_NS_PER_OP, standing->contender, floor,
                            &settings->resampling, &standing->net);
}

static void measure_standing(struct la_choice *choice, const struct la_choice_settings *settings,
                             size_t baseline, struct la_standing *standing)
{
    la_compare(choice->scope, judged_by(settings), standing->contender, baseline,
               &settings->resampling, &standing->ratio);
    for (enum la_rival rival = 0; rival < LA_NR_RIVALS; rival++)
        standing->p[rival] = not_compared;
    if (standing->contender != baseline)
        standing->p[LA_TO_MALLOC].alone = la_estimate_p(&standing->ratio, choice->half_width);
    standing->kept_bytes = kept_bytes(choice->scope, standing->contender);
    measure_cost(choice, settings, standing);
    standing->p999_ns = NAN;
    if (settings->max_p999_ns > 0)
        standing->p999_ns = p999_ns(choice->scope, standing->contender, &settings->resampling);
    if (isnan(standing->ratio.point))
        standing->unranked = LA_UNRANKED_NOT_MEASURED;
    else if (settings->limited && standing->kept_bytes > (double)settings->max_retained_bytes)
        standing->unranked = LA_UNRANKED_RETAINED;
    else if (settings->max_p999_ns > 0 && !(standing->p999_ns <= settings->max_p999_ns))
        standing->unranked = LA_UNRANKED_P999;
    if (standing->contender == baseline)
        choice->baseline_ranked = !standing->unranked;
}

static void measure_twin(struct la_choice *choice, const struct la_choice_settings *settings,
                         size_t baseline)
{
    const int twin = la_run_contender(choice->scope->run, LA_TWIN);

    choice->twin = LA_NO_ESTIMATE;
    if (twin >= 0)
        la_compare(choice->scope, judged_by(settings), (size_t)twin, baseline,
                   &settings->resampling, &choice->twin);
    choice->half_width =
        choice->twin.nr_values >= LA_MIN_BLOCKS ? la_half_width(&choice->twin) : NAN;
}

/* Blocks are counted where plain malloc is: it runs in every one of them. */
static void count_blocks(struct la_choice *choice, size_t baseline)
{
    const struct la_scope *scope = choice->scope;

    for (size_t i = 0; i < scope->nr_groups; i++) {
        size_t nr_usable = 0;

        for (size_t block = 0; block < scope->run->nr_blocks; block++) {
            const struct la_sample *sample =
                la_run_sample(scope->run, scope->groups[i], baseline, block);

            choice->nr_seen += sample != NULL;
            choice->nr_rejected += sample && sample->rejected;
            nr_usable += sample && !sample->rejected;
        }
        if (i == 0 || nr_usable < choice->nr_blocks)
            choice->nr_blocks = nr_usable;
    }
}

static void measure(struct la_choice *choice, const struct la_scope *scope,
                    const struct la_choice_settings *settings, size_t baseline)
{
    const struct la_run *run = scope->run;
    const int floor = floor_contender(run);

    memset(choice, 0, sizeof *choice);
    choice->scope = scope;
    choice->best_plain = choice->bound = -1;
    choice->bound_p = not_compared;
    choice->worth = log1p(settings->worth);
    choice->limited = settings->limited || settings->max_p999_ns > 0;
    choice->standings = la_new_array(run->nr_contenders, sizeof *choice->standings);
    count_blocks(choice, baseline);
    measure_twin(choice, settings, baseline);
    choice->floor.point = NAN;
    if (floor >= 0)
        la_estimate_counter(scope, LA_NS_PER_OP, (size_t)floor, -1, &settings->resampling,
                            &choice->floor);
    for (size_t i = 0; i < run->nr_contenders; i++) {
        const enum la_role role = run->roles[i];
        struct la_standing *standing = &choice->standings[choice->nr_standings];

        if (role != LA_ROLE_PLAIN && role != LA_ROLE_LIST)
            continue;
        standing->contender = i;
        standing->role = role;
        measure_standing(choice, settings, baseline, standing);
        choice->nr_standings++;
    }
}

/* Corrects the p-values of one family for their number. */
static void adjust(struct la_p_value *const *family, size_t nr)
{
    double *p = la_new_array(nr, sizeof *p), *adjusted = la_new_array(nr, sizeof *adjusted);

    for (size_t i = 0; i < nr; i++)
        p[i] = family[i]->alone;
    la_benjamini_hochberg(p, nr, adjusted);
    for (size_t i = 0; i < nr; i++)
        family[i]->adjusted = adjusted[i];
    free(p);
    free(adjusted);
}

/* One family: every verdict against this rival that the call will print. */
static void adjust_rival(struct la_choice *choices, size_t nr_choices, enum la_rival rival)
{
    struct la_p_value **family;
    size_t nr = 0;

    for (size_t i = 0; i < nr_choices; i++)
        nr += choices[i].nr_standings;
    family = la_new_array(nr, sizeof *family);
    nr = 0;
    for (size_t i = 0; i < nr_choices; i++) {
        for (size_t j = 0; j < choices[i].nr_standings; j++)
            family[nr++] = &choices[i].standings[j].p[rival];
    }
    adjust(family, nr);
    free(family);
}

static void adjust_bound(struct la_choice *choices, size_t nr_choices)
{
    struct la_p_value **family = la_new_array(nr_choices, sizeof *family);

    for (size_t i = 0; i < nr_choices; i++)
        family[i] = &choices[i].bound_p;
    adjust(family, nr_choices);
    free(family);
}

/* The baseline against itself is the same by definition, not by measurement. */
static void judge_against_baseline(struct la_choice *choice, size_t baseline)
{
    for (size_t i = 0; i < choice->nr_standings; i++) {
        struct la_standing *standing = &choice->standings[i];

        standing->judgement = standing->contender == baseline
                                  ? (struct la_judgement){LA_SAME, LA_REASON_NONE}
                                  : la_judge(&standing->ratio, choice->half_width,
                                             standing->p[LA_TO_MALLOC].adjusted);
    }
}

static double p_alone(const struct la_choice *choice, const struct la_estimate *log_ratio)
{
    return la_estimate_p(log_ratio, choice->half_width);
}

static bool is_better_alone(const struct la_choice *choice, const struct la_estimate *log_ratio)
{
    return la_judge(log_ratio, choice->half_width, p_alone(choice, log_ratio)).verdict == LA_BETTER;
}

static void find_best_plain(struct la_choice *choice)
{
    double highest = -HUGE_VAL;

    for (size_t i = 0; i < choice->nr_standings; i++) {
        const struct la_standing *standing = &choice->standings[i];

        if (standing->role == LA_ROLE_PLAIN && standing->ratio.point > highest) {
            highest = standing->ratio.point;
            choice->best_plain = (int)standing->contender;
        }
    }
}

/* Better than the best plain malloc means better than each of them: which one is best was seen in
 * the same data, so the one that a gain over is least proven decides. */
static void find_least(const struct la_choice *choice, const struct la_choice_settings *settings,
                       struct la_standing *standing)
{
    standing->to_least = standing->to_best;
    for (size_t i = 0; i < choice->nr_standings && is_better_alone(choice, &standing->to_least);
         i++) {
        const struct la_standing *plain = &choice->standings[i];
        struct la_estimate other;

        if (plain->role != LA_ROLE_PLAIN || plain == standing)
            continue;
        la_compare(choice->scope, judged_by(settings), standing->contender, plain->contender,
                   &settings->resampling, &other);
        if (!is_better_alone(choice, &other) ||
            p_alone(choice, &other) > p_alone(choice, &standing->to_least))
            standing->to_least = other;
    }
}

static void compare_with_best(struct la_choice *choice, const struct la_choice_settings *settings)
{
    find_best_plain(choice);
    for (size_t i = 0; choice->best_plain >= 0 && i < choice->nr_standings; i++) {
        struct la_standing *standing = &choice->standings[i];

        la_compare(choice->scope, judged_by(settings), standing->contender,
                   (size_t)choice->best_plain, &settings->resampling, &standing->to_best);
        find_least(choice, settings, standing);
        if (standing->contender != (size_t)choice->best_plain)
            standing->p[LA_TO_BEST].alone = p_alone(choice, &standing->to_least);
    }
}

static void judge_against_best(struct la_choice *choice)
{
    for (size_t i = 0; choice->best_plain >= 0 && i < choice->nr_standings; i++) {
        struct la_standing *standing = &choice->standings[i];

        standing->best_judgement =
            la_judge(&standing->to_least, choice->half_width, standing->p[LA_TO_BEST].adjusted);
    }
}

/* Objective memory: only lists whose gain is proven may save bytes against each other. */
static void leave_out_for_memory(struct la_choice *choice)
{
    for (size_t i = 0; i < choice->nr_standings; i++) {
        struct la_standing *standing = &choice->standings[i];

        if (!standing->unranked &&
            (standing->role != LA_ROLE_LIST || standing->judgement.verdict != LA_BETTER ||
             standing->ratio.low <= choice->worth))
            standing->unranked = LA_UNRANKED_OBJECTIVE;
    }
}

/* Bytes are compared in steps, so that a few entries more or less do not decide. */
static double leanness(const struct la_choice *choice, const struct la_standing *standing)
{
    double least = HUGE_VAL;

    for (size_t i = 0; i < choice->nr_standings; i++) {
        if (!choice->standings[i].unranked)
            least = fmin(least, choice->standings[i].kept_bytes);
    }
    return standing->kept_bytes <= AS_LEAN * least ? 0 : standing->kept_bytes;
}

static bool stands_before(const struct la_choice *choice, bool by_memory,
                          const struct la_standing *a, const struct la_standing *b)
{
    if (!a->unranked != !b->unranked)
        return !a->unranked;
    if (a->unranked == LA_UNRANKED_NOT_MEASURED || b->unranked == LA_UNRANKED_NOT_MEASURED)
        return a->unranked < b->unranked;
    if (by_memory && !a->unranked && leanness(choice, a) != leanness(choice, b))
        return leanness(choice, a) < leanness(choice, b);
    return a->ratio.point > b->ratio.point;
}

static void rank(struct la_choice *choice, bool by_memory)
{
    struct la_standing *standings = choice->standings;

    for (size_t i = 1; i < choice->nr_standings; i++) {
        for (size_t j = i;
             j > 0 && stands_before(choice, by_memory, &standings[j], &standings[j - 1]); j--) {
            const struct la_standing swapped = standings[j];

            standings[j] = standings[j - 1];
            standings[j - 1] = swapped;
        }
    }
    for (size_t i = 0; i < choice->nr_standings; i++)
        choice->nr_ranked += !standings[i].unranked;
}

static void compare_with_leader(struct la_choice *choice, const struct la_choice_settings *settings)
{
    for (size_t i = 1; i < choice->nr_ranked; i++) {
        struct la_standing *standing = &choice->standings[i];

        la_compare(choice->scope, judged_by(settings), standing->contender,
                   choice->standings[0].contender, &settings->resampling, &standing->to_leader);
        standing->p[LA_TO_LEADER].alone = p_alone(choice, &standing->to_leader);
    }
}

static void judge_against_leader(struct la_choice *choice, bool by_memory)
{
    for (size_t i = 1; i < choice->nr_ranked; i++) {
        struct la_standing *standing = &choice->standings[i];

        standing->leader_judgement =
            la_judge(&standing->to_leader, choice->half_width, standing->p[LA_TO_LEADER].adjusted);
        standing->tied = standing->leader_judgement.verdict != LA_WORSE;
        if (by_memory && leanness(choice, standing) > 0)
            standing->tied = false; /* it keeps more: decided by bytes, not by time */
        choice->nr_tied += standing->tied;
    }
    choice->has_winner = choice->nr_ranked > 0 && choice->nr_tied == 0 &&
                         choice->nr_blocks >= LA_MIN_BLOCKS && !isnan(choice->half_width);
}

/* "percpu-bound+glibc" of "percpu+glibc", or -1. */
static int bound_contender(const struct la_run *run, const char *list)
{
    const int strategy = (int)strcspn(list, "+");
    char name[LA_NAME_SIZE + 8];

    snprintf(name, sizeof name, "%.*s-bound%s", strategy, list, list + strategy);
    return la_run_contender(run, name);
}

/* Whether the leader gains by being compiled into its caller. */
static void compare_with_bound(struct la_choice *choice, const struct la_choice_settings *settings)
{
    const struct la_standing *leader = la_choice_leader(choice);

    if (!leader || leader->role != LA_ROLE_LIST)
        return;
    choice->bound =
        bound_contender(choice->scope->run, choice->scope->run->contenders[leader->contender]);
    if (choice->bound < 0)
        return;
    la_compare(choice->scope, judged_by(settings), (size_t)choice->bound, leader->contender,
               &settings->resampling, &choice->to_bound);
    choice->bound_p.alone = p_alone(choice, &choice->to_bound);
}

static void judge_bound(struct la_choice *choice)
{
    if (choice->bound >= 0)
        choice->bound_judgement =
            la_judge(&choice->to_bound, choice->half_width, choice->bound_p.adjusted);
}

void la_choose(const struct la_scope *scopes, size_t nr_scopes,
               const struct la_choice_settings *settings, struct la_choice *choices)
{
    const bool by_memory = settings->objective == LA_MEMORY;

    for (size_t i = 0; i < nr_scopes; i++)
        measure(&choices[i], &scopes[i], settings,
                (size_t)la_run_contender(scopes[i].run, LA_BASELINE));
    adjust_rival(choices, nr_scopes, LA_TO_MALLOC);
    for (size_t i = 0; i < nr_scopes; i++) {
        judge_against_baseline(&choices[i], (size_t)la_run_contender(scopes[i].run, LA_BASELINE));
        compare_with_best(&choices[i], settings);
        if (by_memory)
            leave_out_for_memory(&choices[i]);
        rank(&choices[i], by_memory);
        compare_with_leader(&choices[i], settings);
        compare_with_bound(&choices[i], settings);
    }
    adjust_rival(choices, nr_scopes, LA_TO_BEST);
    adjust_rival(choices, nr_scopes, LA_TO_LEADER);
    adjust_bound(choices, nr_scopes);
    for (size_t i = 0; i < nr_scopes; i++) {
        judge_against_best(&choices[i]);
        judge_against_leader(&choices[i], by_memory);
        judge_bound(&choices[i]);
    }
}

void la_choice_fini(struct la_choice *choice)
{
    free(choice->standings);
    memset(choice, 0, sizeof *choice);
}

const struct la_standing *la_choice_leader(const struct la_choice *choice)
{
    return choice->nr_ranked ? &choice->standings[0] : NULL;
}
