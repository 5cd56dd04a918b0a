/* SPDX-License-Identifier: MIT */
/*
 * depth_property_test.c: what holds for every depth policy, whatever it is shown, and what each one
 * states about itself: on a model of a list that is as simple as its contract.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depth.h"

enum { MIN = 4, MAX = 256, BURSTS = 8, NR_RANDOM = 20000, SETTLED = 300, WATCHED = 200 };

static uint64_t state = 1;

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint32_t below(uint32_t bound)
{
    uint64_t bits = state += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((bits ^ bits >> 31) % bound);
}

static struct lookaside_tick random_tick(void)
{
    struct lookaside_tick tick = {.min_depth = MIN, .max_depth = MAX};

    tick.depth = MIN + below(MAX - MIN + 1);
    tick.allocates = below(3) ? below(4000) : below(30);
    tick.misses = below(3) ? below(20) : below(4000);
    if (tick.misses > tick.allocates)
        tick.misses = tick.allocates;
    tick.held = below(tick.depth + 1);
    tick.least_held = below(tick.held + 1);
    tick.interval_ticks = 1 + below(20);
    tick.interval_idle = !below(3);
    return tick;
}

static void answers_stay_within_the_bounds(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        for (int n = 0; n < NR_RANDOM; n++) {
            const struct lookaside_tick tick = random_tick();

            assert_in_range(policy->next_depth(policy->parameters, &tick), MIN, MAX);
            if (policy->keep)
                assert_in_range(policy->keep(policy->parameters, &tick), 0, tick.depth);
        }
    }
}

static void more_misses_never_mean_less_depth(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        for (int n = 0; n < NR_RANDOM; n++) {
            struct lookaside_tick tick = random_tick();
            const uint32_t fewer = policy->next_depth(policy->parameters, &tick);

            tick.misses += below((uint32_t)(tick.allocates - tick.misses) + 1);
            assert_true(policy->next_depth(policy->parameters, &tick) >= fewer);
        }
    }
}

static void a_larger_depth_never_becomes_the_smaller_one(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        for (int n = 0; n < NR_RANDOM; n++) {
            struct lookaside_tick tick = random_tick();
            const uint32_t before = policy->next_depth(policy->parameters, &tick);

            tick.depth += below(MAX - tick.depth + 1);
            assert_true(policy->next_depth(policy->parameters, &tick) >= before);
        }
    }
}

static void a_larger_surplus_never_means_more_kept(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        for (int n = 0; n < NR_RANDOM && policy->keep; n++) {
            struct lookaside_tick tick = random_tick();
            const uint32_t before = policy->keep(policy->parameters, &tick);

            tick.least_held += below(tick.held - tick.least_held + 1);
            assert_true(policy->keep(policy->parameters, &tick) <= before);
        }
    }
}

/* A list under bursts that take `demand` entries and give them back. */
struct model {
    const struct lookaside_policy *policy;
    uint32_t depth, held, least, interval_ticks;
    bool busy;
    bool blind; /* ticks come between bursts only: they see nothing of what was out */
    uint64_t misses;
};

static struct model make_model(const char *policy, uint32_t depth)
{
    return (struct model){.policy = lookaside_policy_find(policy), .depth = depth, .held = depth};
}

static void run_bursts(struct model *model, uint32_t demand)
{
    for (int i = 0; i < BURSTS; i++) {
        const uint32_t least = demand < model->held ? model->held - demand : 0;

        model->misses += demand > model->held ? demand - model->held : 0;
        model->least = !model->blind && least < model->least ? least : model->least;
        if (demand > model->held)
            model->held = demand < model->depth ? demand : model->depth;
    }
}

static void run_tick(struct model *model, uint32_t demand)
{
    const uint64_t misses_before = model->misses;
    struct lookaside_tick tick = {.min_depth = MIN, .max_depth = MAX, .depth = model->depth};
    uint32_t keep = UINT32_MAX;

    run_bursts(model, demand);
    tick.allocates = (uint64_t)BURSTS * demand;
    tick.misses = model->misses - misses_before;
    tick.held = model->held;
    tick.least_held = tick.misses ? 0 : model->least < model->held ? model->least : model->held;
    tick.interval_ticks = ++model->interval_ticks;
    model->busy |= demand > 0;
    tick.interval_idle = !model->busy;
    model->depth = model->policy->next_depth(model->policy->parameters, &tick);
    if (model->policy->keep)
        keep = model->policy->keep(model->policy->parameters, &tick);
    keep = keep < MIN ? MIN : keep < model->depth ? keep : model->depth;
    model->held = model->held < keep ? model->held : keep;
    model->least = tick.least_held;
    if (model->interval_ticks >= model->policy->interval_ticks) {
        model->least = model->held;
        model->interval_ticks = 0;
        model->busy = false;
    }
}

static void run_ticks(struct model *model, uint32_t demand, int nr)
{
    for (int i = 0; i < nr; i++)
        run_tick(model, demand);
}

static double clamp(double depth)
{
    return fmin(fmax(depth, MIN), MAX);
}

