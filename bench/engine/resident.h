/* SPDX-License-Identifier: MIT */
/* resident.h: the process's resident memory. */
#ifndef LA_RESIDENT_H
#define LA_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of this process in memory now; false if the system does not say. Exact where the kernel
 * sums its page tables (smaps_rollup), else its running count, which may lag by some pages a
 * CPU. Allocates nothing. */
bool la_resident_bytes(int64_t *bytes);

#endif
