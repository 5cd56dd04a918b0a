/* SPDX-License-Identifier: MIT */
/*
 * verifier.h: the mistakes with Windows-style lists that Driver Verifier finds, found here.
 *
 * Lists with Windows names are live lists like others (live.h), and what is found of them goes the
 * way of all findings (finding.h); here is what is theirs: the switch, the codes, the hook. The
 * checks run only while the verifier is on, or all lists of the process are checked. Each says
 * whether the operation should go on.
 */
#ifndef LOOKASIDE_VERIFIER_H
#define LOOKASIDE_VERIFIER_H

#include "live.h"

bool la_verifier_on(void);

/* The live list that shares bytes with the range, after reporting 0xCA; NULL if there is none or
 * the verifier is off. */
struct lookaside *la_verifier_find(const void *storage, size_t bytes);

/* Reports 0xCB unless exactly this storage holds a live list. */
bool la_verifier_may_delete(const void *storage);

/* Reports 0xCC if the block, as large as the allocator says, holds a live list's storage. */
bool la_verifier_may_free(void *memory);

/* Reports 0xCD. */
void la_verifier_small_block(const void *storage, uint32_t tag, size_t size);

#endif
