/* SPDX-License-Identifier: MIT */
/* live.c: see live.h. */
#include "live.h"

#include <sched.h>

#include "checked.h"
#include "forks.h"
#include "inject.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t unpinned = PTHREAD_COND_INITIALIZER;
static struct lookaside *first;

/* Beside the number of pins: the list ends, and gets no new ones; walkers that come all the time
 * would keep it for ever. */
#define LEAVES (UINT32_C(1) << 31)

enum { LOOKS = 100 };

/* Where a thread's walks stand, the innermost first. */
struct walk {
    struct lookaside *on; /* pinned; NULL: nowhere yet */
    struct walk *outer;
};
static _Thread_local struct walk *walks;

/* The other walkers are not there any more, nor is who waited for them. */
static void keep_own_pins(void)
{
    for (struct lookaside *list = first; list; list = list->live_next)
        list->pins &= LEAVES;
    for (const struct walk *walk = walks; walk; walk = walk->outer) {
        if (walk->on)
            walk->on->pins++;
    }
    unpinned = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

static void set_up(void)
{
    la_fork_takes(LA_FORK_LIVE, &lock, keep_own_pins);
}

void la_live_add(struct lookaside *list)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_up);
    list->pins = 0;
    list->live_previous = NULL;
    pthread_mutex_lock(&lock);
    list->live_next = first;
    if (first)
        first->live_previous = list;
    first = list;
    pthread_mutex_unlock(&lock);
}

void la_live_remove(struct lookaside *list)
{
    LA_INJECT(302);
    pthread_mutex_lock(&lock);
    list->pins |= LEAVES;
    while (list->pins != LEAVES)
        pthread_cond_wait(&unpinned, &lock);
    if (list->live_next)
        list->live_next->live_previous = list->live_previous;
    if (list->live_previous)
        list->live_previous->live_next = list->live_next;
    else
        first = list->live_next;
    pthread_mutex_unlock(&lock);
}

bool la_live_contains(const struct lookaside *list)
{
    const struct lookaside *walk;

    pthread_mutex_lock(&lock);
    for (walk = first; walk && walk != list; walk = walk->live_next)
        ;
    pthread_mutex_unlock(&lock);
    return walk != NULL;
}

struct la_list_name la_list_name(const struct lookaside *list)
{
    const struct la_stack *begun = la_watch_begun(list);

    return (struct la_list_name){.storage = list->storage,
                                 .size = list->size,
                                 .tag = list->tag,
                                 .windows = list->storage != list,
                                 .checked = begun != NULL,
                                 .begun = begun ? *begun : (struct la_stack){0}};
}

/* Under the lock. Not those that were disowned: other things are where they began. */
static struct lookaside *find_within(const void *start, size_t bytes, struct la_list_name *name)
{
    uintptr_t from = (uintptr_t)start;
    struct lookaside *list;

    for (list = first; list; list = list->live_next) {
        uintptr_t storage = (uintptr_t)list->storage;

        if (list->storage_bytes > 0 && storage < from + bytes &&
            from < storage + list->storage_bytes)
            break;
    }
    if (list)
        *name = la_list_name(list);
    return list;
}

struct lookaside *la_live_within(const void *start, size_t bytes, struct la_list_name *name)
{
    struct lookaside *list;

    pthread_mutex_lock(&lock);
    list = find_within(start, bytes, name);
    pthread_mutex_unlock(&lock);
    return list;
}

bool la_live_seen_within(const void *start, size_t bytes, struct la_list_name *name)
{
    const struct lookaside *list;

    /* A fork may hold it and wait for what the caller holds. */
    for (int looks = 1; pthread_mutex_trylock(&lock) != 0; looks++) {
        if (looks == LOOKS)
            return false;
        sched_yield();
    }
    list = find_within(start, bytes, name);
    pthread_mutex_unlock(&lock);
    return list != NULL;
}

bool la_live_nth(size_t nth, struct la_list_name *name)
{
    const struct lookaside *list;

    pthread_mutex_lock(&lock);
    for (list = first; list && nth > 0; list = list->live_next)
        nth -= list->storage_bytes > 0;
    while (list && list->storage_bytes == 0)
        list = list->live_next;
    if (list)
        *name = la_list_name(list);
    pthread_mutex_unlock(&lock);
    return list != NULL;
}

void la_live_disown(struct lookaside *list)
{
    pthread_mutex_lock(&lock);
    list->storage_bytes = 0;
    pthread_mutex_unlock(&lock);
}

static void let_go(struct lookaside *list)
{
    if ((--list->pins & ~LEAVES) == 0)
        pthread_cond_broadcast(&unpinned);
}

/* Pins the list after from (or the first), then lets go of from. */
static struct lookaside *step(struct lookaside *from)
{
    struct lookaside *next;

    pthread_mutex_lock(&lock);
    next = from ? from->live_next : first;
    while (next && next->pins & LEAVES)
        next = next->live_next;
    if (next)
        next->pins++;
    if (from)
        let_go(from);
    pthread_mutex_unlock(&lock);
    return next;
}

static void unpin(struct lookaside *list)
{
    pthread_mutex_lock(&lock);
    let_go(list);
    pthread_mutex_unlock(&lock);
}

void lookaside_for_each(bool (*visit)(struct lookaside *list, void *context), void *context)
{
    struct walk walk = {.outer = walks};

    walks = &walk;
    while ((walk.on = step(walk.on))) {
        LA_INJECT(301);
        if (!visit(walk.on, context)) {
            unpin(walk.on);
            break;
        }
        LA_INJECT(303);
    }
    walks = walk.outer;
}
