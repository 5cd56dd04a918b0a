/* SPDX-License-Identifier: MIT */
/* finding.c: see finding.h. Printing allocates nothing of its own: the heap may be what broke. */
#include "finding.h"

#include <execinfo.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"

enum { LIBRARY_FRAMES = 8 };

static _Atomic(lookaside_finding_fn *) hook;
static _Atomic(la_finding_face *) face;
static _Atomic(la_finding_name *) face_name;
static _Atomic unsigned nr_printed_at_exit;

lookaside_finding_fn *lookaside_set_finding_hook(lookaside_finding_fn *next)
{
    /* Acquire and release: what the setter prepared for the hook is there when it is called. */
    return atomic_exchange_explicit(&hook, next, memory_order_acq_rel);
}

void la_finding_set_face(la_finding_face *next, la_finding_name *name)
{
    atomic_store_explicit(&face_name, name, memory_order_release);
    atomic_store_explicit(&face, next, memory_order_release);
}

void la_stack_take(struct la_stack *stack, const void *from)
{
    void *frames[LA_STACK_FRAMES + LIBRARY_FRAMES];
    int nr = backtrace(frames, LA_STACK_FRAMES + LIBRARY_FRAMES), first = 0;

    while (first < nr && frames[first] != from)
        first++;
    if (first == nr)
        first = 0;
    nr = nr - first < LA_STACK_FRAMES ? nr - first : LA_STACK_FRAMES;
    memcpy(stack->frames, frames + first, (size_t)nr * sizeof *frames);
    stack->nr = (unsigned)nr;
}

static void print_origin(const char *heading, const struct lookaside_origin *origin)
{
    if (origin->nr == 0)
        return;
    dprintf(STDERR_FILENO, "  %s\n", heading);
    backtrace_symbols_fd(origin->frames, (int)origin->nr, STDERR_FILENO);
}

void la_tag_show(uint32_t tag, char shown[LA_TAG_SHOWN])
{
    memcpy(shown, &tag, sizeof tag);
    for (int i = 0; i < 4; i++)
        shown[i] = shown[i] == 0 ? ' ' : shown[i] < ' ' || shown[i] > '~' ? '?' : shown[i];
    shown[4] = '\0';
}

static void print_entry(const struct lookaside_finding *finding)
{
    ptrdiff_t at = (ptrdiff_t)((uintptr_t)finding->address - (uintptr_t)finding->entry);

    if (finding->entry && finding->address)
        dprintf(STDERR_FILENO, "  entry %p, byte %td of it at %p\n", finding->entry, at,
                finding->address);
    else if (finding->entry || finding->address)
        dprintf(STDERR_FILENO, "  %s %p\n",
                finding->kind == LOOKASIDE_FREED_LIST ? "memory" : "entry",
                finding->entry ? finding->entry : finding->address);
}

static void print(const struct lookaside_finding *finding)
{
    la_finding_name *name = atomic_load_explicit(&face_name, memory_order_acquire);
    char tag[LA_TAG_SHOWN], said[64] = "";

    la_tag_show(finding->tag, tag);
    if (name)
        name(finding, said, sizeof said);
    dprintf(STDERR_FILENO, "lookaside: %s%s: list %p, tag '%s', %zu bytes\n", said, finding->what,
            finding->list, tag, finding->size);
    print_entry(finding);
    print_origin("found here:", &finding->here);
    print_origin("freed before:", &finding->freed);
    print_origin(finding->entry ? "allocated:" : "initialised:", &finding->allocated);
}

/* Acquire: see the setters. */
static bool told_a_hook(const struct lookaside_finding *finding)
{
    la_finding_face *own = atomic_load_explicit(&face, memory_order_acquire);
    lookaside_finding_fn *native = atomic_load_explicit(&hook, memory_order_acquire);

    if (own && own(finding))
        return true;
    if (native)
        native(finding);
    return native != NULL;
}

void la_finding_tell(const struct lookaside_finding *finding)
{
    if (told_a_hook(finding))
        return;
    print(finding);
    abort();
}

LA_COLD void la_finding_refused(const struct lookaside *list, const void *entry)
{
    bool misaligned = (uintptr_t)entry % sizeof(void *) != 0;
    struct la_stack here;

    la_stack_take(&here, NULL);
    la_finding_tell(&(struct lookaside_finding){
        .kind = misaligned ? LOOKASIDE_MISALIGNED_ENTRY : LOOKASIDE_DOUBLE_FREE,
        .what = misaligned ? "what is freed is not aligned as an entry"
                           : "double free: it is the entry that was freed last",
        .list = list->storage,
        .tag = list->tag,
        .size = list->size,
        .windows = list->storage != list,
        .entry = entry,
        .here = la_stack_origin(&here),
    });
}

void la_finding_tell_at_exit(const struct lookaside_finding *finding)
{
    if (told_a_hook(finding))
        return;
    print(finding);
    atomic_fetch_add_explicit(&nr_printed_at_exit, 1, memory_order_relaxed);
}

void la_finding_end_of_exit(void)
{
    if (atomic_load_explicit(&nr_printed_at_exit, memory_order_relaxed) > 0)
        abort();
}
