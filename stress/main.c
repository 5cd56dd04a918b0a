/* SPDX-License-Identifier: MIT */
/* main.c: lookaside-stress; see command.h. */
#include <stddef.h>

#include "command.h"

int main(int argc, char **argv)
{
    return stress_command(argc, argv, NULL);
}
