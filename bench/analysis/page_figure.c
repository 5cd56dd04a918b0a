/* SPDX-License-Identifier: MIT */
/*
 * page_figure.c: a plot in the page: the picture that gnuplot drew, for readers without script; its
 * table, for those who cannot see it; and the data file as JSON, from which the page's script draws
 * it anew. Everything that comes from a data file is escaped here. Pictures: page_picture.c.
 */
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "page_table.h"
#include "text_file.h"
#include "tsv.h"

/* What a table in the page shows at most, where there is room; beyond, rows are left out evenly. */
enum { MAX_ROWS = 1700 };

/* Data of one plot for the script, bytes; more is left to the picture. */
enum { MAX_JSON = 250 * 1000 };

struct data {
    struct la_text text;
    char *columns[LA_TSV_MAX_COLUMNS]; /* of the heading */
    size_t nr_columns;
    char *rows; /* what is behind the heading */
    size_t nr_rows;
};

struct shown {
    size_t column[LA_TSV_MAX_COLUMNS];
    const char *heading[LA_TSV_MAX_COLUMNS];
    size_t length[LA_TSV_MAX_COLUMNS]; /* of the heading */
    size_t nr;
};

void la_page_escape(const char *text, size_t length, FILE *stream)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default:
            fputc(text[i], stream);
        }
    }
}

/* Splits a line at its tabs; returns the next line, or NULL. */
static char *split(char *line, char **fields, size_t *nr_fields)
{
    char *end = strchr(line, '\n');

    if (end)
        *end = '\0';
    for (*nr_fields = 0; line && *nr_fields < LA_TSV_MAX_COLUMNS; ++*nr_fields) {
        fields[*nr_fields] = line;
        line = strchr(line, '\t');
        if (line)
            *line++ = '\0';
    }
    return end ? end + 1 : NULL;
}

static bool read_data(const struct la_page *page, const struct la_plot *plot, struct data *data)
{
    char path[4096];

    memset(data, 0, sizeof *data);
    snprintf(path, sizeof path, "%s/plots/%s.tsv", page->dir, plot->name);
    if (la_text_read(path, &data->text) || !data->text.bytes)
        return false;
    data->rows = split(data->text.bytes, data->columns, &data->nr_columns);
    for (const char *at = data->rows; at && (at = strchr(at, '\n')); at++)
        data->nr_rows++;
    return data->rows != NULL;
}

static int find_column(const struct data *data, const char *name, size_t length)
{
    for (size_t i = 0; i < data->nr_columns; i++) {
        if (strlen(data->columns[i]) == length && strncmp(data->columns[i], name, length) == 0)
            return (int)i;
    }
    return -1;
}

static void choose_columns(const struct la_plot *plot, const struct data *data, struct shown *shown)
{
    shown->nr = 0;
    for (size_t i = 0; !plot->table && i < data->nr_columns; i++) {
        shown->column[i] = i;
        shown->heading[i] = data->columns[i];
        shown->length[i] = strlen(data->columns[i]);
        shown->nr++;
    }
    for (const char *at = plot->table; at && *at && shown->nr < LA_TSV_MAX_COLUMNS;) {
        const size_t name = strcspn(at, "="), all = strcspn(at, "|");
        const int column = find_column(data, at, name);

        if (column >= 0) {
            shown->column[shown->nr] = (size_t)column;
            shown->heading[shown->nr] = at + name + 1;
            shown->length[shown->nr++] = all - name - 1;
        }
        at += all + (at[all] == '|');
    }
}

/* What gnuplot reads as missing is an empty field. */
static bool is_missing(const char *field)
{
    return strcmp(field, "NaN") == 0 || strcmp(field, "-") == 0 || strcmp(field, "nan") == 0;
}

/* A token that JSON takes as a number as it stands. */
static bool is_number(const char *field)
{
    const char *digits = field + (*field == '-');
    char *end;

    if (strspn(digits, "0123456789") == 0 || (digits[0] == '0' && strspn(digits, "0123456789") > 1))
        return false;
    if (strspn(digits, "0123456789.e+-") != strlen(digits) || strstr(digits, ".e") ||
        digits[strlen(digits) - 1] == '.')
        return false;
    strtod(field, &end);
    return !*end;
}

/* '<' too, so that no text can end the script element. */
static void write_json(const char *text, size_t length, FILE *stream)
{
    fputc('"', stream);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < ' ' || strchr("\"\\<>&", text[i]))
            fprintf(stream, "\\u%04x", (unsigned char)text[i]);
        else
            fputc(text[i], stream);
    }
    fputc('"', stream);
}

/* Whether the page's script needs a column: it is in the table, or a word of the view names it. */
static bool is_needed(const struct data *data, const struct shown *shown, const char *view,
                      size_t column)
{
    const char *name = data->columns[column];

    for (size_t i = 0; i < shown->nr; i++) {
        if (shown->column[i] == column)
            return true;
    }
    for (const char *at = view; (at = strstr(at, name)); at++) {
        if (strchr("=,", at[-1]) && strchr(", ", at[strlen(name)]))
            return true;
    }
    return false;
}

/* A text that stands in the row above too is written as "", since most rows repeat one. */
static void write_json_field(const char *field, const char *above, FILE *stream)
{
    if (!*field || is_missing(field))
        fputs("null", stream);
    else if (is_number(field))
        fputs(field, stream);
    else if (above && strcmp(field, above) == 0)
        fputs("\"\"", stream);
    else
        write_json(field, strlen(field), stream);
}

