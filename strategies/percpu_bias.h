/* SPDX-License-Identifier: MIT */
/*
 * percpu_bias.h: exclusive access to a CPU's slab without restartable sequences.
 *
 * A locked exchange per operation costs more than all the rest of it. So a record may be biased to
 * the thread that used it last: that thread says that it is inside (`busy`), sees that the record
 * is still biased to it, and works on the slab, all by plain loads and stores. Whoever else wants
 * in takes the record's lock, ends the bias, runs a barrier in every thread of the process
 * (membarrier), and waits until the former owner is not inside: either the owner saw that the bias
 * had ended, or we see that it is inside (Dice, Huang, Yang, 2001, "Asymmetric Dekker
 * Synchronization"). `busy` is the thread's, not the record's: a thread that stalls between its
 * look at the record and its store can then disturb nobody's but its own. It is in memory that
 * never goes away, because it may be read when the thread has ended.
 *
 * The thread remembers its CPU instead of asking each time; it asks again when the record turns out
 * to be contended or somebody else's. Nothing depends on the answer being right. After CALM
 * sections of one thread under the lock the record is biased to it. Where membarrier is missing,
 * under the thread sanitizer, and for threads beyond NR_OWNERS, there is no bias, and each
 * operation takes the lock.
 */
#ifndef LOOKASIDE_PERCPU_BIAS_H
#define LOOKASIDE_PERCPU_BIAS_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform.h"

struct percpu_owner {
    _Alignas(LA_NO_SHARING) _Atomic bool busy; /* the thread's */
    _Atomic int thread;                        /* its id; 0: nobody's yet */
};

/* No record is ever biased to it. */
extern struct percpu_owner percpu_nobody;

/* A thread's own. */
struct percpu_self {
    struct percpu_owner *fast;    /* owner, or percpu_nobody while inside is set */
    struct percpu_owner *owner;   /* percpu_nobody: none yet, or none was left */
    uint32_t cpu;                 /* of the record to use */
    bool known;                   /* whether cpu and owner were looked for */
    volatile sig_atomic_t inside; /* see percpu_begin() */
};
extern _Thread_local struct percpu_self percpu_self __attribute__((tls_model("initial-exec")));

/*
 * Before the first lock of an operation. False: we are in a handler that interrupted this thread
 * between here and percpu_end(), or inside a biased section, and no lock may be waited for.
 */
static inline bool percpu_begin(void)
{
    struct percpu_self *self = &percpu_self;

    if (LA_UNLIKELY(self->inside) ||
        LA_UNLIKELY(atomic_load_explicit(&self->owner->busy, memory_order_relaxed)))
        return false;
    self->inside = 1;
    /* Against the compiler: the mark goes before the first lock, and no handler enters by bias. */
    atomic_signal_fence(memory_order_seq_cst);
    self->fast = &percpu_nobody;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

/* After the last lock was given back. */
static inline void percpu_end(void)
{
    struct percpu_self *self = &percpu_self;

    atomic_signal_fence(memory_order_seq_cst);
    self->fast = self->owner;
    atomic_signal_fence(memory_order_seq_cst);
    self->inside = 0;
}

/* Whether biases work in this process; *detail says why. To be asked before the first is given. */
bool percpu_bias_works(const char **detail);

/* Looks for the calling thread's CPU and, once, for its owner. Between begin and end. */
void percpu_know_self(void);

/* After a record's owner was taken off and a barrier ran: until the former one is not inside. */
void percpu_wait_for(const struct percpu_owner *former);

#endif
