/* The order in which the tasks of one object run, and what they keep alive. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

static void test_connect_send_and_read_are_run_at_once(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *tasks[4];
    int i;

    tasks[0] = ckws_connect_async(ws, ws_url());
    tasks[1] = ckws_send_frame_async(ws, "one", true);
    tasks[2] = ckws_read_frame_async(ws);
    tasks[3] = ckws_send_frame_async(ws, "two", true);
    for (i = 0; i < 4; i++)
        run(tasks[i]);
    for (i = 0; i < 4; i++) {
        wait_for_end(tasks[i]);
        expect_completed(tasks[i]);
        ckws_task_dispose(tasks[i]);
    }
    CHECK_TEXT(ckws_get_frame_data(ws), "one");
    expect_message(ws, "two");
    ckws_dispose(ws);
}

static void test_sends_leave_in_the_order_of_their_run(void)
{
    enum { SENDS = 50 };
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *sends[SENDS];
    char text[16];
    int i;

    for (i = 0; i < SENDS; i++) {
        snprintf(text, sizeof text, "%d", i);
        sends[i] = ckws_send_frame_async(ws, text, true);
    }
    for (i = SENDS - 1; i >= 0; i--)
        run(sends[i]);
    for (i = SENDS - 1; i >= 0; i--) {
        snprintf(text, sizeof text, "%d", i);
        ws_peer_expect_text(&peer, text);
    }
    for (i = 0; i < SENDS; i++) {
        wait_for_end(sends[i]);
        expect_completed(sends[i]);
        ckws_task_dispose(sends[i]);
    }
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_reading_and_sending_do_not_wait_for_each_other(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    uint8_t *data = calloc(WS_FLOOD, 1);
    ckws_task *flood = ckws_send_binary_async(ws, data, WS_FLOOD);
    ckws_task *send = ckws_send_frame_async(ws, "behind the flood", true);

    run_and_let_wait(read);
    run_and_let_wait(flood);
    run(send);
    /* The peer reads nothing, so the flood stands; what it writes is read all the same. */
    ws_peer_send_text(&peer, "text");
    wait_for_end(read);
    expect_completed(read);
    CHECK_INT(ckws_task_get_status_int(flood), CKWS_TASK_RUNNING);
    CHECK_INT(ckws_task_get_status_int(send), CKWS_TASK_QUEUED);
    CHECK(ckws_task_cancel(send));
    CHECK(ckws_task_cancel(flood));
    wait_for_end(flood);
    ckws_task_dispose(read);
    ckws_task_dispose(flood);
    ckws_task_dispose(send);
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(data);
}

