/* SPDX-License-Identifier: MIT */
/* slab.c: the slab that is no slab. See slab.h. */
#include "slab.h"

const struct la_slab la_slab_away = {0};
