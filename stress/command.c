/* SPDX-License-Identifier: MIT */
/*
 * command.c: lookaside-stress: the scenarios in the build with delay points, as they come, with one
 * point singled out, or swept point by point. Exit status 1: some run failed; 2: bad usage; 77:
 * nothing could be run here.
 */
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookaside.h"
#include "one_line.h"
#include "platform.h"
#include "strategy.h"
#include "sweep.h"

enum { MAX_NAMES = 64, MAX_SECONDS = 86400, MAX_EVERY = 1000000, NR_SEEDS = 1000000 };
enum { LONGEST_COMPLAINT = 1024 };
enum { PASSED = 0, FAILED = 1, BAD = 2, NOTHING = 77 };
enum {
    KEY_SWEEP = 256,
    KEY_POINT,
    KEY_MODE,
    KEY_EVERY,
    KEY_SEEDS,
    KEY_TRIES,
    KEY_ONCE,
    KEY_POINTS
};

struct settings {
    const struct lookaside_strategy *strategies[MAX_NAMES], *extra;
    size_t nr_strategies;
    unsigned tries, point; /* 0: none is singled out */
    bool sweeps, quiet, lists_points;
    struct sweep sweep;
};

static volatile sig_atomic_t was_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    was_interrupted = 1;
}

static bool is_interrupted(void)
{
    return was_interrupted;
}

static error_t __attribute__((format(printf, 1, 2))) bad(const char *format, ...)
{
    char text[LONGEST_COMPLAINT], shown[2 * LONGEST_COMPLAINT];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    la_one_line(shown, sizeof shown, text);
    fprintf(stderr, "lookaside-stress: %s\n", shown);
    return EINVAL;
}

static error_t take_number(const char *option, const char *text, uint64_t min, uint64_t max,
                           uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || errno || *value < min || *value > max)
        return bad("%s takes a number from %" PRIu64 " to %" PRIu64 ": '%s'", option, min, max,
                   text);
    return 0;
}

static error_t take_unsigned(const char *option, const char *text, uint64_t min, uint64_t max,
                             unsigned *value)
{
    uint64_t number = 0;
    error_t error = take_number(option, text, min, max, &number);

    *value = (unsigned)number;
    return error;
}

static error_t take_seconds(const char *text, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    if (end == text || *end || !(*seconds > 0 && *seconds <= MAX_SECONDS))
        return bad("--seconds takes a number above 0, at most %d: '%s'", MAX_SECONDS, text);
    return 0;
}

static error_t take_scenario(struct settings *settings, const char *name)
{
    const struct stress_scenario *scenario = stress_scenario_find(name);

    if (!scenario || settings->sweep.nr_scenarios == SWEEP_MAX_SCENARIOS)
        return bad("no such scenario: '%s'", name);
    settings->sweep.scenarios[settings->sweep.nr_scenarios++] = scenario;
    return 0;
}

static error_t take_strategy(struct settings *settings, const char *name)
{
    const struct lookaside_strategy *strategy = lookaside_strategy_find(name);

    if (!strategy && settings->extra && strcmp(name, settings->extra->name) == 0)
        strategy = settings->extra;
    if (!strategy || settings->nr_strategies == MAX_NAMES)
        return bad("no such strategy: '%s'", name);
    settings->strategies[settings->nr_strategies++] = strategy;
    return 0;
}

static error_t take_mode(struct settings *settings, const char *name)
{
    enum stress_mode mode = 0;

    while (mode < STRESS_NR_MODES && strcmp(stress_mode_name(mode), name) != 0)
        mode++;
    if (mode == STRESS_NR_MODES || settings->sweep.nr_modes == STRESS_NR_MODES)
        return bad("no such mode: '%s'; known: spin yield sleep migrate signal mixed", name);
    settings->sweep.modes[settings->sweep.nr_modes++] = mode;
    return 0;
}

/* "a,b" by its words. */
static error_t take_each(error_t (*take)(struct settings *settings, const char *name),
                         struct settings *settings, char *list)
{
    char *rest = list, *word;
    error_t error = *list ? 0 : bad("an empty name");

    while (!error && (word = strsep(&rest, ",")))
        error = take(settings, word);
    return error;
}

