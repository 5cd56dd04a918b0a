/* SPDX-License-Identifier: MIT */
/*
 * cli.c: what the subcommands share. Whatever is wrong with a command line ends in one line on
 * stderr that says what and why, and status 2; argp's own two-line way of complaining is replaced
 * for that reason.
 */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "one_line.h"

enum { LONGEST_NAME = 64, LONGEST_COMPLAINT = 4096 };

const char *cli_shown(const char *text, char shown[CLI_SHOWN])
{
    la_one_line(shown, CLI_SHOWN, text);
    return shown;
}

/* What is complained about may hold anything, newlines and what a terminal obeys as well: the
 * complaint stays one line of text. */
int cli_bad(const char *format, ...)
{
    char text[LONGEST_COMPLAINT], shown[CLI_SHOWN];
    va_list arguments;

    fflush(stdout);
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "lookaside: %s\n", cli_shown(text, shown));
    return CLI_BAD;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance with transposition of neighbours as one edit (three rows of the usual table). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST_NAME + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    const size_t nr_a = strlen(a), nr_b = strlen(b);

    if (nr_a > LONGEST_NAME || nr_b > LONGEST_NAME)
        return nr_a + nr_b;
    for (size_t j = 0; j <= nr_b; j++)
        previous[j] = before[j] = j;
    for (size_t i = 1; i <= nr_a; i++) {
        size_t *recycled = before;

        current[0] = i;
        for (size_t j = 1; j <= nr_b; j++) {
            const size_t substituted = previous[j - 1] + (a[i - 1] != b[j - 1]);

            current[j] = least(substituted, least(previous[j], current[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = least(current[j], before[j - 2] + 1);
        }
        before = previous;
        previous = current;
        current = recycled;
    }
    return previous[nr_b];
}

const char *cli_nearest(const char *word, const char *const *known, size_t nr_known)
{
    const size_t length = strlen(word);
    const char *nearest = NULL;
    size_t smallest = length / 3 + 2; /* farther than this is no likeness */

    for (size_t i = 0; i < nr_known; i++) {
        size_t distance = edit_distance(word, known[i]);

        if (length >= 2 && strncmp(word, known[i], length) == 0)
            distance = 1; /* cut short counts as near */
        if (distance < smallest && distance < strlen(known[i])) {
            smallest = distance;
            nearest = known[i];
        }
    }
    return nearest;
}

int cli_unknown(const char *what, const char *word, const char *const *known, size_t nr_known)
{
    const char *nearest = cli_nearest(word, known, nr_known);
    char shown[LA_ONE_LINE];

    fflush(stdout);
    la_one_line(shown, sizeof shown, word);
    fprintf(stderr, "lookaside: unknown %s '%s'", what, shown);
    if (nearest)
        fprintf(stderr, ", did you mean '%s'?", nearest);
    fputs(nearest ? " Known: " : "; known: ", stderr);
    for (size_t i = 0; i < nr_known; i++)
        fprintf(stderr, "%s%s", i ? ", " : "", known[i]);
    fputs(nr_known ? "\n" : "none\n", stderr);
    return CLI_BAD;
}

/* Copies that words point into, kept reachable for the process's life. */
struct copy {
    struct copy *next;
    char text[];
};
static struct copy *copies;

static char *kept_copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    struct copy *copy = malloc(sizeof *copy + size);

    if (!copy)
        return NULL;
    memcpy(copy->text, text, size);
    copy->next = copies;
    copies = copy;
    return copy->text;
}

size_t cli_split(const char *list, const char **words, size_t max_words)
{
    char *rest = kept_copy(list), *word;
    size_t nr = 0;

    if (!rest) {
        cli_bad("out of memory");
        return 0;
    }
    while ((word = strsep(&rest, ","))) {
        if (!*word) {
            cli_bad("empty name in the list '%s'", list);
            return 0;
        }
        if (nr == max_words) {
            cli_bad("more than %zu names in the list '%s'", max_words, list);
            return 0;
        }
        words[nr++] = word;
    }
    return nr;
}

bool cli_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    char *end = NULL;
    unsigned long long parsed;

    errno = 0;
    parsed = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!end || *end) {
        cli_bad("%s '%s' is not a whole number", option, text);
        return false;
    }
    if (errno == ERANGE || parsed < min || parsed > max) {
        cli_bad("%s %s is out of range: %llu to %llu", option, text, (unsigned long long)min,
                (unsigned long long)max);
        return false;
    }
    *value = parsed;
    return true;
}

struct parse {
    char name[LONGEST_NAME];
    void *input;
};

/* Stands in front of the command's own parser. Without err_stream argp prints nothing on errors
 * and does not exit; getopt's one line comes all the same. */
static error_t parse_first(int key, char *argument, struct argp_state *state)
{
    struct parse *parse = state->input;

    (void)argument;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->err_stream = NULL;
    state->child_inputs[0] = parse->input;
    state->child_inputs[1] = parse->name;
    return 0;
}

enum { KEY_USAGE = 0x1001 }; /* no character: a long option only */

/* Stands behind it: help, and what nobody took. */
static error_t parse_last(int key, char *argument, struct argp_state *state)
{
    state->name = state->input; /* for Usage: argp itself would take argv[0] */
    switch (key) {
    case '?':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case KEY_USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
        return 0;
    case ARGP_KEY_ARG:
        cli_bad("unexpected argument '%s'; see %s --help", argument, (const char *)state->input);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* getopt's complaint shows an unknown option as it is, and argp takes the byte 0xFF, which no text
 * holds, for a call for help. */
static bool is_text(const char *word)
{
    while (*word && !iscntrl((unsigned char)*word) && (unsigned char)*word != UINT8_MAX)
        word++;
    return !*word;
}

static bool options_are_text(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && !is_text(argv[i])) {
            cli_bad("the option '%s' holds a character that no text has", argv[i]);
            return false;
        }
    }
    return true;
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    static const struct argp_option help[] = {
        {"help", '?', NULL, 0, "print this help", -1},
        {"usage", KEY_USAGE, NULL, 0, "print a short usage message", 0},
        {0}};
    static char tool[] = "lookaside"; /* the prefix of getopt's own complaints */
    const struct argp tail = {.options = help, .parser = parse_last};
    const struct argp_child children[] = {{.argp = argp}, {.argp = &tail}, {0}};
    const struct argp whole = {.parser = parse_first, .children = children};
    struct parse parse = {.input = input};
    char *command = argv[0];
    error_t error;

    if (!options_are_text(argc, argv))
        return CLI_BAD;
    snprintf(parse.name, sizeof parse.name, "lookaside %s", command);
    argv[0] = tool;
    error = argp_parse(&whole, argc, argv, ARGP_NO_HELP, NULL, &parse);
    argv[0] = command;
    return error ? CLI_BAD : CLI_DONE;
}

/* sig_atomic_t: written in a signal handler, polled by one thread. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    if (interrupted) {
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
}

void cli_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}
