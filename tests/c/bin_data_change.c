/* BinData: what changes the bytes, and what looks at them. */
#include <limits.h>
#include <pthread.h>

#include "check.h"
#include "ckws.h"

static ckws_bin_data *filled(const char *text)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    REQUIRE(bd != NULL);
    CHECK(ckws_bin_data_append_binary(bd, (const uint8_t *)text, strlen(text)));
    return bd;
}

static void expect_bytes(ckws_bin_data *bd, const char *bytes, size_t count)
{
    size_t len = 12345;
    const uint8_t *got = ckws_bin_data_get_bytes(bd, &len);

    CHECK_INT(len, (long long)count);
    CHECK(got != NULL && len == count && memcmp(got, bytes, count) == 0);
    CHECK(got != NULL && got[count] == 0);
}

static void expect_text(ckws_bin_data *bd, const char *text)
{
    expect_bytes(bd, text, strlen(text));
}

static void expect_failure(ckws_bin_data *bd, int code, const char *part)
{
    CHECK(!ckws_bin_data_get_last_method_success(bd));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), code);
    CHECK_TELLING(contains(ckws_bin_data_get_last_error_text(bd), part), ckws_bin_data_get_last_error_text(bd));
}

static void test_append(void)
{
    ckws_bin_data *bd = filled("one");
    ckws_bin_data *other = filled("two");

    CHECK(ckws_bin_data_append_bd(bd, other));
    expect_text(bd, "onetwo");
    expect_text(other, "two");
    CHECK(ckws_bin_data_append_bd(bd, bd));
    expect_text(bd, "onetwoonetwo");
    CHECK(ckws_bin_data_append_byte(other, 0));
    CHECK(ckws_bin_data_append_byte(other, 255));
    expect_bytes(other, "two\0\xff", 5);
    CHECK(!ckws_bin_data_append_byte(other, 256));
    expect_failure(other, CKWS_ERROR_INVALID_ARGUMENT, "256");
    CHECK(!ckws_bin_data_append_byte(other, -1));
    expect_failure(other, CKWS_ERROR_INVALID_ARGUMENT, "-1");
    expect_bytes(other, "two\0\xff", 5);
    ckws_bin_data_dispose(bd);
    ckws_bin_data_dispose(other);
}

/* What an object lends may be given back to it. */
static void test_its_own_bytes(void)
{
    ckws_bin_data *bd = filled("0123456789");
    const uint8_t *bytes;
    size_t len;
    int i;

    for (i = 0; i < 10; i++) {
        bytes = ckws_bin_data_get_bytes(bd, &len);
        CHECK(ckws_bin_data_append_binary(bd, bytes, len));
    }
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 10240);
    CHECK_INT(ckws_bin_data_get_byte(bd, 10239), '9');
    bytes = ckws_bin_data_get_bytes(bd, &len);
    CHECK(ckws_bin_data_load_binary(bd, bytes + 1, 3));
    expect_text(bd, "123");
    ckws_bin_data_dispose(bd);
}

static void test_load_binary(void)
{
    ckws_bin_data *bd = filled("old");

    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)"new one", 7));
    expect_text(bd, "new one");
    CHECK(!ckws_bin_data_load_binary(bd, NULL, 1));
    expect_failure(bd, CKWS_ERROR_NULL_ARGUMENT, "data");
    expect_text(bd, "new one");
    CHECK(ckws_bin_data_load_binary(bd, NULL, 0));
    expect_text(bd, "");
    ckws_bin_data_dispose(bd);
}

static void test_secure_clear(void)
{
    ckws_bin_data *bd = filled("a secret that is overwritten");
    const uint8_t *bytes;
    size_t len;

    bytes = ckws_bin_data_get_bytes(bd, &len);
    CHECK(ckws_bin_data_secure_clear(bd));
    expect_text(bd, "");
    /* Still the object's memory, so a few more bytes go there. */
    CHECK(ckws_bin_data_append_byte(bd, 'x'));
    CHECK(ckws_bin_data_get_bytes(bd, &len) == bytes);
    expect_text(bd, "x");
    CHECK(ckws_bin_data_secure_clear(bd));
    CHECK(ckws_bin_data_secure_clear(bd));
    ckws_bin_data_dispose(bd);
}

