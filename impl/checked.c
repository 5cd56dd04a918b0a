/* SPDX-License-Identifier: MIT */
/*
 * checked.c: the operations of watched lists. See checked.h, and lookaside.h for what is found.
 *
 * An entry's way: allocate() gets it from the list's routine with room for a canary and makes its
 * record; check_out() hands it to the program; check_in() takes it back: record found, canary
 * looked at, contents saved and overwritten; the strategy keeps the record; check_out() again looks
 * whether the bytes are as they were left; and leave() gives it to the free routine.
 */
#include "checked.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "live.h"
#include "memcheck.h"
#include "platform.h"
#include "strategy.h"

enum { ROOM = 32, MOST_SAVED = 65536, CANARY = 0xC5, HELD_BYTE = 0xDE, BATCH = 64 };

struct la_watch {
    struct la_list_name name;
    lookaside_allocate_fn *allocate;
    lookaside_free_fn *free;
    size_t room;  /* bytes of canary behind entries that allocate gave */
    size_t saved; /* bytes of a held entry that are overwritten */
    bool checks, adopts;
    bool memcheck; /* with or without checks */
};

/* What is wrong, gathered under the lock and told without it. */
struct suspicion {
    enum lookaside_finding_kind kind; /* 0: nothing */
    const char *what;
    const void *address;
    struct la_entry record;   /* nothing in it if there is none */
    struct la_list_name list; /* storage NULL: the watched one */
};

/* Whether some list is or was checked: then all of them end and begin under a look. */
static _Atomic bool any;

/* --- the environment --- */

enum { ALL_CHECKED = 1, ALL_ADOPT = 2 };
static unsigned asked;

static void read_environment(void)
{
    const char *value = secure_getenv("LOOKASIDE_CHECKED");

    if (!value || strcmp(value, "") == 0 || strcmp(value, "0") == 0)
        return;
    if (strcmp(value, "1") == 0)
        asked = ALL_CHECKED;
    else if (strcmp(value, "adopts") == 0)
        asked = ALL_CHECKED | ALL_ADOPT;
    else
        fprintf(stderr, "lookaside: LOOKASIDE_CHECKED is '%s', not 0, 1 or adopts: ignored\n",
                value);
}

static unsigned environment(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_environment);
    return asked;
}

bool la_checks_all(void)
{
    return environment() & ALL_CHECKED;
}

/* --- telling --- */

