/* SPDX-License-Identifier: MIT */
/* slots.c: the registry of slots and of threads' tables. See slots.h. */
#include "slots.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "forks.h"
#include "inject.h"

#define AT_REST             \
    {                       \
        &la_slab_away, NULL \
    }
#define AT_REST_4 AT_REST, AT_REST, AT_REST, AT_REST
#define AT_REST_16 AT_REST_4, AT_REST_4, AT_REST_4, AT_REST_4
#define AT_REST_64 AT_REST_16, AT_REST_16, AT_REST_16, AT_REST_16

static const struct la_cell cells_at_rest[LA_DIRECT_CELLS] = {AT_REST_64, AT_REST_64};

/* On the heap: if a thread ends without its destructor, clearing its cells touches no dead stack.
 */
struct thread {
    struct la_cell **chunks; /* of LA_DIRECT_CELLS each; NULL where none of its cells was set */
    uint32_t nr_chunks;
    struct thread *next, **link; /* in threads */
};

struct slot {
    void (*exits)(void *value); /* NULL: the slot is free */
};

_Thread_local const struct la_cell *la_cells_own = cells_at_rest;
static _Thread_local struct thread *own;

/* Guards everything below, threads' tables of chunks and the values in cells. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *threads;
static struct slot *slots;
static uint32_t nr_slots, lowest_free; /* no slot below lowest_free is free */

static pthread_key_t exit_key;
static bool exit_key_made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A thread's cell of a slot, or NULL where there is no chunk. */
static struct la_cell *find_cell(const struct thread *thread, uint32_t slot)
{
    uint32_t chunk = slot / LA_DIRECT_CELLS;

    if (chunk >= thread->nr_chunks || !thread->chunks[chunk])
        return NULL;
    return &thread->chunks[chunk][slot % LA_DIRECT_CELLS];
}

static void exit_cells(const struct thread *thread)
{
    for (uint32_t slot = 0; slot < thread->nr_chunks * LA_DIRECT_CELLS; slot++) {
        const struct la_cell *cell = find_cell(thread, slot);

        if (cell && cell->value)
            slots[slot].exits(cell->value);
    }
}

static void thread_exits(void *argument)
{
    struct thread *thread = argument;

    pthread_mutex_lock(&lock);
    exit_cells(thread);
    *thread->link = thread->next;
    if (thread->next)
        thread->next->link = thread->link;
    pthread_mutex_unlock(&lock);
    LA_INJECT(801);
    /* Other destructors may still use lists: they start afresh, and this one runs again. */
    own = NULL;
    la_cells_own = cells_at_rest;
    for (uint32_t i = 0; i < thread->nr_chunks; i++)
        free(thread->chunks[i]);
    free(thread->chunks);
    free(thread);
}

/* Whoever forks may keep other threads out of calls, but not from exiting: a child gets neither the
 * registry's lock nor one that exits() takes from a thread that is on its way out. */
static void set_up(void)
{
    /* Without a key, what exiting threads had stays where it is until somebody visits it. */
    exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
    la_fork_takes(LA_FORK_SLOTS, &lock, NULL);
}

/* Memory is asked for and given back outside of the lock: the allocator may take long. It must not
 * use lists of these strategies itself. */
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
    pthread_once(&once, set_up);
    while (!take_slot(slot, exits)) {
        if (!grow_slots(*slot))
            return -ENOMEM;
    }
    return 0;
}

static void lay_to_rest(struct la_cell *cell)
{
    /* Relaxed: the thread does not use the slot now, and learns of its next use from others. */
    atomic_store_explicit(&cell->loaded, &la_slab_away, memory_order_relaxed);
    cell->value = NULL;
}

void la_slot_free(uint32_t slot)
{
    pthread_mutex_lock(&lock);
    for (struct thread *thread = threads; thread; thread = thread->next) {
        struct la_cell *cell = find_cell(thread, slot);

        if (cell)
            lay_to_rest(cell);
    }
    LA_INJECT(805);
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
    LA_INJECT(802);
    if (exit_key_made)
        (void)pthread_setspecific(exit_key, thread);
    own = thread;
    return thread;
}

static struct la_cell *new_chunk(void)
{
    struct la_cell *chunk = aligned_alloc(LA_NO_SHARING, LA_DIRECT_CELLS * sizeof *chunk);

    for (uint32_t i = 0; chunk && i < LA_DIRECT_CELLS; i++)
        lay_to_rest(&chunk[i]);
    return chunk;
}

/* Makes room for a chunk's address. The thread's own: nobody else replaces the table. */
static bool grow_table(struct thread *thread, uint32_t nr)
{
    struct la_cell **before = thread->chunks, **larger = calloc(nr, sizeof(struct la_cell *));

    if (!larger)
        return false;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < thread->nr_chunks; i++)
        larger[i] = before[i];
    thread->chunks = larger;
    thread->nr_chunks = nr;
    pthread_mutex_unlock(&lock);
    LA_INJECT(804);
    free(before);
    return true;
}

static bool add_chunk(struct thread *thread, uint32_t at)
{
    struct la_cell *chunk;

    if (at >= thread->nr_chunks && !grow_table(thread, at + 1))
        return false;
    chunk = new_chunk();
    if (!chunk)
        return false;
    pthread_mutex_lock(&lock);
    thread->chunks[at] = chunk;
    pthread_mutex_unlock(&lock);
    LA_INJECT(803);
    if (at == 0)
        la_cells_own = chunk;
    return true;
}

struct la_cell *la_slot_set(uint32_t slot, void *value)
{
    struct thread *thread = own ? own : register_thread();
    struct la_cell *cell;

    if (!thread || (!find_cell(thread, slot) && !add_chunk(thread, slot / LA_DIRECT_CELLS)))
        return NULL;
    cell = &thread->chunks[slot / LA_DIRECT_CELLS][slot % LA_DIRECT_CELLS];
    pthread_mutex_lock(&lock);
    cell->value = value;
    pthread_mutex_unlock(&lock);
    return cell;
}

const struct la_cell *la_slot_cell(uint32_t slot)
{
    const struct la_cell *cell = own ? find_cell(own, slot) : NULL;

    return cell ? cell : &cells_at_rest[slot % LA_DIRECT_CELLS];
}
