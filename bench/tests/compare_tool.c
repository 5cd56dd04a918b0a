/* SPDX-License-Identifier: MIT */
/* compare_tool.c: see compare_tool.h. */
#include "compare_tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

char compare_base[64], compare_new[64];

int compare_make(void **state)
{
    (void)state;
    fixture_make_dir(compare_base);
    fixture_make_dir(compare_new);
    fixture_write_text(compare_base, "manifest.json", MANIFEST("one", "6.1"));
    fixture_write_text(compare_new, "manifest.json", MANIFEST("one", "6.1"));
    return 0;
}

int compare_clear(void **state)
{
    (void)state;
    fixture_remove_dir(compare_base);
    fixture_remove_dir(compare_new);
    return 0;
}

int compare_run(const char *options)
{
    return tool_run("compare %s %s %s", compare_base, compare_new, options);
}

json_t *compare_json(int status)
{
    assert_int_equal(compare_run("--json"), status);
    return tool_json();
}

json_int_t compare_summary(const json_t *root, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(root, "summary"), key));
}

static double number(const json_t *line, const char *key)
{
    assert_true(json_is_number(json_object_get(line, key)));
    return json_number_value(json_object_get(line, key));
}

static bool is(const json_t *line, const char *key, const char *text)
{
    return strcmp(json_string_value(json_object_get(line, key)), text) == 0;
}

void compare_lines(const json_t *root, struct compare_wanted wanted)
{
    const json_t *line;
    size_t i, nr = 0;

    json_array_foreach(json_object_get(root, "lines"), i, line)
    {
        if (!is(line, "contender", wanted.contender) || !is(line, "counter", wanted.counter))
            continue;
        nr++;
        if (!is(line, "verdict", wanted.verdict))
            fail_msg("%s %s is not %s: %s", wanted.contender, wanted.counter, wanted.verdict,
                     tool_output);
        assert_true(number(line, "low") <= wanted.truth + wanted.allowance &&
                    number(line, "high") >= wanted.truth - wanted.allowance);
    }
    assert_int_equal(nr, wanted.nr);
}
