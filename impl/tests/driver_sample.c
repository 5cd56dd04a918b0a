/* SPDX-License-Identifier: MIT */
/*
 * driver_sample.c: driver code as it is written for Windows: a message queue in a device extension.
 * Messages come from an extended lookaside list whose routines find the extension from the list,
 * their contexts from an older nonpaged list by way of an interlocked list, and log records from a
 * paged one. Nothing in this file knows that it is not on Windows; it is compiled as C and as C++.
 */
#include <ntddk.h>

#include "driver_sample.h"

#define SAMPLE_TAG 'lpmS'
#define SAMPLE_SIGNATURE 0x504D4153

typedef struct _DEVICE_EXTENSION {
    ULONG Signature;
    PDEVICE_OBJECT Self;
    LOOKASIDE_LIST_EX MessageLookaside;
    SLIST_HEADER FreeContexts;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY Queue;
    LONG volatile PoolAllocations;
    LONG volatile PoolFrees;
    LONG volatile PoolBytes;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

typedef struct _MESSAGE {
    LIST_ENTRY Link;
    ULONG Length;
    UCHAR Data[SAMPLE_MESSAGE_LENGTH];
} MESSAGE, *PMESSAGE;

typedef struct _MESSAGE_CONTEXT {
    SLIST_ENTRY FreeLink;
    PMESSAGE Message;
    ULONG Sequence;
} MESSAGE_CONTEXT, *PMESSAGE_CONTEXT;

typedef struct _LOG_RECORD {
    ULONG Sequence;
    ULONG Length;
} LOG_RECORD, *PLOG_RECORD;

static NPAGED_LOOKASIDE_LIST ContextLookaside;
static PAGED_LOOKASIDE_LIST LogLookaside;

DRIVER_UNLOAD SampleUnload;
ALLOCATE_FUNCTION_EX SampleAllocateMessage;
FREE_FUNCTION_EX SampleFreeMessage;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, SampleUnload)
#endif

_Use_decl_annotations_ PVOID SampleAllocateMessage(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                                                   ULONG Tag, PLOOKASIDE_LIST_EX Lookaside)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Lookaside, DEVICE_EXTENSION, MessageLookaside);
    PVOID buffer;

    NT_ASSERT(extension->Signature == SAMPLE_SIGNATURE);
    buffer = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
    if (buffer == NULL) {
        return NULL;
    }
    InterlockedIncrement(&extension->PoolAllocations);
    InterlockedExchangeAdd(&extension->PoolBytes, (LONG)NumberOfBytes);
    return buffer;
}

_Use_decl_annotations_ VOID SampleFreeMessage(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Lookaside, DEVICE_EXTENSION, MessageLookaside);

    NT_ASSERT(extension->Signature == SAMPLE_SIGNATURE);
    InterlockedIncrement(&extension->PoolFrees);
    InterlockedExchangeAdd(&extension->PoolBytes, -(LONG)sizeof(MESSAGE));
    ExFreePoolWithTag(Buffer, SAMPLE_TAG);
}

static PMESSAGE_CONTEXT SampleTakeContext(IN PDEVICE_EXTENSION Extension)
{
    PSLIST_ENTRY entry = InterlockedPopEntrySList(&Extension->FreeContexts);

    if (entry != NULL) {
        return CONTAINING_RECORD(entry, MESSAGE_CONTEXT, FreeLink);
    }
    return (PMESSAGE_CONTEXT)ExAllocateFromNPagedLookasideList(&ContextLookaside);
}

static VOID SampleLog(__in ULONG Sequence, __in ULONG Length)
{
    PLOG_RECORD record;

    PAGED_CODE();
    record = (PLOG_RECORD)ExAllocateFromPagedLookasideList(&LogLookaside);
    if (record == NULL) {
        return;
    }
    record->Sequence = Sequence;
    record->Length = Length;
    KdPrint(("sample: message %lu of %lu bytes\n", record->Sequence, record->Length));
    ExFreeToPagedLookasideList(&LogLookaside, record);
}

