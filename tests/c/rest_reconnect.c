/* Several requests of one Rest: over one connection as long as it lives, then over a new one. */
#define _POSIX_C_SOURCE 200809L

#include "rest.h"

static void test_one_connection_serves_several_requests(void)
{
    static const char *const answers[] = { OK_HELLO,
                                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n",
                                           "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 4, true);
    rest = connect_to(&server, true);
    expect_body(rest, "hello");
    CHECK(ckws_rest_response_hdr_by_name(rest, "X-Field") != NULL);
    expect_body(rest, "two");
    CHECK(ckws_rest_response_hdr_by_name(rest, "X-Field") == NULL);
    expect_body(rest, "");
    expect_body(rest, "world");
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

/* Each of these answers is the last on its connection. */
static void expect_new_connection_after(const char *first)
{
    const char *answers[2] = { NULL, OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    answers[0] = first;
    http_server_start(&server, answers, 2, false);
    rest = connect_to(&server, true);
    expect_body(rest, "hello");
    http_server_wait_for_end(&server);
    expect_body(rest, "world");
    CHECK(contains(ckws_rest_get_last_error_text(rest), "reconnect"));
    done(&server, rest);
    CHECK_INT(server.connections, 2);
}

static void test_a_new_connection(void)
{
    expect_new_connection_after("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    expect_new_connection_after("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 5\r\n\r\nhello");
    expect_new_connection_after("HTTP/1.1 200 OK\r\n\r\nhello");
    expect_new_connection_after("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    expect_new_connection_after("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 5\r\n\r\nhello");
    expect_new_connection_after("HTTP/1.0 200 OK\r\n\r\nhello");
    /* The server says nothing and goes; or says what nobody asked for. */
    expect_new_connection_after(OK_HELLO);
    expect_new_connection_after(OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npoison!");
}

static void test_http_1_0_keeps_alive_when_it_says_so(void)
{
    static const char *const answers[] = {
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello", OK_WORLD
    };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, true);
    expect_body(rest, "hello");
    expect_body(rest, "world");
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

static void expect_end_after(const char *first)
{
    const char *answers[1];
    struct http_server server;
    ckws_rest *rest;

    answers[0] = first;
    rest = connect_to_answer(&server, answers);
    expect_body(rest, "hello");
    http_server_wait_for_end(&server);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_NOT_CONNECTED);
    CHECK_INT(ckws_rest_get_response_status_code(rest), 0);
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

static void test_without_auto_reconnect(void)
{
    expect_end_after("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    expect_end_after(OK_HELLO);
    expect_end_after(OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npoison!");
}

/* After a failure in the middle, a new connection for the next request. */
static void test_a_failed_request_is_followed_by_another(void)
{
    static const char *const answers[] = { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "nonsense", NULL,
                                           OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 4, false);
    rest = connect_to(&server, true);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_TRUNCATED);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_INVALID);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 50));
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    expect_body(rest, "world");
    done(&server, rest);
}

/* A server that is gone: the reconnect fails, and the request with it. */
static void test_a_failed_reconnect(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 1, false);
    rest = connect_to(&server, true);
    expect_body(rest, "hello");
    CHECK(ckws_rest_disconnect(rest, 0));
    http_server_join(&server);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_CONNECT_REFUSED);
    ckws_rest_dispose(rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_one_connection_serves_several_requests();
    test_a_new_connection();
    test_http_1_0_keeps_alive_when_it_says_so();
    test_without_auto_reconnect();
    test_a_failed_request_is_followed_by_another();
    test_a_failed_reconnect();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
