/* SPDX-License-Identifier: MIT */
/* api_routines.h: the routines of the API target's lists. */
#ifndef LOOKASIDE_FUZZ_API_ROUTINES_H
#define LOOKASIDE_FUZZ_API_ROUTINES_H

#include "lookaside.h"

lookaside_allocate_fn api_obtain;
lookaside_free_fn api_give_back;

#endif
