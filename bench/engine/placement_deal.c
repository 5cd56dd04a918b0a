/* SPDX-License-Identifier: MIT */
/*
 * placement_deal.c: see placement_deal.h.
 *
 * Every placement marks the CPUs that it may use and then deals threads one by one, each to the
 * CPU with the smallest key. All keys begin with: how often the CPU is taken (so that nobody
 * shares a CPU before all have one), the rank of its kind (so that kinds are mixed only when the
 * better one is full), how many threads its core has (one thread per core before any sibling).
 * What follows makes the difference:
 *
 *   compact        hwloc's order: the next core is the nearest one
 *   scatter        the emptiest package, then NUMA node, then last-level cache
 *   smt-pair       threads 2k and 2k+1 on two hardware threads of one core, pair after pair
 *   same-llc       compact inside the last-level cache that holds the most good cores
 *   cross-llc      threads 2k and 2k+1 under different last-level caches; as near as possible, and
 *                  from the fullest ones, which would be left without partners
 *   cross-numa     otherwise: inside one NUMA node, else inside one package, else anywhere (the
 *   cross-package  note says so)
 *   oversubscribed compact, round after round: the same number of threads on every usable CPU, each
 *                  bound to its own, so that they have to take turns
 */
#include "placement_deal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_WORDS = 7 };

/* The number of threads in the CPU's domain; all unknown domains share the slot behind the last. */
static unsigned *domain_count(const struct deal *deal, unsigned index, enum la_level level)
{
    const unsigned domain = la_deal_cpu(deal, index)->domain[level];

    return &deal->inside[level][domain == LA_NO_DOMAIN ? deal->topology->nr_cpus : domain];
}

/* How many more threads the domain takes until all its CPUs have one more than this one has now. */
static unsigned room_left(const struct deal *deal, unsigned index, enum la_level level)
{
    const unsigned domain = la_deal_cpu(deal, index)->domain[level];

    if (domain == LA_NO_DOMAIN)
        return 0;
    return deal->usable[domain] * (deal->taken[index] + 1) - *domain_count(deal, index, level);
}

static void make_key(const struct deal *deal, unsigned index, unsigned key[KEY_WORDS])
{
    const struct kind *kind = deal->kind;

    memset(key, 0, KEY_WORDS * sizeof *key);
    key[0] = deal->taken[index];
    key[1] = la_deal_cpu(deal, index)->rank;
    key[2] = *domain_count(deal, index, LA_CORE);
    if (kind->shape == SCATTER) {
        key[3] = *domain_count(deal, index, LA_PACKAGE);
        key[4] = *domain_count(deal, index, LA_NODE);
        key[5] = *domain_count(deal, index, LA_LLC);
    } else if (kind->shape == CROSS) {
        key[3] = UINT_MAX - room_left(deal, index, kind->level);
    }
    key[6] = index;
}

static bool key_less(const unsigned a[KEY_WORDS], const unsigned b[KEY_WORDS])
{
    unsigned i = 0;

    while (i < KEY_WORDS - 1 && a[i] == b[i])
        i++;
    return a[i] < b[i];
}

/* Whether the CPU keeps the relation between the next thread and its partner before it. */
static bool suits_partner(const struct deal *deal, unsigned index)
{
    const enum la_level level = deal->kind->level;
    unsigned partner;
    bool same;

    if (deal->nr % 2 == 0 || deal->kind->min_threads < 2 || deal->kind->shape == OVERSUBSCRIBED)
        return true;
    partner = deal->chosen[deal->nr - 1];
    same = la_deal_cpu(deal, partner)->domain[level] == la_deal_cpu(deal, index)->domain[level];
    return deal->kind->shape == SMT_PAIR ? same && partner != index : !same;
}

/* Gives the next thread its CPU; false if none is left. */
static bool deal_one(struct deal *deal, bool oversubscribe)
{
    unsigned best[KEY_WORDS], key[KEY_WORDS];
    bool found = false;

    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        if (!deal->allowed[i] || (deal->taken[i] && !oversubscribe) || !suits_partner(deal, i))
            continue;
        make_key(deal, i, key);
        if (!found || key_less(key, best))
            memcpy(best, key, sizeof best);
        found = true;
    }
    if (!found)
        return false;
    deal->chosen[deal->nr++] = best[KEY_WORDS - 1];
    deal->taken[best[KEY_WORDS - 1]]++;
    for (unsigned level = 0; level < LA_NR_LEVELS; level++)
        ++*domain_count(deal, best[KEY_WORDS - 1], (enum la_level)level);
    return true;
}

static void count_usable(struct deal *deal)
{
    memset(deal->usable, 0, deal->topology->nr_cpus * sizeof *deal->usable);
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        const unsigned domain = la_deal_cpu(deal, i)->domain[deal->kind->level];

        if (deal->allowed[i] && domain != LA_NO_DOMAIN)
            deal->usable[domain]++;
    }
}

