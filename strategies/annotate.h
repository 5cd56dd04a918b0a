/* SPDX-License-Identifier: MIT */
/*
 * annotate.h: tells the thread sanitizer that an entry changes hands. It does not see what
 * restartable sections store and would report every hand-over as a race.
 */
#ifndef LOOKASIDE_ANNOTATE_H
#define LOOKASIDE_ANNOTATE_H

#if defined(__SANITIZE_THREAD__)
#define LA_HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LA_HAS_TSAN 1
#endif
#endif
#ifdef LA_HAS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* Before an entry is pushed. */
static inline void la_hand_over(void *entry)
{
#ifdef LA_HAS_TSAN
    __tsan_release(entry);
#else
    (void)entry;
#endif
}

/* After one (or NULL) was taken. */
static inline void la_handed_over(void *entry)
{
#ifdef LA_HAS_TSAN
    if (entry)
        __tsan_acquire(entry);
#else
    (void)entry;
#endif
}

#endif
