/* SPDX-License-Identifier: MIT */
/* cpu_list.c: see cpu_list.h. */
#include "cpu_list.h"

#include <stdlib.h>

unsigned la_cpu_list_count(const char *list)
{
    unsigned nr = 0;

    while (list && *list) {
        char *end;
        const unsigned long first = strtoul(list, &end, 10);
        unsigned long last = first;

        if (end == list)
            return 0;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        nr += (unsigned)(last - first + 1);
        list = *end == ',' ? end + 1 : end;
        if (*end && *end != ',')
            return 0;
    }
    return nr;
}
