/* SPDX-License-Identifier: MIT */
/* complain.c: see complain.h. */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>

bool la_complain(const char **why, const char *format, ...)
{
    static char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    *why = text;
    return false;
}
