/* Responses of a Rest, read in steps: the order of the calls, bodies that are not read, too long, or late. */
#define _POSIX_C_SOURCE 200809L

#include "rest.h"

static void test_three_steps(void)
{
    static const char *const answers[] = {
        "HTTP/1.1 100 Continue\r\n\r\n" OK_HELLO, OK_WORLD,
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\xff\xc3\xa4!\r\n0\r\n\r\n"
    };
    struct http_server server;
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_rest *rest;
    const uint8_t *bytes;
    size_t length;

    http_server_start(&server, answers, 3, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/1"));
    CHECK_INT(ckws_rest_get_response_status_code(rest), 0);
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK_TEXT(ckws_rest_response_hdr_by_name(rest, "X-Field"), "a value");
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 200);

    /* Into containers: appended to what is there. */
    CHECK(ckws_bin_data_append_binary(bd, (const uint8_t *)"<", 1));
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/2"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(!ckws_rest_read_resp_bd(rest, NULL));
    expect_failure(rest, CKWS_ERROR_INVALID_HANDLE);
    CHECK(ckws_rest_read_resp_bd(rest, bd));
    bytes = ckws_bin_data_get_bytes(bd, &length);
    CHECK(length == 6 && memcmp(bytes, "<world", 6) == 0);
    CHECK(ckws_string_builder_append(sb, "<"));
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/3"));
    CHECK_INT(ckws_rest_read_response_header(rest), 404);
    CHECK(!ckws_rest_read_resp_sb(rest, NULL));
    expect_failure(rest, CKWS_ERROR_INVALID_HANDLE);
    CHECK(ckws_rest_read_resp_sb(rest, sb));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "<\xef\xbf\xbd\xc3\xa4!");

    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    done(&server, rest);
    CHECK(strncmp(server.requests[2], "GET /3 HTTP/1.1\r\n", 17) == 0);
}

static void test_whole_requests_into_containers(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort" };
    struct http_server server;
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_rest *rest;

    http_server_start(&server, answers, 3, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_full_request_no_body_sb(rest, "GET", "/", sb));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "hello");
    CHECK(ckws_rest_full_request_no_body_bd(rest, "GET", "/", bd));
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 5);
    CHECK(!ckws_rest_full_request_no_body_bd(rest, "GET", "/", bd));
    expect_failure(rest, CKWS_ERROR_HTTP_TRUNCATED);
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 5);
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    done(&server, rest);
}

static void test_header_fields_by_index(void)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nX-One: 1\r\nset-cookie: a=b\r\nSet-Cookie:  c=d \r\nX-Empty:\r\nContent-Length: 0\r\n\r\n"
    };
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);

    CHECK(ckws_rest_response_hdr_name(rest, 0) == NULL);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    expect_body(rest, "");
    CHECK_INT(ckws_rest_get_num_response_headers(rest), 5);
    CHECK_TEXT(ckws_rest_response_hdr_name(rest, 0), "X-One");
    CHECK_TEXT(ckws_rest_response_hdr_value(rest, 0), "1");
    CHECK_TEXT(ckws_rest_response_hdr_name(rest, 1), "set-cookie");
    CHECK_TEXT(ckws_rest_response_hdr_value(rest, 1), "a=b");
    CHECK_TEXT(ckws_rest_response_hdr_value(rest, 2), "c=d");
    CHECK_TEXT(ckws_rest_response_hdr_value(rest, 3), "");
    CHECK_TEXT(ckws_rest_response_hdr_name(rest, 4), "Content-Length");
    CHECK(ckws_rest_response_hdr_name(rest, 5) == NULL);
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_rest_response_hdr_value(rest, -1) == NULL);
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    done(&server, rest);
}

static void expect_order_error_everywhere(ckws_rest *rest)
{
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    CHECK(ckws_rest_read_resp_body_string(rest) == NULL);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
}

/* A call out of order fails, and those in order go on as if nothing had happened. */
static void test_the_order_of_the_calls(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();

    expect_order_error_everywhere(rest);
    ckws_rest_dispose(rest);

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, true);
    expect_order_error_everywhere(rest);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/1"));
    CHECK(ckws_rest_read_resp_body_string(rest) == NULL);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "/2"));
    expect_failure(rest, CKWS_ERROR_RESPONSE_PENDING);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/2") == NULL);
    expect_failure(rest, CKWS_ERROR_RESPONSE_PENDING);
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello");
    expect_order_error_everywhere(rest);
    expect_body(rest, "world");
    expect_order_error_everywhere(rest);
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

