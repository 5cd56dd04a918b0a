/* SPDX-License-Identifier: MIT */
/*
 * waits.h: how often the calling thread had to give way to another one inside the library: for
 * whoever wants to know why an operation took long. Written where a thread waits anyway, so that it
 * costs nothing where nobody does. A thread's own counts: read them before and after an operation.
 */
#ifndef LOOKASIDE_WAITS_H
#define LOOKASIDE_WAITS_H

#include <stdint.h>

struct la_waits {
    uint64_t for_threads; /* for the holder of a lock, or a reader of what is to be released */
    uint64_t for_lines;   /* after a compare-and-swap that another thread won */
};

/* Present from the thread's start: a handler's first use must not allocate it. */
extern _Thread_local struct la_waits la_waits __attribute__((tls_model("initial-exec")));

#endif
