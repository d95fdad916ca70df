/* What a Rest sends: header fields, query and path parameters, authentication, and what it tells of it. */
#define _POSIX_C_SOURCE 200809L

#include "rest.h"

/* The start line that would be sent for `uri_path`. */
static const char *start_line(ckws_rest *rest, const char *verb, const char *uri_path)
{
    static char line[HTTP_REQUEST_SIZE];
    ckws_bin_data *bd = ckws_bin_data_create();
    const uint8_t *bytes;
    size_t length;

    line[0] = '\0';
    CHECK(ckws_rest_set_debug_mode(rest, true));
    if (ckws_rest_send_req_no_body(rest, verb, uri_path) && ckws_rest_get_last_debug_request(rest, bd)) {
        bytes = ckws_bin_data_get_bytes(bd, &length);
        REQUIRE(length < sizeof line);
        memcpy(line, bytes, length);
        line[length] = '\0';
        line[strcspn(line, "\r")] = '\0';
    }
    ckws_bin_data_dispose(bd);
    return line;
}

/* The line of a request that names the library. */
static const char *user_agent(void)
{
    static char line[64];

    snprintf(line, sizeof line, "User-Agent: libckws/%s\r\n", ckws_version());
    return line;
}

/* Who sends a request says so, unless the program has its own name, or wants none. */
static void test_the_user_agent_of_a_rest(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD, OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 4, true);
    rest = connect_to(&server, false);
    expect_body(rest, "hello");
    CHECK(ckws_rest_add_header(rest, "user-agent", "me/1.0"));
    expect_body(rest, "world");
    CHECK(ckws_rest_add_header(rest, "User-Agent", " "));
    expect_body(rest, "hello");
    CHECK(ckws_rest_remove_header(rest, "USER-AGENT"));
    expect_body(rest, "world");
    done(&server, rest);
    CHECK(contains(server.requests[0], user_agent()));
    CHECK(contains(server.requests[1], "\r\nuser-agent: me/1.0\r\n"));
    CHECK(!contains(server.requests[1], "libckws"));
    CHECK(!contains(server.requests[2], "ser-"));
    CHECK(contains(server.requests[3], user_agent()));
}

static void expect_refused_handshake(ckws_websocket *ws, const struct http_server *server)
{
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", server->port);
    CHECK(!ckws_connect(ws, url));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_UPGRADE_REFUSED);
}

static void test_the_user_agent_of_a_websocket(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD, OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_websocket *ws = ckws_create();

    http_server_start(&server, answers, 4, false);
    expect_refused_handshake(ws, &server);
    CHECK(ckws_add_request_header(ws, "USER-AGENT", "me/1.0"));
    CHECK(ckws_add_request_header(ws, "Cookie", "id=7"));
    expect_refused_handshake(ws, &server);
    CHECK(ckws_add_request_header(ws, "User-Agent", ""));
    CHECK(ckws_remove_request_header(ws, "cookie"));
    expect_refused_handshake(ws, &server);
    CHECK(ckws_remove_request_header(ws, "User-Agent"));
    CHECK(ckws_remove_request_header(ws, "X-Never-Added"));
    expect_refused_handshake(ws, &server);
    CHECK(!ckws_remove_request_header(ws, NULL));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_NULL_ARGUMENT);
    ckws_dispose(ws);
    http_server_join(&server);
    CHECK(contains(server.requests[0], user_agent()));
    CHECK(contains(server.requests[1], "\r\nUSER-AGENT: me/1.0\r\n"));
    CHECK(contains(server.requests[1], "\r\nCookie: id=7\r\n"));
    CHECK(!contains(server.requests[1], "libckws"));
    CHECK(!contains(server.requests[2], "ser-"));
    CHECK(!contains(server.requests[2], "ookie"));
    CHECK(contains(server.requests[3], user_agent()));
}

