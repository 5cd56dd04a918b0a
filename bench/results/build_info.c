/* SPDX-License-Identifier: MIT */
/*
 * build_info.c: what the build system knew. Compiler and flags come in as definitions; the commit
 * is asked for at each build (describe.cmake), because a configure may be long ago.
 */
#include "build_info.h"

#include "describe.h" /* made by describe.cmake: LA_DESCRIBE */

const char *la_build_version(void)
{
    return LA_VERSION;
}

const char *la_build_describe(void)
{
    return LA_DESCRIBE;
}

const char *la_build_compiler(void)
{
    return LA_COMPILER;
}

const char *la_build_flags(void)
{
    return LA_FLAGS;
}

const char *la_build_type(void)
{
    return LA_BUILD_TYPE;
}

const char *la_build_version_line(void)
{
    return "lookaside " LA_VERSION " (" LA_DESCRIBE ")";
}
