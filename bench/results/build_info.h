/* SPDX-License-Identifier: MIT */
/* build_info.h: what this executable was made from and by; stands in every result. */
#ifndef LOOKASIDE_BUILD_INFO_H
#define LOOKASIDE_BUILD_INFO_H

const char *la_build_version(void);  /* "0.1.0" */
const char *la_build_describe(void); /* git describe when it was built; "unknown" outside git */
const char *la_build_compiler(void); /* "GNU 12.2.0" */
const char *la_build_flags(void);    /* the C flags of this build type */
const char *la_build_type(void);
const char *la_build_version_line(void); /* "lookaside 0.1.0 (describe)" */

#endif
