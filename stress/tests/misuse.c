/* SPDX-License-Identifier: MIT */
/*
 * misuse.c: a scenario in which a caller reads an entry that it has freed, which no oracle can see:
 * `misuse SECONDS`; with `lawful` behind it the entry is read before. For memcheck.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "each.h"
#include "scenario.h"

enum { MOST = 8, STEPS = 20, WORD = 2 };

static bool is_lawful;

static void read_entry(const uint64_t *entry)
{
    (void)*(const volatile uint64_t *)(entry + WORD);
}

/* Nothing of the worker's stands in that word: it writes there itself. */
static void use_and_free(struct stress_worker *worker)
{
    uint64_t *entry;

    if (!stress_alloc(worker))
        return;
    entry = worker->out[worker->nr_out - 1].entry;
    entry[WORD] = worker->index;
    if (is_lawful)
        read_entry(entry);
    stress_free_all(worker);
    if (!is_lawful)
        read_entry(entry);
}

/* Alone: once at least nobody else can have got the entry in between. */
static void misuse_alone(struct stress_run *run)
{
    use_and_free(run->workers);
}

static void misuse(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        use_and_free(worker);
        stress_churn_some(worker, MOST, STEPS);
    }
    stress_free_all(worker);
}

int main(int argc, char **argv)
{
    static const struct stress_scenario scenario = {
        .name = "misuse",
        .summary = "entries are read after they were freed",
        .depth = 32,
        .bytes = 64,
        .nr_blocks = 1024,
        .min_threads = 2,
        .end = misuse_alone,
        .work = misuse,
    };
    struct stress_options options = {.seed = 1};

    if (argc < 2 || !((options.seconds = strtod(argv[1], NULL)) > 0)) {
        fputs("lookaside: misuse: usage: misuse SECONDS [lawful]\n", stderr);
        return 2;
    }
    is_lawful = argc > 2 && strcmp(argv[2], "lawful") == 0;
    return run_on_each(&scenario, &options, NULL);
}
