/* SPDX-License-Identifier: MIT */
/* manifest_test.c: a manifest is complete or not written, and grows by one section per command. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "build_info.h"
#include "lookaside.h"
#include "manifest.h"

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/lookaside-manifest-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static json_t *complete(void)
{
    json_t *manifest = la_manifest_new();

    assert_non_null(manifest);
    json_object_set_new(manifest, "allocators", json_array());
    la_manifest_add_run(manifest, "bench", json_pack("{s:i}", "seed", 42), json_object());
    return manifest;
}

static char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void what_is_missing_is_named(void **state)
{
    static const char *const members[] = {"schema",   "tool", "started_utc", "host",
                                          "machine",  "rseq", "strategies",  "allocators",
                                          "settings", "noise"};
    json_t *manifest = la_manifest_new();

    (void)state;
    assert_string_equal(la_manifest_missing(manifest), "allocators");
    json_decref(manifest);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        manifest = complete();
        assert_null(la_manifest_missing(manifest));
        assert_int_equal(json_object_del(manifest, members[i]), 0);
        assert_string_equal(la_manifest_missing(manifest), members[i]);
        json_decref(manifest);
    }
}

static void an_incomplete_one_is_not_written(void **state)
{
    json_t *manifest = la_manifest_new();

    (void)state;
    assert_int_equal(la_manifest_write(manifest, dir), -EINVAL);
    assert_int_equal(rmdir(dir), 0); /* nothing is in it */
    json_decref(manifest);
}

static void a_directory_that_is_not_there(void **state)
{
    json_t *manifest = complete();

    (void)state;
    assert_int_equal(la_manifest_write(manifest, "/proc/nowhere"), -ENOENT);
    json_decref(manifest);
}

static void it_is_read_back_whole(void **state)
{
    json_t *manifest = complete(), *read;
    const char *picture;

    (void)state;
    assert_int_equal(la_manifest_write(manifest, dir), 0);
    read = json_load_file(path_of("manifest.json"), 0, NULL);
    assert_non_null(read);
    assert_true(json_equal(manifest, read));
    assert_null(la_manifest_missing(read));
    assert_int_equal(json_integer_value(json_object_get(read, "schema")), LA_MANIFEST_SCHEMA);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(read, "tool"), "version")),
        la_build_version());
    assert_int_equal(access(path_of("topology.xml"), R_OK), 0);
    picture = json_string_value(json_object_get(json_object_get(read, "topology"), "picture"));
    if (strcmp(picture, "topology.svg") != 0) {
        assert_int_equal(strncmp(picture, "unavailable: ", strlen("unavailable: ")), 0);
        assert_int_not_equal(access(path_of("topology.svg"), F_OK), 0);
    } else {
        assert_int_equal(access(path_of("topology.svg"), R_OK), 0);
    }
    json_decref(read);
    json_decref(manifest);
}

static json_t *setting(json_t *manifest, const char *command, const char *name)
{
    return json_object_get(json_object_get(json_object_get(manifest, "settings"), command), name);
}

static void a_second_command_adds_its_run(void **state)
{
    json_t *manifest = complete(), *second = complete();

    (void)state;
    json_object_set_new(manifest, "host", json_string("the first"));
    assert_int_equal(la_manifest_write(manifest, dir), 0);
    json_object_del(json_object_get(second, "settings"), "bench");
    la_manifest_add_run(second, "adapt", json_pack("{s:i}", "ticks", 240), json_object());
    la_manifest_join(second, dir);
    assert_int_equal(json_integer_value(setting(second, "bench", "seed")), 42);
    assert_int_equal(json_integer_value(setting(second, "adapt", "ticks")), 240);
    assert_true(json_is_string(setting(second, "adapt", "started_utc")));
    assert_string_equal(json_string_value(json_object_get(second, "host")), "the first");
    assert_null(la_manifest_missing(second));
    json_decref(second);
    json_decref(manifest);
}

static void a_broken_one_is_not_joined(void **state)
{
    static const char *const broken[] = {"", "{", "[]", "{\"schema\": 1}", "{\"schema\": 0}"};
    json_t *manifest = complete(), *same = json_deep_copy(manifest);

    (void)state;
    la_manifest_join(manifest, dir);
    assert_true(json_equal(manifest, same));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        FILE *file = fopen(path_of("manifest.json"), "w");

        assert_non_null(file);
        fputs(broken[i], file);
        fclose(file);
        la_manifest_join(manifest, dir);
        assert_true(json_equal(manifest, same));
    }
    json_decref(same);
    json_decref(manifest);
}

/* Without lstopo in reach everything else is written, and the manifest says why there is none. */
static void no_picture_without_lstopo(void **state)
{
    json_t *manifest = complete();
    char path[4096];

    (void)state;
    snprintf(path, sizeof path, "%s", getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(la_manifest_write(manifest, dir), 0);
    setenv("PATH", path, 1);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(manifest, "topology"), "picture")),
        "unavailable: lstopo-no-graphics is not installed");
    assert_int_not_equal(access(path_of("topology.svg"), F_OK), 0);
    assert_int_equal(access(path_of("manifest.json"), R_OK), 0);
    json_decref(manifest);
}

static void every_strategy_stands_in_it(void **state)
{
    json_t *manifest = la_manifest_new(), *strategies = json_object_get(manifest, "strategies");

    (void)state;
    for (size_t i = 0; lookaside_strategy_at(i); i++) {
        json_t *row = json_array_get(strategies, i);

        assert_string_equal(json_string_value(json_object_get(row, "name")),
                            lookaside_strategy_name(lookaside_strategy_at(i)));
        assert_true(json_is_boolean(json_object_get(row, "available")));
    }
    assert_null(lookaside_strategy_at(json_array_size(strategies)));
    json_decref(manifest);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_named),
        WITH_DIR(an_incomplete_one_is_not_written),
        cmocka_unit_test(a_directory_that_is_not_there),
        WITH_DIR(it_is_read_back_whole),
        WITH_DIR(a_second_command_adds_its_run),
        WITH_DIR(a_broken_one_is_not_joined),
        WITH_DIR(no_picture_without_lstopo),
        cmocka_unit_test(every_strategy_stands_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
