/* SPDX-License-Identifier: MIT */
/* verifier.c: see verifier.h, and wdm_extra.h for what a program sees of it. */
#include "verifier.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>

#include "checked.h"
#include "platform.h"
#include "variable.h"
#include "wdm_extra.h"

enum { UNASKED, OFF, ON };

static _Atomic int mode = UNASKED;
static _Atomic(lookaside_wdm_verifier_fn *) hook;

/* What Windows calls each kind of finding. */
static const struct {
    ULONG bug_check, code;
} codes[] = {
    [LOOKASIDE_DOUBLE_FREE] = {0xC2, 0x07},      [LOOKASIDE_FOREIGN_ENTRY] = {0xC2, 0x42},
    [LOOKASIDE_OVERRUN] = {0xC1, 0x24},          [LOOKASIDE_WRITE_AFTER_FREE] = {0xC6, 0},
    [LOOKASIDE_REINITIALISED] = {0xC4, 0xCA},    [LOOKASIDE_NOT_LIVE] = {0xC4, 0xCB},
    [LOOKASIDE_FREED_LIST] = {0xC4, 0xCC},       [LOOKASIDE_SMALL_BLOCK] = {0xC4, 0xCD},
    [LOOKASIDE_MISALIGNED_ENTRY] = {0xC2, 0x42}, [LOOKASIDE_LEFT_ALIVE] = {0xCE, 0},
};

static bool tell_hook(const struct lookaside_finding *finding)
{
    /* Acquire: see the setter. */
    lookaside_wdm_verifier_fn *told = atomic_load_explicit(&hook, memory_order_acquire);

    if (!told || !finding->windows)
        return false;
    told(&(struct lookaside_wdm_violation){.bug_check = codes[finding->kind].bug_check,
                                           .code = codes[finding->kind].code,
                                           .list = finding->list,
                                           .tag = finding->tag,
                                           .what = finding->what});
    return true;
}

static void name(const struct lookaside_finding *finding, char *said, size_t size)
{
    if (finding->windows)
        snprintf(said, size, "bug check 0x%X, code 0x%X: ", codes[finding->kind].bug_check,
                 codes[finding->kind].code);
}

void lookaside_wdm_set_verifier(BOOLEAN on)
{
    if (on) {
        la_finding_set_face(tell_hook, name);
        la_look_at_exit(la_verifier_on);
    }
    /* Relaxed: a switch, ordered against nothing. */
    atomic_store_explicit(&mode, on ? ON : OFF, memory_order_relaxed);
}

bool la_verifier_on(void)
{
    /* Relaxed: as above. Threads that ask the environment at once all read the same answer. */
    if (LA_UNLIKELY(atomic_load_explicit(&mode, memory_order_relaxed) == UNASKED)) {
        static const char *const words[] = {"0", "1", NULL};
        static struct la_variable variable = {.name = "LOOKASIDE_VERIFIER", .words = words};
        const int word = la_variable_word(&variable);

        lookaside_wdm_set_verifier(word < 0 ? la_checks_all() : word == 1);
    }
    return atomic_load_explicit(&mode, memory_order_relaxed) == ON;
}

lookaside_wdm_verifier_fn *lookaside_wdm_set_verifier_hook(lookaside_wdm_verifier_fn *next)
{
    /* Acquire and release: what the setter prepared for the hook is there when it is called. */
    return atomic_exchange_explicit(&hook, next, memory_order_acq_rel);
}

struct lookaside *la_verifier_find(const void *storage, size_t bytes)
{
    struct la_list_name found;
    struct lookaside *list = la_verifier_on() ? la_live_within(storage, bytes, &found) : NULL;

    if (list)
        la_tell_of_list(LOOKASIDE_REINITIALISED, "a live list is initialised again", &found);
    return list;
}

bool la_verifier_may_delete(const void *storage)
{
    struct la_list_name found;

    if (!la_verifier_on())
        return true;
    if (la_live_within(storage, 1, &found) && found.storage == storage && found.windows)
        return true;
    la_tell_of_list(LOOKASIDE_NOT_LIVE, "a list is deleted that is not initialised",
                    &(struct la_list_name){.storage = storage, .windows = true});
    return false;
}

bool la_verifier_may_free(void *memory)
{
    struct la_list_name found;

    if (!memory || !la_verifier_on() || !la_live_within(memory, malloc_usable_size(memory), &found))
        return true;
    la_tell_of_freed(memory, &found, __builtin_return_address(0));
    return false;
}

void la_verifier_small_block(const void *storage, uint32_t tag, size_t size)
{
    if (la_verifier_on())
        la_tell_of_list(
            LOOKASIDE_SMALL_BLOCK, "the entries of a nonpaged list are too small for a link",
            &(struct la_list_name){.storage = storage, .tag = tag, .size = size, .windows = true});
}

SIZE_T lookaside_wdm_check_unload(void)
{
    struct la_list_name left;
    SIZE_T nr = 0;

    if (!la_verifier_on())
        return 0;
    for (size_t nth = 0; la_live_nth(nth, &left); nth++) {
        if (!left.windows)
            continue;
        la_tell_of_list(LOOKASIDE_LEFT_ALIVE, "a list was not deleted", &left);
        nr++;
    }
    return nr;
}
