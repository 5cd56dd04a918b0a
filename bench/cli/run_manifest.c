/* SPDX-License-Identifier: MIT */
/*
 * run_manifest.c: the manifest of a run. It stands here, above all layers, because it brings
 * together what lower ones must not know of each other: the machine and the allocators.
 */
#include "run_manifest.h"

#include <string.h>

#include "cli.h"
#include "manifest.h"

json_t *cli_manifest_begin(void)
{
    json_t *manifest = la_manifest_new();

    if (manifest)
        json_object_set_new(manifest, "allocators", json_array());
    return manifest;
}

int cli_manifest_end(json_t *manifest, const char *dir, const char *command, json_t *settings,
                     json_t *noise)
{
    int status;

    la_manifest_add_run(manifest, command, settings, noise);
    la_manifest_join(manifest, dir);
    status = la_manifest_write(manifest, dir);
    json_decref(manifest);
    if (status)
        return cli_bad("cannot write %s/manifest.json: %s", dir, strerror(-status));
    return CLI_DONE;
}
