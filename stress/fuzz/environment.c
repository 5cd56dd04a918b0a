/* SPDX-License-Identifier: MIT */
/*
 * environment.c: a target: LOOKASIDE_STRATEGY, whose text is looked up whenever a list names no
 * strategy. Whatever it says, a list can be made, by a strategy that is known. The other variables
 * are compared with fixed words, once in a process.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lookaside.h"
#include "text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct lookaside list;
    const struct lookaside_config config = {.size = 8};
    char *text = text_copy(bytes, size);
    const struct lookaside_strategy *named, *given;

    setenv("LOOKASIDE_STRATEGY", text, 1);
    named = lookaside_strategy_find(text);
    given = lookaside_default_strategy();
    FUZZ_CHECK(given == (named ? named : lookaside_strategy_find("percpu")), "'%s' gives %s", text,
               lookaside_strategy_name(given));
    FUZZ_CHECK(lookaside_init(&list, &config) == 0, "no list with '%s'", text);
    FUZZ_CHECK(list.strategy == given, "a list of another strategy");
    lookaside_fini(&list);
    free(text);
    return 0;
}
