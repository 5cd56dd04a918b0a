/* SPDX-License-Identifier: MIT */
/* ntifs.h: drivers ask for this name; everything is in one header. */
#include "../wdm.h"
