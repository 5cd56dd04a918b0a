/* SPDX-License-Identifier: MIT */
/* ntddk.h: drivers ask for this name; everything is in one header. */
#include "../wdm.h"
