/* SPDX-License-Identifier: MIT */
/* complain.h: why a plan cannot be made, in one line. */
#ifndef LA_COMPLAIN_H
#define LA_COMPLAIN_H

#include <stdbool.h>

/* Sets *why to the line, which stays until the next one; returns false. Not thread-safe. */
bool la_complain(const char **why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
