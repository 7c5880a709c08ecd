/*
 * Asking a provider for its models, and by that whether it takes a key.
 */
#ifndef PROVIDER_INQUIRY_H
#define PROVIDER_INQUIRY_H

#include "platform/http.h"
#include "provider/listing.h"

struct inquiry {
    struct http           *http;
    const struct conf     *conf;  /* how long to wait */
    const struct provider *row;
    struct str             key;   /* "": none is sent */
};

/*
 * A page of the provider's list (listing.h); its texts are owned by `a`.
 *
 * after    as for listing_url()
 * Errors   ERR_CONFIG: the row has no address; ERR_INPUT: nor a list;
 *          ERR_UPSTREAM, ERR_TIMEOUT
 */
enum status inquiry_page(struct arena *a, const struct inquiry *q,
                         struct str after, struct listing_page *page,
                         struct error *err) MUST_CHECK;

enum inquiry_verdict {
    INQUIRY_OK,           /* the list was given */
    INQUIRY_REFUSED,      /* the key is not taken */
    INQUIRY_UNREACHABLE,  /* anything else: it says nothing about the key */
};

/* "ok", "refused", "unreachable". */
const char *inquiry_word(enum inquiry_verdict verdict);

/* Whether the provider takes the key.  *note says more, or is empty; it is
 * owned by `a` and never holds the key. */
enum inquiry_verdict inquiry_key(struct arena *a, const struct inquiry *q,
                                 struct str *note);

#endif
