/* memoryrouter: wiring, processes, signals. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/routes.h"
#include "base/log.h"
#include "platform/sandbox.h"
#include "platform/signals.h"
#include "platform/clock.h"
#include "platform/supervise.h"
#include "turn/admission.h"
#include "turn/learning.h"
#include "turn/service.h"
#include "web/server.h"

#include "base/banned.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define DEFAULT_CONFIG SYSCONFDIR "/memoryrouter/memoryrouter.conf"

enum {
    EXIT_BAD_CONFIG = 1,
    EXIT_USAGE      = 2,
};

/* Process 0 of a generation is the learner, the others are workers. */
enum { LEARNER = 0 };

/* What main() owns for the life of the program. */
struct program {
    const char  *path;       /* of the configuration, or NULL */
    struct arena arena;      /* what conf points into         */
    struct conf  conf;
    int          listen_fd;
    char        *listen_path;  /* stays when a reload names another */
    uint32_t     start;      /* of the master, inherited by its children */
};

static const char usage[] =
    "Usage: memoryrouter [--config FILE] [--worker]\n"
    "       memoryrouter --check-config | --options | --version | --help\n"
    "\n"
    "  --config FILE   configuration (default " DEFAULT_CONFIG ",\n"
    "                  or $MEMORYROUTER_CONFIG)\n"
    "  --worker        serve the listening socket on descriptor 0, one\n"
    "                  request at a time (for Apache's mod_fcgid)\n"
    "  --check-config  read the configuration, say what is wrong, exit 0 or 1\n"
    "  --options       print all options with their defaults and meanings\n"
    "\n"
    "Without --worker a master starts the workers and the learner and stays\n"
    "in the foreground. SIGHUP reads the configuration again, SIGTERM stops.\n";

/* Configuration. */

static enum status
load(struct arena *a, const char *path, struct conf *conf, struct error *err)
{
    struct providers providers;
    enum status      st = conf_load(a, path, conf, err);

    if (st == OK)
        st = providers_init(a, conf, &providers, err);
    if (st == OK)
        st = admission_check_conf(conf, err);
    return st == OK ? embed_check(conf, err) : st;
}

static int
complain(const struct error *err)
{
    (void)fprintf(stderr, "memoryrouter: %s\n", err->text);
    return EXIT_BAD_CONFIG;
}

static enum status
print(void *owner, struct str bytes, struct error *err)
{
    (void)owner;
    if (fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len)
        return failed(err, ERR_INTERNAL, "cannot write: %s", strerror(errno));
    return OK;
}

/* The life of a worker and of the learner. */

static enum status
enter(struct program *p, struct service *service, int *stop_fd,
      struct error *err)
{
    enum status st;

    log_set_level((enum log_level)p->conf.log_level);
    sandbox_set_limits();
    if ((st = sandbox_become(p->conf.user, err)) != OK ||
        (st = signals_stop_fd(stop_fd, err)) != OK ||
        (st = service_open(service, &p->arena, &p->conf, p->start, err)) != OK)
        return st;
    if (!sandbox_enter(p->conf.state_dir))
        log_text(LOG_DEBUG, "sandbox", "this kernel lacks Landlock");
    service_note_embedding(service);
    return server_init(err);
}

static void
check_store(const struct service *service)
{
    struct error err;

    if (service_check_store(service, &err) != OK)
        log_error(LOG_WARN, "database", &err);
}

static int
run_worker(struct program *p,
           enum status (*run)(const struct server *, struct error *))
{
    struct service service;
    struct server  server = {
        .listen_fd = p->listen_fd,
        .threads = (size_t)p->conf.threads,
        .queue_ms = p->conf.queue_seconds * 1000,
        .client_ms = p->conf.client_seconds * 1000,
        .serve = routes_serve,
        .thread_end = db_thread_end,
        .owner = &service,
    };
    struct error err;

    if (enter(p, &service, &server.stop_fd, &err) != OK) {
        log_error(LOG_ERROR, "start", &err);
        return EXIT_BAD_CONFIG;
    }
    check_store(&service);
    if (run(&server, &err) != OK) {
        log_error(LOG_ERROR, "worker", &err);
        return EXIT_BAD_CONFIG;
    }
    service_close(&service);
    return EXIT_SUCCESS;
}

static int
run_learner(struct program *p)
{
    struct service service;
    struct error   err;
    int            stop_fd;

    if (enter(p, &service, &stop_fd, &err) != OK) {
        log_error(LOG_ERROR, "start", &err);
        return EXIT_BAD_CONFIG;
    }
    learning_run(&service, stop_fd);
    service_close(&service);
    return EXIT_SUCCESS;
}

/* What the master asks of us. */

static size_t
count_children(void *owner)
{
    const struct program *p = owner;
    long                  cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (p->conf.workers)
        return 1 + (size_t)p->conf.workers;
    return 1 + (size_t)(cores > 0 ? cores : 1);
}

