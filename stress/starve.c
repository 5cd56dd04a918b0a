/* SPDX-License-Identifier: MIT */
/* starve.c: see starve.h. */
#include "starve.h"

static _Thread_local uint32_t fails_one_in, nr_asked;

void stress_starve(uint32_t one_in)
{
    fails_one_in = one_in;
}

bool stress_starved(void)
{
    return fails_one_in > 0 && nr_asked++ % fails_one_in == 0;
}
