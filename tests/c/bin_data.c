/* The BinData object. */
#include "check.h"
#include "ckws.h"

static const uint8_t BYTES[] = { 0, 1, 2, 0xff, 0 };

static void expect_bytes(ckws_bin_data *bd, const uint8_t *bytes, size_t count)
{
    size_t len = 12345;
    const uint8_t *got = ckws_bin_data_get_bytes(bd, &len);

    CHECK_INT(ckws_bin_data_get_num_bytes(bd), (long long)count);
    CHECK_INT(len, (long long)count);
    CHECK(count == 0 || (got != NULL && memcmp(got, bytes, count) == 0));
    CHECK(got != NULL && got[count] == 0);
}

static void test_append_and_clear(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    REQUIRE(bd != NULL);
    expect_bytes(bd, NULL, 0);
    CHECK(ckws_bin_data_append_binary(bd, BYTES, 2));
    expect_bytes(bd, BYTES, 2);
    CHECK(ckws_bin_data_append_binary(bd, BYTES + 2, 3));
    expect_bytes(bd, BYTES, 5);
    CHECK(ckws_bin_data_append_binary(bd, NULL, 0));
    CHECK(ckws_bin_data_append_binary(bd, BYTES, 0));
    expect_bytes(bd, BYTES, 5);
    CHECK(ckws_bin_data_clear(bd));
    expect_bytes(bd, NULL, 0);
    ckws_bin_data_dispose(bd);
}

static void expect_failure(ckws_bin_data *bd, int code)
{
    CHECK(!ckws_bin_data_get_last_method_success(bd));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), code);
    CHECK(contains(ckws_bin_data_get_last_error_text(bd), "AppendBinary"));
    CHECK(is_message_of(ckws_bin_data_get_last_error_message(bd), ckws_bin_data_get_last_error_text(bd)));
}

static void test_refused_arguments(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    CHECK(ckws_bin_data_append_binary(bd, BYTES, sizeof BYTES));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), CKWS_ERROR_NONE);
    CHECK_TEXT(ckws_bin_data_get_last_error_message(bd), "");
    CHECK(!ckws_bin_data_append_binary(bd, NULL, 1));
    expect_failure(bd, CKWS_ERROR_NULL_ARGUMENT);
    CHECK(!ckws_bin_data_append_binary(bd, BYTES, (size_t)PTRDIFF_MAX + 1));
    expect_failure(bd, CKWS_ERROR_LENGTH_TOO_LARGE);
    CHECK(!ckws_bin_data_append_binary(bd, BYTES, SIZE_MAX));
    expect_failure(bd, CKWS_ERROR_LENGTH_TOO_LARGE);
    CHECK(ckws_bin_data_get_bytes(bd, NULL) == NULL);
    expect_bytes(bd, BYTES, sizeof BYTES);
    ckws_bin_data_dispose(bd);
}

static void test_last_method_success(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    CHECK(ckws_bin_data_set_last_method_success(bd, false));
    CHECK(!ckws_bin_data_get_last_method_success(bd));
    CHECK(ckws_bin_data_clear(bd));
    CHECK(ckws_bin_data_get_last_method_success(bd));
    CHECK(contains(ckws_bin_data_get_last_error_text(bd), "Success."));
    ckws_bin_data_dispose(bd);
}

static void test_disposed(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    size_t len = 7;

    ckws_bin_data_dispose(bd);
    ckws_bin_data_dispose(bd);
    ckws_bin_data_dispose(NULL);
    CHECK(!ckws_bin_data_append_binary(bd, BYTES, 1));
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), -1);
    CHECK(ckws_bin_data_get_bytes(bd, &len) == NULL);
    CHECK(is_filled(ckws_bin_data_get_last_error_text(bd)));
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_append_and_clear();
    test_refused_arguments();
    test_last_method_success();
    test_disposed();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
