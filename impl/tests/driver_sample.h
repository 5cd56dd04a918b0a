/* SPDX-License-Identifier: MIT */
/* driver_sample.h: what the sample driver's test calls in place of a request from the system. */
#ifndef DRIVER_SAMPLE_H
#define DRIVER_SAMPLE_H

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

DRIVER_INITIALIZE DriverEntry;

/* Queues a message of at most SAMPLE_MESSAGE_LENGTH bytes. */
NTSTATUS SampleSubmit(_In_ PDEVICE_OBJECT DeviceObject, _In_reads_bytes_(Length) const VOID *Buffer,
                      _In_ ULONG Length);

/* Completes everything queued, oldest first; gives the number of messages and sums their bytes. */
ULONG SampleComplete(_In_ PDEVICE_OBJECT DeviceObject, _Out_ PULONG Checksum);

typedef struct _SAMPLE_STATISTICS {
    LONG PoolAllocations; /* by the extended list's routines */
    LONG PoolFrees;
    LONG PoolBytes; /* out now */
    ULONG TotalAllocates;
    USHORT FreeContexts; /* on the interlocked list */
} SAMPLE_STATISTICS, *PSAMPLE_STATISTICS;

VOID SampleQuery(_In_ PDEVICE_OBJECT DeviceObject, _Out_ PSAMPLE_STATISTICS Statistics);

#define SAMPLE_MESSAGE_LENGTH 100

#ifdef __cplusplus
}
#endif

#endif
