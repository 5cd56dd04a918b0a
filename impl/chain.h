/* SPDX-License-Identifier: MIT */
/*
 * chain.h: free entries linked through their first word.
 *
 * Held entries are poisoned under the address sanitizer, and a lock-free pop may read the link of
 * an entry that another thread has just taken (strategies/slist.c argues why that is safe there).
 * So the link word is read and written in these two functions only, which the sanitizers leave
 * alone. The read is volatile so that it happens exactly once.
 */
#ifndef LOOKASIDE_CHAIN_H
#define LOOKASIDE_CHAIN_H

#include <stdint.h>

#define LA_NO_SANITIZE                                                      \
    __attribute__((noinline, no_sanitize("address"), no_sanitize("thread"), \
                   no_sanitize("undefined")))
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LA_LINK_ACCESS LA_NO_SANITIZE __attribute__((unused))
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LA_LINK_ACCESS LA_NO_SANITIZE __attribute__((unused))
#endif
#endif
#ifndef LA_LINK_ACCESS
#define LA_LINK_ACCESS inline
#endif

/* The word itself. */
static LA_LINK_ACCESS uintptr_t la_chain_word(const void *entry)
{
    return *(const volatile uintptr_t *)entry;
}

static LA_LINK_ACCESS void la_chain_set_word(void *entry, uintptr_t word)
{
    *(volatile uintptr_t *)entry = word;
}

/* Links are mangled, as glibc does with its own: who overwrites one, or reads one, without the
 * secret of this process, has no address. Set once, before the first list (list.c); 0 without
 * lists. */
extern uintptr_t la_chain_secret __attribute__((visibility("hidden")));
void la_chain_keep_secret(void);

static inline uintptr_t la_chain_mask(const void *entry)
{
    return ((uintptr_t)entry >> 12) ^ la_chain_secret;
}

static inline void *la_chain_next(const void *entry)
{
    return (void *)(la_chain_word(entry) ^
                    la_chain_mask(entry)); // NOLINT(performance-no-int-to-ptr)
}

static inline void la_chain_set_next(void *entry, void *next)
{
    la_chain_set_word(entry, (uintptr_t)next ^ la_chain_mask(entry));
}

#endif
