/* SPDX-License-Identifier: MIT */
/*
 * team.h: threads that go through the same steps together.
 *
 * The members of a team are bound to their CPUs as they start, and live as long as the team unless
 * a step has them replaced. The
 * leader, which is no member, starts one step after another; a step is over when every member has
 * finished it, and between steps all of them sleep. So what members did in a step is there for
 * the leader to read, and the other way round.
 */
#ifndef LA_TEAM_H
#define LA_TEAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "placement.h"

struct la_team;

/* One member's part of one step. */
typedef void la_team_step(void *context, unsigned member);

struct la_team {
    const struct la_placement *placement;
    void *context;
    pthread_t *threads;
    unsigned nr_members;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    la_team_step *step; /* NULL: go home */
    unsigned turn;      /* steps started */
    unsigned nr_idle;   /* members that have finished the step */
    int error;          /* the first member's that could not be bound */

    /* The gate: see la_team_meet(). */
    _Atomic unsigned arrived;
    _Atomic unsigned opened;
};

/* Starts a thread for every CPU of the placement; 0, or -errno with nothing left running. */
int la_team_start(struct la_team *team, const struct la_placement *placement, void *context);

/* Starts a step on every member. */
void la_team_begin(struct la_team *team, la_team_step *step);

/* Waits until every member has finished it. */
void la_team_finish(struct la_team *team);

/* Ends the threads, between steps. */
void la_team_stop(struct la_team *team);

/*
 * Within a step: waits, awake, until every member is here, so that they leave within a cache miss
 * of each other. Every member of the team has to come, each time.
 */
void la_team_meet(struct la_team *team);

/*
 * Within a step, by a member, and then nothing more of it: another thread takes the member's place,
 * on the same CPU. It begins once the caller's thread has ended, with everything that ends with a
 * thread, and does step as its part of the step that is going on. 0 or -errno: the caller goes on
 * itself. A successor that cannot be bound shows in la_team_error().
 */
int la_team_succeed(struct la_team *team, unsigned member, la_team_step *step);

/* Between steps: the first error of a member's binding; 0: none. */
int la_team_error(const struct la_team *team);

#endif
