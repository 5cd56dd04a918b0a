/* SPDX-License-Identifier: MIT */
/* glibc.c: the C library's own allocator: what malloc means in this process, and the baseline. */
#include <gnu/libc-version.h>
#include <stdlib.h>

#include "allocator.h"

static bool glibc_load(struct la_allocator_calls *calls, const char **why)
{
    (void)why;
    *calls = (struct la_allocator_calls){.allocate = malloc, .release = free};
    return true;
}

static const char *glibc_version(void)
{
    return gnu_get_libc_version();
}

const struct la_allocator la_allocator_glibc = {
    .name = "glibc",
    .summary = "the C library's malloc, the process's own",
    .load = glibc_load,
    .version = glibc_version,
};
