/* SPDX-License-Identifier: MIT */
/*
 * station.h: where windows are measured: in this process, or in one that the run started for it and
 * that takes orders from the one that leads.
 */
#ifndef LA_OPENLOOP_STATION_H
#define LA_OPENLOOP_STATION_H

#include "openloop.h"

/* A window: whose, at which rate, and the seed of its plan, which all contenders of a block share.
 */
struct la_openloop_order {
    size_t plan; /* which of the run's, each of a placement of its own */
    size_t contender;
    double rate;
    uint64_t seed;
};

struct la_openloop_station {
    const struct la_openloop_plan *plan;
    struct la_schedule *schedules; /* one a thread, of the last order's seed */
    struct la_demand *demands;
    size_t nr_shared_slots;
    double rate; /* 0: none yet */
    uint64_t seed;
};

/* False without memory. */
bool la_openloop_station_init(struct la_openloop_station *station,
                              const struct la_openloop_plan *plan);
void la_openloop_station_fini(struct la_openloop_station *station);

/* False with *why set to a line without the contender's name. */
bool la_openloop_station_take(struct la_openloop_station *station,
                              const struct la_openloop_order *order,
                              struct la_openloop_window *window, const char **why);

/* Serves the leader until it hangs up. False: it never was there. */
bool la_openloop_serve(const struct la_openloop_plan *plans, size_t nr_plans);

#endif