static error_t take_point(const char *text, unsigned *point)
{
    error_t error = take_unsigned("--point", text, 0, STRESS_POINT_LIMIT - 1, point);

    if (!error && *point > 0 && !stress_point_find(*point))
        return bad("no such point: %u; --points lists them", *point);
    return error;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct settings *settings = state->input;
    struct sweep *sweep = &settings->sweep;

    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = NULL; /* what getopt says of an unknown option is the one line */
        return 0;
    case ARGP_KEY_ARG:
        return bad("unexpected argument '%s'; see --help", text);
    case 'c':
        return take_each(take_scenario, settings, text);
    case 's':
        return take_each(take_strategy, settings, text);
    case 'n':
        return take_seconds(text, &sweep->options.seconds);
    case 'e':
        return take_number("--seed", text, 0, UINT64_MAX, &sweep->options.seed);
    case 't':
        return take_unsigned("--threads", text, 2, STRESS_MAX_THREADS, &sweep->options.threads);
    case 'q':
        settings->quiet = true;
        return 0;
    case KEY_SWEEP:
        settings->sweeps = true;
        return 0;
    case KEY_ONCE:
        sweep->once = true;
        return 0;
    case KEY_POINTS:
        settings->lists_points = true;
        return 0;
    case KEY_POINT:
        return take_point(text, &settings->point);
    case KEY_MODE:
        return take_each(take_mode, settings, text);
    case KEY_EVERY:
        return take_unsigned("--every", text, 1, MAX_EVERY, &sweep->every);
    case KEY_SEEDS:
        return take_unsigned("--seeds", text, 1, MAX_EVERY, &sweep->nr_seeds);
    case KEY_TRIES:
        return take_unsigned("--tries", text, 1, MAX_EVERY, &settings->tries);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"scenario", 'c', "A,B", 0, "what the threads do (default: all)", 0},
    {"strategy", 's', "A,B", 0, "these strategies (default: all)", 0},
    {"seconds", 'n', "X", 0, "how long each run lasts (default: 1, in a sweep 0.05)", 0},
    {"seed", 'e', "N", 0, "of all choices; the first, in a sweep (default: from the clock)", 0},
    {"threads", 't', "N", 0, "threads (default: two per CPU, at least 4)", 0},
    {"point", KEY_POINT, "N", 0, "single out this delay point (default, or 0: none)", 0},
    {"mode", KEY_MODE, "A,B", 0,
     "how the point singled out delays: spin, yield, sleep, migrate, signal, mixed (default: "
     "mixed, in a sweep all but mixed)",
     0},
    {"every", KEY_EVERY, "N", 0,
     "delay one visit in N to it (default: 1; in a sweep by how often it is visited)", 0},
    {"tries", KEY_TRIES, "N", 0, "repeat a run that passes, N times at most", 0},
    {"sweep", KEY_SWEEP, NULL, 0, "single out each point that a scenario reaches, in turn", 0},
    {"seeds", KEY_SEEDS, "N", 0, "seeds for each point and mode of a sweep (default: 1)", 0},
    {"once", KEY_ONCE, NULL, 0, "in a sweep, one scenario for each point in place of all", 0},
    {"points", KEY_POINTS, NULL, 0, "list the delay points and what their windows are", 0},
    {"quiet", 'q', NULL, 0, "print failures only", 0},
    {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse_option,
    .doc =
        "The stress scenarios in the build with delay points: between two steps of which another "
        "thread could see the first without the second, threads are delayed, moved or "
        "interrupted. A run that fails prints the one command that repeats it.\v"
        "A seed repeats the threads' choices, not their timing; --tries makes up for that.\n\n"
        "Examples:\n"
        "  lookaside-stress --sweep\n"
        "  lookaside-stress --sweep --strategy percpu --scenario flush-storm --seeds 4\n"
        "  lookaside-stress --strategy percpu --point 504 --mode sleep --tries 20"};

static void list_points(void)
{
    const struct stress_point *point;

    for (size_t i = 0; (point = stress_point_at(i)); i++)
        printf("%u  %s: %s\n", point->number, point->file, point->window);
}

static bool is_asked_for(const struct settings *settings, const struct stress_point *point)
{
    for (size_t i = 0; i < settings->nr_strategies; i++) {
        if (stress_point_is_of(point, settings->strategies[i]->name))
            return true;
    }
    return false;
}

/* Of all strategies asked for together: what nobody came by, and who does instead. */
static void print_unreached(const struct settings *settings, const uint64_t *visits)
{
    const struct stress_point *point;
    unsigned nr = 0;

    for (size_t i = 0; (point = stress_point_at(i)); i++) {
        if (visits[point->number] > 0 || !is_asked_for(settings, point))
            continue;
        if (nr++ == 0)
            printf("points that no run reached:\n");
        printf("  %u  %s: %s%s%s\n", point->number, point->file, point->window,
               point->elsewhere ? "; " : "", point->elsewhere ? point->elsewhere : "");
    }
}

static unsigned nr_reached(const uint64_t *visits)
{
    unsigned nr = 0;

    for (unsigned point = 0; point < STRESS_POINT_LIMIT; point++)
        nr += visits[point] > 0;
    return nr;
}

static int run_scenarios(const struct settings *settings, const struct sweep *sweep,
                         struct sweep_tally *tally)
{
    int error = 0;

    for (size_t i = 0; i < sweep->nr_scenarios && !error; i++) {
        const struct sweep_run run = {
            .scenario = sweep->scenarios[i],
            .plan = {.seed = sweep->options.seed,
                     .point = settings->point,
                     .mode = sweep->modes[0],
                     .every = sweep->every ? sweep->every : 1},
        };
        unsigned failed = tally->failed;

        for (unsigned nth = 0;
             nth < settings->tries && !error && tally->failed == failed && !is_interrupted(); nth++)
            error = sweep_one(sweep, &run, tally);
    }
    return error;
}

