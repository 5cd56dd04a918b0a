/* SPDX-License-Identifier: MIT */
/*
 * report_html.c: see report_html.h. cmark-gfm runs in its safe mode, so that no markup of a result
 * file gets into the page.
 */
#include "report_html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int write_page(const struct la_page *page, const struct la_text *parts, const char *title,
                      struct la_why *why)
{
    const char *rest = parts[TEMPLATE].bytes;
    char path[4096], mark[16];
    bool failed = false;
    FILE *stream;

    snprintf(path, sizeof path, "%s/report.html", page->dir);
    stream = fopen(path, "w");
    if (!stream) {
        snprintf(why->line, sizeof why->line, "cannot write %.900s: %s", path, strerror(errno));
        return -1;
    }
    while (!failed && (rest = write_up_to_mark(rest, mark, sizeof mark, stream)))
        failed = !write_part(mark, page, parts, title, stream);
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
    struct la_text parts[NR_PARTS] = {{NULL, 0}};
    int result = convert(page->dir, &parts[BODY], why);

    for (size_t i = 0; i < BODY && !result; i++)
        result = la_text_need(scripts, files[i], &parts[i], why);
    if (!result)
        result = write_page(page, parts, title, why);
    for (size_t i = 0; i < NR_PARTS; i++)
        free(parts[i].bytes);
    return result ? -1 : 0;
}
