/* SPDX-License-Identifier: MIT */
/* variable.c: see variable.h. */
#include "variable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "one_line.h"

/* "0, 1 or adopts" */
static void list_words(const char *const *words, char *list, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; words[i] && length < size; i++) {
        const char *before = i == 0 ? "" : words[i + 1] ? ", " : " or ";

        length += (size_t)snprintf(list + length, size - length, "%s%s", before, words[i]);
    }
}

static void tell(struct la_variable *variable, const char *value)
{
    char shown[LA_ONE_LINE], known[LA_ONE_LINE] = "";

    /* Relaxed: whoever is first tells. */
    if (atomic_exchange_explicit(&variable->told, true, memory_order_relaxed))
        return;
    la_one_line(shown, sizeof shown, value);
    list_words(variable->words, known, sizeof known);
    fprintf(stderr, "lookaside: %s is '%s', not %s: ignored\n", variable->name, shown, known);
}

int la_variable_word(struct la_variable *variable)
{
    const char *value = secure_getenv(variable->name);

    if (!value || !*value)
        return -1;
    for (int i = 0; variable->words[i]; i++) {
        if (strcmp(value, variable->words[i]) == 0)
            return i;
    }
    tell(variable, value);
    return -1;
}
