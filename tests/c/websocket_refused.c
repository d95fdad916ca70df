/* How far a connect came, and what a server that refuses it answered. The stage of the name lookup is tested in
 * websocket_lookup.c. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "http_server.h"
#include "tasks.h"

#define FORBIDDEN_BODY "{\"error\":\"token\"}"
#define FORBIDDEN                                                                                                 \
    "HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nContent-Type: application/json\r\nset-cookie: b=2\r\n"          \
    "Content-Length: 17\r\n\r\n" FORBIDDEN_BODY
#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define NO_ACCEPT "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
#define NO_ANSWER ""

static void expect_nothing_of_a_response(ckws_websocket *ws)
{
    CHECK_INT(ckws_get_response_status_code(ws), 0);
    CHECK_INT(ckws_get_num_response_headers(ws), 0);
    CHECK_TEXT(ckws_get_response_body(ws), "");
    CHECK(ckws_response_hdr_name(ws, 0) == NULL);
    expect_failure(ws, CKWS_ERROR_NO_RESPONSE);
    CHECK(ckws_response_hdr_value(ws, 0) == NULL);
    expect_failure(ws, CKWS_ERROR_NO_RESPONSE);
}

static void test_before_the_first_connect(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_NONE);
    CHECK_INT(ckws_get_connection_number(ws), 0);
    expect_nothing_of_a_response(ws);
    ckws_dispose(ws);
}

static void test_an_open_connection(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_OPEN);
    CHECK_INT(ckws_get_connection_number(ws), 1);
    CHECK_TEXT(ckws_get_response_body(ws), "");
    CHECK(ckws_get_num_response_headers(ws) >= 3);

    /* A connect that does not begin changes nothing. */
    CHECK(!ckws_connect(ws, "http://127.0.0.1/"));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_OPEN);

    CHECK(ckws_close_connection(ws));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_OPEN);
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_connection_number(ws), 2);
    ckws_dispose(ws);
}

static void test_tcp_refused(void)
{
    ckws_websocket *ws = connect_to("");
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", closed_port());
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_CONNECT_REFUSED);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_TCP);
    CHECK_INT(ckws_get_connection_number(ws), 1);
    expect_nothing_of_a_response(ws);

    CHECK(!ckws_connect(ws, "ws+unix:/nowhere/socket:/"));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_TCP);
    ckws_dispose(ws);
}

static void test_tls_refused(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_connect(ws, wss_url()));
    expect_failure(ws, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_TLS);
    expect_nothing_of_a_response(ws);
    ckws_dispose(ws);
}

static void url_of(const struct http_server *server, char url[64])
{
    snprintf(url, 64, "ws://127.0.0.1:%d/", server->port);
}

static void expect_forbidden(ckws_websocket *ws)
{
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_WEBSOCKET);
    CHECK_INT(ckws_get_response_status_code(ws), 403);
    CHECK_INT(ckws_get_connection_number(ws), 0);
    CHECK_TEXT(ckws_get_response_body(ws), FORBIDDEN_BODY);
}

static void test_answers_that_open_nothing(void)
{
    static const char *const answers[] = { FORBIDDEN, NO_ANSWER, OK_HELLO, NO_ACCEPT };
    struct http_server server;
    ckws_websocket *ws = ckws_create();
    char url[64];

    http_server_start(&server, answers, 4, false);
    url_of(&server, url);
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_UPGRADE_REFUSED);
    expect_forbidden(ws);

    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_HTTP_TRUNCATED);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_HTTP);
    expect_nothing_of_a_response(ws);

    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_UPGRADE_REFUSED);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_WEBSOCKET);
    CHECK_INT(ckws_get_response_status_code(ws), 200);
    CHECK_TEXT(ckws_get_response_body(ws), "hello");

    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_ACCEPT_MISSING);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_WEBSOCKET);
    CHECK_INT(ckws_get_response_status_code(ws), 101);
    CHECK_TEXT(ckws_get_response_body(ws), "");
    ckws_dispose(ws);
    http_server_join(&server);
}

