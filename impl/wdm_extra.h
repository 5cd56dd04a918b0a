/* SPDX-License-Identifier: MIT */
/*
 * wdm_extra.h: what a program that hosts driver code can set and ask, for which Windows has no
 * name: hooks in place of exceptions and bug checks, the verifier, the background tick, counters.
 * Part of wdm.h. Every call here may be made by any thread at any time.
 */
#ifndef LOOKASIDE_WDM_EXTRA_H
#define LOOKASIDE_WDM_EXTRA_H

#include "wdm_pool.h"
#include "wdm_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Raising. Windows' pool raises an exception where a failure may not return NULL, and a list made
 * with RAISE_ON_FAIL asks for that. Here the hook is called on the failing thread, with no lock
 * held. It may longjmp away. If it returns, the allocation gives NULL, except in the older lists'
 * initialisation, where the process then aborts. Without a hook one line is printed and the
 * process aborts.
 */
struct lookaside_wdm_failure {
    NTSTATUS status;
    POOL_TYPE pool_type;
    SIZE_T size_bytes;
    ULONG tag;
    const char *what; /* the routine that failed and why */
};
typedef void lookaside_wdm_raise_fn(const struct lookaside_wdm_failure *failure);

/* NULL restores the default. Gives the hook that was set before, NULL for the default. */
NTKERNELAPI lookaside_wdm_raise_fn *lookaside_wdm_set_raise_hook(lookaside_wdm_raise_fn *hook);

/* Raises a status by hand, as ExRaiseStatus() does there. */
NTKERNELAPI VOID ExRaiseStatus(NTSTATUS Status);

/* Low resources simulation: every nth pool allocation of the process fails; 0 = none, the start. */
NTKERNELAPI void lookaside_wdm_fail_every(ULONG nth);

/*
 * The background tick. FALSE stops it and keeps later lists from starting it; TRUE starts it, once
 * a second. Gives FALSE if the thread could not be made. In a child of fork it does not run: the
 * first list that is made there starts it, or this.
 */
NTKERNELAPI BOOLEAN lookaside_wdm_set_balancer(BOOLEAN on);

/* One list as NtQuerySystemInformation(SystemLookasideInformation) shows it: MaximumDepth is the
 * present limit (L.Depth), Type 0 for nonpaged and 1 for paged memory. Counters wrap at 32 bits. */
typedef struct _SYSTEM_LOOKASIDE_INFORMATION {
    USHORT CurrentDepth;
    USHORT MaximumDepth;
    ULONG TotalAllocates;
    ULONG AllocateMisses;
    ULONG TotalFrees;
    ULONG FreeMisses;
    ULONG Type;
    ULONG Tag;
    ULONG Size;
} SYSTEM_LOOKASIDE_INFORMATION, *PSYSTEM_LOOKASIDE_INFORMATION;

/* Fresh figures of one live list of any family. Exact when nobody else is inside a call on it. */
NTKERNELAPI void lookaside_wdm_query(const VOID *Lookaside,
                                     PSYSTEM_LOOKASIDE_INFORMATION Information);

/* Fresh figures of the process's lists of all families, up to count of them; gives the number of
 * lists, which may be more. */
NTKERNELAPI SIZE_T lookaside_wdm_query_all(PSYSTEM_LOOKASIDE_INFORMATION Information, SIZE_T count);

/*
 * The verifier: what Driver Verifier finds about lookaside lists. Off at the start unless the
 * environment has LOOKASIDE_VERIFIER=1, or LOOKASIDE_CHECKED=1 without LOOKASIDE_VERIFIER=0; while
 * off it costs nothing on any list's hit path.
 *
 *   bug check  code  finding                                        what happens if the hook
 * returns 0xC4       0xCA  a live list is initialised again               the old list is abandoned
 *   0xC4       0xCB  a list is deleted that is not live             nothing
 *   0xC4       0xCC  pool memory is freed that holds a live list    the memory is not freed
 *   0xC4       0xCD  a nonpaged list's entries are below one link   the size is rounded up
 *   0xCE       0     a list was not deleted by unload or exit       nothing
 *
 * With LOOKASIDE_CHECKED=1 (lookaside.h), what the pool's own checks would find of entries:
 *
 *   0xC2       0x07  an entry is freed twice                        it is not taken back
 *   0xC2       0x42  what is freed is no entry of the list          the same
 *   0xC1       0x24  bytes behind an entry were overwritten         nothing
 *   0xC6       0     an entry was written to after it was freed     nothing
 */
struct lookaside_wdm_violation {
    ULONG bug_check;
    ULONG code;
    const void *list; /* the list's storage */
    ULONG tag;        /* its tag; 0 where there is none */
    const char *what;
};
typedef void lookaside_wdm_verifier_fn(const struct lookaside_wdm_violation *violation);

/* Lists made while it was off are known as well. */
NTKERNELAPI void lookaside_wdm_set_verifier(BOOLEAN on);

/* Called on the thread that erred, with no lock held. NULL restores the default: the hook of
 * lookaside_set_finding_hook() if there is one, else a report on standard error, then abort. Gives
 * the hook before, NULL for the default. */
NTKERNELAPI lookaside_wdm_verifier_fn *
lookaside_wdm_set_verifier_hook(lookaside_wdm_verifier_fn *hook);

/* To be called after a driver's unload routine: every list of the process that is still live is a
 * finding. Gives their number; 0 while the verifier is off. Process exit does the same. */
NTKERNELAPI SIZE_T lookaside_wdm_check_unload(void);

#ifdef __cplusplus
}
#endif

#endif
