/* SPDX-License-Identifier: MIT */
/*
 * placement.c: plans threads onto CPUs by meaning.
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
#include "placement.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology.h"

enum shape { COMPACT, SCATTER, SMT_PAIR, SAME_LLC, CROSS, OVERSUBSCRIBED };

struct kind {
    const char *name, *summary;
    enum shape shape;
    enum la_level level;  /* CROSS: what is crossed */
    unsigned min_threads; /* fewer have no such relation */
    const char *lacking;  /* said when the machine has no such place */
};

static const struct kind kinds[] = {
    {"compact", "nearest cores first, one thread per core before any sibling", COMPACT, LA_CORE, 1,
     "no usable CPU here"},
    {"scatter", "over packages, NUMA nodes, caches and cores as evenly as possible", SCATTER,
     LA_CORE, 1, "no usable CPU here"},
    {"smt-pair", "pairs of threads on two hardware threads of one core", SMT_PAIR, LA_CORE, 2,
     "no core here has two usable hardware threads"},
    {"same-llc", "on cores that share one last-level cache", SAME_LLC, LA_LLC, 1,
     "no last-level cache here is known to be shared by two usable cores"},
    {"cross-llc", "pairs of threads under different last-level caches", CROSS, LA_LLC, 2,
     "no second last-level cache with usable CPUs is known here"},
    {"cross-numa", "pairs of threads on different NUMA nodes", CROSS, LA_NODE, 2,
     "no second NUMA node with usable CPUs here"},
    {"cross-package", "pairs of threads on different packages", CROSS, LA_PACKAGE, 2,
     "no second package with usable CPUs here"},
    {"oversubscribed", "two to eight threads on every usable CPU, bound to it", OVERSUBSCRIBED,
     LA_CORE, 2, "no usable CPU here"},
};

enum { NR_KINDS = sizeof kinds / sizeof *kinds, KEY_WORDS = 7, MOST_PER_CPU = 8 };

static _Thread_local char reason[256];

__attribute__((format(printf, 2, 3))) static void say(const char **why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    *why = reason;
}

const char *la_placement_name(size_t index)
{
    return index < NR_KINDS ? kinds[index].name : NULL;
}

const char *la_placement_summary(size_t index)
{
    return index < NR_KINDS ? kinds[index].summary : NULL;
}

static const struct kind *find(const char *name)
{
    for (size_t i = 0; i < NR_KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* A deal in progress. CPUs are indices in the topology's table. */
struct deal {
    const struct la_topology *topology;
    const struct kind *kind;
    bool *allowed;
    unsigned *taken;                /* threads on each CPU */
    unsigned *inside[LA_NR_LEVELS]; /* threads in each domain, by its first CPU */
    unsigned *usable;               /* CPUs in each domain of the kind's level, by its first CPU */
    unsigned chosen[PLACEMENT_MAX_THREADS];
    unsigned nr;
};

static const struct la_cpu *cpu_at(const struct deal *deal, unsigned index)
{
    return &deal->topology->cpus[index];
}

/* The number of threads in the CPU's domain; all unknown domains share the slot behind the last. */
static unsigned *domain_count(const struct deal *deal, unsigned index, enum la_level level)
{
    const unsigned domain = cpu_at(deal, index)->domain[level];

    return &deal->inside[level][domain == LA_NO_DOMAIN ? deal->topology->nr_cpus : domain];
}

/* How many more threads the domain takes until all its CPUs have one more than this one has now. */
static unsigned room_left(const struct deal *deal, unsigned index, enum la_level level)
{
    const unsigned domain = cpu_at(deal, index)->domain[level];

    if (domain == LA_NO_DOMAIN)
        return 0;
    return deal->usable[domain] * (deal->taken[index] + 1) - *domain_count(deal, index, level);
}

static void make_key(const struct deal *deal, unsigned index, unsigned key[KEY_WORDS])
{
    const struct kind *kind = deal->kind;

    memset(key, 0, KEY_WORDS * sizeof *key);
    key[0] = deal->taken[index];
    key[1] = cpu_at(deal, index)->rank;
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
    same = cpu_at(deal, partner)->domain[level] == cpu_at(deal, index)->domain[level];
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
        const unsigned domain = cpu_at(deal, i)->domain[deal->kind->level];

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
        if (cpu_at(deal, i)->sibling == 1)
            deal->allowed[i] = deal->allowed[cpu_at(deal, i)->domain[LA_CORE]] = true;
    }
}

/* Cores of the best kind, and all cores, under the last-level cache whose first CPU is given. */
static void count_cores(const struct deal *deal, unsigned llc, unsigned *best, unsigned *all)
{
    *best = *all = 0;
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        if (cpu_at(deal, i)->domain[LA_LLC] != llc || cpu_at(deal, i)->sibling != 0)
            continue;
        ++*all;
        *best += cpu_at(deal, i)->rank == 0;
    }
}

