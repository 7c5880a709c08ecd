/*
 * What a key may do.  A key has a set of rights, written as scope words; what
 * an endpoint needs stands in the table of api/routes.c.
 *
 * An empty list of words, as keys of `memoryrouter-admin key add` have it,
 * means everything.  Pure functions.
 */
#ifndef STORE_RIGHTS_H
#define STORE_RIGHTS_H

#include "base/arena.h"

enum right {
    RIGHT_OPEN = 0,           /* nothing is needed, not even a key     */
    RIGHT_CHAT = 1,           /* to call models                        */
    RIGHT_READ = 2,    /* to recall, list and search            */
    RIGHT_WRITE = 4,   /* to store, change and delete           */
    RIGHT_ADMIN = 8,          /* over the keys of the own account      */
    RIGHT_KEY = 16,           /* any live key                          */
    RIGHT_SECRET = 32,        /* the server's admin secret, and no key */
};

enum {
    RIGHTS_ALL = RIGHT_CHAT | RIGHT_READ | RIGHT_WRITE |
                 RIGHT_ADMIN,
    RIGHTS_USER = RIGHTS_ALL & ~RIGHT_ADMIN,  /* who only uses a key */
};

/* Whether a key that has these rights has the one that is needed. */
bool rights_have(int rights, enum right needed);

/* Adds the right of a word ("memory:read"); false for an unknown one. */
bool rights_add_word(int *rights, struct str word);

/* The set of a list of words; words that are not known give nothing. */
int rights_read(struct str words);

/* The words of a set, separated by blanks, owned by `a`; "" for all. */
struct str rights_words(struct arena *a, int rights);

/* The word of the i-th right and what it is; NULL past the last. */
const char *rights_word(size_t i, enum right *right);

#endif
