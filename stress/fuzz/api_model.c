/* SPDX-License-Identifier: MIT */
/* api_model.c: see api_model.h. Written from lookaside.h, not from the code behind it. */
#include "api_model.h"

#include <inttypes.h>
#include <string.h>

#include "api_actor.h"

enum { NO_DEPTH = 256, ADAPTIVE_DEPTH = 4 };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* By conservation: what the routine gave, and neither callers nor the other routine have. */
static uint64_t held(const struct api_list *list)
{
    return list->obtained - list->returned - list->nr_out;
}

/* The null strategy keeps nothing, whatever its depth. */
static uint64_t room(const struct api_list *list)
{
    return strcmp(lookaside_strategy_name(list->list.strategy), "malloc") == 0 ? 0 : list->depth;
}

static bool exact(const struct api_call *call)
{
    return call->list->alone && !call->list->plain && !call->list->visited;
}

struct api_call model_enter(struct api_list *list, uint64_t *leave)
{
    const struct api_call call = {.list = list,
                                  .held = held(list),
                                  .misses = list->misses,
                                  .refused = list->refused,
                                  .released = list->released,
                                  .inside = list->inside,
                                  .flushing = list->flushing,
                                  .leave = list->leave};

    list->visited = list->inside;
    list->inside = true;
    list->flushing = false;
    list->leave = leave;
    if (api_actor != 0)
        list->alone = list->ordered = false;
    return call;
}

void model_leave(const struct api_call *call)
{
    struct api_list *list = call->list;

    if (list->visited)
        list->ordered = false;
    list->inside = call->inside;
    list->flushing = call->flushing;
    list->leave = call->leave;
    list->visited = call->inside;
    if (list->inside || held(list) != 0)
        return;
    if (!actor_any())
        list->alone = true;
    list->ordered = list->alone;
    list->nr_known = 0;
}

/* The newest of what is held; the caller found that it must have come from there. */
static void pop_known(struct api_list *list, const void *entry)
{
    if (!list->ordered)
        return;
    FUZZ_CHECK(list->nr_known > 0 && list->known[list->nr_known - 1] == entry,
               "an entry came out that is not the newest");
    list->nr_known--;
}

static void push_known(struct api_list *list, void *entry)
{
    if (list->nr_known == MOST_KNOWN)
        list->ordered = false;
    else
        list->known[list->nr_known++] = entry;
}

void model_taken(const struct api_call *call, void *const *entries, size_t nr, size_t got)
{
    const uint64_t hits = least(call->held, nr);
    const uint64_t misses = call->list->misses - call->misses;

    FUZZ_CHECK(got <= nr, "%zu entries of %zu", got, nr);
    if (!exact(call))
        return;
    FUZZ_CHECK(misses == (got < nr ? got + 1 : nr) - hits,
               "%" PRIu64 " misses where %zu of %zu came and %" PRIu64 " were held", misses, got,
               nr, call->held);
    for (uint64_t i = 0; i < hits; i++)
        pop_known(call->list, entries[i]);
}

void model_given(const struct api_call *call, void *const *entries, size_t nr)
{
    struct api_list *list = call->list;
    const uint64_t free_room = room(list) > call->held ? room(list) - call->held : 0;
    const uint64_t kept = least(free_room, nr);

    if (!exact(call)) {
        list->ordered = false;
        return;
    }
    FUZZ_CHECK(list->refused - call->refused == nr - kept,
               "%" PRIu64 " of %zu refused at %" PRIu64 " held of %" PRIu64,
               list->refused - call->refused, nr, call->held, room(list));
    for (uint64_t i = 0; i < kept; i++)
        push_known(list, entries[i]);
}

void model_trimmed(const struct api_call *call, size_t keep)
{
    struct api_list *list = call->list;
    const uint64_t released = list->released - call->released;

    if (exact(call))
        FUZZ_CHECK(released == call->held - least(call->held, keep),
                   "%" PRIu64 " released of %" PRIu64 " to keep %zu", released, call->held, keep);
    /* It says only how many stay, not which. */
    if (released > 0)
        list->ordered = false;
}

