/* What a browser wants to know before a page of another site may call us. */
#ifndef API_CORS_H
#define API_CORS_H

#include "api/routes.h"

/* Whether the request has an origin, and it is one of option cors_origins. */
bool cors_allows(const struct call *c);

/* Adds the headers when it is. */
void cors_add(struct call *c);

/* True when the call was a preflight, and is answered.
 * methods   those of its path, separated by commas */
bool cors_preflight(struct call *c, struct str methods);

#endif
