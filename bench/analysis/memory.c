/* SPDX-License-Identifier: MIT */
/*
 * memory.c: see memory.h.
 */
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static void *or_end(void *memory)
{
    if (!memory) {
        fputs("lookaside: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

void *la_new_array(size_t nr, size_t element_size)
{
    return or_end(calloc(nr ? nr : 1, element_size));
}

void *la_grow_array(void *array, size_t nr, size_t element_size)
{
    const size_t room = nr ? 2 * nr : 1;

    if (nr & (nr - 1))
        return array;
    if (room > SIZE_MAX / element_size)
        or_end(NULL);
    return or_end(realloc(array, room * element_size));
}

FILE *la_new_text(char **text, size_t *size)
{
    return or_end(open_memstream(text, size));
}

void la_end_text(FILE *stream)
{
    const bool whole = !ferror(stream);

    if (fclose(stream) || !whole)
        or_end(NULL);
}
