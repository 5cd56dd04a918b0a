/* SPDX-License-Identifier: MIT */
/* one_line.c: see one_line.h. */
#include "one_line.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 8 };

/* Whether the character of two bytes or more ends a line or is a control character. */
static bool commands(const unsigned char *at)
{
    return (at[0] == 0xC2 && at[1] < 0xA0) ||
           (at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9));
}

/* Whether the second byte may stand there: no shorter form of another character, no surrogate,
 * nothing beyond U+10FFFF (Unicode 15, table 3-7). */
static bool well_formed(const unsigned char *at)
{
    switch (*at) {
    case 0xE0:
        return at[1] >= 0xA0;
    case 0xED:
        return at[1] < 0xA0;
    case 0xF0:
        return at[1] >= 0x90;
    case 0xF4:
        return at[1] < 0x90;
    default:
        return *at >= 0xC2 && *at < 0xF4;
    }
}

/* The bytes of the UTF-8 character there; 0: none that is to be shown as it is. */
static size_t plain(const unsigned char *at)
{
    const size_t more = *at >= 0xF0 ? 3 : *at >= 0xE0 ? 2 : 1;

    if (*at < 0x80)
        return *at >= ' ' && *at != 0x7F;
    if (!well_formed(at))
        return 0;
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return commands(at) ? 0 : more + 1;
}

static void escape(unsigned char byte, char piece[PIECE])
{
    static const char bytes[] = "\n\t\r", letters[] = "ntr";
    const char *named = strchr(bytes, byte);

    if (named)
        snprintf(piece, PIECE, "\\%c", letters[named - bytes]);
    else
        snprintf(piece, PIECE, "\\x%02X", byte);
}

/* Makes a piece of what is to be shown of the next character; the number of its bytes. */
static size_t take(const unsigned char *at, char piece[PIECE])
{
    const size_t nr = plain(at);

    if (nr == 0) {
        escape(*at, piece);
        return 1;
    }
    memcpy(piece, at, nr);
    piece[nr] = '\0';
    return nr;
}

void la_one_line(char *shown, size_t size, const char *text)
{
    static const char cut[] = "...";
    const unsigned char *at = (const unsigned char *)text;
    size_t length = 0, before_cut = 0;

    while (*at) {
        char piece[PIECE];

        at += take(at, piece);
        if (length + strlen(piece) >= size) {
            memcpy(shown + before_cut, cut, sizeof cut);
            return;
        }
        memcpy(shown + length, piece, strlen(piece));
        length += strlen(piece);
        if (length + sizeof cut <= size)
            before_cut = length;
    }
    shown[length] = '\0';
}

bool la_is_one_line(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t nr;

    while ((nr = plain(at)))
        at += nr;
    return !*at;
}
