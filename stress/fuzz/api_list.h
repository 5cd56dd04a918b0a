/* SPDX-License-Identifier: MIT */
/*
 * api_list.h: one list of the API target, with what it must do beside it. The oracle of the stress
 * runs knows whose each block is; what is kept here says which counters the list must show, how
 * many entries it may hold, and, as long as one thread alone uses it, which entry must come next.
 *
 * The checks have three grades. Always: no block has two owners, counters are exact, no more than
 * the depth is held. Exact, while the list is one thread's alone: how many calls come to a routine.
 * Ordered, from a moment when it was empty: which entry it is.
 */
#ifndef LOOKASIDE_FUZZ_API_LIST_H
#define LOOKASIDE_FUZZ_API_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"
#include "lookaside.h"
#include "oracle.h"

enum { NR_LISTS = 4, MOST_OUT = 64, MOST_KNOWN = 256, MOST_BULK = 24 };

/* What the list's next routine does beside its work. */
enum api_visit { VISIT_NONE, VISIT_SELF, VISIT_OTHER, VISIT_FLUSH, VISIT_TICK, NR_VISITS };

struct api_list {
    struct lookaside list;
    bool live;
    bool plain; /* with the C library's routines: there is no oracle, and misses are unseen */
    struct oracle *oracle;
    uint32_t depth, min_depth, max_depth;

    uint64_t allocates, failures, misses, frees, refused, released; /* as the list must say */
    uint64_t obtained, returned;                                    /* blocks, by the routines */

    unsigned fail_next; /* calls of the allocate routine that give NULL */
    enum api_visit visit;
    bool inside;     /* a call */
    bool visited;    /* in that call a routine used this list */
    bool flushing;   /* in that call entries must leave newest first */
    uint64_t *leave; /* what counts the entries that the free routine gets: refused or released */

    void *out[MOST_OUT]; /* what callers have */
    unsigned owner[MOST_OUT];
    unsigned nr_out;

    bool alone;   /* used by actor 0 alone, on one CPU, since it was empty */
    bool ordered; /* and known[] is what it holds, newest last */
    void *known[MOST_KNOWN];
    unsigned nr_known;
};

extern struct api_list api_lists[NR_LISTS];
extern unsigned api_actor; /* whose turn it is */

/* Makes a list of what the bytes say, which need not be possible: what lookaside_init() makes of it
 * is checked. Nothing if the list lives. */
void api_init(struct api_list *list, struct fuzz_bytes *bytes);

/* The same with one thing wrong for certain. */
void api_init_badly(struct api_list *list, uint8_t defect);

/* Each does one thing with the list and checks what it did; nothing if the list does not live. */
void api_fini(struct api_list *list);
void api_alloc(struct api_list *list, unsigned nr, bool bulk);
void api_free(struct api_list *list, unsigned nr, bool bulk, unsigned which);
void api_trim(struct api_list *list, size_t keep);
void api_set_depth(struct api_list *list, uint32_t depth);
void api_thread_exit(struct api_list *list);

/* Over all lists: a tick, a walk, and every counter. */
void api_tick(void);
void api_walk(void);
void api_check(struct api_list *list);

/* From here on no list is one thread's on one CPU, until it is empty again. */
void api_not_alone(void);

#endif
