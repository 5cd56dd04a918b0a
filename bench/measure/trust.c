/* SPDX-License-Identifier: MIT */
/* trust.c: see trust.h. */
#include "trust.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

double la_binomial_tail(size_t k, size_t n, double p)
{
    double tail = 0;

    for (size_t i = k; i <= n; i++) {
        const double ways =
            lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1);

        tail += exp(ways + (double)i * log(p) + (double)(n - i) * log1p(-p));
    }
    return fmin(tail, 1);
}

static void say(struct la_trust *trust, enum la_trust_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct la_trust *trust, enum la_trust_verdict verdict, const char *format, ...)
{
    va_list arguments;

    if (verdict > trust->verdict)
        trust->verdict = verdict;
    if (trust->nr_reasons == LA_TRUST_REASONS)
        return;
    va_start(arguments, format);
    vsnprintf(trust->reasons[trust->nr_reasons++], LA_TRUST_REASON_BYTES, format, arguments);
    va_end(arguments);
}

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* The verdict for a value with two bounds; trusted below the first. */
static enum la_trust_verdict between(double value, double first, double second)
{
    return value > second ? LA_UNUSABLE : value > first ? LA_DOUBTFUL : LA_TRUSTED;
}

static void judge_pairs(const struct la_trust_facts *facts, struct la_trust *trust)
{
    const enum la_trust_verdict verdict = between(facts->aa_reach, LA_TRUST_AA, LA_TRUST_AA_MOST);

    if (facts->nr_aa == 0) {
        say(trust, LA_UNUSABLE, "no group has the 6 accepted blocks that an A/A interval takes");
        return;
    }
    if (verdict != LA_TRUSTED)
        say(trust, verdict, "in half of the groups ratios up to %.2f are noise, by the A/A pair",
            facts->aa_reach);
    if (la_binomial_tail(facts->nr_aa_without_one, facts->nr_aa, 0.05) < LA_TRUST_AA_CHANCE)
        say(trust, LA_DOUBTFUL,
            "the A/A interval leaves out 1 in %zu of %zu groups, more than chance does",
            facts->nr_aa_without_one, facts->nr_aa);
}

static void judge_blocks(const struct la_trust_facts *facts, struct la_trust *trust)
{
    const double rejected = share(facts->nr_rejected, facts->nr_blocks);
    const double unsteady = share(facts->nr_unsteady, facts->nr_rows);
    const enum la_trust_verdict verdict =
        between(rejected, LA_TRUST_REJECTED, LA_TRUST_REJECTED_MOST);

    if (verdict != LA_TRUSTED)
        say(trust, verdict, "%.0f %% of the blocks were rejected: something else ran on these CPUs",
            100 * rejected);
    if (unsteady > LA_TRUST_UNSTEADY)
        say(trust, LA_DOUBTFUL, "%.0f %% of the rows were not steady", 100 * unsteady);
    if (!facts->complete)
        say(trust, LA_DOUBTFUL, "the run is not complete");
    if (facts->nr_lost)
        say(trust, LA_DOUBTFUL, "%u of %u processes ended too early", facts->nr_lost,
            facts->nr_processes);
    if (facts->nr_processes < LA_TRUST_PROCESSES)
        say(trust, LA_DOUBTFUL, "%u process%s: what differs from process to process is not seen",
            facts->nr_processes, facts->nr_processes == 1 ? "" : "es");
}

/* Governors that follow the load, so that the frequency depends on what ran before. */
static bool follows_load(const char *governor)
{
    static const char *const those[] = {"ondemand", "conservative", "schedutil", "powersave"};

    for (size_t i = 0; governor && i < sizeof those / sizeof *those; i++) {
        if (strstr(governor, those[i]))
            return true;
    }
    return false;
}

static void judge_machine(const struct la_trust_facts *facts, struct la_trust *trust)
{
    if (facts->steal_fraction > LA_TRUST_STEAL)
        say(trust, LA_DOUBTFUL, "the hypervisor took %.1f %% of the CPUs' time",
            100 * facts->steal_fraction);
    if (facts->nr_throttled)
        say(trust, LA_DOUBTFUL, "a CPU quota ran out in %zu of %zu rows", facts->nr_throttled,
            facts->nr_rows);
    if (follows_load(facts->governor))
        say(trust, LA_DOUBTFUL, "the frequency governor is %s", facts->governor);
    if (facts->aslr && strncmp(facts->aslr, "off", 3) == 0)
        say(trust, LA_DOUBTFUL,
            "address space randomisation is %s: all processes had the same layout", facts->aslr);
    if (!facts->run_delay_known)
        say(trust, LA_DOUBTFUL, "the kernel does not say how long threads waited for a CPU");
    if (facts->sanitized)
        say(trust, LA_UNUSABLE, "built with a sanitizer: times are the sanitizer's");
    else if (!facts->optimised)
        say(trust, LA_UNUSABLE, "built without optimisation");
}

void la_trust_judge(const struct la_trust_facts *facts, struct la_trust *trust)
{
    *trust = (struct la_trust){.verdict = LA_TRUSTED};
    judge_pairs(facts, trust);
    judge_blocks(facts, trust);
    judge_machine(facts, trust);
}

const char *la_trust_name(enum la_trust_verdict verdict)
{
    static const char *const names[] = {
        [LA_TRUSTED] = "trusted", [LA_DOUBTFUL] = "doubtful", [LA_UNUSABLE] = "unusable"};

    return names[verdict];
}
