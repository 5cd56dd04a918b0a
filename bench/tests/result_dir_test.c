/* SPDX-License-Identifier: MIT */
/*
 * result_dir_test.c: result directories and files: whole or not at all, and nothing left where
 * nothing could be written. Refusals are provoked by a file in the way and by /proc, because a
 * superuser's tests pass every permission bit.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "result_dir.h"

static char scratch[64];
static int home = -1;

static int enter_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/lookaside-test-XXXXXX");
    home = open(".", O_RDONLY | O_DIRECTORY);
    return home < 0 || !mkdtemp(scratch) || chdir(scratch) != 0 ? -1 : 0;
}

static int leave_scratch(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (fchdir(home) != 0 || close(home) != 0)
        return -1;
    return system(command);
}

/* Names in the directory, without "." and "..". */
static unsigned nr_names(const char *path)
{
    DIR *dir = opendir(path);
    unsigned nr = 0;

    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        nr += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return nr;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void default_name_says_when_and_where(void **state)
{
    char path[4096], again[4096], host[256];
    int year, month, day, hour, minute, second;

    (void)state;
    assert_int_equal(la_result_dir_create(NULL, path, sizeof path), 0);
    assert_int_equal(sscanf(path, "results/%4d-%2d-%2dT%2d-%2d-%2dZ-%255s", &year, &month, &day,
                            &hour, &minute, &second, host),
                     7);
    assert_int_equal(nr_names(path), 0);
    assert_int_equal(la_result_dir_create(NULL, again, sizeof again), 0);
    assert_string_not_equal(path, again);
    assert_int_equal(nr_names("results"), 2);
}

static void given_directory_with_parents(void **state)
{
    char path[4096];

    (void)state;
    assert_int_equal(la_result_dir_create("a/b/c//", path, sizeof path), 0);
    assert_string_equal(path, "a/b/c");
    assert_int_equal(la_result_dir_create("a/b/c", path, sizeof path), 0);
    assert_int_equal(nr_names("a/b/c"), 0);
}

static void a_file_in_the_way(void **state)
{
    char path[4096];

    (void)state;
    write_file("file", "x");
    assert_int_equal(la_result_dir_create("file", path, sizeof path), -ENOTDIR);
    assert_int_equal(la_result_dir_create("file/below", path, sizeof path), -ENOTDIR);
    assert_int_equal(la_result_dir_create("", path, sizeof path), -ENOENT);
    assert_int_equal(nr_names("."), 1);
}

static void a_read_only_place(void **state)
{
    char path[4096];

    (void)state;
    assert_true(la_result_dir_create("/proc/lookaside", path, sizeof path) < 0);
    assert_true(la_result_dir_create("/proc", path, sizeof path) < 0);
}

static void failure_undoes_new_parents(void **state)
{
    char path[4096], longer[300];

    (void)state;
    strcpy(longer, "new/deeper/");
    memset(longer + 11, 'n', 280); /* longer than a name may be */
    longer[291] = '\0';
    assert_int_equal(la_result_dir_create(longer, path, sizeof path), -ENAMETOOLONG);
    assert_int_equal(nr_names("."), 0);
    assert_int_equal(la_result_dir_create("abc", path, 3), -ENAMETOOLONG);
    assert_int_equal(nr_names("."), 0);
}

static void latest_points_at_the_newest(void **state)
{
    char path[4096], again[4096], target[4096];
    ssize_t length;

    (void)state;
    assert_int_equal(la_result_dir_create(NULL, path, sizeof path), 0);
    la_result_dir_set_latest(path);
    assert_int_equal(la_result_dir_create(NULL, again, sizeof again), 0);
    la_result_dir_set_latest(again);
    length = readlink("results/latest", target, sizeof target - 1);
    assert_true(length > 0);
    target[length] = '\0';
    assert_string_equal(target, again + strlen("results/"));
    assert_int_equal(nr_names("results"), 3);
}

static void latest_stays_out_of_other_places(void **state)
{
    char path[4096];
    struct stat found;

    (void)state;
    assert_int_equal(la_result_dir_create("mine/run", path, sizeof path), 0);
    la_result_dir_set_latest(path);
    assert_int_equal(nr_names("mine"), 1);
    assert_int_equal(la_result_dir_create(NULL, path, sizeof path), 0);
    write_file("results/latest", "somebody's own file");
    la_result_dir_set_latest(path);
    assert_int_equal(lstat("results/latest", &found), 0);
    assert_true(S_ISREG(found.st_mode));
}

static void discard_only_what_is_empty(void **state)
{
    char path[4096], again[4096], inside[4200];

    (void)state;
    assert_int_equal(la_result_dir_create(NULL, path, sizeof path), 0);
    la_result_dir_discard_empty(path);
    assert_int_equal(nr_names("."), 0);
    assert_int_equal(la_result_dir_create(NULL, again, sizeof again), 0);
    snprintf(inside, sizeof inside, "%s/bench.json", again);
    write_file(inside, "{}");
    la_result_dir_discard_empty(again);
    assert_int_equal(nr_names(again), 1);
}

static void a_file_appears_when_whole(void **state)
{
    struct la_result_file file;
    char text[16];

    (void)state;
    assert_int_equal(la_result_file_open(&file, ".", "bench.json"), 0);
    fputs("{}", file.stream);
    fflush(file.stream);
    assert_int_not_equal(access("bench.json", F_OK), 0);
    assert_int_equal(la_result_file_commit(&file), 0);
    assert_int_equal(nr_names("."), 1);
    file.stream = fopen("bench.json", "r");
    assert_non_null(fgets(text, sizeof text, file.stream));
    fclose(file.stream);
    assert_string_equal(text, "{}");
}

static void an_abandoned_file_leaves_the_old_one(void **state)
{
    struct la_result_file file;
    struct stat found;

    (void)state;
    write_file("bench.json", "old");
    assert_int_equal(la_result_file_open(&file, ".", "bench.json"), 0);
    fputs("new and longer", file.stream);
    la_result_file_abandon(&file);
    la_result_file_abandon(&file);
    assert_int_equal(nr_names("."), 1);
    assert_int_equal(stat("bench.json", &found), 0);
    assert_int_equal(found.st_size, 3);
}

static void a_file_that_cannot_be_written(void **state)
{
    struct la_result_file file;

    (void)state;
    assert_int_equal(la_result_file_open(&file, "missing", "x"), -ENOENT);
    la_result_file_abandon(&file);
    assert_int_equal(la_result_file_open(&file, ".", "x"), 0);
    assert_int_equal(mkdir("x", 0777), 0);
    assert_true(la_result_file_commit(&file) < 0);
    assert_int_equal(nr_names("."), 1);
}

static void a_full_disk_is_noticed(void **state)
{
    struct la_result_file file;
    FILE *full;

    (void)state;
    assert_int_equal(la_result_file_open(&file, ".", "x"), 0);
    full = freopen("/dev/full", "w", file.stream);
    assert_non_null(full);
    fputs("text", full);
    assert_int_equal(la_result_file_commit(&file), -ENOSPC);
    assert_int_equal(nr_names("."), 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(default_name_says_when_and_where),
        IN_SCRATCH(given_directory_with_parents),
        IN_SCRATCH(a_file_in_the_way),
        IN_SCRATCH(a_read_only_place),
        IN_SCRATCH(failure_undoes_new_parents),
        IN_SCRATCH(latest_points_at_the_newest),
        IN_SCRATCH(latest_stays_out_of_other_places),
        IN_SCRATCH(discard_only_what_is_empty),
        IN_SCRATCH(a_file_appears_when_whole),
        IN_SCRATCH(an_abandoned_file_leaves_the_old_one),
        IN_SCRATCH(a_file_that_cannot_be_written),
        IN_SCRATCH(a_full_disk_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
