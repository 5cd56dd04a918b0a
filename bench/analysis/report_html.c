/* SPDX-License-Identifier: MIT */
/*
 * report_html.c: see report_html.h. cmark-gfm runs in its safe mode, so that no markup of a result
 * file gets into the page; what is added here is added behind it.
 */
#include "report_html.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "process.h"

struct text {
    char *bytes; /* with a '\0' behind them */
    size_t size;
};

static int read_file(const char *path, struct text *text)
{
    FILE *stream = fopen(path, "r");
    size_t room = 1 << 16, got;

    text->bytes = NULL;
    text->size = 0;
    if (!stream)
        return -errno;
    do {
        char *larger = realloc(text->bytes, room + 1);

        if (!larger)
            break;
        text->bytes = larger;
        got = fread(text->bytes + text->size, 1, room - text->size, stream);
        text->size += got;
        room *= 2;
    } while (got);
    got = (size_t)ferror(stream);
    fclose(stream);
    if (!text->bytes || got) {
        free(text->bytes);
        return -EIO;
    }
    text->bytes[text->size] = '\0';
    return 0;
}

static int read_or_say(const char *dir, const char *name, struct text *text, struct la_why *why)
{
    char path[4096];
    int error;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    error = read_file(path, text);
    if (error)
        snprintf(why->line, sizeof why->line, "cannot read %.900s: %s", path, strerror(-error));
    return error;
}

static void write_base64(const struct text *text, FILE *stream)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < text->size; i += 3) {
        const size_t left = text->size - i;
        const unsigned char *byte = (const unsigned char *)text->bytes + i;
        const unsigned three = (unsigned)byte[0] << 16 | (left > 1 ? (unsigned)byte[1] << 8 : 0) |
                               (left > 2 ? byte[2] : 0);

        fputc(digits[three >> 18 & 63], stream);
        fputc(digits[three >> 12 & 63], stream);
        fputc(left > 1 ? digits[three >> 6 & 63] : '=', stream);
        fputc(left > 2 ? digits[three & 63] : '=', stream);
    }
}

/* The picture at name as data, or an empty source when it is not there. */
static void write_picture(const char *dir, const char *pictures_dir, const char *name,
                          size_t length, FILE *stream)
{
    char path[4096];
    struct text picture;
    const bool svg = length > 4 && strncmp(name + length - 4, ".svg", 4) == 0;

    snprintf(path, sizeof path, "%s/%.*s", dir, (int)length, name);
    if (read_file(path, &picture)) {
        snprintf(path, sizeof path, "%s/%.*s", pictures_dir, (int)length, name);
        if (read_file(path, &picture))
            return;
    }
    fprintf(stream, "data:image/%s;base64,", svg ? "svg+xml" : "png");
    write_base64(&picture, stream);
    free(picture.bytes);
}

/* The body with the sources of its pictures replaced, and verdicts given a class to be coloured
 * by. */
static void write_body(const char *body, const char *dir, const char *pictures_dir, FILE *stream)
{
    static const char source[] = "<img src=\"", cell[] = "<td>", paragraph[] = "<p><img";
    static const char *const verdicts[] = {"better", "worse", "same", "undecided"};

    while (*body) {
        if (strncmp(body, source, strlen(source)) == 0) {
            const char *name = body + strlen(source);
            const size_t length = strcspn(name, "\"");

            fputs(source, stream);
            write_picture(dir, pictures_dir, name, length, stream);
            body = name + length;
            continue;
        }
        if (strncmp(body, paragraph, strlen(paragraph)) == 0) {
            fputs("<p class=\"picture\">", stream);
            body += strlen("<p>");
            continue;
        }
        for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
            const size_t length = strlen(verdicts[i]);

            if (strncmp(body, cell, strlen(cell)) == 0 &&
                strncmp(body + strlen(cell), verdicts[i], length) == 0 &&
                body[strlen(cell) + length] == '<') {
                fprintf(stream, "<td class=\"%s\">", verdicts[i]);
                body += strlen(cell);
            }
        }
        fputc(*body++, stream);
    }
}

/* The template's text up to the next of its marks; NULL with the rest written if there is none. */
static const char *write_up_to(const char *template, const char *mark, FILE *stream)
{
    const char *at = strstr(template, mark);

    fwrite(template, 1, at ? (size_t)(at - template) : strlen(template), stream);
    return at ? at + strlen(mark) : NULL;
}

static int convert(const char *dir, struct text *body, struct la_why *why)
{
    char source[4096], converted[4096];
    const char *const arguments[] = {"cmark-gfm", "--extension", "table", source, NULL};
    int result;

    snprintf(source, sizeof source, "%s/report.md", dir);
    snprintf(converted, sizeof converted, "%s/body.html", dir);
    if (la_process_run(arguments, converted, why))
        return -1;
    result = read_or_say(dir, "body.html", body, why);
    remove(converted);
    return result;
}

static int write_page(const char *dir, const char *pictures_dir, const char *title,
                      const struct text *template, const struct text *style,
                      const struct text *body, struct la_why *why)
{
    const char *rest = template->bytes;
    char path[4096];
    FILE *stream;
    bool failed;

    snprintf(path, sizeof path, "%s/report.html", dir);
    stream = fopen(path, "w");
    if (!stream) {
        snprintf(why->line, sizeof why->line, "cannot write %.900s: %s", path, strerror(errno));
        return -1;
    }
    rest = write_up_to(rest, "@TITLE@", stream);
    if (rest) {
        fputs(title, stream);
        rest = write_up_to(rest, "@STYLE@", stream);
    }
    if (rest) {
        fputs(style->bytes, stream);
        rest = write_up_to(rest, "@BODY@", stream);
    }
    if (rest) {
        write_body(body->bytes, dir, pictures_dir, stream);
        fputs(rest, stream);
    }
    failed = ferror(stream) || !rest;
    if (fclose(stream) == 0 && !failed)
        return 0;
    snprintf(why->line, sizeof why->line,
             rest ? "cannot write %.900s" : "%.900s: its template lacks a mark", path);
    return -1;
}

int la_report_html_write(const char *dir, const char *pictures_dir, const char *scripts,
                         const char *title, struct la_why *why)
{
    struct text template = {NULL, 0}, style = {NULL, 0}, body = {NULL, 0};
    int result = -1;

    if (!read_or_say(scripts, "report.html.in", &template, why) &&
        !read_or_say(scripts, "report.css", &style, why) && !convert(dir, &body, why))
        result = write_page(dir, pictures_dir, title, &template, &style, &body, why);
    free(template.bytes);
    free(style.bytes);
    free(body.bytes);
    return result;
}