static int
run_child(void *owner, size_t index)
{
    struct program *p = owner;

    return index == LEARNER ? run_learner(p) : run_worker(p, server_run);
}

/* The socket, its owner and the user stay what they were at the start. */
static enum status
reload(void *owner, struct error *err)
{
    struct program *p = owner;
    struct arena    arena = ARENA_INIT;
    struct conf     conf;
    enum status     st = load(&arena, p->path, &conf, err);

    if (st != OK) {
        arena_release(&arena);
        return st;
    }
    arena_release(&p->arena);
    p->arena = arena;
    p->conf = conf;
    log_set_level((enum log_level)conf.log_level);
    return OK;
}

static int64_t
drain_seconds(void *owner)
{
    const struct program *p = owner;

    return p->conf.drain_seconds;
}

/* New requests get an error at once instead of waiting for nobody. */
static void
stop_listening(struct program *p)
{
    (void)unlink(p->listen_path); /* a dead one would be replaced anyway */
    (void)close(p->listen_fd);    /* the workers close theirs */
}

static void
note(void *owner, enum supervise_event event, long number)
{
    static const struct {
        enum log_level level;
        const char    *name;
    } rows[] = {
        [CHILD_STARTED] = { LOG_DEBUG, "child_started" },
        [CHILD_DIED] = { LOG_ERROR, "child_died" },
        [CHILD_KILLED] = { LOG_WARN, "child_killed" },
        [MASTER_READY] = { LOG_INFO, "ready" },
        [MASTER_RELOADING] = { LOG_INFO, "reloading" },
        [MASTER_STOPPING] = { LOG_INFO, "stopping" },
    };
    struct log_line line;

    if (event == MASTER_STOPPING)
        stop_listening(owner);
    log_begin(&line, rows[event].level, rows[event].name);
    if (number)
        log_int(&line, "pid", number);
    log_end(&line);
}

static void
note_error(void *owner, const struct error *err)
{
    (void)owner;
    log_error(LOG_ERROR, "reload", err);
}

static int
run_master(struct program *p)
{
    struct supervise s = { count_children, run_child, reload, drain_seconds,
                           note, note_error, p };
    struct error     err;

    if (server_listen(p->conf.socket, (mode_t)p->conf.socket_mode,
                      p->conf.socket_group, &p->listen_fd, &err) != OK)
        return complain(&err);
    p->listen_path = strdup(p->conf.socket);
    p->start = (uint32_t)clock_now_ms();
    return supervise_run(&s);
}

/* The command line. */

enum { OPT_CONFIG = 'c', OPT_HELP = 'h', OPT_VERSION = 'V', OPT_WORKER = 256,
       OPT_CHECK, OPT_OPTIONS };

static const struct option long_options[] = {
    { "config", required_argument, NULL, OPT_CONFIG },
    { "worker", no_argument, NULL, OPT_WORKER },
    { "check-config", no_argument, NULL, OPT_CHECK },
    { "options", no_argument, NULL, OPT_OPTIONS },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static int
print_options(void)
{
    struct error err;

    if (conf_print_options((struct sink){ print, NULL }, &err) != OK)
        return complain(&err);
    return EXIT_SUCCESS;
}

/* The file that is read when none is named: the usual one if it is there. */
static const char *
default_config(void)
{
    const char *named = getenv("MEMORYROUTER_CONFIG");

    if (named && *named)
        return named;
    return access(DEFAULT_CONFIG, F_OK) == 0 ? DEFAULT_CONFIG : NULL;
}

static int
run(struct program *p, int mode)
{
    struct error err;

    if (!p->path)
        p->path = default_config();
    if (load(&p->arena, p->path, &p->conf, &err) != OK)
        return complain(&err);
    log_set_level((enum log_level)p->conf.log_level);
    if (mode == OPT_CHECK) {
        (void)printf("%s: ok\n", p->path ? p->path : "defaults");
        return EXIT_SUCCESS;
    }
    signals_block();
    return mode == OPT_WORKER ? run_worker(p, server_run_single)
                              : run_master(p);
}

int
main(int argc, char **argv)
{
    struct program p = { .arena = ARENA_INIT };
    int            opt, mode = 0, status;

    while ((opt = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1) {
        switch (opt) {
        case OPT_CONFIG:
            p.path = optarg;
            break;
        case OPT_WORKER: case OPT_CHECK:
            mode = opt;
            break;
        case OPT_OPTIONS:
            return print_options();
        case OPT_VERSION:
            (void)printf("memoryrouter %s\n", PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case OPT_HELP:
            (void)fputs(usage, stdout);
            return EXIT_SUCCESS;
        default:
            (void)fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "memoryrouter: unexpected argument %s\n%s",
                      argv[optind], usage);
        return EXIT_USAGE;
    }
    status = run(&p, mode);
    arena_release(&p.arena);
    return status;
}
