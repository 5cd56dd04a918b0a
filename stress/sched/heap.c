/* SPDX-License-Identifier: MIT */
/* heap.c: see heap.h. The linker's --wrap sends the code under test here. */
#include "heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { HEAP_BYTES = 4 << 20, GRAIN = 16, RUBBISH = 0xA5, FREED = 0xDD };
enum { NEVER, LIVE, GONE };

static _Alignas(4096) unsigned char heap[HEAP_BYTES];
static unsigned char states[HEAP_BYTES / GRAIN]; /* of each grain */
static size_t used;

static unsigned char kept_heap[HEAP_BYTES], kept_states[HEAP_BYTES / GRAIN];
static size_t kept_used;

void heap_keep(void)
{
    memcpy(kept_heap, heap, used);
    memcpy(kept_states, states, used / GRAIN);
    kept_used = used;
}

void heap_put_back(void)
{
    memcpy(heap, kept_heap, kept_used);
    memcpy(states, kept_states, kept_used / GRAIN);
    memset(states + kept_used / GRAIN, NEVER, (used - kept_used) / GRAIN);
    used = kept_used;
}

ptrdiff_t heap_offset(const void *at)
{
    uintptr_t begin = (uintptr_t)heap, address = (uintptr_t)at;

    return address >= begin && address < begin + HEAP_BYTES ? (ptrdiff_t)(address - begin) : -1;
}

void heap_check(const void *at, size_t bytes)
{
    ptrdiff_t offset = heap_offset(at);
    unsigned char state;

    if (offset < 0)
        return;
    state = states[offset / GRAIN];
    if (state != LIVE)
        sched_fail("thread %s uses %zu bytes of memory that %s", sched_name(sched_world.current),
                   bytes, state == GONE ? "was freed" : "was not allocated");
}

/* Each piece begins with a grain that has its size. */
void *heap_alloc(size_t align, size_t bytes, bool zeroed)
{
    size_t at, rounded = (bytes + GRAIN - 1) / GRAIN * GRAIN;

    align = align < GRAIN ? GRAIN : align;
    at = (used + GRAIN + align - 1) / align * align;
    if (bytes > HEAP_BYTES || at + rounded + GRAIN > HEAP_BYTES)
        return NULL;
    memcpy(heap + at - GRAIN, &rounded, sizeof rounded);
    memset(heap + at, zeroed ? 0 : RUBBISH, rounded);
    memset(states + at / GRAIN, LIVE, rounded / GRAIN);
    used = at + rounded;
    return heap + at;
}

static void heap_free(void *memory)
{
    ptrdiff_t offset = heap_offset(memory);
    size_t rounded;

    if (!memory)
        return;
    if (offset < 0)
        sched_fail("thread %s frees what is not on the heap", sched_name(sched_world.current));
    if (states[offset / GRAIN] != LIVE)
        sched_fail("thread %s frees memory twice", sched_name(sched_world.current));
    memcpy(&rounded, heap + offset - GRAIN, sizeof rounded);
    memset(heap + offset, FREED, rounded);
    memset(states + offset / GRAIN, GONE, rounded / GRAIN);
}

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t nr, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
int __wrap_posix_memalign(void **memory, size_t align, size_t bytes);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t bytes)
{
    return heap_alloc(GRAIN, bytes, false);
}

void *__wrap_calloc(size_t nr, size_t bytes)
{
    return heap_alloc(GRAIN, nr * bytes, true);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return heap_alloc(align, bytes, false);
}

int __wrap_posix_memalign(void **memory, size_t align, size_t bytes)
{
    *memory = heap_alloc(align, bytes, false);
    return *memory ? 0 : ENOMEM;
}

void __wrap_free(void *memory)
{
    heap_free(memory);
}
