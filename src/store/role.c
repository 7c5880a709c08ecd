/* The names of roles. */
#include "store/role.h"

#include <stddef.h>

#include "base/banned.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_USER] = "user",
    [ROLE_ASSISTANT] = "assistant",
    [ROLE_SYSTEM] = "system",
};

const char *
role_name(enum role role)
{
    return names[(size_t)role < ROLE_COUNT ? role : ROLE_USER];
}
