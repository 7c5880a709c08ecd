/*
 * Settings of a key as JSON: what a body may say, and how a key is told.  The
 * same for the owner's endpoints (api/keys.c) and the server's (api/admin.c).
 */
#ifndef API_KEY_FIELDS_H
#define API_KEY_FIELDS_H

#include "platform/json.h"
#include "store/keys.h"

/*
 * Changes the settings that the body names; null gives a setting back to
 * account and server.  Members that are not known change nothing.
 *
 * body     an object, or a value of type JSON_NONE
 * s        its new texts are owned by `a` or borrowed from the body
 * Errors   ERR_INPUT for the caller, with what would be right; *s is then
 *          changed in part
 */
enum status key_fields_read(struct arena *a, const struct json *body,
                            struct keys_settings *s,
                            struct error *err) MUST_CHECK;

/* The members of a key's object, without braces and without any secret. */
void key_fields_write(struct buf *b, struct arena *a,
                      const struct keys_row *row);

/* An array of keys. */
void key_fields_write_list(struct buf *b, struct arena *a,
                           const struct keys_row *list, size_t count);

#endif
