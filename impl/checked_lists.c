/* SPDX-License-Identifier: MIT */
/*
 * checked_lists.c: which lists are watched, and what is found of lists rather than entries: those
 * that begin where one lives, end where none does, or are left at exit. See checked.h.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "checked_watch.h"
#include "live.h"
#include "memcheck.h"
#include "variable.h"

enum { ROOM = 32, MOST_SAVED = 65536 };

/* Whether some list is or was checked: then all of them end and begin under a look. */
static _Atomic bool any;

/* --- the environment --- */

enum { ALL_CHECKED = 1, ALL_ADOPT = 2 };
static unsigned asked;

static void read_environment(void)
{
    static const char *const words[] = {"0", "1", "adopts", NULL};
    static const unsigned meanings[] = {0, ALL_CHECKED, ALL_CHECKED | ALL_ADOPT};
    static struct la_variable variable = {.name = "LOOKASIDE_CHECKED", .words = words};
    const int word = la_variable_word(&variable);

    asked = word < 0 ? 0 : meanings[word];
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

void la_tell_of_list(enum lookaside_finding_kind kind, const char *what,
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
        .allocated = la_stack_origin(&name->begun),
    });
}

/* Whether those with Windows names are looked for: verifier.c knows. */
static _Atomic(la_asks_fn *) windows_matter;

static void tell_who_is_left(void)
{
    la_asks_fn *asks = atomic_load_explicit(&windows_matter, memory_order_relaxed);
    struct la_list_name name;

    for (size_t nth = 0; la_live_nth(nth, &name); nth++) {
        if (name.windows ? asks && asks() : name.checked)
            la_finding_tell_at_exit(&(struct lookaside_finding){
                .kind = LOOKASIDE_LEFT_ALIVE,
                .what = "a list was not ended before the program's exit",
                .list = name.storage,
                .tag = name.tag,
                .size = name.size,
                .windows = name.windows,
                .allocated = la_stack_origin(&name.begun),
            });
    }
    la_finding_end_of_exit();
}

static void register_exit(void)
{
    atexit(tell_who_is_left);
}

void la_look_at_exit(la_asks_fn *windows)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    /* Relaxed: a function's address orders nothing. */
    if (windows)
        atomic_store_explicit(&windows_matter, windows, memory_order_relaxed);
    pthread_once(&once, register_exit);
}

static void first_checked_list(void)
{
    struct la_stack ignored;

    /* The first use of the unwinder allocates. */
    la_stack_take(&ignored, NULL);
    la_frees_hook();
    atomic_store_explicit(&any, true, memory_order_relaxed);
    la_look_at_exit(NULL);
}

bool la_watch_checks(const struct lookaside *list)
{
    return list->watch && list->watch->checks;
}

const struct la_stack *la_watch_begun(const struct lookaside *list)
{
    return la_watch_checks(list) ? &list->watch->name.begun : NULL;
}

static bool checks_any(void)
{
    /* Relaxed: a switch, ordered against nothing. */
    return la_checks_all() || atomic_load_explicit(&any, memory_order_relaxed);
}

static void name_freed(struct la_watch *watch)
{
    char tag[LA_TAG_SHOWN];

    la_tag_show(watch->name.tag, tag);
    snprintf(watch->freed_name, sizeof watch->freed_name, "block freed into lookaside list '%s'",
             tag);
}

static void set_up(struct lookaside *list, struct la_watch *watch, uint32_t flags, bool memcheck)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    *watch = (struct la_watch){
        .name = la_list_name(list),
        .storage_bytes = list->storage_bytes,
        .allocate = list->allocate,
        .free = list->free,
        .checks = (flags & LOOKASIDE_CHECKED) || la_checks_all(),
        .memcheck = memcheck,
    };
    watch->adopts = !watch->checks || (flags & LOOKASIDE_ADOPTS) || environment() & ALL_ADOPT;
    name_freed(watch);
    if (watch->checks) {
        pthread_once(&once, first_checked_list);
        la_stack_take(&watch->name.begun, NULL);
        la_places_add(watch);
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
    list->watch = watch;
    list->bound = 0;
    list->take = la_watched_take;
    list->give = la_watched_give;
    list->allocate = la_watched_allocate;
    list->free = la_watched_free;
    return 0;
}

void la_watch_close(struct lookaside *list)
{
    struct la_watch *watch = list->watch;

    if (!watch)
        return;
    la_entries_forget(watch);
    if (watch->checks)
        la_places_remove(watch);
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
    la_tell_of_list(LOOKASIDE_REINITIALISED, "a live list is initialised again", &name);
    if (!name.windows) {
        la_live_remove(live);
        return;
    }
    /* Its ticks go on, but no longer write what they find into the storage. */
    la_live_disown(live);
    live->refreshed = NULL;
}

bool la_watch_may_end(struct lookaside *list)
{
    if (!checks_any() || la_live_contains(list))
        return true;
    la_tell_of_list(LOOKASIDE_NOT_LIVE, "a list is ended that is not live",
                    &(struct la_list_name){.storage = list});
    return false;
}
