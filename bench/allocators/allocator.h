/* SPDX-License-Identifier: MIT */
/*
 * allocator.h: the general-purpose allocators that plain malloc can mean and that stand behind a
 * list. All of them live in one process side by side, each under its own two names, while the
 * process's own malloc stays the C library's: one run can compare them block by block.
 */
#ifndef LA_ALLOCATOR_H
#define LA_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a caller needs on the hot path. The functions are the allocator's own entry points, not
 * wrappers of ours, so that each costs exactly one indirect call.
 *
 * Of the two releases an allocator has the one that its interface knows, the other is NULL. Who
 * calls an allocator that wants the size is compiled for it: a wrapper would be a second call, a
 * size kept beside the object would be memory that its real users do not pay, and one call with two
 * arguments for all has no defined meaning in C. Its users know the size where they free, as
 * users of a list do.
 */
struct la_allocator_calls {
    void *(*allocate)(size_t size);
    void (*release)(void *memory);
    void (*release_sized)(size_t size, void *memory); /* the size that was asked for */
};

struct la_allocator {
    const char *name;
    const char *summary;

    /* Finds the allocator; false with *why set to one static line if it is not installed. May be
     * called again, and then answers the same. Main thread. */
    bool (*load)(struct la_allocator_calls *calls, const char **why);

    /* Its version, one static line; only once it is loaded. */
    const char *(*version)(void);
};

/* By index, NULL past the last; by name, NULL if unknown. */
const struct la_allocator *la_allocator_at(size_t index);
const struct la_allocator *la_allocator_find(const char *name);

/* The loaded object that holds the address, as a path: the proof of who answers. NULL if none. */
const char *la_object_of(void (*function)(void));

/* The same for the entry points of an allocator that is loaded. */
const char *la_allocator_object(const struct la_allocator *allocator);

/* For an allocator's file: opens a shared object so that none of its names reach the rest of the
 * process, and finds the two entry points. */
bool la_allocator_open(const char *file, const char *allocate, const char *release, void **handle,
                       struct la_allocator_calls *calls, const char **why);

/* The same for a release that wants the size. */
bool la_allocator_open_sized(const char *file, const char *allocate, const char *release,
                             void **handle, struct la_allocator_calls *calls, const char **why);

/* A function of an opened object, or NULL. */
void (*la_allocator_symbol(void *handle, const char *name))(void);

/* Gives an object back through the release that the allocator has: for where speed is no matter. */
static inline void la_allocator_release(const struct la_allocator_calls *calls, size_t size,
                                        void *memory)
{
    if (calls->release_sized)
        calls->release_sized(size, memory);
    else
        calls->release(memory);
}

#endif
