/* Running Maven. */
#include "admin/maven.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#define PLUGIN "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"

static const char *
jar_path(struct arena *a, const char *home, const struct maven_artifact *m)
{
    struct str group = arena_copy(a, str_from(m->group));
    char      *byte = (char *)(uintptr_t)group.ptr; /* arena_copy()'s */

    for (size_t i = 0; i < group.len; i++)
        if (byte[i] == '.')
            byte[i] = '/';
    return arena_printf(a, "%s/.m2/repository/%s/%s/%s/%s-%s.jar", home,
                        group.ptr, m->name, m->version, m->name,
                        m->version).ptr;
}

/* Its output goes to stderr: stdout is for ours. */
static enum status
run(char *const *words, struct error *err)
{
    posix_spawn_file_actions_t files;
    pid_t                      pid;
    int                        code, status = 0;

    if (posix_spawn_file_actions_init(&files) != 0 ||
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
                                         O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&files, STDERR_FILENO,
                                         STDOUT_FILENO) != 0)
        abort(); /* out of memory */
    code = posix_spawnp(&pid, words[0], &files, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&files); /* it was made */
    if (code != 0)
        return failed(err, ERR_NOT_FOUND, "%s cannot be run: %s", words[0],
                      strerror(code));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failed(err, ERR_UPSTREAM, "%s did not work (%s %d)", words[0],
                      WIFEXITED(status) ? "exit status" : "signal",
                      WIFEXITED(status) ? WEXITSTATUS(status)
                                        : WTERMSIG(status));
    return OK;
}

enum status
maven_jar(struct arena *a, const struct maven_artifact *artifact,
          const char **path, struct error *err)
{
    const char *home = getenv("HOME");
    const char *what = arena_printf(a, "-Dartifact=%s:%s:%s", artifact->group,
                                    artifact->name, artifact->version).ptr;
    const char *repository = arena_printf(a, "-Dmaven.repo.local=%s/.m2/"
                                          "repository", home ? home : "").ptr;
    const char *const words[] = {
        "mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", PLUGIN, what,
        "-Dtransitive=false", repository, /* Java asks no HOME */
        /* Without a network it gives up soon. */
        "-Dmaven.wagon.http.retryHandler.count=0",
        "-Daether.connector.connectTimeout=5000", NULL,
    };
    enum status st;

    if (!home || !*home)
        return failed(err, ERR_NOT_FOUND, "HOME is not set");
    *path = jar_path(a, home, artifact);
    if (access(*path, R_OK) == 0)
        return OK;
    st = run((char *const *)(uintptr_t)words, err);
    if (st == OK && access(*path, R_OK) != 0)
        return failed(err, ERR_UPSTREAM, "Maven did not put it into %s",
                      *path);
    return st;
}