static void test_header_fields(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD, OK_HELLO };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 3, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_add_header(rest, "X-One", "first"));
    CHECK(ckws_rest_add_header(rest, "X-Two", "2"));
    CHECK(ckws_rest_set_host(rest, "example.com"));
    CHECK(ckws_rest_set_authorization(rest, "Bearer abc"));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/1"), "hello");
    CHECK(ckws_rest_add_header(rest, "x-one", "second"));
    CHECK(ckws_rest_remove_header(rest, "X-TWO"));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/2"), "world");
    CHECK(ckws_rest_clear_all_headers(rest));
    CHECK(ckws_rest_add_header(rest, "X-Three", "3"));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/3"), "hello");
    done(&server, rest);
    CHECK(contains(server.requests[0], "\r\nX-One: first\r\n"));
    CHECK(contains(server.requests[0], "\r\nX-Two: 2\r\n"));
    CHECK(contains(server.requests[0], "\r\nHost: example.com\r\n"));
    CHECK(contains(server.requests[0], "\r\nAuthorization: Bearer abc\r\n"));
    CHECK(contains(server.requests[1], ": second\r\n"));
    CHECK(!contains(server.requests[1], "first"));
    CHECK(!contains(server.requests[1], "X-Two"));
    CHECK(!contains(server.requests[2], ": second\r\n"));
    CHECK(contains(server.requests[2], "\r\nX-Three: 3\r\n"));
    CHECK(contains(server.requests[2], "\r\nAuthorization: Bearer abc\r\n"));
}

static void test_query_parameters(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_add_query_param(rest, "q", "a b&c=d/\xc3\xa4\r\n"));
    CHECK(ckws_rest_add_query_param(rest, "empty", ""));
    CHECK_TEXT(start_line(rest, "GET", "/x"), "GET /x?q=a%20b%26c%3Dd%2F%C3%A4%0D%0A&empty= HTTP/1.1");
    CHECK(ckws_rest_add_query_param(rest, "q", "new"));
    CHECK_TEXT(start_line(rest, "GET", "/x?own=1"), "GET /x?own=1&q=new&empty= HTTP/1.1");
    CHECK(ckws_rest_add_query_params(rest, "tag=a%20b&tag=c&q=%7E&flag"));
    CHECK_TEXT(start_line(rest, "GET", "/"), "GET /?empty=&tag=a%20b&tag=c&q=%7E&flag HTTP/1.1");
    CHECK(ckws_rest_remove_query_param(rest, "tag"));
    CHECK(ckws_rest_remove_query_param(rest, "never added"));
    CHECK(ckws_rest_add_query_params(rest, ""));
    CHECK_TEXT(start_line(rest, "GET", "/"), "GET /?empty=&q=%7E&flag HTTP/1.1");

    CHECK(!ckws_rest_add_query_param(rest, "", "x"));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_rest_add_query_params(rest, "q=1&token=hunter2 x"));
    expect_failure(rest, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!contains(ckws_rest_get_last_error_text(rest), "hunter2"));
    CHECK(!ckws_rest_add_query_params(rest, "q=1&x=%f"));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(start_line(rest, "GET", "/"), "GET /?empty=&q=%7E&flag HTTP/1.1");

    CHECK(ckws_rest_clear_all_query_params(rest));
    CHECK_TEXT(start_line(rest, "GET", "/"), "GET / HTTP/1.1");
    ckws_rest_dispose(rest);
}

static void test_path_parameters(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_add_path_param(rest, "{id}", "7/8 \xc3\xa4"));
    CHECK(ckws_rest_add_path_param(rest, "fruit", "{id}"));
    CHECK(ckws_rest_add_path_param(rest, "fruits", "apples"));
    CHECK(ckws_rest_add_query_param(rest, "fruit", "{id}"));
    CHECK_TEXT(start_line(rest, "GET", "/fruits/{id}/fruit?x={id}"),
               "GET /apples/7%2F8%20%C3%A4/%7Bid%7D?x=7%2F8%20%C3%A4&fruit=%7Bid%7D HTTP/1.1");
    CHECK(ckws_rest_add_path_param(rest, "{id}", "9"));
    CHECK_TEXT(start_line(rest, "GET", "/{id}/{id}"), "GET /9/9?fruit=%7Bid%7D HTTP/1.1");
    CHECK(!ckws_rest_add_path_param(rest, "", "x"));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_rest_clear_all_path_params(rest));
    CHECK_TEXT(start_line(rest, "GET", "/fruits"), "GET /fruits?fruit=%7Bid%7D HTTP/1.1");
    ckws_rest_dispose(rest);
}

