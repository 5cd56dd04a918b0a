/* SPDX-License-Identifier: MIT */
/*
 * gate.c: `lookaside gate`: for continuous integration. Counts that are the same in every run
 * against those that were accepted; and, if asked for, this build's speed against another one's.
 */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "callgrind.h"
#include "cli.h"

enum { KEY_BASELINE = 'b', KEY_WRITE = 'w', KEY_ONLY = 'o', KEY_SCRIPTS = 256 };

struct options {
    const char *baseline;
    const char *only; /* a part's name; NULL: both */
    bool write, scripts;
};

static const char *const parts[] = {"counts", "instructions"};

static bool does(const struct options *options, const char *part)
{
    return !options->only || strcmp(options->only, part) == 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_BASELINE:
        options->baseline = argument;
        return 0;
    case KEY_WRITE:
        options->write = true;
        return 0;
    case KEY_SCRIPTS:
        options->scripts = true;
        return 0;
    case KEY_ONLY:
        options->only = argument;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            if (strcmp(argument, parts[i]) == 0)
                return 0;
        }
        cli_unknown("part", argument, parts, sizeof parts / sizeof *parts);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- the deterministic part --- */

/* One part: taken, then accepted or compared. 0, or CLI_BAD; the worse outcome stays. */
static int judge(const struct options *options, json_t *baseline, const char *key,
                 const struct la_gate_counts *counts, enum la_gate_outcome *outcome)
{
    enum la_gate_outcome own;

    if (options->write) {
        la_gate_accept(baseline, key, counts);
        printf("  %zu counts accepted\n", counts->nr);
        return CLI_DONE;
    }
    own = la_gate_compare(baseline, key, counts, stdout);
    if (own == LA_GATE_PASS)
        printf("  %zu counts, all as accepted\n", counts->nr);
    if (own == LA_GATE_FAIL || *outcome == LA_GATE_PASS)
        *outcome = own;
    return CLI_DONE;
}

static int gate_counts(const struct options *options, json_t *baseline,
                       enum la_gate_outcome *outcome)
{
    struct la_gate_counts counts = {0};
    struct la_why why;
    bool alone;
    int status;

    puts("what lists count: misses, releases, entries held");
    if (la_gate_count_lists(&counts, &alone, &why)) {
        la_gate_counts_fini(&counts);
        return cli_bad("%s", why.line);
    }
    if (alone)
        puts("  one CPU: the scripts of two threads cannot run");
    if (alone && options->write)
        status = cli_bad("a baseline needs two CPUs");
    else
        status = judge(options, baseline, NULL, &counts, outcome);
    la_gate_counts_fini(&counts);
    return status;
}

static int gate_instructions(const struct options *options, json_t *baseline,
                             enum la_gate_outcome *outcome)
{
    struct la_gate_counts counts = {0};
    struct la_why why;
    char key[512];
    int status;

    if (!la_gate_has_valgrind()) {
        puts("instructions: valgrind is not installed (Debian package valgrind)");
        *outcome = *outcome == LA_GATE_PASS ? LA_GATE_UNDECIDED : *outcome;
        return options->write ? cli_bad("nothing accepted without valgrind") : CLI_DONE;
    }
    printf("instructions, atomic operations and calls (%s)\n", la_gate_key(key, sizeof key));
    if (la_gate_count_instructions(&counts, &why))
        status = cli_bad("%s", why.line);
    else
        status = judge(options, baseline, key, &counts, outcome);
    la_gate_counts_fini(&counts);
    return status;
}

static int conclude(const struct options *options, const json_t *baseline,
                    enum la_gate_outcome outcome)
{
    struct la_why why;

    if (options->write) {
        if (la_gate_save(baseline, options->baseline, &why))
            return cli_bad("%s", why.line);
        printf("written: %s\n", options->baseline);
        return CLI_DONE;
    }
    printf("gate: %s\n", la_gate_outcome_name(outcome));
    if (outcome == LA_GATE_FAIL)
        printf("If the change is meant, accept it: lookaside gate --write, and commit %s.\n",
               options->baseline);
    if (outcome == LA_GATE_UNDECIDED)
        printf("Neither passed nor failed. lookaside gate --write adds what is missing to %s.\n",
               options->baseline);
    return outcome == LA_GATE_PASS   ? CLI_DONE
           : outcome == LA_GATE_FAIL ? CLI_NEGATIVE
                                     : CLI_NOTHING;
}

static int gate(const struct options *options)
{
    enum la_gate_outcome outcome = LA_GATE_PASS;
    struct la_why why;
    json_t *baseline = la_gate_load(options->baseline, &why);
    int status = CLI_DONE;

    if (!baseline)
        return cli_bad("%s", why.line);
    if (does(options, "counts"))
        status = gate_counts(options, baseline, &outcome);
    if (!status && does(options, "instructions"))
        status = gate_instructions(options, baseline, &outcome);
    if (!status)
        status = conclude(options, baseline, outcome);
    json_decref(baseline);
    return status;
}

int cmd_gate(int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"baseline", KEY_BASELINE, "FILE", 0, "accepted counts (default: bench/gate.json)", 0},
        {"write", KEY_WRITE, NULL, 0, "accept what is counted now", 0},
        {"only", KEY_ONLY, "PART", 0, "counts (of lists) or instructions (by callgrind)", 0},
        {"scripts", KEY_SCRIPTS, NULL, OPTION_HIDDEN, "what runs under callgrind", 0},
        {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .doc =
            "Compares counts that are the same in every run with accepted ones: what lists count "
            "in fixed scripts of one thread and of two that take turns, and the instructions, "
            "atomic operations and calls that the scripts take under callgrind, where percpu runs "
            "its variant with locks. The latter depend on compiler and machine: without a "
            "baseline for these they are undecided.\n\n"
            "Exit status: 0 passed, 1 failed, 77 undecided (neither), 2 could not be done.\v"
            "Examples:\n"
            "  lookaside gate\n"
            "  lookaside gate --only counts\n"
            "  lookaside gate --write && git diff bench/gate.json"};
    struct options options = {.baseline = LOOKASIDE_GATE_BASELINE};
    struct la_why why;

    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    if (options.scripts)
        return la_gate_run_scripts(&why) ? cli_bad("%s", why.line) : CLI_DONE;
    return gate(&options);
}