/* A body that nobody read is not taken for the next response. */
static void test_unread_bodies(void)
{
    static const char *const answers[] = {
        OK_HELLO, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" HTTP_PAUSE "5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", OK_WORLD
    };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 4, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/1"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/2"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    http_server_go_on(&server);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/3"));
    CHECK_INT(ckws_rest_read_response_header(rest), 204);
    expect_body(rest, "world");
    CHECK(contains(ckws_rest_get_last_error_text(rest), "Success."));
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

/* An answer whose body ends with `length` times x, a pause, and "end". */
static char *make_answer(size_t length)
{
    char *answer = malloc(length + 128);
    int head;

    REQUIRE(answer != NULL);
    head = snprintf(answer, 128, "HTTP/1.1 200 OK\r\nContent-Length: %lu\r\n\r\n", (unsigned long)length + 3);
    memset(answer + head, 'x', length);
    strcpy(answer + head + length, HTTP_PAUSE "end");
    return answer;
}

/* 1 MiB, which is too much to read for nothing where a new connection can be had. */
static void expect_long_unread_body(bool auto_reconnect, bool keep_alive)
{
    char *answer = make_answer(1024 * 1024);
    const char *answers[2] = { NULL, OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    answers[0] = answer;
    http_server_start(&server, answers, 2, keep_alive);
    http_server_go_on(&server);
    rest = connect_to(&server, auto_reconnect);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    expect_body(rest, "world");
    done(&server, rest);
    CHECK_INT(server.connections, auto_reconnect ? 2 : 1);
    free(answer);
}

static void test_bodies_above_the_limit(void)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello world", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
    };
    struct http_server server;
    ckws_rest *rest;
    int i;

    http_server_start(&server, answers, 4, false);
    rest = connect_to(&server, true);
    for (i = 0; i < 3; i++) {
        /* The first is above the default, too. */
        if (i == 1)
            CHECK(ckws_rest_set_max_response_size(rest, 10));
        CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
        expect_failure(rest, CKWS_ERROR_HTTP_BODY_TOO_LARGE);
        CHECK(contains(ckws_rest_get_last_error_text(rest), "max_response_size"));
        CHECK_INT(ckws_rest_get_response_status_code(rest), 200);
    }
    /* The limit is that of the moment when the body begins to be read. */
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(ckws_rest_set_max_response_size(rest, 11));
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello world");
    done(&server, rest);
    CHECK_INT(server.connections, 4);
}

/* A time-out loses nothing: the calls go on where they were. */
static void test_late_responses(void)
{
    static const char *const answers[] = { "HTTP/1.1 200 OK\r\nContent-" HTTP_PAUSE
                                           "Length: 11\r\n\r\nhello" HTTP_PAUSE " world",
                                           OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 50));
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "/"));
    expect_failure(rest, CKWS_ERROR_RESPONSE_PENDING);

    http_server_go_on(&server);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 50));
    CHECK(ckws_rest_read_resp_body_string(rest) == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    http_server_go_on(&server);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello world");
    expect_body(rest, "world");
    done(&server, rest);
    CHECK_INT(server.connections, 1);
}

/* Skipping a body ran out of time: what has been thrown away by then is not read as if it were all. */
static void expect_body_after_failed_skip(size_t length, bool readable)
{
    char *answer = make_answer(length);
    const char *answers[2] = { NULL, OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    answers[0] = answer;
    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 500));
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "/"));
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    http_server_go_on(&server);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    if (readable) {
        CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "xxend");
    } else {
        CHECK(ckws_rest_read_resp_body_string(rest) == NULL);
        expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    }
    expect_body(rest, "world");
    done(&server, rest);
    CHECK_INT(server.connections, 1);
    free(answer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_three_steps();
    test_whole_requests_into_containers();
    test_header_fields_by_index();
    test_the_order_of_the_calls();
    test_unread_bodies();
    expect_long_unread_body(true, false);
    expect_long_unread_body(false, true);
    test_bodies_above_the_limit();
    test_late_responses();
    expect_body_after_failed_skip(2, true);
    expect_body_after_failed_skip(200000, false);
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