static void test_contents_equal(void)
{
    ckws_bin_data *bd = filled("same");
    ckws_bin_data *other = filled("same");

    CHECK(ckws_bin_data_contents_equal(bd, other));
    CHECK(ckws_bin_data_contents_equal(bd, bd));
    CHECK(ckws_bin_data_append_byte(other, 0));
    CHECK(!ckws_bin_data_contents_equal(bd, other));
    CHECK(ckws_bin_data_get_last_method_success(bd));
    ckws_bin_data_dispose(other);
    CHECK(!ckws_bin_data_contents_equal(bd, other));
    expect_failure(bd, CKWS_ERROR_INVALID_HANDLE, "other");
    ckws_bin_data_dispose(bd);
}

static void test_get_byte(void)
{
    static const int OUTSIDE[] = { 3, -1, INT_MAX, INT_MIN };
    ckws_bin_data *bd = ckws_bin_data_create();
    size_t i;

    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)"a\0\xff", 3));
    CHECK_INT(ckws_bin_data_get_byte(bd, 0), 'a');
    CHECK_INT(ckws_bin_data_get_byte(bd, 1), 0);
    CHECK_INT(ckws_bin_data_get_byte(bd, 2), 255);
    CHECK(ckws_bin_data_get_last_method_success(bd));
    for (i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++) {
        CHECK_INT(ckws_bin_data_get_byte(bd, OUTSIDE[i]), -1);
        expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "there are 3 bytes");
    }
    ckws_bin_data_dispose(bd);
}

static void test_remove_chunk(void)
{
    static const int OUTSIDE[][2] = { { 0, 5 }, { 4, 1 }, { 5, 0 }, { -1, 2 }, { 1, -1 }, { INT_MAX, INT_MAX } };
    ckws_bin_data *bd = filled("0123456789");
    size_t i;

    CHECK(ckws_bin_data_remove_chunk(bd, 2, 3));
    expect_text(bd, "0156789");
    CHECK(ckws_bin_data_remove_chunk(bd, 0, 1));
    expect_text(bd, "156789");
    CHECK(ckws_bin_data_remove_chunk(bd, 4, 2));
    expect_text(bd, "1567");
    CHECK(ckws_bin_data_remove_chunk(bd, 4, 0));
    for (i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++) {
        CHECK(!ckws_bin_data_remove_chunk(bd, OUTSIDE[i][0], OUTSIDE[i][1]));
        expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "there are 4 bytes");
        CHECK(ckws_bin_data_get_encoded_chunk(bd, OUTSIDE[i][0], OUTSIDE[i][1], "hex") == NULL);
        expect_failure(bd, CKWS_ERROR_INVALID_ARGUMENT, "there are 4 bytes");
    }
    CHECK(ckws_bin_data_remove_chunk(bd, 0, 4));
    expect_text(bd, "");
    ckws_bin_data_dispose(bd);
}

struct pair {
    ckws_bin_data *to;
    ckws_bin_data *from;
};

static void *append_again_and_again(void *argument)
{
    const struct pair *pair = argument;
    int i;

    for (i = 0; i < 300; i++) {
        CHECK(ckws_bin_data_append_bd(pair->to, pair->from));
        (void)ckws_bin_data_contents_equal(pair->to, pair->from);
        CHECK(ckws_bin_data_load_binary(pair->to, (const uint8_t *)"x", 1));
    }
    return NULL;
}

/* One appends to the other while the other appends to the one. */
static void test_two_ways_at_once(void)
{
    ckws_bin_data *one = filled("1");
    ckws_bin_data *other = filled("2");
    struct pair pairs[2];
    pthread_t threads[2];
    int i;

    pairs[0].to = pairs[1].from = one;
    pairs[0].from = pairs[1].to = other;
    for (i = 0; i < 2; i++)
        REQUIRE(pthread_create(&threads[i], NULL, append_again_and_again, &pairs[i]) == 0);
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    expect_text(one, "x");
    ckws_bin_data_dispose(one);
    ckws_bin_data_dispose(other);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_append();
    test_its_own_bytes();
    test_load_binary();
    test_secure_clear();
    test_contents_equal();
    test_get_byte();
    test_remove_chunk();
    test_two_ways_at_once();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
