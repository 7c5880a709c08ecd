/*
 * What the router must know of a dialect: one table of functions each.
 *
 * A dialect finds the question in the caller's JSON, says where memory may be
 * put, which members are ours, and reads text and usage out of replies.  It
 * never builds a request from parts: all it does to a body are edits of
 * provider/splice.h.
 */
#ifndef PROVIDER_DIALECT_H
#define PROVIDER_DIALECT_H

#include "base/buf.h"
#include "platform/crypto.h"
#include "provider/providers.h"
#include "provider/splice.h"

enum { STREAM_JSON_DEPTH = 256 };

/* Where memory may be added to a text. */
struct place {
    const char *in_text;     /* before the quote that closes the text; NULL:
                                there is no text                             */
    const char *after_part;  /* behind the part, when its text must stay as it
                                is (it ends what a provider caches)          */
};

/* What a dialect found in a request; all of it borrows the document. */
struct prompt {
    struct str  document;
    struct json root;
    struct json list;           /* the messages                             */
    struct str  model;          /* decoded                                  */
    struct str  model_raw;      /* the string's range, quotes included      */
    bool        stream;
    struct str  question;       /* the last human text, "" when none        */
    struct str  author;         /* its author's name, or ""                 */
    bool        storable;       /* may be remembered                        */
    struct str  query;          /* what to recall for                       */
    bool        has_tools;      /* more requests of this question may come  */
    uint8_t     conversation[CRYPTO_HASH_BYTES];  /* then: its name         */
    struct place tail;          /* behind the last human text               */
    struct place instructions;  /* behind the system text                   */
};

/* What is read out of a reply, in whatever pieces it comes. */
struct reading {
    struct arena scratch;       /* reset after each event                   */
    struct buf   text;          /* the assistant's                          */
    int64_t      input_tokens;  /* -1: the provider did not say             */
    int64_t      output_tokens;
    bool         done;          /* the stream said that it is complete      */
    bool         usage_only;    /* the event just read tells nothing else   */
};

struct shape;                   /* provider/message.h */

struct dialect {
    enum dialect_id id;
    const char     *name;
    const char     *required;  /* a member that a chat needs, or NULL       */
    const char     *end_mark;  /* a stream's last data that are no JSON, or
                                  NULL                                      */
    const struct shape *shape;

    /* Checks the body and finds everything above.  Errors: ERR_INPUT for the
     * caller. */
    enum status (*read)(struct arena *a, struct str body, size_t depth,
                        struct prompt *p, struct error *err);

    /* Makes `text` the system text of a request that has none. */
    void (*instruct)(const struct prompt *p, struct str text,
                     struct splice *s);

    /* Makes a stream tell its usage.  True when the client had not asked: then
     * events of usage_only must not reach it.  NULL where streams always
     * tell. */
    bool (*ask_usage)(const struct prompt *p, struct splice *s);

    /* One event of a stream; a whole reply. */
    void (*read_event)(struct reading *r, const struct json *root);
    void (*read_body)(struct reading *r, const struct json *root);

    /* The body of an error reply; a piece that tells a running stream. */
    struct str (*error_body)(struct arena *a, const struct error *err);
    struct str (*error_event)(struct arena *a, const struct error *err);
};

extern const struct dialect dialect_openai_chat;
extern const struct dialect dialect_openai_responses;
extern const struct dialect dialect_anthropic;
extern const struct dialect dialect_google;

/* Removes our members, and writes the model's name as the vendor knows it. */
void dialect_strip(const struct dialect *d, const struct prompt *p,
                   struct str model, struct splice *s);

/* Adds memory; only where there is a place for it: the tail, or placement
 * system.  `text` has no leading white space. */
void dialect_inject(const struct dialect *d, const struct prompt *p,
                    enum conf_placement placement, struct str text,
                    struct splice *s);

/* What one event of a stream, or a whole reply, says.  What is no JSON was
 * relayed and says nothing to us. */
void dialect_read_event(const struct dialect *d, struct reading *r,
                        struct str data);
void dialect_read_body(const struct dialect *d, struct reading *r,
                       struct str body);

/* The error object of OpenAI's dialects, owned by `a`. */
struct str dialect_openai_error(struct arena *a, const struct error *err);

/* An event of a stream: "event: NAME\n" or "", then the data; owned by `a`. */
struct str dialect_event(struct arena *a, const char *name, struct str data);

/* Ends the error's object with what machines are told besides, and appends
 * ,"hint":"..." beside it when there is one. */
void dialect_end_error(struct buf *b, const struct error *err);

void reading_init(struct reading *r);
void reading_release(struct reading *r);

/* The members of a request that are ours, for splice_remove_members(). */
extern const char *const dialect_fields[];
extern const size_t dialect_field_count;

#endif
