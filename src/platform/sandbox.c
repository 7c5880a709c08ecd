/* Giving up privileges: user, limits, Landlock. */
#include "platform/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "base/banned.h"

enum status
sandbox_become(const char *user, struct error *err)
{
    struct passwd *pw;

    if (!*user)
        return OK;
    pw = getpwnam(user); /* before any thread */
    if (!pw)
        return failed(err, ERR_CONFIG, "user: there is no user %s", user);
    if (pw->pw_uid == geteuid())
        return OK;
    if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
        setuid(pw->pw_uid) != 0)
        return failed(err, ERR_CONFIG, "user: cannot become %s: %s", user,
                      strerror(errno));
    return OK;
}

void
sandbox_set_limits(void)
{
    struct rlimit files, cores = { 0, 0 };

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* then it stays as it is */
    }
    (void)setrlimit(RLIMIT_CORE, &cores); /* lowering is always allowed */
}

#ifdef LANDLOCK_ACCESS_FS_WRITE_FILE
enum {
    WRITES = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

static bool
allow_writes(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr beneath = { .allowed_access = access };
    bool                              good;

    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return false;
    good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
                   &beneath, 0) == 0;
    (void)close(beneath.parent_fd); /* only a path */
    return good;
}

static bool
forbid_writes(const char *state_dir)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs = WRITES };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr),
                             0);
    bool good;

    if (rules < 0)
        return false;
    good = allow_writes(rules, state_dir, WRITES) &&
           allow_writes(rules, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE) &&
           syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    (void)close(rules); /* it is in force, or never will be */
    return good;
}
#else
static bool
forbid_writes(const char *state_dir)
{
    (void)state_dir;
    return false;
}
#endif

bool
sandbox_enter(const char *state_dir)
{
    bool good = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

    good = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && good;
    return forbid_writes(state_dir) && good;
}
