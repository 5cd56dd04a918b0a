/* SPDX-License-Identifier: MIT */
/* starved.c: the allocator fails in the windows of starve.h. */
#include "failing_allocator.h"
#include "starve.h"

bool allocation_fails(void)
{
    return stress_starved();
}
