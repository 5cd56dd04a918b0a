/* SPDX-License-Identifier: MIT */
/*
 * placements.c: compares the topology's table, every plan of every placement, and the groups of
 * CPUs that strategies keep depots for, with what sysfs says of this machine, and binds threads to
 * each plan: `lab_placements [DOMAINS]`, where the caller says what the machine must have, such as
 * packages=2 nodes=2 llcs=4 cores=16 cpus=32.
 *
 * The rules are those of placement.h, stated once more without a plan's order of search:
 *   - no CPU twice while there are others; where kinds of CPUs differ, none of a lesser kind while
 *     a better one has any left (smt-pair and the cross placements: as their pairs permit);
 *   - among those of one kind, (but for smt-pair) no core twice while there are other cores;
 *   - compact, same-llc: of the packages, nodes and caches that are used, one at most has cores
 *     left;
 *   - scatter: no package, and no node or cache inside one, has two threads more than another that
 *     has cores left;
 *   - pairs: threads 2k and 2k + 1 have the relation; two threads alone are as near as it allows.
 */
#include "placement.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "llc.h"
#include "sysfs.h"

static struct sysfs_machine whole, best;
static struct sysfs_machine machine; /* the whole one, but for rules about CPUs of one kind */
static unsigned nr_wrong;

static const char *const level_names[] = {
    [LA_PACKAGE] = "packages", [LA_NODE] = "nodes", [LA_LLC] = "llcs", [LA_CORE] = "cores"};

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...)
{
    va_list arguments;

    nr_wrong++;
    fputs("placements: ERROR: ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* What thread i of a plan has at a level. */
static unsigned domain_of(const struct la_placement *plan, unsigned thread, enum la_level level)
{
    return sysfs_find(&machine, plan->cpu[thread])->domain[level];
}

static unsigned threads_in(const struct la_placement *plan, enum la_level level, unsigned domain)
{
    unsigned nr = 0;

    for (unsigned i = 0; i < plan->nr_threads; i++)
        nr += domain_of(plan, i, level) == domain;
    return nr;
}

static bool all_usable(const struct la_placement *plan)
{
    for (unsigned i = 0; i < plan->nr_threads; i++) {
        if (!sysfs_find(&machine, plan->cpu[i])) {
            wrong("%s, %u threads: thread %u on CPU %u, which is not there", plan->name,
                  plan->nr_threads, i, plan->cpu[i]);
            return false;
        }
    }
    return true;
}

/* As many threads on each CPU as on any other, but for one. */
static void check_shares(const struct la_placement *plan, unsigned most)
{
    for (unsigned i = 0; i < plan->nr_threads; i++) {
        unsigned nr = 0;

        for (unsigned j = 0; j < plan->nr_threads; j++)
            nr += plan->cpu[j] == plan->cpu[i];
        if (nr > most)
            wrong("%s, %u threads: %u on CPU %u", plan->name, plan->nr_threads, nr, plan->cpu[i]);
    }
}

static void check_one_per_core(const struct la_placement *plan, unsigned nr_cores)
{
    if (plan->nr_threads > nr_cores)
        return;
    for (unsigned i = 0; i < plan->nr_threads; i++) {
        if (threads_in(plan, LA_CORE, domain_of(plan, i, LA_CORE)) > 1)
            wrong("%s, %u threads: CPU %u shares its core, and others are free", plan->name,
                  plan->nr_threads, plan->cpu[i]);
    }
}

/* Domains of the level that are used, and have cores that are not; while cores are used once. */
static void check_compact(const struct la_placement *plan, enum la_level level)
{
    unsigned open = 0;

    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        const unsigned domain = machine.cpus[i].domain[level];
        const unsigned used = threads_in(plan, level, domain);

        if (sysfs_is_first(&machine, level, i) && used > 0 &&
            used < sysfs_cores(&machine, level, domain))
            open++;
    }
    if (open > 1)
        wrong("compact, %u threads: %u %s are used in part", plan->nr_threads, open,
              level_names[level]);
}

/* Whether two CPUs belong to one scope: LA_NR_LEVELS is the machine. */
static bool in_one(const struct sysfs_cpu *a, const struct sysfs_cpu *b, enum la_level scope)
{
    return scope == LA_NR_LEVELS || a->domain[scope] == b->domain[scope];
}

static void check_scatter(const struct la_placement *plan, enum la_level scope, enum la_level level)
{
    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        for (unsigned j = 0; j < machine.nr_cpus; j++) {
            const unsigned a = machine.cpus[i].domain[level], b = machine.cpus[j].domain[level];
            const unsigned in_b = threads_in(plan, level, b);

            if (sysfs_is_first(&machine, level, i) && sysfs_is_first(&machine, level, j) &&
                in_one(&machine.cpus[i], &machine.cpus[j], scope) &&
                threads_in(plan, level, a) > in_b + 1 && in_b < sysfs_cores(&machine, level, b))
                wrong("scatter, %u threads: %u in the one with CPU %u, %u in that with CPU %u, of "
                      "the %s",
                      plan->nr_threads, threads_in(plan, level, a), a, in_b, b, level_names[level]);
        }
    }
}

