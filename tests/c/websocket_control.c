/* Control frames: Ping, Pong and the closing handshake. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"

static void test_pong_is_consumed(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_send_ping(ws, "data"));
    CHECK(send_whole(ws, "behind the ping"));
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_TEXT);
    CHECK(ckws_get_pong_consumed(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "behind the ping");
    expect_echo(ws, "no ping this time");
    CHECK(!ckws_get_pong_consumed(ws));
    ckws_dispose(ws);
}

static void test_pong_is_delivered(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data = NULL;
    size_t len = 0;

    CHECK(ckws_set_pong_auto_consume(ws, false));
    CHECK(ckws_send_ping(ws, "data"));
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_PONG);
    CHECK_TEXT(ckws_get_frame_opcode(ws), "Pong");
    CHECK(!ckws_get_pong_consumed(ws));
    /* The payload of a control frame is no data. */
    CHECK_INT(ckws_get_frame_data_len(ws), 0);

    CHECK(ckws_send_ping(ws, "more data"));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_PONG);
    CHECK(data != NULL && len == 9 && memcmp(data, "more data", 9) == 0);
    ckws_dispose(ws);
}

/* Ping data is cut to 125 bytes, at a character boundary. */
static void test_long_ping_is_cut(void)
{
    ckws_websocket *ws = connect_to("");
    char text[127];
    const uint8_t *data = NULL;
    size_t len = 0;
    size_t i;

    for (i = 0; i < 126; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[126] = '\0';
    CHECK(ckws_set_pong_auto_consume(ws, false));
    CHECK(ckws_send_ping(ws, text));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_PONG);
    CHECK_INT(len, 124);
    CHECK(data != NULL && memcmp(data, text, len) == 0);
    ckws_dispose(ws);
}

static void test_ping_is_answered(void)
{
    ckws_websocket *ws = connect_to("ping");

    /* The server's Ping is consumed and answered; the server tells of the answer. */
    expect_message(ws, "pong:are you there");
    CHECK(!ckws_get_need_send_pong(ws));

    /* Without a Ping that waits, a Pong is empty. */
    CHECK(ckws_send_pong(ws));
    expect_message(ws, "pong:");
    ckws_dispose(ws);
}

static void test_ping_is_delivered(void)
{
    ckws_websocket *ws = connect_to("ping");

    CHECK(ckws_set_ping_auto_respond(ws, false));
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_PING);
    CHECK_TEXT(ckws_get_frame_opcode(ws), "Ping");
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    CHECK(ckws_get_need_send_pong(ws));
    CHECK(ckws_send_pong(ws));
    CHECK(!ckws_get_need_send_pong(ws));
    expect_message(ws, "pong:are you there");
    ckws_dispose(ws);
}

/* The state after the closing handshake, whoever began it. */
static void expect_closed(ckws_websocket *ws, int status, const char *reason)
{
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    CHECK_TEXT(ckws_get_frame_opcode(ws), "Close");
    CHECK(ckws_get_close_received(ws));
    CHECK_INT(ckws_get_close_status_code(ws), status);
    CHECK_TEXT(ckws_get_close_reason(ws), reason);
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!send_whole(ws, "too late"));
    expect_some_failure(ws);
    CHECK(!ckws_send_frame(ws, "too late", true));
    CHECK(!ckws_send_ping(ws, "too late"));
    CHECK(!ckws_send_close(ws, true, 1000, "too late"));
    CHECK(!ckws_read_frame(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
    /* What was said last stays readable. */
    CHECK_INT(ckws_get_close_status_code(ws), status);
    CHECK_TEXT(ckws_get_close_reason(ws), reason);
}

static void test_we_close(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(send_whole(ws, "before"));
    CHECK(ckws_send_close(ws, true, 1000, "bye"));
    CHECK(!ckws_get_close_received(ws));
    CHECK(!send_whole(ws, "after"));
    expect_failure(ws, CKWS_ERROR_CLOSE_SENT);

    /* What the server sent before its Close is still delivered. */
    expect_message(ws, "before");
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    expect_closed(ws, 1000, "bye");
    ckws_dispose(ws);
}

static void test_we_close_without_status(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data = NULL;
    size_t len = 99;

    CHECK(ckws_send_close(ws, false, 1000, "not sent"));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_CLOSE);
    CHECK_INT(len, 0);
    CHECK(ckws_get_close_received(ws));
    CHECK_INT(ckws_get_close_status_code(ws), 0);
    CHECK_TEXT(ckws_get_close_reason(ws), "");
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
}

/* A reason is cut to 123 bytes, at a character boundary. */
static void test_long_reason_is_cut(void)
{
    ckws_websocket *ws = connect_to("");
    char reason[201];
    size_t i;

    for (i = 0; i < 200; i += 2)
        memcpy(reason + i, "\xc3\xa9", 2);
    reason[200] = '\0';
    CHECK(ckws_send_close(ws, true, 1000, reason));
    CHECK(ckws_read_frame(ws));
    reason[122] = '\0';
    CHECK_TEXT(ckws_get_close_reason(ws), reason);
    ckws_dispose(ws);
}

static void test_bad_close_is_refused(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(!ckws_send_close(ws, true, -1, ""));
    expect_failure(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_send_close(ws, true, 16384, ""));
    expect_failure(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_send_close(ws, true, 1000, "\xff"));
    expect_failure(ws, CKWS_ERROR_INVALID_UTF8);
    CHECK(ckws_get_is_connected(ws));
    expect_echo(ws, "still open");
    ckws_dispose(ws);
}

static void test_server_closes(void)
{
    ckws_websocket *ws = connect_to("close");

    CHECK(ckws_get_is_connected(ws));
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    expect_closed(ws, 1001, "going away");
    ckws_dispose(ws);
}

static void test_server_closes_and_we_answer(void)
{
    ckws_websocket *ws = connect_to("close");

    CHECK(ckws_set_close_auto_respond(ws, false));
    CHECK(ckws_read_message(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    CHECK(ckws_get_close_received(ws));
    CHECK_INT(ckws_get_close_status_code(ws), 1001);
    /* The answer is ours to give, and ends the connection. */
    CHECK(ckws_get_is_connected(ws));
    CHECK_TELLING(ckws_send_close(ws, true, 1001, ""), ckws_get_last_error_text(ws));
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
}

static void test_close_connection(void)
{
    ckws_websocket *ws = connect_to("");

    expect_echo(ws, "open");
    CHECK(ckws_close_connection(ws));
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!ckws_get_close_received(ws));
    CHECK(!send_whole(ws, "too late"));
    CHECK(!ckws_read_frame(ws));
    expect_some_failure(ws);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
    ckws_dispose(ws);
}

/* Data that was accumulated before the Close stays until it is taken. */
static void test_data_outlives_the_connection(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(send_whole(ws, "keep me"));
    CHECK(ckws_send_close(ws, true, 1000, ""));
    CHECK(ckws_read_frame(ws));
    CHECK(ckws_read_frame(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    CHECK(!ckws_get_is_connected(ws));
    CHECK_INT(ckws_get_frame_data_len(ws), 7);
    CHECK_TEXT(ckws_get_frame_data(ws), "keep me");
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_pong_is_consumed();
    test_pong_is_delivered();
    test_long_ping_is_cut();
    test_ping_is_answered();
    test_ping_is_delivered();
    test_we_close();
    test_we_close_without_status();
    test_long_reason_is_cut();
    test_bad_close_is_refused();
    test_server_closes();
    test_server_closes_and_we_answer();
    test_close_connection();
    test_data_outlives_the_connection();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
