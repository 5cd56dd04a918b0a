/* SPDX-License-Identifier: MIT */
/* request_options.c: see request_options.h. */
#include "request_options.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "peer.h"
#include "regime.h"
#include "strategy.h"
#include "topology.h"

static const char tl_array[] = "tl-array", tl_array_called[] = "tl-array-called";

/* The strategies, and after them their peers. */
static const struct lookaside_strategy *strategy_at(size_t index)
{
    const struct la_peer *peer;
    size_t nr = 0;

    while (nr < index && lookaside_strategy_at(nr))
        nr++;
    if (lookaside_strategy_at(nr))
        return lookaside_strategy_at(index);
    peer = la_peer_at(index - nr);
    return peer ? &peer->strategy : NULL;
}

static const struct lookaside_strategy *strategy_named(const char *name)
{
    const struct la_peer *peer = la_peer_find(name);

    return peer ? &peer->strategy : lookaside_strategy_find(name);
}

/* Those, then the same bound to the loop where that can be, then the arrays per thread. */
static const char *strategy_name(size_t index)
{
    static char bound[LA_REQUEST_MAX][32];
    const struct lookaside_strategy *strategy;
    size_t nr = 0, nr_bound = 0;

    for (; (strategy = strategy_at(nr)); nr++) {
        if (nr == index)
            return strategy->name;
    }
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (la_kind_bound_to(strategy->name) == LA_NR_KINDS || nr + nr_bound++ != index)
            continue;
        snprintf(bound[i], sizeof bound[i], "%s-bound", strategy->name);
        return bound[i];
    }
    if (index == nr + nr_bound)
        return tl_array;
    return index == nr + nr_bound + 1 ? tl_array_called : NULL;
}

static const char *allocator_name(size_t index)
{
    return la_allocator_at(index) ? la_allocator_at(index)->name : NULL;
}

static const char *workload_name(size_t index)
{
    return la_workload_at(index) ? la_workload_at(index)->name : NULL;
}

bool cli_known_name(const char *what, const char *name, const char *(*name_at)(size_t index))
{
    const char *known[LA_REQUEST_MAX];
    size_t nr = 0;

    while (nr < LA_REQUEST_MAX && (known[nr] = name_at(nr))) {
        if (strcmp(known[nr], name) == 0)
            return true;
        nr++;
    }
    cli_unknown(what, name, known, nr);
    return false;
}

/* "a,b" into words, all of them known and different; 0 after complaining. */
static size_t known_words(const char *what, const char *list, const char *(*name_at)(size_t index),
                          const char **words)
{
    size_t nr = cli_split(list, words, LA_REQUEST_MAX);

    for (size_t i = 0; i < nr; i++) {
        if (!cli_known_name(what, words[i], name_at))
            return 0;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(words[i], words[j]) == 0) {
                cli_bad("%s '%s' is named twice", what, words[i]);
                return 0;
            }
        }
    }
    return nr;
}

static void take_strategy(struct la_request *request, const char *word)
{
    const struct lookaside_strategy *strategy = strategy_named(word);
    char name[32];

    if (strategy) {
        request->strategies[request->nr_strategies++] = strategy;
    } else if (strcmp(word, tl_array) == 0) {
        request->tl_array = true;
    } else if (strcmp(word, tl_array_called) == 0) {
        request->tl_array_called = true;
    } else {
        snprintf(name, sizeof name, "%.*s", (int)(strlen(word) - strlen("-bound")), word);
        request->bound[request->nr_bound++] = lookaside_strategy_find(name);
    }
}

static int take_strategies(struct la_request *request, const char *list)
{
    const char *words[LA_REQUEST_MAX];

    size_t nr = known_words("strategy", list, strategy_name, words);

    for (size_t i = 0; i < nr; i++)
        take_strategy(request, words[i]);
    return nr ? 0 : EINVAL;
}

static int take_allocators(struct la_request *request, const char *list)
{
    const char *words[LA_REQUEST_MAX];

    request->nr_allocators = known_words("allocator", list, allocator_name, words);
    for (size_t i = 0; i < request->nr_allocators; i++)
        request->allocators[i] = la_allocator_find(words[i]);
    return request->nr_allocators ? 0 : EINVAL;
}

static bool add_workload(struct la_request *request, const struct la_workload *workload)
{
    for (size_t i = 0; i < request->nr_workloads; i++) {
        if (request->workloads[i] == workload) {
            cli_bad("workload '%s' is named twice", workload->name);
            return false;
        }
    }
    if (request->nr_workloads == LA_REQUEST_MAX) {
        cli_bad("more than %d workloads", LA_REQUEST_MAX);
        return false;
    }
    request->workloads[request->nr_workloads++] = workload;
    return true;
}

