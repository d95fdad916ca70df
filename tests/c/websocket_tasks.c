/* Each method of a WebSocket as a task: its result, what it refuses, and LoadTaskCaller. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

/* Two strings that no function takes. */
static const char *const NOT_TEXT[] = { NULL, "\xff" };
static const int NOT_TEXT_CODES[] = { CKWS_ERROR_NULL_ARGUMENT, CKWS_ERROR_INVALID_UTF8 };

static void expect_no_task(ckws_websocket *ws, ckws_task *task, int code)
{
    CHECK(task == NULL);
    expect_failure(ws, code);
}

static void test_connect(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *task = ckws_connect_async(ws, ws_url());
    int i;

    run_to_success(task);
    CHECK_TEXT(ckws_task_get_result_type(task), "bool");
    CHECK(ckws_task_get_result_bool(task));
    CHECK(contains(ckws_task_get_result_error_text(task), "Connect"));
    CHECK(ckws_get_is_connected(ws));
    CHECK_INT(ckws_get_response_status_code(ws), 101);
    expect_echo(ws, "connected by a task");
    ckws_task_dispose(task);

    for (i = 0; i < 2; i++)
        expect_no_task(ws, ckws_connect_async(ws, NOT_TEXT[i]), NOT_TEXT_CODES[i]);
    perform_to_failure(ckws_connect_async(ws, "http://127.0.0.1/"), CKWS_ERROR_INVALID_URL);
    ckws_dispose(ws);
}

static void test_a_connect_that_is_refused(void)
{
    ckws_websocket *ws = ckws_create();
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", closed_port());
    perform_to_failure(ckws_connect_async(ws, url), CKWS_ERROR_CONNECT_REFUSED);
    snprintf(url, sizeof url, "%srefuse", ws_url());
    perform_to_failure(ckws_connect_async(ws, url), CKWS_ERROR_UPGRADE_REFUSED);
    CHECK_INT(ckws_get_response_status_code(ws), 404);
    ckws_dispose(ws);
}

