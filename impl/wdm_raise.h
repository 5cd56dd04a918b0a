/* SPDX-License-Identifier: MIT */
/* wdm_raise.h: where a failure goes that Windows would raise as an exception. */
#ifndef LOOKASIDE_WDM_RAISE_H
#define LOOKASIDE_WDM_RAISE_H

#include "wdm_pool.h"

/* Calls the raise hook, or prints and aborts; returns if the hook does. */
void la_wdm_raise(NTSTATUS status, POOL_TYPE type, SIZE_T size, ULONG tag, const char *what);

#endif