/* The CPUs under the cache with the most cores of the best kind; none if no cache has two. */
static void allow_best_cache(struct deal *deal)
{
    unsigned chosen = LA_NO_DOMAIN, most_best = 0, most = 1;

    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        unsigned best, all;

        if (cpu_at(deal, i)->domain[LA_LLC] != i)
            continue;
        count_cores(deal, i, &best, &all);
        if (all >= 2 && (best > most_best || (best == most_best && all > most))) {
            chosen = i;
            most_best = best;
            most = all;
        }
    }
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++)
        deal->allowed[i] = chosen != LA_NO_DOMAIN && cpu_at(deal, i)->domain[LA_LLC] == chosen;
}

/* CPUs of one scope (a node's or package's first CPU) that know their domain at the level. */
static void allow_scope(struct deal *deal, enum la_level scope, unsigned first)
{
    for (unsigned i = 0; i < deal->topology->nr_cpus; i++)
        deal->allowed[i] = cpu_at(deal, i)->domain[deal->kind->level] != LA_NO_DOMAIN &&
                           (scope == LA_NR_LEVELS || cpu_at(deal, i)->domain[scope] == first);
}

/* Deals in the narrowest scope that holds all threads; the number that the widest holds if none
 * does. */
static unsigned deal_across(struct deal *deal, unsigned nr, bool oversubscribe)
{
    static const enum la_level scopes[] = {LA_NODE, LA_PACKAGE};

    for (unsigned s = 0; s < 2; s++) {
        for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
            if (cpu_at(deal, i)->domain[scopes[s]] != i)
                continue;
            allow_scope(deal, scopes[s], i);
            if (deal_all(deal, nr, oversubscribe) == nr && nr > 1)
                return nr;
        }
    }
    allow_scope(deal, LA_NR_LEVELS, 0);
    return deal_all(deal, nr, oversubscribe);
}

static unsigned deal_by_kind(struct deal *deal, unsigned nr, bool oversubscribe)
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

static void deal_fini(struct deal *deal)
{
    free(deal->allowed);
    free(deal->taken);
    free(deal->usable);
    for (unsigned level = 0; level < LA_NR_LEVELS; level++)
        free(deal->inside[level]);
    free(deal);
}

static struct deal *deal_init(const struct la_topology *topology, const struct kind *kind)
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
    deal_fini(deal);
    return NULL;
}

__attribute__((format(printf, 2, 3))) static void add_note(struct la_placement *plan,
                                                           const char *format, ...)
{
    const size_t length = strlen(plan->note);
    va_list arguments;

    if (length)
        snprintf(plan->note + length, sizeof plan->note - length, "; ");
    va_start(arguments, format);
    vsnprintf(plan->note + strlen(plan->note), sizeof plan->note - strlen(plan->note), format,
              arguments);
    va_end(arguments);
}

/* Whether any two threads of the deal lie in different domains of the level. */
static bool crosses(const struct deal *deal, enum la_level level)
{
    const unsigned first = cpu_at(deal, deal->chosen[0])->domain[level];

    for (unsigned i = 1; i < deal->nr; i++) {
        if (cpu_at(deal, deal->chosen[i])->domain[level] != first)
            return true;
    }
    return false;
}

static void note_kinds(const struct deal *deal, struct la_placement *plan)
{
    const unsigned nr_kinds = deal->topology->nr_kinds;
    unsigned first_rank = cpu_at(deal, deal->chosen[0])->rank, others = 0;

    if (nr_kinds < 2)
        return;
    for (unsigned i = 0; i < deal->nr; i++)
        others += cpu_at(deal, deal->chosen[i])->rank != first_rank;
    if (others)
        add_note(plan, "mixes CPU kinds: %u of %u threads on another kind than thread 0", others,
                 deal->nr);
    else if (deal->topology->kinds_unrated)
        add_note(plan, "one of %u CPU kinds; which is faster is unknown", nr_kinds);
    else
        add_note(plan, "CPU kind %u of %u only (1 is the most performant)", first_rank + 1,
                 nr_kinds);
}

