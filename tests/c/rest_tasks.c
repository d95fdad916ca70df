/* Each method of a Rest as a task: its result, what it refuses, and LoadTaskCaller. */
#define _POSIX_C_SOURCE 200809L

#include "rest.h"
#include "tasks.h"

#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"
#define SLOW_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel" HTTP_PAUSE "lo"

/* The result of a task that is a string. */
static void expect_text_result(ckws_task *task, const char *text)
{
    run_to_success(task);
    CHECK_TEXT(ckws_task_get_result_type(task), "string");
    CHECK_TEXT(ckws_task_get_result_string(task), text);
    ckws_task_dispose(task);
}

static void expect_int_result(ckws_task *task, int value)
{
    run_to_success(task);
    CHECK_TEXT(ckws_task_get_result_type(task), "int");
    CHECK_INT(ckws_task_get_result_int(task), value);
    ckws_task_dispose(task);
}

static void expect_no_task(ckws_rest *rest, ckws_task *task, int code)
{
    CHECK(task == NULL);
    expect_failure(rest, code);
}

static void test_connect_and_full_requests(void)
{
    static const char *const answers[] = { OK_HELLO, NOT_FOUND, OK_WORLD };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_task *text;

    http_server_start(&server, answers, 3, true);
    perform(ckws_rest_connect_async(rest, "127.0.0.1", server.port, false, false));
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 0);

    expect_text_result(ckws_rest_full_request_no_body_async(rest, "GET", "/text"), "hello");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 200);

    text = ckws_rest_full_request_no_body_sb_async(rest, "GET", "/sb", sb);
    run_to_success(text);
    CHECK_TEXT(ckws_task_get_result_type(text), "bool");
    CHECK(ckws_task_get_result_bool(text));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "none");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 404);
    ckws_task_dispose(text);

    perform(ckws_rest_full_request_no_body_bd_async(rest, "GET", "/bd", bd));
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 5);
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
    perform(ckws_rest_disconnect_async(rest, 0));
    done(&server, rest);
    CHECK(contains(server.requests[0], "GET /text HTTP/1.1"));
    CHECK(contains(server.requests[1], "GET /sb HTTP/1.1"));
    CHECK(contains(server.requests[2], "GET /bd HTTP/1.1"));
}

static void test_a_request_in_steps(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);

    perform(ckws_rest_send_req_no_body_async(rest, "GET", "/steps"));
    expect_int_result(ckws_rest_read_response_header_async(rest), 200);
    CHECK_TEXT(ckws_rest_response_hdr_by_name(rest, "X-Field"), "a value");
    expect_text_result(ckws_rest_read_resp_body_string_async(rest), "hello");
    done(&server, rest);
}

/* The steps are run at once; each waits for the one before. */
static void test_tasks_of_a_rest_run_one_after_the_other(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    ckws_task *tasks[5];
    int i;

    http_server_start(&server, answers, 1, false);
    tasks[0] = ckws_rest_connect_async(rest, "127.0.0.1", server.port, false, false);
    tasks[1] = ckws_rest_send_req_no_body_async(rest, "GET", "/");
    tasks[2] = ckws_rest_read_response_header_async(rest);
    tasks[3] = ckws_rest_read_resp_body_string_async(rest);
    tasks[4] = ckws_rest_disconnect_async(rest, 0);
    for (i = 0; i < 5; i++)
        run(tasks[i]);
    for (i = 0; i < 5; i++) {
        wait_for_end(tasks[i]);
        expect_completed(tasks[i]);
    }
    CHECK_TEXT(ckws_task_get_result_string(tasks[3]), "hello");
    for (i = 0; i < 5; i++)
        ckws_task_dispose(tasks[i]);
    done(&server, rest);
}

static void test_failures(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_task *task;

    perform_to_failure(ckws_rest_connect_async(rest, "127.0.0.1", closed_port(), false, false),
                       CKWS_ERROR_CONNECT_REFUSED);
    CHECK(ckws_rest_get_connect_fail_reason(rest) != 0);
    perform_to_failure(ckws_rest_connect_async(rest, "127.0.0.1", -1, false, false), CKWS_ERROR_INVALID_ARGUMENT);
    perform_to_failure(ckws_rest_connect_async(rest, "127.0.0.1", 65536, false, false),
                       CKWS_ERROR_INVALID_ARGUMENT);
    perform_to_failure(ckws_rest_disconnect_async(rest, -2), CKWS_ERROR_INVALID_ARGUMENT);
    perform_to_failure(ckws_rest_full_request_no_body_sb_async(rest, "GET", "/", sb), CKWS_ERROR_NOT_CONNECTED);
    perform_to_failure(ckws_rest_full_request_no_body_bd_async(rest, "GET", "/", bd), CKWS_ERROR_NOT_CONNECTED);
    perform_to_failure(ckws_rest_send_req_no_body_async(rest, "GET", "/"), CKWS_ERROR_NOT_CONNECTED);

    task = ckws_rest_full_request_no_body_async(rest, "GET", "/");
    run(task);
    wait_for_end(task);
    expect_result_failure(task, CKWS_TASK_COMPLETED, CKWS_ERROR_NOT_CONNECTED);
    CHECK(ckws_task_get_result_string(task) == NULL);
    ckws_task_dispose(task);

    task = ckws_rest_read_response_header_async(rest);
    run(task);
    wait_for_end(task);
    CHECK_INT(ckws_task_get_result_int(task), -1);
    CHECK(!ckws_task_get_task_success(task));
    ckws_task_dispose(task);
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
    ckws_rest_dispose(rest);
}

