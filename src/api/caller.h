/*
 * Who calls an endpoint of the memory itself: key, options and the body, as
 * all these endpoints read them, and how they answer.
 */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "api/routes.h"
#include "memory/intake.h"
#include "platform/json.h"
#include "store/audit.h"
#include "store/browse.h"
#include "turn/options.h"

struct caller {
    struct call       *call;
    struct credentials credentials;
    struct key_access  access;
    struct json        body;     /* after caller_read_object() */
    struct options     options;  /* likewise */
};

/*
 * Who holds the key.  Where memory is read or written the use is noted.
 * Errors   those of request_check_query() and admission_key(); ERR_STORE: the
 *          database is away, which also ends the grace of chats
 */
enum status caller_check(struct call *c, struct caller *who,
                         struct error *err) MUST_CHECK;

/* The same for those who change something.  Errors: ERR_FORBIDDEN for the
 * caller too: the key was sent as one that reads only. */
enum status caller_check_writer(struct call *c, struct caller *who,
                                struct error *err) MUST_CHECK;

/* Notes that the key is used, once in a while; what cannot be noted is only
 * logged. */
void caller_note_use(const struct caller *who);

/* What the request wants of memory, where it has no body that says so.
 * Errors: ERR_INPUT for the caller. */
enum status caller_read_options(struct caller *who,
                                struct error *err) MUST_CHECK;

/* A turn that was answered a moment ago is stored first, so that what follows
 * sees it.  Errors: ERR_STORE. */
enum status caller_catch_up(struct caller *who, struct error *err) MUST_CHECK;

/* What these arguments and the request's headers want of memory.
 * Errors: ERR_INPUT for the caller. */
enum status caller_options(const struct caller *who,
                           const struct json *arguments,
                           struct options *options,
                           struct error *err) MUST_CHECK;

/* All that the key may look through, newest first. */
struct browse caller_browse(const struct caller *who);

/* Who he is in the record of acts; borrows from the call. */
struct audit_actor caller_actor(const struct caller *who);

/* The key as it may be shown: "mk_...wxyz", owned by the arena. */
struct str caller_key_name(const struct caller *who);

/*
 * The body as a JSON object, and what it wants of memory.
 * Errors   ERR_INPUT, ERR_TOO_LARGE for the caller
 */
enum status caller_read_object(struct caller *who,
                               struct error *err) MUST_CHECK;

/* The same for endpoints that need no body, where an empty one is none. */
enum status caller_read_optional(struct caller *who,
                                 struct error *err) MUST_CHECK;

/* The refusal of a body without the `messages` that it needs. */
enum status caller_no_messages(struct error *err) MUST_CHECK;

/* For what he sends to be remembered: the vault, the time, the session and
 * the server's own rules.
 * source   static: of entries that name none */
struct intake caller_intake(const struct caller *who, struct arena *a,
                            struct str source);

/* Stores what was taken, as far as the vault has room.
 * Errors: those of intake_save(), ERR_QUOTA for the caller. */
enum status caller_store(struct caller *who, struct intake *in,
                         struct error *err) MUST_CHECK;

/* A number of the query, which may be missing: then *number stays.
 * Errors: ERR_INPUT for the caller. */
enum status caller_query_number(const struct request *r, const char *name,
                                int64_t least, int64_t most, int64_t *number,
                                struct error *err) MUST_CHECK;

/* The number beyond which a page begins, as the page before told it; *beyond
 * stays when there is none or it is empty.  Errors: ERR_INPUT for the
 * caller. */
enum status caller_cursor(const struct request *r, int64_t *beyond,
                          struct error *err) MUST_CHECK;

/* Answers with the body, or, when st is not OK or the body did not fit, with
 * an error; `what` names the endpoint in the log. */
void caller_answer(struct call *c, const char *what, enum status st,
                   const struct buf *body, struct error *err);

/* The same with another status of success than 200. */
void caller_answer_as(struct call *c, int http, const char *what,
                      enum status st, const struct buf *body,
                      struct error *err);

#endif
