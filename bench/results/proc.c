/* SPDX-License-Identifier: MIT */
/* proc.c: the kernel's text files. What cannot be read is "unknown", never a default. */
#include "proc.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20 }; /* /proc/cpuinfo of a thousand CPUs is larger; its head will do */

char *la_proc_text(const char *root, const char *path)
{
    char whole[PATH_MAX], *text = NULL;
    size_t length = 0;
    FILE *file;

    if ((size_t)snprintf(whole, sizeof whole, "%s%s", root, path) >= sizeof whole)
        return NULL;
    file = fopen(whole, "re");
    if (!file)
        return NULL;
    text = malloc(MOST_BYTES + 1);
    if (text)
        length = fread(text, 1, MOST_BYTES, file);
    fclose(file);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    if (!length) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

bool la_proc_field(const char *text, const char *key, char *value, size_t size)
{
    const size_t length = strlen(key);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        const char *rest;

        line += *line == '\n';
        if (strncmp(line, key, length) != 0)
            continue;
        rest = line + length + strspn(line + length, " \t");
        if (*rest != ':')
            continue;
        rest += 1 + strspn(rest + 1, " \t");
        snprintf(value, size, "%.*s", (int)strcspn(rest, "\n"), rest);
        return true;
    }
    return false;
}

bool la_proc_has_word(const char *text, const char *word)
{
    static const char separators[] = " \t\n,";
    const size_t length = strlen(word);

    for (const char *at = text; *at;) {
        const size_t span = strcspn(at, separators);

        if (span == length && strncmp(at, word, length) == 0)
            return true;
        at += span;
        at += strspn(at, separators);
    }
    return false;
}

json_t *la_proc_string(const char *text)
{
    json_t *string = json_string(text);
    char *copy;

    if (string)
        return string;
    copy = strdup(text);
    for (char *at = copy; at && *at; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    string = json_string(copy ? copy : "unknown");
    free(copy);
    return string;
}

json_t *la_proc_fact(const char *root, const char *path)
{
    char *text = la_proc_text(root, path);
    json_t *fact = la_proc_string(text ? text : "unknown");

    free(text);
    return fact;
}

json_t *la_proc_choice(const char *root, const char *path)
{
    char *text = la_proc_text(root, path);
    char *begin = text ? strchr(text, '[') : NULL, *end = begin ? strchr(begin, ']') : NULL;
    json_t *fact;

    if (end)
        *end = '\0';
    fact = la_proc_string(end ? begin + 1 : "unknown");
    free(text);
    return fact;
}
