/*
 * What a request wants of memory.  One parser for all routes: body beats
 * query beats header beats the key's suffix beats the key's own default beats
 * the configuration.  What the key has no right to is never done.
 */
#ifndef TURN_OPTIONS_H
#define TURN_OPTIONS_H

#include "platform/json.h"
#include "turn/credentials.h"

struct options {
    enum conf_mode      mode;
    bool                store_user;
    bool                store_reply;
    size_t              limit;      /* memories, 1..1000 */
    bool                limited;    /* the caller said how many */
    size_t              tokens;     /* of all memories, at most */
    enum conf_scope     scope;
    enum conf_placement placement;
    struct str          session;    /* "" = core */
    bool                debug;      /* the reply tells what was done */
};

/*
 * body     the request's JSON object, or a value of type JSON_NONE
 * Errors   ERR_INPUT for the caller: a session id that cannot be one
 */
enum status options_read(const struct conf *conf,
                         const struct request *request,
                         const struct json *body,
                         const struct credentials *credentials,
                         const struct key_access *access,
                         struct options *options,
                         struct error *err) MUST_CHECK;

/* The mode's one name: "on", "read", "write", "off". */
const char *options_mode_name(enum conf_mode mode);

/* Whether memories are read, or text is stored. */
bool options_recalls(const struct options *o);
bool options_stores(const struct options *o);

#endif
