/* SPDX-License-Identifier: MIT */
/*
 * script.h: what threads do in an interleaving, as words (script.c lists them), and what is checked
 * at its end.
 */
#ifndef LOOKASIDE_SCHED_SCRIPT_H
#define LOOKASIDE_SCHED_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

struct sched_script {
    const char *group, *name;
    const char *strategy;
    const char *policy;                   /* NULL: fixed */
    bool no_membarrier;                   /* the kernel has none */
    uint32_t depth, max_depth;            /* of the list; max_depth 0: as depth */
    const char *setup[1 + SCHED_SCRIPTS]; /* done before, one after the other: main, A, B, C */
    const char *threads[SCHED_SCRIPTS];   /* what is interleaved; NULL: no such thread */
    unsigned preemptions, delays;         /* bounds that take well under a second */
};

extern const struct sched_script sched_scripts[];
extern const size_t sched_nr_scripts;

/* Brings the world to where the threads begin, and keeps it; false: sched_message says why. Once in
 * a process. */
bool script_set_up(const struct sched_script *script);

/* One interleaving and its check. False: sched_message. */
bool script_run(void);

/* The words that scripts are made of, for --help. */
void script_list_words(void);

/* Whether all words of the script are known; names the first that is not. */
bool script_is_valid(const struct sched_script *script, const char **unknown, size_t *length);

#endif
