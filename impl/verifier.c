/* SPDX-License-Identifier: MIT */
/* verifier.c: see verifier.h, and wdm_extra.h for what a program sees of it. */
#include "verifier.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"
#include "wdm_extra.h"

enum { BUG_CHECK_VERIFIER = 0xC4, BUG_CHECK_UNLOADED = 0xCE };
enum { REINITIALISED = 0xCA, NOT_LIVE = 0xCB, FREED_LIVE = 0xCC, SMALL_BLOCK = 0xCD };
enum { UNASKED, OFF, ON };

static _Atomic int mode = UNASKED;
static _Atomic(lookaside_wdm_verifier_fn *) hook;
/* The default's last word at exit, so that every list gets its line before the process aborts. */
static _Atomic bool abort_later;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct la_verified *first;

static void check_at_exit(void)
{
    atomic_store_explicit(&abort_later, true, memory_order_relaxed);
    if (lookaside_wdm_check_unload() > 0 && !atomic_load_explicit(&hook, memory_order_acquire))
        abort();
}

static void register_exit_check(void)
{
    atexit(check_at_exit);
}

void lookaside_wdm_set_verifier(BOOLEAN on)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (on)
        pthread_once(&once, register_exit_check);
    /* Relaxed: a switch, ordered against nothing. */
    atomic_store_explicit(&mode, on ? ON : OFF, memory_order_relaxed);
}

bool la_verifier_on(void)
{
    /* Relaxed: as above. Threads that ask the environment at once all read the same answer. */
    if (LA_UNLIKELY(atomic_load_explicit(&mode, memory_order_relaxed) == UNASKED)) {
        const char *asked = getenv("LOOKASIDE_VERIFIER");

        lookaside_wdm_set_verifier(asked && strcmp(asked, "1") == 0);
    }
    return atomic_load_explicit(&mode, memory_order_relaxed) == ON;
}

lookaside_wdm_verifier_fn *lookaside_wdm_set_verifier_hook(lookaside_wdm_verifier_fn *next)
{
    /* Acquire and release: what the setter prepared for the hook is there when it is called. */
    return atomic_exchange_explicit(&hook, next, memory_order_acq_rel);
}

static void print(const struct lookaside_wdm_violation *violation)
{
    fprintf(stderr, "lookaside: bug check 0x%X, code 0x%X: %s: list %p, tag '%.4s'\n",
            violation->bug_check, violation->code, violation->what, violation->list,
            (const char *)&violation->tag);
}

static void report(const struct lookaside_wdm_violation *violation)
{
    /* Acquire: see the setter. */
    lookaside_wdm_verifier_fn *told = atomic_load_explicit(&hook, memory_order_acquire);

    if (told) {
        told(violation);
        return;
    }
    print(violation);
    if (violation->bug_check != BUG_CHECK_UNLOADED ||
        !atomic_load_explicit(&abort_later, memory_order_relaxed))
        abort();
}

static void find(ULONG code, const void *list, ULONG tag, const char *what)
{
    report(&(struct lookaside_wdm_violation){
        .bug_check = BUG_CHECK_VERIFIER, .code = code, .list = list, .tag = tag, .what = what});
}

void la_verifier_add(struct la_verified *list)
{
    list->previous = NULL;
    pthread_mutex_lock(&lock);
    list->next = first;
    if (first)
        first->previous = list;
    first = list;
    pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static void unlink_list(struct la_verified *list)
{
    if (list->next)
        list->next->previous = list->previous;
    if (list->previous)
        list->previous->next = list->next;
    else
        first = list->next;
}

void la_verifier_remove(struct la_verified *list)
{
    pthread_mutex_lock(&lock);
    unlink_list(list);
    pthread_mutex_unlock(&lock);
}

/* Under the lock: a live list with bytes in the range. */
static struct la_verified *within(const void *start, size_t bytes)
{
    uintptr_t from = (uintptr_t)start;
    struct la_verified *list;

    for (list = first; list; list = list->next) {
        uintptr_t storage = (uintptr_t)list->storage;

        if (storage < from + bytes && from < storage + list->bytes)
            break;
    }
    return list;
}

struct la_verified *la_verifier_evict(const void *storage, size_t bytes)
{
    struct la_verified *list;

    if (!la_verifier_on())
        return NULL;
    pthread_mutex_lock(&lock);
    list = within(storage, bytes);
    if (list)
        unlink_list(list);
    pthread_mutex_unlock(&lock);
    if (list)
        find(REINITIALISED, list->storage, list->tag, "a live list is initialised again");
    return list;
}

bool la_verifier_may_delete(const void *storage)
{
    struct la_verified *list;

    if (!la_verifier_on())
        return true;
    pthread_mutex_lock(&lock);
    list = within(storage, 1);
    pthread_mutex_unlock(&lock);
    if (list && list->storage == storage)
        return true;
    find(NOT_LIVE, storage, 0, "a list is deleted that is not initialised");
    return false;
}

bool la_verifier_may_free(void *memory)
{
    struct la_verified *list;
    const void *storage = NULL;
    uint32_t tag = 0;

    if (!memory || !la_verifier_on())
        return true;
    pthread_mutex_lock(&lock);
    list = within(memory, malloc_usable_size(memory));
    if (list) {
        storage = list->storage;
        tag = list->tag;
    }
    pthread_mutex_unlock(&lock);
    if (!storage)
        return true;
    find(FREED_LIVE, storage, tag, "memory is freed that holds a live list");
    return false;
}

void la_verifier_small_block(const void *storage, uint32_t tag)
{
    if (la_verifier_on())
        find(SMALL_BLOCK, storage, tag, "the entries of a nonpaged list are too small for a link");
}

/* The nth live list, copied; false past the last. Walks from the front every time, so that the
 * hook is called without the lock. */
static bool copy_nth(size_t nth, struct la_verified *copy)
{
    struct la_verified *list;

    pthread_mutex_lock(&lock);
    for (list = first; list && nth > 0; list = list->next)
        nth--;
    if (list)
        *copy = *list;
    pthread_mutex_unlock(&lock);
    return list != NULL;
}

SIZE_T lookaside_wdm_check_unload(void)
{
    struct la_verified list;
    size_t nr = 0;

    if (!la_verifier_on())
        return 0;
    while (copy_nth(nr, &list)) {
        nr++;
        report(&(struct lookaside_wdm_violation){.bug_check = BUG_CHECK_UNLOADED,
                                                 .list = list.storage,
                                                 .tag = list.tag,
                                                 .what = "a list was not deleted"});
    }
    return nr;
}
