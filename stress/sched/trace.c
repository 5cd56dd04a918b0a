/* SPDX-License-Identifier: MIT */
/* trace.c: the listing of an interleaving, a line a step. */
#include <stdio.h>
#include <string.h>

#include "engine.h"

bool sched_tracing;

__attribute__((format(printf, 4, 0))) static void
print(unsigned step, const char *where, const char *what, const char *format, va_list arguments)
{
    unsigned column = sched_world.current > 0 ? (sched_world.current - 1) % 3 : 0;

    printf("%6u  %*s%-*s  %-36s %s: ", step, (int)column * 3, "", 6 - (int)column * 3 + 3,
           sched_name(sched_world.current), where, what);
    vprintf(format, arguments);
    putchar('\n');
}

void sched_trace(const struct la_sched_site *site, const char *format, ...)
{
    char where[128];
    va_list arguments;

    if (!sched_tracing || !sched_world.active)
        return;
    snprintf(where, sizeof where, "%s:%u", site->file + strspn(site->file, "./"), site->line);
    va_start(arguments, format);
    print(sched_world.steps, where, site->what, format, arguments);
    va_end(arguments);
}

void sched_note(const char *format, ...)
{
    va_list arguments;

    if (!sched_tracing || !sched_world.active)
        return;
    va_start(arguments, format);
    print(sched_world.steps, "", "--", format, arguments);
    va_end(arguments);
}