/* Deals up to nr threads onto the allowed CPUs from the beginning; the number dealt. */
static unsigned deal_all(struct deal *deal, unsigned nr, bool oversubscribe)
{
    const size_t size = (deal->topology->nr_cpus + 1) * sizeof *deal->taken;

    memset(deal->taken, 0, size);
    count_usable(deal);
    for (unsigned level = 0; level < LA_NR_LEVELS; level++)
        memset(deal->inside[level], 0, size);
    deal->nr = 0;
    while (deal->nr < nr && deal_one(deal, oversubscribe))
        ;
    return deal->nr;
}

static void allow_all(struct deal *deal)
{
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++)
        deal->allowed[i] = true;
}

/* The first two usable hardware threads of each core that has two. */
static void allow_pairs(struct deal *deal)
{
    const unsigned nr = deal->topology->nr_cpus;

    for (unsigned i = 0; i < nr; i++)
        deal->allowed[i] = false;
    for (unsigned i = 0; i < nr; i++) {
        if (la_deal_cpu(deal, i)->sibling == 1)
            deal->allowed[i] = deal->allowed[la_deal_cpu(deal, i)->domain[LA_CORE]] = true;
    }
}

/* Cores of the best kind, and all cores, under the last-level cache whose first CPU is given. */
static void count_cores(const struct deal *deal, unsigned llc, unsigned *best, unsigned *all)
{
    *best = *all = 0;
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        if (la_deal_cpu(deal, i)->domain[LA_LLC] != llc || la_deal_cpu(deal, i)->sibling != 0)
            continue;
        ++*all;
        *best += la_deal_cpu(deal, i)->rank == 0;
    }
}

/* The CPUs under the cache with the most cores of the best kind; none if no cache has two. */
static void allow_best_cache(struct deal *deal)
{
    unsigned chosen = LA_NO_DOMAIN, most_best = 0, most = 1;

    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        unsigned best, all;

        if (la_deal_cpu(deal, i)->domain[LA_LLC] != i)
            continue;
        count_cores(deal, i, &best, &all);
        if (all >= 2 && (best > most_best || (best == most_best && all > most))) {
            chosen = i;
            most_best = best;
            most = all;
        }
    }
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++)
        deal->allowed[i] = chosen != LA_NO_DOMAIN && la_deal_cpu(deal, i)->domain[LA_LLC] == chosen;
}

/* CPUs of one scope (a node's or package's first CPU) that know their domain at the level. */
static void allow_scope(struct deal *deal, enum la_level scope, unsigned first)
{
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++)
        deal->allowed[i] = la_deal_cpu(deal, i)->domain[deal->kind->level] != LA_NO_DOMAIN &&
                           (scope == LA_NR_LEVELS || la_deal_cpu(deal, i)->domain[scope] == first);
}

/* Deals in the narrowest scope that holds all threads; the number that the widest holds if none
 * does. */
static unsigned deal_across(struct deal *deal, unsigned nr, bool oversubscribe)
{
    static const enum la_level scopes[] = {LA_NODE, LA_PACKAGE};

    for (unsigned s = 0; s < 2; s++) {
        for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
            if (la_deal_cpu(deal, i)->domain[scopes[s]] != i)
                continue;
            allow_scope(deal, scopes[s], i);
            if (deal_all(deal, nr, oversubscribe) == nr && nr > 1)
                return nr;
        }
    }
    allow_scope(deal, LA_NR_LEVELS, 0);
    return deal_all(deal, nr, oversubscribe);
}

unsigned la_deal_by_kind(struct deal *deal, unsigned nr, bool oversubscribe)
{
    switch (deal->kind->shape) {
    case CROSS:
        nr = deal_across(deal, nr, oversubscribe);
        return nr < 2 ? 0 : nr; /* one alone crosses nothing */
    case SMT_PAIR:
        allow_pairs(deal);
        break;
    case SAME_LLC:
        allow_best_cache(deal);
        break;
    default:
        allow_all(deal);
    }
    return deal_all(deal, nr, oversubscribe || deal->kind->shape == OVERSUBSCRIBED);
}

void la_deal_fini(struct deal *deal)
{
    free(deal->allowed);
    free(deal->taken);
    free(deal->usable);
    for (unsigned level = 0; level < LA_NR_LEVELS; level++)
        free(deal->inside[level]);
    free(deal);
}

struct deal *la_deal_init(const struct la_topology *topology, const struct kind *kind)
{
    struct deal *deal = calloc(1, sizeof *deal);
    bool complete;

    if (!deal)
        return NULL;
    deal->topology = topology;
    deal->kind = kind;
    deal->allowed = calloc(topology->nr_cpus, sizeof *deal->allowed);
    deal->taken = calloc(topology->nr_cpus + 1, sizeof *deal->taken);
    deal->usable = calloc(topology->nr_cpus, sizeof *deal->usable);
    complete = deal->allowed && deal->taken && deal->usable;
    for (unsigned level = 0; level < LA_NR_LEVELS; level++) {
        deal->inside[level] = calloc(topology->nr_cpus + 1, sizeof *deal->inside[level]);
        complete = complete && deal->inside[level];
    }
    if (complete)
        return deal;
    la_deal_fini(deal);
    return NULL;
}
