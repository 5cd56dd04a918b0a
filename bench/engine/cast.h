/* SPDX-License-Identifier: MIT */
/*
 * cast.h: who takes part in a run: the strategies, in front of which allocators; the plain
 * allocators; the references and the peers. What the user named takes part or the run is refused;
 * of what a suite names, that which this machine lacks is left out.
 */
#ifndef LA_CAST_H
#define LA_CAST_H

#include "contender.h"
#include "request.h"

/* The contenders, *nr of them, the floor first; free() ends them. NULL with *why set to one line
 * if one that the request names cannot be had here. */
struct la_contender *la_cast_make(const struct la_request *request, size_t *nr, const char **why);

#endif
