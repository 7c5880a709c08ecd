/* Turns in files: while the database is away, and while they are on their way
 * to it. */
#include "unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/conf.h"
#include "store/notes.h"
#include "store/spool_format.h"

#include "base/banned.h"

#define ID "0123456789abcdef0123456789abcdef"

static const char awkward[] =
    "quote \" backslash \\ slash / tab\tnewline\ncontrol \x01 caf\xc3\xa9 "
    "\xf0\x9f\x98\x80 </script> \xe2\x80\xa8";

struct fixture {
    struct arena           arena;
    char                   folder[64];
    struct conf            conf;
    struct db             *db;      /* that cannot be reached */
    struct exchange_piece  pieces[2];
    struct exchange        x;
};

static void
fill(struct fixture *f)
{
    f->pieces[0] = (struct exchange_piece){
        ROLE_USER, STR("Ann"), str_from(awkward), 12, 0 };
    f->pieces[1] = (struct exchange_piece){
        ROLE_ASSISTANT, STR(""), STR("Yes."), 1, 3 };
    f->x = (struct exchange){
        .request_id = STR(ID), .account_id = 1, .key_id = 2, .vault_id = 3,
        .session = STR("trip"), .source = STR("chat"),
        .now_ms = 1795466168505, .receipt = true, .injected = STR("4:0.5"),
        .pieces = f->pieces, .piece_count = 2,
        .usage = {
            .provider = STR("openai"), .model = STR("gpt-4o"),
            .dialect = STR("openai_chat"), .http_status = 200,
            .input_tokens = 5, .output_tokens = 6, .estimated = true,
            .memories = 7, .memory_tokens = 8, .recall_ms = -1,
            .provider_ms = 9, .total_ms = 10,
        },
    };
}

static int
set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){
        .folder = "/tmp/test_spool.XXXXXX",
        .conf = { .db_host = "", .db_socket = "/nonexistent/db.sock",
                  .db_name = "", .db_user = "", .db_password = "",
                  .db_admin_user = "", .db_admin_password = "",
                  .db_connections = 1, .db_timeout_ms = 1000 },
    };
    fill(&f);
    *state = &f;
    f.db = db_open(&f.conf);
    return mkdtemp(f.folder) ? 0 : -1;
}

static const char *
spool_path(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/spool/%s", f->folder, name).ptr;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    const char     *path = spool_path(f, "");
    DIR            *dir = opendir(path);
    struct dirent  *entry;

    while (dir && (entry = readdir(dir)) != NULL)
        (void)unlink(spool_path(f, entry->d_name)); /* not "." and ".." */
    if (dir)
        (void)closedir(dir); /* only read */
    (void)rmdir(path);       /* it may never have been made */
    (void)rmdir(f->folder);
    db_close(f->db);
    arena_release(&f->arena);
    return 0;
}

