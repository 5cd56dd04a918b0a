/* SPDX-License-Identifier: MIT */
/*
 * choice_text.h: the choice for a person at a terminal of 100 columns.
 */
#ifndef LOOKASIDE_ANALYSIS_CHOICE_TEXT_H
#define LOOKASIDE_ANALYSIS_CHOICE_TEXT_H

#include <stdio.h>

#include "choice_json.h"

/* Breaks at blanks; every line starts with indent blanks, and the text of an item ("- ") is
 * aligned. */
void la_print_wrapped(FILE *stream, const char *text, int indent);

void la_choice_text_write(const struct la_decision *decision, const char *dir, FILE *stream);

#endif
