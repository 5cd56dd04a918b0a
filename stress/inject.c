/* SPDX-License-Identifier: MIT */
/*
 * inject.c: what the delay points of an injected build do in a stress run: mostly nothing, now and
 * then spin for a while or let other threads run. Each thread has its own stream of choices.
 */
#include "inject.h"

#include <sched.h>
#include <stdint.h>

#include "inject_seed.h"
#include "platform.h"

enum { DELAY_ONE_IN = 64, YIELD_ONE_IN = 16, MOST_SPINS = 512 };

static uint64_t seed;

void stress_inject_seed(uint64_t value)
{
    seed = value;
}

static uint32_t next_choice(unsigned point)
{
    static _Thread_local uint64_t choice;

    if (choice == 0)
        choice = (seed + la_thread_number()) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    choice ^= choice << 13;
    choice ^= choice >> 7;
    choice ^= choice << 17;
    return (uint32_t)(choice >> 32) ^ point;
}

void la_inject(unsigned point)
{
    uint32_t choice = next_choice(point);

    if (choice % DELAY_ONE_IN != 0)
        return;
    choice /= DELAY_ONE_IN;
    if (choice % YIELD_ONE_IN == 0) {
        sched_yield();
        return;
    }
    for (uint32_t spins = choice / YIELD_ONE_IN % MOST_SPINS; spins > 0; spins--)
        la_cpu_relax();
}
