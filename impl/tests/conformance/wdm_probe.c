/* SPDX-License-Identifier: MIT */
/* wdm_probe.c: see wdm_probe.h. */
#include "wdm_probe.h"

#include "conformance.h"

PVOID wdm_probe_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                         PLOOKASIDE_LIST_EX Lookaside)
{
    struct wdm_probe *probe = CONTAINING_RECORD(Lookaside, struct wdm_probe, list);

    probe->nr_allocates++;
    if (PoolType != probe->type || NumberOfBytes != probe->size || Tag != WDM_TAG)
        probe->nr_wrong++;
    if (probe->failing > 0) {
        probe->failing--;
        return NULL;
    }
    return ExAllocatePoolWithTag(NonPagedPoolNx, NumberOfBytes, Tag);
}

VOID wdm_probe_free(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    struct wdm_probe *probe = CONTAINING_RECORD(Lookaside, struct wdm_probe, list);

    if (!Buffer)
        probe->nr_wrong++;
    if (probe->nr_frees < WDM_LOG)
        probe->freed[probe->nr_frees] = Buffer;
    probe->nr_frees++;
    ExFreePool(Buffer);
}

void wdm_probe_init_with(struct wdm_probe *probe, POOL_TYPE pool_type, ULONG flags, SIZE_T size,
                         POOL_TYPE type)
{
    RtlZeroMemory(probe, sizeof *probe);
    probe->type = type;
    probe->size = size;
    assert_true(lookaside_wdm_set_balancer(FALSE));
    assert_int_equal(ExInitializeLookasideListEx(&probe->list, wdm_probe_allocate, wdm_probe_free,
                                                 pool_type, flags, size, WDM_TAG, 0),
                     STATUS_SUCCESS);
}

void wdm_probe_init(struct wdm_probe *probe)
{
    wdm_probe_init_with(probe, NonPagedPoolNx, 0, WDM_SIZE, NonPagedPoolNx);
}

void wdm_probe_delete(struct wdm_probe *probe, unsigned nr_with_caller)
{
    ExDeleteLookasideListEx(&probe->list);
    assert_int_equal(probe->nr_wrong, 0);
    assert_int_equal(probe->nr_allocates, probe->nr_frees + nr_with_caller);
}

void wdm_probe_take(struct wdm_probe *probe, PVOID *entries, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        entries[i] = ExAllocateFromLookasideListEx(&probe->list);
        assert_non_null(entries[i]);
    }
}

void wdm_probe_give(struct wdm_probe *probe, PVOID *entries, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++)
        ExFreeToLookasideListEx(&probe->list, entries[i]);
}

USHORT wdm_held(const VOID *lookaside)
{
    SYSTEM_LOOKASIDE_INFORMATION information;

    lookaside_wdm_query(lookaside, &information);
    return information.CurrentDepth;
}

void wdm_garbage(PVOID storage, SIZE_T size)
{
    for (SIZE_T i = 0; i < size; i++)
        ((PUCHAR)storage)[i] = (UCHAR)(0xA5 ^ i);
}
