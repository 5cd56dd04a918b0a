/* SPDX-License-Identifier: MIT */
/*
 * wdm_rtl.h: what surrounds lookaside lists in driver code: list entries, interlocked arithmetic,
 * spin locks, memory and string helpers, debug output, and just enough of a driver and a device
 * object to load, carry a device extension and unload. Part of wdm.h.
 */
#ifndef LOOKASIDE_WDM_RTL_H
#define LOOKASIDE_WDM_RTL_H

#include <string.h>

#include "wdm_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Doubly linked lists around a head. Not synchronised. */

static inline VOID InitializeListHead(PLIST_ENTRY ListHead)
{
    ListHead->Flink = ListHead->Blink = ListHead;
}

static inline BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
    return ListHead->Flink == ListHead;
}

static inline VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    Entry->Flink = ListHead->Flink;
    Entry->Blink = ListHead;
    ListHead->Flink->Blink = Entry;
    ListHead->Flink = Entry;
}

static inline VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    InsertHeadList(ListHead->Blink, Entry);
}

/* Whether the list is empty afterwards. */
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    Entry->Blink->Flink = Entry->Flink;
    Entry->Flink->Blink = Entry->Blink;
    return Entry->Flink == Entry->Blink;
}

/* On an empty list both give the head itself. */
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY Entry = ListHead->Flink;

    RemoveEntryList(Entry);
    return Entry;
}

static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY Entry = ListHead->Blink;

    RemoveEntryList(Entry);
    return Entry;
}

/* Singly linked lists. Not synchronised. */

static inline VOID PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry)
{
    Entry->Next = ListHead->Next;
    ListHead->Next = Entry;
}

static inline PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead)
{
    PSINGLE_LIST_ENTRY Entry = ListHead->Next;

    if (Entry)
        ListHead->Next = Entry->Next;
    return Entry;
}

/* The same under a spin lock. Insertions give what was first (or last) before, or NULL. */
NTKERNELAPI PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                    PKSPIN_LOCK Lock);
NTKERNELAPI PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                    PKSPIN_LOCK Lock);
NTKERNELAPI PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock);
NTKERNELAPI PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                          PSINGLE_LIST_ENTRY ListEntry,
                                                          PKSPIN_LOCK Lock);
NTKERNELAPI PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                         PKSPIN_LOCK Lock);

/*
 * Interlocked arithmetic: full barriers, as on Windows, hence sequentially consistent.
 * Increment, Decrement give the new value, all others the old one.
 */
#define LOOKASIDE_WDM_INTERLOCKED(suffix, type)                                             \
    static inline type InterlockedIncrement##suffix(type volatile *Addend)                  \
    {                                                                                       \
        return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);                             \
    }                                                                                       \
    static inline type InterlockedDecrement##suffix(type volatile *Addend)                  \
    {                                                                                       \
        return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);                             \
    }                                                                                       \
    static inline type InterlockedExchangeAdd##suffix(type volatile *Addend, type Value)    \
    {                                                                                       \
        return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);                         \
    }                                                                                       \
    static inline type InterlockedExchange##suffix(type volatile *Target, type Value)       \
    {                                                                                       \
        return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);                        \
    }                                                                                       \
    static inline type InterlockedAnd##suffix(type volatile *Destination, type Value)       \
    {                                                                                       \
        return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);                    \
    }                                                                                       \
    static inline type InterlockedOr##suffix(type volatile *Destination, type Value)        \
    {                                                                                       \
        return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);                     \
    }                                                                                       \
    static inline type InterlockedXor##suffix(type volatile *Destination, type Value)       \
    {                                                                                       \
        return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);                    \
    }                                                                                       \
    static inline type InterlockedCompareExchange##suffix(type volatile *Destination,       \
                                                          type Exchange, type Comparand)    \
    {                                                                                       \
        __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, \
                                    __ATOMIC_SEQ_CST);                                      \
        return Comparand;                                                                   \
    }                                                                                       \
    C_ASSERT(sizeof(type) <= 8)

LOOKASIDE_WDM_INTERLOCKED(, LONG);
LOOKASIDE_WDM_INTERLOCKED(64, LONG64);
#undef LOOKASIDE_WDM_INTERLOCKED

static inline PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value)
{
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *Destination, PVOID Exchange,
                                                      PVOID Comparand)
{
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return Comparand;
}

static inline VOID KeMemoryBarrier(VOID)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* IRQL: a number of the calling thread's. Raising gives the old one; it blocks nothing. */
NTKERNELAPI KIRQL KeGetCurrentIrql(VOID);
NTKERNELAPI VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
NTKERNELAPI VOID KeLowerIrql(KIRQL NewIrql);

/* Spin locks. Waiters spin for a while, then yield, then sleep, since a holder may be preempted
 * here; one that has waited long is the next to have the lock. */
