/*
 * import: memories out of files, those of `export` and of other systems.
 * Lines of `export` are read one by one, so that any number takes the same
 * memory.
 */
#include "admin/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/foreign.h"
#include "admin/progress.h"
#include "admin/table.h"
#include "admin/which.h"
#include "base/utf8.h"
#include "memory/intake.h"

#include "base/banned.h"

enum {
    FILE_MAX_BYTES = 1 << 30,
    UNUSABLE_TOLD  = 10,
};

static const struct table_column columns[] = {
    { "vault", CELL_NUMBER }, { "read", CELL_NUMBER },
    { "stored", CELL_NUMBER }, { "known", CELL_NUMBER },
    { "unusable", CELL_NUMBER },
};

struct importing {
    struct admin   *m;
    const char     *path;
    struct arena    arena;      /* of one batch */
    struct intake   intake;
    struct progress progress;
    struct once     once;       /* of --once */
    size_t          known_to;   /* lines that it stored before */
    size_t          line;
    int64_t         done;       /* bytes or entries */
    int64_t         total;      /* likewise; 0: not known */
    size_t          unusable;
};

static enum status
flush(struct importing *x, struct error *err)
{
    enum status st = OK;

    x->intake.batch.once_at = (int64_t)x->line;
    if (x->intake.batch.count > 0)
        st = intake_save(&x->intake, x->m->conn, err);
    intake_clear(&x->intake);
    arena_reset(&x->arena);
    progress_show(&x->progress, x->done, x->total);
    return st;
}

static enum status
flush_due(struct importing *x, struct error *err)
{
    return intake_is_due(&x->intake) ? flush(x, err) : OK;
}

static void
tell_unusable(struct importing *x, const struct error *why)
{
    if (x->unusable++ < UNUSABLE_TOLD)
        (void)fprintf(stderr, "%s:%zu: %s\n", x->path, x->line, why->text);
}

/* Lines of an export. */

static enum status
take_line(struct importing *x, struct str line, struct error *err)
{
    struct entry e = { .timestamp_ms = x->m->now_ms, .position = -1 };
    struct json  root;
    struct error why;
    enum status  st;

    if (x->line++ == 0)
        line = utf8_without_mark(line);
    if (str_trim(line).len == 0 || x->line <= x->known_to)
        return OK;
    x->intake.bytes += line.len;
    st = json_parse(arena_copy(&x->arena, line), JSON_DEPTH_MAX, &root,
                    &why);
    if (st == OK)
        st = entry_read(&x->arena, &root, ENTRY_LINE, &e, &why);
    if (st == OK)
        (void)intake_add(&x->intake, &e); /* counts what is left of it */
    else
        tell_unusable(x, &why);
    return flush_due(x, err);
}

static enum status
read_lines(struct importing *x, FILE *in, struct error *err)
{
    char       *line = NULL;
    size_t      room = 0;
    ssize_t     len;
    enum status st = OK;

    while (st == OK && (len = getline(&line, &room, in)) > 0) {
        x->done += len;
        st = take_line(x, (struct str){ line, (size_t)len }, err);
    }
    if (st == OK && ferror(in))
        st = failed(err, ERR_CONFIG, "%s cannot be read: %s", x->path,
                    strerror(errno));
    free(line);
    return st;
}

/* With --once a second import of the same name goes on where the first was
 * broken off, and does nothing when that came to its end. */
static enum status
begin_once(struct importing *x, struct error *err)
{
    struct admin     *m = x->m;
    struct str        name = admin_text(m, "once");
    struct once_state state;
    enum status       st;

    if (name.len == 0)
        return OK;
    if (!str_to_int(admin_text(m, "key"), &x->once.key_id))
        return admin_usage(err, "--once goes with --key ID");
    crypto_hash_text(arena_printf(m->arena, "import %.*s", STR_ARG(name)),
                     x->once.name_hash);
    crypto_hash_text(STR("import"), x->once.request_hash);
    st = once_begin(m->conn, m->arena, &x->once, m->now_ms, &state, err);
    if (st != OK)
        return st;
    x->known_to = state.http_status ? SIZE_MAX : (size_t)state.done_at;
    x->intake.batch.once = &x->once;
    return OK;
}

static enum status
end_once(struct importing *x, struct error *err)
{
    if (!x->intake.batch.once)
        return OK;
    return once_end(x->m->conn, &x->once, 200, STR_NONE, x->m->now_ms, err);
}

