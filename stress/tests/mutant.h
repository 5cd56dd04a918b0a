/* SPDX-License-Identifier: MIT */
/*
 * mutant.h: a plain locked stack that can be told to break one promise now and then. A stress run
 * that passes it unbroken and fails it for every way of breaking is a run that can fail.
 */
#ifndef LOOKASIDE_MUTANT_H
#define LOOKASIDE_MUTANT_H

struct lookaside_strategy;

enum mutation {
    SOUND,
    HANDS_OUT_TWICE,       /* pop leaves the entry in the list */
    LOSES_ENTRIES,         /* push says it kept what it dropped */
    FREES_TWICE,           /* drain gives an entry and keeps it */
    IGNORES_LIMIT,         /* push keeps beyond the limit */
    LEAKS_LIMIT,           /* a drained entry's place stays taken */
    MISCOUNTS_HITS,        /* a pop is not counted */
    MISCOUNTS_KEPT,        /* a push is not counted */
    TRIMS_NOTHING,         /* a drain that may keep some gives none */
    FLUSH_LEAVES_ONE,      /* a drain that may keep none keeps one */
    END_LEAVES_ONE,        /* the same, but for the first */
    WRITES_TO_TAKEN,       /* pop writes to an entry after it gave it away */
    READS_RELEASED_MEMORY, /* pop reads an entry that was refused before */
    KEEPS_THE_LOCK,        /* a push goes without giving the lock back */
};

/* For the runs from here on; set while no list lives. */
void mutate(enum mutation mutation);

extern const struct lookaside_strategy mutant_strategy;

#endif
