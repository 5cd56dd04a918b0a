/* SPDX-License-Identifier: MIT */
/* cast.c: see cast.h. */
#include "cast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "peer.h"
#include "strategy.h"

enum { NR_SINGLE = 4 }; /* the floor, the twin, the two arrays */

/* What has been chosen so far. */
struct cast {
    const struct la_request *request;
    struct la_contender *contenders;
    size_t nr_contenders;
    const char **why;
};

static bool runs_here(const struct lookaside_strategy *strategy)
{
    const char *detail = NULL;

    return !strategy->supported || strategy->supported(&detail);
}

static bool is_plain(const struct lookaside_strategy *strategy)
{
    return strcmp(strategy->name, "malloc") == 0;
}

static bool in_names(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static bool asked_allocator(const struct la_request *request, const struct la_allocator *allocator)
{
    for (size_t i = 0; i < request->nr_allocators; i++) {
        if (request->allocators[i] == allocator)
            return true;
    }
    return request->nr_allocators == 0;
}

/* Whether the user named strategies. */
static bool names_strategies(const struct la_request *request)
{
    return request->nr_strategies > 0 || request->nr_bound > 0 || request->tl_array ||
           request->tl_array_called;
}

static bool is_among(const struct lookaside_strategy *strategy,
                     const struct lookaside_strategy *const *strategies, size_t nr)
{
    while (nr-- > 0) {
        if (strategies[nr] == strategy)
            return true;
    }
    return false;
}

static bool asked_strategy(const struct la_request *request,
                           const struct lookaside_strategy *strategy)
{
    return !names_strategies(request) ||
           is_among(strategy, request->strategies, request->nr_strategies);
}

static bool asked_bound(const struct la_request *request, const struct lookaside_strategy *strategy)
{
    if (names_strategies(request))
        return is_among(strategy, request->bound, request->nr_bound);
    return request->suite->bound_too && la_kind_bound_to(strategy->name) != LA_NR_KINDS;
}

static bool asked_array(const struct la_request *request)
{
    return names_strategies(request) ? request->tl_array : request->suite->bound_too;
}

static bool asked_called_array(const struct la_request *request)
{
    return names_strategies(request) ? request->tl_array_called : request->suite->array_called_too;
}

/* Allocators named by the user are behind the lists as well as plain. A peer takes from its
 * allocator in the beginning only, so the reference will do. */
static bool backs(const struct la_request *request, enum la_contender_role role,
                  const struct la_allocator *allocator)
{
    if (request->nr_allocators > 0)
        return asked_allocator(request, allocator);
    if (role == LA_ROLE_PEER)
        return strcmp(allocator->name, "glibc") == 0;
    return !request->suite->backers || in_names(request->suite->backers, allocator->name);
}

/* Who names the strategy malloc or an allocator, means every malloc or that one. */
static bool runs_plain(const struct la_request *request, const struct la_allocator *allocator)
{
    const char *const *mallocs = request->suite->mallocs;

    if (!asked_strategy(request, lookaside_strategy_find("malloc")) ||
        !asked_allocator(request, allocator))
        return false;
    return names_strategies(request) || request->nr_allocators > 0 || !mallocs ||
           in_names(mallocs, allocator->name);
}

/* One that cannot be loaded is left out, unless it was asked for. */
static bool add_contender(struct cast *cast, enum la_contender_role role,
                          const struct lookaside_strategy *strategy,
                          const struct la_allocator *allocator)
{
    struct la_contender *contender = &cast->contenders[cast->nr_contenders];
    const char *why = "";

    if (la_contender_make(contender, role, strategy, allocator, &why))
        cast->nr_contenders++;
    else if (cast->request->nr_allocators > 0 ||
             (role == LA_ROLE_BOUND && cast->request->nr_bound > 0))
        return la_complain(cast->why, "%s cannot be used here: %s",
                           role == LA_ROLE_BOUND ? contender->name : allocator->name, why);
    return true;
}

static bool add_lists(struct cast *cast, enum la_contender_role role,
                      const struct lookaside_strategy *strategy)
{
    const struct la_allocator *allocator;
    const char *detail = "no reason given";

    if (is_plain(strategy) || !asked_strategy(cast->request, strategy))
        return true;
    if (!runs_here(strategy)) {
        strategy->supported(&detail);
        return cast->request->nr_strategies == 0 ||
               la_complain(cast->why, "%s cannot run here: %s", strategy->name, detail);
    }
    for (size_t i = 0; (allocator = la_allocator_at(i)); i++) {
        if (backs(cast->request, role, allocator) &&
            !add_contender(cast, role, strategy, allocator))
            return false;
    }
    return true;
}

/* In most suites only those that were named. */
static bool add_peers(struct cast *cast)
{
    const struct la_request *request = cast->request;
    const struct la_peer *peer;

    for (size_t i = 0; (peer = la_peer_at(i)); i++) {
        if ((names_strategies(request) || request->suite->peers) &&
            !add_lists(cast, LA_ROLE_PEER, &peer->strategy))
            return false;
    }
    return true;
}

/* Next to the dispatched ones: what the indirect call costs, which is the same whatever stands
 * behind the list, so the C library's allocator will do. */
static bool add_references(struct cast *cast)
{
    const struct la_allocator *allocator = cast->request->nr_allocators > 0
                                               ? cast->request->allocators[0]
                                               : la_allocator_find("glibc");
    const struct lookaside_strategy *strategy;

    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (asked_bound(cast->request, strategy) &&
            !add_contender(cast, LA_ROLE_BOUND, strategy, allocator))
            return false;
    }
    return (!asked_array(cast->request) || add_contender(cast, LA_ROLE_ARRAY, NULL, allocator)) &&
           (!asked_called_array(cast->request) ||
            add_contender(cast, LA_ROLE_CALLED_ARRAY, NULL, allocator));
}