static void check_pairs(const struct la_placement *plan, enum la_level level, bool same)
{
    for (unsigned i = 0; i + 1 < plan->nr_threads; i += 2) {
        if ((domain_of(plan, i, level) == domain_of(plan, i + 1, level)) != same)
            wrong("%s, %u threads: CPUs %u and %u are %sin one of the %s", plan->name,
                  plan->nr_threads, plan->cpu[i], plan->cpu[i + 1], same ? "not " : "",
                  level_names[level]);
    }
}

/* Whether two CPUs differ at level and agree at scope. */
static bool can_cross(enum la_level level, enum la_level scope)
{
    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        for (unsigned j = 0; j < i; j++) {
            const struct sysfs_cpu *a = &machine.cpus[i], *b = &machine.cpus[j];

            if (a->domain[level] != b->domain[level] && a->domain[level] != LA_NO_DOMAIN &&
                b->domain[level] != LA_NO_DOMAIN && in_one(a, b, scope))
                return true;
        }
    }
    return false;
}

/* Two threads that cross the level cross nothing more that they need not. */
static void check_nearness(const struct la_placement *plan, enum la_level level)
{
    static const enum la_level scopes[] = {LA_NODE, LA_PACKAGE};

    for (unsigned i = 0; plan->nr_threads == 2 && i < 2; i++) {
        if (scopes[i] == level || !can_cross(level, scopes[i]))
            continue;
        if (domain_of(plan, 0, scopes[i]) != domain_of(plan, 1, scopes[i]))
            wrong("%s, 2 threads: CPUs %u and %u cross %s without need", plan->name, plan->cpu[0],
                  plan->cpu[1], level_names[scopes[i]]);
        return;
    }
}

static void check_cross(const struct la_placement *plan, enum la_level level)
{
    check_pairs(plan, level, false);
    check_nearness(plan, level);
}

static bool has_thread(const struct la_placement *plan, unsigned os)
{
    for (unsigned i = 0; i < plan->nr_threads; i++) {
        if (plan->cpu[i] == os)
            return true;
    }
    return false;
}

/* A better CPU is free only if it is outside the scope, of which there is one. */
static void check_kinds(const struct la_placement *plan, enum la_level scope)
{
    for (unsigned i = 0; i < plan->nr_threads; i++) {
        const struct sysfs_cpu *used = sysfs_find(&machine, plan->cpu[i]);

        for (unsigned j = 0; j < machine.nr_cpus; j++) {
            const struct sysfs_cpu *cpu = &machine.cpus[j];

            if (cpu->rank < used->rank && in_one(cpu, used, scope) && !has_thread(plan, cpu->os))
                wrong("%s, %u threads: one on CPU %u, and CPU %u is better", plan->name,
                      plan->nr_threads, used->os, cpu->os);
        }
    }
}

/* Rules for threads on CPUs of one kind, while they have cores of their own. */
static void check_spread(const struct la_placement *plan)
{
    const unsigned nr_cores = sysfs_domains(&machine, LA_CORE);

    if (plan->nr_threads == 0 || plan->nr_threads > nr_cores)
        return;
    check_one_per_core(plan, nr_cores);
    if (strcmp(plan->name, "compact") == 0) {
        for (enum la_level level = LA_PACKAGE; level <= LA_LLC; level++)
            check_compact(plan, level);
    } else {
        check_scatter(plan, LA_NR_LEVELS, LA_PACKAGE);
        check_scatter(plan, LA_PACKAGE, LA_NODE);
        check_scatter(plan, LA_NODE, LA_LLC);
    }
}

static void check_each_kind(const struct la_placement *plan)
{
    static struct la_placement part;

    for (unsigned rank = 0; rank < sysfs_kinds(&whole); rank++) {
        sysfs_cut(&machine, &whole, rank);
        part = *plan;
        part.nr_threads = 0;
        for (unsigned i = 0; i < plan->nr_threads; i++) {
            if (sysfs_find(&machine, plan->cpu[i]))
                part.cpu[part.nr_threads++] = plan->cpu[i];
        }
        check_spread(&part);
    }
    machine = whole;
}

