/* SPDX-License-Identifier: MIT */
/*
 * map.c: see map.h.
 */
#include "map.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { NAMED_MAX = 3 };

const char *la_answer_name(enum la_answer answer)
{
    static const char *const names[] = {
        [LA_ANSWER_OPEN] = "open",       [LA_ANSWER_WINNER] = "winner", [LA_ANSWER_LISTS] = "lists",
        [LA_ANSWER_MALLOCS] = "mallocs", [LA_ANSWER_PLAIN] = "plain",
    };

    return names[answer];
}

/* --- who may be the answer --- */

static void add_ranked(struct la_map_cell *cell, bool all)
{
    const struct la_choice *choice = cell->choice;

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (all || i == 0 || choice->standings[i].tied)
            cell->may_be[choice->standings[i].contender] = true;
    }
}

static void fill_members(struct la_map_cell *cell, size_t baseline, enum la_advice advice)
{
    switch (advice) {
    case LA_ADVICE_NOT_WORTH:
        cell->may_be[baseline] = true;
        break;
    case LA_ADVICE_KEEP:
    case LA_ADVICE_GAIN_OPEN:
        add_ranked(cell, false);
        cell->may_be[baseline] = true;
        break;
    case LA_ADVICE_NONE:
        add_ranked(cell, true);
        break;
    default:
        add_ranked(cell, false);
        break;
    }
}

static void name_answer(const struct la_run *run, struct la_map_cell *cell, size_t baseline)
{
    bool lists = false, mallocs = false;

    for (size_t i = 0; i < run->nr_contenders; i++) {
        cell->nr_may_be += cell->may_be[i];
        lists |= cell->may_be[i] && run->roles[i] == LA_ROLE_LIST;
        mallocs |= cell->may_be[i] && run->roles[i] == LA_ROLE_PLAIN;
    }
    if (cell->nr_may_be == 1)
        cell->answer = cell->may_be[baseline] ? LA_ANSWER_PLAIN : LA_ANSWER_WINNER;
    else if (cell->nr_may_be > 1 && lists != mallocs)
        cell->answer = lists ? LA_ANSWER_LISTS : LA_ANSWER_MALLOCS;
}

static void make_cell(struct la_map *map, struct la_map_cell *cell, const struct la_choice *choice)
{
    const struct la_run *run = map->run;
    const struct la_standing *leader = la_choice_leader(choice);
    const size_t baseline = (size_t)la_run_contender(run, LA_BASELINE);

    cell->choice = choice;
    cell->group = &run->groups[choice->scope->groups[0]];
    cell->point = la_point_of(cell->group->workload);
    cell->may_be = map->members + map->nr_cells * run->nr_contenders;
    cell->leader = leader ? (int)leader->contender : -1;
    fill_members(cell, baseline, la_choice_advice(choice));
    name_answer(run, cell, baseline);
    map->has_grid |= cell->point.on_grid;
    map->nr_cells++;
}

/* --- letters --- */

static bool is_taken(const struct la_map *map, char letter)
{
    for (size_t i = 0; i < map->run->nr_contenders; i++) {
        if (map->letters[i] == letter)
            return true;
    }
    return false;
}

/* The first letter of the strategy's or the malloc's name that nobody has; else any. */
static char free_letter(const struct la_map *map, size_t contender)
{
    const char *name = map->run->contenders[contender];
    const bool is_plain = map->run->roles[contender] == LA_ROLE_PLAIN;
    const char *from = is_plain && strchr(name, '+') ? strchr(name, '+') + 1 : name;

    for (const char *at = from; *at && *at != '+'; at++) {
        const char letter = (char)(is_plain ? toupper((unsigned char)*at) : *at);

        if (isalpha((unsigned char)letter) && !is_taken(map, letter))
            return letter;
    }
    for (char letter = is_plain ? 'A' : 'a'; isalpha((unsigned char)letter); letter++) {
        if (!is_taken(map, letter))
            return letter;
    }
    return '*';
}

static bool is_named_somewhere(const struct la_map *map, size_t contender)
{
    for (size_t i = 0; i < map->nr_cells; i++) {
        const struct la_map_cell *cell = &map->cells[i];

        if (cell->leader == (int)contender ||
            (cell->may_be[contender] && cell->nr_may_be <= NAMED_MAX))
            return true;
    }
    return false;
}

static void give_letters(struct la_map *map)
{
    map->letters = la_new_array(map->run->nr_contenders, sizeof *map->letters);
    for (size_t i = 0; i < map->run->nr_contenders; i++) {
        if (is_named_somewhere(map, i))
            map->letters[i] = free_letter(map, i);
    }
}

/* --- the map --- */

void la_map_make(struct la_map *map, const struct la_run *run, const struct la_choice *by_group,
                 size_t nr)
{
    memset(map, 0, sizeof *map);
    map->run = run;
    map->cells = la_new_array(nr, sizeof *map->cells);
    map->members = la_new_array(nr * run->nr_contenders, sizeof *map->members);
    for (size_t i = 0; i < nr; i++)
        make_cell(map, &map->cells[i], &by_group[i]);
    give_letters(map);
}

void la_map_fini(struct la_map *map)
{
    free(map->cells);
    free(map->members);
    free(map->letters);
    memset(map, 0, sizeof *map);
}

const char *la_map_mark(const struct la_map *map, const struct la_map_cell *cell, char *text,
                        size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < map->run->nr_contenders && cell->nr_may_be <= NAMED_MAX; i++) {
        if (cell->may_be[i] && used + 2 < size)
            text[used++] = map->letters[i];
    }
    if (cell->nr_may_be != 1)
        text[used++] = '?';
    text[used] = '\0';
    return text;
}

const char *la_members_text(const struct la_run *run, const bool *members, char *text, size_t size)
{
    size_t nr = 0, nr_said = 0, used = 0;

    for (size_t i = 0; i < run->nr_contenders; i++)
        nr += members[i];
    if (nr == 0 || nr > NAMED_MAX) {
        snprintf(text, size, "not known");
        return text;
    }
    for (size_t i = 0; i < run->nr_contenders && used < size; i++) {
        const char *separator = nr_said == 0 ? "" : nr_said + 1 == nr ? " or " : ", ";

        if (!members[i])
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s", separator, run->contenders[i]);
        nr_said++;
    }
    return text;
}
