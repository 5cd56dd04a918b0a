/* SPDX-License-Identifier: MIT */
/* purge.h: an allocator's own way to give memory back to the system when asked. */
#ifndef LA_RETENTION_PURGE_H
#define LA_RETENTION_PURGE_H

#include <stdbool.h>

#include "allocator.h"

/* False if it has none that can be reached here. The allocator is loaded. */
bool la_purge(const struct la_allocator *allocator);

#endif
