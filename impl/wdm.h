/* SPDX-License-Identifier: MIT */
/*
 * wdm.h: lookaside lists under their Windows names, for driver code that runs as a Linux program.
 *
 * Code that includes <ntddk.h>, <wdm.h> or <ntifs.h> for its lookaside lists compiles unchanged, as
 * C and as C++ (with -Wno-multichar before g++ 13), with -I impl/wdk -I impl, and links
 * liblookaside. What is here: both generations of lists (wdm_lists.h), the pool behind them
 * (wdm_pool.h), interlocked singly linked lists (wdm_slist.h), and the small surroundings that such
 * code uses: types and status values (wdm_types.h), list entries, interlocked arithmetic, spin
 * locks, strings, DbgPrint and a device object (wdm_rtl.h). What Windows has no name for, hooks
 * above all, is in wdm_extra.h and is spelled lookaside_wdm_*.
 *
 * What differs from Windows:
 *  - IRQL is a number kept per thread, which spin locks raise and PAGED_CODE() checks in builds
 *    without NDEBUG; nothing else heeds it. Paged and nonpaged memory differ only in the type that
 *    is stored and handed on.
 *  - There are no structured exceptions. Where the pool would raise STATUS_INSUFFICIENT_RESOURCES,
 *    a process-wide hook is called; without one the failure is printed and the process aborts.
 *  - The list lives in memory of its own, reached through Future[]; the other fields of `L` are
 *    for reading. Counters and Depth there are brought up to date by init, flush, delete and the
 *    tick; lookaside_wdm_query() answers with fresh ones. ListEntry links to itself.
 *  - The tick that adapts Depth is a thread, started with the process's first list unless the
 *    environment has LOOKASIDE_BALANCER=off or lookaside_wdm_set_balancer(FALSE) was called.
 *    ExAdjustLookasideDepth() is one tick by hand.
 *  - The pool is the C library's allocator: 16-byte alignment below a page, page alignment from a
 *    page up; a block below a page may straddle two pages.
 *  - WCHAR is the compiler's wchar_t, 32 bits unless -fshort-wchar is given, so that L"" literals
 *    fit; ULONG and LONG are 32 bits, as on Windows.
 *  - NULL or misaligned lists are refused with a status where the routine has one.
 *
 * Driver Verifier's findings about lookaside lists (LOOKASIDE_VERIFIER=1) are in wdm_extra.h.
 *
 * The old annotations __in and __out are macros here, and names inside libstdc++: C++ code that
 * includes the standard library after this header defines LOOKASIDE_WDM_NO_OLD_SAL first.
 */
#ifndef LOOKASIDE_WDM_H
#define LOOKASIDE_WDM_H

#include "wdm_types.h"

#include "wdm_slist.h"

#include "wdm_pool.h"

#include "wdm_lists.h"

#include "wdm_rtl.h"

#include "wdm_extra.h"

#endif
