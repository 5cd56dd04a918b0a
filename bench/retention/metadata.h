/* SPDX-License-Identifier: MIT */
/* metadata.h: what a list needs for itself, beside its entries. */
#ifndef LA_RETENTION_METADATA_H
#define LA_RETENTION_METADATA_H

#include "trial.h"

/*
 * Bytes that the library and the strategy have from the C library's allocator for one list that is
 * used as in a trial, at the end of each stage, the struct itself included. Entries come from
 * elsewhere meanwhile, so all that this allocator gave out is metadata. NAN where it does not count
 * (sanitizers). Alone in its process.
 */
void la_metadata_measure(const struct la_contender *contender,
                         const struct la_trial_setting *setting, double bytes[LA_NR_STAGES]);

#endif
