/* SPDX-License-Identifier: MIT */
/*
 * api_actor.h: the threads of the API target. They take turns: one at a time does one step, and the
 * others wait, so that a program of bytes does the same each time it is run.
 */
#ifndef LOOKASIDE_FUZZ_API_ACTOR_H
#define LOOKASIDE_FUZZ_API_ACTOR_H

#include <stdbool.h>

enum { NR_ACTORS = 3 }; /* actor 0 is the calling thread */

/* Runs step(context) on the thread of the actor of that number, which is started if it does not
 * live. */
void actor_run(unsigned number, void (*step)(void *context), void *context);

/* Ends the actor's thread and waits for that; nothing for actor 0. */
void actor_end(unsigned number);

/* Whether any but actor 0 lives. */
bool actor_any(void);

/* Binds the calling thread to the CPU of that number among those that the process began with. */
void actor_bind(unsigned number);

/* The CPUs are read once; the first call of all. */
void actor_setup(void);

#endif