/* A family stands for all its points. */
static bool take_workload(struct la_request *request, const char *word)
{
    const struct la_workload *workload = la_workload_find(word), *point;
    bool taken = true;

    if (!workload)
        return cli_known_name("workload", word, workload_name);
    if (strcmp(word, LA_REGIME_FAMILY) != 0)
        return add_workload(request, workload);
    for (size_t i = 0; taken && (point = la_regime_at(i)); i++)
        taken = add_workload(request, point);
    return taken;
}

static int take_workloads(struct la_request *request, const char *list)
{
    const char *words[LA_REQUEST_MAX];
    const size_t nr = cli_split(list, words, LA_REQUEST_MAX);

    for (size_t i = 0; i < nr; i++) {
        if (!take_workload(request, words[i]))
            return EINVAL;
    }
    return nr ? 0 : EINVAL;
}

/* "1,2" into numbers within [1, max]; 0 after complaining. */
static size_t take_numbers(const char *option, const char *list, uint64_t max, uint64_t *numbers)
{
    const char *words[LA_REQUEST_MAX];
    size_t nr = cli_split(list, words, LA_REQUEST_MAX);

    for (size_t i = 0; i < nr; i++) {
        if (!cli_number(option, words[i], 1, max, &numbers[i]))
            return 0;
        for (size_t j = 0; j < i; j++) {
            if (numbers[i] == numbers[j]) {
                cli_bad("%s: %" PRIu64 " is named twice", option, numbers[i]);
                return 0;
            }
        }
    }
    return nr;
}

size_t cli_rising_numbers(const char *option, const char *things, const char *list, uint64_t min,
                          uint64_t max, uint64_t *numbers, size_t max_numbers)
{
    const char *words[LA_REQUEST_MAX];
    const size_t nr = cli_split(list, words, max_numbers);

    for (size_t i = 0; i < nr; i++) {
        if (!cli_number(option, words[i], min, max, &numbers[i]))
            return 0;
        if (i > 0 && numbers[i] <= numbers[i - 1]) {
            cli_bad("%s: %s does not follow %s: name %s in rising order", option, words[i],
                    words[i - 1], things);
            return 0;
        }
    }
    return nr;
}

static int take_threads(struct la_request *request, const char *list)
{
    uint64_t numbers[LA_REQUEST_MAX];

    request->nr_threads = take_numbers("--threads", list, PLACEMENT_MAX_THREADS, numbers);
    for (size_t i = 0; i < request->nr_threads; i++)
        request->threads[i] = (unsigned)numbers[i];
    return request->nr_threads ? 0 : EINVAL;
}

static int take_sizes(struct la_request *request, const char *list)
{
    uint64_t numbers[LA_REQUEST_MAX];

    request->nr_sizes = take_numbers("--size", list, LOOKASIDE_SIZE_LIMIT, numbers);
    for (size_t i = 0; i < request->nr_sizes; i++)
        request->sizes[i] = numbers[i];
    return request->nr_sizes ? 0 : EINVAL;
}

int cli_take_request(int key, char *argument, struct la_request *request)
{
    switch (key) {
    case KEY_STRATEGY:
        return take_strategies(request, argument);
    case KEY_ALLOCATOR:
        return take_allocators(request, argument);
    case KEY_WORKLOAD:
        return take_workloads(request, argument);
    case KEY_THREADS:
        return take_threads(request, argument);
    case KEY_SIZE:
        return take_sizes(request, argument);
    case KEY_PLACEMENT:
        request->placement = argument;
        return cli_known_name("placement", argument, la_placement_name) ? 0 : EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cli_plan_placements(struct la_request *request, struct la_placement *placements)
{
    const char *name = request->placement ? request->placement : "compact", *why;
    struct la_topology *topology = la_topology_load(NULL, NULL, &why);
    int status = CLI_DONE;

    if (!topology)
        return cli_bad("%s", why);
    if (request->nr_threads == 0)
        request->threads[request->nr_threads++] = la_topology_cpus(topology);
    for (size_t i = 0; i < request->nr_threads && !status; i++) {
        if (la_placement_plan(topology, name, request->threads[i], false, &placements[i], &why))
            status = cli_bad("%s", why);
    }
    la_topology_free(topology);
    return status;
}
