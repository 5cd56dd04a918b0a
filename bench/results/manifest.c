/* SPDX-License-Identifier: MIT */
/* manifest.c: puts manifest.json together from the build, the machine and what the caller adds. */
#include "manifest.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "lookaside.h"
#include "machine.h"
#include "proc.h"
#include "result_dir.h"
#include "strategy.h"
#include "topology_files.h"

static json_t *tool(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "lookaside", "version",
                     la_build_version(), "describe", la_build_describe(), "compiler",
                     la_build_compiler(), "flags", la_build_flags(), "build_type", la_build_type());
}

static json_t *utc_now(void)
{
    const time_t now = time(NULL);
    char stamp[32];
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(stamp);
}

static json_t *host(void)
{
    struct utsname names;

    if (uname(&names) != 0)
        return json_string("unknown");
    return json_pack("{s:o, s:s, s:s, s:s}", "name", la_proc_string(names.nodename), "system",
                     names.sysname, "architecture", names.machine, "glibc", gnu_get_libc_version());
}

static json_t *strategies(void)
{
    const struct lookaside_strategy *strategy;
    json_t *all = json_array();

    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        const char *detail = NULL;
        const int available = strategy->supported ? strategy->supported(&detail) : 1;

        json_array_append_new(all, json_pack("{s:s, s:b, s:s?}", "name", strategy->name,
                                             "available", available, "detail", detail));
    }
    return all;
}

json_t *la_manifest_new(void)
{
    json_t *machine = la_machine_facts("");

    if (machine)
        json_object_set_new(machine, "pmu", la_machine_pmu());
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", LA_MANIFEST_SCHEMA, "tool",
                     tool(), "started_utc", utc_now(), "host", host(), "machine", machine, "rseq",
                     la_machine_rseq(), "strategies", strategies());
}

const char *la_manifest_missing(const json_t *manifest)
{
    static const char *const required[] = {"schema",   "tool", "started_utc", "host",
                                           "machine",  "rseq", "strategies",  "allocators",
                                           "settings", "noise"};

    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        if (!json_object_get(manifest, required[i]))
            return required[i];
    }
    return NULL;
}

/* The manifest's object of that name, made if need be. */
static json_t *section(json_t *manifest, const char *name)
{
    if (!json_is_object(json_object_get(manifest, name)))
        json_object_set_new(manifest, name, json_object());
    return json_object_get(manifest, name);
}

void la_manifest_add_run(json_t *manifest, const char *command, json_t *settings, json_t *noise)
{
    json_object_set(settings, "started_utc", json_object_get(manifest, "started_utc"));
    json_object_set_new(settings, "describe", json_string(la_build_describe()));
    json_object_set_new(section(manifest, "settings"), command, settings);
    json_object_set_new(section(manifest, "noise"), command, noise);
}

void la_manifest_join(json_t *manifest, const char *dir)
{
    char path[PATH_MAX];
    json_t *before;

    snprintf(path, sizeof path, "%s/manifest.json", dir);
    before = json_load_file(path, 0, NULL);
    if (before &&
        json_equal(json_object_get(before, "schema"), json_object_get(manifest, "schema")) &&
        !la_manifest_missing(before)) {
        json_object_update(section(before, "settings"), section(manifest, "settings"));
        json_object_update(section(before, "noise"), section(manifest, "noise"));
        json_object_update(manifest, before);
    }
    json_decref(before);
}

static int write_json(const json_t *json, const char *dir, const char *name)
{
    struct la_result_file file;
    const int status = la_result_file_open(&file, dir, name);

    if (status)
        return status;
    if (json_dumpf(json, file.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0 ||
        fputc('\n', file.stream) == EOF) {
        la_result_file_abandon(&file);
        return -EIO;
    }
    return la_result_file_commit(&file);
}

int la_manifest_write(json_t *manifest, const char *dir)
{
    json_t *topology = NULL;
    int status;

    if (la_manifest_missing(manifest))
        return -EINVAL;
    status = la_topology_files_write(dir, &topology);
    if (status)
        return status;
    json_object_set_new(manifest, "topology", topology);
    json_object_set_new(manifest, "written_utc", utc_now());
    return write_json(manifest, dir, "manifest.json");
}
