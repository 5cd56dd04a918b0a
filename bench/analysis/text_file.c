/* SPDX-License-Identifier: MIT */
/*
 * text_file.c: see text_file.h.
 */
#include "text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads to the end, doubling the room. */
static int read_all(FILE *stream, struct la_text *text)
{
    size_t room = 1 << 16, got;

    do {
        char *larger = realloc(text->bytes, room + 1);

        if (!larger)
            return -ENOMEM;
        text->bytes = larger;
        got = fread(text->bytes + text->size, 1, room - text->size, stream);
        text->size += got;
        room *= 2;
    } while (got);
    text->bytes[text->size] = '\0';
    return ferror(stream) ? -EIO : 0;
}

int la_text_read(const char *path, struct la_text *text)
{
    FILE *stream = fopen(path, "r");
    int result;

    *text = (struct la_text){NULL, 0};
    if (!stream)
        return -errno;
    result = read_all(stream, text);
    fclose(stream);
    if (result) {
        free(text->bytes);
        *text = (struct la_text){NULL, 0};
    }
    return result;
}

int la_text_need(const char *dir, const char *name, struct la_text *text, struct la_why *why)
{
    char path[4096];
    int error;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    error = la_text_read(path, text);
    if (error)
        snprintf(why->line, sizeof why->line, "cannot read %.900s: %s", path, strerror(-error));
    return error;
}