static void write_json_row(char **fields, size_t nr_fields, char **above, const bool *needed,
                           FILE *stream)
{
    char before = '[';

    for (size_t i = 0; i < nr_fields; i++) {
        if (!needed[i])
            continue;
        fputc(before, stream);
        before = ',';
        write_json_field(fields[i], above[i], stream);
    }
    fputs(before == '[' ? "[]" : "]", stream);
}

static void write_html_row(char **fields, size_t nr_fields, const struct shown *shown, FILE *stream)
{
    fputs("<tr>", stream);
    for (size_t i = 0; i < shown->nr; i++) {
        const char *field = shown->column[i] < nr_fields ? fields[shown->column[i]] : "";

        fputs("<td>", stream);
        if (is_missing(field))
            fputs("n/a", stream);
        else
            la_page_escape(field, strlen(field), stream);
    }
    fputc('\n', stream);
}

static void write_json_head(const struct la_plot *plot, const struct data *data,
                            const struct shown *shown, const bool *needed, FILE *stream)
{
    fputs("{\"view\":", stream);
    write_json(plot->view, strlen(plot->view), stream);
    fputs(",\"columns\":", stream);
    for (size_t i = 0, nr = 0; i < data->nr_columns; i++) {
        if (!needed[i])
            continue;
        fputc(nr++ ? ',' : '[', stream);
        write_json(data->columns[i], strlen(data->columns[i]), stream);
    }
    fputs("],\"headings\":{", stream);
    for (size_t i = 0; i < shown->nr; i++) {
        const char *column = data->columns[shown->column[i]];

        fputs(i ? "," : "", stream);
        write_json(column, strlen(column), stream);
        fputc(':', stream);
        write_json(shown->heading[i], shown->length[i], stream);
    }
    fputs("},\"rows\":[", stream);
}

static void write_table_head(const struct shown *shown, FILE *stream)
{
    fputs("<div class=\"scroll\"><table><thead><tr>", stream);
    for (size_t i = 0; i < shown->nr; i++) {
        fputs("<th>", stream);
        la_page_escape(shown->heading[i], shown->length[i], stream);
        fputs("</th>", stream);
    }
    fputs("</tr></thead><tbody>\n", stream);
}

/* Both at once, since splitting changes the text: the table, and JSON to the stream. */
static void write_rows(struct data *data, const struct shown *shown, const bool *needed,
                       struct la_page_table *table, FILE *json)
{
    char *line = data->rows, *above[LA_TSV_MAX_COLUMNS] = {NULL};

    for (size_t row = 0; row < data->nr_rows && line; row++) {
        char *fields[LA_TSV_MAX_COLUMNS];
        size_t nr_fields;

        line = split(line, fields, &nr_fields);
        write_html_row(fields, nr_fields, shown, table->stream);
        la_page_table_mark(table);
        fputs(row ? ",\n" : "", json);
        write_json_row(fields, nr_fields, above, needed, json);
        memcpy(above, fields, nr_fields * sizeof *fields);
    }
}

/* Fills the table; returns the data for the script, or NULL if it has none or there is no room. */
static char *write_data(const struct la_page *page, struct data *data, const struct la_plot *plot,
                        struct la_page_table *table)
{
    bool needed[LA_TSV_MAX_COLUMNS] = {false};
    struct shown shown;
    char *text = NULL;
    size_t size;
    FILE *json = la_new_text(&text, &size);

    choose_columns(plot, data, &shown);
    for (size_t i = 0; i < data->nr_columns; i++)
        needed[i] = plot->view && is_needed(data, &shown, plot->view, i);
    write_table_head(&shown, table->stream);
    la_page_table_mark(table);
    if (plot->view)
        write_json_head(plot, data, &shown, needed, json);
    write_rows(data, &shown, needed, table, json);
    fputs("]}", json);
    la_end_text(json);
    if (plot->view && size <= MAX_JSON && size <= page->room->data) {
        page->room->data -= size;
        return text;
    }
    free(text);
    return NULL;
}

static void write_table(const struct la_page *page, const struct la_plot *plot,
                        const struct la_page_table *table, FILE *stream)
{
    const size_t nr_rows = la_page_table_rows(table), least = (nr_rows + MAX_ROWS - 1) / MAX_ROWS;
    const size_t step = la_page_table_step(table, least ? least : 1, page->room);

    if (!step) {
        fprintf(stream, "<p class=\"note\">Its table, %zu rows, is plots/%s.tsv.</p>\n", nr_rows,
                plot->name);
        return;
    }
    fprintf(stream, "<details><summary>Table of this plot, %zu rows", nr_rows);
    if (step > 1)
        fprintf(stream, ", one in %zu shown; all of them are in plots/%s.tsv", step, plot->name);
    fputs("</summary>\n", stream);
    la_page_table_write(table, step, nr_rows, stream);
    fputs("</tbody></table></div></details>\n", stream);
}

void la_page_figure(const struct la_page *page, const struct la_plot *plot, FILE *stream)
{
    struct la_page_table table;
    struct data data;
    char *script = NULL;
    const bool has_data = read_data(page, plot, &data);

    if (has_data) {
        la_page_table_begin(&table);
        script = write_data(page, &data, plot, &table);
        la_page_table_end(&table);
    }
    fputs("<figure class=\"plot\" id=\"plot-", stream);
    la_page_escape(plot->name, strlen(plot->name), stream);
    fputs("\"><figcaption>", stream);
    la_page_escape(plot->caption, strlen(plot->caption), stream);
    fputs("</figcaption>", stream);
    la_page_plot_picture(page, plot, !script, stream);
    if (has_data) {
        write_table(page, plot, &table, stream);
        la_page_table_free(&table);
    }
    if (script)
        fprintf(stream, "<script type=\"application/json\">%s</script>\n", script);
    free(script);
    free(data.text.bytes);
    fputs("</figure>\n", stream);
}