static void
put_file(struct fixture *f, const char *name, struct str text)
{
    FILE *file;

    (void)mkdir(spool_path(f, ""), 0700); /* may be there */
    file = fopen(spool_path(f, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static void
an_exchange_comes_back_exactly(void **state)
{
    struct fixture *f = *state;
    struct exchange y;
    struct str      text;
    struct error    err;

    assert_int_equal(spool_format_write(&f->arena, &f->x, &text, &err), OK);
    assert_int_equal(spool_format_read(&f->arena, text, &y, &err), OK);
    assert_true(str_equal(y.request_id, f->x.request_id));
    assert_int_equal(y.account_id, 1);
    assert_int_equal(y.key_id, 2);
    assert_int_equal(y.vault_id, 3);
    assert_true(str_equal(y.session, STR("trip")));
    assert_int_equal(y.now_ms, f->x.now_ms);
    assert_true(y.receipt);
    assert_true(str_equal(y.injected, STR("4:0.5")));
    assert_int_equal(y.piece_count, 2);
    assert_true(str_equal(y.pieces[0].text, str_from(awkward)));
    assert_true(str_equal(y.pieces[0].author, STR("Ann")));
    assert_int_equal(y.pieces[1].role, ROLE_ASSISTANT);
    assert_int_equal(y.pieces[1].position, 3);
    assert_true(str_equal(y.usage.model, STR("gpt-4o")));
    assert_true(y.usage.estimated);
    assert_false(y.usage.partial);
    assert_int_equal(y.usage.recall_ms, -1);
    assert_int_equal(y.usage.total_ms, 10);
}

static void
an_exchange_without_pieces_is_kept_too(void **state)
{
    struct fixture *f = *state;
    struct exchange y;
    struct str      text;
    struct error    err;

    f->x.piece_count = 0;
    assert_int_equal(spool_format_write(&f->arena, &f->x, &text, &err), OK);
    assert_int_equal(spool_format_read(&f->arena, text, &y, &err), OK);
    assert_int_equal(y.piece_count, 0);
}

/* The text with the first `from` in it replaced. */
static struct str
replaced(struct arena *a, struct str text, const char *from, const char *to)
{
    size_t at = str_find(text, str_from(from));

    assert_int_not_equal(at, STR_NOWHERE);
    return arena_printf(a, "%.*s%s%.*s", (int)at, text.ptr, to,
                        STR_ARG(str_slice(text, at + strlen(from),
                                          text.len)));
}

static void
a_file_of_an_older_version_is_read(void **state)
{
    struct fixture *f = *state;
    struct exchange y;
    struct str      text;
    struct error    err;

    assert_int_equal(spool_format_write(&f->arena, &f->x, &text, &err), OK);
    text = replaced(&f->arena, text,
                    "\"receipt\":true,\"injected\":\"4:0.5\",", "");
    assert_int_equal(spool_format_read(&f->arena, text, &y, &err), OK);
    assert_false(y.receipt);
    assert_int_equal(y.injected.len, 0);
}

static void
hostile_text_is_refused(void **state)
{
    static const char *const changes[][2] = {
        { "\"format\":1", "\"format\":2" },
        { "\"format\":1", "\"format\":\"1\"" },
        { "\"account\":1", "\"account\":0" },
        { "\"vault\":3", "\"vault\":-3" },
        { "\"vault\":3", "\"vault\":3.5" },
        { "\"vault\":3", "\"vault\":\"3\"" },
        { "\"vault\":3", "\"vault\":null" },
        { "\"vault\":3,", "" },
        { "\"session\":\"trip\"", "\"session\":[]" },
        { "\"session\":\"trip\"", "\"session\":\"a\\u0000b\"" },
        { "\"session\":\"trip\"", "\"session\":\"a\xff" "b\"" },
        { "\"estimated\":true", "\"estimated\":1" },
        { "\"role\":\"user\"", "\"role\":\"owner\"" },
        { "\"role\":\"user\"", "\"role\":0" },
        { "\"tokens\":12", "\"tokens\":-1" },
        { "\"pieces\":[", "\"pieces\":[1," },
        { "\"pieces\":[", "\"pieces\":{},\"x\":[" },
        { "\"usage\":{", "\"usage\":7,\"x\":{" },
        { "{", "[" },
        { "{", "" },
    };
    struct fixture *f = *state;
    struct exchange y;
    struct str      text;
    struct error    err;

    assert_int_equal(spool_format_write(&f->arena, &f->x, &text, &err), OK);
    for (size_t i = 0; i < COUNT(changes); i++)
        assert_int_equal(
            spool_format_read(&f->arena,
                              replaced(&f->arena, text, changes[i][0],
                                       changes[i][1]), &y, &err), ERR_INPUT);
    for (size_t i = 0; i < text.len; i++)
        assert_int_equal(spool_format_read(&f->arena, str_slice(text, 0, i),
                                           &y, &err), ERR_INPUT);
}

static void
a_file_is_private_and_counted(void **state)
{
    struct fixture *f = *state;
    struct stat     st;
    struct error    err;

    assert_int_equal(spool_count(f->folder), 0);
    assert_int_equal(spool_write(&f->arena, f->folder, &f->x, &err), OK);
    assert_int_equal(spool_write(&f->arena, f->folder, &f->x, &err), OK);
    assert_int_equal(spool_count(f->folder), 1);
    assert_int_equal(stat(spool_path(f, ID ".json"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* How many files of notes there are, and the name of one. */
static size_t
count_notes(struct fixture *f, struct str *name)
{
    DIR           *dir = opendir(spool_path(f, ""));
    struct dirent *entry;
    size_t         count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (str_ends(str_from(entry->d_name), STR(NOTE_END))) {
            *name = arena_copy(&f->arena, str_from(entry->d_name));
            count++;
        }
    (void)closedir(dir); /* only read */
    return count;
}

static void
check_replay(struct fixture *f, enum status status)
{
    struct error err;
    size_t       saved, bad;

    assert_int_equal(spool_replay(f->db, f->folder, &saved, &bad, &err),
                     status);
    assert_int_equal(saved, 0);
    assert_int_equal(bad, 0);
}

static void
notes_are_used_again(void **state)
{
    struct fixture *f = *state;
    struct notes   *n = notes_open(f->folder);
    struct note    *one = NULL, *two = NULL;
    struct stat     st;
    struct error    err;
    struct str      name;

    assert_int_equal(notes_write(n, &f->arena, &f->x, &one, &err), OK);
    assert_int_equal(notes_write(n, &f->arena, &f->x, &two, &err), OK);
    assert_int_equal(notes_write(n, &f->arena, &f->x, &two, &err), OK);
    assert_int_equal(count_notes(f, &name), 2);
    assert_int_equal(stat(spool_path(f, name.ptr), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    notes_clear(n, one);
    notes_clear(n, two);
    notes_clear(n, NULL);
    one = NULL;
    assert_int_equal(notes_write(n, &f->arena, &f->x, &one, &err), OK);
    assert_int_equal(count_notes(f, &name), 2);
    check_replay(f, OK); /* the process lives */
    notes_clear(n, one);
    notes_close(n);
    assert_int_equal(count_notes(f, &name), 0);
}

/* A child writes notes and dies. */
static void
leave_notes(struct fixture *f, bool emptied)
{
    pid_t child = fork();
    int   status;

    if (child == 0) {
        struct notes *n = notes_open(f->folder);
        struct note  *one = NULL;
        struct error  err;

        if (notes_write(n, &f->arena, &f->x, &one, &err) != OK)
            _exit(1);
        if (emptied)
            notes_clear(n, one);
        (void)raise(SIGKILL); /* which nobody can refuse */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void
conformance_76_what_a_dead_process_noted_is_replayed(void **state)
{
    struct fixture *f = *state;
    struct str      name, text;
    struct exchange y;
    struct error    err;
    int             fd, folder;

    leave_notes(f, false);
    assert_int_equal(count_notes(f, &name), 1);
    assert_int_equal(spool_count(f->folder), 0);
    check_replay(f, ERR_STORE); /* it stays until there is a database */
    assert_int_equal(count_notes(f, &name), 1);

    folder = open(spool_path(f, ""), O_RDONLY | O_DIRECTORY);
    assert_int_equal(notes_look(&f->arena, folder, name.ptr, &fd, &text),
                     NOTE_LEFT);
    assert_int_equal(spool_format_read(&f->arena, text, &y, &err), OK);
    check_str(y.request_id, ID);
    assert_int_equal(y.piece_count, 2);
    check_replay(f, OK); /* somebody has it */
    assert_int_equal(close(fd), 0);
    assert_int_equal(close(folder), 0);
}

static void
an_empty_or_a_broken_note_goes(void **state)
{
    struct fixture *f = *state;
    struct str      name;
    int             fd;

    leave_notes(f, true);
    check_replay(f, OK);
    assert_int_equal(count_notes(f, &name), 0);
    leave_notes(f, false);
    assert_int_equal(count_notes(f, &name), 1);
    fd = open(spool_path(f, name.ptr), O_WRONLY);
    assert_int_equal(pwrite(fd, "x", 1, 40), 1);
    assert_int_equal(close(fd), 0);
    check_replay(f, OK);
    assert_int_equal(count_notes(f, &name), 0);
}

static void
an_id_that_is_no_id_never_becomes_a_path(void **state)
{
    struct fixture *f = *state;
    struct error    err;

    f->x.request_id = STR("../../../../tmp/0123456789abcdef");
    assert_int_equal(f->x.request_id.len, 32);
    assert_int_equal(spool_write(&f->arena, f->folder, &f->x, &err),
                     ERR_INTERNAL);
    assert_int_equal(spool_count(f->folder), 0);
}

static void
without_a_database_the_file_stays(void **state)
{
    struct fixture *f = *state;
    struct error    err;
    size_t          saved, bad;

    assert_int_equal(spool_write(&f->arena, f->folder, &f->x, &err), OK);
    assert_int_equal(spool_replay(f->db, f->folder, &saved, &bad, &err),
                     ERR_STORE);
    assert_int_equal(saved, 0);
    assert_int_equal(bad, 0);
    assert_int_equal(spool_count(f->folder), 1);
}

static void
bad_files_are_set_aside(void **state)
{
    struct fixture *f = *state;
    struct error    err;
    struct str      text;
    size_t          saved, bad;

    assert_int_equal(spool_format_write(&f->arena, &f->x, &text, &err), OK);
    put_file(f, "00000000000000000000000000000001.json", STR("nonsense"));
    put_file(f, "00000000000000000000000000000002.json", STR(""));
    put_file(f, "00000000000000000000000000000003.json", text);
    assert_int_equal(symlink("/etc/passwd", spool_path(f,
                         "00000000000000000000000000000004.json")), 0);
    assert_int_equal(mkfifo(spool_path(f,
                         "00000000000000000000000000000005.json"), 0600), 0);
    assert_int_equal(spool_replay(f->db, f->folder, &saved, &bad, &err), OK);
    assert_int_equal(saved, 0);
    assert_int_equal(bad, 5);
    assert_int_equal(spool_count(f->folder), 0);
    assert_int_equal(access(spool_path(f,
                         "00000000000000000000000000000001.bad"), F_OK), 0);
}

static void
other_files_are_left_alone(void **state)
{
    struct fixture *f = *state;
    struct error    err;
    size_t          saved, bad;

    put_file(f, "README", STR("x"));
    put_file(f, ID ".1234.tmp", STR("half"));
    put_file(f, "0123456789ABCDEF0123456789ABCDEF.json", STR("x"));
    assert_int_equal(spool_replay(f->db, f->folder, &saved, &bad, &err), OK);
    assert_int_equal(saved + bad, 0);
    assert_int_equal(access(spool_path(f, "README"), F_OK), 0);
}

static void
no_spool_is_an_empty_one(void **state)
{
    struct fixture *f = *state;
    struct error    err;
    size_t          saved, bad;

    assert_int_equal(spool_count("/nonexistent"), 0);
    assert_int_equal(spool_replay(f->db, "/nonexistent", &saved, &bad, &err),
                     OK);
    assert_int_equal(saved + bad, 0);
    assert_int_equal(spool_write(&f->arena, "/nonexistent", &f->x, &err),
                     ERR_INTERNAL);
}

#define SPOOL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, \
                                                         tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(an_exchange_comes_back_exactly),
        SPOOL_TEST(an_exchange_without_pieces_is_kept_too),
        SPOOL_TEST(a_file_of_an_older_version_is_read),
        SPOOL_TEST(hostile_text_is_refused),
        SPOOL_TEST(a_file_is_private_and_counted),
        SPOOL_TEST(notes_are_used_again),
        SPOOL_TEST(conformance_76_what_a_dead_process_noted_is_replayed),
        SPOOL_TEST(an_empty_or_a_broken_note_goes),
        SPOOL_TEST(an_id_that_is_no_id_never_becomes_a_path),
        SPOOL_TEST(without_a_database_the_file_stays),
        SPOOL_TEST(bad_files_are_set_aside),
        SPOOL_TEST(other_files_are_left_alone),
        SPOOL_TEST(no_spool_is_an_empty_one),
    };

    db_library_init();
    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
