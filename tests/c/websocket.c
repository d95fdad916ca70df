/* The WebSocket object by itself: defaults, settings, error texts, lifetimes. No test here needs a server,
 * save those of the log, which want a method that succeeds. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "markup.h"
#include "net.h"

static void test_defaults_of_settings(void)
{
    ckws_websocket *ws = ckws_create();

    REQUIRE(ws != NULL);
    CHECK(ckws_get_auto_flush(ws));
    CHECK(ckws_get_close_auto_respond(ws));
    CHECK(ckws_get_ping_auto_respond(ws));
    CHECK(ckws_get_pong_auto_consume(ws));
    CHECK(ckws_get_require_ssl_cert_verify(ws));
    CHECK(!ckws_get_verbose_logging(ws));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 30000);
    CHECK_INT(ckws_get_connect_timeout_ms(ws), 30000);
    CHECK_INT(ckws_get_max_message_size(ws), 64 << 20);
    CHECK_TEXT(ckws_get_uncommon_options(ws), "");
    CHECK_TEXT(ckws_get_debug_log_file_path(ws), "");
    ckws_dispose(ws);
}

static void test_defaults_of_state(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_get_is_connected(ws));
    CHECK(!ckws_get_close_received(ws));
    CHECK(!ckws_get_final_frame(ws));
    CHECK(!ckws_get_need_send_pong(ws));
    CHECK(!ckws_get_pong_consumed(ws));
    CHECK(!ckws_get_wants_write(ws));
    CHECK_INT(ckws_get_close_status_code(ws), 0);
    CHECK_INT(ckws_get_fd(ws), -1);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    CHECK_INT(ckws_get_frame_data_size(ws), 0);
    CHECK_INT(ckws_get_frame_opcode_int(ws), 0);
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_NONE);
    CHECK_INT(ckws_get_pending_send_bytes(ws), 0);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    CHECK_INT(ckws_get_response_status_code(ws), 0);
    CHECK_TEXT(ckws_get_close_reason(ws), "");
    CHECK_TEXT(ckws_get_frame_opcode(ws), "");
    CHECK_TEXT(ckws_get_subprotocol(ws), "");
    CHECK(ckws_get_last_error_text(ws) != NULL);
    CHECK(ckws_response_hdr_by_name(ws, "Upgrade") == NULL);
    ckws_dispose(ws);
}

static void test_switches_are_kept(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_auto_flush(ws, false) && !ckws_get_auto_flush(ws));
    CHECK(ckws_set_close_auto_respond(ws, false) && !ckws_get_close_auto_respond(ws));
    CHECK(ckws_set_ping_auto_respond(ws, false) && !ckws_get_ping_auto_respond(ws));
    CHECK(ckws_set_pong_auto_consume(ws, false) && !ckws_get_pong_auto_consume(ws));
    CHECK(ckws_set_require_ssl_cert_verify(ws, false) && !ckws_get_require_ssl_cert_verify(ws));
    CHECK(ckws_set_verbose_logging(ws, true) && ckws_get_verbose_logging(ws));
    CHECK(ckws_set_last_method_success(ws, false) && !ckws_get_last_method_success(ws));
    CHECK(ckws_set_last_method_success(ws, true) && ckws_get_last_method_success(ws));
    ckws_dispose(ws);
}

static void test_values_are_kept(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, 0));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 0);
    CHECK(ckws_set_idle_timeout_ms(ws, 2147483647));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 2147483647);
    CHECK(ckws_set_connect_timeout_ms(ws, 1234));
    CHECK_INT(ckws_get_connect_timeout_ms(ws), 1234);
    CHECK(ckws_set_max_message_size(ws, INT64_MAX));
    CHECK(ckws_get_max_message_size(ws) == INT64_MAX);
    CHECK(ckws_set_max_message_size(ws, 0));
    CHECK_INT(ckws_get_max_message_size(ws), 0);
    CHECK(ckws_set_uncommon_options(ws, "ProtectFromVpn,unknown"));
    CHECK_TEXT(ckws_get_uncommon_options(ws), "ProtectFromVpn,unknown");
    ckws_dispose(ws);
}

static void test_minus_one_is_no_limit(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, -1));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 0);
    CHECK(ckws_set_connect_timeout_ms(ws, -1));
    CHECK_INT(ckws_get_connect_timeout_ms(ws), 0);
    CHECK(ckws_set_close_timeout_ms(ws, -1));
    CHECK_INT(ckws_get_close_timeout_ms(ws), 0);
    CHECK(ckws_set_max_message_size(ws, -1));
    CHECK_INT(ckws_get_max_message_size(ws), 0);
    ckws_dispose(ws);
}

static void test_refused_setters_keep_the_old_value(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_set_idle_timeout_ms(ws, -2));
    expect_refusal(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 30000);

    CHECK(!ckws_set_connect_timeout_ms(ws, -2147483647 - 1));
    expect_refusal(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_get_connect_timeout_ms(ws), 30000);

    CHECK(!ckws_set_close_timeout_ms(ws, -2));
    expect_refusal(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_get_close_timeout_ms(ws), 10000);

    CHECK(!ckws_set_max_message_size(ws, -2));
    expect_refusal(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_get_max_message_size(ws), 64 << 20);

    CHECK(!ckws_set_debug_log_file_path(ws, NULL));
    expect_refusal(ws, CKWS_ERROR_NULL_ARGUMENT);
    CHECK_TEXT(ckws_get_debug_log_file_path(ws), "");

    CHECK(!ckws_set_uncommon_options(ws, "bad \xff"));
    expect_refusal(ws, CKWS_ERROR_INVALID_UTF8);
    CHECK_TEXT(ckws_get_uncommon_options(ws), "");
    ckws_dispose(ws);
}

static void test_nothing_works_without_a_connection(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    const uint8_t *data;
    size_t len;

    CHECK(!ckws_send_frame(ws, "x", true));
    expect_failure(ws, CKWS_ERROR_NOT_CONNECTED);
    CHECK(!ckws_send_frame_bd(ws, bd, true));
    CHECK(!ckws_send_frame_sb(ws, sb, true));
    CHECK(!ckws_send_text(ws, "x", 1));
    CHECK(!ckws_send_binary(ws, (const uint8_t *)"x", 1));
    CHECK(!ckws_send_ping(ws, ""));
    CHECK(!ckws_send_pong(ws));
    CHECK(!ckws_send_close(ws, true, 1000, ""));
    expect_failure(ws, CKWS_ERROR_NOT_CONNECTED);
    CHECK(!ckws_read_message(ws));
    CHECK(!ckws_try_read_frame(ws));
    CHECK_INT(ckws_receive(ws, &data, &len), -1);
    CHECK(!ckws_add_client_headers(ws));
    CHECK(!ckws_validate_server_handshake(ws));
    CHECK(!ckws_get_last_method_success(ws));

    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_NOT_CONNECTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);

    /* A read would return at once, with its failure. */
    CHECK(ckws_poll_data_available(ws));
    CHECK(ckws_get_last_method_success(ws));
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
    ckws_dispose(ws);
}

