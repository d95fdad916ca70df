/* StringBuilder: what changes the text. */
#include <limits.h>

#include "check.h"
#include "ckws.h"

static ckws_string_builder *filled(const char *text)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    REQUIRE(sb != NULL);
    CHECK(ckws_string_builder_append(sb, text));
    return sb;
}

static void expect_string(ckws_string_builder *sb, const char *text)
{
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), text);
}

static void expect_failure(ckws_string_builder *sb, int code, const char *part)
{
    CHECK(!ckws_string_builder_get_last_method_success(sb));
    CHECK_INT(ckws_string_builder_get_last_error_code(sb), code);
    CHECK_TELLING(contains(ckws_string_builder_get_last_error_text(sb), part),
                  ckws_string_builder_get_last_error_text(sb));
}

static void test_append(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_string_builder *other = filled("\xc3\xa9");

    CHECK(ckws_string_builder_append_int(sb, 0));
    CHECK(ckws_string_builder_append_line(sb, "", false));
    CHECK(ckws_string_builder_append_int(sb, INT_MAX));
    CHECK(ckws_string_builder_append_line(sb, "!", true));
    CHECK(ckws_string_builder_append_int(sb, INT_MIN));
    expect_string(sb, "0\n2147483647!\r\n-2147483648");
    CHECK(ckws_string_builder_set_string(sb, "a"));
    CHECK(ckws_string_builder_append_sb(sb, other));
    CHECK(ckws_string_builder_append_sb(sb, sb));
    expect_string(sb, "a\xc3\xa9" "a\xc3\xa9");
    CHECK(ckws_string_builder_prepend(sb, "<"));
    CHECK(ckws_string_builder_prepend(sb, ""));
    expect_string(sb, "<a\xc3\xa9" "a\xc3\xa9");
    CHECK(!ckws_string_builder_append_line(sb, NULL, true));
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "text");
    ckws_string_builder_dispose(other);
    CHECK(!ckws_string_builder_append_sb(sb, other));
    expect_failure(sb, CKWS_ERROR_INVALID_HANDLE, "other");
    expect_string(sb, "<a\xc3\xa9" "a\xc3\xa9");
    ckws_string_builder_dispose(sb);
}

static void expect_utf8(ckws_string_builder *sb, const char *text, size_t count)
{
    size_t len = 12345;
    const char *got = ckws_string_builder_get_utf8(sb, &len);

    CHECK_INT(len, (long long)count);
    /* A NUL lies behind it. */
    CHECK(got != NULL && len == count && memcmp(got, text, count + 1) == 0);
}

static void test_utf8(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();
    size_t len = 7;

    expect_utf8(sb, "", 0);
    CHECK(ckws_string_builder_append_utf8(sb, "a\0b", 3));
    expect_utf8(sb, "a\0b", 3);
    CHECK(ckws_string_builder_append_utf8(sb, NULL, 0));
    CHECK(!ckws_string_builder_append_utf8(sb, "\xe4\xb8", 2));
    expect_failure(sb, CKWS_ERROR_INVALID_UTF8, "text");
    CHECK(!ckws_string_builder_append_utf8(sb, "x", SIZE_MAX));
    expect_failure(sb, CKWS_ERROR_LENGTH_TOO_LARGE, "text");
    CHECK(!ckws_string_builder_append_utf8(sb, NULL, 1));
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "text");
    expect_utf8(sb, "a\0b", 3);
    CHECK_INT(ckws_string_builder_get_length(sb), 3);
    ckws_string_builder_clear(sb);
    expect_utf8(sb, "", 0);
    CHECK(ckws_string_builder_get_utf8(sb, NULL) == NULL);
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "len");
    ckws_string_builder_dispose(sb);
    CHECK(ckws_string_builder_get_utf8(sb, &len) == NULL);
    CHECK_INT(len, 0);
}

/* What an object lends may be given back to it. */
static void test_its_own_text(void)
{
    ckws_string_builder *sb = filled("0123456789");
    const char *text;
    size_t len;
    int i;

    for (i = 0; i < 10; i++) {
        text = ckws_string_builder_get_utf8(sb, &len);
        CHECK(ckws_string_builder_append_utf8(sb, text, len));
    }
    CHECK_INT(ckws_string_builder_get_length(sb), 10240);
    text = ckws_string_builder_get_utf8(sb, &len);
    CHECK(ckws_string_builder_set_string(sb, text + 10237));
    expect_string(sb, "789");
    text = ckws_string_builder_get_utf8(sb, &len);
    CHECK(ckws_string_builder_append_line(sb, text + 1, false));
    text = ckws_string_builder_get_utf8(sb, &len);
    CHECK(ckws_string_builder_prepend(sb, text + 5));
    expect_string(sb, "\n78989\n");
    text = ckws_string_builder_get_utf8(sb, &len);
    CHECK_INT(ckws_string_builder_replace(sb, text, text + 5), 1);
    expect_string(sb, "9\n");
    ckws_string_builder_dispose(sb);
}

