/* SPDX-License-Identifier: MIT */
/*
 * report_html.c: see report_html.h. cmark-gfm runs in its safe mode, so that no markup of a result
 * file gets into the page.
 */
#include "report_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "process.h"
#include "text_file.h"

/* The files that the page is put together from; body is cmark's. */
enum { TEMPLATE, STYLE, DRAW, SCRIPT, BODY, NR_PARTS };

static const char *const files[NR_PARTS] = {"report.html.in", "report.css", "report_draw.js",
                                            "report.js", "body.html"};

/* Writes the template's text up to the next of its marks, "@NAME@" on a line of its own or within
 * one; returns what is behind the mark, NULL at the end. */
static const char *write_up_to_mark(const char *text, char *mark, size_t size, FILE *stream)
{
    while (*text) {
        const size_t length = *text == '@' ? strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;

        if (length && length < size && text[length + 1] == '@') {
            snprintf(mark, size, "%.*s", (int)length, text + 1);
            return text + length + 2;
        }
        fputc(*text++, stream);
    }
    return NULL;
}

static bool write_part(const char *mark, const struct la_page *page, const struct la_text *parts,
                       const char *title, FILE *stream)
{
    if (strcmp(mark, "TITLE") == 0)
        la_page_escape(title, strlen(title), stream);
    else if (strcmp(mark, "STYLE") == 0)
        fputs(parts[STYLE].bytes, stream);
    else if (strcmp(mark, "CONTENTS") == 0)
        la_page_contents(parts[BODY].bytes, stream);
    else if (strcmp(mark, "BODY") == 0)
        la_page_body(page, parts[BODY].bytes, stream);
    else if (strcmp(mark, "SCRIPT") == 0)
        fprintf(stream, "%s%s", parts[DRAW].bytes, parts[SCRIPT].bytes);
    else
        return false;
    return true;
}

/* The whole page; false after an unknown mark, which is left in mark. */
static bool write_all(const struct la_page *page, const struct la_text *parts, const char *title,
                      char *mark, size_t mark_size, FILE *stream)
{
    const char *rest = parts[TEMPLATE].bytes;

    while ((rest = write_up_to_mark(rest, mark, mark_size, stream))) {
        if (!write_part(mark, page, parts, title, stream))
            return false;
    }
    return true;
}

/* Writes the page once to nowhere, to see what its parts take. */
static void make_room(const struct la_page *page, const struct la_text *parts, const char *title)
{
    char *text = NULL, mark[16];
    size_t size = 0;
    FILE *stream = la_new_text(&text, &size);

    la_page_room_begin(page->room);
    write_all(page, parts, title, mark, sizeof mark, stream);
    la_end_text(stream);
    free(text);
    la_page_room_share(page->room, size);
}

static int write_page(const struct la_page *page, const struct la_text *parts, const char *title,
                      struct la_why *why)
{
    char path[4096], mark[16];
    bool failed;
    FILE *stream;

    snprintf(path, sizeof path, "%s/report.html", page->dir);
    stream = fopen(path, "w");
    if (!stream) {
        snprintf(why->line, sizeof why->line, "cannot write %.900s: %s", path, strerror(errno));
        return -1;
    }
    make_room(page, parts, title);
    failed = !write_all(page, parts, title, mark, sizeof mark, stream);
    la_page_room_end(page->room);
    if (failed)
        snprintf(why->line, sizeof why->line, "%s: unknown mark @%s@", files[TEMPLATE], mark);
    else if (ferror(stream))
        snprintf(why->line, sizeof why->line, "cannot write %.900s", path);
    failed |= ferror(stream) != 0;
    if (fclose(stream) == 0)
        return failed ? -1 : 0;
    snprintf(why->line, sizeof why->line, "cannot write %.900s: %s", path, strerror(errno));
    return -1;
}

static int convert(const char *dir, struct la_text *body, struct la_why *why)
{
    char source[4096], converted[4096];
    const char *const arguments[] = {"cmark-gfm", "--extension", "table", source, NULL};
    int result;

    snprintf(source, sizeof source, "%s/report.md", dir);
    snprintf(converted, sizeof converted, "%s/%s", dir, files[BODY]);
    if (la_process_run(arguments, converted, why))
        return -1;
    result = la_text_need(dir, files[BODY], body, why);
    remove(converted);
    return result;
}

int la_report_html_write(const struct la_page *page, const char *scripts, const char *title,
                         struct la_why *why)
{
    struct la_page_room room;
    const struct la_page bounded = {
        .dir = page->dir, .results_dir = page->results_dir, .plots = page->plots, .room = &room};
    struct la_text parts[NR_PARTS] = {{NULL, 0}};
    int result = convert(page->dir, &parts[BODY], why);

    for (size_t i = 0; i < BODY && !result; i++)
        result = la_text_need(scripts, files[i], &parts[i], why);
    if (!result)
        result = write_page(&bounded, parts, title, why);
    for (size_t i = 0; i < NR_PARTS; i++)
        free(parts[i].bytes);
    return result ? -1 : 0;
}
