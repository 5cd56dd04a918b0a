/* SPDX-License-Identifier: MIT */
/* checked_entries.c: see checked_entries.h. A hash table in parts, each with a lock. */
#include "checked_entries.h"

#include <pthread.h>
#include <stdlib.h>

/* All parts are locked over a fork, and the thread sanitizer follows 64 locks of a thread. */
enum { PARTS = 32, CHAINS = 256, GONE_KEPT = 1024 };

struct la_entries_part {
    pthread_mutex_t lock;
    struct la_entry *chains[CHAINS];
    struct la_entry *newest, *oldest; /* GONE */
    unsigned nr_gone;
};

static struct la_entries_part parts[PARTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* By the forking thread: these functions may be registered twice, see forks.c. */
static _Thread_local bool taken;

static void before_fork(void)
{
    for (int i = 0; i < PARTS && !taken; i++)
        pthread_mutex_lock(&parts[i].lock);
    taken = true;
}

static void after_fork(void)
{
    for (int i = 0; i < PARTS && taken; i++)
        pthread_mutex_unlock(&parts[i].lock);
    taken = false;
}

static void init(void)
{
    for (int i = 0; i < PARTS; i++)
        pthread_mutex_init(&parts[i].lock, NULL);
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* Multiplying spreads what the low bits of addresses leave (Knuth's golden ratio). */
static size_t hash(const void *entry)
{
    return (size_t)(((uint64_t)(uintptr_t)entry * UINT64_C(0x9E3779B97F4A7C15)) >> 40);
}

static struct la_entry **chain_of(const struct la_entries *entries, const void *entry)
{
    return &entries->part->chains[hash(entry) / PARTS % CHAINS];
}

static struct la_entries lock_part(struct la_entries_part *part)
{
    struct la_entries entries = {.part = part};
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &entries.before);
    pthread_mutex_lock(&part->lock);
    return entries;
}

struct la_entries la_entries_lock(const void *entry)
{
    pthread_once(&once, init);
    return lock_part(&parts[hash(entry) % PARTS]);
}

void la_entries_unlock(struct la_entries *entries)
{
    pthread_mutex_unlock(&entries->part->lock);
    pthread_sigmask(SIG_SETMASK, &entries->before, NULL);
}

struct la_entry *la_entries_find(const struct la_entries *entries, const void *entry)
{
    struct la_entry *record = *chain_of(entries, entry);

    while (record && la_entry_address(record) != entry)
        record = record->next;
    return record;
}

void la_entries_add(struct la_entries *entries, struct la_entry *record)
{
    struct la_entry **chain = chain_of(entries, la_entry_address(record));

    record->next = *chain;
    *chain = record;
}

static void unlink_gone(struct la_entries_part *part, struct la_entry *record)
{
    if (record->newer)
        record->newer->older = record->older;
    else
        part->newest = record->older;
    if (record->older)
        record->older->newer = record->newer;
    else
        part->oldest = record->newer;
    part->nr_gone--;
}

void la_entries_remove(struct la_entries *entries, struct la_entry *record)
{
    struct la_entry **link = chain_of(entries, la_entry_address(record));

    while (*link != record)
        link = &(*link)->next;
    *link = record->next;
    if (record->state == LA_ENTRY_GONE)
        unlink_gone(entries->part, record);
}

void la_entries_bury(struct la_entries *entries, struct la_entry *record)
{
    struct la_entries_part *part = entries->part;
    struct la_entry *oldest = part->oldest;

    record->state = LA_ENTRY_GONE;
    record->newer = NULL;
    record->older = part->newest;
    if (part->newest)
        part->newest->newer = record;
    else
        part->oldest = record;
    part->newest = record;
    if (++part->nr_gone > GONE_KEPT) {
        la_entries_remove(entries, oldest);
        free(oldest);
    }
}

static bool is_around(const struct la_entry *record, const void *address)
{
    return record->state != LA_ENTRY_GONE && (uintptr_t)address - ~record->hidden < record->size;
}

static bool find_around(const struct la_entries *entries, const void *address,
                        struct la_entry *copy)
{
    for (int i = 0; i < CHAINS; i++) {
        for (struct la_entry *record = entries->part->chains[i]; record; record = record->next) {
            if (is_around(record, address)) {
                *copy = *record;
                return true;
            }
        }
    }
    return false;
}

bool la_entries_around(const void *address, struct la_entry *copy)
{
    bool found = false;

    for (int i = 0; i < PARTS && !found; i++) {
        struct la_entries entries = lock_part(&parts[i]);

        found = find_around(&entries, address, copy);
        la_entries_unlock(&entries);
    }
    return found;
}

/* Takes one record of the watch out; NULL: no more. */
static struct la_entry *take_one(const struct la_entries *entries, const struct la_watch *watch,
                                 struct la_entry **chain)
{
    for (struct la_entry **link = chain; *link; link = &(*link)->next) {
        struct la_entry *record = *link;

        if (record->watch != watch)
            continue;
        *link = record->next;
        if (record->state == LA_ENTRY_GONE)
            unlink_gone(entries->part, record);
        return record;
    }
    return NULL;
}

void la_entries_forget(const struct la_watch *watch)
{
    pthread_once(&once, init);
    for (int i = 0; i < PARTS; i++) {
        struct la_entries entries = lock_part(&parts[i]);

        for (int chain = 0; chain < CHAINS; chain++) {
            struct la_entry *record;

            while ((record = take_one(&entries, watch, &entries.part->chains[chain])))
                free(record);
        }
        la_entries_unlock(&entries);
    }
}
