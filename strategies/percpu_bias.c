/* SPDX-License-Identifier: MIT */
/* percpu_bias.c: threads as owners of records. See percpu_bias.h. */
#include "percpu_bias.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backoff.h"
#include "biased.h"

enum { NR_OWNERS = 256 };

struct percpu_owner percpu_nobody;
_Thread_local struct percpu_self percpu_self = {.fast = &percpu_nobody, .owner = &percpu_nobody};

static struct percpu_owner owners[NR_OWNERS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int own_id(void)
{
    return (int)syscall(SYS_gettid);
}

/* The child's only thread has another id than its owner says, and the other owners' threads are not
 * there. Who was inside will not go on, and its slab is whole: the commit is one store. */
static void keep_own_in_child(void)
{
    for (unsigned i = 0; i < NR_OWNERS; i++) {
        bool own = &owners[i] == percpu_self.owner;

        atomic_store_explicit(&owners[i].thread, own ? own_id() : 0, memory_order_relaxed);
        if (!own)
            atomic_store_explicit(&owners[i].busy, false, memory_order_relaxed);
    }
}

static void prepare(void)
{
    (void)pthread_atfork(NULL, NULL, keep_own_in_child);
}

bool percpu_bias_works(const char **detail)
{
    pthread_once(&once, prepare);
    return la_biased_works(detail);
}

static bool has_ended(int thread)
{
    int error = errno;
    bool ended = syscall(SYS_tgkill, getpid(), thread, 0) && errno == ESRCH;

    errno = error;
    return ended;
}

/* One that is nobody's, or was a thread's that has ended; what is biased to it then is the new
 * one's. A thread that ended was not inside. */
static struct percpu_owner *find_owner(void)
{
    int id = own_id();

    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < NR_OWNERS; i++) {
            int thread = atomic_load_explicit(&owners[i].thread, memory_order_relaxed);

            /* Acquire and release, for threads that take a record from each other. What a thread
             * did that has ended is seen because the kernel, which switched away from it for good
             * before it forgot the number, was asked after that. */
            if ((thread == 0 || (pass > 0 && thread != id && has_ended(thread))) &&
                atomic_compare_exchange_strong_explicit(&owners[i].thread, &thread, id,
                                                        memory_order_acq_rel, memory_order_relaxed))
                return &owners[i];
        }
    }
    return &percpu_nobody;
}

void percpu_know_self(void)
{
    struct percpu_self *self = &percpu_self;

    self->cpu = la_current_cpu();
    if (!self->known && la_biased_works(&(const char *){NULL}))
        self->owner = find_owner();
    self->known = true;
}

void percpu_wait_for(const struct percpu_owner *former)
{
    struct la_backoff backoff = {0};

    /* Acquire: pairs with the end of the section, whose writes are seen. */
    while (atomic_load_explicit(&former->busy, memory_order_acquire))
        la_backoff_wait(&backoff);
}
