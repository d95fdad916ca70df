/* A task's states, and what each call does in each of them. The tasks here are methods of a WebSocket. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

static void expect_status(ckws_task *task, int status, const char *name)
{
    CHECK_INT(ckws_task_get_status_int(task), status);
    CHECK_TEXT(ckws_task_get_status(task), name);
    CHECK(ckws_task_get_inert(task) == (status <= CKWS_TASK_LOADED));
    CHECK(ckws_task_get_live(task) == (status == CKWS_TASK_QUEUED || status == CKWS_TASK_RUNNING));
    CHECK(ckws_task_get_finished(task) == (status >= CKWS_TASK_CANCELED));
}

/* Before its end a task has no result. */
static void expect_no_result(ckws_task *task)
{
    CHECK_TEXT(ckws_task_get_result_type(task), "");
    CHECK_TEXT(ckws_task_get_result_error_text(task), "");
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_NONE);
    CHECK(!ckws_task_get_task_success(task));
    CHECK(!ckws_task_get_result_bool(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK_INT(ckws_task_get_result_int(task), -1);
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(ckws_task_get_result_string(task) == NULL);
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
}

static void expect_run_refused(ckws_task *task)
{
    CHECK(!ckws_task_run(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_run_synchronously(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
}

static void expect_cancel_refused(ckws_task *task)
{
    CHECK(!ckws_task_cancel(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
}

static void test_loaded(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *task = ckws_read_frame_async(ws);

    expect_status(task, CKWS_TASK_LOADED, "loaded");
    expect_no_result(task);
    expect_cancel_refused(task);
    CHECK(!ckws_task_wait(task, 0));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    expect_status(task, CKWS_TASK_LOADED, "loaded");
    ckws_task_dispose(task);
    ckws_dispose(ws);
}

static void test_running_and_queued(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *first = ckws_read_frame_async(ws);
    ckws_task *second = ckws_read_frame_async(ws);

    run_and_let_wait(first);
    run(second);
    expect_status(first, CKWS_TASK_RUNNING, "running");
    expect_status(second, CKWS_TASK_QUEUED, "queued");
    expect_no_result(first);
    expect_no_result(second);
    expect_run_refused(first);
    expect_run_refused(second);
    CHECK(!ckws_task_wait(first, 10));
    expect_task_failure(first, CKWS_ERROR_WAIT_TIMEOUT);
    CHECK(!ckws_task_wait(second, 10));
    expect_task_failure(second, CKWS_ERROR_WAIT_TIMEOUT);
    expect_status(first, CKWS_TASK_RUNNING, "running");
    expect_status(second, CKWS_TASK_QUEUED, "queued");

    ws_peer_send_text(&peer, "one");
    ws_peer_send_text(&peer, "two");
    wait_for_end(first);
    wait_for_end(second);
    expect_completed(first);
    expect_status(second, CKWS_TASK_COMPLETED, "completed");
    CHECK_TEXT(ckws_get_frame_data(ws), "onetwo");
    ckws_task_dispose(first);
    ckws_task_dispose(second);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_completed_runs_again(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *send = ckws_send_frame_async(ws, "again", true);
    int i;

    for (i = 0; i < 3; i++) {
        run_to_success(send);
        ws_peer_expect_text(&peer, "again");
    }
    expect_cancel_refused(send);
    expect_status(send, CKWS_TASK_COMPLETED, "completed");
    CHECK(ckws_task_wait(send, 0));
    CHECK(ckws_task_wait(send, 1));
    CHECK(ckws_task_wait(send, -1));
    ckws_task_dispose(send);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* What a run has left is gone when the next one begins. */
static void test_a_new_run_forgets_the_result(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);

    ws_peer_send_text(&peer, "text");
    run_to_success(read);
    run_and_let_wait(read);
    expect_no_result(read);
    ws_peer_close(&peer);
    wait_for_end(read);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_CONNECTION_LOST);
    CHECK(!ckws_task_get_result_bool(read));
    CHECK(ckws_task_get_last_method_success(read));
    run(read);
    wait_for_end(read);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_CONNECTION_LOST);
    ckws_task_dispose(read);
    ckws_dispose(ws);
}

static void test_cancel_while_queued(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *first = ckws_read_frame_async(ws);
    ckws_task *second = ckws_read_frame_async(ws);

    run_and_let_wait(first);
    run(second);
    CHECK(ckws_task_cancel(second));
    /* At once: there is nothing to wait for. */
    expect_status(second, CKWS_TASK_CANCELED, "canceled");
    expect_result_failure(second, CKWS_TASK_CANCELED, CKWS_ERROR_ABORTED);
    CHECK_TEXT(ckws_task_get_result_type(second), "bool");
    CHECK(!ckws_task_get_result_bool(second));
    CHECK(ckws_task_wait(second, 0));
    expect_cancel_refused(second);

    /* Its place was given up: run again, it comes behind. */
    run(second);
    expect_status(second, CKWS_TASK_QUEUED, "queued");
    ws_peer_send_text(&peer, "one");
    wait_for_end(first);
    wait_until_running(second);
    ws_peer_send_text(&peer, "two");
    wait_for_end(second);
    expect_completed(second);
    ckws_task_dispose(first);
    ckws_task_dispose(second);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* The connection stays, and so does the part of a frame that has arrived. */
static void test_cancel_while_running(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    static const char frame[] = "\x81\x05hello";
    size_t cut;

    for (cut = 0; cut < sizeof frame - 1; cut++) {
        ws_peer_write(&peer, frame, cut);
        run_and_let_wait(read);
        CHECK(ckws_task_cancel(read));
        wait_for_end(read);
        expect_status(read, CKWS_TASK_ABORTED, "aborted");
        expect_result_failure(read, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
        CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);
        CHECK(ckws_get_is_connected(ws));
        expect_cancel_refused(read);

        run(read);
        ws_peer_write(&peer, frame + cut, sizeof frame - 1 - cut);
        wait_for_end(read);
        expect_completed(read);
        CHECK_TEXT(ckws_get_frame_data(ws), "hello");
    }
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* A send of a task owns its bytes: when it is cancelled within its frame, whoever writes next finishes it. */
static void test_cancel_of_a_send(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    uint8_t *data = calloc(WS_FLOOD, 1);
    char *received = malloc(WS_FLOOD);
    ckws_task *send = ckws_send_binary_async(ws, data, WS_FLOOD);
    ckws_task *next = ckws_send_frame_async(ws, "next", true);
    unsigned char head[14];

    run_and_let_wait(send);
    /* The beginning has left. */
    CHECK(ws_peer_read(&peer, head, sizeof head));
    CHECK(head[0] == (0x80 | CKWS_OPCODE_BINARY) && head[1] == (0x80 | 127));
    CHECK(ckws_task_cancel(send));
    wait_for_end(send);
    expect_result_failure(send, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    CHECK(ckws_get_is_connected(ws));
    run(next);
    CHECK(ws_peer_read(&peer, received, WS_FLOOD));
    wait_for_end(next);
    expect_completed(next);
    ws_peer_expect_text(&peer, "next");
    ckws_task_dispose(send);
    ckws_task_dispose(next);
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(data);
    free(received);
}

static void test_dispose_in_each_state(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task;

    ckws_task_dispose(ckws_task_create());
    ckws_task_dispose(ckws_read_frame_async(ws));

    /* Running and queued ones go on. */
    task = ckws_read_frame_async(ws);
    run_and_let_wait(task);
    ckws_task_dispose(task);
    CHECK_INT(ckws_task_get_status_int(task), -1);
    task = ckws_read_frame_async(ws);
    run(task);
    ckws_task_dispose(task);
    task = ckws_read_frame_async(ws);
    run(task);
    ws_peer_send_text(&peer, "1");
    ws_peer_send_text(&peer, "2");
    ws_peer_send_text(&peer, "3");
    wait_for_end(task);
    CHECK_TEXT(ckws_get_frame_data(ws), "123");
    ckws_task_dispose(task);

    task = ckws_read_frame_async(ws);
    run_and_let_wait(task);
    cancel_and_dispose(task);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_results_of_another_type(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    ckws_task *is_bool = ckws_flush_async(ws);
    ckws_task *is_int = ckws_rest_read_response_header_async(rest);
    ckws_task *is_text = ckws_rest_read_resp_body_string_async(rest);

    run(is_bool);
    run(is_int);
    run(is_text);
    wait_for_end(is_bool);
    wait_for_end(is_int);
    wait_for_end(is_text);

    CHECK_TEXT(ckws_task_get_result_type(is_bool), "bool");
    CHECK_INT(ckws_task_get_result_int(is_bool), -1);
    expect_task_failure(is_bool, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK(ckws_task_get_result_string(is_bool) == NULL);
    expect_task_failure(is_bool, CKWS_ERROR_TASK_RESULT_TYPE);

    CHECK_TEXT(ckws_task_get_result_type(is_int), "int");
    CHECK(!ckws_task_get_result_bool(is_int));
    expect_task_failure(is_int, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK(ckws_task_get_result_string(is_int) == NULL);
    expect_task_failure(is_int, CKWS_ERROR_TASK_RESULT_TYPE);
    /* Of the right type, it is what the failed method would have returned. */
    CHECK_INT(ckws_task_get_result_int(is_int), -1);
    CHECK(ckws_task_get_last_method_success(is_int));

    CHECK_TEXT(ckws_task_get_result_type(is_text), "string");
    CHECK(!ckws_task_get_result_bool(is_text));
    expect_task_failure(is_text, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK_INT(ckws_task_get_result_int(is_text), -1);
    expect_task_failure(is_text, CKWS_ERROR_TASK_RESULT_TYPE);
    CHECK(ckws_task_get_result_string(is_text) == NULL);
    expect_task_failure(is_text, CKWS_ERROR_TASK_STATE);

    ckws_task_dispose(is_bool);
    ckws_task_dispose(is_int);
    ckws_task_dispose(is_text);
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
}

/* A thread in a call on a task that waits. */
struct blocked {
    ckws_task *task;
    bool (*call)(ckws_task *task);
    sem_t begins;
    bool result;
};

static void *block(void *argument)
{
    struct blocked *blocked = argument;

    sem_post(&blocked->begins);
    blocked->result = blocked->call(blocked->task);
    return NULL;
}

static bool wait_for_ever(ckws_task *task)
{
    return ckws_task_wait(task, 0);
}

static pthread_t begin_to_block(struct blocked *blocked, ckws_task *task, bool (*call)(ckws_task *))
{
    pthread_t thread;

    blocked->task = task;
    blocked->call = call;
    blocked->result = false;
    REQUIRE(sem_init(&blocked->begins, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, block, blocked) == 0);
    sem_wait(&blocked->begins);
    return thread;
}

static bool end_to_block(struct blocked *blocked, pthread_t thread)
{
    pthread_join(thread, NULL);
    sem_destroy(&blocked->begins);
    return blocked->result;
}

static void test_an_end_wakes_who_waits(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    struct blocked blocked[2];
    pthread_t threads[2];
    int i;

    run_and_let_wait(read);
    for (i = 0; i < 2; i++)
        threads[i] = begin_to_block(&blocked[i], read, wait_for_ever);
    ws_peer_send_text(&peer, "text");
    for (i = 0; i < 2; i++)
        CHECK(end_to_block(&blocked[i], threads[i]));
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_dispose_ends_a_wait(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    struct blocked blocked;
    pthread_t thread;

    run_and_let_wait(read);
    thread = begin_to_block(&blocked, read, wait_for_ever);
    ckws_task_dispose(read);
    CHECK(!end_to_block(&blocked, thread));
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_run_synchronously(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *waiting = ckws_read_frame_async(ws);
    ckws_task *send = ckws_send_frame_async(ws, "now", true);
    ckws_task *failing = ckws_read_frame_async(ws);

    CHECK_TELLING(ckws_task_run_synchronously(send), ckws_task_get_last_error_text(send));
    expect_completed(send);
    CHECK(ckws_task_get_result_bool(send));
    ws_peer_expect_text(&peer, "now");

    /* It was made, though it failed. */
    CHECK(ckws_close_connection(ws));
    CHECK(ckws_task_run_synchronously(failing));
    expect_result_failure(failing, CKWS_TASK_COMPLETED, CKWS_ERROR_NOT_CONNECTED);
    ckws_task_dispose(waiting);
    ckws_task_dispose(send);
    ckws_task_dispose(failing);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_a_synchronous_run_is_cancelled(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    struct blocked blocked;
    pthread_t thread = begin_to_block(&blocked, read, ckws_task_run_synchronously);

    while (!ckws_task_cancel(read))
        ckws_task_sleep_ms(read, 1);
    CHECK(end_to_block(&blocked, thread));
    expect_result_failure(read, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    CHECK(ckws_get_is_connected(ws));
    ws_peer_send_text(&peer, "text");
    CHECK(ckws_task_run_synchronously(read));
    expect_completed(read);
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Whoever waits in the call waits through the handle: without it there is nothing to wait for. */
static void test_dispose_ends_a_synchronous_run(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    struct blocked blocked;
    pthread_t thread = begin_to_block(&blocked, read, ckws_task_run_synchronously);

    while (!ckws_task_get_live(read))
        ckws_task_sleep_ms(read, 1);
    ckws_task_dispose(read);
    end_to_block(&blocked, thread);
    CHECK(ckws_get_is_connected(ws));
    ws_peer_send_text(&peer, "text");
    expect_message(ws, "text");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static bool count_and_abort(void *user_data)
{
    int *count = user_data;

    return ++*count == 3;
}

static void test_the_abort_check_ends_a_synchronous_run(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    int count = 0;

    CHECK(ckws_set_heartbeat_ms(ws, 5));
    ckws_set_abort_check(ws, count_and_abort, &count);
    CHECK(ckws_task_run_synchronously(read));
    CHECK_INT(count, 3);
    expect_result_failure(read, CKWS_TASK_COMPLETED, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);

    /* It is not asked for a task on the library's own thread. */
    run_and_let_wait(read);
    CHECK(!ckws_task_wait(read, 50));
    CHECK_INT(count, 3);
    cancel_and_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

enum { ROUNDS = 20000 };

static void *cancel_often(void *argument)
{
    ckws_task *task = argument;
    int i;

    for (i = 0; i < ROUNDS; i++)
        ckws_task_cancel(task);
    return NULL;
}

/* A cancel that comes while the task is being queued leaves nothing behind that others would wait for. */
static void test_run_and_cancel_at_once(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *last = ckws_read_frame_async(ws);
    pthread_t thread;
    int i;

    REQUIRE(pthread_create(&thread, NULL, cancel_often, read) == 0);
    for (i = 0; i < ROUNDS; i++)
        ckws_task_run(read);
    pthread_join(thread, NULL);
    ckws_task_cancel(read);
    wait_for_end(read);

    run(last);
    ws_peer_send_text(&peer, "text");
    wait_for_end(last);
    expect_completed(last);
    ckws_task_dispose(read);
    ckws_task_dispose(last);
    /* Nobody counts as being at work: with the handle, the connection goes. */
    ckws_dispose(ws);
    ws_peer_expect_end(&peer);
    ws_peer_close(&peer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_loaded();
    test_running_and_queued();
    test_completed_runs_again();
    test_a_new_run_forgets_the_result();
    test_cancel_while_queued();
    test_cancel_while_running();
    test_cancel_of_a_send();
    test_dispose_in_each_state();
    test_results_of_another_type();
    test_an_end_wakes_who_waits();
    test_dispose_ends_a_wait();
    test_run_synchronously();
    test_a_synchronous_run_is_cancelled();
    test_dispose_ends_a_synchronous_run();
    test_the_abort_check_ends_a_synchronous_run();
    test_run_and_cancel_at_once();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
