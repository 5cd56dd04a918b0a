/* SPDX-License-Identifier: MIT */
/* points.c: see points.h. */
#include "points.h"

#include <string.h>

static const struct stress_point points[] = {
#define LA_POINT(number, file, window) {number, file, window, NULL},
#define LA_POINT_ELSEWHERE(number, file, window, who) {number, file, window, who},
#include "points.def"
#undef LA_POINT
#undef LA_POINT_ELSEWHERE
};

const struct stress_point *stress_point_at(size_t index)
{
    return index < sizeof points / sizeof *points ? &points[index] : NULL;
}

const struct stress_point *stress_point_find(unsigned number)
{
    const struct stress_point *point;

    for (size_t i = 0; (point = stress_point_at(i)); i++) {
        if (point->number == number)
            return point;
    }
    return NULL;
}

/* Files of strategies that do not have the strategy's name. */
static const struct {
    const char *file, *strategies[4];
} shared[] = {
    {"impl/spinlock.h", {"slist", "percpu", "magazine"}},
    {"impl/spinlock_wait.c", {"slist", "percpu", "magazine"}},
    {"strategies/biased.c", {"percpu", "magazine"}},
    {"strategies/biased.h", {"percpu", "magazine"}},
    {"strategies/hazard.c", {"slist"}},
    {"strategies/slots.c", {"magazine"}},
};
enum { NR_SHARED = sizeof shared / sizeof *shared };

/* strategies/<name>.c and strategies/<name>_*.c, or wherever else. */
static bool is_named_after(const char *file, const char *strategy)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const size_t length = strlen(strategy);

    return strncmp(name, strategy, length) == 0 && (name[length] == '.' || name[length] == '_');
}

bool stress_point_is_of(const struct stress_point *point, const char *strategy)
{
    for (size_t i = 0; i < NR_SHARED; i++) {
        if (strcmp(shared[i].file, point->file) != 0)
            continue;
        for (const char *const *name = shared[i].strategies; *name; name++) {
            if (strcmp(*name, strategy) == 0)
                return true;
        }
        return false;
    }
    return strncmp(point->file, "impl/", 5) == 0 || is_named_after(point->file, strategy);
}
