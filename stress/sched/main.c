/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program: explores scripts, and prints the interleaving that breaks with the command
 * that replays it.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"
#include "one_line.h"
#include "script.h"

enum { OPTION_LIST = 256 };

struct options {
    const char *group, *script, *replay;
    long preemptions, delays; /* -1: the script's own */
    unsigned long schedules;  /* most per script; 0: no bound */
    unsigned long seconds;    /* likewise */
    uint64_t seed;            /* with has_seed: random rather than exhaustive */
    bool has_seed, list;
};

static const char *program;

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned preemptions_of(const struct sched_script *script, const struct options *options)
{
    return options->preemptions >= 0 ? (unsigned)options->preemptions : script->preemptions;
}

static unsigned delays_of(const struct sched_script *script, const struct options *options)
{
    return options->delays >= 0 ? (unsigned)options->delays : script->delays;
}

/* Runs it once more, step by step. */
static int replay(const struct sched_script *script, const char *text)
{
    char shown[LA_ONE_LINE];

    if (!explore_replay(text)) {
        la_one_line(shown, sizeof shown, text);
        fprintf(stderr, "sched: '%s' is no replay: it looks like 17B,30A,30~2, or -\n", shown);
        return 2;
    }
    printf("%s.%s, strategy %s, depth %u%s\n", script->group, script->name, script->strategy,
           script->depth, script->no_membarrier ? ", without membarrier" : "");
    for (unsigned i = 0; i <= SCHED_SCRIPTS; i++) {
        if (script->setup[i] && *script->setup[i])
            printf("  before, %s: %s\n", sched_name(i), script->setup[i]);
    }
    for (unsigned i = 0; i < SCHED_SCRIPTS; i++) {
        if (script->threads[i])
            printf("  %s: %s\n", sched_name(i + 1), script->threads[i]);
    }
    puts("  step  thread     where                                what");
    sched_tracing = true;
    if (script_run()) {
        puts("nothing is wrong with this interleaving");
        return 0;
    }
    printf("ERROR: %s\n", sched_message);
    return 1;
}

static int report(const struct sched_script *script)
{
    static char text[1 << 18];
    char message[sizeof sched_message];

    explore_describe(text, sizeof text);
    memcpy(message, sched_message, sizeof message);
    replay(script, text);
    if (strcmp(message, sched_message) != 0)
        printf("NOT REPRODUCED: it was: %s\n", message);
    printf("again: %s --script %s.%s --replay %s\n", program, script->group, script->name, text);
    return 1;
}

static void begin(const struct sched_script *script, const struct options *options)
{
    unsigned preemptions = preemptions_of(script, options), delays = delays_of(script, options);

    if (options->has_seed)
        explore_randomly(options->seed, preemptions, delays);
    else
        explore_exhaustively(preemptions, delays);
}

static int explore(const struct sched_script *script, const struct options *options)
{
    unsigned long nr = 0, steps = 0;
    double start = now_seconds();
    bool more = true;

    begin(script, options);
    while (more) {
        bool fine = script_run();

        nr++;
        if (!fine)
            return report(script);
        steps += sched_steps;
        more = explore_next(sched_steps);
        if ((options->schedules && nr >= options->schedules) ||
            (options->seconds && nr % 256 == 0 && now_seconds() - start > (double)options->seconds))
            break;
    }
    printf("%-9s %-16s %9lu schedules of %3lu steps, %u preemptions, %u late stores, %5.2f s: %s\n",
           script->group, script->name, nr, steps / nr, preemptions_of(script, options),
           delays_of(script, options), now_seconds() - start,
           options->has_seed ? "random"
           : more            ? "NOT EXHAUSTIVE"
                             : "exhaustive");
    return 0;
}

