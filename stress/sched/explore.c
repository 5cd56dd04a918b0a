/* SPDX-License-Identifier: MIT */
/* explore.c: see explore.h. */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { MOST_DECISIONS = 20000, MOST_POINTS = 16, ALL_THREADS = SCHED_THREADS };
enum mode { EXHAUSTIVE, RANDOM, REPLAY };
enum kind { PREEMPT, SWITCH, DELAY };

struct decision {
    unsigned step;
    uint8_t kind, nr, chosen;
    uint8_t candidates[ALL_THREADS];
};

static enum mode mode;
static unsigned most_preemptions, most_delays; /* of this exploration */
static unsigned preemptions, delays;           /* so far in this interleaving */
static unsigned bound;                         /* on preemptions, for now */

/* The decisions of this interleaving; the first nr_fixed are given. */
static struct decision path[MOST_DECISIONS];
static unsigned nr_path, nr_fixed;

static uint64_t random_state;
static unsigned priorities[ALL_THREADS], lowest, change_points[MOST_POINTS], longest = 64;

static uint64_t next_random(void)
{
    /* splitmix64 (Steele, Lea, Flood, 2014). */
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void begin_interleaving(void)
{
    nr_path = 0;
    preemptions = delays = 0;
    if (mode != RANDOM)
        return;
    lowest = 1000;
    for (unsigned i = 0; i < ALL_THREADS; i++)
        priorities[i] = 1001 + (unsigned)(next_random() % 1000);
    for (unsigned i = 0; i < most_preemptions; i++)
        change_points[i] = 1 + (unsigned)(next_random() % longest);
}

static void begin(enum mode which, unsigned nr_preemptions, unsigned nr_delays)
{
    mode = which;
    most_preemptions = nr_preemptions < MOST_POINTS ? nr_preemptions : MOST_POINTS;
    most_delays = nr_delays;
    bound = 0;
    nr_fixed = 0;
    begin_interleaving();
}

void explore_exhaustively(unsigned nr_preemptions, unsigned nr_delays)
{
    begin(EXHAUSTIVE, nr_preemptions, nr_delays);
}

void explore_randomly(uint64_t seed, unsigned nr_preemptions, unsigned nr_delays)
{
    random_state = seed;
    begin(RANDOM, nr_preemptions, nr_delays);
}

/* The next path, depth first: the last decision that has another choice takes it. */
static bool advance_path(void)
{
    while (nr_path > 0 && path[nr_path - 1].chosen + 1u == path[nr_path - 1].nr)
        nr_path--;
    if (nr_path == 0)
        return false;
    path[nr_path - 1].chosen++;
    nr_fixed = nr_path;
    return true;
}

bool explore_next(unsigned steps)
{
    if (mode == REPLAY)
        return false;
    longest = steps > longest ? steps : longest;
    if (mode == EXHAUSTIVE && !advance_path()) {
        if (bound == most_preemptions)
            return false;
        bound++;
        nr_fixed = 0;
    }
    begin_interleaving();
    return true;
}

/* --- decisions --- */

static struct decision *add(unsigned step, enum kind kind, const unsigned *candidates, unsigned nr)
{
    struct decision *decision = &path[nr_path];

    if (nr_path == MOST_DECISIONS)
        sched_fail("more than %d decisions", MOST_DECISIONS);
    nr_path++;
    decision->step = step;
    decision->kind = (uint8_t)kind;
    decision->nr = (uint8_t)nr;
    decision->chosen = 0;
    for (unsigned i = 0; candidates && i < nr; i++)
        decision->candidates[i] = (uint8_t)candidates[i];
    return decision;
}

/* What was given for this decision, or the first choice. */
static unsigned follow(unsigned step, enum kind kind, const unsigned *candidates, unsigned nr)
{
    if (nr_path < nr_fixed) {
        const struct decision *given = &path[nr_path++];

        if (given->step != step || given->kind != kind || given->nr != nr)
            sched_fail("the same decisions led elsewhere: the scheduler misses something at step "
                       "%u",
                       step);
        return given->chosen;
    }
    return add(step, kind, candidates, nr)->chosen;
}

/* In a replay the given decisions are only those that differ from the first choice. */
static unsigned replay(unsigned step, enum kind kind, const unsigned *candidates, unsigned nr)
{
    const struct decision *given = &path[nr_path];

    if (nr_path == nr_fixed || given->step != step || (given->kind == DELAY) != (kind == DELAY))
        return 0;
    nr_path++;
    if (kind == DELAY)
        return given->chosen < nr ? given->chosen : 0;
    for (unsigned i = 0; i < nr; i++) {
        if (candidates[i] == given->candidates[0])
            return i;
    }
    sched_fail("step %u: thread %s cannot go on here", step, sched_name(given->candidates[0]));
}

static unsigned by_priority(unsigned step, enum kind kind, const unsigned *candidates, unsigned nr)
{
    struct decision *decision = add(step, kind, candidates, nr);
    unsigned best = 0;

    for (unsigned i = 1; i < nr; i++) {
        if (priorities[candidates[i]] > priorities[candidates[best]])
            best = i;
    }
    decision->chosen = (uint8_t)best;
    return best;
}

bool explore_may_preempt(unsigned step)
{
    if (mode == EXHAUSTIVE)
        return preemptions < bound;
    if (mode == REPLAY)
        return nr_path < nr_fixed && path[nr_path].step == step;
    for (unsigned i = 0; i < most_preemptions; i++) {
        if (change_points[i] == step)
            priorities[sched_world.current] = lowest--;
    }
    return true;
}

unsigned explore_preempt(unsigned step, const unsigned *candidates, unsigned nr)
{
    unsigned chosen = mode == RANDOM   ? by_priority(step, PREEMPT, candidates, nr)
                      : mode == REPLAY ? replay(step, PREEMPT, candidates, nr)
                                       : follow(step, PREEMPT, candidates, nr);

    preemptions += chosen > 0;
    return chosen;
}

unsigned explore_switch(unsigned step, const unsigned *candidates, unsigned nr)
{
    return mode == RANDOM   ? by_priority(step, SWITCH, candidates, nr)
           : mode == REPLAY ? replay(step, SWITCH, candidates, nr)
                            : follow(step, SWITCH, candidates, nr);
}

unsigned explore_relax(unsigned step, const unsigned *candidates, unsigned nr)
{
    unsigned chosen = mode == RANDOM   ? by_priority(step, SWITCH, candidates, nr - 1)
                      : mode == REPLAY ? replay(step, SWITCH, candidates, nr)
                                       : follow(step, SWITCH, candidates, nr);

    preemptions += chosen + 1 == nr;
    return chosen;
}

bool explore_has_delays(void)
{
    return most_delays > 0 || mode == REPLAY;
}

unsigned explore_delay(unsigned step, unsigned nr)
{
    unsigned chosen;

    if (mode == REPLAY)
        return replay(step, DELAY, NULL, nr + 1);
    if (delays == most_delays)
        return 0;
    if (mode == RANDOM) {
        chosen = next_random() % 4 == 0 ? 1 + (unsigned)(next_random() % nr) : 0;
        add(step, DELAY, NULL, nr + 1)->chosen = (uint8_t)chosen;
    } else {
        chosen = follow(step, DELAY, NULL, nr + 1);
    }
    delays += chosen > 0;
    return chosen;
}

/* --- as text --- */

static const char *name_choice(const struct decision *decision)
{
    static char late[8];

    if (decision->kind != DELAY)
        return sched_name(decision->candidates[mode == REPLAY ? 0 : decision->chosen]);
    snprintf(late, sizeof late, "~%u", decision->chosen);
    return late;
}

void explore_describe(char *text, size_t bytes)
{
    size_t used = 0;

    snprintf(text, bytes, "-");
    for (unsigned i = 0; i < nr_path && used < bytes; i++) {
        const struct decision *decision = &path[i];

        if (mode == REPLAY || decision->chosen > 0)
            used += (size_t)snprintf(text + used, bytes - used, "%s%u%s", used > 0 ? "," : "",
                                     decision->step, name_choice(decision));
    }
}

static bool parse_decision(const char **text)
{
    struct decision *decision = &path[nr_fixed];
    char *end;

    if (nr_fixed == MOST_DECISIONS || **text < '0' || **text > '9')
        return false;
    *decision = (struct decision){.step = (unsigned)strtoul(*text, &end, 10), .kind = PREEMPT};
    if (*end == '~' && end[1] >= '1' && end[1] <= '9') {
        decision->kind = DELAY;
        decision->chosen = (uint8_t)(*++end - '0');
    } else if (*end >= 'A' && *end < 'A' + ALL_THREADS - 1) {
        decision->candidates[0] = (uint8_t)(*end - 'A' + 1);
    } else {
        return false;
    }
    nr_fixed++;
    *text = end + 1;
    return true;
}

bool explore_replay(const char *text)
{
    begin(REPLAY, 0, 0);
    if (strcmp(text, "-") == 0)
        return true;
    while (parse_decision(&text)) {
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}
