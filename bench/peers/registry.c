/* SPDX-License-Identifier: MIT */
/* registry.c: the table of peers, and what their files share; see peer.h. */
#include <string.h>

#include "peer.h"

#define LOOKASIDE_PEER(name) extern const struct la_peer la_peer_##name;
#include "peers.def"
#undef LOOKASIDE_PEER

static const struct la_peer *const peers[] = {
#define LOOKASIDE_PEER(name) &la_peer_##name,
#include "peers.def"
#undef LOOKASIDE_PEER
};

const struct la_peer *la_peer_at(size_t index)
{
    return index < sizeof peers / sizeof *peers ? peers[index] : NULL;
}

const struct la_peer *la_peer_find(const char *name)
{
    const struct la_peer *peer;

    for (size_t i = 0; (peer = la_peer_at(i)); i++) {
        if (strcmp(peer->strategy.name, name) == 0)
            return peer;
    }
    return NULL;
}

int la_peer_init(struct lookaside *list)
{
    (void)list;
    return 0;
}

void la_peer_fini(struct lookaside *list)
{
    (void)list;
}

void la_peer_stats(struct lookaside *list, struct lookaside_strategy_stats *stats)
{
    (void)list;
    *stats = (struct lookaside_strategy_stats){0};
}
