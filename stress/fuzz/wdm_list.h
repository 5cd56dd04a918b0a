/* SPDX-License-Identifier: MIT */
/*
 * wdm_list.h: one list of the driver's API target, of any family, with what it must show. It is
 * used by one thread on one CPU, so every hit and miss is known, and, until a tick or a flush took
 * some, which entry comes next. The first word of an entry that is out says whose it is.
 */
#ifndef LOOKASIDE_FUZZ_WDM_LIST_H
#define LOOKASIDE_FUZZ_WDM_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz.h"
#include "wdm.h"

enum { WDM_LISTS = 4, WDM_OUT = 64, WDM_KNOWN = 1200 };
enum wdm_family { WDM_EX, WDM_NONPAGED, WDM_PAGED, NR_WDM_FAMILIES };

union wdm_storage {
    LOOKASIDE_LIST_EX ex;
    NPAGED_LOOKASIDE_LIST nonpaged;
    PAGED_LOOKASIDE_LIST paged;
};

struct wdm_list {
    union wdm_storage *storage; /* from the pool */
    bool live;
    enum wdm_family family;
    bool own_routines; /* wdm_list.c's, else the pool's */
    POOL_TYPE type;    /* as routines get it */
    ULONG tag;
    SIZE_T size; /* likewise */
    bool keeps_none;

    USHORT depth, max_depth;
    ULONG allocates, misses, frees, refused; /* as the list must show */
    uint64_t held, left;                     /* left: to the routine, by any way */
    unsigned fail_next;                      /* calls of an own allocate routine that give NULL */

    void *out[WDM_OUT];
    unsigned nr_out;
    bool ordered; /* known[] is what it holds, newest last */
    void *known[WDM_KNOWN];
    unsigned nr_known;
};

extern struct wdm_list wdm_lists[WDM_LISTS];

/* What raises and what the verifier finds, counted by hooks. */
extern unsigned wdm_nr_raised, wdm_nr_violations;
extern struct lookaside_wdm_violation wdm_last_violation;
extern bool wdm_verifies; /* the verifier is on */

/* The model of the pool's simulated failures: whether the next allocation fails. */
void wdm_fail_every(ULONG nth);
bool wdm_pool_fails(void);

/* Each does one thing with the list and checks what it did; nothing if the list does not live, or,
 * for the first, if it does. */
void wdm_init(struct wdm_list *list, struct fuzz_bytes *bytes);
void wdm_alloc(struct wdm_list *list);
void wdm_free(struct wdm_list *list, unsigned which);
void wdm_flush(struct wdm_list *list);
void wdm_delete(struct wdm_list *list);

/* All lists: a tick, and every figure. */
void wdm_tick(void);
void wdm_check_all(void);

/* Frees what is out of a list that has ended. */
void wdm_abandon_out(struct wdm_list *list);

#endif