NTKERNELAPI VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
NTKERNELAPI KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID KeAcquireSpinLock(PKSPIN_LOCK SpinLock, PKIRQL OldIrql);
NTKERNELAPI VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
NTKERNELAPI VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/* Memory and strings. */
#define RtlZeroMemory(destination, length) ((void)memset((destination), 0, (length)))
#define RtlFillMemory(destination, length, fill) ((void)memset((destination), (fill), (length)))
#define RtlCopyMemory(destination, source, length) ((void)memcpy((destination), (source), (length)))
#define RtlMoveMemory(destination, source, length) \
    ((void)memmove((destination), (source), (length)))
#define RtlEqualMemory(source1, source2, length) (!memcmp((source1), (source2), (length)))

/* The number of equal bytes before the first difference. */
NTKERNELAPI SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);
/* Describes the caller's characters; nothing is copied. Longer strings are cut at what a USHORT
 * counts. */
NTKERNELAPI VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);

/* Debug output: to standard error. The format is Windows': a plain l is 32 bits, I64 or ll are 64,
 * and %wZ (UNICODE_STRING), %ws and %S (WCHAR) are known. Floating point is not. */
NTKERNELAPI ULONG DbgPrint(PCSTR Format, ...);
NTKERNELAPI ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
/* A failed ASSERT: says which, and aborts. */
NTKERNELAPI DECLSPEC_NORETURN VOID RtlAssert(PVOID FailedAssertion, PVOID FileName,
                                             ULONG LineNumber, PSTR Message);

enum {
    DPFLTR_IHVDRIVER_ID = 77,
    DPFLTR_ERROR_LEVEL = 0,
    DPFLTR_WARNING_LEVEL = 1,
    DPFLTR_TRACE_LEVEL = 2,
    DPFLTR_INFO_LEVEL = 3
};

/* A checked build, unless NDEBUG says otherwise. */
#ifndef DBG
#ifdef NDEBUG
#define DBG 0
#else
#define DBG 1
#endif
#endif

#if DBG
#define LOOKASIDE_WDM_TEXT(text) ((PVOID)(ULONG_PTR)(text))
#define ASSERT(condition)                                                                  \
    ((condition) ? (void)0                                                                 \
                 : RtlAssert(LOOKASIDE_WDM_TEXT(#condition), LOOKASIDE_WDM_TEXT(__FILE__), \
                             __LINE__, NULL))
#define ASSERTMSG(message, condition)                                                      \
    ((condition) ? (void)0                                                                 \
                 : RtlAssert(LOOKASIDE_WDM_TEXT(#condition), LOOKASIDE_WDM_TEXT(__FILE__), \
                             __LINE__, (PSTR)LOOKASIDE_WDM_TEXT(message)))
#define KdPrint(arguments) ((void)DbgPrint arguments)
#define KdPrintEx(arguments) ((void)DbgPrintEx arguments)
#else
#define ASSERT(condition) ((void)0)
#define ASSERTMSG(message, condition) ((void)0)
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#endif
#define NT_ASSERT(condition) ASSERT(condition)
#define PAGED_CODE() NT_ASSERT(KeGetCurrentIrql() <= APC_LEVEL)

/* Driver and device objects: load, device extension, unload. */

typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef ULONG DEVICE_TYPE;

typedef NTSTATUS DRIVER_INITIALIZE(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);
typedef DRIVER_INITIALIZE *PDRIVER_INITIALIZE;
typedef VOID DRIVER_UNLOAD(PDRIVER_OBJECT DriverObject);
typedef DRIVER_UNLOAD *PDRIVER_UNLOAD;

struct _DRIVER_OBJECT {
    CSHORT Type;
    CSHORT Size;
    PDEVICE_OBJECT DeviceObject; /* the driver's devices, newest first */
    ULONG Flags;
    UNICODE_STRING DriverName;
    PDRIVER_INITIALIZE DriverInit;
    PDRIVER_UNLOAD DriverUnload;
};

struct _DEVICE_OBJECT {
    CSHORT Type;
    USHORT Size;
    LONG ReferenceCount;
    PDRIVER_OBJECT DriverObject;
    PDEVICE_OBJECT NextDevice;
    ULONG Flags;
    ULONG Characteristics;
    PVOID DeviceExtension; /* zeroed, aligned to 64 bytes */
    DEVICE_TYPE DeviceType;
};

#define FILE_DEVICE_UNKNOWN 0x00000022
#define FILE_DEVICE_SECURE_OPEN 0x00000100
#define DO_BUFFERED_IO 0x00000004
#define DO_DIRECT_IO 0x00000010
#define DO_DEVICE_INITIALIZING 0x00000080

/* Names are not registered anywhere: DeviceName is ignored. STATUS_INSUFFICIENT_RESOURCES without
 * memory. */
NTKERNELAPI NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                    PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                    ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                    PDEVICE_OBJECT *DeviceObject);
NTKERNELAPI VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject);

#ifdef __cplusplus
}
#endif

#endif
