/*
 * Where bytes go: a function and what it needs.  The receiver must not keep
 * the bytes after it returned.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include "base/error.h"
#include "base/str.h"

struct sink {
    /* Takes all of `bytes`, or says why not; nothing comes after an error. */
    enum status (*write)(void *owner, struct str bytes, struct error *err);
    void *owner;
};

#endif
