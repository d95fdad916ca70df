/* StringBuilder: comparing, encodings and files. */
#define _POSIX_C_SOURCE 200809L

#include <unistd.h>

#include "check.h"
#include "ckws.h"

#define E_ACUTE "\xc3\xa9"
#define E_ACUTE_CAPITAL "\xc3\x89"
#define SHARP_S "\xc3\x9f"

static ckws_string_builder *filled(const char *text)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    REQUIRE(sb != NULL);
    CHECK(ckws_string_builder_append(sb, text));
    return sb;
}

static void expect_failure(ckws_string_builder *sb, int code, const char *part)
{
    CHECK(!ckws_string_builder_get_last_method_success(sb));
    CHECK_INT(ckws_string_builder_get_last_error_code(sb), code);
    CHECK_TELLING(contains(ckws_string_builder_get_last_error_text(sb), part),
                  ckws_string_builder_get_last_error_text(sb));
}

static void test_compare_with_case(void)
{
    ckws_string_builder *sb = filled("Stra" SHARP_S "e");

    CHECK(ckws_string_builder_contains(sb, "tra", true));
    CHECK(!ckws_string_builder_contains(sb, "Tra", true));
    CHECK(ckws_string_builder_get_last_method_success(sb));
    CHECK(ckws_string_builder_contents_equal(sb, "Stra" SHARP_S "e", true));
    CHECK(!ckws_string_builder_contents_equal(sb, "Strasse", true));
    CHECK(ckws_string_builder_starts_with(sb, "St", true));
    CHECK(!ckws_string_builder_starts_with(sb, "st", true));
    CHECK(ckws_string_builder_ends_with(sb, SHARP_S "e", true));
    CHECK(!ckws_string_builder_ends_with(sb, "E", true));
    CHECK(ckws_string_builder_contains(sb, "", true));
    CHECK(ckws_string_builder_starts_with(sb, "", true));
    CHECK(ckws_string_builder_ends_with(sb, "", true));
    CHECK(!ckws_string_builder_contents_equal(sb, "", true));
    ckws_string_builder_dispose(sb);
}

static void test_compare_without_case(void)
{
    ckws_string_builder *sb = filled("Caf" E_ACUTE " Stra" SHARP_S "e");

    CHECK(ckws_string_builder_contains(sb, E_ACUTE_CAPITAL " sTR", false));
    CHECK(!ckws_string_builder_contains(sb, "cafe", false));
    CHECK(ckws_string_builder_contents_equal(sb, "CAF" E_ACUTE_CAPITAL " STRASSE", false));
    CHECK(!ckws_string_builder_contents_equal(sb, "CAF" E_ACUTE_CAPITAL " STRASS", false));
    CHECK(ckws_string_builder_starts_with(sb, "cAF" E_ACUTE_CAPITAL, false));
    CHECK(!ckws_string_builder_starts_with(sb, "cafe", false));
    CHECK(ckws_string_builder_ends_with(sb, "SSE", false));
    CHECK(!ckws_string_builder_ends_with(sb, "x" SHARP_S "e", false));
    CHECK(ckws_string_builder_set_string(sb, "\xce\xa3\xce\xb1\xcf\x82"));
    CHECK(ckws_string_builder_contents_equal(sb, "\xcf\x83\xce\x91\xcf\x83", false));
    CHECK(ckws_string_builder_get_last_method_success(sb));
    CHECK(!ckws_string_builder_contains(sb, NULL, false));
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "text");
    ckws_string_builder_dispose(sb);
}

static void test_encoded(void)
{
    ckws_string_builder *sb = filled(E_ACUTE "=");

    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "hex", "utf-8"), "C3A93D");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "hex_lower", "utf-16"), "e9003d00");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "url", "iso-8859-1"), "%E9%3D");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "Base64", "UTF-8"), "w6k9");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "Q", "ansi"), "=?windows-1252?Q?=E9=3D?=");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "B", "utf-8"), "=?UTF-8?B?w6k9?=");
    CHECK_TEXT(ckws_string_builder_get_encoded(sb, "qp", "utf-16be"), "=00=E9=00=3D");
    CHECK(ckws_string_builder_get_encoded(sb, "hex", "utf-9") == NULL);
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "utf-9");
    CHECK(ckws_string_builder_get_encoded(sb, "hax", "utf-8") == NULL);
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "hax");
    CHECK(ckws_string_builder_get_encoded(sb, "hex", "koi8-r") == NULL);
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "U+00E9");
    ckws_string_builder_dispose(sb);
}

