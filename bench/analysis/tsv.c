/* SPDX-License-Identifier: MIT */
/*
 * tsv.c: see tsv.h.
 */
#include "tsv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The line's words; more than the array holds are dropped, and were not asked for. */
static size_t split(char *line, char **words)
{
    size_t nr = 0;
    char *word;

    line[strcspn(line, "\n")] = '\0';
    while (nr < LA_TSV_MAX_COLUMNS && (word = strsep(&line, "\t")))
        words[nr++] = word;
    return nr;
}

/* The next line that is no comment; 0 at the end. */
static int next_line(struct la_tsv *tsv)
{
    while (getline(&tsv->line, &tsv->line_size, tsv->stream) > 0) {
        tsv->nr_lines++;
        if (*tsv->line != '#' && *tsv->line != '\n')
            return 1;
    }
    return 0;
}

static int find_columns(struct la_tsv *tsv, struct la_why *why)
{
    char *words[LA_TSV_MAX_COLUMNS];
    const size_t nr = next_line(tsv) ? split(tsv->line, words) : 0;

    for (size_t i = 0; i < tsv->nr_columns; i++) {
        size_t at = 0;

        while (at < nr && strcmp(words[at], tsv->columns[i]) != 0)
            at++;
        if (at == nr) {
            snprintf(why->line, sizeof why->line, "%.500s: no column %s in its header", tsv->path,
                     tsv->columns[i]);
            return -1;
        }
        tsv->position[i] = at;
    }
    return 1;
}

int la_tsv_open(struct la_tsv *tsv, const char *dir, const char *name, const char *const *columns,
                size_t nr_columns, struct la_why *why)
{
    int result;

    memset(tsv, 0, sizeof *tsv);
    tsv->columns = columns;
    tsv->nr_columns = nr_columns;
    snprintf(tsv->path, sizeof tsv->path, "%s/%s", dir, name);
    tsv->stream = fopen(tsv->path, "r");
    if (!tsv->stream && errno == ENOENT)
        return 0;
    if (!tsv->stream) {
        snprintf(why->line, sizeof why->line, "cannot read %.500s: %s", tsv->path, strerror(errno));
        return -1;
    }
    result = find_columns(tsv, why);
    if (result < 0)
        la_tsv_close(tsv);
    return result;
}

int la_tsv_next(struct la_tsv *tsv, struct la_why *why)
{
    char *words[LA_TSV_MAX_COLUMNS];
    size_t nr;

    if (!next_line(tsv))
        return 0;
    nr = split(tsv->line, words);
    for (size_t i = 0; i < tsv->nr_columns; i++) {
        if (tsv->position[i] >= nr) {
            snprintf(why->line, sizeof why->line, "%.500s: line %zu has no %s; truncated?",
                     tsv->path, tsv->nr_lines, tsv->columns[i]);
            return -1;
        }
        tsv->fields[i] = words[tsv->position[i]];
    }
    return 1;
}

bool la_tsv_number(struct la_tsv *tsv, size_t column, double *value, struct la_why *why)
{
    char *end;

    *value = strtod(tsv->fields[column], &end);
    if (end != tsv->fields[column] && !*end)
        return true;
    snprintf(why->line, sizeof why->line, "%.500s: line %zu: %s '%.50s' is not a number", tsv->path,
             tsv->nr_lines, tsv->columns[column], tsv->fields[column]);
    return false;
}

void la_tsv_close(struct la_tsv *tsv)
{
    fclose(tsv->stream);
    free(tsv->line);
}
