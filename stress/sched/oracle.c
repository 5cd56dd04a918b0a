/* SPDX-License-Identifier: MIT */
/* oracle.c: see oracle.h. */
#include "oracle.h"

#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "heap.h"

enum place { UNUSED, FRESH, HELD, LISTED, RELEASED };

struct entry {
    unsigned char *memory;
    enum place place;
    unsigned holder; /* thread, if HELD; that gave it, if LISTED */
    bool kept;       /* LISTED, and the call that gave it is over */
    bool due;        /* kept since before the flush that goes on */
    bool seen;       /* LISTED at some time since statistics began to look */
};

static struct {
    struct entry entries[ORACLE_ENTRIES];
    unsigned nr;
    uint32_t limit;
    unsigned asked, giving, removals; /* entries asked for; threads in frees; removals going on */
    unsigned removals_begun;
    uint64_t allocates, allocate_misses, frees, released;
} now, kept;

void oracle_begin(uint32_t limit)
{
    memset(&now, 0, sizeof now);
    now.limit = limit;
}

void oracle_keep(void)
{
    kept = now;
}

void oracle_put_back(void)
{
    now = kept;
}

static struct entry *find(const void *memory)
{
    for (unsigned i = 0; i < now.nr; i++) {
        if (now.entries[i].memory == memory)
            return &now.entries[i];
    }
    return NULL;
}

static struct entry *need(const void *memory, const char *who)
{
    struct entry *entry = find(memory);

    if (!entry)
        sched_fail("thread %s: %s %p, which is no entry", sched_name(sched_world.current), who,
                   memory);
    return entry;
}

static unsigned number_of(const struct entry *entry)
{
    return (unsigned)(entry - now.entries);
}

static const char *place_of(const struct entry *entry)
{
    static char text[64];

    switch (entry->place) {
    case UNUSED:
    case FRESH:
        return "is on its way from the allocate routine";
    case HELD:
        snprintf(text, sizeof text, "is held by %s", sched_name(entry->holder));
        return text;
    case LISTED:
        return "was given to the list";
    case RELEASED:
        return "the free routine has";
    }
    return "?";
}

const char *oracle_describe(uint64_t value)
{
    static char texts[4][40];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    const struct entry *entry = find((const void *)(uintptr_t)value);

    if (entry)
        snprintf(text, sizeof texts[0], "entry %u", number_of(entry));
    else if (value < 1000000)
        snprintf(text, sizeof texts[0], "%llu", (unsigned long long)value);
    else if (heap_offset((const void *)(uintptr_t)value) >= 0)
        snprintf(text, sizeof texts[0], "heap+%tx", heap_offset((const void *)(uintptr_t)value));
    else
        snprintf(text, sizeof texts[0], "0x%llx", (unsigned long long)value);
    return text;
}

/* --- contents: of an entry that a thread holds, every byte; of a released one, as well --- */

static void fill(const struct entry *entry, unsigned char with)
{
    memset(entry->memory, with, ORACLE_BYTES);
}

static unsigned char mark_of(const struct entry *entry)
{
    return (unsigned char)(0x80 + number_of(entry));
}

static void check_contents(const struct entry *entry, unsigned char with, const char *when)
{
    for (unsigned i = 0; i < ORACLE_BYTES; i++) {
        if (entry->memory[i] != with)
            sched_fail("entry %u was written to %s", number_of(entry), when);
    }
}

enum { RELEASED_MARK = 0x5D };

/* --- routines --- */

void *oracle_allocate(struct lookaside *list, size_t bytes)
{
    struct entry *entry = &now.entries[now.nr];

    (void)list;
    if (now.nr == ORACLE_ENTRIES || bytes > ORACLE_BYTES)
        return NULL;
    *entry =
        (struct entry){.memory = heap_alloc(ORACLE_BYTES, ORACLE_BYTES, false), .place = FRESH};
    if (!entry->memory)
        return NULL;
    now.nr++;
    now.allocate_misses++;
    if (sched_tracing)
        sched_note("the allocate routine makes entry %u", number_of(entry));
    return entry->memory;
}

void oracle_release(struct lookaside *list, void *memory)
{
    struct entry *entry = need(memory, "the free routine gets");

    (void)list;
    if (sched_tracing)
        sched_note("the free routine gets entry %u", number_of(entry));
    if (entry->place != LISTED)
        sched_fail("the free routine gets entry %u, which %s", number_of(entry), place_of(entry));
    entry->place = RELEASED;
    now.released++;
    fill(entry, RELEASED_MARK);
}