/* What waits behind a connect goes on without a connection when that is cancelled. */
static void test_a_cancelled_connect_lets_the_others_go(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ckws_create();
    ckws_task *connect;
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *send = ckws_send_frame_async(ws, "text", true);

    ws_peer_listen(&peer);
    connect = ckws_connect_async(ws, peer.url);
    run_and_let_wait(connect);
    run(read);
    run(send);
    CHECK(!ckws_task_wait(read, 10));
    CHECK_INT(ckws_task_get_status_int(send), CKWS_TASK_QUEUED);
    CHECK(ckws_task_cancel(connect));
    wait_for_end(connect);
    wait_for_end(read);
    wait_for_end(send);
    expect_result_failure(connect, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_NOT_CONNECTED);
    expect_result_failure(send, CKWS_TASK_COMPLETED, CKWS_ERROR_NOT_CONNECTED);
    ckws_task_dispose(connect);
    ckws_task_dispose(read);
    ckws_task_dispose(send);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* A connect task waits for the read before it, which ckws_close_connection ends. */
static void test_a_connect_task_waits_for_a_read(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_receive_async(ws);
    ckws_task *connect = ckws_connect_async(ws, ws_url());

    run_and_let_wait(read);
    run(connect);
    CHECK(!ckws_task_wait(connect, 10));
    CHECK_INT(ckws_task_get_status_int(connect), CKWS_TASK_QUEUED);
    CHECK(ckws_close_connection(ws));
    wait_for_end(read);
    wait_for_end(connect);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_CLOSED_LOCALLY);
    expect_completed(connect);
    CHECK(ckws_get_is_connected(ws));
    ckws_task_dispose(read);
    ckws_task_dispose(connect);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* A connect waits for both directions, and both wait for it; one that goes leaves neither standing. */
static void test_a_connect_in_the_middle_is_cancelled(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *reading = ckws_read_frame_async(ws);
    ckws_task *connect = ckws_connect_async(ws, peer.url);
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *send = ckws_send_frame_async(ws, "text", true);

    run_and_let_wait(reading);
    run(connect);
    run(read);
    run(send);
    CHECK(!ckws_task_wait(send, 10));
    CHECK_INT(ckws_task_get_status_int(connect), CKWS_TASK_QUEUED);
    CHECK(ckws_task_cancel(connect));
    wait_for_end(send);
    expect_completed(send);
    ws_peer_expect_text(&peer, "text");
    CHECK_INT(ckws_task_get_status_int(read), CKWS_TASK_QUEUED);
    ws_peer_send_text(&peer, "1");
    ws_peer_send_text(&peer, "2");
    wait_for_end(reading);
    wait_for_end(read);
    CHECK_TEXT(ckws_get_frame_data(ws), "12");
    ckws_task_dispose(reading);
    ckws_task_dispose(connect);
    ckws_task_dispose(read);
    ckws_task_dispose(send);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_tasks_of_different_objects_do_not_wait(void)
{
    struct ws_peer first;
    struct ws_peer second;
    ckws_websocket *waiting = ws_peer_open(&first);
    ckws_websocket *other = ws_peer_open(&second);
    ckws_task *wait = ckws_read_frame_async(waiting);
    ckws_task *read = ckws_read_frame_async(other);

    run_and_let_wait(wait);
    run(read);
    ws_peer_send_text(&second, "text");
    wait_for_end(read);
    expect_completed(read);
    ckws_task_dispose(read);
    cancel_and_dispose(wait);
    ckws_dispose(waiting);
    ckws_dispose(other);
    ws_peer_close(&first);
    ws_peer_close(&second);
}

/* The tasks go on without the program's handle, and keep the connection until the last has ended. */
static void test_tasks_outlive_the_handle_of_their_object(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *first = ckws_read_frame_async(ws);
    ckws_task *second = ckws_read_frame_async(ws);

    run_and_let_wait(first);
    run(second);
    ckws_dispose(ws);
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!ckws_task_wait(first, 10));
    CHECK(ws_peer_is_quiet(&peer));
    ws_peer_send_text(&peer, "1");
    wait_for_end(first);
    expect_completed(first);
    CHECK(!ckws_task_wait(second, 10));
    CHECK(ws_peer_is_quiet(&peer));
    ws_peer_send_text(&peer, "2");
    wait_for_end(second);
    expect_completed(second);
    ws_peer_expect_end(&peer);

    /* The object is there, the connection is not. */
    run(first);
    wait_for_end(first);
    expect_result_failure(first, CKWS_TASK_COMPLETED, CKWS_ERROR_NOT_CONNECTED);
    ckws_task_dispose(first);
    ckws_task_dispose(second);
    ws_peer_close(&peer);
}

static void test_a_task_that_was_not_run_keeps_no_connection(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *connect = ckws_connect_async(ws, ws_url());

    ckws_dispose(ws);
    ws_peer_expect_end(&peer);
    CHECK_INT(ckws_task_get_status_int(read), CKWS_TASK_LOADED);
    perform_to_failure(read, CKWS_ERROR_NOT_CONNECTED);
    /* The object itself works, if only for as long as the task does. */
    run_to_success(connect);
    ckws_task_dispose(connect);
    ws_peer_close(&peer);
}

/* The connection is made for nobody, so it is closed when it is made. */
static void test_a_connect_outlives_the_handle_of_its_object(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ckws_create();
    ckws_task *connect;
    char request[WS_REQUEST_SIZE];

    ws_peer_listen(&peer);
    connect = ckws_connect_async(ws, peer.url);
    run(connect);
    ckws_dispose(ws);
    ws_peer_accept(&peer, request);
    CHECK(ws_peer_is_quiet(&peer));
    ws_peer_answer(&peer, request);
    wait_for_end(connect);
    expect_completed(connect);
    ws_peer_expect_end(&peer);
    ckws_task_dispose(connect);
    ws_peer_close(&peer);
}

/* Forgotten by the program altogether, a task is made all the same. */
static void test_a_task_outlives_every_handle(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *send = ckws_send_frame_async(ws, "farewell", true);

    run(send);
    ckws_task_dispose(send);
    ckws_dispose(ws);
    ws_peer_expect_text(&peer, "farewell");
    ws_peer_expect_end(&peer);
    ws_peer_close(&peer);
}

static void test_close_connection_ends_running_tasks(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);

    run_and_let_wait(read);
    CHECK(ckws_close_connection(ws));
    wait_for_end(read);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_CLOSED_LOCALLY);
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_connect_send_and_read_are_run_at_once();
    test_sends_leave_in_the_order_of_their_run();
    test_reading_and_sending_do_not_wait_for_each_other();
    test_a_cancelled_connect_lets_the_others_go();
    test_a_connect_task_waits_for_a_read();
    test_a_connect_in_the_middle_is_cancelled();
    test_tasks_of_different_objects_do_not_wait();
    test_tasks_outlive_the_handle_of_their_object();
    test_a_task_that_was_not_run_keeps_no_connection();
    test_a_connect_outlives_the_handle_of_its_object();
    test_a_task_outlives_every_handle();
    test_close_connection_ends_running_tasks();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
