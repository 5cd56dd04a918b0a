/* SPDX-License-Identifier: MIT */
/*
 * page_picture.c: pictures within the page, which refers to no file: of a plot the smaller one of
 * its two. They are what makes a page large, and what a reader with script never sees; so they have
 * what the page's bound leaves, and the largest are named instead if not all of them fit.
 */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "page.h"
#include "text_file.h"

static void write_base64(const struct la_text *text, FILE *stream)
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

/* What gnuplot writes into an SVG by the thousand and no picture changes without: names of its
 * parts, and what is the default. Returns the length of such a stretch at text, or 0. */
static size_t superfluous(const char *text)
{
    static const struct {
        const char *begin, *end;
    } stretches[] = {
        {"<title>gnuplot_plot_", "</title>"},
        {" id=\"gnuplot_plot_", "a\""},
        {" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
    };

    for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++) {
        const size_t length = strlen(stretches[i].begin);
        const char *end;

        if (strncmp(text, stretches[i].begin, length) != 0)
            continue;
        end = strstr(text + length, stretches[i].end);
        return end ? (size_t)(end - text) + strlen(stretches[i].end) : 0;
    }
    return 0;
}

/* A character of an SVG as the URL in an attribute of HTML: hardly any has to be written in another
 * way, so that this is a quarter shorter than base64. */
static void write_svg_character(char character, FILE *stream)
{
    static const struct {
        char character;
        const char *written;
    } special[] = {{'"', "&quot;"}, {'&', "&amp;"}, {'%', "%25"}, {'#', "%23"}};

    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (special[i].character == character) {
            fputs(special[i].written, stream);
            return;
        }
    }
    fputc(character, stream);
}

static bool is_blank(char character)
{
    return character && strchr(" \t\r\n", character);
}

static void write_svg(const struct la_text *text, FILE *stream)
{
    const char *at = text->bytes;

    while (*at) {
        const size_t skipped = superfluous(at);

        if (!skipped && !(is_blank(at[0]) && is_blank(at[1])))
            write_svg_character(is_blank(*at) ? ' ' : *at, stream);
        at += skipped ? skipped : 1;
    }
}

struct picture {
    char *data; /* of the URL; NULL: there is no such file */
    size_t size;
    bool is_svg;
};

static struct picture encode(const char *path)
{
    const size_t length = strlen(path);
    struct picture picture = {.is_svg = length > 4 && strcmp(path + length - 4, ".svg") == 0};
    struct la_text text;
    FILE *stream;

    if (la_text_read(path, &text) || !text.bytes)
        return picture;
    stream = la_new_text(&picture.data, &picture.size);
    if (picture.is_svg)
        write_svg(&text, stream);
    else
        write_base64(&text, stream);
    la_end_text(stream);
    free(text.bytes);
    return picture;
}

static void write_image(const struct la_page *page, enum la_page_part part,
                        const struct picture *picture, const char *file, const char *alt,
                        FILE *stream)
{
    la_page_room_add(page->room, part, picture->size);
    fputs("<img alt=\"", stream);
    la_page_escape(alt, strlen(alt), stream);
    if (picture->data && picture->size <= page->room->most[part]) {
        fprintf(stream, "\" src=\"data:image/%s,%s\">", picture->is_svg ? "svg+xml" : "png;base64",
                picture->data);
    } else {
        fputs("; the picture is ", stream);
        la_page_escape(file, strlen(file), stream);
        fputs("\">", stream);
    }
}

void la_page_picture(const struct la_page *page, const char *name, const char *alt, FILE *stream)
{
    char path[4096];
    struct picture picture;

    snprintf(path, sizeof path, "%s/%s", page->results_dir, name);
    picture = encode(path);
    if (!picture.data)
        return;
    fputs("<p class=\"picture\">", stream);
    write_image(page, LA_PAGE_PICTURE, &picture, name, alt, stream);
    fputs("</p>", stream);
    free(picture.data);
}

void la_page_plot_picture(const struct la_page *page, const struct la_plot *plot, bool only,
                          FILE *stream)
{
    static const char *const suffixes[] = {"svg", "png"};
    struct picture smaller = {NULL, 0, false};
    char path[4096], file[sizeof plot->name + 16];

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct picture picture;

        snprintf(path, sizeof path, "%s/plots/%s.%s", page->dir, plot->name, suffixes[i]);
        picture = encode(path);
        if (picture.data && (!smaller.data || picture.size < smaller.size)) {
            free(smaller.data);
            smaller = picture;
        } else {
            free(picture.data);
        }
    }
    snprintf(file, sizeof file, "plots/%s.svg", plot->name);
    write_image(page, only ? LA_PAGE_ONLY_PICTURE : LA_PAGE_PICTURE, &smaller, file, plot->caption,
                stream);
    free(smaller.data);
}
