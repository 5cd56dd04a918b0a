/* SPDX-License-Identifier: MIT */
/*
 * checked.c: the operations of watched lists. See checked.h, and lookaside.h for what is found.
 *
 * An entry's way: la_watched_allocate() gets it from the list's routine with room for a canary and
 * makes its record; check_out() hands it to the program; check_in() takes it back: record found,
 * canary looked at, contents saved and overwritten; the strategy keeps the record; check_out()
 * again looks whether the bytes are as they were left; and la_watched_free() gives it to the free
 * routine.
 */
#include <stdlib.h>
#include <string.h>

#include "checked_watch.h"
#include "list.h"
#include "memcheck.h"
#include "platform.h"
#include "strategy.h"

enum { CANARY = 0xC5, HELD_BYTE = 0xDE, BATCH = 64 };

/* What is wrong, gathered under the lock and told without it. */
struct suspicion {
    enum lookaside_finding_kind kind; /* 0: nothing */
    const char *what;
    const void *address;
    struct la_entry record;   /* nothing in it if there is none */
    struct la_list_name list; /* storage NULL: the watched one */
};

/* --- telling --- */

static void tell(const struct la_watch *watch, const struct suspicion *suspicion, const void *from)
{
    const struct la_list_name *name = suspicion->list.storage ? &suspicion->list : &watch->name;
    struct la_stack here;

    if (!watch->checks) {
        /* It may not be touched: memcheck has more to say about it. */
        (void)la_memcheck_may_free(la_entry_address(&suspicion->record), watch->name.size);
        return;
    }
    la_stack_take(&here, from);
    la_finding_tell(&(struct lookaside_finding){
        .kind = suspicion->kind,
        .what = suspicion->what,
        .list = name->storage,
        .tag = name->tag,
        .size = name->size,
        .windows = name->windows,
        .entry = suspicion->record.watch ? la_entry_address(&suspicion->record) : NULL,
        .address = suspicion->address,
        .here = la_stack_origin(&here),
        .allocated = la_stack_origin(suspicion->list.storage ? &suspicion->list.begun
                                                             : &suspicion->record.allocated),
        .freed = la_stack_origin(&suspicion->record.freed),
    });
}

static void suspect(struct suspicion *suspicion, enum lookaside_finding_kind kind, const char *what,
                    const struct la_entry *record)
{
    suspicion->kind = kind;
    suspicion->what = what;
    if (record)
        suspicion->record = *record;
}

/* --- the bytes of an entry --- */

/* The first that is not as it should be; NULL: all are. */
static const unsigned char *first_other(const unsigned char *bytes, size_t nr, unsigned char all)
{
    for (size_t i = 0; i < nr; i++) {
        if (bytes[i] != all)
            return bytes + i;
    }
    return NULL;
}

static void check_canary(const struct la_watch *watch, struct la_entry *record,
                         struct suspicion *suspicion)
{
    unsigned char *canary = la_entry_address(record) + watch->name.size;
    const unsigned char *other;

    if (watch->memcheck)
        la_memcheck_open_up(canary, record->room);
    other = first_other(canary, record->room, CANARY);
    if (watch->memcheck)
        la_memcheck_forbid(canary, record->room);
    if (!other)
        return;
    /* Told once; and not put right, as what lies there may be another's. */
    record->room = 0;
    if (suspicion->kind)
        return;
    suspect(suspicion, LOOKASIDE_OVERRUN, "bytes behind an entry were overwritten", record);
    suspicion->address = other;
}

/* Under the lock: the list takes the entry, and nobody may touch it until it leaves. */
static void close_up(const struct la_watch *watch, struct la_entry *record,
                     struct suspicion *suspicion)
{
    unsigned char *entry = la_entry_address(record);
    size_t size = watch->name.size;

    LOOKASIDE_UNPOISON(entry, size);
    if (watch->memcheck)
        la_memcheck_open_up(entry, watch->saved);
    memcpy(record->saved, entry, watch->saved);
    memset(entry, HELD_BYTE, watch->saved);
    check_canary(watch, record, suspicion);
    LOOKASIDE_POISON(entry, size);
    if (watch->memcheck)
        record->memcheck_block = la_memcheck_given(entry, size, watch->freed_name);
    record->held = entry;
    record->state = LA_ENTRY_HELD;
}

/* Under the lock: it leaves the list, to the program or to the free routine. */
static void open_up(const struct la_watch *watch, struct la_entry *record,
                    struct suspicion *suspicion)
{
    unsigned char *entry = la_entry_address(record);
    const unsigned char *other;