/* With DebugMode on nothing is sent, and nothing changes. */
static void test_debug_mode(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_rest *rest;
    const uint8_t *bytes;
    size_t length;
    char expected[256];

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, false);
    CHECK(!ckws_rest_get_last_debug_request(rest, bd));
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/sent"), "hello");
    CHECK(ckws_rest_set_host(rest, "example.com"));
    CHECK(ckws_rest_set_auth_basic(rest, "user", "pass"));

    CHECK(ckws_rest_set_debug_mode(rest, true));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/1"), "");
    CHECK(ckws_rest_full_request_no_body_sb(rest, "GET", "/2", sb));
    CHECK(ckws_rest_full_request_no_body_bd(rest, "GET", "/3", bd));
    CHECK_INT(ckws_string_builder_get_length(sb), 0);
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 0);
    CHECK(ckws_rest_send_req_no_body(rest, "PURGE", "/4"));
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    expect_failure(rest, CKWS_ERROR_NO_RESPONSE);
    CHECK_INT(ckws_rest_get_response_status_code(rest), 200);
    CHECK_TEXT(ckws_rest_get_last_request_start_line(rest), "GET /sent HTTP/1.1");
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "no path"));
    expect_failure(rest, CKWS_ERROR_FORBIDDEN_CHARACTER);

    CHECK(ckws_bin_data_append_binary(bd, (const uint8_t *)">", 1));
    CHECK(ckws_rest_get_last_debug_request(rest, bd));
    bytes = ckws_bin_data_get_bytes(bd, &length);
    snprintf(expected, sizeof expected,
             ">PURGE /4 HTTP/1.1\r\nHost: example.com\r\nAuthorization: Basic dXNlcjpwYXNz\r\n%s\r\n",
             user_agent());
    CHECK(length == strlen(expected));
    CHECK(memcmp(bytes, expected, length) == 0);

    CHECK(ckws_rest_set_debug_mode(rest, false));
    expect_body(rest, "world");
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    done(&server, rest);
}

/* What was sent is shown to who asks, with all that is secret in it; it is in no log. */
static void test_the_last_request_and_the_log(void)
{
    static const char *const answers[] = { OK_HELLO };
    static char text[65536];
    char path[] = "/tmp/ckws-log-XXXXXX";
    int fd = mkstemp(path);
    struct http_server server;
    ckws_rest *rest = connect_to_answer(&server, answers);
    const char *header;
    char expected[256];

    REQUIRE(fd >= 0);
    close(fd);
    CHECK(ckws_rest_set_debug_log_file_path(rest, path));
    CHECK(ckws_rest_set_verbose_logging(rest, true));
    CHECK(ckws_rest_set_host(rest, "example.com"));
    CHECK(ckws_rest_add_header(rest, "Cookie", "id=hunter2"));
    CHECK(ckws_rest_add_header(rest, "Proxy-Authorization", "Basic hunter2"));
    CHECK(ckws_rest_set_authorization(rest, "Bearer hunter2"));
    CHECK(ckws_rest_add_query_param(rest, "token", "hunter2"));
    CHECK(ckws_rest_add_query_params(rest, "more=hunter2"));
    CHECK(ckws_rest_add_path_param(rest, "{key}", "hunter2"));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/{key}?own=hunter2"), "hello");
    CHECK(contains(ckws_rest_get_last_error_text(rest), "Success."));
    CHECK(!contains(ckws_rest_get_last_error_text(rest), "hunter2"));
    CHECK_TEXT(ckws_rest_get_last_request_start_line(rest),
               "GET /hunter2?own=hunter2&token=hunter2&more=hunter2 HTTP/1.1");
    header = ckws_rest_get_last_request_header(rest);
    snprintf(expected, sizeof expected,
             "Host: example.com\r\nCookie: id=hunter2\r\nProxy-Authorization: Basic hunter2\r\n"
             "Authorization: Bearer hunter2\r\n%s",
             user_agent());
    CHECK_TEXT(header, expected);
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "FullRequestNoBody"));
    CHECK(!contains(text, "hunter2"));
    CHECK(unlink(path) == 0);
    done(&server, rest);
    CHECK(strncmp(server.requests[0], "GET /hunter2?own=hunter2&token", 30) == 0);
}

/* A request that is refused changes nothing: the connection stays, and the last response. */
static void test_refused_requests(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 200);
    CHECK(!ckws_rest_send_req_no_body(rest, "GET IT", "/"));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "/\r\nX-Evil: y"));
    expect_failure(rest, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "http://example.com/"));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_rest_full_request_no_body_bd(rest, "GET", "/", NULL));
    expect_failure(rest, CKWS_ERROR_INVALID_HANDLE);
    CHECK(!ckws_rest_full_request_no_body_sb(rest, "GET", "/", NULL));
    expect_failure(rest, CKWS_ERROR_INVALID_HANDLE);
    CHECK_INT(ckws_rest_get_response_status_code(rest), 200);
    CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "hello");
    expect_body(rest, "world");
    done(&server, rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_the_user_agent_of_a_rest();
    test_the_user_agent_of_a_websocket();
    test_header_fields();
    test_query_parameters();
    test_path_parameters();
    test_debug_mode();
    test_the_last_request_and_the_log();
    test_refused_requests();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