void model_ticked(const struct api_call *call)
{
    struct api_list *list = call->list;
    const struct lookaside_policy *policy = list->list.depth.policy;
    struct lookaside_stats stats;

    lookaside_get_stats(&list->list, &stats);
    FUZZ_CHECK(stats.depth == list->depth ||
                   (stats.depth >= list->min_depth && stats.depth <= list->max_depth),
               "a tick made the depth %u, bounds %u to %u", stats.depth, list->min_depth,
               list->max_depth);
    FUZZ_CHECK(stats.depth == list->depth || strcmp(policy->name, "fixed") != 0,
               "a tick changed a fixed depth to %u", stats.depth);
    list->depth = stats.depth;
    if (policy->keep)
        list->ordered = false;
    else
        model_trimmed(call, list->depth);
}

void model_flushed(struct api_list *list, const void *entry)
{
    if (list->flushing && list->ordered && !list->visited)
        pop_known(list, entry);
}

/* What cannot be true of any list at rest. */
static void check_limits(const struct api_list *list, const struct lookaside_stats *stats)
{
    FUZZ_CHECK(stats->held == held(list),
               "the list says that it holds %" PRIu64 ", it has %" PRIu64, stats->held, held(list));
    FUZZ_CHECK(stats->held <= room(list), "%" PRIu64 " held at depth %u", stats->held, list->depth);
    FUZZ_CHECK(oracle_nr_faults(list->oracle) == 0, "%s", oracle_first_fault(list->oracle));
}

#define CHECK_FIGURE(name, expected)                         \
    FUZZ_CHECK((uint64_t)stats.name == (uint64_t)(expected), \
               #name " is %" PRIu64 ", not %" PRIu64, (uint64_t)stats.name, (uint64_t)(expected))

void api_check(struct api_list *list)
{
    struct lookaside_stats stats;

    if (!list->live)
        return;
    lookaside_get_stats(&list->list, &stats);
    CHECK_FIGURE(depth, list->depth);
    CHECK_FIGURE(min_depth, list->min_depth);
    CHECK_FIGURE(max_depth, list->max_depth);
    CHECK_FIGURE(total_allocates, list->allocates);
    CHECK_FIGURE(total_frees, list->frees);
    CHECK_FIGURE(allocate_failures, list->failures);
    if (list->plain) {
        CHECK_FIGURE(held,
                     stats.allocate_misses - stats.free_misses - stats.released - list->nr_out);
        return;
    }
    CHECK_FIGURE(allocate_misses, list->misses);
    CHECK_FIGURE(free_misses, list->refused);
    CHECK_FIGURE(released, list->released);
    check_limits(list, &stats);
}

bool model_depths(const struct lookaside_depth *asked, struct api_list *list)
{
    const struct lookaside_policy *policy = asked->policy;
    const bool adapts = policy && strcmp(policy->name, "fixed") != 0;
    uint32_t max = asked->max, initial = asked->initial, min = asked->min;

    if (max == 0)
        max = initial > NO_DEPTH ? initial : NO_DEPTH;
    if (initial == 0)
        initial = !adapts ? NO_DEPTH : policy->keep ? max : ADAPTIVE_DEPTH;
    if (min == 0 && adapts)
        min = initial < ADAPTIVE_DEPTH ? initial : ADAPTIVE_DEPTH;
    list->depth = initial;
    list->min_depth = min;
    list->max_depth = max;
    return min <= initial && initial <= max && max <= LOOKASIDE_DEPTH_LIMIT;
}

void api_not_alone(void)
{
    for (size_t i = 0; i < NR_LISTS; i++)
        api_lists[i].alone = api_lists[i].ordered = false;
}