/* NULL for an entry of a second list: memory of the heap's. */
static const struct entry *entry_or_memory(const void *memory, const char *who)
{
    const struct entry *entry = find(memory);

    if (!entry && heap_offset(memory) < 0)
        (void)need(memory, who);
    if (!entry)
        heap_check(memory, sizeof memory);
    return entry;
}

void oracle_link_read(const void *memory)
{
    const struct entry *entry = entry_or_memory(memory, "reads a link in");

    if (entry && entry->place == RELEASED)
        sched_fail("%s reads the link of entry %u, which the free routine has",
                   sched_name(sched_world.current), number_of(entry));
}

void oracle_link_write(const void *memory)
{
    const struct entry *entry = entry_or_memory(memory, "writes a link in");

    if (entry && entry->place != LISTED)
        sched_fail("%s writes the link of entry %u, which %s", sched_name(sched_world.current),
                   number_of(entry), place_of(entry));
}

/* --- calls --- */

static unsigned nr_kept(void)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < now.nr; i++)
        nr += now.entries[i].place == LISTED && now.entries[i].kept;
    return nr;
}

/* What was kept and is not asked for is held: the contract bounds it. While entries are being
 * removed nobody can tell. */
static void check_limit(void)
{
    unsigned held = nr_kept(), most;

    if (now.removals > 0)
        return;
    most = now.limit + now.asked + (now.giving > 1 ? now.giving - 1 : 0);
    if (held > most)
        sched_fail("%u entries were kept, with a limit of %u, %u asked for, and %u threads inside "
                   "a free",
                   held, now.limit, now.asked, now.giving);
}

void oracle_alloc_begins(unsigned nr)
{
    now.asked += nr;
    now.allocates += nr;
}

void oracle_alloc_ends(unsigned nr, void *const *entries, unsigned got)
{
    for (unsigned i = 0; i < got; i++) {
        struct entry *entry = need(entries[i], "an allocation returns");

        if (entry->place != LISTED && entry->place != FRESH)
            sched_fail("an allocation of %s returns entry %u, which %s",
                       sched_name(sched_world.current), number_of(entry), place_of(entry));
        if (sched_tracing)
            sched_note("gets entry %u", number_of(entry));
        entry->place = HELD;
        entry->kept = entry->due = false;
        entry->holder = sched_world.current;
        fill(entry, mark_of(entry));
    }
    now.asked -= nr;
}

void oracle_free_begins(unsigned nr, void *const *entries)
{
    now.giving++;
    now.frees += nr;
    for (unsigned i = 0; i < nr; i++) {
        struct entry *entry = need(entries[i], "frees");

        check_contents(entry, mark_of(entry), "while a thread held it");
        entry->place = LISTED;
        entry->holder = sched_world.current;
        entry->kept = false;
        entry->seen = true;
    }
}

/* Somebody may have allocated it meanwhile, and freed it again. */
void oracle_free_ends(unsigned nr, void *const *entries)
{
    now.giving--;
    for (unsigned i = 0; i < nr; i++) {
        struct entry *entry = need(entries[i], "frees");

        entry->kept |= entry->place == LISTED && entry->holder == sched_world.current;
    }
    check_limit();
}

void oracle_removal_begins(void)
{
    now.removals++;
    now.removals_begun++;
}

void oracle_removal_ends(void)
{
    now.removals--;
    check_limit();
}

unsigned oracle_flush_begins(void)
{
    bool alone = now.removals == 0;

    oracle_removal_begins();
    for (unsigned i = 0; alone && i < now.nr; i++)
        now.entries[i].due = now.entries[i].place == LISTED && now.entries[i].kept;
    return alone ? now.removals_begun : 0;
}

/* An entry that was there all the time may be on its way to one who asked for it, and no more.
 * Other removals may have it in hand: nobody can tell then. */
void oracle_flush_ends(unsigned flush)
{
    unsigned nr = 0, last = 0;

    for (unsigned i = 0; i < now.nr; i++) {
        if (now.entries[i].due && now.entries[i].place == LISTED) {
            nr++;
            last = i;
        }
    }
    if (flush == now.removals_begun && nr > now.asked)
        sched_fail("a flush of %s leaves entry %u, which was there all the time",
                   sched_name(sched_world.current), last);
    oracle_removal_ends();
}

