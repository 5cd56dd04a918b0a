/* SPDX-License-Identifier: MIT */
/* jemalloc_object.c: the shared object's own source is empty: everything in it comes from
 * jemalloc's archive, and its two names from the linker's command line. */
typedef int la_jemalloc_object_is_not_empty;
