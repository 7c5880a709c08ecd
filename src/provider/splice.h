/*
 * Edits of a JSON document by byte ranges: everything that no edit names is
 * copied as it was.
 *
 * Edits may be added in any order but must not overlap; insertions at one
 * place keep the order in which they were added, and stand before what is
 * replaced there.
 */
#ifndef PROVIDER_SPLICE_H
#define PROVIDER_SPLICE_H

#include "platform/json.h"

enum { SPLICE_EDITS_MAX = 8192 };

struct splice_edit {
    size_t     from, to;   /* the bytes that go */
    struct str text;       /* what comes instead */
};

struct splice {
    struct arena       *arena;
    struct str          document;
    struct splice_edit *edits;
    size_t              count, room;
};

void splice_init(struct splice *s, struct arena *a, struct str document);

/* Replaces `range`, which must lie in the document, by `text` (borrowed until
 * splice_finish()). */
void splice_replace(struct splice *s, struct str range, struct str text);

/* Puts `text` before the document's byte at `at`. */
void splice_insert(struct splice *s, const char *at, struct str text);

/* Removes the members whose name is in the list, with the commas that stood
 * between them and what stays. */
void splice_remove_members(struct splice *s, const struct json *object,
                           const char *const *names, size_t count);

/*
 * The edited document, owned by the arena; the document itself when there is
 * no edit.  Errors: ERR_INPUT when there were more than SPLICE_EDITS_MAX.
 */
enum status splice_finish(struct splice *s, struct str *result,
                          struct error *err) MUST_CHECK;

#endif
