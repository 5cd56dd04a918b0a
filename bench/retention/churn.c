/* SPDX-License-Identifier: MIT */
/* churn.c: see churn.h. */
#include "churn.h"

#include <math.h>

#include "clock.h"
#include "random.h"

void la_churn_lengths(uint32_t *lengths, uint32_t longest, uint64_t seed)
{
    struct la_random random = la_random_seeded(seed);

    for (size_t i = 0; i < LA_CHURN_LENGTHS; i++) {
        const double part = (double)(la_random_next(&random) >> 11) * 0x1p-53;

        lengths[i] = (uint32_t)exp(part * log((double)longest + 1));
        lengths[i] = lengths[i] > longest ? longest : lengths[i];
    }
}

/* Relaxed: for a glance from outside. */
static LA_INLINE void show(const struct la_churner *churner, uint64_t nr)
{
    atomic_store_explicit(churner->live, nr, memory_order_relaxed);
}

/* Objects between two looks at the clock: a burst's length says nothing of how long it may take. */
enum { SLICE = 64 };

static LA_INLINE uint64_t look(struct la_churner *churner, uint64_t before)
{
    const uint64_t now = la_ticks();

    la_gaps_add(churner->gaps, now - before);
    return now;
}

static LA_INLINE uint64_t take(struct la_churner *churner, size_t nr, uint64_t now,
                               enum la_kind kind)
{
    for (size_t i = 0; i < nr;) {
        const size_t until = nr - i < SLICE ? nr : i + SLICE;

        for (; i < until; i++)
            churner->objects[i] = la_take(&churner->port, kind);
        now = look(churner, now);
    }
    show(churner, nr);
    return now;
}

static LA_INLINE uint64_t give(struct la_churner *churner, size_t nr, uint64_t now,
                               enum la_kind kind)
{
    for (size_t i = nr; i > 0;) {
        const size_t until = i < SLICE ? 0 : i - SLICE;

        for (; i > until; i--)
            la_give(&churner->port, churner->objects[i - 1], kind);
        now = look(churner, now);
    }
    show(churner, 0);
    return now;
}

static LA_INLINE void churn(struct la_churner *churner, uint64_t ticks, enum la_kind kind)
{
    const uint64_t start = la_ticks();
    uint64_t now = start, operations = 0;

    do {
        const size_t nr = churner->lengths[churner->next++ % LA_CHURN_LENGTHS];

        now = take(churner, nr, now, kind);
        now = give(churner, nr, now, kind);
        operations += 2 * nr;
    } while (now - start < ticks);
    churner->start = start;
    churner->stop = now;
    churner->operations = operations;
}

/* Each, stamped for every kind of contender. */
#define STAMP(unused, suffix, KIND)                                        \
    static void churn_##suffix(struct la_churner *churner, uint64_t ticks) \
    {                                                                      \
        churn(churner, ticks, LA_KIND_##KIND);                             \
    }                                                                      \
    static void take_##suffix(struct la_churner *churner, size_t nr)       \
    {                                                                      \
        take(churner, nr, la_ticks(), LA_KIND_##KIND);                     \
    }                                                                      \
    static void give_##suffix(struct la_churner *churner, size_t nr)       \
    {                                                                      \
        give(churner, nr, la_ticks(), LA_KIND_##KIND);                     \
    }
LA_EACH_KIND(STAMP, )
#undef STAMP

#define STAMPED(unused, suffix, KIND) \
    [LA_KIND_##KIND] = {churn_##suffix, take_##suffix, give_##suffix},
static const struct {
    void (*churn)(struct la_churner *churner, uint64_t ticks);
    void (*take)(struct la_churner *churner, size_t nr);
    void (*give)(struct la_churner *churner, size_t nr);
} kinds[LA_NR_KINDS] = {LA_EACH_KIND(STAMPED, )};
#undef STAMPED

void la_churn(struct la_churner *churner, uint64_t ticks)
{
    kinds[churner->kind].churn(churner, ticks);
}

void la_churn_take(struct la_churner *churner, size_t nr)
{
    kinds[churner->kind].take(churner, nr);
}

void la_churn_give(struct la_churner *churner, size_t nr)
{
    kinds[churner->kind].give(churner, nr);
}
