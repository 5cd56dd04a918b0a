/* SPDX-License-Identifier: MIT */
/* api_list.c: see api_list.h. What the routines do, and the calls on one list. */
#include "api_list.h"

#include <errno.h>
#include <string.h>

#include "api_model.h"
#include "api_routines.h"
#include "platform.h"

struct api_list api_lists[NR_LISTS];
unsigned api_actor;

static struct api_list *of(struct lookaside *list)
{
    return LA_CONTAINER_OF(list, struct api_list, list);
}

static struct api_list *next_live(struct api_list *list)
{
    size_t at = (size_t)(list - api_lists);

    do
        at = (at + 1) % NR_LISTS;
    while (!api_lists[at].live);
    return &api_lists[at];
}

/* A routine may use any list, its own as well. Once, so that it comes to an end. */
static void visit(struct api_list *list)
{
    const enum api_visit now = list->visit;
    struct api_list *target = now == VISIT_OTHER ? next_live(list) : list;

    list->visit = VISIT_NONE;
    if (now == VISIT_SELF || now == VISIT_OTHER) {
        api_alloc(target, 1, false);
        api_free(target, 1, false, 0);
    } else if (now == VISIT_FLUSH) {
        api_trim(target, 0);
    } else if (now == VISIT_TICK) {
        api_tick();
    }
}

void *api_obtain(struct lookaside *lookaside, size_t size)
{
    struct api_list *list = of(lookaside);
    void *entry = NULL;

    FUZZ_CHECK(size == lookaside->size, "the allocate routine was asked for %zu bytes", size);
    list->misses++;
    visit(list);
    if (list->fail_next > 0)
        list->fail_next--;
    else
        entry = oracle_obtain(list->oracle, 0);
    list->failures += !entry;
    list->obtained += entry != NULL;
    return entry;
}

void api_give_back(struct lookaside *lookaside, void *entry)
{
    struct api_list *list = of(lookaside);

    FUZZ_CHECK(list->leave, "the free routine was called for no reason");
    oracle_release(list->oracle, 0, entry);
    ++*list->leave;
    list->returned++;
    model_flushed(list, entry);
    visit(list);
}

static void take(struct api_list *list, void *entry)
{
    if (list->oracle)
        oracle_taken(list->oracle, 0, entry, api_actor);
    else
        memset(entry, (int)api_actor, list->list.size);
    list->out[list->nr_out] = entry;
    list->owner[list->nr_out++] = api_actor;
}

/* An entry that a caller has; whoever took it, this actor gives it back. */
static void *give(struct api_list *list, unsigned which)
{
    const unsigned at = list->nr_out - 1 - which % list->nr_out;
    void *entry = list->out[at];

    if (list->oracle && list->owner[at] != api_actor)
        oracle_pass(list->oracle, 0, entry, list->owner[at], api_actor);
    if (list->oracle)
        oracle_giving(list->oracle, 0, entry, api_actor);
    list->nr_out--;
    list->out[at] = list->out[list->nr_out];
    list->owner[at] = list->owner[list->nr_out];
    list->frees++;
    return entry;
}

/* Room is left for what a routine takes in between. */
void api_alloc(struct api_list *list, unsigned nr, bool bulk)
{
    void *entries[MOST_BULK];
    struct api_call call;
    size_t got;

    if (!list->live || nr > MOST_BULK || list->nr_out + nr + 2 > MOST_OUT)
        return;
    call = model_enter(list, NULL);
    if (bulk)
        got = lookaside_alloc_bulk(&list->list, entries, nr);
    else
        got = (entries[0] = lookaside_alloc(&list->list)) != NULL;
    list->allocates += got < nr ? got + 1 : got; /* those after one that failed were not tried */
    model_taken(&call, entries, nr, got);
    for (size_t i = 0; i < got; i++)
        take(list, entries[i]);
    model_leave(&call);
}

void api_free(struct api_list *list, unsigned nr, bool bulk, unsigned which)
{
    void *entries[MOST_BULK];
    struct api_call call;

    if (!list->live || nr > list->nr_out || nr > MOST_BULK)
        return;
    call = model_enter(list, &list->refused);
    for (unsigned i = 0; i < nr; i++)
        entries[i] = give(list, which);
    if (bulk)
        lookaside_free_bulk(&list->list, entries, nr);
    else
        lookaside_free(&list->list, entries[0]);
    model_given(&call, entries, nr);
    model_leave(&call);
}

void api_trim(struct api_list *list, size_t keep)
{
    struct api_call call;
    size_t released;

    if (!list->live)
        return;
    call = model_enter(list, &list->released);
    list->flushing = keep == 0;
    released = keep == 0 ? lookaside_flush(&list->list) : lookaside_trim(&list->list, keep);
    if (!list->plain && !list->visited)
        FUZZ_CHECK(released == list->released - call.released, "a trim said it released %zu",
                   released);
    list->released += list->plain ? released : 0;
    model_trimmed(&call, keep);
    model_leave(&call);
}

void api_set_depth(struct api_list *list, uint32_t depth)
{
    const bool possible = depth <= LOOKASIDE_DEPTH_LIMIT;
    struct api_call call;
    int error;

    if (!list->live)
        return;
    call = model_enter(list, &list->released);
    /* Before the call: a routine that gets the surplus may ask, or tick. */
    if (possible) {
        list->depth = depth;
        list->max_depth = depth > list->max_depth ? depth : list->max_depth;
    }
    error = lookaside_set_depth(&list->list, depth);
    FUZZ_CHECK(error == (possible ? 0 : -EINVAL), "set_depth(%u) said %d", depth, error);
    if (!error)
        model_trimmed(&call, depth);
    model_leave(&call);
}

void api_thread_exit(struct api_list *list)
{
    if (!list->live)
        return;
    if (api_actor != 0)
        list->alone = list->ordered = false;
    lookaside_thread_exit(&list->list);
}

void api_tick(void)
{
    struct api_call calls[NR_LISTS];
    size_t nr_live = 0, nr;

    for (size_t i = 0; i < NR_LISTS; i++) {
        calls[i] = model_enter(&api_lists[i], &api_lists[i].released);
        nr_live += api_lists[i].live;
    }
    nr = lookaside_balance();
    FUZZ_CHECK(nr == nr_live, "a tick came to %zu lists of %zu", nr, nr_live);
    for (size_t i = 0; i < NR_LISTS; i++) {
        if (api_lists[i].live)
            model_ticked(&calls[i]);
        model_leave(&calls[i]);
    }
}

struct walk {
    unsigned seen[NR_LISTS], strangers;
};

static bool see(struct lookaside *lookaside, void *context)
{
    struct walk *walk = context;

    for (size_t i = 0; i < NR_LISTS; i++) {
        if (lookaside == &api_lists[i].list) {
            walk->seen[i]++;
            return true;
        }
    }
    walk->strangers++;
    return true;
}

void api_walk(void)
{
    struct walk walk = {{0}, 0};

    lookaside_for_each(see, &walk);
    FUZZ_CHECK(walk.strangers == 0, "a list lives that nobody made");
    for (size_t i = 0; i < NR_LISTS; i++)
        FUZZ_CHECK(walk.seen[i] == api_lists[i].live, "a walk came to list %zu %u times", i,
                   walk.seen[i]);
}
