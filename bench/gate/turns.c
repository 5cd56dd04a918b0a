/* SPDX-License-Identifier: MIT */
/* turns.c: see turns.h. */
#include "turns.h"

#include <pthread.h>
#include <semaphore.h>

/* The entries in between are a stack: given are those that were taken last. */
static const struct la_gate_turns table[] = {
    {.name = "handover", .rounds = 40, .takes = {48, 0}, .gives = {0, 48}},
    {.name = "crossing", .rounds = 40, .takes = {100, 100}, .gives = {100, 100}},
    {.name = "thread-exit",
     .rounds = 10,
     .takes = {120, 0},
     .gives = {0, 120},
     .second_ends = true},
};

const struct la_gate_turns *la_gate_turns_at(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

struct play {
    const struct la_gate_turns *turns;
    struct la_gate_bed *bed;
    size_t nr_held;
    sem_t to_second, to_first;
    bool bound;
};

static void take_turn(struct play *play, unsigned who)
{
    for (uint32_t i = 0; i < play->turns->takes[who]; i++)
        play->bed->held[play->nr_held++] = lookaside_alloc(&play->bed->list);
    for (uint32_t i = 0; i < play->turns->gives[who]; i++)
        lookaside_free(&play->bed->list, play->bed->held[--play->nr_held]);
}

static void *second_main(void *argument)
{
    struct play *play = argument;
    const unsigned rounds = play->turns->second_ends ? 1 : play->turns->rounds;

    play->bound = la_gate_bind(1);
    for (unsigned i = 0; i < rounds && play->bound; i++) {
        sem_wait(&play->to_second);
        take_turn(play, 1);
        sem_post(&play->to_first);
    }
    if (!play->bound)
        sem_post(&play->to_first);
    return NULL;
}

/* One thread's life, with as many rounds as it has. */
static bool play_rounds(struct play *play, unsigned rounds)
{
    pthread_t second;

    if (pthread_create(&second, NULL, second_main, play) != 0)
        return false;
    for (unsigned i = 0; i < rounds; i++) {
        take_turn(play, 0);
        sem_post(&play->to_second);
        sem_wait(&play->to_first);
        if (!play->bound)
            break;
    }
    pthread_join(second, NULL);
    return play->bound;
}

bool la_gate_turns_run(const struct la_gate_turns *turns, struct la_gate_bed *bed)
{
    struct play play = {.turns = turns, .bed = bed};
    bool played = true;

    sem_init(&play.to_second, 0, 0);
    sem_init(&play.to_first, 0, 0);
    if (!turns->second_ends)
        played = play_rounds(&play, turns->rounds);
    for (unsigned i = 0; turns->second_ends && played && i < turns->rounds; i++)
        played = play_rounds(&play, 1);
    while (play.nr_held > 0)
        lookaside_free(&bed->list, bed->held[--play.nr_held]);
    sem_destroy(&play.to_second);
    sem_destroy(&play.to_first);
    return played;
}
