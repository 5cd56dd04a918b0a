/* SPDX-License-Identifier: MIT */
/* floor.c: see floor.h. */
#include "floor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform.h"

enum { FEW = 128 }; /* lines that stay in the innermost cache beside everything else */

struct floor_line {
    _Alignas(LA_CACHE_LINE) unsigned char bytes[LA_CACHE_LINE];
};

/* The lightest way to thread-local data: this code is linked into executables only. */
#define FLOOR_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

FLOOR_LOCAL struct floor_line *lines; /* a power of two of them */
FLOOR_LOCAL size_t next_byte;         /* of the next one, modulo their bytes */
FLOOR_LOCAL size_t mask;              /* their bytes - 1 */

bool la_floor_begin(size_t nr_objects)
{
    size_t nr = 1;

    while (nr < nr_objects)
        nr *= 2;
    lines = aligned_alloc(LA_CACHE_LINE, nr * sizeof *lines);
    if (!lines)
        return false;
    memset(lines, 0, nr * sizeof *lines);
    mask = nr * sizeof *lines - 1;
    next_byte = 0;
    return true;
}

void la_floor_end(void)
{
    free(lines);
    lines = NULL;
}

struct la_floor_estate la_floor_leave(void)
{
    return (struct la_floor_estate){.lines = lines, .next_byte = next_byte, .mask = mask};
}

void la_floor_inherit(const struct la_floor_estate *estate)
{
    lines = estate->lines;
    next_byte = estate->next_byte;
    mask = estate->mask;
}

static LA_HOT void *floor_only(size_t size)
{
    (void)size;
    return lines;
}

static LA_HOT void *floor_next(size_t size)
{
    const size_t byte = next_byte;

    (void)size;
    /* The next call waits for this store, so nothing else stands before it. */
    next_byte = byte + sizeof *lines;
    return lines->bytes + (byte & mask);
}

static LA_HOT void floor_release(void *memory)
{
    (void)memory;
}

struct la_allocator_calls la_floor_calls(size_t nr_objects)
{
    return (struct la_allocator_calls){.allocate = nr_objects <= FEW ? floor_only : floor_next,
                                       .release = floor_release};
}
