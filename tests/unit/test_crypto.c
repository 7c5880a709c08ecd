/* Key rings, sealing, hashing, tokens. */
#include "unit/check.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/crypto.h"

#include "base/banned.h"

enum { PATH_BYTES = 64 };

/* A path in a folder of its own. */
static void
make_path(char path[PATH_BYTES])
{
    char folder[PATH_BYTES] = "/tmp/test_crypto.XXXXXX";

    assert_non_null(mkdtemp(folder));
    assert_true(snprintf(path, PATH_BYTES, "%s/ring", folder) > 0);
}

static void
remove_path(char path[PATH_BYTES])
{
    (void)unlink(path); /* it may be gone */
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
}

static void
write_ring(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

#define HEX64(c) c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c

static const char good_ring[] =
    "# a comment\n"
    "hash " HEX64("0a") "\n"
    "\n"
    "seal 7 " HEX64("0b") "\n"
    "seal 3 " HEX64("0c");

static enum status
load_text(const char *text, mode_t mode, struct key_ring *ring)
{
    struct error err;
    char         path[PATH_BYTES];
    enum status  st;

    make_path(path);
    write_ring(path, text, mode);
    st = key_ring_load(path, ring, &err);
    remove_path(path);
    return st;
}

static void
a_ring_is_read_with_the_first_seal_line_first(void **state)
{
    struct key_ring ring;

    (void)state;
    assert_int_equal(load_text(good_ring, 0600, &ring), OK);
    assert_int_equal(ring.seal_count, 2);
    assert_int_equal(ring.seal[0].id, 7);
    assert_int_equal(ring.seal[1].id, 3);
    assert_int_equal(ring.hash_key[31], 0x0a);
    assert_int_equal(ring.seal[1].key[0], 0x0c);
}

static void
damaged_rings_are_refused(void **state)
{
    static const char *const damaged[] = {
        "",
        "hash " HEX64("0a") "\n",
        "seal 1 " HEX64("0a") "\n",
        "hash " HEX64("0a") "\nseal 1 " HEX64("0a") "0\n",
        "hash " HEX64("0a") "\nseal 1 " HEX64("zz") "\n",
        "hash " HEX64("0a") "\nseal 0 " HEX64("0a") "\n",
        "hash " HEX64("0a") "\nseal 4294967296 " HEX64("0a") "\n",
        "hash " HEX64("0a") "\nseal " HEX64("0a") "\n",
        "hash " HEX64("0a") "\nhash " HEX64("0a") "\nseal 1 " HEX64("0a"),
        "hash " HEX64("0a") "\nseal 1 " HEX64("0a") "\nseal 1 " HEX64("0b"),
        "hash " HEX64("0a") "\nseal 1 " HEX64("0a") "\nnonsense\n",
        "hash " HEX64("0a") "\nnext 1 " HEX64("0a") "\n",
        "hash " HEX64("0a") "\nseal 1 " HEX64("0a") "\nnext 1 " HEX64("0b"),
    };
    struct key_ring ring;

    (void)state;
    for (size_t i = 0; i < COUNT(damaged); i++)
        assert_int_equal(load_text(damaged[i], 0600, &ring), ERR_CONFIG);
}

static void
a_ring_that_others_can_read_is_refused(void **state)
{
    struct key_ring ring;

    (void)state;
    assert_int_equal(load_text(good_ring, 0640, &ring), ERR_CONFIG);
    assert_int_equal(load_text(good_ring, 0604, &ring), ERR_CONFIG);
}

static void
a_ring_is_created_once_and_privately(void **state)
{
    struct key_ring first, second;
    struct error    err;
    struct stat     st;
    char            path[PATH_BYTES];

    (void)state;
    make_path(path);
    assert_int_equal(key_ring_load(path, &first, &err), ERR_CONFIG);
    assert_int_equal(key_ring_create(path, &err), OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(key_ring_load(path, &first, &err), OK);
    assert_int_equal(key_ring_create(path, &err), ERR_CONFLICT);
    assert_int_equal(key_ring_load(path, &second, &err), OK);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(key_ring_create(path, &err), OK);
    assert_int_equal(key_ring_load(path, &second, &err), OK);
    assert_memory_not_equal(first.hash_key, second.hash_key, 32);
    remove_path(path);
    assert_int_equal(key_ring_create("/nonexistent/ring", &err), ERR_CONFIG);
}

static void
a_key_waits_then_seals_then_stays_alone(void **state)
{
    struct key_ring ring, read;
    struct error    err;
    struct stat     st;
    char            path[PATH_BYTES];

    (void)state;
    make_path(path);
    write_ring(path, good_ring, 0600);
    assert_int_equal(key_ring_load(path, &ring, &err), OK);
    assert_false(key_ring_advance(&ring));
    assert_int_equal(key_ring_add(&ring, 9, &err), OK);
    assert_int_equal(key_ring_replace(&ring, &err), OK);
    assert_int_equal(key_ring_load(path, &read, &err), OK);
    assert_memory_equal(&ring, &read, sizeof(ring));
    assert_int_equal(read.seal[0].id, 7);
    assert_int_equal(read.seal[2].id, 10);
    assert_true(read.seal[2].next);

    assert_true(key_ring_advance(&read));
    assert_int_equal(read.seal[0].id, 10);
    assert_memory_equal(read.seal[0].key, ring.seal[2].key, 32);
    assert_int_equal(read.seal[1].id, 7);
    assert_int_equal(read.seal[2].id, 3);
    assert_int_equal(key_ring_add(&read, 0, &err), OK);
    key_ring_drop(&read, 10); /* it seals */
    key_ring_drop(&read, 99); /* it is not there */
    assert_int_equal(read.seal_count, 4);
    key_ring_drop(&read, 7);
    key_ring_drop(&read, 3);
    assert_int_equal(key_ring_replace(&read, &err), OK);
    assert_int_equal(key_ring_load(path, &read, &err), OK);
    assert_int_equal(read.seal_count, 2);
    assert_int_equal(read.seal[0].id, 10);
    assert_int_equal(read.seal[1].id, 11);
    assert_memory_equal(read.hash_key, ring.hash_key, 32);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    remove_path(path);
}

static void
a_ring_has_room_for_its_most_keys_and_no_more(void **state)
{
    struct key_ring ring, read;
    struct error    err;
    char            path[PATH_BYTES];

    (void)state;
    make_path(path);
    assert_int_equal(key_ring_create(path, &err), OK);
    assert_int_equal(key_ring_load(path, &ring, &err), OK);
    assert_int_equal(key_ring_add(&ring, UINT32_MAX, &err), ERR_CONFLICT);
    for (uint32_t i = 1; i < KEY_RING_MAX; i++) {
        assert_int_equal(key_ring_add(&ring, UINT32_MAX - KEY_RING_MAX + i - 1,
                                      &err), OK);
        assert_true(key_ring_advance(&ring));
    }
    assert_int_equal(key_ring_add(&ring, 0, &err), ERR_CONFLICT);
    assert_int_equal(key_ring_replace(&ring, &err), OK);
    assert_int_equal(key_ring_load(path, &read, &err), OK);
    assert_memory_equal(&ring, &read, sizeof(ring));
    remove_path(path);
}

static void
what_a_crash_left_is_no_obstacle(void **state)
{
    struct key_ring ring, read;
    struct error    err;
    struct stat     st;
    char            path[PATH_BYTES], beside[PATH_BYTES + 8];

    (void)state;
    make_path(path);
    write_ring(path, good_ring, 0600);
    assert_int_equal(key_ring_load(path, &ring, &err), OK);
    assert_true(snprintf(beside, sizeof(beside), "%s.new", path) > 0);
    write_ring(beside, "hash 0a", 0400);
    assert_int_equal(key_ring_load(path, &read, &err), OK);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(key_ring_replace(&ring, &err), OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, geteuid() == 0 ? 65534 : geteuid());
    assert_int_equal(access(beside, F_OK), -1);
    assert_int_equal(mkdir(beside, 0700), 0); /* nothing can be written */
    assert_int_equal(key_ring_replace(&ring, &err), ERR_CONFIG);
    assert_int_equal(key_ring_load(path, &read, &err), OK);
    assert_memory_equal(&ring, &read, sizeof(ring));
    assert_int_equal(rmdir(beside), 0);
    remove_path(path);
    assert_int_equal(key_ring_replace(&ring, &err), ERR_CONFIG);
}

static void
a_link_to_a_ring_stays_a_link(void **state)
{
    struct key_ring ring;
    struct error    err;
    struct stat     st;
    char            path[PATH_BYTES], link[PATH_BYTES + 8];

    (void)state;
    make_path(path);
    write_ring(path, good_ring, 0600);
    assert_true(snprintf(link, sizeof(link), "%s.link", path) > 0);
    assert_int_equal(symlink("ring", link), 0);
    assert_int_equal(key_ring_load(link, &ring, &err), OK);
    key_ring_drop(&ring, 3);
    assert_int_equal(key_ring_replace(&ring, &err), OK);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(key_ring_load(path, &ring, &err), OK);
    assert_int_equal(ring.seal_count, 1);
    assert_int_equal(unlink(link), 0);
    remove_path(path);
}

/* Replaces the ring until it is killed. */
static void
replace_for_ever(const char *path)
{
    struct key_ring ring;
    struct error    err;

    for (;;) {
        if (key_ring_load(path, &ring, &err) != OK ||
            key_ring_add(&ring, 0, &err) != OK || !key_ring_advance(&ring))
            _exit(1);
        key_ring_drop(&ring, ring.seal[1].id);
        if (key_ring_replace(&ring, &err) != OK)
            _exit(1);
    }
}

static void
whoever_is_killed_leaves_a_whole_ring(void **state)
{
    enum { KILLS = 40, REPLACED = 3 };
    struct key_ring first, ring;
    struct error    err;
    char            path[PATH_BYTES], beside[PATH_BYTES + 8];
    int             status;

    (void)state;
    make_path(path);
    assert_true(snprintf(beside, sizeof(beside), "%s.new", path) > 0);
    assert_int_equal(key_ring_create(path, &err), OK);
    assert_int_equal(key_ring_load(path, &first, &err), OK);
    ring = first;
    for (int i = 0; i < KILLS; i++) {
        uint32_t until = ring.seal[0].id + REPLACED;
        pid_t    child = fork();

        assert_true(child >= 0);
        if (child == 0)
            replace_for_ever(path);
        while (ring.seal[0].id < until) {
            assert_int_equal(waitpid(child, &status, WNOHANG), 0);
            assert_int_equal(key_ring_load(path, &ring, &err), OK);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(key_ring_load(path, &ring, &err), OK);
        assert_int_equal(ring.seal_count, 1);
        assert_memory_equal(ring.hash_key, first.hash_key, 32);
    }
    (void)unlink(beside); /* it may be there */
    remove_path(path);
}

static void
a_ring_is_read_again_as_its_file_is_now(void **state)
{
    struct arena           a = ARENA_INIT;
    struct key_ring        ring, changed;
    const struct key_ring *now;
    struct error           err;
    char                   path[PATH_BYTES];

    (void)state;
    make_path(path);
    write_ring(path, good_ring, 0600);
    assert_int_equal(key_ring_load(path, &ring, &err), OK);
    changed = ring;
    assert_int_equal(key_ring_add(&changed, 0, &err), OK);
    assert_int_equal(key_ring_replace(&changed, &err), OK);
    assert_null(key_ring_find(&ring, 8));
    assert_int_equal(key_ring_again(&a, &ring, &now, &err), OK);
    assert_non_null(key_ring_find(now, 8));
    remove_path(path);
    assert_int_equal(key_ring_again(&a, &ring, &now, &err), ERR_CONFIG);
    ring.path = NULL;
    assert_int_equal(key_ring_again(&a, &ring, &now, &err), OK);
    assert_ptr_equal(now, &ring);
    arena_release(&a);
}

static void
what_is_sealed_opens_again(void **state)
{
    struct arena    a = ARENA_INIT;
    struct key_ring ring;
    struct error    err;
    struct str      sealed, again, plain, empty;
    uint32_t        id;

    (void)state;
    assert_int_equal(load_text(good_ring, 0600, &ring), OK);
    assert_int_equal(crypto_seal(&a, &ring, STR("sk-secret"), STR("1/openai"),
                                 &id, &sealed, &err), OK);
    assert_int_equal(id, 7);
    assert_int_equal(str_find(sealed, STR("sk-secret")), STR_NOWHERE);
    assert_int_equal(crypto_open(&a, &ring, id, sealed, STR("1/openai"),
                                 &plain, &err), OK);
    assert_true(str_equal(plain, STR("sk-secret")));
    assert_int_equal(plain.ptr[plain.len], '\0');
    assert_int_equal(crypto_seal(&a, &ring, STR("sk-secret"), STR("1/openai"),
                                 &id, &again, &err), OK);
    assert_false(str_equal(sealed, again));
    assert_int_equal(crypto_seal(&a, &ring, STR_NONE, STR("x"), &id, &empty,
                                 &err), OK);
    assert_int_equal(crypto_open(&a, &ring, id, empty, STR("x"), &plain,
                                 &err), OK);
    assert_int_equal(plain.len, 0);
    arena_release(&a);
}

static void
what_was_changed_or_moved_does_not_open(void **state)
{
    struct arena    a = ARENA_INIT;
    struct key_ring ring;
    struct error    err;
    struct str      sealed, plain;
    uint32_t        id;
    char            bytes[128];

    (void)state;
    assert_int_equal(load_text(good_ring, 0600, &ring), OK);
    assert_int_equal(crypto_seal(&a, &ring, STR("sk-secret"), STR("1/openai"),
                                 &id, &sealed, &err), OK);
    assert_int_equal(crypto_open(&a, &ring, id, sealed, STR("2/openai"),
                                 &plain, &err), ERR_INTERNAL);
    assert_int_equal(crypto_open(&a, &ring, 3, sealed, STR("1/openai"),
                                 &plain, &err), ERR_INTERNAL);
    assert_int_equal(crypto_open(&a, &ring, 99, sealed, STR("1/openai"),
                                 &plain, &err), ERR_CONFIG);
    for (size_t i = 0; i < sealed.len; i++) {
        struct str changed = { bytes, sealed.len };

        memcpy(bytes, sealed.ptr, sealed.len);
        bytes[i] ^= 1;
        assert_int_equal(crypto_open(&a, &ring, id, changed, STR("1/openai"),
                                     &plain, &err), ERR_INTERNAL);
        assert_int_equal(crypto_open(&a, &ring, id, str_slice(sealed, 0, i),
                                     STR("1/openai"), &plain, &err),
                         ERR_INTERNAL);
    }
    arena_release(&a);
}

static void
hashes_of_keys_depend_on_the_ring(void **state)
{
    struct key_ring ring;
    uint8_t         one[CRYPTO_HASH_BYTES], two[CRYPTO_HASH_BYTES];

    (void)state;
    assert_int_equal(load_text(good_ring, 0600, &ring), OK);
    crypto_hash_key(&ring, STR("mk_a"), one);
    crypto_hash_key(&ring, STR("mk_a"), two);
    assert_memory_equal(one, two, sizeof(one));
    crypto_hash_key(&ring, STR("mk_b"), two);
    assert_memory_not_equal(one, two, sizeof(one));
    ring.hash_key[0] ^= 1;
    crypto_hash_key(&ring, STR("mk_a"), two);
    assert_memory_not_equal(one, two, sizeof(one));
}

/* BLAKE2b-256 of "abc", as `b2sum -l 256` has it. */
static void
texts_have_their_known_hash(void **state)
{
    struct arena a = ARENA_INIT;
    uint8_t      hash[CRYPTO_HASH_BYTES], back[CRYPTO_HASH_BYTES];
    struct str   hex;

    (void)state;
    crypto_hash_text(STR("abc"), hash);
    hex = crypto_hex(&a, hash, sizeof(hash));
    assert_true(str_equal(hex, STR("bddd813c634239723171ef3fee98579b"
                                   "94964e3bb1cb3e427262c8c068d52319")));
    assert_true(crypto_from_hex(hex, back, sizeof(back)));
    assert_memory_equal(hash, back, sizeof(hash));
    assert_false(crypto_from_hex(str_slice(hex, 0, 63), back, sizeof(back)));
    assert_false(crypto_from_hex(STR("zz"), back, 1));
    assert_false(crypto_from_hex(STR("1:2"), back, 1));
    arena_release(&a);
}

static void
new_keys_have_their_form_and_differ(void **state)
{
    struct arena a = ARENA_INIT;
    struct str   one = crypto_new_memory_key(&a);
    struct str   two = crypto_new_memory_key(&a);
    struct str   id = crypto_new_request_id(&a);

    (void)state;
    assert_int_equal(one.len, 3 + KEY_SECRET_CHARS);
    assert_true(str_starts(one, STR("mk_")));
    for (size_t i = 3; i < one.len; i++)
        assert_true((one.ptr[i] >= '0' && one.ptr[i] <= '9') ||
                    (one.ptr[i] >= 'A' && one.ptr[i] <= 'Z') ||
                    (one.ptr[i] >= 'a' && one.ptr[i] <= 'z'));
    assert_false(crypto_equal(one, two));
    assert_true(crypto_equal(one, arena_copy(&a, one)));
    assert_true(crypto_equal(STR_NONE, STR("")));
    assert_int_equal(id.len, 32);
    arena_release(&a);
}

static void
passwords_become_argon2id_text(void **state)
{
    struct arena a = ARENA_INIT;
    struct error err;
    struct str   hash;

    (void)state;
    assert_int_equal(crypto_hash_password(&a, STR("correct horse"), &hash,
                                          &err), OK);
    assert_true(str_starts(hash, STR("$argon2id$")));
    arena_release(&a);
}

static void
the_ring_is_in_the_state_folder_unless_told(void **state)
{
    struct arena a = ARENA_INIT;
    struct conf  conf = { .key_ring = "", .state_dir = "/state" };

    (void)state;
    assert_string_equal(key_ring_path(&a, &conf), "/state/key-ring");
    conf.key_ring = "/etc/ring";
    assert_string_equal(key_ring_path(&a, &conf), "/etc/ring");
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_read_with_the_first_seal_line_first),
        cmocka_unit_test(damaged_rings_are_refused),
        cmocka_unit_test(a_ring_that_others_can_read_is_refused),
        cmocka_unit_test(a_ring_is_created_once_and_privately),
        cmocka_unit_test(a_key_waits_then_seals_then_stays_alone),
        cmocka_unit_test(a_ring_has_room_for_its_most_keys_and_no_more),
        cmocka_unit_test(what_a_crash_left_is_no_obstacle),
        cmocka_unit_test(a_link_to_a_ring_stays_a_link),
        cmocka_unit_test(whoever_is_killed_leaves_a_whole_ring),
        cmocka_unit_test(a_ring_is_read_again_as_its_file_is_now),
        cmocka_unit_test(what_is_sealed_opens_again),
        cmocka_unit_test(what_was_changed_or_moved_does_not_open),
        cmocka_unit_test(hashes_of_keys_depend_on_the_ring),
        cmocka_unit_test(texts_have_their_known_hash),
        cmocka_unit_test(new_keys_have_their_form_and_differ),
        cmocka_unit_test(passwords_become_argon2id_text),
        cmocka_unit_test(the_ring_is_in_the_state_folder_unless_told),
    };
    struct error err;

    if (crypto_init(&err) != OK)
        return 1;
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
