/*
 * A provider's own list of its models: where it is, and what it says.
 *
 * The list stands beside the calls of one of the row's dialects, and is read
 * page by page.  Models that do not chat are left out as far as the list or
 * their names tell.  Pure functions.
 */
#ifndef PROVIDER_LISTING_H
#define PROVIDER_LISTING_H

#include "provider/providers.h"

struct listing_model {
    struct str name;            /* as requests name it */
    int64_t    context_tokens;  /* 0: the list does not say */
    int64_t    input_price;     /* millionths of USD a million tokens; */
    int64_t    output_price;    /* -1: the list does not say           */
};

struct listing_page {
    struct listing_model *list;
    size_t                count;
    struct str            next;  /* for listing_url(); empty: the last page */
};

/* The dialect whose list tells most of this provider's models. */
enum dialect_id listing_dialect(const struct provider *row);

/*
 * The address of a page, NUL-terminated and owned by `a`.
 *
 * after    empty for the first page, else `next` of the page before
 * Errors   ERR_INPUT when the row serves no dialect that has a list
 */
enum status listing_url(struct arena *a, const struct provider *row,
                        enum dialect_id dialect, struct str after,
                        struct str *url, struct error *err) MUST_CHECK;

/* Reads a page; its texts are owned by `a` or borrow the body.  Errors:
 * ERR_UPSTREAM when it is no list of models. */
enum status listing_read(struct arena *a, struct str body,
                         struct listing_page *page,
                         struct error *err) MUST_CHECK;

#endif
