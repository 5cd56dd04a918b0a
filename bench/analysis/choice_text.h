/* SPDX-License-Identifier: MIT */
/*
 * choice_text.h: the choice for a person at a terminal of 100 columns.
 */
#ifndef LOOKASIDE_ANALYSIS_CHOICE_TEXT_H
#define LOOKASIDE_ANALYSIS_CHOICE_TEXT_H

#include <stdio.h>

#include "choice_json.h"

void la_choice_text_write(const struct la_answers *answers, const char *dir, FILE *stream);

#endif