    LOOKASIDE_UNPOISON(entry, watch->name.size);
    if (watch->memcheck)
        la_memcheck_taken(entry, watch->name.size, record->memcheck_block);
    other = first_other(entry, watch->saved, HELD_BYTE);
    if (other) {
        suspect(suspicion, LOOKASIDE_WRITE_AFTER_FREE, "an entry was written to after it was freed",
                record);
        suspicion->address = other;
    }
    memcpy(entry, record->saved, watch->saved);
    check_canary(watch, record, suspicion);
    record->held = NULL;
}

/* --- in and out --- */

static struct la_entry *new_record(const struct la_watch *watch)
{
    struct la_entry *record = malloc(sizeof *record + watch->saved);

    if (!record)
        return NULL;
    memset(record, 0, sizeof *record);
    record->saved = (unsigned char *)(record + 1);
    record->watch = watch;
    record->size = watch->name.size;
    record->state = LA_ENTRY_OUT;
    return record;
}

/* Under the lock: the entry is known from here on, in place of what lay there before. */
static void replace(struct la_entries *entries, struct la_entry *old, struct la_entry *record)
{
    if (old)
        la_entries_remove(entries, old);
    la_entries_add(entries, record);
}

static void put_canary(const struct la_watch *watch, struct la_entry *record, size_t room)
{
    unsigned char *canary = la_entry_address(record) + watch->name.size;

    record->room = room;
    memset(canary, CANARY, room);
    if (watch->memcheck)
        la_memcheck_forbid(canary, room);
}

/* Makes it the record of an entry that the program gets or has. NULL, with what is wrong: the
 * record is gone. */
static struct la_entry *enter(const struct la_watch *watch, struct la_entry *record, void *entry,
                              size_t room, struct suspicion *suspicion)
{
    struct la_entries entries = la_entries_lock(entry);
    struct la_entry *old = la_entries_find(&entries, entry);

    record->hidden = ~(uintptr_t)entry;
    if (old && old->state == LA_ENTRY_HELD) {
        suspect(suspicion, LOOKASIDE_DOUBLE_FREE,
                "double free: the allocator gave out an entry that a list holds", old);
        old = record;
        record = NULL;
    } else {
        replace(&entries, old, record);
        put_canary(watch, record, room);
    }
    la_entries_unlock(&entries);
    free(old);
    return record;
}

/* For lookaside_alloc_miss(): the record that the strategy would have given. Without memory for it
 * the routine is not asked: it would only get back what it gave. */
void *la_watched_allocate(struct lookaside *list, size_t size)
{
    const struct la_watch *watch = list->watch;
    struct la_entry *record = new_record(watch);
    unsigned char *entry = record ? watch->allocate(list, size + watch->room) : NULL;
    struct suspicion suspicion = {0};

    if (!entry) {
        free(record);
        return NULL;
    }
    record = enter(watch, record, entry, watch->room, &suspicion);
    if (suspicion.kind)
        tell(watch, &suspicion, __builtin_return_address(0));
    return record;
}

static void *check_out(struct lookaside *list, struct la_entry *record, const void *from)
{
    const struct la_watch *watch = list->watch;
    struct suspicion suspicion = {0};
    void *entry = la_entry_address(record);
    struct la_entries entries = la_entries_lock(entry);

    /* One that the routine just gave is as the routine left it. */
    if (record->state == LA_ENTRY_HELD) {
        open_up(watch, record, &suspicion);
        if (watch->memcheck)
            la_memcheck_undefined(entry, watch->name.size);
    }
    record->state = LA_ENTRY_OUT;
    record->freed.nr = 0;
    if (watch->checks)
        la_stack_take(&record->allocated, from);
    la_entries_unlock(&entries);
    if (suspicion.kind)
        tell(watch, &suspicion, from);
    return entry;
}

/* For all that leaves by the free routine. */
void la_watched_free(struct lookaside *list, void *kept)
{
    const struct la_watch *watch = list->watch;
    struct la_entry *record = kept;
    struct suspicion suspicion = {0};
    void *entry = la_entry_address(record);
    struct la_entries entries = la_entries_lock(entry);

    open_up(watch, record, &suspicion);
    if (watch->memcheck)
        la_memcheck_open_up((char *)entry + watch->name.size, record->room);
    if (watch->checks) {
        la_entries_bury(&entries, record);
        record = NULL;
    } else {
        la_entries_remove(&entries, record);
    }
    la_entries_unlock(&entries);
    free(record);
    if (suspicion.kind)
        tell(watch, &suspicion, __builtin_return_address(0));
    watch->free(list, entry);
}

/* Under the lock. Whether the entry is one of this list that the program has. */
static bool is_own(const struct la_watch *watch, const struct la_entry *record)
{
    return record && record->watch == watch && record->state == LA_ENTRY_OUT;
}