NTSTATUS SampleSubmit(PDEVICE_OBJECT DeviceObject, const VOID *Buffer, ULONG Length)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PMESSAGE message;
    KIRQL oldIrql;

    if (Length > SAMPLE_MESSAGE_LENGTH) {
        return STATUS_INVALID_PARAMETER;
    }
    message = (PMESSAGE)ExAllocateFromLookasideListEx(&extension->MessageLookaside);
    if (message == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(message, sizeof(MESSAGE));
    RtlCopyMemory(message->Data, Buffer, Length);
    message->Length = Length;

    KeAcquireSpinLock(&extension->QueueLock, &oldIrql);
    InsertTailList(&extension->Queue, &message->Link);
    KeReleaseSpinLock(&extension->QueueLock, oldIrql);
    return STATUS_SUCCESS;
}

static PMESSAGE SampleDequeue(PDEVICE_EXTENSION Extension)
{
    PMESSAGE message = NULL;
    KIRQL oldIrql;

    KeAcquireSpinLock(&Extension->QueueLock, &oldIrql);
    NT_ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL);
    if (!IsListEmpty(&Extension->Queue)) {
        message = CONTAINING_RECORD(RemoveHeadList(&Extension->Queue), MESSAGE, Link);
    }
    KeReleaseSpinLock(&Extension->QueueLock, oldIrql);
    return message;
}

ULONG SampleComplete(PDEVICE_OBJECT DeviceObject, PULONG Checksum)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PMESSAGE message;
    PMESSAGE_CONTEXT context;
    ULONG completed = 0;
    ULONG index;

    *Checksum = 0;
    while ((message = SampleDequeue(extension)) != NULL) {
        context = SampleTakeContext(extension);
        if (context == NULL) {
            ExFreeToLookasideListEx(&extension->MessageLookaside, message);
            continue;
        }
        context->Message = message;
        context->Sequence = completed++;
        for (index = 0; index < context->Message->Length; index++) {
            *Checksum += context->Message->Data[index];
        }
        SampleLog(context->Sequence, context->Message->Length);
        ExFreeToLookasideListEx(&extension->MessageLookaside, context->Message);
        InterlockedPushEntrySList(&extension->FreeContexts, &context->FreeLink);
    }
    return completed;
}

VOID SampleQuery(PDEVICE_OBJECT DeviceObject, PSAMPLE_STATISTICS Statistics)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;

    ExFlushLookasideListEx(&extension->MessageLookaside);
    Statistics->PoolAllocations = extension->PoolAllocations;
    Statistics->PoolFrees = extension->PoolFrees;
    Statistics->PoolBytes = extension->PoolBytes;
    Statistics->TotalAllocates = extension->MessageLookaside.L.TotalAllocates;
    Statistics->FreeContexts = ExQueryDepthSList(&extension->FreeContexts);
}

_Use_decl_annotations_ VOID SampleUnload(PDRIVER_OBJECT DriverObject)
{
    PDEVICE_OBJECT device = DriverObject->DeviceObject;
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    PSLIST_ENTRY entry;

    PAGED_CODE();
    while ((entry = InterlockedPopEntrySList(&extension->FreeContexts)) != NULL) {
        ExFreeToNPagedLookasideList(&ContextLookaside,
                                    CONTAINING_RECORD(entry, MESSAGE_CONTEXT, FreeLink));
    }
    ExDeleteLookasideListEx(&extension->MessageLookaside);
    ExDeleteNPagedLookasideList(&ContextLookaside);
    ExDeletePagedLookasideList(&LogLookaside);
    IoDeleteDevice(device);
}

_Use_decl_annotations_ NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject,
                                            PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status;

    DbgPrint("sample: loaded from %wZ\n", RegistryPath);
    RtlInitUnicodeString(&name, L"\\Device\\Sample");
    status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), &name, FILE_DEVICE_UNKNOWN,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    extension->Signature = SAMPLE_SIGNATURE;
    extension->Self = device;
    KeInitializeSpinLock(&extension->QueueLock);
    InitializeListHead(&extension->Queue);
    ExInitializeSListHead(&extension->FreeContexts);
    status = ExInitializeLookasideListEx(&extension->MessageLookaside, SampleAllocateMessage,
                                         SampleFreeMessage, NonPagedPoolNx, 0, sizeof(MESSAGE),
                                         SAMPLE_TAG, 0);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    ExInitializeNPagedLookasideList(&ContextLookaside, NULL, NULL, POOL_NX_ALLOCATION,
                                    sizeof(MESSAGE_CONTEXT), SAMPLE_TAG, 0);
    ExInitializePagedLookasideList(&LogLookaside, NULL, NULL, 0, sizeof(LOG_RECORD), SAMPLE_TAG, 0);
    DriverObject->DriverUnload = SampleUnload;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
