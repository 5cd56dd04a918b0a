/* SPDX-License-Identifier: MIT */
/* wdm_debug.h: Windows' format strings, for DbgPrint. */
#ifndef LOOKASIDE_WDM_DEBUG_H
#define LOOKASIDE_WDM_DEBUG_H

#include <stdarg.h>
#include <stddef.h>

/* Writes at most size bytes, the ending 0 included; gives the length written. */
size_t la_wdm_format(char *text, size_t size, const char *format, va_list arguments);

#endif
