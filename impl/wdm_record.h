/* SPDX-License-Identifier: MIT */
/*
 * wdm_record.h: what stands behind a Windows-style list. The list's storage keeps the Windows
 * layout; the native list, which is larger, is in a record on the heap that Future[] points to.
 */
#ifndef LOOKASIDE_WDM_RECORD_H
#define LOOKASIDE_WDM_RECORD_H

#include <string.h>

#include "lookaside.h"
#include "verifier.h"
#include "wdm_lists.h"

/* All three kinds of list begin with these fields. The older ones are declared with a larger
 * alignment than their storage may have in pool memory, so they are only looked at through this. */
typedef GENERAL_LOOKASIDE_POOL wdm_fields;

struct wdm_record {
    struct lookaside list;
    void *storage; /* what the driver initialised, and what its routines get */
    /* The driver's routines, one kind or the other; never NULL. */
    union {
        ALLOCATE_FUNCTION_EX *ex;
        ALLOCATE_FUNCTION *legacy;
    } allocate;
    union {
        FREE_FUNCTION_EX *ex;
        FREE_FUNCTION *legacy;
    } free;
    POOL_TYPE type; /* with the flag bits */
    ULONG tag;
    size_t size;                /* as asked for, but not below one link: what routines are told */
    pthread_mutex_t publishing; /* orders writers of the fields in storage */
    bool abandoned;             /* under publishing: the storage is another list's now */
};

/* A list to be made. storage_bytes, type, size, tag and max_depth are checked by the caller. */
struct wdm_setup {
    void *storage;
    size_t storage_bytes;
    lookaside_allocate_fn *allocate;
    lookaside_free_fn *free;
    uint32_t max_depth;
    uint32_t flags; /* the native list's */
};

/* Makes the list from the record's type, tag, size and routines; takes the record over. */
NTSTATUS la_wdm_open(struct wdm_record *record, const struct wdm_setup *setup);

/* Ends the list in storage, whichever kind. */
void la_wdm_close(void *storage);

/* A zeroed record with what every kind of list has; NULL without memory. */
struct wdm_record *la_wdm_record_new(POOL_TYPE type, SIZE_T size, ULONG tag);

/* What a routine is told when the native list asks for that size: the driver's own number, unless
 * the list wants room behind the entry. */
static inline size_t la_wdm_size(const struct wdm_record *record, size_t asked)
{
    return asked > record->list.size ? asked : record->size;
}

bool la_wdm_aligned(const void *storage);

static inline struct wdm_record *la_wdm_record(const void *storage)
{
    struct wdm_record *record;

    memcpy(&record, (const char *)storage + offsetof(GENERAL_LOOKASIDE_POOL, Future),
           sizeof record);
    return record;
}

#endif