/* A string stays until ten more were handed out, so the first of ten is still there. */
static void test_ten_strings_live_side_by_side(void)
{
    ckws_websocket *ws = ckws_create();
    const char *strings[10];
    char text[16];
    int i;

    for (i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "option %d", i);
        CHECK(ckws_set_uncommon_options(ws, text));
        strings[i] = ckws_get_uncommon_options(ws);
    }
    for (i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "option %d", i);
        CHECK_TEXT(strings[i], text);
    }
    ckws_dispose(ws);
}

static void test_error_text_is_copied(void)
{
    ckws_websocket *ws = ckws_create();
    char whole[4096];
    char small[8];
    size_t length;

    CHECK(!ckws_read_frame(ws));
    length = strlen(ckws_get_last_error_text(ws));
    REQUIRE(length > sizeof small && length < sizeof whole);
    CHECK_INT(ckws_copy_last_error_text(ws, NULL, 0), (long long)length);
    CHECK_INT(ckws_copy_last_error_text(ws, whole, sizeof whole), (long long)length);
    CHECK_TEXT(whole, ckws_get_last_error_text(ws));

    /* Like snprintf: what fits, and a NUL. */
    memset(small, '#', sizeof small);
    CHECK_INT(ckws_copy_last_error_text(ws, small, sizeof small - 1), (long long)length);
    CHECK_INT(small[sizeof small - 2], '\0');
    CHECK_INT(small[sizeof small - 1], '#');
    CHECK_INT(strncmp(small, whole, sizeof small - 2), 0);
    CHECK_INT(ckws_copy_last_error_text(ws, whole, length + 1), (long long)length);
    CHECK_TEXT(whole, ckws_get_last_error_text(ws));
    ckws_dispose(ws);
}

static void test_property_accesses_leave_the_error_alone(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_read_frame(ws));
    CHECK(ckws_set_idle_timeout_ms(ws, 5));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 5);
    CHECK(ckws_set_uncommon_options(ws, "x"));
    expect_failure(ws, CKWS_ERROR_NOT_CONNECTED);
    CHECK(contains(ckws_get_last_error_text(ws), "ReadFrame"));
    ckws_dispose(ws);
}

