/* Key rings, sealing, hashing, tokens. */
#include "unit/check.h"

#include <sys/stat.h>
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
