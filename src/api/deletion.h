/*
 * What is told about a deletion, and what is done around one.
 */
#ifndef API_DELETION_H
#define API_DELETION_H

#include "api/caller.h"
#include "store/forget.h"

/*
 * Asks for an index without what is gone, or, when `all` of the vault is,
 * removes the index from this node's disk.  No index can bring anything back:
 * a failure is logged.
 */
void deletion_renew_index(struct caller *who, bool all);

/* Appends ,"receipt":{...}. */
void deletion_add(struct buf *b, const struct caller *who,
                 const struct forget_receipt *receipt);

#endif
