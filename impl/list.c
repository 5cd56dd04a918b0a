/* SPDX-License-Identifier: MIT */
/*
 * list.c: the list itself: configuration, misses, flush, statistics, depth.
 *
 * A walk through the life of an entry: lookaside_alloc() calls the strategy, which finds nothing
 * and goes on to lookaside_alloc_miss() (miss.c), which calls the allocate routine;
 * lookaside_free() lets the strategy keep it, or, when the list is full, lookaside_free_miss()
 * calls the free routine. la_list_release() is the one other place where entries leave: flush,
 * trim, ticks and fini go through it.
 */
#include "list.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "checked.h"
#include "depth.h"
#include "inject.h"
#include "live.h"
#include "misses.h"
#include "platform.h"
#include "strategy.h"
#include "variable.h"

enum { MIN_ALIGN = 16, FIXED_DEPTH = 256, ADAPTIVE_INITIAL = 4, DEFAULT_CEILING = 256 };

static void *default_allocate(struct lookaside *list, size_t size)
{
    void *memory;

    if (list->align <= MIN_ALIGN)
        return malloc(size);
    return posix_memalign(&memory, list->align, size) == 0 ? memory : NULL;
}

static void default_free(struct lookaside *list, void *entry)
{
    (void)list;
    free(entry);
}

static int resolve_depth(const struct lookaside_depth *asked, struct lookaside_depth *depth)
{
    bool adapts = la_policy_adapts(asked->policy);

    *depth = *asked;
    depth->policy = asked->policy ? asked->policy : &la_policy_fixed;
    if (depth->max == 0)
        depth->max = depth->initial > DEFAULT_CEILING ? depth->initial : DEFAULT_CEILING;
    if (depth->initial == 0)
        depth->initial = !adapts               ? FIXED_DEPTH
                         : depth->policy->keep ? depth->max
                                               : ADAPTIVE_INITIAL;
    if (depth->min == 0 && adapts)
        depth->min = depth->initial < ADAPTIVE_INITIAL ? depth->initial : ADAPTIVE_INITIAL;
    if (depth->min > depth->initial || depth->initial > depth->max ||
        depth->max > LOOKASIDE_DEPTH_LIMIT)
        return -EINVAL;
    return 0;
}

static bool all_hardened;

static void read_environment(void)
{
    static const char *const words[] = {"0", "1", NULL};
    static struct la_variable variable = {.name = "LOOKASIDE_HARDENED", .words = words};

    all_hardened = la_variable_word(&variable) == 1;
}

static bool hardens_all(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_environment);
    return all_hardened;
}

static int resolve_align(size_t asked, size_t size, size_t *align)
{
    if (asked & (asked - 1))
        return -EINVAL;
    *align = asked ? asked : size >= la_page_size() ? la_page_size() : MIN_ALIGN;
    return 0;
}