static void tell(const struct la_watch *watch, const struct suspicion *suspicion, const void *from)
{
    const struct la_list_name *name = suspicion->list.storage ? &suspicion->list : &watch->name;
    struct la_stack here;

    if (!watch->checks) {
        /* Memcheck says it better. */
        la_memcheck_given(suspicion->record.watch, suspicion->record.entry);
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
        .entry = suspicion->record.entry,
        .address = suspicion->address,
        .here = la_stack_origin(&here),
        .allocated = la_stack_origin(&suspicion->record.allocated),
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
    const unsigned char *canary = record->entry + watch->name.size;

    const unsigned char *other = first_other(canary, record->room, CANARY);

    if (!other)
        return;
    /* Told once; and not put right, as what lies there may be another's. */
    record->room = 0;
    if (suspicion->kind)
        return;
    suspect(suspicion, LOOKASIDE_OVERRUN, "bytes behind an entry were overwritten", record);
    suspicion->address = other;
}

/* It leaves the list, to the program or to the free routine. */
static void open_up(const struct la_watch *watch, struct la_entry *record,
                    struct suspicion *suspicion)
{
    LOOKASIDE_UNPOISON(record->entry, watch->name.size);
    if (watch->memcheck)
        la_memcheck_open_up(record->entry, watch->name.size + record->room);
    suspicion->address = first_other(record->entry, watch->saved, HELD_BYTE);
    if (suspicion->address)
        suspect(suspicion, LOOKASIDE_WRITE_AFTER_FREE, "an entry was written to after it was freed",
                record);
    memcpy(record->entry, record->saved, watch->saved);
    check_canary(watch, record, suspicion);
}

/* --- in and out --- */

static struct la_entry *new_record(const struct la_watch *watch, void *entry)
{
    struct la_entry *record = malloc(sizeof *record + watch->saved);

    if (!record)
        return NULL;
    memset(record, 0, sizeof *record);
    record->saved = (unsigned char *)(record + 1);
    record->entry = entry;
    record->watch = watch;
    record->name = watch->name;
    record->state = LA_ENTRY_OUT;
    return record;
}

/* Under the lock: another life of that memory begins, and its record is out of date. */
static void replace(struct la_entries *entries, struct la_entry *old, struct la_entry *record)
{
    if (old) {
        if (old->watch->memcheck && old->state == LA_ENTRY_OUT)
            la_memcheck_given(old->watch, old->entry);
        la_entries_remove(entries, old);
    }
    la_entries_add(entries, record);
}

/* It becomes a block of the pool, the canary none. */
static void memcheck_out(const struct la_watch *watch, const struct la_entry *record)
{
    if (!watch->memcheck)
        return;
    la_memcheck_taken(watch, record->entry, watch->name.size);
    la_memcheck_forbid(record->entry + watch->name.size, record->room);
}

/* The record of an entry that the program gets or has; NULL, with what is wrong if that is the
 * reason rather than memory. */
static struct la_entry *enter(const struct la_watch *watch, void *entry, size_t room,
                              struct suspicion *suspicion)
{
    struct la_entry *record = new_record(watch, entry), *old;
    /* What the routine left in it is what the program gets. */
    void *bits = watch->memcheck ? la_memcheck_bits(entry, watch->name.size) : NULL;
    struct la_entries entries;

    if (!record) {
        free(bits);
        return NULL;
    }
    record->room = room;
    entries = la_entries_lock(entry);
    old = la_entries_find(&entries, entry);
    if (old && old->state == LA_ENTRY_HELD) {
        suspect(suspicion, LOOKASIDE_DOUBLE_FREE,
                "double free: the allocator gave out an entry that a list holds", old);
        old = record;
        record = NULL;
    } else {
        replace(&entries, old, record);
        memset(record->entry + watch->name.size, CANARY, room);
        memcheck_out(watch, record);
        la_memcheck_put_bits(entry, watch->name.size, bits);
        bits = NULL;
    }
    la_entries_unlock(&entries);
    free(bits);
    free(old);
    return record;
}

/* For lookaside_alloc_miss(): the record that the strategy would have given. */
static void *allocate(struct lookaside *list, size_t size)
{
    const struct la_watch *watch = list->watch;
    unsigned char *entry = watch->allocate(list, size + watch->room);
    struct suspicion suspicion = {0};
    struct la_entry *record;

    if (!entry)
        return NULL;
    record = enter(watch, entry, watch->room, &suspicion);
    if (suspicion.kind)
        tell(watch, &suspicion, __builtin_return_address(0));
    else if (!record)
        watch->free(list, entry);
    return record;
}

static void *check_out(struct lookaside *list, struct la_entry *record, const void *from)
{
    const struct la_watch *watch = list->watch;
    struct suspicion suspicion = {0};
    void *entry = record->entry;
    struct la_entries entries = la_entries_lock(entry);

    if (record->state == LA_ENTRY_HELD) {
        open_up(watch, record, &suspicion);
        memcheck_out(watch, record);
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
static void leave(struct lookaside *list, void *kept)
{
    const struct la_watch *watch = list->watch;
    struct la_entry *record = kept;
    struct suspicion suspicion = {0};
    void *entry = record->entry;
    struct la_entries entries = la_entries_lock(entry);

    open_up(watch, record, &suspicion);
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
    LOOKASIDE_UNPOISON(record->entry, watch->name.size);
    if (watch->memcheck)
        la_memcheck_given(watch, record->entry);
    if (watch->checks) {
        la_stack_take(&record->freed, from);
        if (watch->memcheck)
            la_memcheck_open_up(record->entry, watch->name.size + record->room);
        check_canary(watch, record, suspicion);
        memcpy(record->saved, record->entry, watch->saved);
        memset(record->entry, HELD_BYTE, watch->saved);
        if (watch->memcheck)
            la_memcheck_forbid(record->entry, watch->name.size + record->room);
    }
    LOOKASIDE_POISON(record->entry, watch->name.size);
    record->state = LA_ENTRY_HELD;
}

static struct la_entry *adopt(const struct la_watch *watch, void *entry, const void *from)
{
    struct suspicion suspicion = {0};
    struct la_entries entries;
    struct la_entry *record = NULL;

    if (watch->checks)
        judge_unknown(watch, entry, &suspicion);
    if (!suspicion.kind)
        record = enter(watch, entry, 0, &suspicion);
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
    la_entries_unlock(&entries);
    if (suspicion.kind)
        tell(watch, &suspicion, from);
    if (own)
        return record;
    return suspicion.kind ? NULL : adopt(watch, entry, from);
}

/* --- the operations --- */

static void *watched_take(struct lookaside *list)
{
    struct la_entry *record = list->pop(list);

    if (!record)
        record = lookaside_alloc_miss(list);
    return record ? check_out(list, record, __builtin_return_address(0)) : NULL;
}

static void watched_give(struct lookaside *list, void *entry)
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

/* --- lists that begin and end --- */

static void tell_of_list(enum lookaside_finding_kind kind, const char *what,
                         const struct la_list_name *name)
{
    struct la_stack here;

    la_stack_take(&here, NULL);
    la_finding_tell(&(struct lookaside_finding){
        .kind = kind,
        .what = what,
        .list = name->storage,
        .tag = name->tag,
        .size = name->size,
        .windows = name->windows,
        .here = la_stack_origin(&here),
    });
}

static bool tell_if_left(struct lookaside *list, void *unused)
{
    const struct la_list_name name = la_list_name(list);

    (void)unused;
    /* Lists with Windows names have verifier.c. */
    if (list->watch && list->watch->checks && !name.windows)
        la_finding_tell_at_exit(&(struct lookaside_finding){
            .kind = LOOKASIDE_LEFT_ALIVE,
            .what = "a list was not ended by the program's exit",
            .list = name.storage,
            .tag = name.tag,
            .size = name.size,
        });
    return true;
}

static void look_at_exit(void)
{
    lookaside_for_each(tell_if_left, NULL);
    la_finding_end_of_exit();
}

static void first_checked_list(void)
{
    struct la_stack ignored;

    /* The first use of the unwinder allocates. */
    la_stack_take(&ignored, NULL);
    atomic_store_explicit(&any, true, memory_order_relaxed);
    atexit(look_at_exit);
}

static bool checks_any(void)
{
    /* Relaxed: a switch, ordered against nothing. */
    return la_checks_all() || atomic_load_explicit(&any, memory_order_relaxed);
}

static void set_up(struct lookaside *list, struct la_watch *watch, uint32_t flags, bool memcheck)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    *watch = (struct la_watch){
        .name = la_list_name(list),
        .allocate = list->allocate,
        .free = list->free,
        .checks = (flags & LOOKASIDE_CHECKED) || la_checks_all(),
        .memcheck = memcheck,
    };
    watch->adopts = !watch->checks || (flags & LOOKASIDE_ADOPTS) || environment() & ALL_ADOPT;
    if (watch->checks) {
        pthread_once(&once, first_checked_list);
        /* What an adopting list is given may be as small as its entries, at an address that it gave
         * out before with room. */
        watch->room = flags & LOOKASIDE_ROOMY && !watch->adopts ? ROOM : 0;
        watch->saved = list->size < MOST_SAVED ? list->size : MOST_SAVED;
    }
}

int la_watch_open(struct lookaside *list, uint32_t flags)
{
    bool memcheck = la_memcheck_runs();
    struct la_watch *watch;

    if (!(flags & LOOKASIDE_CHECKED) && !la_checks_all() && !memcheck)
        return 0;
    watch = malloc(sizeof *watch);
    if (!watch)
        return -ENOMEM;
    set_up(list, watch, flags, memcheck);
    if (memcheck)
        la_memcheck_open(watch);
    list->watch = watch;
    list->bound = 0;
    list->take = watched_take;
    list->give = watched_give;
    list->allocate = allocate;
    list->free = leave;
    return 0;
}

/* The program's from here on: as it is, but of no pool. */
static void let_go(struct la_entry *record)
{
    size_t size = record->name.size;
    void *bits;

    if (!record->watch->memcheck || record->state != LA_ENTRY_OUT)
        return;
    bits = la_memcheck_bits(record->entry, size);
    la_memcheck_given(record->watch, record->entry);
    if (bits)
        la_memcheck_open_up(record->entry, size);
    la_memcheck_put_bits(record->entry, size, bits);
}

void la_watch_close(struct lookaside *list)
{
    struct la_watch *watch = list->watch;

    if (!watch)
        return;
    la_entries_forget(watch, let_go);
    if (watch->memcheck)
        la_memcheck_close(watch);
    list->watch = NULL;
    free(watch);
}

void la_watch_evict(struct lookaside *list, uint32_t flags)
{
    struct la_list_name name;
    struct lookaside *live;

    if (!(flags & LOOKASIDE_CHECKED) && !checks_any())
        return;
    live = la_live_within(list, sizeof *list, &name);
    if (!live)
        return;
    tell_of_list(LOOKASIDE_REINITIALISED, "a live list is initialised again", &name);
    if (name.windows)
        la_live_disown(live);
    else
        la_live_remove(live);
}

bool la_watch_may_end(struct lookaside *list)
{
    if (!checks_any() || la_live_contains(list))
        return true;
    tell_of_list(LOOKASIDE_NOT_LIVE, "a list is ended that is not live",
                 &(struct la_list_name){.storage = list});
    return false;
}
