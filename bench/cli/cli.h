/* SPDX-License-Identifier: MIT */
/*
 * cli.h: what the subcommands share: exit statuses, the one-line complaint, names and numbers from
 * the command line, progress.
 */
#ifndef LOOKASIDE_CLI_H
#define LOOKASIDE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_status {
    CLI_DONE = 0,
    CLI_NEGATIVE = 1, /* the verdict is negative: a regression, a failed stress run */
    CLI_BAD = 2,      /* bad usage or input, said in one line on stderr */
    CLI_NOTHING = 77, /* nothing could be run here */
};

/* Others' text, such as the name of a directory, for a line of output: with escapes where it would
 * end the line or steer a terminal. Returns shown. */
enum { CLI_SHOWN = 8192 };
const char *cli_shown(const char *text, char shown[CLI_SHOWN]);

/* Prints "lookaside: " and one line to stderr; returns CLI_BAD, for `return cli_bad(...)`. */
int cli_bad(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The known name nearest to word by edit distance, or NULL if none is near. */
const char *cli_nearest(const char *word, const char *const *known, size_t nr_known);

/* Complains about an unknown name: lists the known ones and suggests the nearest. CLI_BAD. */
int cli_unknown(const char *what, const char *word, const char *const *known, size_t nr_known);

/* Parses a subcommand's command line by its argp, with --help added; input reaches the
 * argp's parser. 0, or CLI_BAD after one line on stderr. In the parser complain with cli_bad() and
 * return what it returns, or EINVAL after cli_number(); argp_error() would be silent. An argument
 * that the parser does not take is refused. The text after \v in argp.doc must show "Examples:". */
struct argp;
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Splits "a,b,c" (in a copy kept for the process's life) into words; returns their number, or 0
 * after complaining: no word, an empty one, or more than max_words. */
size_t cli_split(const char *list, const char **words, size_t max_words);

/* Parses a whole decimal number within [min, max]; false after complaining with the option's name,
 * the value and the bounds. */
bool cli_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* Progress on stderr: a bar with the time left on a terminal, a plain line now and then elsewhere,
 * nothing if quiet. total is in any unit; work that takes longer than that stands at its end. */
struct cli_progress {
    const char *what;
    double total;
    uint64_t started_ns, last_ns; /* when it began and was shown last */
    int last_percent;
    bool terminal, quiet;
};
void cli_progress_start(struct cli_progress *progress, const char *what, double total, bool quiet);
void cli_progress_update(struct cli_progress *progress, double done, const char *detail);
void cli_progress_end(struct cli_progress *progress);

/* A line on stderr as cli_bad() has it, while progress goes on. */
void cli_progress_remark(struct cli_progress *progress, const char *line);

/* Ends it without a word, for work that failed: the complaint is the one line then. */
void cli_progress_abandon(struct cli_progress *progress);

/* "42 s", "3 min 05 s", "2 h 10 min". Returns text. */
const char *cli_seconds(double seconds, char *text, size_t size);

/* The line that progress shows, cut to columns: a bar with terminal, plain words without. Pure. */
void cli_progress_format(char *line, size_t size, const struct cli_progress *progress, double done,
                         double elapsed_s, const char *detail, size_t columns);

/* Whether it should be shown again by now. Pure. */
bool cli_progress_due(const struct cli_progress *progress, double done, uint64_t now_ns);

/* Set by SIGINT and SIGTERM once cli_catch_interrupts() ran; long work polls it, keeps what is
 * measured and says where. A second signal ends the process. */
void cli_catch_interrupts(void);
bool cli_interrupted(void);

/* The subcommands' entries, each in its own file. */
#define LOOKASIDE_COMMAND(name, summary, example) int cmd_##name(int argc, char **argv);
#include "commands.def"
#undef LOOKASIDE_COMMAND

#endif