static enum status
import_lines(struct importing *x, struct error *err)
{
    FILE       *in = strcmp(x->path, "-") == 0 ? stdin : fopen(x->path, "re");
    enum status st;

    if (!in)
        return failed(err, ERR_CONFIG, "%s cannot be read: %s", x->path,
                      strerror(errno));
    if (in != stdin && fseeko(in, 0, SEEK_END) == 0) {
        x->total = (int64_t)ftello(in);
        rewind(in);
    }
    if ((st = begin_once(x, err)) == OK)
        st = read_lines(x, in, err);
    if (in != stdin)
        (void)fclose(in); /* it was only read */
    return st;
}

/* Files of others. */

static enum status
take_foreign(void *owner, const struct entry *e, struct error *err)
{
    struct importing *x = owner;

    x->done++;
    (void)intake_add(&x->intake, e); /* counts what is left of it */
    return flush_due(x, err);
}

static enum status
import_foreign(struct importing *x,
               enum status (*read)(struct foreign *f, struct error *err),
               struct error *err)
{
    struct foreign f = { .arena = x->m->arena, .now_ms = x->m->now_ms,
                         .take = take_foreign, .owner = x };
    enum status    st;

    st = strcmp(x->path, "-") == 0
             ? conf_read_fd(x->m->arena, STDIN_FILENO, "standard input",
                            FILE_MAX_BYTES, &f.text, err)
             : conf_read_file(x->m->arena, x->path, FILE_MAX_BYTES, &f.text,
                              err);
    f.text = st == OK ? utf8_without_mark(f.text) : STR_NONE;
    x->intake.batch.skip_known = true;
    if (st == OK)
        st = read(&f, err);
    x->unusable += f.unusable;
    return st;
}

static const struct {
    const char *name;
    enum status (*read)(struct foreign *f, struct error *err);
} kinds[] = {
    { "jsonl", NULL },
    { "mem0", foreign_mem0 },
    { "supermemory", foreign_supermemory },
    { "chatgpt", foreign_chatgpt },
    { "openai", foreign_chatgpt },
    { "text", foreign_text },
};

static enum status
find_kind(const struct admin *m, size_t *kind, struct error *err)
{
    struct str name = admin_text(m, "from");

    for (*kind = 0; *kind < COUNT(kinds); ++*kind)
        if (name.len == 0 || str_equal(name, str_from(kinds[*kind].name)))
            return OK;
    return admin_usage(err, "--from: jsonl, mem0, supermemory, chatgpt "
                       "(or openai) or text");
}

static enum status
begin(struct importing *x, struct error *err)
{
    struct admin *m = x->m;

    x->intake = (struct intake){
        .arena = &x->arena,
        .piece_tokens = (size_t)m->conf.piece_tokens,
        .source = STR("import"),
        .session = entry_session(admin_text(m, "session")),
        .batch = { .now_ms = m->now_ms },
    };
    x->path = m->words[0].ptr;
    if (!entry_is_session(x->intake.session))
        return admin_usage(err, "--session: at most %d bytes of UTF-8",
                           SESSION_NAME_MAX_BYTES);
    return which_vault(m, &x->intake.batch.vault_id, err);
}

static void
print(struct admin *m, const struct importing *x)
{
    size_t      before = x->known_to < x->line ? x->known_to : x->line;
    struct cell cells[] = { CELL_N(x->intake.batch.vault_id),
                            CELL_N(x->intake.entries + x->unusable +
                                   before),
                            CELL_N(x->intake.pieces),
                            CELL_N(x->intake.known + before),
                            CELL_N(x->unusable + x->intake.empty) };

    table_print_row(m->arena, &(struct table){ columns, COUNT(columns), cells,
                                               1 }, m->json);
}

enum status
cmd_import(struct admin *m, struct error *err)
{
    struct importing x = { .m = m, .arena = ARENA_INIT };
    size_t           kind;
    enum status      st = find_kind(m, &kind, err);

    if (st == OK && kinds[kind].read && admin_given(m, "once"))
        st = admin_usage(err, "--once is for lines; what others wrote is "
                         "imported once anyway");
    if (st == OK)
        st = begin(&x, err);
    if (st == OK)
        st = audit_add(m->conn, &m->by, &(struct audit_entry){
                           .act = AUDIT_MEMORY_IMPORT,
                           .id = x.intake.batch.vault_id }, err);
    if (st == OK) {
        progress_begin(&x.progress, "importing");
        st = kinds[kind].read ? import_foreign(&x, kinds[kind].read, err)
                              : import_lines(&x, err);
        if (st == OK && (st = flush(&x, err)) == OK)
            st = end_once(&x, err);
        progress_end(&x.progress);
    }
    if (st == OK)
        print(m, &x);
    arena_release(&x.arena);
    if (st == OK && x.unusable && x.intake.entries == 0)
        return failed(err, ERR_INPUT, "nothing in %s could be used", x.path);
    return st;
}
