/* SPDX-License-Identifier: MIT */
/*
 * finding.h: where every mistake that the library finds in its caller ends: checked lists, the
 * Windows face's verifier, refused pointers.
 *
 * One way out for both faces: the hook of the list's own face if it has one, else the native hook,
 * else a report on standard error and abort(). No lock is held meanwhile.
 */
#ifndef LOOKASIDE_FINDING_H
#define LOOKASIDE_FINDING_H

#include "lookaside.h"

enum { LA_STACK_FRAMES = 16 };

/* Return addresses, the innermost first. */
struct la_stack {
    unsigned nr;
    void *frames[LA_STACK_FRAMES];
};

/* The calling thread's stack from the frame that holds the return address `from` on; all of it if
 * no frame does. */
void la_stack_take(struct la_stack *stack, const void *from);

static inline struct lookaside_origin la_stack_origin(const struct la_stack *stack)
{
    return (struct lookaside_origin){.frames = stack->frames, .nr = stack->nr};
}

/* A tag as text: it may be any bytes. */
enum { LA_TAG_SHOWN = 5 };
void la_tag_show(uint32_t tag, char shown[LA_TAG_SHOWN]);

/* Tells it. Returns only if a hook took it. */
void la_finding_tell(const struct lookaside_finding *finding);

/* For strategies, of an entry that cannot be one: misaligned, or the one that they would give out
 * next. It is not to be kept. */
void la_finding_refused(const struct lookaside *list, const void *entry);

/* The same for what is found at exit: without a hook one is printed after the other, and
 * la_finding_end_of_exit() aborts after the last. */
void la_finding_tell_at_exit(const struct lookaside_finding *finding);
void la_finding_end_of_exit(void);

/* A face with a hook of its own: gives true if it took the finding. Its word for it, appended to
 * the report, goes to `name` (empty: none). NULL takes it away. */
typedef bool la_finding_face(const struct lookaside_finding *finding);
typedef void la_finding_name(const struct lookaside_finding *finding, char *name, size_t size);
void la_finding_set_face(la_finding_face *next, la_finding_name *name);

#endif
