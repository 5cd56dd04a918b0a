/* SPDX-License-Identifier: MIT */
/*
 * run_manifest.c: the manifest of a run. It stands here, above all layers, because it brings
 * together what lower ones must not know of each other: the machine, the allocators and the peers.
 */
#include "run_manifest.h"

#include <string.h>

#include "allocator.h"
#include "cli.h"
#include "manifest.h"
#include "peer.h"

json_t *cli_manifest_begin(void)
{
    return la_manifest_new();
}

static json_t *allocator_json(const struct la_allocator *allocator)
{
    struct la_allocator_calls calls;
    const char *why = NULL;

    if (!allocator->load(&calls, &why))
        return json_pack("{s:s, s:b, s:s?, s:n, s:n}", "name", allocator->name, "available", 0,
                         "detail", why, "version", "path");
    return json_pack("{s:s, s:b, s:n, s:s, s:s?}", "name", allocator->name, "available", 1,
                     "detail", "version", allocator->version(), "path",
                     la_allocator_object(allocator));
}

/* After the run: asking for an allocator loads it, and one that was not measured should not be
 * there while others are. */
static json_t *allocators_json(void)
{
    const struct la_allocator *allocator;
    json_t *all = json_array();

    for (size_t i = 0; (allocator = la_allocator_at(i)); i++)
        json_array_append_new(all, allocator_json(allocator));
    return all;
}

static json_t *peers_json(void)
{
    const struct la_peer *peer;
    json_t *all = json_array();

    for (size_t i = 0; (peer = la_peer_at(i)); i++) {
        const char *detail = NULL;
        const int available = !peer->strategy.supported || peer->strategy.supported(&detail);

        json_array_append_new(all, json_pack("{s:s, s:b, s:s?, s:s}", "name", peer->strategy.name,
                                             "available", available, "detail", detail, "lacks",
                                             peer->lacks));
    }
    return all;
}

int cli_manifest_end(json_t *manifest, const char *dir, const char *command, json_t *settings,
                     json_t *noise)
{
    int status;

    json_object_set_new(manifest, "allocators", allocators_json());
    json_object_set_new(manifest, "peers", peers_json());
    la_manifest_add_run(manifest, command, settings, noise);
    la_manifest_join(manifest, dir);
    status = la_manifest_write(manifest, dir);
    json_decref(manifest);
    if (status)
        return cli_bad("cannot write %s/manifest.json: %s", dir, strerror(-status));
    return CLI_DONE;
}
