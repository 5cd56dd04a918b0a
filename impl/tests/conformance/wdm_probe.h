/* SPDX-License-Identifier: MIT */
/*
 * wdm_probe.h: the probe of the Windows-style clauses: an extended list inside a structure that its
 * routines find with CONTAINING_RECORD, and that remembers what they were told.
 */
#ifndef LOOKASIDE_WDM_PROBE_H
#define LOOKASIDE_WDM_PROBE_H

#include <stdbool.h>

#include "wdm.h"

enum { WDM_SIZE = 64, WDM_LOG = 64, WDM_INITIAL_DEPTH = 4 };

#define WDM_TAG ((ULONG)'borP')

struct wdm_probe {
    UCHAR before[48]; /* the list is not where the structure begins */
    LOOKASIDE_LIST_EX list;
    unsigned nr_allocates, nr_frees; /* calls of the routines */
    unsigned nr_wrong; /* calls with a list, size, tag or type that is not the list's */
    unsigned failing;  /* so many calls of the allocate routine still give NULL */
    POOL_TYPE type;    /* what the allocate routine must receive */
    SIZE_T size;
    PVOID freed[WDM_LOG];
};

/* Makes the list nonpaged with both routines and no flags. The background tick is off from then
 * on, in the whole process. */
void wdm_probe_init(struct wdm_probe *probe);

/* The same with any pool type, flags and size; type is what the routine must receive then. */
void wdm_probe_init_with(struct wdm_probe *probe, POOL_TYPE pool_type, ULONG flags, SIZE_T size,
                         POOL_TYPE type);

/* Deletes the list and checks that everything that was allocated came back, each entry to the free
 * routine once, less what the caller still has. */
void wdm_probe_delete(struct wdm_probe *probe, unsigned nr_with_caller);

ALLOCATE_FUNCTION_EX wdm_probe_allocate;
FREE_FUNCTION_EX wdm_probe_free;

/* nr allocations, then as many frees in the same order. */
void wdm_probe_take(struct wdm_probe *probe, PVOID *entries, unsigned nr);
void wdm_probe_give(struct wdm_probe *probe, PVOID *entries, unsigned nr);

/* Entries in a list of any family now. */
USHORT wdm_held(const VOID *lookaside);

/* Any pattern but zeroes: storage as a driver may hand it in. */
void wdm_garbage(PVOID storage, SIZE_T size);

#endif
