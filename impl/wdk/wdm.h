/* SPDX-License-Identifier: MIT */
/* wdm.h: drivers ask for this name; everything is in one header. */
#include "../wdm.h"