/* In the band by the tick stated, and never out of it again. */
static void check_band(struct model model, uint32_t demand, double ticks, double low, double high)
{
    run_ticks(&model, demand, (int)ceil(ticks) + 1);
    for (int i = 0; i < WATCHED; i++) {
        if (model.depth < floor(clamp(low)) || model.depth > ceil(clamp(high)))
            fail_msg("%s: depth %u for a demand of %u, %d ticks after it should have settled",
                     model.policy->name, model.depth, demand, i);
        run_tick(&model, demand);
    }
}

static void miss_target_converges_and_oscillates_as_stated(void **unused)
{
    const struct la_miss_target_parameters *p = &la_miss_target_defaults;

    (void)unused;
    for (uint32_t demand = 1; demand <= 2 * MAX; demand++) {
        const double low = (1 - p->decrease) * (1 - p->target) * demand - 1;
        const double high = demand + 2.0 * p->increase;
        const double top = clamp(demand);

        check_band(make_model("miss-target", MIN), demand, (top - MIN) / p->increase, low, high);
        /* Every fall is cut to whole entries, so the small depths take a tick an entry. */
        check_band(make_model("miss-target", MAX), demand,
                   log(MAX / top) / -log(1 - p->decrease) + 1 / p->decrease, low, high);
    }
}

static void balance_settles_around_the_demand(void **unused)
{
    const struct la_balance_parameters *p = &la_balance_defaults;

    (void)unused;
    for (uint32_t demand = MIN; demand <= 2 * MAX; demand++) {
        const double low = (1 - p->low_miss_ratio) * demand - 1;
        /* The one entry too few is missed once for `demand` allocations; and in the next tick, when
         * it may be kept, once more. */
        const double rise = fmax(0, MAX - demand + 1.0) / demand / 2 + p->growth_base;

        check_band(make_model("balance", MIN), demand, SETTLED, low, demand + 2 * rise);
        check_band(make_model("balance", MAX), demand, SETTLED, low, demand + 2 * rise);
    }
}

static void working_set_keeps_what_is_needed_and_nothing_else(void **unused)
{
    const int interval = (int)la_working_set_defaults.interval_ticks;

    (void)unused;
    for (uint32_t demand = 0; demand <= 2 * MAX; demand++) {
        const uint32_t needed = (uint32_t)clamp(demand);
        struct model model = make_model("working-set", MAX);
        uint64_t misses;

        run_ticks(&model, MAX, interval + 1);
        run_ticks(&model, demand, 40 * interval);
        misses = model.misses;
        for (int i = 0; i < WATCHED; i++) {
            run_tick(&model, demand);
            assert_int_equal(model.held, needed);
        }
        if (demand <= MAX)
            assert_int_equal(model.misses, misses);
    }
}

static void a_minimum_that_no_tick_saw_costs_a_part_of_it_every_other_interval(void **unused)
{
    const int interval = (int)la_working_set_defaults.interval_ticks;
    const uint32_t divisor = la_working_set_defaults.busy_divisor;

    (void)unused;
    for (uint32_t demand = 1; demand <= MAX; demand++) {
        struct model model = make_model("working-set", MAX);

        model.blind = true;
        run_ticks(&model, demand, 40 * interval);
        for (int i = 0; i < 5; i++) {
            const uint64_t before = model.misses;

            run_ticks(&model, demand, 2 * interval);
            /* What is kept may be above the demand still, or be the minimum. */
            assert_in_range(model.misses - before, 0, (demand + divisor - 1) / divisor);
        }
    }
}

static void idle_lists_come_down_to_the_minimum(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        struct model model = {.policy = policy, .depth = MAX};

        run_ticks(&model, MAX, 2 * SETTLED);
        run_ticks(&model, 0, 60);
        assert_int_equal(model.held, la_policy_adapts(policy) ? MIN : MAX);
    }
}

static double mean_held(const struct lookaside_policy *policy, uint32_t demand)
{
    struct model model = {.policy = policy, .depth = policy->keep ? MAX : MIN};
    double sum = 0;

    run_ticks(&model, demand, SETTLED);
    for (int i = 0; i < WATCHED; i++) {
        run_tick(&model, demand);
        sum += model.held;
    }
    return sum / WATCHED;
}

/* Policies that swing are in another phase with another demand: a tenth more must show. */
static void more_demand_means_more_kept(void **unused)
{
    const struct lookaside_policy *policy;

    (void)unused;
    for (size_t i = 0; (policy = lookaside_policy_at(i)); i++) {
        for (uint32_t demand = 10; demand <= MAX; demand += demand / 10) {
            const double less = mean_held(policy, demand);
            const double more = mean_held(policy, demand + demand / 10);

            if (more < less)
                fail_msg("%s keeps %g for %u and %g for a tenth more", policy->name, less, demand,
                         more);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_stay_within_the_bounds),
        cmocka_unit_test(more_misses_never_mean_less_depth),
        cmocka_unit_test(a_larger_depth_never_becomes_the_smaller_one),
        cmocka_unit_test(a_larger_surplus_never_means_more_kept),
        cmocka_unit_test(miss_target_converges_and_oscillates_as_stated),
        cmocka_unit_test(balance_settles_around_the_demand),
        cmocka_unit_test(working_set_keeps_what_is_needed_and_nothing_else),
        cmocka_unit_test(a_minimum_that_no_tick_saw_costs_a_part_of_it_every_other_interval),
        cmocka_unit_test(idle_lists_come_down_to_the_minimum),
        cmocka_unit_test(more_demand_means_more_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
