/* SPDX-License-Identifier: MIT */
/* inside.c: see inside.h. Compiled with intercept.h, so that what is inlined here is intercepted.
 */
#include "inside.h"

#include "biased.h"
#include "credits.h"
#include "engine.h"

static struct la_biased biased;
static struct la_spinlock spinlock;
static struct la_credits credits;
static uint32_t limit, got[SCHED_THREADS];

/* What a lock guards: increments of one are lost if two threads are inside together. */
struct guarded {
    _Atomic unsigned value;
    unsigned added, inside;
};
static struct guarded of_biased, of_spinlock;

void inside_begin(uint32_t most)
{
    la_biased_init(&biased);
    limit = most;
}

static void work(struct guarded *guarded)
{
    unsigned value;

    if (guarded->inside++ > 0)
        sched_fail("two threads are inside the lock");
    value = atomic_load_explicit(&guarded->value, memory_order_relaxed);
    atomic_store_explicit(&guarded->value, value + 1, memory_order_relaxed);
    guarded->added++;
    guarded->inside--;
}

void inside_own(unsigned nr)
{
    while (nr-- > 0) {
        bool without_lock = la_biased_own(&biased);

        work(&of_biased);
        la_biased_disown(&biased, without_lock);
    }
}

void inside_visit(unsigned nr)
{
    while (nr-- > 0) {
        la_biased_visit(&biased);
        work(&of_biased);
        la_biased_end_visit(&biased);
    }
}

void inside_section(unsigned nr)
{
    while (nr-- > 0) {
        la_spin_lock(&spinlock);
        work(&of_spinlock);
        la_spin_unlock(&spinlock);
    }
}

void inside_claim(unsigned nr)
{
    got[sched_world.current] += la_credits_claim(&credits, limit, nr);
}

void inside_return(unsigned nr)
{
    uint32_t *mine = &got[sched_world.current];

    nr = nr < *mine ? nr : *mine;
    *mine -= nr;
    la_credits_return(&credits, nr);
}

static bool is_whole(const struct guarded *guarded)
{
    return atomic_load_explicit(&guarded->value, memory_order_relaxed) == guarded->added;
}

void inside_check(void)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < SCHED_THREADS; i++)
        sum += got[i];
    if (sum != la_credits_claimed(&credits))
        sched_fail("threads have %u credits, and %u are claimed", sum,
                   la_credits_claimed(&credits));
    if (sum > limit)
        sched_fail("threads have %u credits of %u", sum, limit);
    if (!is_whole(&of_biased) || !is_whole(&of_spinlock))
        sched_fail("what a lock guards was changed by two threads at once");
}
