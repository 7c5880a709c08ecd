/*
 * An exchange as JSON text, which is what a spool file holds.  Texts come back
 * exactly as they went in.  The reader trusts nothing.  Any thread may call.
 */
#ifndef STORE_SPOOL_FORMAT_H
#define STORE_SPOOL_FORMAT_H

#include "store/exchange.h"

/* *text is owned by `a`.  Errors: ERR_TOO_LARGE past SPOOL_FILE_MAX_BYTES. */
enum status spool_format_write(struct arena *a, const struct exchange *x,
                               struct str *text,
                               struct error *err) MUST_CHECK;

/*
 * The exchange that the text holds, owned by `a`.
 *
 * Errors   ERR_INPUT: not JSON, a member missing or of a wrong type, a text
 *          that is not UTF-8 or holds NUL, an unknown role, more pieces than
 *          EXCHANGE_PIECES_MAX, a negative id
 */
enum status spool_format_read(struct arena *a, struct str text,
                              struct exchange *x,
                              struct error *err) MUST_CHECK;

#endif
