/* SPDX-License-Identifier: MIT */
/*
 * slab_section.h: pop and push on a slab as restartable sections (rseq.h), one at a time or in
 * bulk.
 *
 * Each comes twice. la_slab_*_on_cpu() finds the slab of the CPU that the thread runs on, in an
 * array of homes LA_SLAB_HOME_BYTES apart whose first word points to the slab. la_slab_*_at() finds
 * it through a pointer of the thread's own. The pointer to the slab is read inside the section, so
 * whoever changes it and then ends all sections that run (la_rseq_fence) has the old slab alone.
 *
 * In each, everything before the commit only reads, or writes what is free: push stores entries in
 * slots above the depth, where nothing is, and pop in bulk writes to the caller's array. The commit
 * is one 64-bit store of the word, the last instruction. pop loads slots[depth - 1] before it knows
 * that the depth is not 0; below slots[0] is the slab's own header.
 *
 *   bool la_slab_pop_X(area, where, &entry, &seen)      the newest entry; false if there is none
 *   bool la_slab_push_X(area, where, entry, &seen)      false if the slab is full
 *   bool la_slab_push_guarded_X(area, where, entry, &seen)    false also if the entry is none
 *                                                             (la_slab_refuses)
 *   uint32_t la_slab_pop_bulk_X(area, where, entries, nr, &seen)    newest first; the number taken
 *   uint32_t la_slab_push_bulk_X(area, where, entries, nr, &seen)   oldest first; the number kept
 *   bool la_slab_hide_on_cpu(area, homes, cpu)   puts la_slab_away in the home of that CPU; false,
 *                                                with nothing done, if the thread runs elsewhere
 *
 * area is la_rseq()->area, *seen the slab that was found. A section that failed changed nothing.
 */
#ifndef LOOKASIDE_SLAB_SECTION_H
#define LOOKASIDE_SLAB_SECTION_H

#include <stddef.h>

#include "rseq.h"
#include "slab.h"

#ifdef LA_HAS_RSEQ

#define LA_SLAB_HOME_SHIFT 7
#define LA_SLAB_HOME_BYTES (1 << LA_SLAB_HOME_SHIFT)

_Static_assert(offsetof(struct la_slab, word) == 0, "sections read it at offset 0");
_Static_assert(offsetof(struct la_slab, capacity) == 8, "sections read it at offset 8");
_Static_assert(offsetof(struct la_slab, slots) == 16, "sections index from offset 16");

#if defined(__x86_64__)
#include "slab_section_x86_64.h"
#else
#include "slab_section_aarch64.h"
#endif

#endif

#endif