/* Each script has a process of its own: the code under test begins afresh. */
static int run(const struct sched_script *script, const struct options *options)
{
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        sched_begin();
        if (!script_set_up(script)) {
            printf("%s.%s: setup: %s\n", script->group, script->name, sched_message);
            status = 1;
        } else {
            status = options->replay ? replay(script, options->replay) : explore(script, options);
        }
        fflush(stdout);
        _exit(status);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool is_asked_for(const struct sched_script *script, const struct options *options)
{
    size_t group = strlen(script->group);

    if (options->group && strcmp(options->group, script->group) != 0)
        return false;
    return !options->script ||
           (strncmp(options->script, script->group, group) == 0 && options->script[group] == '.' &&
            strcmp(options->script + group + 1, script->name) == 0);
}

static const struct argp_option descriptions[] = {
    {"group", 'g', "NAME", 0, "Only the scripts of this group", 0},
    {"script", 's', "GROUP.NAME", 0, "Only this script", 0},
    {"preemptions", 'p', "N", 0, "At most so many preemptions (default: each script's own)", 0},
    {"late-stores", 'l', "N", 0, "At most so many switches with stores that others see late", 0},
    {"seed", 'r', "N", 0, "Random priorities with this seed, not exhaustive", 0},
    {"schedules", 'n', "N", 0, "End after so many schedules of a script", 0},
    {"seconds", 't', "N", 0, "End after so many seconds of a script", 0},
    {"replay", 'R', "TEXT", 0, "Replay one interleaving of --script, step by step", 0},
    {"list", OPTION_LIST, NULL, 0, "List the scripts, and the words they are made of", 0},
    {0},
};

static unsigned long number(const char *text, struct argp_state *state)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    char shown[LA_ONE_LINE];

    la_one_line(shown, sizeof shown, text);
    if (*text < '0' || *text > '9' || *end != '\0' || value > 1000000000)
        argp_failure(state, 2, 0, "'%s' is no number from 0 to 1000000000", shown);
    return value;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'g':
        options->group = text;
        return 0;
    case 's':
        options->script = text;
        return 0;
    case 'p':
        options->preemptions = (long)number(text, state);
        return 0;
    case 'l':
        options->delays = (long)number(text, state);
        return 0;
    case 'r':
        options->seed = number(text, state);
        options->has_seed = true;
        return 0;
    case 'n':
        options->schedules = number(text, state);
        return 0;
    case 't':
        options->seconds = number(text, state);
        return 0;
    case 'R':
        options->replay = text;
        return 0;
    case OPTION_LIST:
        options->list = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void list_scripts(void)
{
    for (size_t i = 0; i < sched_nr_scripts; i++) {
        const struct sched_script *script = &sched_scripts[i];

        printf("%s.%s: %s, %s depth %u, %u preemptions, %u late stores\n", script->group,
               script->name, script->strategy, script->policy ? script->policy : "fixed",
               script->depth, script->preemptions, script->delays);
        for (unsigned at = 0; at <= SCHED_SCRIPTS; at++) {
            if (script->setup[at] && *script->setup[at])
                printf("    before, %-4s %s\n", sched_name(at), script->setup[at]);
        }
        for (unsigned at = 0; at < SCHED_SCRIPTS; at++) {
            if (script->threads[at])
                printf("    %-12s %s\n", sched_name(at + 1), script->threads[at]);
        }
    }
    puts("words, each as word or word=n:");
    script_list_words();
}

static void check_words(void)
{
    for (size_t i = 0; i < sched_nr_scripts; i++) {
        const char *unknown;
        size_t length;

        if (!script_is_valid(&sched_scripts[i], &unknown, &length)) {
            fprintf(stderr, "sched: %s.%s: no word '%.*s'\n", sched_scripts[i].group,
                    sched_scripts[i].name, (int)length, unknown);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = descriptions,
        .parser = parse,
        .doc = "Interleaves small scripts over the library's C11-atomics paths, all interleavings "
               "with few preemptions or random ones, and checks each. Exit 1: one breaks; it is "
               "listed step by step, with the command that replays it.",
    };
    struct options options = {.preemptions = -1, .delays = -1};
    int worst = 0;
    unsigned nr = 0;

    argp_err_exit_status = 2;
    program = argv[0];
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    check_words();
    if (options.list) {
        list_scripts();
        return 0;
    }
    if (options.replay && !options.script) {
        fputs("sched: --replay needs --script\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sched_nr_scripts; i++) {
        if (is_asked_for(&sched_scripts[i], &options)) {
            int status = run(&sched_scripts[i], &options);

            worst = status > worst ? status : worst;
            nr++;
        }
    }
    if (nr == 0) {
        fputs("sched: no such script; --list has them\n", stderr);
        return 2;
    }
    return worst;
}
