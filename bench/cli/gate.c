/* SPDX-License-Identifier: MIT */
/*
 * gate.c: `lookaside gate`: for continuous integration. Counts that are the same in every run
 * against those that were accepted; and, if asked for, this build's speed against another one's.
 */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"
#include "callgrind.h"
#include "cli.h"
#include "duel.h"

enum {
    KEY_BASELINE = 'b',
    KEY_ACCEPT = 'A',
    KEY_ONLY = 'o',
    KEY_AGAINST = 'a',
    KEY_WORKLOAD = 'w',
    KEY_STRATEGY = 's',
    KEY_THREADS = 't',
    KEY_SCRIPTS = 256,
    KEY_BLOCKS,
    KEY_MARGIN,
    MAX_PERCENT = 1000,
    MAX_THREADS = 8,
    DUEL_BLOCK_S = 10, /* about; for the progress */
};

struct options {
    const char *baseline;
    const char *only; /* a part's name; NULL: both */
    bool write, scripts;
    struct la_duel duel; /* other: NULL unless it is asked for */
};

static const char *const parts[] = {"counts", "instructions"};

static bool does(const struct options *options, const char *part)
{
    return !options->only || strcmp(options->only, part) == 0;
}

/* The names are the two builds' to know. */
static error_t parse_cells(int key, const char *argument, struct la_duel *duel)
{
    switch (key) {
    case KEY_WORKLOAD:
        duel->workloads = argument;
        return 0;
    case KEY_STRATEGY:
        duel->strategies = argument;
        return 0;
    case KEY_THREADS:
        duel->threads = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_duel(int key, const char *argument, struct la_duel *duel)
{
    uint64_t number;

    switch (key) {
    case KEY_AGAINST:
        duel->other = argument;
        return 0;
    case KEY_BLOCKS:
        if (!cli_number("--blocks", argument, 1, LA_DUEL_BLOCKS_MAX, &number))
            return EINVAL;
        duel->blocks = (unsigned)number;
        return 0;
    case KEY_MARGIN:
        if (!cli_number("--margin", argument, 1, MAX_PERCENT, &number))
            return EINVAL;
        duel->margin = (double)number / 100;
        return 0;
    default:
        return parse_cells(key, argument, duel);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_BASELINE:
        options->baseline = argument;
        return 0;
    case KEY_ACCEPT:
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
        return parse_duel(key, argument, &options->duel);
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

static int judge_lists(const struct options *options, json_t *baseline,
                       const struct la_gate_counts *counts, const struct la_gate_counts *slow,
                       bool alone, enum la_gate_outcome *outcome)
{
    int status;

    if (alone)
        puts("  one CPU: the scripts of two threads cannot run");
    if (alone && options->write)
        return cli_bad("a baseline needs two CPUs");
    status = judge(options, baseline, NULL, counts, outcome);
    if (status)
        return status;
    printf("%s: visits to depots, refills, spills, changes of credits\n", la_gate_variant());
    return judge(options, baseline, la_gate_variant(), slow, outcome);
}

static int gate_counts(const struct options *options, json_t *baseline,
                       enum la_gate_outcome *outcome)
{
    struct la_gate_counts counts = {0}, slow = {0};
    struct la_why why;
    bool alone;
    int status;

    puts("what lists count: misses, releases, entries held");
    if (la_gate_count_lists(&counts, &slow, &alone, &why))
        status = cli_bad("%s", why.line);
    else
        status = judge_lists(options, baseline, &counts, &slow, alone, outcome);
    la_gate_counts_fini(&counts);
    la_gate_counts_fini(&slow);
    return status;
}

/* Some versions of Valgrind do not read what some compilers write: that says nothing of the code.
 */
static int not_counted(const struct options *options, const char *why,
                       enum la_gate_outcome *outcome)
{
    if (options->write)
        return cli_bad("nothing accepted: %s", why);
    printf("  not counted: %s\n", why);
    *outcome = *outcome == LA_GATE_PASS ? LA_GATE_UNDECIDED : *outcome;
    return CLI_DONE;
}

static int gate_instructions(const struct options *options, json_t *baseline,
                             enum la_gate_outcome *outcome)
{
    struct la_gate_counts counts = {0};
    struct la_why why;
    char key[512];
    int status;

    if (!la_gate_has_valgrind()) {
        puts("instructions");
        return not_counted(options, "valgrind is not installed (Debian package valgrind)", outcome);
    }
    printf("instructions, atomic operations and calls (%s)\n", la_gate_key(key, sizeof key));
    if (la_gate_count_instructions(&counts, &why))
        status = not_counted(options, why.line, outcome);
    else
        status = judge(options, baseline, key, &counts, outcome);
    la_gate_counts_fini(&counts);
    return status;
}

/* The last line, and the exit status. */
static int say_outcome(enum la_gate_outcome outcome)
{
    printf("gate: %s\n", la_gate_outcome_name(outcome));
    return outcome == LA_GATE_PASS   ? CLI_DONE
           : outcome == LA_GATE_FAIL ? CLI_NEGATIVE
                                     : CLI_NOTHING;
}

static int conclude(const struct options *options, const json_t *baseline,
                    enum la_gate_outcome outcome)
{
    char shown[CLI_SHOWN];
    struct la_why why;

    cli_shown(options->baseline, shown);
    if (options->write) {
        if (la_gate_save(baseline, options->baseline, &why))
            return cli_bad("%s", why.line);
        printf("written: %s\n", shown);
        return CLI_DONE;
    }
    if (outcome == LA_GATE_FAIL)
        printf("If the change is meant, accept it: lookaside gate --write, and commit %s.\n",
               shown);
    if (outcome == LA_GATE_UNDECIDED)
        printf("Neither passed nor failed. lookaside gate --write adds what is missing to %s.\n",
               shown);
    return say_outcome(outcome);
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

/* --- the timing part --- */

static struct cli_progress progress;

static void show_progress(double done)
{
    cli_progress_update(&progress, done * progress.total, "");
}

/* One thread, and one on each of the first few CPUs. */
static const char *threads_here(char *text, size_t size)
{
    cpu_set_t allowed;
    int nr = 1;

    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        nr = CPU_COUNT(&allowed);
    nr = nr > MAX_THREADS ? MAX_THREADS : nr;
    snprintf(text, size, nr > 1 ? "1,%d" : "%d", nr);
    return text;
}

static int fight(const struct options *options)
{
    struct la_duel duel = options->duel;
    enum la_gate_outcome outcome;
    char self[4096], threads[32];
    struct la_why why;
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    int result;

    if (length <= 0)
        return cli_bad("cannot find this executable: %s", strerror(errno));
    if (access(duel.other, X_OK) != 0)
        return cli_bad("cannot run %s: %s", duel.other, strerror(errno));
    self[length] = '\0';
    duel.self = self;
    if (!duel.threads)
        duel.threads = threads_here(threads, sizeof threads);
    duel.progress = show_progress;
    duel.interrupted = cli_interrupted;
    cli_catch_interrupts();
    cli_progress_start(&progress, "gate", DUEL_BLOCK_S * duel.blocks, false);
    result = la_duel_run(&duel, &outcome, stdout, &why);
    cli_progress_end(&progress);
    return result ? cli_bad("%s", why.line) : say_outcome(outcome);
}

int cmd_gate(int argc, char **argv)
{
    static const struct argp_option known[] = {
        {"baseline", KEY_BASELINE, "FILE", 0, "accepted counts (default: bench/gate.json)", 0},
        {"write", KEY_ACCEPT, NULL, 0, "accept what is counted now", 0},
        {"only", KEY_ONLY, "PART", 0,
         "counts (of lists and slow paths) or instructions (by callgrind)", 0},
        {"against", KEY_AGAINST, "EXECUTABLE", 0,
         "instead: is this build slower than another one's lookaside? Both run here, in turns", 0},
        {"blocks", KEY_BLOCKS, "N", 0,
         "at most, of two processes each (default: 48); fewer than 6 decide nothing", 0},
        {"margin", KEY_MARGIN, "PCT", 0, "how much longer is no regression yet (default: 5)", 0},
        {"workload", KEY_WORKLOAD, "A,B", 0, "timed ones (default: pair,burst,replace)", 0},
        {"strategy", KEY_STRATEGY, "A,B", 0, "timed ones (default: all but malloc)", 0},
        {"threads", KEY_THREADS, "N,M", 0, "timed ones (default: 1 and all CPUs, up to 8)", 0},
        {"scripts", KEY_SCRIPTS, NULL, OPTION_HIDDEN, "what runs under callgrind", 0},
        {0}};
    static const struct argp argp = {
        .options = known,
        .parser = parse_option,
        .doc =
            "Compares counts that are the same in every run with accepted ones: what lists count "
            "in fixed scripts of one thread and of two that take turns, what their strategies do "
            "beyond the fast path (visits to depots, refills, spills, changes of the shared "
            "credits), which depends on whether the machine has restartable sequences, and the "
            "instructions, "
            "atomic operations and calls that the scripts take under callgrind, where percpu runs "
            "its variant with locks. The latter depend on compiler and machine: without a "
            "baseline for these they are undecided. Time is judged only against another executable "
            "that runs in turns with this one: it fails where a cell is proven to take longer than "
            "the margin allows, and passes where all are proven not to.\n\n"
            "Exit status: 0 passed, 1 failed, 77 undecided (neither), 2 could not be done.\v"
            "Examples:\n"
            "  lookaside gate\n"
            "  lookaside gate --only counts\n"
            "  lookaside gate --write && git diff bench/gate.json\n"
            "  lookaside gate --against ../parent/build/release/lookaside"};
    struct options options = {.baseline = LOOKASIDE_GATE_BASELINE,
                              .duel = {.blocks = LA_DUEL_BLOCKS,
                                       .margin = 0.05,
                                       .workloads = "pair,burst,replace",
                                       .strategies = "percpu,magazine,spinlock,slist"}};
    struct la_why why;

    if (cli_parse(&argp, argc, argv, &options))
        return CLI_BAD;
    if (options.scripts)
        return la_gate_run_scripts(&why) ? cli_bad("%s", why.line) : CLI_DONE;
    return options.duel.other ? fight(&options) : gate(&options);
}
