/* SPDX-License-Identifier: MIT */
/*
 * checked_frees.c: memory that is given back while a checked list lives in it.
 *
 * Whoever gives memory back asks here, for every block of the program, on any thread, and maybe
 * with locks held; so most questions are answered without one. Checked lists are counted by the
 * pages that their storage touches, in a table by page number: a range of which no page is counted
 * holds none. Only for what lies near a list the set of live lists is asked.
 *
 * A sanitizer has free() itself, and calls a hook in it.
 */
#include <malloc.h>
#include <stdatomic.h>

#include "checked_watch.h"
#include "live.h"

enum { PAGE = 4096, PLACES = 4096 };

/* Relaxed, all of it: whoever frees a list's memory was handed it, and with it all that came before
 * the list's init returned. */
static _Atomic unsigned nr_lists;
static _Atomic unsigned places[PLACES];

static size_t page_of(uintptr_t address)
{
    return address / PAGE;
}

static void count(const struct la_watch *watch, unsigned change)
{
    uintptr_t start = (uintptr_t)watch->name.storage;

    for (size_t page = page_of(start); page <= page_of(start + watch->storage_bytes - 1); page++)
        atomic_fetch_add_explicit(&places[page % PLACES], change, memory_order_relaxed);
    atomic_fetch_add_explicit(&nr_lists, change, memory_order_relaxed);
}

void la_places_add(const struct la_watch *watch)
{
    count(watch, 1);
}

void la_places_remove(const struct la_watch *watch)
{
    count(watch, -1U);
}

static bool none_lives(void)
{
    return atomic_load_explicit(&nr_lists, memory_order_relaxed) == 0;
}

static bool is_near(uintptr_t start, size_t bytes)
{
    size_t first = page_of(start), nr = page_of(start + bytes - 1) - first + 1;

    if (nr > PLACES)
        return true;
    for (size_t i = 0; i < nr; i++) {
        if (atomic_load_explicit(&places[(first + i) % PLACES], memory_order_relaxed) > 0)
            return true;
    }
    return false;
}

void la_tell_of_freed(const void *memory, const struct la_list_name *name, const void *from)
{
    struct la_stack here;

    la_stack_take(&here, from);
    la_finding_tell(&(struct lookaside_finding){
        .kind = LOOKASIDE_FREED_LIST,
        .what = "memory is freed that holds a live list",
        .list = name->storage,
        .tag = name->tag,
        .size = name->size,
        .windows = name->windows,
        .address = memory,
        .here = la_stack_origin(&here),
        .allocated = la_stack_origin(&name->begun),
    });
}

static bool may_release(const void *memory, size_t bytes, const void *from)
{
    struct la_list_name name;

    if (bytes == 0 || !is_near((uintptr_t)memory, bytes) ||
        !la_live_seen_within(memory, bytes, &name))
        return true;
    la_tell_of_freed(memory, &name, from);
    return false;
}

bool lookaside_may_release(const void *memory, size_t bytes)
{
    return none_lives() || may_release(memory, bytes, __builtin_return_address(0));
}

bool lookaside_may_free(void *memory)
{
    return none_lives() || !memory ||
           may_release(memory, malloc_usable_size(memory), __builtin_return_address(0));
}

/* --- under a sanitizer --- */

typedef void malloc_hook_fn(const volatile void *memory, size_t size);
typedef void free_hook_fn(const volatile void *memory);
__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(malloc_hook_fn *malloc_hook,
                                                                    free_hook_fn *free_hook);
__attribute__((weak)) int __sanitizer_get_ownership(const volatile void *memory);

static void see_nothing(const volatile void *memory, size_t size)
{
    (void)memory;
    (void)size;
}

/* What is no block, or no longer one, is the sanitizer's finding. */
static void see_free(const volatile void *memory)
{
    if (!none_lives() && __sanitizer_get_ownership(memory))
        (void)lookaside_may_free((void *)(uintptr_t)memory);
}

void la_frees_hook(void)
{
    if (__sanitizer_install_malloc_and_free_hooks)
        (void)__sanitizer_install_malloc_and_free_hooks(see_nothing, see_free);
}
