/* What a Rest tells the program: AbortCheck, PercentDone, ProgressInfo, TaskCompleted. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "rest.h"
#include "tasks.h"

enum { HEARTBEAT_MS = 5, ASKED = 4, LARGE = 1 << 20 };

#define NO_END "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel" HTTP_PAUSE "lo"

static bool abort_at_last(void *user_data)
{
    int *count = user_data;

    return ++*count == ASKED;
}

static void ask(ckws_rest *rest, int *count)
{
    *count = 0;
    CHECK(ckws_rest_set_heartbeat_ms(rest, HEARTBEAT_MS));
    ckws_rest_set_abort_check(rest, abort_at_last, count);
}

static void expect_abort(ckws_rest *rest, int count, long long began)
{
    expect_failure(rest, CKWS_ERROR_ABORTED);
    CHECK_INT(count, ASKED);
    CHECK(now_ms() - began >= ASKED * HEARTBEAT_MS);
}

static void test_heartbeat(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK_INT(ckws_rest_get_heartbeat_ms(rest), 0);
    CHECK(ckws_rest_set_heartbeat_ms(rest, 250));
    CHECK_INT(ckws_rest_get_heartbeat_ms(rest), 250);
    CHECK(!ckws_rest_set_heartbeat_ms(rest, -1));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_rest_get_heartbeat_ms(rest), 250);
    ckws_rest_dispose(rest);
    CHECK_INT(ckws_rest_get_heartbeat_ms(rest), -1);
}

static void expect_connect_is_aborted(int port, bool tls)
{
    ckws_rest *rest = ckws_rest_create();
    long long began = now_ms();
    int count;

    ask(rest, &count);
    CHECK(!ckws_rest_connect(rest, "127.0.0.1", port, tls, false));
    expect_abort(rest, count, began);
    CHECK(ckws_rest_get_connect_fail_reason(rest) != 0);
    ckws_rest_dispose(rest);
}

static void test_a_connect_is_aborted(void)
{
    struct silent_address silent;
    int port;
    int listener = listen_on_loopback(&port);

    silent_address_open(&silent);
    expect_connect_is_aborted(silent.port, false);
    expect_connect_is_aborted(port, true);
    silent_address_close(&silent);
    close(listener);
}

static void test_a_request_is_aborted(void)
{
    static const char *const answers[] = { NO_END };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    long long began = now_ms();
    int count;

    ask(rest, &count);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_abort(rest, count, began);
    http_server_go_on(&server);
    done(&server, rest);
}

/* The response stays where it is, and can be read later. */
static void test_a_read_is_aborted(void)
{
    static const char *const answers[] = { NO_END };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    long long began;
    int count;

    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    ask(rest, &count);
    began = now_ms();
    CHECK(ckws_rest_read_resp_body_string(rest) == NULL);
    expect_abort(rest, count, began);
    ckws_rest_set_abort_check(rest, NULL, NULL);
    http_server_go_on(&server);
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello");
    done(&server, rest);
}

static bool dispose_it(void *user_data)
{
    ckws_rest **rest = user_data;

    ckws_rest_dispose(*rest);
    return false;
}

static void test_a_callback_may_dispose_its_handle(void)
{
    static const char *const answers[] = { NO_END };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);

    CHECK(ckws_rest_set_heartbeat_ms(rest, 1));
    ckws_rest_set_abort_check(rest, dispose_it, &rest);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    http_server_go_on(&server);
    done(&server, rest);
}

struct percent {
    int count;
    int last;
    int abort_at;
};

static bool note_percent(int percent, void *user_data)
{
    struct percent *seen = user_data;

    CHECK(percent > seen->last && percent <= 100);
    seen->last = percent;
    seen->count++;
    return seen->abort_at > 0 && percent >= seen->abort_at;
}

static void listen_to_percent(ckws_rest *rest, struct percent *percent, int abort_at)
{
    memset(percent, 0, sizeof *percent);
    percent->abort_at = abort_at;
    ckws_rest_set_percent_done(rest, note_percent, percent);
}

/* A whole answer with a large body whose length is announced. */
static char *large_answer(void)
{
    char *answer = malloc(LARGE + 256);
    int length = snprintf(answer, 256, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE);

    memset(answer + length, 'x', LARGE);
    answer[length + LARGE] = '\0';
    return answer;
}

static void test_percent_done(void)
{
    char *large = large_answer();
    const char *answers[3];
    struct http_server server;
    struct percent percent;
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_rest *rest;

    answers[0] = OK_HELLO;
    answers[1] = large;
    answers[2] = large;
    http_server_start(&server, answers, 3, true);
    rest = connect_to(&server, false);
    listen_to_percent(rest, &percent, 0);
    expect_body(rest, "hello");
    CHECK_INT(percent.count, 0);

    CHECK_TELLING(ckws_rest_full_request_no_body_bd(rest, "GET", "/", bd), ckws_rest_get_last_error_text(rest));
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), LARGE);
    CHECK_INT(percent.last, 100);
    CHECK(percent.count > 1);

    listen_to_percent(rest, &percent, 30);
    CHECK(!ckws_rest_full_request_no_body_bd(rest, "GET", "/", bd));
    expect_failure(rest, CKWS_ERROR_ABORTED);
    CHECK(percent.last >= 30 && percent.last < 100);
    ckws_bin_data_dispose(bd);
    done(&server, rest);
    free(large);
}

static void note_progress(const char *name, const char *value, void *user_data)
{
    char *text = user_data;
    size_t length = strlen(text);

    snprintf(text + length, 512 - length, "%s=%s;", name, value);
}

static void test_progress_info(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    char text[512] = "";
    char expected[128];

    http_server_start(&server, answers, 1, false);
    ckws_rest_set_progress_info(rest, note_progress, text);
    CHECK(ckws_rest_connect(rest, "127.0.0.1", server.port, false, false));
    snprintf(expected, sizeof expected, "lookup=127.0.0.1;tcp=127.0.0.1:%d;", server.port);
    CHECK_TEXT(text, expected);
    text[0] = '\0';
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/path?query=secret"), "hello");
    CHECK_TEXT(text, "request=/path;");
    done(&server, rest);
}

struct completed {
    sem_t came;
    ckws_task *task;
};

static void note_completed(ckws_task *task, void *user_data)
{
    struct completed *completed = user_data;

    completed->task = task;
    sem_post(&completed->came);
}

static void test_task_completed(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_task *task = ckws_rest_disconnect_async(rest, 0);
    struct completed completed;

    REQUIRE(sem_init(&completed.came, 0, 0) == 0);
    ckws_rest_set_task_completed(rest, note_completed, &completed);
    run(task);
    sem_wait(&completed.came);
    CHECK(completed.task == task);
    ckws_rest_set_task_completed(rest, NULL, NULL);
    ckws_task_dispose(task);
    ckws_rest_dispose(rest);
    sem_destroy(&completed.came);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_heartbeat();
    test_a_connect_is_aborted();
    test_a_request_is_aborted();
    test_a_read_is_aborted();
    test_a_callback_may_dispose_its_handle();
    test_percent_done();
    test_progress_info();
    test_task_completed();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
