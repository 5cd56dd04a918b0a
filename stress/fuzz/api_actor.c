/* SPDX-License-Identifier: MIT */
/* api_actor.c: see api_actor.h. */
#include "api_actor.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#include "fuzz.h"

struct actor {
    pthread_t thread;
    bool lives;
    sem_t turn, done;
    void (*step)(void *context); /* NULL: the end */
    void *context;
};

static struct actor actors[NR_ACTORS];
static cpu_set_t allowed;

/* Two fuzzing processes beside each other begin on different CPUs. */
void actor_setup(void)
{
    FUZZ_CHECK(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "no affinity");
    actor_bind((unsigned)getpid());
    for (unsigned i = 1; i < NR_ACTORS; i++) {
        sem_init(&actors[i].turn, 0, 0);
        sem_init(&actors[i].done, 0, 0);
    }
}

void actor_bind(unsigned number)
{
    unsigned left = number % (unsigned)CPU_COUNT(&allowed);
    cpu_set_t one;

    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || left-- > 0)
            continue;
        CPU_SET(cpu, &one);
        break;
    }
    /* A CPU that went away is refused: then the thread stays where it is. */
    (void)sched_setaffinity(0, sizeof one, &one);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

static void *live(void *pointer)
{
    struct actor *actor = pointer;

    for (;;) {
        wait_for(&actor->turn);
        if (!actor->step)
            return NULL;
        actor->step(actor->context);
        sem_post(&actor->done);
    }
}

void actor_run(unsigned number, void (*step)(void *context), void *context)
{
    struct actor *actor = &actors[number];

    if (number == 0) {
        step(context);
        return;
    }
    if (!actor->lives)
        FUZZ_CHECK(pthread_create(&actor->thread, NULL, live, actor) == 0, "no thread");
    actor->lives = true;
    actor->step = step;
    actor->context = context;
    sem_post(&actor->turn);
    wait_for(&actor->done);
}

void actor_end(unsigned number)
{
    struct actor *actor = &actors[number];

    if (!actor->lives)
        return;
    actor->step = NULL;
    sem_post(&actor->turn);
    pthread_join(actor->thread, NULL);
    actor->lives = false;
}

bool actor_any(void)
{
    for (unsigned i = 1; i < NR_ACTORS; i++) {
        if (actors[i].lives)
            return true;
    }
    return false;
}
