/*
 * Lists of models in the shapes of the families' SDKs, and their pages.
 *
 * OpenAI's and Anthropic's SDKs, and clients of the compatible service, are
 * served by one body with the members of all three; Google's has its own.
 * Pure functions; any thread may call.
 */
#ifndef API_MODEL_BODIES_H
#define API_MODEL_BODIES_H

#include <stdint.h>

#include "base/buf.h"

struct model_entry {
    struct str  id;              /* "provider/name" */
    struct str  name;
    const char *provider;
    int64_t     context_tokens;  /* 0: not known */
    int64_t     since_ms;        /* 0: not known */
    bool        by_google;       /* can be called in Google's dialect */
};

/* What a caller can use; entries of one provider stand together. */
struct model_entries {
    struct model_entry *list;
    size_t              count;
};

/* A run of them; first + count is at most the number of all. */
struct model_page {
    size_t first;
    size_t count;
    bool   more;
};

enum { MODEL_PAGE_MAX = 1000, MODEL_BODIES_MAX_BYTES = 16 << 20 };

/*
 * Anthropic's pages: `limit` (1..MODEL_PAGE_MAX) entries behind `after`, or
 * the last ones before `before`.  Empty texts: not given; without a limit the
 * page has all.
 * Errors   ERR_INPUT for the caller
 */
enum status model_bodies_page(const struct model_entries *all,
                              struct str limit, struct str after,
                              struct str before, struct model_page *page,
                              struct error *err) MUST_CHECK;

/* Google's pages; `token` is the nextPageToken of the page before.  More than
 * MODEL_PAGE_MAX entries are not given at once.  Errors as above. */
enum status model_bodies_google_page(const struct model_entries *all,
                                     struct str size, struct str token,
                                     struct model_page *page,
                                     struct error *err) MUST_CHECK;

/* Whole bodies, appended to `b`; `a` is for scratch. */
void model_bodies_list(struct buf *b, struct arena *a,
                       const struct model_entries *all,
                       const struct model_page *page);
void model_bodies_one(struct buf *b, struct arena *a,
                      const struct model_entry *m);
void model_bodies_google_list(struct buf *b, const struct model_entries *all,
                              const struct model_page *page);
void model_bodies_google_one(struct buf *b, const struct model_entry *m);

#endif
