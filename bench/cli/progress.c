/* SPDX-License-Identifier: MIT */
/*
 * progress.c: how far a long run is. On a terminal one line is redrawn in place; in a log file a
 * redrawn line would be noise, so a plain one appears when a percent more is done, every ten
 * seconds at most and every minute at least. Everything goes to stderr: stdout is for results.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "platform.h"

enum { BAR_CELLS = 24, DEFAULT_COLUMNS = 80 };

static const uint64_t terminal_period_ns = UINT64_C(100) * 1000 * 1000;
static const uint64_t plain_period_ns = UINT64_C(10) * 1000 * 1000 * 1000;
static const uint64_t plain_longest_ns = UINT64_C(60) * 1000 * 1000 * 1000;

const char *cli_seconds(double seconds, char *text, size_t size)
{
    const unsigned long whole = seconds > 0 ? (unsigned long)(seconds + 0.5) : 0;

    if (whole < 60)
        snprintf(text, size, "%lu s", whole);
    else if (whole < 3600)
        snprintf(text, size, "%lu min %02lu s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
    return text;
}

static void format_left(char *text, size_t size, double part, double elapsed_s)
{
    char seconds[48];

    if (part <= 0 || elapsed_s <= 0) {
        snprintf(text, size, "time left unknown");
        return;
    }
    snprintf(text, size, "%s left",
             cli_seconds(elapsed_s / part * (1 - part), seconds, sizeof seconds));
}

static double part_of(const struct cli_progress *progress, double done)
{
    const double part = progress->total > 0 ? done / progress->total : 0;

    return part < 0 ? 0 : part > 1 ? 1 : part;
}

void cli_progress_format(char *line, size_t size, const struct cli_progress *progress, double done,
                         double elapsed_s, const char *detail, size_t columns)
{
    const double part = part_of(progress, done);
    char bar[BAR_CELLS + 1], left[64];
    size_t length;

    length = (size_t)(part * BAR_CELLS);
    memset(bar, '#', length);
    memset(bar + length, '.', BAR_CELLS - length);
    bar[BAR_CELLS] = '\0';
    format_left(left, sizeof left, part, elapsed_s);
    if (progress->terminal)
        snprintf(line, size, "%s [%s] %3d %%, %s", progress->what, bar, (int)(part * 100), left);
    else
        snprintf(line, size, "%s: %d %%, %s", progress->what, (int)(part * 100), left);
    length = strlen(line);
    if (detail && *detail && length < size)
        snprintf(line + length, size - length, "  %s", detail);
    if (strlen(line) > columns)
        line[columns] = '\0';
}

static size_t terminal_columns(void)
{
    struct winsize window;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        return window.ws_col - 1u;
    return DEFAULT_COLUMNS - 1;
}

static void show(struct cli_progress *progress, double done, const char *detail, uint64_t now_ns)
{
    const double elapsed_s = (double)(now_ns - progress->started_ns) / 1e9;
    char line[512];

    cli_progress_format(line, sizeof line, progress, done, elapsed_s, detail,
                        progress->terminal ? terminal_columns() : sizeof line - 1);
    if (progress->terminal)
        fprintf(stderr, "\r\033[K%s", line);
    else
        fprintf(stderr, "%s\n", line);
    fflush(stderr);
    progress->last_ns = now_ns;
    progress->last_percent = (int)(part_of(progress, done) * 100);
}

void cli_progress_start(struct cli_progress *progress, const char *what, double total, bool quiet)
{
    const uint64_t now_ns = la_now_ns();

    *progress = (struct cli_progress){.what = what,
                                      .total = total,
                                      .started_ns = now_ns,
                                      .last_ns = now_ns,
                                      .terminal = isatty(STDERR_FILENO),
                                      .quiet = quiet};
    if (progress->terminal && !quiet)
        show(progress, 0, NULL, now_ns);
}

bool cli_progress_due(const struct cli_progress *progress, double done, uint64_t now_ns)
{
    const uint64_t since_ns = now_ns - progress->last_ns;

    if (progress->terminal)
        return since_ns >= terminal_period_ns;
    return since_ns >= plain_longest_ns ||
           (since_ns >= plain_period_ns &&
            (int)(part_of(progress, done) * 100) != progress->last_percent);
}

void cli_progress_update(struct cli_progress *progress, double done, const char *detail)
{
    const uint64_t now_ns = la_now_ns();

    if (!progress->quiet && cli_progress_due(progress, done, now_ns))
        show(progress, done < progress->total ? done : progress->total, detail, now_ns);
}

void cli_progress_remark(struct cli_progress *progress, const char *line)
{
    const bool drawn = progress->terminal && !progress->quiet;

    fprintf(stderr, "%slookaside: %s\n", drawn ? "\r\033[K" : "", line);
}

void cli_progress_end(struct cli_progress *progress)
{
    char seconds[48];

    if (progress->quiet)
        return;
    cli_seconds((double)(la_now_ns() - progress->started_ns) / 1e9, seconds, sizeof seconds);
    fprintf(stderr, "%s%s: %s\n", progress->terminal ? "\r\033[K" : "", progress->what, seconds);
    progress->quiet = true; /* ended: a late update draws nothing */
}

void cli_progress_abandon(struct cli_progress *progress)
{
    if (!progress->quiet && progress->terminal)
        fputs("\r\033[K", stderr);
    progress->quiet = true;
}