static void note(const struct deal *deal, struct la_placement *plan)
{
    unsigned shared_cores = 0, most_taken = 0;

    for (unsigned i = 0; i < deal->topology->nr_cpus; i++) {
        shared_cores += deal->taken[i] && cpu_at(deal, i)->sibling > 0;
        most_taken = deal->taken[i] > most_taken ? deal->taken[i] : most_taken;
    }
    note_kinds(deal, plan);
    if (shared_cores && deal->kind->shape != SMT_PAIR)
        add_note(plan, "more threads than cores: some share a core as SMT siblings");
    if (most_taken > 1)
        add_note(plan, "oversubscribed: up to %u threads on a CPU", most_taken);
    if (deal->kind->min_threads == 2 && deal->nr % 2 && deal->kind->shape != OVERSUBSCRIBED)
        add_note(plan, "the last thread has no partner");
    if (deal->kind->shape == CROSS && deal->kind->level != LA_PACKAGE) {
        if (crosses(deal, LA_PACKAGE))
            add_note(plan, "crosses packages too");
        else if (deal->kind->level == LA_LLC && crosses(deal, LA_NODE))
            add_note(plan, "crosses NUMA nodes too");
    }
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Whole rounds over the CPUs, as many as may be asked for. */
static unsigned rounds(const struct deal *deal)
{
    const unsigned nr = deal->topology->nr_cpus;

    return nr ? nr * least(MOST_PER_CPU, PLACEMENT_MAX_THREADS / nr) : 0;
}

/* The threads that the placement holds; 0: not here. */
static unsigned capacity(struct deal *deal)
{
    const unsigned nr = deal->kind->shape == OVERSUBSCRIBED
                            ? rounds(deal)
                            : least(deal->topology->nr_cpus, PLACEMENT_MAX_THREADS);
    const unsigned held = deal_by_kind(deal, nr, false);

    return held < deal->kind->min_threads ? 0 : held;
}

static struct deal *begin(const struct la_topology *topology, const char *name, const char **why,
                          int *status)
{
    const struct kind *kind = find(name);
    struct deal *deal;

    if (!kind) {
        say(why, "unknown placement '%s'", name);
        *status = -EINVAL;
        return NULL;
    }
    deal = deal_init(topology, kind);
    if (!deal) {
        say(why, "placement %s: no memory for a plan", name);
        *status = -ENOMEM;
    }
    return deal;
}

unsigned la_placement_capacity(const struct la_topology *topology, const char *name,
                               const char **why)
{
    int status;
    struct deal *deal = begin(topology, name, why, &status);
    unsigned held;

    if (!deal)
        return 0;
    held = capacity(deal);
    if (!held)
        say(why, "placement %s: %s", name, deal->kind->lacking);
    deal_fini(deal);
    return held;
}

static int check(struct deal *deal, unsigned nr_threads, bool oversubscribe, const char **why)
{
    const struct kind *kind = deal->kind;
    const unsigned held = capacity(deal);

    if (!held) {
        say(why, "placement %s: %s", kind->name, kind->lacking);
        return -ENOTSUP;
    }
    if (nr_threads < kind->min_threads) {
        say(why, "placement %s needs at least %u thread%s, not %u", kind->name, kind->min_threads,
            kind->min_threads > 1 ? "s" : "", nr_threads);
        return -ERANGE;
    }
    if (kind->shape == OVERSUBSCRIBED &&
        (nr_threads % deal->topology->nr_cpus || nr_threads == deal->topology->nr_cpus ||
         nr_threads > held)) {
        say(why, "placement %s takes a multiple of the %u CPUs, from %u to %u threads, not %u",
            kind->name, deal->topology->nr_cpus, 2 * deal->topology->nr_cpus, held, nr_threads);
        return -ERANGE;
    }
    if (nr_threads > PLACEMENT_MAX_THREADS) {
        say(why, "placement %s: %u threads are more than the limit of %d", kind->name, nr_threads,
            PLACEMENT_MAX_THREADS);
        return -ERANGE;
    }
    if (nr_threads > held && !oversubscribe) {
        say(why,
            "placement %s holds at most %u thread%s here, not %u; see --oversubscribe and the "
            "placement oversubscribed",
            kind->name, held, held > 1 ? "s" : "", nr_threads);
        return -ERANGE;
    }
    return 0;
}

static void fill(const struct deal *deal, struct la_placement *plan)
{
    *plan = (struct la_placement){
        .name = deal->kind->name, .nr_threads = deal->nr, .elsewhere = deal->topology->elsewhere};
    for (unsigned i = 0; i < deal->nr; i++)
        plan->cpu[i] = cpu_at(deal, deal->chosen[i])->os;
    note(deal, plan);
}

int la_placement_plan(const struct la_topology *topology, const char *name, unsigned nr_threads,
                      bool oversubscribe, struct la_placement *plan, const char **why)
{
    int status = 0;
    struct deal *deal = begin(topology, name, why, &status);

    if (!deal)
        return status;
    status = check(deal, nr_threads, oversubscribe, why);
    if (!status) {
        /* Sharing is a last resort: only when the CPUs do not suffice. */
        if (deal_by_kind(deal, nr_threads, false) < nr_threads)
            deal_by_kind(deal, nr_threads, true);
        fill(deal, plan);
    }
    deal_fini(deal);
    return status;
}

unsigned la_placement_cpus(const struct la_placement *plan)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < plan->nr_threads; i++) {
        unsigned j = 0;

        while (plan->cpu[j] != plan->cpu[i])
            j++;
        nr += j == i;
    }
    return nr;
}

bool la_placement_holds_self(const struct la_placement *plan, unsigned thread)
{
    return sched_getcpu() == (int)plan->cpu[thread];
}

int la_placement_bind_self(const struct la_placement *plan, unsigned thread)
{
    const unsigned cpu = plan->cpu[thread];
    const size_t size = CPU_ALLOC_SIZE(cpu + 1);
    cpu_set_t *set;
    int status;

    if (plan->elsewhere)
        return -ENOTSUP;
    set = CPU_ALLOC(cpu + 1);
    if (!set)
        return -ENOMEM;
    CPU_ZERO_S(size, set);
    CPU_SET_S(cpu, size, set);
    status = sched_setaffinity(0, size, set) == 0 ? 0 : -errno;
    CPU_FREE(set);
    if (status)
        return status;
    return la_placement_holds_self(plan, thread) ? 0 : -EXDEV;
}