/* The C library's is in every plan: the reference. */
static bool add_plain(struct cast *cast)
{
    const struct la_allocator *allocator, *reference = la_allocator_find("glibc");

    if (!add_contender(cast, LA_ROLE_MALLOC, NULL, reference) ||
        !add_contender(cast, LA_ROLE_TWIN, NULL, reference))
        return false;
    for (size_t i = 0; (allocator = la_allocator_at(i)); i++) {
        if (allocator != reference && runs_plain(cast->request, allocator) &&
            !add_contender(cast, LA_ROLE_MALLOC, NULL, allocator))
            return false;
    }
    return true;
}

/* Room for all that there could be. */
static bool make_room(struct cast *cast)
{
    size_t nr_strategies = 0, nr_peers = 0, nr_allocators = 0;

    while (lookaside_strategy_at(nr_strategies))
        nr_strategies++;
    while (la_peer_at(nr_peers))
        nr_peers++;
    while (la_allocator_at(nr_allocators))
        nr_allocators++;
    cast->contenders =
        calloc((nr_strategies + nr_peers + 1) * nr_allocators + nr_strategies + NR_SINGLE,
               sizeof *cast->contenders);
    return cast->contenders || la_complain(cast->why, "%s", strerror(ENOMEM));
}

static bool add_strategies(struct cast *cast)
{
    const struct lookaside_strategy *strategy;

    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (!add_lists(cast, LA_ROLE_LIST, strategy))
            return false;
    }
    return true;
}

struct la_contender *la_cast_make(const struct la_request *request, size_t *nr, const char **why)
{
    struct cast cast = {.request = request, .why = why};

    if (!make_room(&cast))
        return NULL;
    cast.contenders[cast.nr_contenders++] = la_contender_floor();
    *nr = 0;
    if (!add_plain(&cast) || !add_strategies(&cast) || !add_references(&cast) ||
        !add_peers(&cast)) {
        free(cast.contenders);
        return NULL;
    }
    *nr = cast.nr_contenders;
    return cast.contenders;
}
