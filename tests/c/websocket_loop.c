/* A WebSocket in the program's own event loop: reading and sending without waiting, and buffered sending. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "net.h"

/* Reads a frame as an event loop does: tries until nothing is there, then waits for the descriptor. */
static bool read_by_polling(ckws_websocket *ws)
{
    while (!ckws_try_read_frame(ws)) {
        short events = ckws_get_wants_write(ws) ? POLLIN | POLLOUT : POLLIN;

        if (!CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT))
            return false;
        if (!CHECK(wait_for(ckws_get_fd(ws), events)))
            return false;
    }
    return true;
}

static void test_try_read_frame(ckws_websocket *ws)
{
    CHECK(!ckws_try_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_WOULD_BLOCK);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
    CHECK(ckws_get_is_connected(ws));
    CHECK(ckws_get_fd(ws) >= 0);

    CHECK(send_whole(ws, "first"));
    CHECK(send_whole(ws, "second"));
    CHECK(read_by_polling(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_TEXT);
    CHECK_TEXT(ckws_get_frame_data(ws), "first");
    CHECK(read_by_polling(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "second");
    CHECK(!ckws_try_read_frame(ws));
    expect_echo(ws, "a call that waits, in between");
}

static void test_try_read_frame_plain(void)
{
    ckws_websocket *ws = connect_to("");

    test_try_read_frame(ws);
    ckws_dispose(ws);
}

static void test_try_read_frame_tls(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    test_try_read_frame(ws);
    ckws_dispose(ws);
}

static void test_close_by_polling(void)
{
    ckws_websocket *ws = connect_to("close");

    CHECK(read_by_polling(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    CHECK_INT(ckws_get_close_status_code(ws), 1001);
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!ckws_try_read_frame(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
    ckws_dispose(ws);
}

static void test_lost_connection_by_polling(void)
{
    ckws_websocket *ws = connect_to("cut");
    bool got = true;

    CHECK(send_whole(ws, "cut now"));
    CHECK(wait_for(ckws_get_fd(ws), POLLIN));
    got = ckws_try_read_frame(ws);
    CHECK(!got);
    expect_failure(ws, CKWS_ERROR_CONNECTION_LOST);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
    /* Else a loop that polls would never see the end. */
    CHECK(ckws_poll_data_available(ws));
    CHECK(!ckws_read_frame(ws));
    CHECK(ckws_poll_data_available(ws));
    ckws_dispose(ws);
}

static void test_poll_data_available(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(!ckws_poll_data_available(ws));
    CHECK(ckws_get_last_method_success(ws));
    CHECK(send_whole(ws, "hello"));
    while (!ckws_poll_data_available(ws))
        if (!CHECK(wait_for(ckws_get_fd(ws), POLLIN)))
            break;
    CHECK(ckws_get_last_method_success(ws));
    expect_message(ws, "hello");
    CHECK(!ckws_poll_data_available(ws));
    ckws_dispose(ws);
}

/* Two frames are gathered; nothing of them has left. */
static void gather_two(ckws_websocket *ws)
{
    CHECK(send_whole(ws, "one"));
    CHECK(ckws_send_frame(ws, "two", true));
    /* Each has a header of 6 bytes: two, and the mask key. */
    CHECK_INT(ckws_get_pending_send_bytes(ws), 2 * (6 + 3));
}

static void expect_the_two(ckws_websocket *ws)
{
    CHECK_INT(ckws_get_pending_send_bytes(ws), 0);
    CHECK(!ckws_get_wants_write(ws));
    expect_message(ws, "one");
    expect_message(ws, "two");
}

static void test_buffered_sending(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_set_auto_flush(ws, false));
    gather_two(ws);
    CHECK_TELLING(ckws_flush(ws), ckws_get_last_error_text(ws));
    expect_the_two(ws);

    gather_two(ws);
    CHECK_TELLING(ckws_try_flush(ws), ckws_get_last_error_text(ws));
    expect_the_two(ws);

    /* A read that would wait sends them first. */
    gather_two(ws);
    expect_message(ws, "one");
    expect_message(ws, "two");

    /* So does an event loop's read. */
    gather_two(ws);
    CHECK(read_by_polling(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "one");
    CHECK(read_by_polling(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), "two");

    CHECK(ckws_flush(ws));
    CHECK(ckws_try_flush(ws));
    ckws_dispose(ws);
}

static void test_full_buffer_leaves_by_itself(void)
{
    enum { SIZE = 10000, COUNT = 10 };
    ckws_websocket *ws = connect_to("");
    uint8_t *block = calloc(1, SIZE);
    int i;

    REQUIRE(block != NULL);
    CHECK(ckws_set_auto_flush(ws, false));
    for (i = 0; i < COUNT; i++)
        CHECK(ckws_send_binary(ws, block, SIZE));
    CHECK(ckws_get_pending_send_bytes(ws) < SIZE * COUNT);
    for (i = 0; i < COUNT; i++) {
        CHECK(ckws_read_message(ws));
        CHECK_INT(ckws_get_frame_data_len(ws), SIZE);
        CHECK(ckws_get_frame_data(ws) != NULL);
    }
    free(block);
    ckws_dispose(ws);
}

static void test_close_goes_behind_the_buffer(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_set_auto_flush(ws, false));
    gather_two(ws);
    CHECK(ckws_send_close(ws, true, 1000, ""));
    expect_the_two(ws);
    CHECK(ckws_read_frame(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    ckws_dispose(ws);
}

static void test_close_connection_discards(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_set_auto_flush(ws, false));
    gather_two(ws);
    CHECK(ckws_close_connection(ws));
    CHECK_INT(ckws_get_pending_send_bytes(ws), 0);
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_try_read_frame_plain();
    test_try_read_frame_tls();
    test_close_by_polling();
    test_lost_connection_by_polling();
    test_poll_data_available();
    test_buffered_sending();
    test_full_buffer_leaves_by_itself();
    test_close_goes_behind_the_buffer();
    test_close_connection_discards();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
