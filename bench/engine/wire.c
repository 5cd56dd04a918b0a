/* SPDX-License-Identifier: MIT */
/* wire.c: see wire.h. */
#include "wire.h"

#include <errno.h>
#include <sys/socket.h>

bool la_wire_send(int socket, const void *data, size_t size)
{
    const char *from = data;

    while (size > 0) {
        const ssize_t sent = send(socket, from, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        from += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool la_wire_receive(int socket, void *data, size_t size)
{
    char *to = data;

    while (size > 0) {
        const ssize_t received = recv(socket, to, size, 0);

        if (received < 0 && errno == EINTR)
            continue;
        if (received <= 0)
            return false;
        to += received;
        size -= (size_t)received;
    }
    return true;
}
