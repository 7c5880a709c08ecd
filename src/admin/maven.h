/*
 * A file of Maven's central repository, by Maven's ordinary client: it lands
 * in the user's local repository (~/.m2) and is taken from there.
 */
#ifndef ADMIN_MAVEN_H
#define ADMIN_MAVEN_H

#include "base/arena.h"

struct maven_artifact {
    const char *group;     /* "dev.langchain4j" */
    const char *name;
    const char *version;
};

/*
 * The path of the artifact's jar; Maven runs only when it is not there.
 * Errors   ERR_NOT_FOUND (no Maven, no home), ERR_UPSTREAM (Maven did not get
 *          it; its own messages went to stderr)
 */
enum status maven_jar(struct arena *a, const struct maven_artifact *artifact,
                      const char **path, struct error *err) MUST_CHECK;

#endif
