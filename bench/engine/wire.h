/* SPDX-License-Identifier: MIT */
/* wire.h: whole structures over a stream socket between two processes of a run. */
#ifndef LA_WIRE_H
#define LA_WIRE_H

#include <stdbool.h>
#include <stddef.h>

/* All of it, however often a signal comes in between; false once the other end is gone. */
bool la_wire_send(int socket, const void *data, size_t size);
bool la_wire_receive(int socket, void *data, size_t size);

#endif
