/* SPDX-License-Identifier: MIT */
/* api_model.h: what a call must have done, seen from before it and from after. */
#ifndef LOOKASIDE_FUZZ_API_MODEL_H
#define LOOKASIDE_FUZZ_API_MODEL_H

#include "api_list.h"

/* A call on a list, from model_enter() to model_leave(); calls nest where routines make some. */
struct api_call {
    struct api_list *list;
    uint64_t held, misses, refused, released; /* before it */
    bool inside, flushing;                    /* of the call around this one */
    uint64_t *leave;
};
struct api_call model_enter(struct api_list *list, uint64_t *leave);
void model_leave(const struct api_call *call);

/* Between the two: what came of it. */
void model_taken(const struct api_call *call, void *const *entries, size_t nr, size_t got);
void model_given(const struct api_call *call, void *const *entries, size_t nr);
void model_trimmed(const struct api_call *call, size_t keep);
void model_ticked(const struct api_call *call);

/* An entry that leaves in a flush. */
void model_flushed(struct api_list *list, const void *entry);

/* The depths that a configuration asks for, with the defaults that lookaside.h names; false if it
 * says that they are refused. */
bool model_depths(const struct lookaside_depth *asked, struct api_list *list);

#endif
