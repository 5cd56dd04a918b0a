/* SPDX-License-Identifier: MIT */
/*
 * verifier.h: the mistakes with Windows-style lists that Driver Verifier finds, found here.
 *
 * The set of live storages is kept whether the verifier is on or not, since it may be turned on
 * later; it is touched by initialisation and deletion only. The checks run only while it is on.
 * Each check calls the hook, with no lock held, and says whether the operation should go on.
 */
#ifndef LOOKASIDE_VERIFIER_H
#define LOOKASIDE_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One live list: which bytes it occupies. The node is the list's own. */
struct la_verified {
    const void *storage;
    size_t bytes;
    uint32_t tag;
    struct la_verified *next, *previous;
};

bool la_verifier_on(void);

void la_verifier_add(struct la_verified *list);
void la_verifier_remove(struct la_verified *list);

/* The live list that shares bytes with the range, taken out of the set, after reporting 0xCA; NULL
 * if there is none or the verifier is off. */
struct la_verified *la_verifier_evict(const void *storage, size_t bytes);

/* Reports 0xCB unless exactly this storage holds a live list. */
bool la_verifier_may_delete(const void *storage);

/* Reports 0xCC if the block, as large as the allocator says, holds a live list's storage. */
bool la_verifier_may_free(void *memory);

/* Reports 0xCD. */
void la_verifier_small_block(const void *storage, uint32_t tag);

#endif
