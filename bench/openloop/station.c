/* SPDX-License-Identifier: MIT */
/* station.c: see station.h. */
#include "station.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "random.h"
#include "sampler.h"
#include "wire.h"

bool la_openloop_station_init(struct la_openloop_station *station,
                              const struct la_openloop_plan *plan)
{
    *station = (struct la_openloop_station){.plan = plan};
    station->schedules = calloc(plan->placement->nr_threads, sizeof *station->schedules);
    station->demands = calloc(plan->placement->nr_threads, sizeof *station->demands);
    return station->schedules && station->demands;
}

void la_openloop_station_fini(struct la_openloop_station *station)
{
    for (unsigned i = 0; station->schedules && i < station->plan->placement->nr_threads; i++)
        la_schedule_fini(&station->schedules[i]);
    free(station->schedules);
    free(station->demands);
    *station = (struct la_openloop_station){0};
}

static bool plan_arrivals(struct la_openloop_station *station, double rate, uint64_t seed)
{
    const struct la_openloop_plan *plan = station->plan;
    const unsigned nr_threads = plan->placement->nr_threads;
    struct la_random random = la_random_seeded(seed);

    station->rate = 0;
    for (unsigned i = 0; i < nr_threads; i++) {
        struct la_demand *demand = &station->demands[i];

        *demand = plan->demand;
        /* Half of the operations are frees. */
        demand->allocations_per_s = rate / nr_threads / 2;
        demand->duration_ns = (double)(plan->warmup_ns + la_openloop_window_ns(plan, rate));
        demand->ticks_per_ns = 1 / la_clock.ns_per_tick;
        demand->seed = la_random_next(&random);
    }
    if (!la_schedules_plan(station->schedules, station->demands, nr_threads, plan->remote_share,
                           &station->nr_shared_slots))
        return false;
    station->rate = rate;
    station->seed = seed;
    return true;
}

bool la_openloop_station_take(struct la_openloop_station *station,
                              const struct la_openloop_order *order,
                              struct la_openloop_window *window, const char **why)
{
    const struct la_openloop_plan *plan = station->plan;
    struct la_openloop_setting setting = {
        .size = plan->size,
        .depth = plan->depth,
        .placement = plan->placement,
        .schedules = station->schedules,
        .warmup_ns = plan->warmup_ns,
        .window_ns = la_openloop_window_ns(plan, order->rate),
    };

    *why = strerror(ENOMEM);
    if ((station->rate != order->rate || station->seed != order->seed) &&
        !plan_arrivals(station, order->rate, order->seed))
        return false;
    setting.nr_shared_slots = station->nr_shared_slots;
    return la_openloop_measure(&plan->contenders[order->contender], &setting, window, why);
}

static bool carry_out(struct la_openloop_station *station, const struct la_openloop_order *order)
{
    static struct la_openloop_window window; /* large */
    const char *why;

    if (!la_openloop_station_take(station, order, &window, &why))
        return la_sampler_answer(LA_ANSWER_FAILED, 0, 0, why);
    return la_sampler_answer(LA_ANSWER_TURN, 0, 0, "") &&
           la_wire_send(LA_SAMPLER_SOCKET, &window, sizeof window) &&
           la_sampler_answer(LA_ANSWER_BLOCK, 0, 1, "");
}

static void serve_orders(const struct la_openloop_plan *plans, size_t nr_plans)
{
    struct la_openloop_station station = {0};
    struct la_openloop_order order;

    while (la_wire_receive(LA_SAMPLER_SOCKET, &order, sizeof order) && order.plan < nr_plans) {
        if (station.plan != &plans[order.plan]) {
            la_openloop_station_fini(&station);
            if (!la_openloop_station_init(&station, &plans[order.plan]))
                break;
        }
        if (!carry_out(&station, &order))
            break;
    }
    la_openloop_station_fini(&station);
}

bool la_openloop_serve(const struct la_openloop_plan *plans, size_t nr_plans)
{
    la_clock_init();
    if (!la_sampler_answer(LA_ANSWER_READY, nr_plans, 0, ""))
        return false;
    serve_orders(plans, nr_plans);
    return true;
}