static void check_same_cache(const struct la_placement *plan)
{
    const unsigned llc = domain_of(plan, 0, LA_LLC);

    if (threads_in(plan, LA_LLC, llc) != plan->nr_threads)
        wrong("same-llc, %u threads: more than one cache", plan->nr_threads);
    check_kinds(plan, LA_LLC);
    if (sysfs_kinds(&machine) == 1)
        check_one_per_core(plan, sysfs_cores(&machine, LA_LLC, llc));
}

static void check_rules(const struct la_placement *plan)
{
    if (strcmp(plan->name, "oversubscribed") == 0) {
        check_shares(plan, plan->nr_threads / machine.nr_cpus);
        return;
    }
    check_shares(plan, 1);
    if (strcmp(plan->name, "smt-pair") == 0) {
        check_pairs(plan, LA_CORE, true);
    } else if (strcmp(plan->name, "cross-llc") == 0) {
        check_cross(plan, LA_LLC);
    } else if (strcmp(plan->name, "cross-numa") == 0) {
        check_cross(plan, LA_NODE);
    } else if (strcmp(plan->name, "cross-package") == 0) {
        check_cross(plan, LA_PACKAGE);
    } else if (strcmp(plan->name, "same-llc") == 0) {
        check_same_cache(plan);
    } else {
        check_kinds(plan, LA_NR_LEVELS);
        check_each_kind(plan);
    }
}

/* A cache to stay under has two cores; the more of the best kind, and then the more of any, the
 * better. */
static unsigned cache_merit(unsigned llc)
{
    const unsigned nr_cores = llc == LA_NO_DOMAIN ? 0 : sysfs_cores(&machine, LA_LLC, llc);

    if (nr_cores < 2)
        return 0;
    return (sysfs_cores(&best, LA_LLC, llc) * SYSFS_MOST_CPUS + nr_cores) * SYSFS_MOST_CPUS +
           sysfs_size(&machine, LA_LLC, llc);
}

/* How many threads a placement must hold here. */
static unsigned expected_capacity(const char *name)
{
    unsigned most = 0, pairs = 0;

    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        const struct sysfs_cpu *cpu = &machine.cpus[i];
        const unsigned merit = cache_merit(cpu->domain[LA_LLC]);

        most = merit > most ? merit : most;
        pairs += sysfs_size(&machine, LA_CORE, cpu->domain[LA_CORE]) > 1 &&
                 cpu->os == cpu->domain[LA_CORE];
    }
    return strcmp(name, "same-llc") == 0   ? most % SYSFS_MOST_CPUS
           : strcmp(name, "smt-pair") == 0 ? 2 * pairs
                                           : machine.nr_cpus;
}

/* A level that a placement crosses, or LA_NR_LEVELS. */
static enum la_level crossed_by(const char *name)
{
    return strcmp(name, "cross-llc") == 0       ? LA_LLC
           : strcmp(name, "cross-numa") == 0    ? LA_NODE
           : strcmp(name, "cross-package") == 0 ? LA_PACKAGE
                                                : LA_NR_LEVELS;
}

/* The threads that a cross placement must hold: all CPUs in pairs, as far as the largest domain
 * leaves partners for its own. */
static unsigned expected_across(enum la_level level)
{
    unsigned largest = 0, known = 0, pairs;

    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        const unsigned domain = machine.cpus[i].domain[level];

        if (domain == LA_NO_DOMAIN)
            continue;
        known++;
        if (sysfs_size(&machine, level, domain) > largest)
            largest = sysfs_size(&machine, level, domain);
    }
    pairs = known - largest < known / 2 ? known - largest : known / 2;
    return pairs == 0 ? 0 : 2 * pairs + (2 * pairs < known);
}

struct binding {
    const struct la_placement *plan;
    unsigned nr_bound;
};

static void *bind_each(void *context)
{
    struct binding *binding = context;

    for (unsigned i = 0; i < binding->plan->nr_threads; i++) {
        const int error = la_placement_bind_self(binding->plan, i);

        if (error || sched_getcpu() != (int)binding->plan->cpu[i] ||
            !la_placement_holds_self(binding->plan, i))
            wrong("%s: thread %u is on CPU %d, not on %u: %s", binding->plan->name, i,
                  sched_getcpu(), binding->plan->cpu[i], strerror(-error));
        else
            binding->nr_bound++;
    }
    return NULL;
}

/* A thread of its own: this one's mask says what is usable. */
static unsigned bind_all(const struct la_placement *plan)
{
    struct binding binding = {.plan = plan};
    pthread_t thread;

    if (pthread_create(&thread, NULL, bind_each, &binding) != 0) {
        wrong("no thread to bind");
        return 0;
    }
    pthread_join(thread, NULL);
    return binding.nr_bound;
}

