/*
 * Files of conversations and questions in LoCoMo's form
 * (github.com/snap-research/LoCoMo, data/locomo10.json): an array of
 * { "conversation": { "session_1": [...], "session_1_date_time": ... },
 * "qa": [...] }.
 *
 * Read with tolerance, because others write such files too: speakers may be
 * people or a user and an assistant, evidence a list of ids or one string of
 * them, times any that date.h knows or none.  Beyond LoCoMo a question may
 * have "kind" (a name instead of the number of its category) and "asked" (when
 * it is asked), a line "date_time".
 */
#ifndef RECALL_TALK_H
#define RECALL_TALK_H

#include "store/exchange.h"

/* What one speaker says at once. */
struct talk_line {
    struct str name;         /* "D3:7" */
    struct str author;       /* empty for a user and an assistant */
    struct str text;         /* UTF-8, no NUL; never empty */
    struct str session;      /* "session_3" */
    enum role  role;
    int64_t    occurred_ms;
};

struct talk_question {
    struct str text;
    struct str category;
    size_t    *evidence;     /* lines that answer it; at least one */
    size_t     evidence_count;
    int64_t    asked_ms;
};

struct talk {
    struct talk_line     *lines;
    size_t                line_count;
    struct talk_question *questions;  /* those that can be judged */
    size_t                question_count;
};

/*
 * The conversations of a file.  Left out are questions without known evidence
 * and those of category 5 (LoCoMo's: no line answers them).
 *
 * talks    *count of them, owned by `a`
 * Errors   ERR_INPUT: the file is not of this form
 */
enum status talk_read(struct arena *a, const char *path, struct talk **talks,
                      size_t *count, struct error *err) MUST_CHECK;

#endif
