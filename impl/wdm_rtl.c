/* SPDX-License-Identifier: MIT */
/* wdm_rtl.c: spin locks, their lists, strings and device objects; see wdm_rtl.h. */
#include "wdm_rtl.h"

#include <limits.h>
#include <wchar.h>

#include "platform.h"
#include "spinlock.h"
#include "wdm_pool.h"

/* --- IRQL and spin locks --- */

static _Thread_local KIRQL irql = PASSIVE_LEVEL;

KIRQL KeGetCurrentIrql(VOID)
{
    return irql;
}

VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    *OldIrql = irql;
    irql = NewIrql;
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    irql = NewIrql;
}

/* The lock lies in the driver's word. */
C_ASSERT(sizeof(struct la_spinlock) <= sizeof(KSPIN_LOCK));

static struct la_spinlock *lock_in(PKSPIN_LOCK word)
{
    return (struct la_spinlock *)word;
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    la_spin_lock(lock_in(SpinLock));
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    la_spin_unlock(lock_in(SpinLock));
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL before;

    KeRaiseIrql(DISPATCH_LEVEL, &before);
    KeAcquireSpinLockAtDpcLevel(SpinLock);
    return before;
}

VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql)
{
    *OldIrql = KeAcquireSpinLockRaiseToDpc(SpinLock);
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    KeReleaseSpinLockFromDpcLevel(SpinLock);
    KeLowerIrql(NewIrql);
}

/* --- lists under a spin lock --- */

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock)
{
    PLIST_ENTRY before;

    KeAcquireSpinLockAtDpcLevel(Lock);
    before = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    KeReleaseSpinLockFromDpcLevel(Lock);
    return before;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock)
{
    PLIST_ENTRY before;

    KeAcquireSpinLockAtDpcLevel(Lock);
    before = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    KeReleaseSpinLockFromDpcLevel(Lock);
    return before;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    PLIST_ENTRY entry = NULL;

    KeAcquireSpinLockAtDpcLevel(Lock);
    if (!IsListEmpty(ListHead))
        entry = RemoveHeadList(ListHead);
    KeReleaseSpinLockFromDpcLevel(Lock);
    return entry;
}

PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                              PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    PSINGLE_LIST_ENTRY before;

    KeAcquireSpinLockAtDpcLevel(Lock);
    before = ListHead->Next;
    PushEntryList(ListHead, ListEntry);
    KeReleaseSpinLockFromDpcLevel(Lock);
    return before;
}

PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    PSINGLE_LIST_ENTRY entry;

    KeAcquireSpinLockAtDpcLevel(Lock);
    entry = PopEntryList(ListHead);
    KeReleaseSpinLockFromDpcLevel(Lock);
    return entry;
}

/* --- memory and strings --- */

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *one = Source1, *two = Source2;
    SIZE_T equal = 0;

    while (equal < Length && one[equal] == two[equal])
        equal++;
    return equal;
}

VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    const size_t most = USHRT_MAX / sizeof(WCHAR) - 1; /* with room for the end in MaximumLength */
    size_t length = 0;

    while (SourceString && length < most && SourceString[length])
        length++;
    DestinationString->Length = (USHORT)(length * sizeof(WCHAR));
    DestinationString->MaximumLength = (USHORT)(SourceString ? (length + 1) * sizeof(WCHAR) : 0);
    /* Windows' structure has no const; the characters are not written to here. */
    DestinationString->Buffer = (PWCH)(uintptr_t)SourceString;
}

/* --- device objects --- */

/* The extension follows the object at an alignment that suits every type in it. */
enum {
    EXTENSION_OFFSET = (sizeof(DEVICE_OBJECT) + LA_CACHE_LINE - 1) / LA_CACHE_LINE * LA_CACHE_LINE
};

NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                        PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                        ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                        PDEVICE_OBJECT *DeviceObject)
{
    PDEVICE_OBJECT device = ExAllocatePoolZero(NonPagedPoolNxCacheAligned,
                                               (SIZE_T)EXTENSION_OFFSET + DeviceExtensionSize, 0);

    UNREFERENCED_PARAMETER(DeviceName);
    UNREFERENCED_PARAMETER(Exclusive);
    *DeviceObject = device;
    if (!device)
        return STATUS_INSUFFICIENT_RESOURCES;
    device->Size = sizeof *device;
    device->DriverObject = DriverObject;
    device->NextDevice = DriverObject->DeviceObject;
    device->Flags = DO_DEVICE_INITIALIZING;
    device->Characteristics = DeviceCharacteristics;
    device->DeviceExtension = DeviceExtensionSize ? (PUCHAR)device + EXTENSION_OFFSET : NULL;
    device->DeviceType = DeviceType;
    DriverObject->DeviceObject = device;
    return STATUS_SUCCESS;
}

VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    PDEVICE_OBJECT *link = &DeviceObject->DriverObject->DeviceObject;

    while (*link && *link != DeviceObject)
        link = &(*link)->NextDevice;
    if (*link)
        *link = DeviceObject->NextDevice;
    ExFreePool(DeviceObject);
}
