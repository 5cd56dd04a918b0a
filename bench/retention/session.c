/* SPDX-License-Identifier: MIT */
/* session.c: see session.h. */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "floor.h"

static void set_up(void *context, unsigned member)
{
    struct la_retention_session *session = context;
    const struct la_trial_setting *setting = session->setting;
    struct la_retention_seat *seat = &session->seats[member];
    const size_t most = setting->peak > setting->longest ? setting->peak : setting->longest;
    const bool called_array = session->contender->role == LA_ROLE_CALLED_ARRAY;

    la_churn_lengths(seat->lengths, setting->longest, setting->seed + member);
    seat->churner = (struct la_churner){
        .port = {.list = &session->list.list,
                 .calls = called_array ? la_tl_array_called(&session->contender->calls)
                                       : session->contender->calls,
                 .size = setting->size},
        .kind = la_contender_loop(session->contender),
        .objects = malloc(most * sizeof(void *)),
        .lengths = seat->lengths,
        .gaps = &seat->gaps,
        .live = &seat->live,
    };
    if (seat->churner.objects)
        memset(seat->churner.objects, 0, most * sizeof(void *));
}

void la_session_busy(void *context, unsigned member)
{
    struct la_retention_session *session = context;
    struct la_retention_seat *seat = &session->seats[member];
    uint64_t before = 0, after = 0;
    bool known;

    la_gaps_reset(&seat->gaps, la_clock_ticks(LA_GAP_NS));
    la_team_meet(&session->team);
    known = la_run_delay_ns(&before);
    la_churn(&seat->churner, session->busy_ticks);
    seat->run_delay_ns = known && la_run_delay_ns(&after) ? after - before : 0;
    seat->moved |= !la_placement_holds_self(session->setting->placement, member);
}

void la_session_take_peak(void *context, unsigned member)
{
    struct la_retention_session *session = context;

    la_churn_take(&session->seats[member].churner, session->setting->peak);
}

void la_session_give_peak(void *context, unsigned member)
{
    struct la_retention_session *session = context;

    la_churn_give(&session->seats[member].churner, session->setting->peak);
}

/* The arrays per thread keep objects beyond the life of a list. */
static void clear_up(void *context, unsigned member)
{
    struct la_retention_session *session = context;

    la_tl_array_drain(&session->contender->calls, session->setting->size);
    free(session->seats[member].churner.objects);
}

void la_session_step(struct la_retention_session *session, la_team_step *step)
{
    la_team_begin(&session->team, step);
    la_team_finish(&session->team);
}

uint64_t la_session_live(const struct la_retention_session *session)
{
    uint64_t live = 0;

    /* Relaxed: a glance. */
    for (unsigned i = 0; i < session->setting->placement->nr_threads; i++)
        live += atomic_load_explicit(&session->seats[i].live, memory_order_relaxed);
    return live;
}

const char *la_session_begin(struct la_retention_session *session,
                             const struct la_contender *contender,
                             const struct la_trial_setting *setting)
{
    const size_t bytes = setting->placement->nr_threads * sizeof *session->seats;

    session->contender = contender;
    session->setting = setting;
    session->has_list = la_contender_has_list(contender);
    session->seats = aligned_alloc(LA_NO_SHARING, bytes);
    if (!session->seats)
        return strerror(ENOMEM);
    memset(session->seats, 0, bytes);
    if (la_team_start(&session->team, setting->placement, session)) {
        free(session->seats);
        return "the threads could not be started and bound to their CPUs";
    }
    la_session_step(session, set_up);
    for (unsigned i = 0; i < setting->placement->nr_threads; i++) {
        if (!session->seats[i].churner.objects) {
            la_session_end(session);
            return strerror(ENOMEM);
        }
    }
    return NULL;
}

void la_session_end(struct la_retention_session *session)
{
    la_session_step(session, clear_up);
    la_team_stop(&session->team);
    free(session->seats);
}
