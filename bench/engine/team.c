/* SPDX-License-Identifier: MIT */
/* team.c: see team.h. */
#include "team.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "platform.h"

enum { SPINS_BEFORE_YIELD = 1024 };

struct member {
    struct la_team *team;
    unsigned number;
    unsigned turn;         /* of the last step that it took part in */
    la_team_step *rest;    /* of a successor: its part of that step */
    pthread_t predecessor; /* likewise */
    bool retired;          /* another one has taken its place */
};

/* The calling thread's, for la_team_succeed(). */
static _Thread_local struct member *self;

/* Reports the last step as finished and sleeps until the next. NULL: no more. */
static la_team_step *next_step(struct la_team *team, unsigned *turn)
{
    la_team_step *step;

    pthread_mutex_lock(&team->lock);
    team->nr_idle++;
    pthread_cond_broadcast(&team->changed);
    while (team->turn == *turn)
        pthread_cond_wait(&team->changed, &team->lock);
    *turn = team->turn;
    step = team->step;
    pthread_mutex_unlock(&team->lock);
    return step;
}

static void bind_member(struct la_team *team, unsigned number)
{
    int error = la_placement_bind_self(team->placement, number);

    if (!error)
        return;
    pthread_mutex_lock(&team->lock);
    team->error = team->error ? team->error : error;
    pthread_mutex_unlock(&team->lock);
}

/* The predecessor's end comes first: it shares the CPU, and what it leaves is there then. */
static void take_over(struct member *member)
{
    pthread_join(member->predecessor, NULL);
    bind_member(member->team, member->number);
    member->rest(member->team->context, member->number);
}

static void *member_main(void *argument)
{
    struct member member = *(struct member *)argument;
    la_team_step *step;

    free(argument);
    self = &member;
    if (member.rest)
        take_over(&member);
    else
        bind_member(member.team, member.number);
    while (!member.retired && (step = next_step(member.team, &member.turn)))
        step(member.team->context, member.number);
    return NULL;
}

static int start_member(const struct member *as)
{
    struct member *member = malloc(sizeof *member);
    int error;

    if (!member)
        return -ENOMEM;
    *member = *as;
    error = pthread_create(&as->team->threads[as->number], NULL, member_main, member);
    if (error)
        free(member);
    return -error;
}

/* A successor may find its place in threads[] not written yet, but does not look at it; the team's
 * leader does, after a step that the successor ends. */
int la_team_succeed(struct la_team *team, unsigned member, la_team_step *step)
{
    const struct member successor = {.team = team,
                                     .number = member,
                                     .turn = self->turn,
                                     .rest = step,
                                     .predecessor = pthread_self()};
    const int error = start_member(&successor);

    self->retired = !error;
    return error;
}

int la_team_error(const struct la_team *team)
{
    return team->error;
}

int la_team_start(struct la_team *team, const struct la_placement *placement, void *context)
{
    int error = 0;

    *team = (struct la_team){.placement = placement, .context = context};
    team->threads = calloc(placement->nr_threads, sizeof *team->threads);
    if (!team->threads)
        return -ENOMEM;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->changed, NULL);
    while (!error && team->nr_members < placement->nr_threads) {
        error = start_member(&(struct member){.team = team, .number = team->nr_members});
        team->nr_members += !error;
    }
    la_team_finish(team);
    error = error ? error : team->error;
    if (error)
        la_team_stop(team);
    return error;
}

void la_team_begin(struct la_team *team, la_team_step *step)
{
    pthread_mutex_lock(&team->lock);
    team->step = step;
    team->nr_idle = 0;
    team->turn++;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->lock);
}

void la_team_finish(struct la_team *team)
{
    pthread_mutex_lock(&team->lock);
    while (team->nr_idle < team->nr_members)
        pthread_cond_wait(&team->changed, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

void la_team_stop(struct la_team *team)
{
    la_team_begin(team, NULL);
    for (unsigned i = 0; i < team->nr_members; i++)
        pthread_join(team->threads[i], NULL);
    pthread_cond_destroy(&team->changed);
    pthread_mutex_destroy(&team->lock);
    free(team->threads);
}

void la_team_meet(struct la_team *team)
{
    unsigned spins = 0;
    unsigned round = atomic_load_explicit(&team->opened, memory_order_relaxed);

    /* Acquire and release: what a member did before is seen by all after. */
    if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 ==
        team->nr_members) {
        atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
        /* Release: the reset goes before the gate. */
        atomic_store_explicit(&team->opened, round + 1, memory_order_release);
        return;
    }
    /* Acquire: pairs with the store above. */
    while (atomic_load_explicit(&team->opened, memory_order_acquire) == round) {
        la_cpu_relax();
        if (++spins % SPINS_BEFORE_YIELD == 0)
            sched_yield();
    }
}
