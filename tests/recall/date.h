/* Dates as the files of conversations write them.  Pure functions. */
#ifndef RECALL_DATE_H
#define RECALL_DATE_H

#include "base/str.h"

/*
 * The time, in epoch milliseconds (UTC), that a text names by a year, a month
 * and a day, and perhaps by an hour: "1:56 pm on 8 May, 2023", "May 8, 2023",
 * "March-15-2024", "2023-05-08T13:56:00Z", "29.12.2023, 17:35:00",
 * "12/29/2023".  False, and *ms untouched, when there is no whole date.
 */
bool date_read(struct str text, int64_t *ms);

#endif
