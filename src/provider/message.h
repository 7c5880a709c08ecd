/*
 * What the dialects' conversations have in common: a list of messages, each
 * with a role and a content that is a string or a list of parts, some of them
 * text.  A shape says how a dialect names these.
 */
#ifndef PROVIDER_MESSAGE_H
#define PROVIDER_MESSAGE_H

#include "provider/dialect.h"

struct shape {
    const char *content;       /* the member: "content", "parts"            */
    const char *text_types;    /* "text|input_text": parts that hold text;
                                  "": every part with text but a thought    */
    const char *user_roles;    /* "user"; a leading "|" allows none at all  */
    const char *model_roles;   /* "assistant"                               */
    const char *system_roles;  /* "system|developer", or ""                 */
    const char *text_part;     /* how a text part begins, up to the quote of
                                  its text: {"type":"text","text":"         */
};

/* True when the role of a message is one of "a|b". */
bool message_has_role(struct arena *a, const struct json *message,
                      const char *roles);

/*
 * The text of a content (a string, or text parts joined by newlines), and the
 * place behind it; owned by `a` or borrowed.
 */
struct str message_text(struct arena *a, const struct shape *shape,
                        const struct json *content, struct place *place);

/*
 * Fills the prompt from its list: question, author, storable, query, tail and,
 * from system messages in the list, instructions.
 *
 * is_tool_result  true for a message that only carries what a tool gave; may
 *                 be NULL
 */
void message_scan(struct arena *a, const struct shape *shape,
                  bool (*is_tool_result)(struct arena *a,
                                         const struct json *message),
                  struct prompt *p);

/* Takes our members out of the root, the messages and their parts, and writes
 * the model's new name in its place. */
void message_strip(const struct shape *shape, const struct prompt *p,
                   struct str model, struct splice *s);

/* Writes the model's new name in its place. */
void message_rename(const struct prompt *p, struct str model,
                    struct splice *s);

/* Adds `text` at a place that has one. */
void message_insert(const struct shape *shape, const struct place *place,
                    struct str text, struct splice *s);

/* Adds `text` as the last part of a list of parts. */
void message_append(const struct shape *shape, const struct json *parts,
                    struct str text, struct splice *s);

/* "before" + the inside of a JSON string + "after", owned by `a`. */
struct str message_quote(struct arena *a, const char *before, struct str text,
                         const char *after);

/* OK when p->list is an array of objects, and not an empty one.  Errors:
 * ERR_INPUT "Missing required field" + what, and the hint. */
enum status message_check_list(const struct prompt *p, const char *what,
                               const char *hint,
                               struct error *err) MUST_CHECK;

/* The checks that all dialects share: JSON, an object, a model.  Fills
 * document, root, model, model_raw and stream. */
enum status message_read_root(struct arena *a, struct str body, size_t depth,
                              bool model_in_body, struct prompt *p,
                              struct error *err) MUST_CHECK;

#endif
