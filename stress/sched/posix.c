/* SPDX-License-Identifier: MIT */
/*
 * posix.c: locks, conditions, threads and system calls. A mutex holds 1 + its owner in its first
 * word; a condition has no state, its waiters are in the threads.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>

#include "engine.h"

static unsigned owner_of(const pthread_mutex_t *mutex)
{
    unsigned owner;

    memcpy(&owner, mutex, sizeof owner);
    return owner;
}

static void set_owner(pthread_mutex_t *mutex, unsigned owner)
{
    memcpy(mutex, &owner, sizeof owner);
    sched_changed();
}

static void block(const void *waits_for, const struct la_sched_site *site)
{
    struct sched_thread *me = sched_me();

    me->state = SCHED_BLOCKED;
    me->waits_for = waits_for;
    me->waits_how = site->what;
    if (sched_tracing)
        sched_trace(site, "has to wait");
    sched_switch();
}

int la_sched_mutex_init(pthread_mutex_t *mutex)
{
    memset(mutex, 0, sizeof *mutex);
    return 0;
}

int la_sched_mutex_destroy(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    sched_point(site);
    if (owner_of(mutex))
        sched_fail("%s:%u: %s, which is locked", site->file, site->line, site->what);
    return 0;
}

static void acquire(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    while (owner_of(mutex)) {
        if (owner_of(mutex) == sched_world.current + 1)
            sched_fail("%s:%u: thread %s has locked it already", site->file, site->line,
                       sched_name(sched_world.current));
        block(mutex, site);
    }
    set_owner(mutex, sched_world.current + 1);
}

int la_sched_mutex_lock(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    sched_point(site);
    sched_drain(sched_me());
    acquire(mutex, site);
    if (sched_tracing)
        sched_trace(site, "done");
    return 0;
}

int la_sched_mutex_trylock(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    bool taken;

    sched_point(site);
    sched_drain(sched_me());
    taken = owner_of(mutex) != 0;
    if (!taken)
        set_owner(mutex, sched_world.current + 1);
    if (sched_tracing)
        sched_trace(site, taken ? "fails" : "done");
    return taken ? EBUSY : 0;
}

static void release(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    if (owner_of(mutex) != sched_world.current + 1)
        sched_fail("%s:%u: %s, which thread %s has not locked", site->file, site->line, site->what,
                   sched_name(sched_world.current));
    set_owner(mutex, 0);
    sched_wake(mutex, true);
}

int la_sched_mutex_unlock(pthread_mutex_t *mutex, const struct la_sched_site *site)
{
    sched_point(site);
    sched_drain(sched_me());
    release(mutex, site);
    if (sched_tracing)
        sched_trace(site, "done");
    return 0;
}

int la_sched_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, bool ends,
                       const struct la_sched_site *site)
{
    struct sched_thread *me = sched_me();

    sched_point(site);
    sched_drain(me);
    release(mutex, site);
    me->may_time_out = ends;
    me->timed_out = false;
    block(condition, site);
    me->may_time_out = false;
    acquire(mutex, site);
    if (sched_tracing)
        sched_trace(site, me->timed_out ? "times out" : "is woken");
    return me->timed_out ? ETIMEDOUT : 0;
}

int la_sched_cond_wake(pthread_cond_t *condition, bool all, const struct la_sched_site *site)
{
    sched_point(site);
    sched_drain(sched_me());
    sched_wake(condition, all);
    if (sched_tracing)
        sched_trace(site, "done");
    return 0;
}

/* Who comes while it runs waits for its end. */
int la_sched_once(pthread_once_t *once, void (*run)(void), const struct la_sched_site *site)
{
    enum { FRESH = PTHREAD_ONCE_INIT, RUNS, DONE };

    if (*once == DONE)
        return 0;
    sched_point(site);
    while (*once == RUNS)
        block(once, site);
    if (*once == FRESH) {
        *once = RUNS;
        run();
        *once = DONE;
        sched_wake(once, true);
    }
    return 0;
}

int la_sched_key_create(pthread_key_t *key, void (*at_exit)(void *))
{
    if (sched_world.nr_keys == SCHED_KEYS)
        return EAGAIN;
    sched_world.at_exit[sched_world.nr_keys] = at_exit;
    *key = sched_world.nr_keys++;
    return 0;
}

int la_sched_setspecific(pthread_key_t key, const void *value)
{
    sched_me()->values[key] = value;
    return 0;
}

int la_sched_create(pthread_t *thread, void *(*start)(void *), void *argument,
                    const struct la_sched_site *site)
{
    unsigned at = SCHED_SCRIPTS + 1;

    sched_point(site);
    sched_drain(sched_me());
    while (at < SCHED_THREADS && sched_world.threads[at].state != SCHED_UNUSED)
        at++;
    if (at == SCHED_THREADS)
        return EAGAIN;
    *thread = at;
    sched_add_thread(at, start, argument);
    sched_changed();
    if (sched_tracing)
        sched_trace(site, "it is %s", sched_name(at));
    return 0;
}

int la_sched_join(pthread_t thread, const struct la_sched_site *site)
{
    struct sched_thread *other = &sched_world.threads[thread];

    sched_point(site);
    sched_drain(sched_me());
    while (other->state != SCHED_DONE)
        block(other, site);
    other->state = SCHED_UNUSED;
    if (sched_tracing)
        sched_trace(site, "done");
    return 0;
}

/* A fence in all threads is that their stores are seen: their loads are never early here. */
static long membarrier(int command, const struct la_sched_site *site)
{
    if (sched_world.no_membarrier)
        return -1;
    sched_point(site);
    if (command == MEMBARRIER_CMD_PRIVATE_EXPEDITED)
        sched_drain_all();
    if (sched_tracing)
        sched_trace(site, "done");
    return 0;
}

long la_sched_syscall(const struct la_sched_site *site, long number, ...)
{
    va_list arguments;
    int first;

    if (number == SYS_gettid)
        return 1000 + (long)sched_world.current;
    va_start(arguments, number);
    first = va_arg(arguments, int);
    va_end(arguments);
    if (number == SYS_membarrier)
        return membarrier(first, site);
    /* No thread's number is used again. */
    if (number == SYS_tgkill)
        return 0;
    sched_fail("%s:%u: %s, which the scheduler does not know", site->file, site->line, site->what);
}

unsigned la_sched_nr_cpus(void)
{
    return SCHED_SCRIPTS;
}

unsigned la_sched_current_cpu(void)
{
    return sched_me()->cpu;
}

unsigned la_sched_thread_number(void)
{
    return sched_world.current + 1;
}