static void expect_file(const char *path, const char *bytes, size_t count)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    size_t len = 0;
    const uint8_t *got;

    CHECK(ckws_bin_data_load_file(bd, path));
    got = ckws_bin_data_get_bytes(bd, &len);
    CHECK_INT(len, (long long)count);
    CHECK(got != NULL && len == count && memcmp(got, bytes, count) == 0);
    ckws_bin_data_dispose(bd);
}

static void expect_loaded(ckws_string_builder *sb, const char *path, const char *charset)
{
    ckws_string_builder_clear(sb);
    CHECK(ckws_string_builder_load_file(sb, path, charset));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "a" E_ACUTE);
}

static void test_files(const char *path)
{
    ckws_string_builder *sb = filled("a" E_ACUTE);

    CHECK(ckws_string_builder_write_file(sb, path, "utf-8", false));
    expect_file(path, "a" E_ACUTE, 3);
    expect_loaded(sb, path, "utf-8");
    CHECK(ckws_string_builder_write_file(sb, path, "utf-8", true));
    expect_file(path, "\xef\xbb\xbf" "a" E_ACUTE, 6);
    /* The mark counts for more than the charset. */
    expect_loaded(sb, path, "iso-8859-1");
    CHECK(ckws_string_builder_write_file(sb, path, "utf-16", true));
    expect_file(path, "\xff\xfe" "a\0\xe9\0", 6);
    expect_loaded(sb, path, "utf-16");
    expect_loaded(sb, path, "utf-8");
    CHECK(ckws_string_builder_write_file(sb, path, "utf-16be", true));
    expect_file(path, "\xfe\xff\0a\0\xe9", 6);
    expect_loaded(sb, path, "utf-16");
    CHECK(ckws_string_builder_write_file(sb, path, "iso-8859-1", true));
    expect_file(path, "a\xe9", 2);
    expect_loaded(sb, path, "windows-1252");
    CHECK(ckws_string_builder_load_file(sb, path, "utf-8"));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "a\xef\xbf\xbd");
    ckws_string_builder_dispose(sb);
}

static void test_refused_files(const char *path)
{
    ckws_string_builder *sb = filled("kept \xe4\xb8\x96");

    CHECK(!ckws_string_builder_load_file(sb, "/missing/file", "utf-8"));
    expect_failure(sb, CKWS_ERROR_FILE_ACCESS, "/missing/file");
    CHECK(!ckws_string_builder_load_file(sb, ".", "utf-8"));
    expect_failure(sb, CKWS_ERROR_FILE_ACCESS, "is a directory.");
    CHECK(!ckws_string_builder_load_file(sb, path, "utf-9"));
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "utf-9");
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "kept \xe4\xb8\x96");
    CHECK(!ckws_string_builder_write_file(sb, ".", "utf-8", false));
    expect_failure(sb, CKWS_ERROR_FILE_ACCESS, "is a directory");
    CHECK(!ckws_string_builder_write_file(sb, path, "utf-9", false));
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "utf-9");
    CHECK(!ckws_string_builder_write_file(sb, path, "iso-8859-1", false));
    expect_failure(sb, CKWS_ERROR_INVALID_ARGUMENT, "U+4E16");
    /* What was refused did not touch the file. */
    expect_file(path, "a\xe9", 2);
    ckws_string_builder_dispose(sb);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();
    char path[] = "ckws-string-builder-XXXXXX";
    int file = mkstemp(path);

    REQUIRE(file >= 0);
    close(file);
    test_compare_with_case();
    test_compare_without_case();
    test_encoded();
    test_files(path);
    test_refused_files(path);
    CHECK(unlink(path) == 0);
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