static void test_success_replaces_the_error(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(contains(ckws_get_last_error_text(ws), "Success."));
    CHECK(!ckws_send_text(ws, NULL, 1));
    expect_failure(ws, CKWS_ERROR_NULL_ARGUMENT);
    expect_echo(ws, "all is well");
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_NONE);
    CHECK(ckws_get_last_method_success(ws));
    CHECK(contains(ckws_get_last_error_text(ws), "Success."));
    CHECK_TEXT(ckws_get_last_error_message(ws), "");
    ckws_dispose(ws);
    CHECK_TEXT(ckws_get_last_error_message(ws),
               "The handle is not alive (NULL, disposed, of another kind, or never created).");
}

static void test_debug_log_names_the_methods(void)
{
    static char text[65536];
    char path[] = "/tmp/ckws-log-XXXXXX";
    int fd = mkstemp(path);
    ckws_websocket *ws = connect_to("");

    REQUIRE(fd >= 0);
    close(fd);
    CHECK(ckws_set_debug_log_file_path(ws, path));
    CHECK_TEXT(ckws_get_debug_log_file_path(ws), path);
    CHECK(ckws_set_verbose_logging(ws, true));
    CHECK(ckws_send_frame(ws, "hello", true));
    CHECK(ckws_read_frame(ws));
    CHECK(ckws_set_debug_log_file_path(ws, ""));
    CHECK(ckws_send_ping(ws, "not logged"));
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "SendFrame"));
    CHECK(contains(text, "ReadFrame"));
    CHECK(contains(text, "Success."));
    CHECK(!contains(text, "SendPing"));
    CHECK(unlink(path) == 0);
    ckws_dispose(ws);
}

static void test_a_verbose_log_has_the_facts_of_a_read(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data;
    size_t len;

    CHECK(ckws_set_verbose_logging(ws, true));
    CHECK(ckws_send_text(ws, "seven b", 7));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_TEXT);
    CHECK(contains(ckws_get_last_error_text(ws), "payloadBytes: 7"));
    CHECK(contains(ckws_get_last_error_text(ws), "finalFrame: true"));
    CHECK(ckws_send_close(ws, true, 1000, "bye"));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_CLOSE);
    CHECK(contains(ckws_get_last_error_text(ws), "opcode: Close"));
    CHECK(!contains(ckws_get_last_error_text(ws), "finalFrame"));
    ckws_dispose(ws);
}

static void test_forms_of_the_log(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK_TEXT(ckws_get_last_error_text(ws), "");
    CHECK_TEXT(ckws_get_last_error_message(ws), "");
    CHECK(is_xml(ckws_get_last_error_xml(ws)) && !contains(ckws_get_last_error_xml(ws), "<method"));
    CHECK(is_html(ckws_get_last_error_html(ws)));

    CHECK(!ckws_connect(ws, "http://<b>\"&]]>/"));
    CHECK_TELLING(is_xml(ckws_get_last_error_xml(ws)), ckws_get_last_error_xml(ws));
    CHECK(contains(ckws_get_last_error_xml(ws), "<method name=\"Connect\" success=\"false\""));
    CHECK(contains(ckws_get_last_error_xml(ws), "<error code=\"106\" name=\"CKWS_ERROR_INVALID_URL\">"));
    CHECK_TELLING(is_html(ckws_get_last_error_html(ws)), ckws_get_last_error_html(ws));
    CHECK(contains(ckws_get_last_error_html(ws), "CKWS_ERROR_INVALID_URL (106)"));
    /* To look at it is no call. */
    expect_failure(ws, CKWS_ERROR_INVALID_URL);
    ckws_dispose(ws);

    CHECK(is_xml(ckws_get_last_error_xml(ws)) && contains(ckws_get_last_error_xml(NULL), "not alive"));
    CHECK(is_html(ckws_get_last_error_html(ws)) && contains(ckws_get_last_error_html(NULL), "not alive"));
}

static void test_version(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK_TEXT(ckws_get_version(ws), ckws_version());
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults_of_settings();
    test_defaults_of_state();
    test_switches_are_kept();
    test_values_are_kept();
    test_minus_one_is_no_limit();
    test_refused_setters_keep_the_old_value();
    test_nothing_works_without_a_connection();
    test_ten_strings_live_side_by_side();
    test_error_text_is_copied();
    test_property_accesses_leave_the_error_alone();
    test_success_replaces_the_error();
    test_debug_log_names_the_methods();
    test_a_verbose_log_has_the_facts_of_a_read();
    test_forms_of_the_log();
    test_version();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
