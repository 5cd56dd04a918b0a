/* SPDX-License-Identifier: MIT */
/*
 * biased.h: a lock that costs its owner no atomic operation until somebody else comes.
 *
 * The owner raises `busy`, checks that the lock is still biased to it, does its section and lowers
 * `busy`: plain stores and loads. A visitor, another thread that has to look inside, ends the bias
 * and runs a barrier in every thread of the process (membarrier(2), private expedited). After that
 * either the owner's check has seen the end of the bias, or the visitor sees `busy` and waits for
 * it: the owner's store-then-load needs no fence because the visitor fences on its behalf
 * (Dice, Huang, Yang, 2001, "Asymmetric Dekker Synchronization").
 *
 * A barrier in all threads takes microseconds, so it is paid once per change of mind: without the
 * bias both sides take an ordinary spinlock, and visits cost what a lock costs. The owner takes the
 * bias back after CALM_SECTIONS sections without a visit, when the lock has cost it about as much
 * as the next barrier will. Where membarrier is missing, and under the thread sanitizer, which
 * cannot see it, the lock is never biased; nothing else changes.
 *
 *     bias = TO_OWNER             the owner may enter by `busy`, nobody else may enter
 *     bias = ENDING               entering by `busy` is over, but one such section may still run
 *     bias = ENDED                whoever has `lock` is alone
 * TO_OWNER -> ENDING -> ENDED by a visitor, ENDED -> TO_OWNER by the owner, under `lock`.
 * Visitors of one lock are serialised by their caller.
 */
#ifndef LOOKASIDE_BIASED_H
#define LOOKASIDE_BIASED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "inject.h"
#include "spinlock.h"

enum la_bias { LA_BIAS_TO_OWNER, LA_BIAS_ENDING, LA_BIAS_ENDED };

struct la_biased {
    _Atomic unsigned char busy; /* the owner's: inside a section entered without the lock */
    _Atomic unsigned char bias; /* enum la_bias */
    struct la_spinlock lock;
    uint32_t calm_sections; /* under lock: the owner's since the last visit */
    _Atomic uint32_t waits; /* how often the owner found the lock taken */
};

/* Whether locks of this process are ever biased; *detail says why. Decided once. */
bool la_biased_works(const char **detail);

/* Biased to whatever thread will be the owner. The caller is alone. */
void la_biased_init(struct la_biased *biased);

/* The owner's fast way in; false: not biased, nothing entered. */
static inline bool la_biased_enter(struct la_biased *biased)
{
    /* Relaxed, and in this order in the program: the visitor's barrier orders the two (above). */
    atomic_store_explicit(&biased->busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    LA_INJECT(701);
    if (LA_LIKELY(atomic_load_explicit(&biased->bias, memory_order_relaxed) == LA_BIAS_TO_OWNER))
        return true;
    atomic_store_explicit(&biased->busy, 0, memory_order_release);
    return false;
}

static inline void la_biased_leave(struct la_biased *biased)
{
    LA_INJECT(702);
    /* Release: a visitor that sees it sees the section's writes. */
    atomic_store_explicit(&biased->busy, 0, memory_order_release);
}

/* For an owner that takes the lock itself: it was taken. */
void la_biased_note_wait(struct la_biased *biased);

/* The owner's way in that always works. The answer goes to la_biased_disown(). */
bool la_biased_own(struct la_biased *biased);
void la_biased_disown(struct la_biased *biased, bool without_lock);

/* For visits to many: announce to each, fence once, then visit each. Saves the single fences. */
bool la_biased_announce(struct la_biased *biased); /* whether a fence is due */
void la_biased_fence(void);

/* The owner stays out between the two. */
void la_biased_visit(struct la_biased *biased);
void la_biased_end_visit(struct la_biased *biased);

#endif
