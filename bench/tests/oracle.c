/* SPDX-License-Identifier: MIT */
/* oracle.c: see oracle.h. One lock orders everything: it need not be fast. */
#include "oracle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"

enum { ENTRIES_MOST = 1 << 16 };

enum place { PLACE_OUT = 0x0717, PLACE_HELD = 0x4e1d, PLACE_GONE = 0x60e };

/* In front of every object. */
struct tag {
    _Alignas(16) enum place place;
    unsigned thread; /* whom it was handed to */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct oracle now;
static void *entries[ENTRIES_MOST];
static size_t nr_entries;
static struct lookaside_strategy_stats counts;
static _Thread_local unsigned self;

static struct tag *tag_of(void *object)
{
    return (struct tag *)object - 1;
}

void oracle_reset(void)
{
    memset(&now, 0, sizeof now);
    memset(&counts, 0, sizeof counts);
    nr_entries = 0;
}

struct oracle oracle_now(void)
{
    struct oracle copy;

    pthread_mutex_lock(&lock);
    copy = now;
    pthread_mutex_unlock(&lock);
    return copy;
}

void oracle_i_am(unsigned thread)
{
    self = thread;
}

static void goes_out(void *object, enum place from)
{
    struct tag *tag = tag_of(object);

    now.faults += tag->place != from;
    tag->place = PLACE_OUT;
    tag->thread = self;
    now.out++;
    if (now.out - now.back > now.most)
        now.most = now.out - now.back;
}

static void comes_back(void *object, enum place to)
{
    struct tag *tag = tag_of(object);

    now.faults += tag->place != PLACE_OUT;
    now.remote += tag->thread != self;
    tag->place = to;
    now.back++;
}

void *oracle_allocate(size_t size)
{
    struct tag *tag = malloc(sizeof *tag + size);

    if (!tag)
        return NULL;
    tag->place = PLACE_GONE;
    pthread_mutex_lock(&lock);
    now.allocated++;
    goes_out(tag + 1, PLACE_GONE);
    pthread_mutex_unlock(&lock);
    return tag + 1;
}

/* A list gives up what it held, or what it would not keep. */
static void gone(void *object, bool was_held)
{
    struct tag *tag = tag_of(object);
    bool fault;

    pthread_mutex_lock(&lock);
    now.released++;
    if (was_held && tag->place == PLACE_HELD)
        tag->place = PLACE_GONE;
    else
        comes_back(object, PLACE_GONE);
    fault = now.faults > 0;
    pthread_mutex_unlock(&lock);
    /* After a fault somebody may still have it. */
    if (!fault)
        free(tag);
}

void oracle_release(void *object)
{
    gone(object, false);
}

void *oracle_miss(struct lookaside *list, size_t size)
{
    (void)list;
    return oracle_allocate(size);
}

void oracle_free(struct lookaside *list, void *entry)
{
    (void)list;
    gone(entry, true);
}

static int oracle_init(struct lookaside *list)
{
    return list->limit <= ENTRIES_MOST ? 0 : -1;
}

static void oracle_fini(struct lookaside *list)
{
    (void)list;
}

static void *oracle_pop(struct lookaside *list)
{
    void *entry = NULL;

    (void)list;
    pthread_mutex_lock(&lock);
    if (nr_entries > 0) {
        entry = entries[--nr_entries];
        counts.pops++;
        goes_out(entry, PLACE_HELD);
    }
    pthread_mutex_unlock(&lock);
    return entry;
}

static bool oracle_push(struct lookaside *list, void *entry)
{
    bool keeps;

    pthread_mutex_lock(&lock);
    keeps = nr_entries < list->limit;
    if (keeps) {
        entries[nr_entries++] = entry;
        counts.pushes++;
        comes_back(entry, PLACE_HELD);
    }
    pthread_mutex_unlock(&lock);
    return keeps;
}

static void *oracle_drain(struct lookaside *list, size_t keep)
{
    void *chain = NULL;

    (void)list;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; nr_entries > keep && i < nr_entries - keep; i++) {
        LOOKASIDE_UNPOISON(entries[i], sizeof(void *));
        la_chain_set_next(entries[i], chain);
        chain = entries[i];
    }
    if (nr_entries > keep) {
        memmove(entries, entries + (nr_entries - keep), keep * sizeof *entries);
        nr_entries = keep;
    }
    pthread_mutex_unlock(&lock);
    return chain;
}

static void oracle_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    (void)list;
    pthread_mutex_lock(&lock);
    *stats = counts;
    stats->held = nr_entries;
    pthread_mutex_unlock(&lock);
}

const struct lookaside_strategy oracle_strategy = {
    .name = "oracle",
    .summary = "knows where every entry is",
    .init = oracle_init,
    .fini = oracle_fini,
    .pop = oracle_pop,
    .push = oracle_push,
    .drain = oracle_drain,
    .stats = oracle_stats,
};