static void check_placement(const struct la_topology *topology, const char *name)
{
    static struct la_placement plan;
    const char *why = NULL;
    const unsigned held = la_placement_capacity(topology, name, &why);
    const bool over = strcmp(name, "oversubscribed") == 0;
    const enum la_level crossed = crossed_by(name);
    const unsigned expected =
        crossed != LA_NR_LEVELS ? expected_across(crossed) : expected_capacity(name);
    unsigned plans = 0, bound = 0;

    if (!over && held != expected)
        wrong("%s holds %u threads, not %u", name, held, expected);
    for (unsigned nr = 1; nr <= held; nr++) {
        if (la_placement_plan(topology, name, nr, false, &plan, &why) != 0 || !all_usable(&plan))
            continue;
        check_rules(&plan);
        plans++;
        if (nr == held && !over)
            bound = bind_all(&plan);
    }
    if (held > 0 && plans == 0)
        wrong("%s holds %u threads, but none is planned: %s", name, held, why);
    printf("placements: %s: up to %u threads, %u plans, %u threads bound%s%s\n", name, held, plans,
           bound, held ? "" : ": ", held ? "" : why);
}

static void check_count(const char *name, unsigned found, unsigned expected)
{
    if (found != expected)
        wrong("%u %s, not %u", found, name, expected);
}

static unsigned found_by_name(const struct la_topology *topology, const char *name)
{
    for (enum la_level level = LA_PACKAGE; level < LA_NR_LEVELS; level++) {
        if (strcmp(name, level_names[level]) == 0)
            return la_topology_domains(topology, level);
    }
    return strcmp(name, "kinds") == 0 ? topology->nr_kinds : la_topology_cpus(topology);
}

/* "llcs=4": what the caller knows. */
static void check_expectation(const struct la_topology *topology, char *word)
{
    char *number = strchr(word, '=');

    if (!number) {
        wrong("expectation '%s' is no NAME=NUMBER", word);
        return;
    }
    *number = '\0';
    check_count(word, found_by_name(topology, word), (unsigned)strtoul(number + 1, NULL, 10));
}

static bool any_cache_is_shared(void)
{
    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        const unsigned llc = machine.cpus[i].domain[LA_LLC];

        if (llc != LA_NO_DOMAIN && sysfs_size(&machine, LA_LLC, llc) > 1)
            return true;
    }
    return false;
}

/* The groups that strategies keep depots for: two CPUs are in one if they share a cache. Where none
 * is shared, or told of, all are in one. */
static void check_depots(void)
{
    const struct la_llc *llc = la_llc();
    const bool one = sysfs_domains(&machine, LA_LLC) < 2 || !any_cache_is_shared();

    for (unsigned i = 0; i < machine.nr_cpus; i++) {
        for (unsigned j = 0; j < i; j++) {
            const struct sysfs_cpu *a = &machine.cpus[i], *b = &machine.cpus[j];
            const bool together = one || a->domain[LA_LLC] == b->domain[LA_LLC];

            if ((la_llc_of(llc, a->os) == la_llc_of(llc, b->os)) != together)
                wrong("depots: CPUs %u and %u are %sin one group", b->os, a->os,
                      together ? "not " : "");
        }
    }
    printf("placements: %u groups of CPUs for depots\n", llc->nr);
}

int main(int argc, char **argv)
{
    const char *why = NULL, *name;
    struct la_topology *topology = la_topology_load(NULL, NULL, &why);

    if (!topology || !sysfs_read(&whole)) {
        printf("lab_placements: %s\n", topology ? "no description under /sys" : why);
        return topology ? 77 : EXIT_FAILURE;
    }
    if (whole.cpus[0].capacity == 0 && topology->nr_kinds > 1) {
        puts("lab_placements: kinds of CPUs that the kernel gives no capacities of");
        return 77;
    }
    machine = whole;
    sysfs_cut(&best, &whole, 0);
    la_topology_print(topology, stdout);
    check_count("kinds", topology->nr_kinds, sysfs_kinds(&machine));
    check_count("cpus", la_topology_cpus(topology), machine.nr_cpus);
    for (enum la_level level = LA_PACKAGE; level < LA_NR_LEVELS; level++)
        check_count(level_names[level], la_topology_domains(topology, level),
                    sysfs_domains(&machine, level));
    for (int i = 1; i < argc; i++)
        check_expectation(topology, argv[i]);
    for (size_t i = 0; (name = la_placement_name(i)); i++)
        check_placement(topology, name);
    check_depots();
    la_topology_free(topology);
    return nr_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
