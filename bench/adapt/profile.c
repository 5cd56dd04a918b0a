/* SPDX-License-Identifier: MIT */
/* profile.c: the profiles and their table; see profile.h. */
#include "profile.h"

#include <math.h>
#include <string.h>

#include "envelope.h"

static uint32_t share(uint32_t nr_ticks, uint32_t numerator, uint32_t denominator)
{
    return (uint32_t)((uint64_t)nr_ticks * numerator / denominator);
}

/* Low, high from a tenth on, low again from the middle: the way down is the slower one, so it gets
 * half of the run. */
static struct la_profile_stretch step_stretch(uint32_t nr_ticks)
{
    const uint32_t up = share(nr_ticks, 1, 10);

    return (struct la_profile_stretch){.change = up, .top = up, .end = share(nr_ticks, 1, 2)};
}

static uint32_t step_demand(uint32_t tick, uint32_t nr_ticks)
{
    const struct la_profile_stretch high = step_stretch(nr_ticks);

    return tick >= high.top && tick < high.end ? LA_PROFILE_HIGH : LA_PROFILE_LOW;
}

static uint32_t between(uint32_t from, uint32_t to, uint32_t done, uint32_t of)
{
    return (uint32_t)((int64_t)from + ((int64_t)to - (int64_t)from) * done / of);
}

/* Low for a tenth, up in a straight line until two fifths, high until three fifths, down again. */
static struct la_profile_stretch ramp_stretch(uint32_t nr_ticks)
{
    return (struct la_profile_stretch){.change = share(nr_ticks, 1, 10),
                                       .top = share(nr_ticks, 2, 5),
                                       .end = share(nr_ticks, 3, 5)};
}

static uint32_t ramp_demand(uint32_t tick, uint32_t nr_ticks)
{
    const struct la_profile_stretch high = ramp_stretch(nr_ticks);
    const uint32_t down = share(nr_ticks, 9, 10);

    if (tick < high.change || tick >= down)
        return LA_PROFILE_LOW;
    if (tick < high.top)
        return between(LA_PROFILE_LOW, LA_PROFILE_HIGH, tick - high.change, high.top - high.change);
    if (tick < high.end)
        return LA_PROFILE_HIGH;
    return between(LA_PROFILE_HIGH, LA_PROFILE_LOW, tick - high.end, down - high.end);
}

/* Four waves, from low. */
static struct la_profile_stretch sine_stretch(uint32_t nr_ticks)
{
    return (struct la_profile_stretch){.change = 0, .top = nr_ticks, .end = nr_ticks};
}

static uint32_t sine_demand(uint32_t tick, uint32_t nr_ticks)
{
    const double turn = 2 * 3.14159265358979323846;
    const double wave = (1 - cos(turn * 4 * tick / nr_ticks)) / 2;

    return LA_PROFILE_LOW + (uint32_t)lround(wave * (LA_PROFILE_HIGH - LA_PROFILE_LOW));
}

enum { CYCLES = 5 };

/* Five times: nothing, then high; nothing at the end. The last burst is the one that is judged:
 * what the idle time before it cost. */
static struct la_profile_stretch idle_burst_stretch(uint32_t nr_ticks)
{
    const uint32_t burst = share(nr_ticks, 2 * CYCLES - 1, 2 * CYCLES + 1);

    return (struct la_profile_stretch){
        .change = burst, .top = burst, .end = share(nr_ticks, 2 * CYCLES, 2 * CYCLES + 1)};
}

static uint32_t idle_burst_demand(uint32_t tick, uint32_t nr_ticks)
{
    for (uint32_t half = 1; half < 2 * CYCLES + 1; half += 2) {
        if (tick >= share(nr_ticks, half, 2 * CYCLES + 1) &&
            tick < share(nr_ticks, half + 1, 2 * CYCLES + 1))
            return LA_PROFILE_HIGH;
    }
    return 0;
}

static const struct la_profile profiles[] = {
    {"step", "low, then high at once, then low again", step_demand, step_stretch, NULL},
    {"ramp", "low to high in a straight line, and back", ramp_demand, ramp_stretch, NULL},
    {"sine", "four waves between low and high", sine_demand, sine_stretch, NULL},
    {"idle-burst", "bursts with idle time between them", idle_burst_demand, idle_burst_stretch,
     NULL},
};

uint32_t la_profile_demand(const struct la_profile *profile, uint32_t tick, uint32_t nr_ticks)
{
    return profile->recorded ? la_envelope_demand(profile->recorded, tick, nr_ticks)
                             : profile->demand(tick, nr_ticks);
}

struct la_profile_stretch la_profile_stretch_of(const struct la_profile *profile, uint32_t nr_ticks)
{
    return profile->recorded ? (struct la_profile_stretch){.top = nr_ticks, .end = nr_ticks}
                             : profile->stretch(nr_ticks);
}

struct la_profile la_profile_recorded(const struct la_envelope *envelope)
{
    return (struct la_profile){.name = envelope->name, .summary = "recorded", .recorded = envelope};
}

const struct la_profile *la_profile_at(size_t index)
{
    return index < sizeof profiles / sizeof *profiles ? &profiles[index] : NULL;
}

const struct la_profile *la_profile_find(const char *name)
{
    const struct la_profile *profile;

    for (size_t i = 0; (profile = la_profile_at(i)); i++) {
        if (strcmp(profile->name, name) == 0)
            return profile;
    }
    return NULL;
}
