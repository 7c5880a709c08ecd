/*
 * Many passages into vectors, by several threads at once.
 */
#ifndef MEMORY_LEARN_ENCODE_H
#define MEMORY_LEARN_ENCODE_H

#include "memory/embed.h"

struct learn_encode {
    struct embedder  *embedder;
    const struct str *texts;
    size_t            count;
    size_t            dimensions;
    size_t            group;      /* texts of one call, 1 or more */
    size_t            threads;    /* most, 1 or more              */
    float            *vectors;    /* count rows; those of refused texts and
                                     of empty ones are not set    */
    bool             *has_vector; /* [count]                      */
};

/* Texts of about the same length go into one call.
 * Errors: those of embed_passages(); then no row counts. */
enum status learn_encode(const struct learn_encode *work, struct arena *a,
                         struct error *err) MUST_CHECK;

#endif
