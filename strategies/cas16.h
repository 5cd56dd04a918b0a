/* SPDX-License-Identifier: MIT */
/* cas16.h: compare-and-swap of 16 bytes at once, where the build has one that takes no lock. */
#ifndef LOOKASIDE_CAS16_H
#define LOOKASIDE_CAS16_H

#include <stdbool.h>
#include <string.h>

#if defined(__SIZEOF_INT128__) && \
    (defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16) || defined(__aarch64__))
#define LA_HAS_CAS16 1
__extension__ typedef unsigned __int128 la_uint128;
#else
#define LA_HAS_CAS16 0
#endif

/* Puts desired in place of expected, all of them 16 bytes, at an address aligned to 16; false with
 * nothing changed if something else is there. A full barrier. The compiler's builtin, because C11's
 * 16-byte operation may be a call that takes a lock. Where there is none, nobody may get here. */
static inline bool la_cas16(void *at, const void *expected, const void *desired)
{
#if LA_HAS_CAS16
    la_uint128 from, to;

    memcpy(&from, expected, sizeof from);
    memcpy(&to, desired, sizeof to);
    return __sync_bool_compare_and_swap((la_uint128 *)at, from, to);
#else
    (void)at, (void)expected, (void)desired;
    __builtin_trap();
#endif
}

#endif
