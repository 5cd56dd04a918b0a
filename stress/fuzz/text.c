/* SPDX-License-Identifier: MIT */
/* text.c: see text.h. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

char *text_copy(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text, "no memory");
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

char *text_line(char **text)
{
    char *line = *text, *end = line + strcspn(line, "\n");

    *text = *end ? end + 1 : end;
    *end = '\0';
    return line;
}
