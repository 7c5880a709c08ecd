/*
 * Times that have names: weekdays, months, seasons, holidays, years, and dates
 * in words.  Pure functions.
 */
#ifndef MEMORY_TIMENAME_H
#define MEMORY_TIMENAME_H

#include "memory/timecursor.h"
#include "memory/timephrase.h"

/* The time at the cursor, which then stands behind it; names that come again
 * are the last that began before now.  Returns false where there is none. */
bool timename_read(struct timecursor *c, struct timephrase *found);

#endif
