/* SPDX-License-Identifier: MIT */
/* ndis.h: drivers ask for this name; everything is in one header. */
#include "../wdm.h"