static int run_strategy(struct settings *settings, const struct lookaside_strategy *strategy,
                        struct sweep_tally *tally)
{
    struct sweep *sweep = &settings->sweep;
    uint64_t start = la_now_ns();
    int error;

    sweep->strategy = strategy;
    error = settings->sweeps ? sweep_all(sweep, tally) : run_scenarios(settings, sweep, tally);
    if (error)
        return bad("cannot run %s: %s", strategy->name, strerror(-error));
    if (!settings->quiet)
        printf("%-10s %3u points reached, %u runs, %" PRIu64 " hard delays, %u failed, %.1f s\n",
               strategy->name, nr_reached(tally->visits), tally->runs, tally->delays, tally->failed,
               (double)(la_now_ns() - start) * 1e-9);
    fflush(stdout);
    return 0;
}

static bool is_supported(const struct lookaside_strategy *strategy)
{
    const char *why = NULL;

    if (!strategy->supported || strategy->supported(&why))
        return true;
    fprintf(stderr, "lookaside-stress: %s left out: %s\n", strategy->name,
            why ? why : "it cannot run here");
    return false;
}

static int run_all(struct settings *settings)
{
    static struct sweep_tally tally;
    static uint64_t visits[STRESS_POINT_LIMIT];
    unsigned runs = 0, failed = 0;

    for (size_t i = 0; i < settings->nr_strategies && !is_interrupted(); i++) {
        if (!is_supported(settings->strategies[i]))
            continue;
        memset(&tally, 0, sizeof tally);
        if (run_strategy(settings, settings->strategies[i], &tally))
            return BAD;
        runs += tally.runs;
        failed += tally.failed;
        for (unsigned point = 0; point < STRESS_POINT_LIMIT; point++)
            visits[point] += tally.visits[point];
    }
    if (runs == 0)
        return NOTHING;
    if (settings->sweeps && !settings->quiet && !is_interrupted())
        print_unreached(settings, visits);
    if (!settings->quiet || failed)
        printf("%u runs, %u failed\n", runs, failed);
    return failed ? FAILED : PASSED;
}

/* Where nothing was asked for: all. */
static void fill_in(struct settings *settings)
{
    struct sweep *sweep = &settings->sweep;
    const struct stress_scenario *scenario;
    const struct lookaside_strategy *strategy;

    for (size_t i = 0; sweep->nr_scenarios == i && (scenario = stress_scenario_at(i)); i++)
        sweep->scenarios[sweep->nr_scenarios++] = scenario;
    for (size_t i = 0; settings->nr_strategies == i && (strategy = lookaside_strategy_at(i)); i++)
        settings->strategies[settings->nr_strategies++] = strategy;
    if (sweep->nr_modes == 0 && !settings->sweeps)
        sweep->modes[sweep->nr_modes++] = STRESS_MIXED;
    for (enum stress_mode mode = 0; sweep->nr_modes == mode && mode < STRESS_MIXED; mode++)
        sweep->modes[sweep->nr_modes++] = mode;
    if (!(sweep->options.seconds > 0))
        sweep->options.seconds = settings->sweeps ? 0.05 : 1;
}

/* A tunable of the C library that chose the variant belongs to the command that repeats a run. */
static void describe_self(char *text, size_t bytes, const char *program)
{
    const char *tunables = getenv("GLIBC_TUNABLES");
    char shown[LONGEST_COMPLAINT];

    snprintf(shown, sizeof shown, "%s%s%s%s", tunables ? "GLIBC_TUNABLES=" : "",
             tunables ? tunables : "", tunables ? " " : "", program);
    la_one_line(text, bytes, shown);
}

/* getopt shows an unknown option as it is. */
static bool options_are_text(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && !la_is_one_line(argv[i])) {
            bad("the option '%s' holds a character that no text has", argv[i]);
            return false;
        }
    }
    return true;
}

int stress_command(int argc, char **argv, const struct lookaside_strategy *extra)
{
    const struct sigaction action = {.sa_handler = on_interrupt};
    struct settings settings = {.tries = 1, .extra = extra, .sweep = {.nr_seeds = 1}};
    char again[512];

    settings.sweep.options.seed = la_now_ns() % NR_SEEDS;
    settings.sweep.options.interrupted = is_interrupted;
    describe_self(again, sizeof again, argv[0]);
    settings.sweep.again = again;
    if (!options_are_text(argc, argv) || argp_parse(&argp, argc, argv, 0, NULL, &settings))
        return BAD;
    if (settings.lists_points) {
        list_points();
        return PASSED;
    }
    fill_in(&settings);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!settings.quiet)
        printf("seed %" PRIu64 ", %g s each\n", settings.sweep.options.seed,
               settings.sweep.options.seconds);
    return run_all(&settings);
}