static void test_refused_arguments(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_bin_data *bd = ckws_bin_data_create();

    expect_no_task(rest, ckws_rest_connect_async(rest, NULL, 80, false, false), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(rest, ckws_rest_connect_async(rest, "\xff", 80, false, false), CKWS_ERROR_INVALID_UTF8);
    expect_no_task(rest, ckws_rest_full_request_no_body_async(rest, NULL, "/"), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(rest, ckws_rest_full_request_no_body_async(rest, "GET", "\xff"), CKWS_ERROR_INVALID_UTF8);
    expect_no_task(rest, ckws_rest_send_req_no_body_async(rest, "\xff", "/"), CKWS_ERROR_INVALID_UTF8);
    expect_no_task(rest, ckws_rest_send_req_no_body_async(rest, "GET", NULL), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(rest, ckws_rest_full_request_no_body_sb_async(rest, NULL, "/", sb), CKWS_ERROR_NULL_ARGUMENT);
    expect_no_task(rest, ckws_rest_full_request_no_body_bd_async(rest, "GET", NULL, bd), CKWS_ERROR_NULL_ARGUMENT);
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
    expect_no_task(rest, ckws_rest_full_request_no_body_sb_async(rest, "GET", "/", sb), CKWS_ERROR_INVALID_HANDLE);
    expect_no_task(rest, ckws_rest_full_request_no_body_bd_async(rest, "GET", "/", bd), CKWS_ERROR_INVALID_HANDLE);
    expect_no_task(rest, ckws_rest_full_request_no_body_sb_async(rest, "GET", "/", NULL), CKWS_ERROR_INVALID_HANDLE);
    ckws_rest_dispose(rest);
    CHECK(ckws_rest_read_response_header_async(rest) == NULL);
}

/* What a request goes out as is decided when it starts; its own arguments when the task is made. */
static void test_arguments_are_copied(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    char verb[] = "GET";
    char path[] = "/path";
    ckws_task *task = ckws_rest_full_request_no_body_async(rest, verb, path);

    memset(verb, 'X', 3);
    memset(path, 'X', 5);
    CHECK(ckws_rest_add_header(rest, "X-Late", "yes"));
    expect_text_result(task, "hello");
    done(&server, rest);
    CHECK(contains(server.requests[0], "GET /path HTTP/1.1"));
    CHECK(contains(server.requests[0], "X-Late: yes"));
}

/* The request goes on without any handle of the program's; then the connection is closed. */
static void test_a_request_outlives_the_handle(void)
{
    static const char *const answers[] = { SLOW_HELLO };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    ckws_task *task = ckws_rest_full_request_no_body_async(rest, "GET", "/");

    run_and_let_wait(task);
    ckws_rest_dispose(rest);
    http_server_go_on(&server);
    wait_for_end(task);
    expect_completed(task);
    CHECK_TEXT(ckws_task_get_result_string(task), "hello");
    /* The server reads to the client's end. */
    http_server_join(&server);
    ckws_task_dispose(task);
}

static void test_cancel_of_a_request(void)
{
    static const char *const answers[] = { SLOW_HELLO };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    ckws_task *task = ckws_rest_full_request_no_body_async(rest, "GET", "/");
    ckws_task *behind = ckws_rest_disconnect_async(rest, 0);

    run_and_let_wait(task);
    run(behind);
    CHECK_INT(ckws_task_get_status_int(behind), CKWS_TASK_QUEUED);
    CHECK(ckws_task_cancel(task));
    wait_for_end(task);
    expect_result_failure(task, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    CHECK(ckws_task_get_result_string(task) == NULL);
    wait_for_end(behind);
    expect_completed(behind);
    ckws_task_dispose(task);
    ckws_task_dispose(behind);
    http_server_go_on(&server);
    done(&server, rest);
}

static void test_load_task_caller(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    ckws_rest *other = ckws_rest_create();
    ckws_task *task;

    http_server_start(&server, answers, 2, true);
    CHECK(ckws_rest_connect(rest, "127.0.0.1", server.port, false, false));
    task = ckws_rest_full_request_no_body_async(rest, "GET", "/");
    run_to_success(task);
    CHECK_TELLING(ckws_rest_load_task_caller(other, task), ckws_rest_get_last_error_text(other));
    CHECK_INT(ckws_rest_get_response_status_code(other), 200);
    CHECK_TEXT(ckws_rest_response_hdr_by_name(other, "X-Field"), "a value");
    CHECK(ckws_rest_set_idle_timeout_ms(other, patience_ms() + 1));
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), patience_ms() + 1);
    ckws_rest_dispose(rest);
    /* The connection is still there. */
    expect_body(other, "world");
    ckws_task_dispose(task);
    done(&server, other);
    CHECK_INT(server.connections, 1);
}

static void test_load_task_caller_refuses(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();
    ckws_task *empty = ckws_task_create();
    ckws_task *of_websocket = ckws_read_frame_async(ws);

    CHECK(!ckws_rest_load_task_caller(rest, empty));
    expect_failure(rest, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_rest_load_task_caller(rest, of_websocket));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_rest_load_task_caller(rest, NULL));
    expect_failure(rest, CKWS_ERROR_INVALID_HANDLE);
    ckws_task_dispose(empty);
    ckws_task_dispose(of_websocket);
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_connect_and_full_requests();
    test_a_request_in_steps();
    test_tasks_of_a_rest_run_one_after_the_other();
    test_failures();
    test_refused_arguments();
    test_arguments_are_copied();
    test_a_request_outlives_the_handle();
    test_cancel_of_a_request();
    test_load_task_caller();
    test_load_task_caller_refuses();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