static void test_a_connect_that_times_out(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ckws_create();

    ws_peer_listen(&peer);
    /* Long enough for TCP on a busy machine. */
    CHECK(ckws_set_connect_timeout_ms(ws, 500));
    perform_to_failure(ckws_connect_async(ws, peer.url), CKWS_ERROR_HTTP_TIMEOUT);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_tls(void)
{
    ckws_websocket *ws = ckws_create();

    perform_to_failure(ckws_connect_async(ws, wss_url()), CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    perform(ckws_connect_async(ws, wss_url()));
    perform(ckws_send_frame_async(ws, "over TLS", true));
    perform(ckws_read_frame_async(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "over TLS");
    ckws_dispose(ws);
}

/* What ckws_receive has lent belongs to a thread, and a task is none. */
static void test_a_read_task_ends_no_loan(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    const uint8_t *lent;
    size_t len;

    ws_peer_send_text(&peer, "lent to this thread");
    CHECK_INT(ckws_receive(ws, &lent, &len), CKWS_OPCODE_TEXT);
    ws_peer_send_text(&peer, "read by a task");
    perform(ckws_read_frame_async(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "read by a task");
    ws_peer_send_text(&peer, "read by another");
    perform(ckws_read_frame_async(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "read by another");
    CHECK(len == 19 && memcmp(lent, "lent to this thread", len) == 0);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_read_frame(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);

    ws_peer_send(&peer, CKWS_OPCODE_TEXT, "a part");
    perform(ckws_read_frame_async(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_TEXT);
    CHECK(!ckws_get_final_frame(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    CHECK_TEXT(ckws_get_frame_data(ws), "a part");

    CHECK(ckws_set_idle_timeout_ms(ws, 20));
    perform_to_failure(ckws_read_frame_async(ws), CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
    CHECK(ckws_get_is_connected(ws));
    /* It is the settings at the start that count. */
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    ws_peer_send(&peer, 0xf0, "reserved bits");
    perform_to_failure(ckws_read_frame_async(ws), CKWS_ERROR_RESERVED_BITS);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_INVALID);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* A peer that never answers our Close, met by a call and by a task. */
static void test_an_unanswered_close(void)
{
    int by_task;

    for (by_task = 0; by_task < 2; by_task++) {
        struct ws_peer peer;
        ckws_websocket *ws = ws_peer_open(&peer);

        CHECK_INT(ckws_get_close_timeout_ms(ws), 10000);
        CHECK(ckws_set_close_timeout_ms(ws, 20));
        CHECK_INT(ckws_get_close_timeout_ms(ws), 20);
        CHECK(ckws_set_idle_timeout_ms(ws, 0));
        CHECK(ckws_send_close(ws, true, 1000, "bye"));
        CHECK(ckws_get_is_connected(ws));
        if (by_task) {
            perform_to_failure(ckws_read_message_async(ws), CKWS_ERROR_CLOSE_TIMEOUT);
        } else {
            CHECK(!ckws_read_message(ws));
            CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_CLOSE_TIMEOUT);
        }
        CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
        CHECK(!ckws_get_is_connected(ws));
        CHECK(!ckws_get_close_received(ws));
        ckws_dispose(ws);
        ws_peer_close(&peer);
    }
}

static void test_read_message(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_message_async(ws);

    run_and_let_wait(read);
    ws_peer_send(&peer, CKWS_OPCODE_TEXT, "one ");
    ws_peer_send(&peer, CKWS_OPCODE_CONTINUATION, "message");
    CHECK(!ckws_task_wait(read, 10));
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CONTINUATION, "!");
    wait_for_end(read);
    expect_completed(read);
    CHECK(ckws_task_get_result_bool(read));
    CHECK_TEXT(ckws_get_frame_data(ws), "one message!");
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_receive(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *receive = ckws_receive_async(ws);
    const uint8_t *data;
    size_t len;

    ws_peer_send_text(&peer, "a message");
    run_to_success(receive);
    data = ckws_task_get_result_data(receive, &len);
    CHECK(len == 9 && memcmp(data, "a message", len) == 0);
    CHECK_INT(ckws_task_get_result_opcode(receive), CKWS_OPCODE_TEXT);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    ckws_task_dispose(receive);
    ckws_dispose(ws);
    perform_to_failure(ckws_receive_async(ws = ckws_create()), CKWS_ERROR_NOT_CONNECTED);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* The strings and bytes are those of the moment when the task was made. */
static void test_sends_copy_their_arguments(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *tasks[5];
    char text[] = "abc";
    char payload[126];
    int i;

    tasks[0] = ckws_send_frame_async(ws, text, false);
    tasks[1] = ckws_send_frame_async(ws, text + 1, true);
    tasks[2] = ckws_send_text_async(ws, text, 2);
    tasks[3] = ckws_send_binary_async(ws, (const uint8_t *)text, 3);
    tasks[4] = ckws_send_ping_async(ws, text);
    memset(text, 'x', 3);
    for (i = 0; i < 5; i++)
        perform(tasks[i]);
    CHECK_INT(ws_peer_receive(&peer, payload), CKWS_OPCODE_TEXT);
    CHECK_TEXT(payload, "abc");
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_CONTINUATION);
    CHECK_TEXT(payload, "bc");
    ws_peer_expect_text(&peer, "ab");
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_BINARY);
    CHECK_TEXT(payload, "abc");
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_PING);
    CHECK_TEXT(payload, "abc");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Objects are shared: their content is that of the moment when the task starts, with or without a handle of theirs. */
static void test_sends_share_objects(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_task *binary = ckws_send_frame_bd_async(ws, bd, true);
    ckws_task *text = ckws_send_frame_sb_async(ws, sb, true);
    char payload[126];

    CHECK(ckws_bin_data_append_string(bd, "late bytes", "utf-8"));
    CHECK(ckws_string_builder_append(sb, "late text"));
    run_to_success(binary);
    run_to_success(text);
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_BINARY);
    CHECK_TEXT(payload, "late bytes");
    ws_peer_expect_text(&peer, "late text");

    CHECK(ckws_string_builder_append(sb, "er"));
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    perform(binary);
    perform(text);
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_BINARY);
    CHECK_TEXT(payload, "late bytes");
    ws_peer_expect_text(&peer, "late texter");

    expect_no_task(ws, ckws_send_frame_bd_async(ws, bd, true), CKWS_ERROR_INVALID_HANDLE);
    expect_no_task(ws, ckws_send_frame_sb_async(ws, sb, true), CKWS_ERROR_INVALID_HANDLE);
    expect_no_task(ws, ckws_send_frame_bd_async(ws, NULL, true), CKWS_ERROR_INVALID_HANDLE);
    expect_no_task(ws, ckws_send_frame_sb_async(ws, NULL, true), CKWS_ERROR_INVALID_HANDLE);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_ping_and_pong(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char payload[126];

    perform(ckws_send_ping_async(ws, NULL));
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_PING);
    CHECK_TEXT(payload, "");
    perform(ckws_send_pong_async(ws));
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_PONG);
    CHECK_TEXT(payload, "");

    CHECK(ckws_set_ping_auto_respond(ws, false));
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_PING, "are you there");
    perform(ckws_read_frame_async(ws));
    CHECK(ckws_get_need_send_pong(ws));
    perform(ckws_send_pong_async(ws));
    CHECK(!ckws_get_need_send_pong(ws));
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_PONG);
    CHECK_TEXT(payload, "are you there");
    expect_no_task(ws, ckws_send_ping_async(ws, "\xff"), CKWS_ERROR_INVALID_UTF8);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_flush(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);

    CHECK(ckws_set_auto_flush(ws, false));
    perform(ckws_send_frame_async(ws, "gathered", true));
    CHECK(ckws_get_pending_send_bytes(ws) > 0);
    CHECK(ws_peer_is_quiet(&peer));
    perform(ckws_flush_async(ws));
    CHECK_INT(ckws_get_pending_send_bytes(ws), 0);
    ws_peer_expect_text(&peer, "gathered");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_close(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char payload[126];

    perform_to_failure(ckws_send_close_async(ws, true, -1, "reason"), CKWS_ERROR_INVALID_ARGUMENT);
    perform_to_failure(ckws_send_close_async(ws, true, 16384, "reason"), CKWS_ERROR_INVALID_ARGUMENT);
    expect_no_task(ws, ckws_send_close_async(ws, true, 1000, "\xff"), CKWS_ERROR_INVALID_UTF8);
    perform(ckws_send_close_async(ws, true, 1000, NULL));
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_CLOSE);
    CHECK(memcmp(payload, "\x03\xe8", 3) == 0);
    perform_to_failure(ckws_send_frame_async(ws, "too late", true), CKWS_ERROR_CLOSE_SENT);
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CLOSE, "\x03\xe8" "bye");
    shutdown(peer.fd, SHUT_WR);
    perform(ckws_read_frame_async(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    CHECK_TEXT(ckws_get_close_reason(ws), "bye");
    CHECK(!ckws_get_is_connected(ws));
    perform_to_failure(ckws_read_frame_async(ws), CKWS_ERROR_CLOSED);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_sends_refuse_what_is_no_text(void)
{
    ckws_websocket *ws = ckws_create();
    const char byte = 'x';
    const size_t too_long = (size_t)PTRDIFF_MAX + 1;
    int i;

    for (i = 0; i < 2; i++)
        expect_no_task(ws, ckws_send_frame_async(ws, NOT_TEXT[i], true), NOT_TEXT_CODES[i]);
    expect_no_task(ws, ckws_send_text_async(ws, NULL, 1), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(ws, ckws_send_text_async(ws, "\xff", 1), CKWS_ERROR_INVALID_UTF8);
    expect_no_task(ws, ckws_send_text_async(ws, &byte, too_long), CKWS_ERROR_LENGTH_TOO_LARGE);
    expect_no_task(ws, ckws_send_binary_async(ws, NULL, 1), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(ws, ckws_send_binary_async(ws, (const uint8_t *)&byte, too_long), CKWS_ERROR_LENGTH_TOO_LARGE);
    ckws_dispose(ws);
}

static void test_without_a_connection(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_task *tasks[10];
    int i;

    tasks[0] = ckws_read_frame_async(ws);
    tasks[1] = ckws_read_message_async(ws);
    tasks[2] = ckws_send_frame_async(ws, "", true);
    tasks[3] = ckws_send_frame_bd_async(ws, bd, true);
    tasks[4] = ckws_send_frame_sb_async(ws, sb, true);
    tasks[5] = ckws_send_text_async(ws, NULL, 0);
    tasks[6] = ckws_send_binary_async(ws, NULL, 0);
    tasks[7] = ckws_send_ping_async(ws, "");
    tasks[8] = ckws_send_pong_async(ws);
    tasks[9] = ckws_send_close_async(ws, false, 0, NULL);
    for (i = 0; i < 10; i++)
        perform_to_failure(tasks[i], CKWS_ERROR_NOT_CONNECTED);
    /* There is nothing to flush. */
    perform(ckws_flush_async(ws));
    /* The handle's own account is that of the call that made the task. */
    CHECK(ckws_get_last_method_success(ws));
    CHECK(contains(ckws_get_last_error_text(ws), "FlushAsync"));
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    ckws_dispose(ws);
}

static void test_a_handle_that_is_not_alive_makes_no_task(void)
{
    ckws_websocket *ws = ckws_create();

    ckws_dispose(ws);
    CHECK(ckws_read_frame_async(ws) == NULL);
    CHECK(ckws_connect_async(NULL, ws_url()) == NULL);
}

/* The account goes to the object's debug log, before and after the method, as that of a blocking call. */
static void test_the_debug_log(void)
{
    ckws_websocket *ws = ckws_create();
    char path[64];
    char text[4096];

    snprintf(path, sizeof path, "task-of-websocket-%d.log", (int)getpid());
    remove(path);
    CHECK(ckws_set_debug_log_file_path(ws, path));
    perform_to_failure(ckws_read_frame_async(ws), CKWS_ERROR_NOT_CONNECTED);
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "ReadFrameAsync"));
    CHECK(contains(text, "ReadFrame:"));
    CHECK(contains(text, "not connected"));
    remove(path);
    ckws_dispose(ws);
}

static void test_load_task_caller(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_websocket *other = ckws_create();
    ckws_task *read = ckws_read_frame_async(ws);

    ws_peer_send_text(&peer, "text");
    run_to_success(read);
    CHECK_TELLING(ckws_load_task_caller(other, read), ckws_get_last_error_text(other));
    CHECK(contains(ckws_get_last_error_text(other), "LoadTaskCaller"));
    CHECK(ckws_get_is_connected(other));
    CHECK_INT(ckws_get_frame_opcode_int(other), CKWS_OPCODE_TEXT);
    CHECK_TEXT(ckws_get_frame_data(other), "text");
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    CHECK(ckws_set_idle_timeout_ms(other, 4711));
    CHECK_INT(ckws_get_idle_timeout_ms(ws), 4711);
    CHECK(send_whole(other, "by the other"));
    ws_peer_expect_text(&peer, "by the other");

    /* Loaded once more, nothing changes. */
    CHECK(ckws_load_task_caller(other, read));
    CHECK(ckws_load_task_caller(ws, read));
    CHECK(ckws_get_is_connected(ws));

    ckws_dispose(ws);
    CHECK(ckws_get_is_connected(other));
    CHECK(ws_peer_is_quiet(&peer));
    CHECK(send_whole(other, "alone"));
    ws_peer_expect_text(&peer, "alone");
    ckws_dispose(other);
    ws_peer_expect_end(&peer);
    ckws_task_dispose(read);
    ws_peer_close(&peer);
}

/* What the handle was one of before goes as if it had been disposed. */
static void test_load_task_caller_into_a_connected_one(void)
{
    struct ws_peer peer;
    struct ws_peer other_peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_websocket *other = ws_peer_open(&other_peer);
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *of_other = ckws_read_frame_async(other);

    CHECK(ckws_load_task_caller(other, read));
    ws_peer_expect_end(&other_peer);
    CHECK(ckws_get_is_connected(other));
    ws_peer_send_text(&peer, "text");
    expect_message(other, "text");

    /* Back to the object before, which lives on in its task, without its connection. */
    CHECK(ckws_load_task_caller(other, of_other));
    CHECK(!ckws_get_is_connected(other));
    CHECK(ckws_get_is_connected(ws));
    ckws_task_dispose(read);
    ckws_task_dispose(of_other);
    ckws_dispose(other);
    ckws_dispose(ws);
    ws_peer_close(&peer);
    ws_peer_close(&other_peer);
}

static void test_load_task_caller_of_a_disposed_object(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_websocket *other = ckws_create();
    ckws_task *read = ckws_read_frame_async(ws);

    run_and_let_wait(read);
    ckws_dispose(ws);
    CHECK(ckws_load_task_caller(other, read));
    ws_peer_send_text(&peer, "text");
    wait_for_end(read);
    /* The task was the last to keep the connection, but for the new handle. */
    CHECK(ckws_get_is_connected(other));
    CHECK_TEXT(ckws_get_frame_data(other), "text");
    ws_peer_send_text(&peer, "more");
    expect_message(other, "more");
    ckws_dispose(other);
    ws_peer_expect_end(&peer);
    ckws_task_dispose(read);
    ws_peer_close(&peer);
}

static void test_load_task_caller_refuses(void)
{
    ckws_websocket *ws = connect_to("");
    ckws_rest *rest = ckws_rest_create();
    ckws_task *empty = ckws_task_create();
    ckws_task *of_rest = ckws_rest_read_response_header_async(rest);

    CHECK(!ckws_load_task_caller(ws, empty));
    expect_failure(ws, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_load_task_caller(ws, of_rest));
    expect_failure(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_load_task_caller(ws, NULL));
    expect_failure(ws, CKWS_ERROR_INVALID_HANDLE);
    expect_echo(ws, "it is as before");
    ckws_task_dispose(empty);
    ckws_task_dispose(of_rest);
    CHECK(!ckws_load_task_caller(ws, empty));
    expect_failure(ws, CKWS_ERROR_INVALID_HANDLE);
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
    CHECK(!ckws_load_task_caller(ws, empty));
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_connect();
    test_a_connect_that_is_refused();
    test_a_connect_that_times_out();
    test_tls();
    test_a_read_task_ends_no_loan();
    test_read_frame();
    test_an_unanswered_close();
    test_read_message();
    test_receive();
    test_sends_copy_their_arguments();
    test_sends_share_objects();
    test_ping_and_pong();
    test_flush();
    test_close();
    test_sends_refuse_what_is_no_text();
    test_without_a_connection();
    test_a_handle_that_is_not_alive_makes_no_task();
    test_the_debug_log();
    test_load_task_caller();
    test_load_task_caller_into_a_connected_one();
    test_load_task_caller_of_a_disposed_object();
    test_load_task_caller_refuses();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
