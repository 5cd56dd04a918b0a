/* SPDX-License-Identifier: MIT */
/*
 * placement.c: plans threads onto CPUs by meaning.
 *
 * How the threads are dealt is placement_deal.c.
 */
#include "placement.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "placement_deal.h"

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

enum { NR_KINDS = sizeof kinds / sizeof *kinds, MOST_PER_CPU = 8 };

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
    const unsigned first = la_deal_cpu(deal, deal->chosen[0])->domain[level];

    for (unsigned i = 1; i < deal->nr; i++) {
        if (la_deal_cpu(deal, deal->chosen[i])->domain[level] != first)
            return true;
    }
    return false;
}

static void note_kinds(const struct deal *deal, struct la_placement *plan)
{
    const unsigned nr_kinds = deal->topology->nr_kinds;
    unsigned first_rank = la_deal_cpu(deal, deal->chosen[0])->rank, others = 0;

    if (nr_kinds < 2)
        return;
    for (unsigned i = 0; i < deal->nr; i++)
        others += la_deal_cpu(deal, deal->chosen[i])->rank != first_rank;
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
        shared_cores += deal->taken[i] && la_deal_cpu(deal, i)->sibling > 0;
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
    const unsigned held = la_deal_by_kind(deal, nr, false);

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
    deal = la_deal_init(topology, kind);
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
    la_deal_fini(deal);
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
        plan->cpu[i] = la_deal_cpu(deal, deal->chosen[i])->os;
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
        if (la_deal_by_kind(deal, nr_threads, false) < nr_threads)
            la_deal_by_kind(deal, nr_threads, true);
        fill(deal, plan);
    }
    la_deal_fini(deal);
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
