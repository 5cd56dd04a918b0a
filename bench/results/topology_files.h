/* SPDX-License-Identifier: MIT */
/* topology_files.h: the machine's topology beside a result: for tools and for eyes. */
#ifndef LOOKASIDE_TOPOLOGY_FILES_H
#define LOOKASIDE_TOPOLOGY_FILES_H

#include <jansson.h>

/* Writes topology.xml and, if lstopo is installed, topology.svg into dir. *names gets {"xml": name,
 * "picture": name or "unavailable: <reason>", "hwloc": version}. 0 or -errno. */
int la_topology_files_write(const char *dir, json_t **names);

#endif
