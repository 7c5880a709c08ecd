/* Who said a piece of text.  The numbers are those of the database. */
#ifndef STORE_ROLE_H
#define STORE_ROLE_H

enum role { ROLE_USER, ROLE_ASSISTANT, ROLE_SYSTEM, ROLE_COUNT };

/* "user", "assistant" or "system"; of a number that is no role "user". */
const char *role_name(enum role role);

#endif
