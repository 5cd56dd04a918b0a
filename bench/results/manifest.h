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
 * Made before the run, while the machine is still as it was found. The caller sets "allocators" and
 * adds its run. NULL: no memory. */
json_t *la_manifest_new(void);

/* Adds what one command did: its settings (names, sizes, seeds, ...) and what it found out about
 * its noise, both taken over. Several commands may fill one directory; each has its own section. */
void la_manifest_add_run(json_t *manifest, const char *command, json_t *settings, json_t *noise);

/* Goes on from dir's manifest.json, if there is one of this schema: its facts and the sections of
 * other commands stay, this manifest's own sections are added. */
void la_manifest_join(json_t *manifest, const char *dir);

/* The first member that a manifest must have and this one lacks, or NULL if it is complete. */
const char *la_manifest_missing(const json_t *manifest);

/* Writes manifest.json into dir, with topology.xml and (if lstopo is installed) topology.svg
 * beside it, and their names in its member "topology". 0, -EINVAL (incomplete) or -errno. */
int la_manifest_write(json_t *manifest, const char *dir);

#endif
