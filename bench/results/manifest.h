/* SPDX-License-Identifier: MIT */
/*
 * manifest.h: manifest.json, what a reader of a result must know to believe it: which tool on which
 * machine, in which state, with which settings and how much noise. bench/README.md has the schema.
 */
#ifndef LOOKASIDE_MANIFEST_H
#define LOOKASIDE_MANIFEST_H

#include <jansson.h>

enum { LA_MANIFEST_SCHEMA = 1 };

/* A manifest with everything that needs no caller: tool, time, host, machine, rseq, strategies.
 * The caller sets "allocators", "settings" (names, sizes, seeds, ...) and "noise". NULL: no
 * memory. */
json_t *la_manifest_new(void);

/* The first member that a manifest must have and this one lacks, or NULL if it is complete. */
const char *la_manifest_missing(const json_t *manifest);

/* Writes manifest.json into dir, with topology.xml and (if lstopo is installed) topology.svg
 * beside it, and their names in its member "topology". 0, -EINVAL (incomplete) or -errno. */
int la_manifest_write(json_t *manifest, const char *dir);

/* Which file's code or data stands at the address: proof of which allocator answered.
 * {"path": ..., "by": "maps"}; path "unknown" if the address is in no file. */
json_t *la_manifest_object_at(const void *address);

#endif