void oracle_tick_begins(void)
{
    now.removals++;
}

void oracle_stats_begin(void)
{
    for (unsigned i = 0; i < now.nr; i++)
        now.entries[i].seen = now.entries[i].place == LISTED;
}

/* Live figures may lag. */
void oracle_stats_end(const struct lookaside_stats *stats)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < now.nr; i++)
        nr += now.entries[i].seen;
    if (stats->held > nr || stats->total_allocates > now.allocates ||
        stats->total_frees > now.frees)
        sched_fail("statistics show %llu entries of %u, %llu allocations of %llu, %llu frees of "
                   "%llu",
                   (unsigned long long)stats->held, nr, (unsigned long long)stats->total_allocates,
                   (unsigned long long)now.allocates, (unsigned long long)stats->total_frees,
                   (unsigned long long)now.frees);
}

void oracle_limit(uint32_t limit)
{
    now.limit = limit;
}

/* --- the end --- */

static unsigned count(enum place place)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < now.nr; i++)
        nr += now.entries[i].place == place;
    return nr;
}

static void expect(const char *what, uint64_t is, uint64_t should_be)
{
    if (is != should_be)
        sched_fail("%s: %llu, and should be %llu", what, (unsigned long long)is,
                   (unsigned long long)should_be);
}

static void check_stats(struct lookaside *list)
{
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    expect("statistics: held", stats.held, count(LISTED));
    expect("statistics: depth", stats.depth, now.limit);
    expect("statistics: total_allocates", stats.total_allocates, now.allocates);
    expect("statistics: allocate_misses", stats.allocate_misses, now.allocate_misses);
    expect("statistics: total_frees", stats.total_frees, now.frees);
    expect("statistics: free_misses + released", stats.free_misses + stats.released, now.released);
    if (count(LISTED) > now.limit)
        sched_fail("%u entries are held when all is quiet, with a limit of %u", count(LISTED),
                   now.limit);
}

static void *one_alloc(struct lookaside *list)
{
    void *entry;

    oracle_alloc_begins(1);
    entry = lookaside_alloc(list);
    oracle_alloc_ends(1, &entry, entry != NULL);
    return entry;
}

static void one_free(struct lookaside *list, void *entry)
{
    oracle_free_begins(1, &entry);
    lookaside_free(list, entry);
    oracle_free_ends(1, &entry);
}

/* A thread alone has the whole limit, and gets back what it gave, the newest first. What credits
 * other threads lost is missing here. */
static void check_whole_limit(struct lookaside *list)
{
    void *entries[ORACLE_ENTRIES];
    uint32_t nr = now.limit + 1;
    uint64_t misses;

    if (nr > 16 || now.nr + nr > ORACLE_ENTRIES)
        return;
    for (uint32_t i = 0; i < nr; i++)
        entries[i] = one_alloc(list);
    for (uint32_t i = 0; i < nr; i++)
        one_free(list, entries[i]);
    expect("entries kept of a thread alone, after a flush", count(LISTED), now.limit);
    misses = now.allocate_misses;
    for (uint32_t i = now.limit; i-- > 0;) {
        if (one_alloc(list) != entries[i])
            sched_fail("a thread alone does not get the newest entry");
    }
    expect("misses of a thread alone", now.allocate_misses - misses, 0);
    for (uint32_t i = 0; i < now.limit; i++)
        one_free(list, entries[i]);
}

void oracle_check_quiet(struct lookaside *list)
{
    for (unsigned i = 0; i < now.nr; i++) {
        const struct entry *entry = &now.entries[i];

        if (entry->place == FRESH)
            sched_fail("entry %u was lost on its way from the allocate routine", i);
        if (entry->place == HELD)
            check_contents(entry, mark_of(entry), "while a thread held it");
    }
    check_stats(list);
    oracle_removal_begins();
    lookaside_flush(list);
    oracle_removal_ends();
    if (count(LISTED) > 0)
        sched_fail("%u entries were lost: a flush does not bring them", count(LISTED));
    check_whole_limit(list);
    check_stats(list);
}

void oracle_check_end(void)
{
    if (count(LISTED) > 0)
        sched_fail("%u entries were lost: the end of the list does not bring them", count(LISTED));
    for (unsigned i = 0; i < now.nr; i++) {
        if (now.entries[i].place == RELEASED)
            check_contents(&now.entries[i], RELEASED_MARK, "after the free routine got it");
    }
}