/* Under the lock: what the table knows against taking it. */
static void judge_known(const struct la_watch *watch, const struct la_entry *record,
                        struct suspicion *suspicion)
{
    if (record->state == LA_ENTRY_HELD)
        suspect(suspicion, LOOKASIDE_DOUBLE_FREE, "double free: a list holds this entry", record);
    else if (watch->adopts)
        return;
    else if (record->state == LA_ENTRY_GONE)
        suspect(suspicion, LOOKASIDE_DOUBLE_FREE, "double free: this entry has left its list",
                record);
    else if (record->watch != watch)
        suspect(suspicion, LOOKASIDE_FOREIGN_ENTRY, "foreign entry: it is another list's", record);
}

/* Memory that no list knows. */
static void judge_unknown(const struct la_watch *watch, const void *entry,
                          struct suspicion *suspicion)
{
    struct la_entry around;

    suspicion->address = entry;
    if (la_entries_around(entry, &around))
        suspect(suspicion, LOOKASIDE_FOREIGN_ENTRY, "foreign entry: the middle of an entry",
                &around);
    else if (!watch->adopts)
        suspect(suspicion, LOOKASIDE_FOREIGN_ENTRY, "foreign entry: it came from no checked list",
                NULL);
}

static void judge_contents(const struct la_watch *watch, const void *entry,
                           struct suspicion *suspicion)
{
    if (!la_live_seen_within(entry, watch->name.size, &suspicion->list))
        return;
    suspicion->address = entry;
    suspect(suspicion, LOOKASIDE_FREED_LIST, "an entry is freed that holds a live list", NULL);
}

/* Under the lock: the entry is the list's from here on. */
static void keep(const struct la_watch *watch, struct la_entry *record, struct suspicion *suspicion,
                 const void *from)
{
    if (watch->checks)
        la_stack_take(&record->freed, from);
    close_up(watch, record, suspicion);
}

static struct la_entry *adopt(const struct la_watch *watch, void *entry, const void *from)
{
    struct suspicion suspicion = {0};
    struct la_entries entries;
    struct la_entry *record = NULL;

    if (watch->checks)
        judge_unknown(watch, entry, &suspicion);
    else if (!la_memcheck_may_free(entry, watch->name.size))
        return NULL;
    if (!suspicion.kind)
        record = new_record(watch);
    if (record)
        record = enter(watch, record, entry, 0, &suspicion);
    if (suspicion.kind)
        tell(watch, &suspicion, from);
    if (!record)
        return NULL;
    entries = la_entries_lock(entry);
    keep(watch, record, &suspicion, from);
    la_entries_unlock(&entries);
    return record;
}

/* The record to keep, or NULL: the entry is not taken back. */
static struct la_entry *check_in(struct lookaside *list, void *entry, const void *from)
{
    const struct la_watch *watch = list->watch;
    struct suspicion suspicion = {0};
    struct la_entries entries;
    struct la_entry *record;
    bool own = false;

    /* lookaside_free() poisoned it, be it an entry or not. */
    LOOKASIDE_UNPOISON(entry, watch->name.size);
    if (watch->checks)
        judge_contents(watch, entry, &suspicion);
    entries = la_entries_lock(entry);
    record = la_entries_find(&entries, entry);
    if (!suspicion.kind) {
        own = is_own(watch, record);
        if (own)
            keep(watch, record, &suspicion, from);
        else if (record)
            judge_known(watch, record, &suspicion);
    }
    if (record && record->state == LA_ENTRY_HELD)
        LOOKASIDE_POISON(entry, watch->name.size);
    la_entries_unlock(&entries);
    if (suspicion.kind)
        tell(watch, &suspicion, from);
    if (own)
        return record;
    return suspicion.kind ? NULL : adopt(watch, entry, from);
}

/* --- the operations --- */

void *la_watched_take(struct lookaside *list)
{
    struct la_entry *record = list->pop(list);

    if (!record)
        record = lookaside_alloc_miss(list);
    return record ? check_out(list, record, __builtin_return_address(0)) : NULL;
}

void la_watched_give(struct lookaside *list, void *entry)
{
    struct la_entry *record = check_in(list, entry, __builtin_return_address(0));

    if (record && !list->push(list, record))
        lookaside_free_miss(list, record);
}

void la_watch_taken(struct lookaside *list, void **records, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        records[i] = check_out(list, records[i], __builtin_return_address(0));
}

void la_watch_free_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    void *records[BATCH];

    for (size_t done = 0; done < nr;) {
        size_t kept = 0;

        for (; done < nr && kept < BATCH; done++) {
            records[kept] = check_in(list, entries[done], __builtin_return_address(0));
            kept += records[kept] != NULL;
        }
        la_list_keep(list, records, kept);
    }
}
