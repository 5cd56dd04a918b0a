/* SPDX-License-Identifier: MIT */
/* session.h: the threads of a trial and what they churn on. */
#ifndef LA_RETENTION_SESSION_H
#define LA_RETENTION_SESSION_H

#include "churn.h"
#include "team.h"
#include "trial.h"

struct la_retention_seat {
    _Alignas(LA_NO_SHARING) _Atomic uint64_t live;
    struct la_churner churner;
    struct la_gaps gaps;
    uint64_t run_delay_ns;
    bool moved;
    uint32_t lengths[LA_CHURN_LENGTHS];
};

struct la_retention_session {
    const struct la_contender *contender;
    const struct la_trial_setting *setting;
    bool has_list;
    struct la_contender_list list; /* the caller's to make */
    struct la_team team;
    struct la_retention_seat *seats;
    uint64_t busy_ticks; /* of the next la_session_busy */
};

/* Makes and starts the threads, with all their memory touched. NULL, or why not, in one line. */
const char *la_session_begin(struct la_retention_session *session,
                             const struct la_contender *contender,
                             const struct la_trial_setting *setting);
void la_session_end(struct la_retention_session *session);

/* Steps for la_team_begin(). */
la_team_step la_session_busy, la_session_take_peak, la_session_give_peak;

/* One of them from its beginning to its end. */
void la_session_step(struct la_retention_session *session, la_team_step *step);

/* Objects that the threads hold now, as far as one can see from outside. */
uint64_t la_session_live(const struct la_retention_session *session);

#endif
