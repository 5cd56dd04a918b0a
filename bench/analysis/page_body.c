/* SPDX-License-Identifier: MIT */
/*
 * page_body.c: what the page makes of cmark-gfm's HTML. That ran in its safe mode, so no markup of
 * a result file is in it, and the few forms looked for here are cmark's own.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "page_table.h"

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* A heading's text as an id: its letters and digits, in lower case, joined by '-'. */
static void write_id(const char *text, FILE *stream)
{
    bool gap = false, any = false;

    for (; *text && *text != '<'; text++) {
        if (!isalnum((unsigned char)*text)) {
            gap = any;
            continue;
        }
        if (gap)
            fputc('-', stream);
        fputc(tolower((unsigned char)*text), stream);
        gap = false;
        any = true;
    }
}

void la_page_contents(const char *body, FILE *stream)
{
    static const char heading[] = "<h2>";

    while ((body = strstr(body, heading))) {
        body += strlen(heading);
        fputs("<a href=\"#", stream);
        write_id(body, stream);
        fprintf(stream, "\">%.*s</a>\n", (int)strcspn(body, "<"), body);
    }
}

static const struct la_plot *find_plot(const struct la_page *page, const char *name, size_t length)
{
    for (size_t i = 0; i < page->plots->nr_plots; i++) {
        const struct la_plot *plot = &page->plots->plots[i];
        char file[sizeof plot->name + 16];

        snprintf(file, sizeof file, "plots/%s.svg", plot->name);
        if (strlen(file) == length && strncmp(file, name, length) == 0 && !*plot->absent)
            return plot;
    }
    return NULL;
}

/* Writes the paragraph of a picture, of which text is the start; returns what is behind it. */
static const char *write_picture(const struct la_page *page, const char *text, FILE *stream)
{
    const char *name = strchr(text, '"') + 1;
    const size_t length = strcspn(name, "\"");
    const char *end = strstr(name, "</p>");
    const struct la_plot *plot = find_plot(page, name, length);

    if (plot) {
        la_page_figure(page, plot, stream);
    } else {
        char file[256];

        snprintf(file, sizeof file, "%.*s", (int)length, name);
        la_page_picture(page, file, "The machine's topology", stream);
    }
    return end ? end + strlen("</p>") : name + strlen(name);
}

/* The class of a table's cell or of the line on trust, or NULL. */
static const char *class_of(const char *text, const char *element, const char *lead)
{
    static const char *const words[] = {"better",  "worse",    "same",    "undecided",
                                        "trusted", "doubtful", "unusable"};

    if (!starts(text, element) || !starts(text + strlen(element), lead))
        return NULL;
    text += strlen(element) + strlen(lead);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (starts(text, words[i]) && text[strlen(words[i])] == '<')
            return words[i];
    }
    return NULL;
}

/* A sentence in a cell, which may be broken into lines. */
static bool is_long(const char *cell)
{
    return strcspn(cell, "<") > 36;
}

static const char *write_piece(const struct la_page *page, const char *body, FILE *stream);

/* The table's text by rows: one begins behind the head, others behind the one before. */
static void write_rows(const struct la_page *page, const char *body, const char *end,
                       struct la_page_table *table)
{
    bool in_head = true;

    fputs("<div class=\"scroll\"><table>", table->stream);
    while (body < end) {
        if (starts(body, "<tr>") || starts(body, "</tbody>")) {
            if (!in_head)
                la_page_table_mark(table);
            in_head = false;
        }
        body = write_piece(page, body, table->stream);
    }
    if (!table->nr_ends)
        la_page_table_mark(table); /* nothing but a head */
}

/* A table, of which body begins behind the tag; returns what is behind it. */
static const char *write_table(const struct la_page *page, const char *body, FILE *stream)
{
    const char *end = strstr(body, "</table>");
    struct la_page_table table;
    size_t nr_rows, nr_shown;

    if (!end)
        return body;
    la_page_table_begin(&table);
    write_rows(page, body, end, &table);
    la_page_table_end(&table);
    nr_rows = la_page_table_rows(&table);
    nr_shown = la_page_table_first(&table, page->room);
    la_page_table_write(&table, 1, nr_shown, stream);
    fputs(nr_rows ? "</tbody></table></div>" : "</table></div>", stream);
    if (nr_shown < nr_rows)
        fprintf(stream,
                "<p class=\"note\">%zu of %zu rows are shown; all of them are in report.md.</p>",
                nr_shown, nr_rows);
    la_page_table_free(&table);
    return end + strlen("</table>");
}

/* One piece of the body; returns what is behind it. */
static const char *write_piece(const struct la_page *page, const char *body, FILE *stream)
{
    static const char picture[] = "<p><img src=\"", heading[] = "<h2>", cell[] = "<td>";
    static const char table[] = "<table>";
    static const char trust[] = "<p>", trust_lead[] = "<strong>Trust in this run: ";
    const char *class;

    if (starts(body, picture))
        return write_picture(page, body, stream);
    if (starts(body, heading)) {
        fputs("<h2 id=\"", stream);
        write_id(body + strlen(heading), stream);
        fputs("\">", stream);
        return body + strlen(heading);
    }
    if ((class = class_of(body, cell, ""))) {
        fprintf(stream, "<td class=\"%s\">", class);
        return body + strlen(cell);
    }
    if (starts(body, cell) && is_long(body + strlen(cell))) {
        fputs("<td class=\"long\">", stream);
        return body + strlen(cell);
    }
    if ((class = class_of(body, trust, trust_lead))) {
        fprintf(stream, "<p class=\"trust %s\">", class);
        return body + strlen(trust);
    }
    if (starts(body, table))
        return write_table(page, body + strlen(table), stream);
    fputc(*body, stream);
    return body + 1;
}

void la_page_body(const struct la_page *page, const char *body, FILE *stream)
{
    while (*body)
        body = write_piece(page, body, stream);
}