static void test_each_field_of_a_refusal(void)
{
    static const char *const answers[] = { FORBIDDEN };
    static const char *const fields[][2] = {
        { "Set-Cookie", "a=1" },
        { "Content-Type", "application/json" },
        { "set-cookie", "b=2" },
        { "Content-Length", "17" },
    };
    struct http_server server;
    ckws_websocket *ws = ckws_create();
    char url[64];
    int i;

    http_server_start(&server, answers, 1, false);
    url_of(&server, url);
    CHECK(!ckws_connect(ws, url));
    CHECK_INT(ckws_get_num_response_headers(ws), 4);
    for (i = 0; i < 4; i++) {
        CHECK_TEXT(ckws_response_hdr_name(ws, i), fields[i][0]);
        CHECK_TEXT(ckws_response_hdr_value(ws, i), fields[i][1]);
    }
    CHECK(ckws_response_hdr_name(ws, -1) == NULL);
    expect_failure(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_response_hdr_value(ws, 4) == NULL);
    expect_failure(ws, CKWS_ERROR_INVALID_ARGUMENT);
    ckws_dispose(ws);
    http_server_join(&server);
}

/* The limit of 4 KiB falls into a character of two bytes. */
static void test_a_long_body_is_cut_between_characters(void)
{
    enum { CHARACTERS = 3000 };
    static char answer[128 + 2 * CHARACTERS];
    const char *const answers[] = { answer };
    struct http_server server;
    ckws_websocket *ws = ckws_create();
    const char *body;
    char url[64];
    size_t length = (size_t)sprintf(answer, "HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\nx", 1 + 2 * CHARACTERS);
    int i;

    for (i = 0; i < CHARACTERS; i++)
        memcpy(answer + length + 2 * (size_t)i, "\xc3\xbc", 2);
    http_server_start(&server, answers, 1, false);
    url_of(&server, url);
    CHECK(!ckws_connect(ws, url));
    body = ckws_get_response_body(ws);
    CHECK_INT((int)strlen(body), 4095);
    CHECK_TEXT(body + 4093, "\xc3\xbc");
    ckws_dispose(ws);
    http_server_join(&server);
}

static void test_a_task_that_is_refused(void)
{
    static const char *const answers[] = { FORBIDDEN };
    struct http_server server;
    ckws_websocket *ws = ckws_create();
    ckws_task *task;
    char url[64];

    http_server_start(&server, answers, 1, false);
    url_of(&server, url);
    perform_to_failure(ckws_connect_async(ws, url), CKWS_ERROR_UPGRADE_REFUSED);
    expect_forbidden(ws);

    task = ckws_connect_async(ws, ws_url());
    run_to_success(task);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_OPEN);
    CHECK_INT(ckws_get_connection_number(ws), 1);
    CHECK_TEXT(ckws_get_response_body(ws), "");
    ckws_task_dispose(task);
    ckws_dispose(ws);
    http_server_join(&server);
}

static ckws_rest *begin_five_steps(ckws_websocket *ws, int port)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK_TELLING(ckws_rest_connect(rest, "127.0.0.1", port, false, false), ckws_rest_get_last_error_text(rest));
    CHECK_TELLING(ckws_use_connection(ws, rest), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_HTTP);
    expect_nothing_of_a_response(ws);
    CHECK(ckws_add_client_headers(ws));
    return rest;
}

static void test_five_steps(void)
{
    static const char *const answers[] = { FORBIDDEN };
    struct http_server server;
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest;

    http_server_start(&server, answers, 1, false);
    rest = begin_five_steps(ws, server.port);
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), FORBIDDEN_BODY);
    CHECK(!ckws_validate_server_handshake(ws));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_WEBSOCKET);
    CHECK_INT(ckws_get_connection_number(ws), 0);
    CHECK_INT(ckws_get_num_response_headers(ws), 4);
    CHECK_TEXT(ckws_response_hdr_value(ws, 2), "b=2");
    CHECK_TEXT(ckws_get_response_body(ws), "");
    ckws_rest_dispose(rest);

    rest = begin_five_steps(ws, port_of(ws_url()));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "");
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_OPEN);
    CHECK_INT(ckws_get_connection_number(ws), 1);
    expect_echo(ws, "open");
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
    http_server_join(&server);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_before_the_first_connect();
    test_an_open_connection();
    test_tcp_refused();
    test_tls_refused();
    test_answers_that_open_nothing();
    test_each_field_of_a_refusal();
    test_a_long_body_is_cut_between_characters();
    test_a_task_that_is_refused();
    test_five_steps();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
