/* SPDX-License-Identifier: MIT */
/* floor.c: see floor.h. */
#include "floor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

struct floor_line {
    _Alignas(LA_CACHE_LINE) unsigned char bytes[LA_CACHE_LINE];
};

static _Thread_local struct floor_line *lines;
static _Thread_local size_t mask; /* their number - 1; the number is a power of two */
static _Thread_local size_t next;

bool la_floor_begin(size_t nr_objects)
{
    size_t nr = 1;

    while (nr < nr_objects)
        nr *= 2;
    lines = aligned_alloc(LA_CACHE_LINE, nr * sizeof *lines);
    if (!lines)
        return false;
    memset(lines, 0, nr * sizeof *lines);
    mask = nr - 1;
    next = 0;
    return true;
}

void la_floor_end(void)
{
    free(lines);
    lines = NULL;
}

static void *floor_allocate(size_t size)
{
    (void)size;
    return &lines[next++ & mask];
}

static void floor_release(void *memory)
{
    (void)memory;
}

const struct la_allocator_calls la_floor_calls = {.allocate = floor_allocate,
                                                  .release = floor_release};
