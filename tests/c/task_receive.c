/* Tasks that bring their message: what the results are, and who gets a message whose task was given up. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

static void expect_result(ckws_task *task, int opcode, const char *text)
{
    size_t len = 99;
    const uint8_t *data = ckws_task_get_result_data(task, &len);

    CHECK(data != NULL);
    CHECK_INT(len, strlen(text));
    CHECK_TEXT((const char *)data, text);
    CHECK_INT(ckws_task_get_result_opcode(task), opcode);
    CHECK_TEXT(ckws_task_get_result_type(task), "bytes");
}

static void expect_no_result(ckws_task *task, int code)
{
    size_t len = 99;

    CHECK(ckws_task_get_result_data(task, &len) == NULL);
    CHECK_INT(len, 0);
    expect_task_failure(task, code);
    CHECK_INT(ckws_task_get_result_opcode(task), -1);
}

static void expect_received(ckws_task *task, int opcode, const char *text)
{
    run_to_success(task);
    expect_result(task, opcode, text);
}

static void test_messages_and_control_frames(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);

    expect_no_result(task, CKWS_ERROR_TASK_STATE);
    CHECK_TEXT(ckws_task_get_result_type(task), "");
    CHECK(ckws_set_ping_auto_respond(ws, false));
    CHECK(ckws_set_pong_auto_consume(ws, false));

    ws_peer_send_text(&peer, "one");
    ws_peer_send(&peer, CKWS_OPCODE_BINARY, "");
    ws_peer_send(&peer, CKWS_OPCODE_CONTINUATION, "t");
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CONTINUATION, "wo");
    ws_peer_send_text(&peer, "");
    expect_received(task, CKWS_OPCODE_TEXT, "one");
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_TEXT);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    expect_received(task, CKWS_OPCODE_BINARY, "two");
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_BINARY);
    CHECK(ckws_get_final_frame(ws));
    expect_received(task, CKWS_OPCODE_TEXT, "");

    /* A control frame in the midst of a message, whose parts stay. */
    ws_peer_send(&peer, CKWS_OPCODE_TEXT, "thr");
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_PING, "are you there");
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_PONG, "");
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CONTINUATION, "ee");
    expect_received(task, CKWS_OPCODE_PING, "are you there");
    CHECK(ckws_get_need_send_pong(ws));
    expect_received(task, CKWS_OPCODE_PONG, "");
    expect_received(task, CKWS_OPCODE_TEXT, "three");

    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CLOSE, "\x03\xe8" "bye");
    shutdown(peer.fd, SHUT_WR);
    expect_received(task, CKWS_OPCODE_CLOSE, "\x03\xe8" "bye");
    CHECK_INT(ckws_get_close_status_code(ws), 1000);

    run(task);
    wait_for_end(task);
    expect_result_failure(task, CKWS_TASK_COMPLETED, CKWS_ERROR_CLOSED);
    expect_no_result(task, CKWS_ERROR_TASK_STATE);
    CHECK_TEXT(ckws_task_get_result_type(task), "bytes");
    ckws_task_dispose(task);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_what_does_not_fit(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *receive = ckws_receive_async(ws);
    ckws_task *flush = ckws_flush_async(ws);

    ws_peer_send_text(&peer, "text");
    run_to_success(receive);
    CHECK(!ckws_task_get_result_bool(receive));
    expect_task_failure(receive, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK_INT(ckws_task_get_result_int(receive), -1);
    expect_task_failure(receive, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK(ckws_task_get_result_string(receive) == NULL);
    expect_task_failure(receive, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK(ckws_task_get_result_data(receive, NULL) == NULL);
    expect_task_failure(receive, CKWS_ERROR_NULL_ARGUMENT);
    expect_result(receive, CKWS_OPCODE_TEXT, "text");

    run_to_success(flush);
    expect_no_result(flush, CKWS_ERROR_TASK_RESULT_TYPE);
    ckws_task_dispose(receive);
    CHECK(ckws_task_get_result_data(receive, NULL) == NULL);
    CHECK_INT(ckws_task_get_result_opcode(receive), -1);
    CHECK(ckws_receive_async(NULL) == NULL);
    ckws_task_dispose(flush);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Bytes behind the message are not the next one's, and NULs in it are no end. */
static void test_binary_data(void)
{
    static const uint8_t frames[] = { 0x82, 3, 'a', 0, 'b', 0x82, 1, 'c' };
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);
    const uint8_t *data;
    size_t len = 0;

    ws_peer_write(&peer, frames, sizeof frames);
    run_to_success(task);
    data = ckws_task_get_result_data(task, &len);
    CHECK(data != NULL && len == 3 && memcmp(data, "a\0b", 4) == 0);
    CHECK(ckws_task_get_result_data(task, &len) == data);
    expect_received(task, CKWS_OPCODE_BINARY, "c");
    ckws_task_dispose(task);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static const char *receive_text(ckws_websocket *ws)
{
    static char text[126];
    const uint8_t *data;
    size_t len;

    CHECK_TELLING(ckws_receive(ws, &data, &len) == CKWS_OPCODE_TEXT, ckws_get_last_error_text(ws));
    snprintf(text, sizeof text, "%.*s", data == NULL ? 0 : (int)len, (const char *)data);
    return text;
}

/* Each kind of read goes on where a task was cancelled inside a message. */
static void test_a_cancelled_task_loses_nothing(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);
    ckws_task *next = ckws_receive_async(ws);
    int round;

    for (round = 0; round < 4; round++) {
        ws_peer_send(&peer, CKWS_OPCODE_TEXT, "begun ");
        run_and_let_wait(task);
        CHECK(ckws_task_cancel(task));
        wait_for_end(task);
        expect_result_failure(task, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
        expect_no_result(task, CKWS_ERROR_TASK_STATE);
        ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CONTINUATION, "ended");
        ws_peer_send_text(&peer, "next");
        switch (round) {
        case 0:
            CHECK_TEXT(receive_text(ws), "begun ended");
            break;
        case 1:
            expect_received(next, CKWS_OPCODE_TEXT, "begun ended");
            break;
        case 2:
            CHECK(ckws_read_message(ws));
            CHECK_TEXT(ckws_get_frame_data(ws), "begun ended");
            break;
        default:
            while (!ckws_try_read_frame(ws) || !ckws_get_final_frame(ws)) {
            }
            CHECK_TEXT(ckws_get_frame_data(ws), "begun ended");
        }
        CHECK_TEXT(receive_text(ws), "next");
    }
    ckws_task_dispose(task);
    ckws_task_dispose(next);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Nobody could ask it, so the message is the next read's. */
static void test_a_task_that_was_disposed_leaves_its_message(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);

    run_and_let_wait(task);
    ckws_task_dispose(task);
    ws_peer_send_text(&peer, "first");
    ws_peer_send_text(&peer, "second");
    CHECK_TEXT(receive_text(ws), "first");
    CHECK_TEXT(receive_text(ws), "second");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* TaskCompleted is shown the message, and that is its delivery. */
static sem_t completed;

static void expect_first(ckws_task *task, void *user_data)
{
    (void)user_data;
    expect_result(task, CKWS_OPCODE_TEXT, "first");
    sem_post(&completed);
}

static void test_task_completed_shows_the_message_of_a_disposed_task(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);

    sem_init(&completed, 0, 0);
    ckws_set_task_completed(ws, expect_first, NULL);
    run_and_let_wait(task);
    ckws_task_dispose(task);
    ws_peer_send_text(&peer, "first");
    ws_peer_send_text(&peer, "second");
    sem_wait(&completed);
    ckws_set_task_completed(ws, NULL, NULL);
    CHECK_TEXT(receive_text(ws), "second");
    ckws_dispose(ws);
    ws_peer_close(&peer);
    sem_destroy(&completed);
}

static void test_a_completed_task_has_its_message_to_itself(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *first = ckws_receive_async(ws);
    ckws_task *second = ckws_receive_async(ws);

    run(first);
    run(second);
    ws_peer_send_text(&peer, "first");
    ws_peer_send_text(&peer, "second");
    ws_peer_send_text(&peer, "third");
    ws_peer_send_text(&peer, "fourth");
    wait_for_end(second);
    expect_result(first, CKWS_OPCODE_TEXT, "first");
    CHECK(!ckws_task_cancel(first));
    expect_result(first, CKWS_OPCODE_TEXT, "first");
    /* Asked for or not: it goes with the dispose, or with the next run. */
    ckws_task_dispose(first);
    expect_received(second, CKWS_OPCODE_TEXT, "third");
    CHECK(ckws_task_run_synchronously(second));
    expect_result(second, CKWS_OPCODE_TEXT, "fourth");
    /* The object may go before the result. */
    ckws_dispose(ws);
    expect_result(second, CKWS_OPCODE_TEXT, "fourth");
    ckws_task_dispose(second);
    ws_peer_close(&peer);
}

static void test_a_time_out_leaves_what_has_arrived(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_receive_async(ws);

    CHECK(ckws_set_idle_timeout_ms(ws, 20));
    ws_peer_send(&peer, CKWS_OPCODE_TEXT, "begun ");
    run(task);
    wait_for_end(task);
    expect_result_failure(task, CKWS_TASK_COMPLETED, CKWS_ERROR_READ_TIMEOUT);
    expect_no_result(task, CKWS_ERROR_TASK_STATE);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    ws_peer_send(&peer, 0x80 | CKWS_OPCODE_CONTINUATION, "ended");
    expect_received(task, CKWS_OPCODE_TEXT, "begun ended");
    ckws_task_dispose(task);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_messages_and_control_frames();
    test_what_does_not_fit();
    test_binary_data();
    test_a_cancelled_task_loses_nothing();
    test_a_task_that_was_disposed_leaves_its_message();
    test_task_completed_shows_the_message_of_a_disposed_task();
    test_a_completed_task_has_its_message_to_itself();
    test_a_time_out_leaves_what_has_arrived();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
