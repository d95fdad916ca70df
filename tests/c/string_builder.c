/* The StringBuilder object. */
#include "check.h"
#include "ckws.h"

static void expect_string(ckws_string_builder *sb, const char *text, int characters)
{
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), text);
    CHECK_INT(ckws_string_builder_get_length(sb), characters);
}

static void test_append_set_and_clear(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    REQUIRE(sb != NULL);
    expect_string(sb, "", 0);
    CHECK(ckws_string_builder_append(sb, "one"));
    CHECK(ckws_string_builder_append(sb, ""));
    CHECK(ckws_string_builder_append(sb, " two"));
    expect_string(sb, "one two", 7);
    CHECK(ckws_string_builder_set_string(sb, "three"));
    expect_string(sb, "three", 5);
    ckws_string_builder_clear(sb);
    expect_string(sb, "", 0);
    ckws_string_builder_dispose(sb);
}

static void test_length_counts_code_points(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_string_builder_append(sb, "a\xc3\xb1\xe4\xb8\x96\xf0\x9f\x91\x8b"));
    expect_string(sb, "a\xc3\xb1\xe4\xb8\x96\xf0\x9f\x91\x8b", 4);
    ckws_string_builder_dispose(sb);
}

/* Ten strings live side by side, whatever happens to the builder. */
static void test_strings_are_copies(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();
    const char *strings[10];
    char text[16] = "";
    int i;

    for (i = 0; i < 10; i++) {
        CHECK(ckws_string_builder_append(sb, "x"));
        strings[i] = ckws_string_builder_get_as_string(sb);
    }
    ckws_string_builder_clear(sb);
    for (i = 0; i < 10; i++) {
        strcat(text, "x");
        CHECK_TEXT(strings[i], text);
    }
    ckws_string_builder_dispose(sb);
}

static void test_append_its_own_string(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_string_builder_set_string(sb, "ab"));
    CHECK(ckws_string_builder_append(sb, ckws_string_builder_get_as_string(sb)));
    expect_string(sb, "abab", 4);
    CHECK(ckws_string_builder_set_string(sb, ckws_string_builder_get_as_string(sb)));
    expect_string(sb, "abab", 4);
    ckws_string_builder_dispose(sb);
}

/* Above 64 KiB a string has a place of its own, apart from the ten. */
static void test_long_string(void)
{
    enum { SIZE = 100000 };
    ckws_string_builder *sb = ckws_string_builder_create();
    char *text = malloc(SIZE + 1);
    const char *lent;
    int i;

    REQUIRE(text != NULL);
    memset(text, 'y', SIZE);
    text[SIZE] = '\0';
    CHECK(ckws_string_builder_append(sb, text));
    lent = ckws_string_builder_get_as_string(sb);
    CHECK(ckws_string_builder_set_string(sb, "short"));
    for (i = 0; i < 20; i++)
        CHECK_TEXT(ckws_string_builder_get_as_string(sb), "short");
    CHECK(lent != NULL && strcmp(lent, text) == 0);
    free(text);
    ckws_string_builder_dispose(sb);
}

static void expect_failure(ckws_string_builder *sb, int code, const char *method)
{
    CHECK(!ckws_string_builder_get_last_method_success(sb));
    CHECK_INT(ckws_string_builder_get_last_error_code(sb), code);
    CHECK(contains(ckws_string_builder_get_last_error_text(sb), method));
    CHECK(is_message_of(ckws_string_builder_get_last_error_message(sb), ckws_string_builder_get_last_error_text(sb)));
}

static void test_refused_arguments(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_string_builder_append(sb, "kept"));
    CHECK_INT(ckws_string_builder_get_last_error_code(sb), CKWS_ERROR_NONE);
    CHECK(contains(ckws_string_builder_get_last_error_text(sb), "Success."));
    CHECK_TEXT(ckws_string_builder_get_last_error_message(sb), "");
    CHECK(!ckws_string_builder_append(sb, NULL));
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "Append");
    CHECK(!ckws_string_builder_append(sb, "\xf0\x9f\x91"));
    expect_failure(sb, CKWS_ERROR_INVALID_UTF8, "Append");
    CHECK(!ckws_string_builder_set_string(sb, NULL));
    expect_failure(sb, CKWS_ERROR_NULL_ARGUMENT, "SetString");
    CHECK(!ckws_string_builder_set_string(sb, "\xc0\x80"));
    expect_failure(sb, CKWS_ERROR_INVALID_UTF8, "SetString");
    expect_string(sb, "kept", 4);
    ckws_string_builder_dispose(sb);
}

static void test_last_method_success(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_string_builder_set_last_method_success(sb, false));
    CHECK(!ckws_string_builder_get_last_method_success(sb));
    /* A method that returns nothing always succeeds. */
    ckws_string_builder_clear(sb);
    CHECK(ckws_string_builder_get_last_method_success(sb));
    ckws_string_builder_dispose(sb);
}

static void test_disposed(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();

    ckws_string_builder_dispose(sb);
    ckws_string_builder_dispose(sb);
    ckws_string_builder_dispose(NULL);
    ckws_string_builder_clear(sb);
    CHECK(!ckws_string_builder_append(sb, "x"));
    CHECK_INT(ckws_string_builder_get_length(sb), -1);
    CHECK(ckws_string_builder_get_as_string(sb) == NULL);
    CHECK(is_filled(ckws_string_builder_get_last_error_text(sb)));
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_append_set_and_clear();
    test_length_counts_code_points();
    test_strings_are_copies();
    test_append_its_own_string();
    test_long_string();
    test_refused_arguments();
    test_last_method_success();
    test_disposed();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