static void test_append_bd(void)
{
    static const int OUTSIDE[][2] = { { 0, 7 }, { 6, 1 }, { 7, 0 }, { -1, 1 }, { 1, -1 }, { INT_MAX, INT_MAX } };
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    size_t i;

    CHECK(ckws_string_builder_append_bd(sb, bd, "utf-8", 0, 0));
    expect_string(sb, "");
    CHECK(ckws_bin_data_load_binary(bd, (const uint8_t *)"ab\xe9" "cd\xff", 6));
    CHECK(ckws_string_builder_append_bd(sb, bd, "iso-8859-1", 0, 0));
    expect_string(sb, "ab\xc3\xa9" "cd\xc3\xbf");
    ckws_string_builder_clear(sb);
    CHECK(ckws_string_builder_append_bd(sb, bd, "utf-8", 0, 2));
    CHECK(ckws_string_builder_append_bd(sb, bd, "utf-8", 3, 3));
    CHECK(ckws_string_builder_append_bd(sb, bd, "utf-8", 6, 0));
    expect_string(sb, "abcd\xef\xbf\xbd");
    for (i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++) {
        CHECK(!ckws_string_builder_append_bd(sb, bd, "utf-8", OUTSIDE[i][0], OUTSIDE[i][1]));
        expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "there are 6 bytes");
    }
    CHECK(!ckws_string_builder_append_bd(sb, bd, "utf-9", 0, 0));
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "utf-9");
    expect_string(sb, "abcd\xef\xbf\xbd");
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
}

static void test_replace(void)
{
    ckws_string_builder *sb = filled("aXbXXc");

    CHECK_INT(ckws_string_builder_replace(sb, "X", "\xc3\xa9\xc3\xa9"), 3);
    expect_string(sb, "a\xc3\xa9\xc3\xa9" "b\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" "c");
    CHECK_INT(ckws_string_builder_replace(sb, "\xc3\xa9\xc3\xa9", ""), 3);
    expect_string(sb, "abc");
    CHECK_INT(ckws_string_builder_replace(sb, "B", "x"), 0);
    CHECK(ckws_string_builder_get_last_method_success(sb));
    CHECK_INT(ckws_string_builder_replace(sb, "abc", "aaa"), 1);
    CHECK_INT(ckws_string_builder_replace(sb, "aa", "b"), 1);
    expect_string(sb, "ba");
    CHECK_INT(ckws_string_builder_replace(sb, "", "x"), -1);
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "empty");
    CHECK_INT(ckws_string_builder_replace(sb, "a", NULL), -1);
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "replacement");
    expect_string(sb, "ba");
    ckws_string_builder_dispose(sb);
}

static void test_shorten_and_trim(void)
{
    ckws_string_builder *sb = filled("a\xc3\xb1\xe4\xb8\x96\xf0\x9f\x91\x8b");

    CHECK(ckws_string_builder_shorten(sb, 0));
    CHECK_INT(ckws_string_builder_get_length(sb), 4);
    CHECK(ckws_string_builder_shorten(sb, 2));
    expect_string(sb, "a\xc3\xb1");
    CHECK(!ckws_string_builder_shorten(sb, -1));
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "-1");
    expect_string(sb, "a\xc3\xb1");
    CHECK(ckws_string_builder_shorten(sb, INT_MAX));
    expect_string(sb, "");
    CHECK(ckws_string_builder_trim(sb));
    CHECK(ckws_string_builder_set_string(sb, " \t\r\n\xc2\xa0 in between\xe2\x80\x83\n"));
    CHECK(ckws_string_builder_trim(sb));
    expect_string(sb, "in between");
    ckws_string_builder_dispose(sb);
}

static void test_case(void)
{
    ckws_string_builder *sb = filled("Stra\xc3\x9f" "e \xce\x9f\xce\x94\xce\x9f\xce\xa3");

    CHECK(ckws_string_builder_to_lowercase(sb));
    expect_string(sb, "stra\xc3\x9f" "e \xce\xbf\xce\xb4\xce\xbf\xcf\x82");
    CHECK(ckws_string_builder_to_uppercase(sb));
    expect_string(sb, "STRASSE \xce\x9f\xce\x94\xce\x9f\xce\xa3");
    ckws_string_builder_dispose(sb);
}

static void test_secure_clear(void)
{
    ckws_string_builder *sb = filled("a secret");

    ckws_string_builder_secure_clear(sb);
    CHECK(ckws_string_builder_get_last_method_success(sb));
    expect_string(sb, "");
    ckws_string_builder_secure_clear(sb);
    CHECK(ckws_string_builder_append(sb, "usable"));
    expect_string(sb, "usable");
    ckws_string_builder_dispose(sb);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_append();
    test_utf8();
    test_its_own_text();
    test_append_bd();
    test_replace();
    test_shorten_and_trim();
    test_case();
    test_secure_clear();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
