/* SPDX-License-Identifier: MIT */
/* slots.c: the registry of slots and of threads' tables. See slots.h. */
#include "slots.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* On the heap: if a thread ends without its destructor, clearing its table touches no dead stack.
 */
struct thread {
    struct la_slots slots;
    struct thread *next, **link; /* in threads */
};

struct slot {
    void (*exits)(void *value); /* NULL: the slot is free */
};

_Thread_local struct la_slots la_slots_own;
static _Thread_local struct thread *own;

/* Guards everything below and the contents of every table. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *threads;
static struct slot *slots;
static uint32_t nr_slots, lowest_free; /* no slot below lowest_free is free */

static pthread_key_t exit_key;
static bool exit_key_made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void thread_exits(void *argument)
{
    struct thread *thread = argument;

    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < thread->slots.nr; i++) {
        if (thread->slots.values[i])
            slots[i].exits(thread->slots.values[i]);
    }
    *thread->link = thread->next;
    if (thread->next)
        thread->next->link = thread->link;
    pthread_mutex_unlock(&lock);
    free(thread->slots.values);
    free(thread);
    /* Other destructors may still use lists: they start afresh, and this one runs again. */
    own = NULL;
    la_slots_own = (struct la_slots){0};
}

static void make_key(void)
{
    /* Without a key, what exiting threads had stays where it is until somebody visits it. */
    exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
}

/* Memory is asked for and given back outside of the lock: the allocator may use lists itself. */
static bool grow_slots(uint32_t from)
{
    uint32_t nr = from > 0 ? 2 * from : 16;
    struct slot *larger = calloc(nr, sizeof *larger), *unused = larger;

    if (!larger)
        return false;
    pthread_mutex_lock(&lock);
    if (nr_slots == from) {
        if (from > 0)
            memcpy(larger, slots, from * sizeof *larger);
        unused = slots;
        slots = larger;
        nr_slots = nr;
    }
    pthread_mutex_unlock(&lock);
    free(unused);
    return true;
}

/* Takes the lowest free slot; false, with the number of slots instead, if there is none. */
static bool take_slot(uint32_t *slot, void (*exits)(void *value))
{
    bool found;

    pthread_mutex_lock(&lock);
    while (lowest_free < nr_slots && slots[lowest_free].exits)
        lowest_free++;
    found = lowest_free < nr_slots;
    *slot = lowest_free;
    if (found)
        slots[*slot].exits = exits;
    pthread_mutex_unlock(&lock);
    return found;
}

int la_slot_new(uint32_t *slot, void (*exits)(void *value))
{
    pthread_once(&once, make_key);
    while (!take_slot(slot, exits)) {
        if (!grow_slots(*slot))
            return -ENOMEM;
    }
    return 0;
}

void la_slot_free(uint32_t slot)
{
    pthread_mutex_lock(&lock);
    for (struct thread *thread = threads; thread; thread = thread->next) {
        if (slot < thread->slots.nr)
            thread->slots.values[slot] = NULL;
    }
    slots[slot].exits = NULL;
    if (slot < lowest_free)
        lowest_free = slot;
    pthread_mutex_unlock(&lock);
}

static struct thread *register_thread(void)
{
    struct thread *thread = calloc(1, sizeof *thread);

    if (!thread)
        return NULL;
    pthread_mutex_lock(&lock);
    thread->next = threads;
    thread->link = &threads;
    if (threads)
        threads->link = &thread->next;
    threads = thread;
    pthread_mutex_unlock(&lock);
    if (exit_key_made)
        (void)pthread_setspecific(exit_key, thread);
    own = thread;
    return thread;
}

/* The thread's own table: nobody else replaces it, but others clear entries under the lock. */
static bool grow_table(struct thread *thread, uint32_t slot)
{
    struct la_slots before = thread->slots;
    uint32_t nr = slot < 8 ? 8 : 2 * slot;
    void **larger = calloc(nr, sizeof *larger);

    if (!larger)
        return false;
    pthread_mutex_lock(&lock);
    if (before.nr > 0)
        memcpy(larger, before.values, before.nr * sizeof *larger);
    thread->slots = (struct la_slots){larger, nr};
    pthread_mutex_unlock(&lock);
    la_slots_own = thread->slots;
    free(before.values);
    return true;
}

bool la_slot_set(uint32_t slot, void *value)
{
    struct thread *thread = own ? own : register_thread();

    if (!thread || (slot >= thread->slots.nr && !grow_table(thread, slot)))
        return false;
    pthread_mutex_lock(&lock);
    thread->slots.values[slot] = value;
    pthread_mutex_unlock(&lock);
    return true;
}