static int resolve_size(size_t asked, size_t *size)
{
    if (asked > LOOKASIDE_SIZE_LIMIT)
        return -EINVAL;
    *size = asked < sizeof(void *) ? sizeof(void *)
                                   : (asked + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
    return 0;
}

/* Checks everything before the first write to the storage. */
static int resolve(const struct lookaside *list, const struct lookaside_config *config,
                   struct lookaside *made)
{
    if (!list || !config || (uintptr_t)list % _Alignof(struct lookaside) != 0)
        return -EINVAL;
    if (config->flags &
        ~(uint32_t)(LOOKASIDE_CHECKED | LOOKASIDE_ADOPTS | LOOKASIDE_ROOMY | LOOKASIDE_HARDENED))
        return -EINVAL;
    if (resolve_size(config->size, &made->size) || resolve_depth(&config->depth, &made->depth) ||
        resolve_align(config->align, made->size, &made->align))
        return -EINVAL;
    made->strategy = config->strategy ? config->strategy : lookaside_default_strategy();
    if (la_strategy_missing(made->strategy))
        return -EINVAL;
    if (made->strategy->supported && !made->strategy->supported(&(const char *){NULL}))
        return -ENOTSUP;
    made->tag = config->tag;
    made->hardened = (config->flags & LOOKASIDE_HARDENED) || hardens_all();
    made->allocate = config->allocate ? config->allocate : default_allocate;
    made->free = config->free ? config->free : default_free;
    made->pop = made->strategy->pop;
    made->push = made->strategy->push;
    made->take = made->strategy->take ? made->strategy->take : la_take_by_pop;
    made->give = made->strategy->give ? made->strategy->give : la_give_by_push;
    atomic_init(&made->limit, made->depth.initial);
    return 0;
}

void la_list_refresh(struct lookaside *list)
{
    if (list->refreshed)
        list->refreshed(list);
}

/* The strategy's part and what watches the list; nothing is left if it fails. */
static int build(struct lookaside *list, uint32_t flags)
{
    int error = list->strategy->init(list);

    if (error)
        return error;
    error = la_watch_open(list, flags);
    if (error)
        list->strategy->fini(list);
    return error;
}

int la_list_init(struct lookaside *list, const struct lookaside_config *config,
                 const struct la_list_owner *owner)
{
    struct lookaside made;
    int error;

    memset(&made, 0, sizeof made);
    error = resolve(list, config, &made);
    if (error)
        return error;
    made.storage = owner ? owner->storage : list;
    made.storage_bytes = owner ? owner->storage_bytes : sizeof *list;
    made.misses = la_misses_new();
    if (!made.misses)
        return -ENOMEM;
    la_chain_keep_secret();
    if (!owner)
        la_watch_evict(list, config->flags);
    /* The strategy builds its state in place: shards may point back to it. */
    struct lookaside before = *list;
    *list = made;
    error = build(list, config->flags | (config->allocate ? 0 : LOOKASIDE_ROOMY));
    if (error) {
        free(made.misses);
        *list = before;
        return error;
    }
    pthread_mutex_init(&list->maintenance, NULL);
    list->refreshed = owner ? owner->refreshed : NULL;
    la_live_add(list);
    LA_INJECT(107);
    la_list_refresh(list);
    return 0;
}

int lookaside_init(struct lookaside *list, const struct lookaside_config *config)
{
    return la_list_init(list, config, NULL);
}

/* Newest first, reading each link before its entry goes. */
size_t la_list_release(struct lookaside *list, void *surplus)
{
    size_t nr = 0;

    while (surplus) {
        void *entry = surplus;

        surplus = la_chain_next(entry);
        LA_INJECT(101);
        la_unpoison(list, entry);
        list->free(list, entry);
        nr++;
    }
    if (nr > 0)
        la_misses_add(&la_misses_mine(list->misses)->released, nr);
    return nr;
}

void lookaside_fini(struct lookaside *list)
{
    if (!la_watch_may_end(list))
        return;
    la_live_remove(list);
    LA_INJECT(108);
    la_list_release(list, list->strategy->drain(list, 0));
    la_list_refresh(list);
    list->strategy->fini(list);
    la_watch_close(list);
    pthread_mutex_destroy(&list->maintenance);
    free(list->misses);
    list->misses = NULL;
}

static size_t pop_many(struct lookaside *list, void **entries, size_t nr)
{
    size_t taken = 0;

    if (list->strategy->pop_bulk)
        return list->strategy->pop_bulk(list, entries, nr);
    while (taken < nr && (entries[taken] = list->pop(list)))
        taken++;
    return taken;
}

size_t lookaside_alloc_bulk(struct lookaside *list, void **entries, size_t nr)
{
    size_t taken = pop_many(list, entries, nr);

    for (size_t i = 0; i < taken; i++)
        la_unpoison(list, entries[i]);
    LA_INJECT(113);
    while (taken < nr && (entries[taken] = lookaside_alloc_miss(list)))
        taken++;
    if (LA_UNLIKELY(list->watch != NULL))
        la_watch_taken(list, entries, taken);
    return taken;
}

static LA_INLINE void free_many(struct lookaside *list, void *const *entries, size_t nr)
{
    size_t kept = 0;

    if (list->strategy->push_bulk) {
        kept = list->strategy->push_bulk(list, entries, nr);
    } else {
        while (kept < nr && list->push(list, entries[kept]))
            kept++;
    }
    LA_INJECT(114);
    for (; kept < nr; kept++)
        lookaside_free_miss(list, entries[kept]);
}

void lookaside_free_bulk(struct lookaside *list, void *const *entries, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        LOOKASIDE_POISON(entries[i], list->size);
    if (LA_UNLIKELY(list->watch != NULL))
        la_watch_free_bulk(list, entries, nr);
    else
        free_many(list, entries, nr);
}

void la_list_keep(struct lookaside *list, void *const *entries, size_t nr)
{
    free_many(list, entries, nr);
}

size_t lookaside_trim(struct lookaside *list, size_t keep)
{
    size_t released = la_list_release(list, list->strategy->drain(list, keep));

    LA_INJECT(109);
    la_list_refresh(list);
    return released;
}

size_t lookaside_flush(struct lookaside *list)
{
    return lookaside_trim(list, 0);
}

void lookaside_thread_exit(struct lookaside *list)
{
    if (list->strategy->thread_exit)
        list->strategy->thread_exit(list);
}

/* Under the maintenance lock, for the bounds. */
static void gather_stats(struct lookaside *list, struct lookaside_stats *stats)
{
    struct lookaside_strategy_stats kept = {0};
    struct la_miss_totals misses = la_misses_sum(list->misses);

    LA_INJECT(110);
    list->strategy->stats(list, &kept);
    *stats = (struct lookaside_stats){
        .total_allocates = kept.pops + misses.allocate_misses,
        .allocate_misses = misses.allocate_misses,
        .allocate_failures = misses.allocate_failures,
        .total_frees = kept.pushes + misses.free_misses,
        .free_misses = misses.free_misses,
        .released = misses.released,
        .held = kept.held,
        .depth = atomic_load_explicit(&list->limit, memory_order_relaxed),
        .min_depth = list->depth.min,
        .max_depth = list->depth.max,
    };
}

void lookaside_get_stats(struct lookaside *list, struct lookaside_stats *stats)
{
    pthread_mutex_lock(&list->maintenance);
    gather_stats(list, stats);
    pthread_mutex_unlock(&list->maintenance);
}

/* Under the maintenance lock. Relaxed store: push may use the old limit for a moment, which the
 * trim that follows makes good. */
static int change_limit(struct lookaside *list, uint32_t depth)
{
    int error = list->strategy->set_depth ? list->strategy->set_depth(list, depth) : 0;

    LA_INJECT(104);
    if (!error)
        atomic_store_explicit(&list->limit, depth, memory_order_relaxed);
    return error;
}

int lookaside_set_depth(struct lookaside *list, uint32_t depth)
{
    int error;

    if (depth > LOOKASIDE_DEPTH_LIMIT)
        return -EINVAL;
    pthread_mutex_lock(&list->maintenance);
    error = change_limit(list, depth);
    if (!error && depth > list->depth.max)
        list->depth.max = depth;
    pthread_mutex_unlock(&list->maintenance);
    LA_INJECT(105);
    if (!error)
        lookaside_trim(list, depth);
    return error;
}

/* Live counters may lag, so a difference may come out negative for a moment: nothing then. */
static uint64_t advance(uint64_t *last, uint64_t now)
{
    uint64_t gained = now > *last ? now - *last : 0;

    *last = now;
    return gained;
}

/* What the policy makes of the tick, within the list's bounds. A depth that was set beyond them by
 * hand stays if the policy leaves it alone. */
static uint32_t next_depth(const struct lookaside_policy *policy, const struct lookaside_tick *tick)
{
    uint32_t depth = policy->next_depth(policy->parameters, tick);

    if (depth == tick->depth)
        return depth;
    if (depth < tick->min_depth)
        return tick->min_depth;
    return depth < tick->max_depth ? depth : tick->max_depth;
}

/* How many entries the tick leaves in the list, of a policy that has a say in it. */
static uint32_t next_keep(const struct lookaside_policy *policy, const struct lookaside_tick *tick)
{
    uint32_t keep = policy->keep ? policy->keep(policy->parameters, tick) : UINT32_MAX;

    return keep < tick->min_depth ? tick->min_depth : keep;
}

/* Under the maintenance lock. */
static struct lookaside_tick gather_tick(struct lookaside *list, uint64_t now_ns)
{
    struct lookaside_stats stats;
    struct lookaside_tick tick;

    gather_stats(list, &stats);
    tick = (struct lookaside_tick){
        .now_ns = now_ns,
        .allocates = advance(&list->last_allocates, stats.total_allocates),
        .misses = advance(&list->last_misses, stats.allocate_misses),
        .depth = stats.depth,
        .min_depth = stats.min_depth,
        .max_depth = stats.max_depth,
        .held = stats.held < UINT32_MAX ? (uint32_t)stats.held : UINT32_MAX,
        .least_held = list->least_held,
        .interval_ticks = list->interval_ticks + 1U,
    };
    tick.interval_idle = !list->interval_busy && tick.allocates == 0;
    if (tick.held < tick.least_held)
        tick.least_held = tick.held;
    if (tick.misses > 0)
        tick.least_held = 0;
    return tick;
}

/* Under the maintenance lock. What the tick leaves is what the next interval begins with. */
static void advance_interval(struct lookaside *list, const struct lookaside_tick *tick,
                             uint32_t keep)
{
    const bool ends = tick->interval_ticks >= list->depth.policy->interval_ticks ||
                      tick->interval_ticks >= UINT16_MAX;

    list->interval_ticks = ends ? 0 : (uint16_t)tick->interval_ticks;
    list->interval_busy = !ends && !tick->interval_idle;
    list->least_held = !ends ? tick->least_held : tick->held < keep ? tick->held : keep;
}

void *la_list_tick(struct lookaside *list, uint64_t now_ns)
{
    struct lookaside_tick tick;
    uint32_t depth, keep;

    pthread_mutex_lock(&list->maintenance);
    tick = gather_tick(list, now_ns);
    LA_INJECT(111);
    depth = next_depth(list->depth.policy, &tick);
    keep = next_keep(list->depth.policy, &tick);
    advance_interval(list, &tick, keep);
    /* Without memory for a larger depth the list goes on with the old one; the next tick asks
     * again. */
    if (depth != tick.depth)
        (void)change_limit(list, depth);
    LA_INJECT(112);
    if (list->strategy->tick)
        list->strategy->tick(list);
    depth = atomic_load_explicit(&list->limit, memory_order_relaxed);
    pthread_mutex_unlock(&list->maintenance);
    LA_INJECT(106);
    return list->strategy->drain(list, keep < depth ? keep : depth);
}
