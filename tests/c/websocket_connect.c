/* Opening a WebSocket: by URL, by the five steps of the original, over TLS, and all that can go wrong. */
#define _POSIX_C_SOURCE 200809L

#include <strings.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "net.h"

static void test_connect_by_url(void)
{
    ckws_websocket *ws = ckws_create();
    const char *upgrade;

    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_get_last_method_success(ws));
    CHECK(ckws_get_is_connected(ws));
    CHECK(ckws_get_fd(ws) >= 0);
    CHECK_INT(ckws_get_response_status_code(ws), 101);
    CHECK_TEXT(ckws_get_subprotocol(ws), "");
    upgrade = ckws_response_hdr_by_name(ws, "UPGRADE");
    CHECK(upgrade != NULL && strcasecmp(upgrade, "websocket") == 0);
    CHECK(ckws_response_hdr_by_name(ws, "X-Absent") == NULL);
    expect_echo(ws, "over ws");
    ckws_dispose(ws);
}

static void test_connect_again(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(send_whole(ws, "never read"));
    CHECK(ckws_close_connection(ws));
    CHECK(!ckws_get_is_connected(ws));
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_get_is_connected(ws));
    expect_echo(ws, "again");
    ckws_dispose(ws);
}

static void test_request_headers_and_subprotocol(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_add_request_header(ws, "X-Echo", "some value"));
    CHECK(ckws_add_request_header(ws, "Sec-WebSocket-Protocol", "chat, superchat"));
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    CHECK_TEXT(ckws_response_hdr_by_name(ws, "x-echo"), "some value");
    CHECK_TEXT(ckws_get_subprotocol(ws), "chat");
    expect_echo(ws, "hello");

    /* The next connect sends what is left. */
    CHECK(ckws_remove_request_header(ws, "x-echo"));
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_response_hdr_by_name(ws, "x-echo") == NULL);
    CHECK_TEXT(ckws_get_subprotocol(ws), "chat");
    ckws_dispose(ws);
}

static void test_bad_request_headers_are_refused(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_add_request_header(ws, "X-Name", "a\r\nX-Evil: b"));
    expect_failure(ws, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_add_request_header(ws, "X-Name\n", "a"));
    expect_failure(ws, CKWS_ERROR_FORBIDDEN_CHARACTER);
    /* An extension that this library doesn't know is refused when it is added or when it would be sent. */
    CHECK(!(ckws_add_request_header(ws, "Sec-WebSocket-Extensions", "permessage-deflate")
            && ckws_connect(ws, ws_url())));
    expect_failure(ws, CKWS_ERROR_HEADER_REFUSED);
    ckws_dispose(ws);
}

/* Connects by wss with what `ws` already trusts. */
static void expect_tls_echo(ckws_websocket *ws)
{
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_get_fd(ws) >= 0);
    expect_echo(ws, "over wss");
    CHECK(ckws_send_close(ws, true, 1000, ""));
    CHECK(ckws_read_frame(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
    ckws_dispose(ws);
}

static void test_tls_with_roots_from_a_file(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK_TELLING(ckws_add_trusted_roots_pem(ws, ca_path()), ckws_get_last_error_text(ws));
    expect_tls_echo(ws);
}

static void test_tls_with_roots_from_text(void)
{
    ckws_websocket *ws = ckws_create();
    char pem[16384];

    read_text_file(ca_path(), pem, sizeof pem);
    CHECK_TELLING(ckws_add_trusted_roots_pem(ws, pem), ckws_get_last_error_text(ws));
    expect_tls_echo(ws);
}

static void test_tls_without_verification(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_require_ssl_cert_verify(ws, false));
    expect_tls_echo(ws);
}

static void test_tls_refuses_what_it_does_not_trust(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_connect(ws, wss_url()));
    expect_failure(ws, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK(!ckws_get_is_connected(ws));

    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    CHECK(!ckws_connect(ws, check_env("CKWS_TEST_WSS_OTHER_HOST_URL")));
    expect_failure(ws, CKWS_ERROR_CERTIFICATE_WRONG_HOST);
    ckws_dispose(ws);
}

static void test_bad_roots_are_refused(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_add_trusted_roots_pem(ws, "/nowhere/roots.pem"));
    expect_failure(ws, CKWS_ERROR_FILE_ACCESS);
    CHECK(!ckws_add_trusted_roots_pem(ws, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"));
    expect_failure(ws, CKWS_ERROR_INVALID_PEM);
    ckws_dispose(ws);
}

static void test_bad_urls(void)
{
    static const char *const urls[] = { "", "x", "http://127.0.0.1/", "ws://", "ws://127.0.0.1:99999/",
                                        "ws://127.0.0.1:port/", "ws://127.0.0.1/\r\nX-Evil: b" };
    ckws_websocket *ws = ckws_create();
    size_t i;

    for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        CHECK(!ckws_connect(ws, urls[i]));
        CHECK(ckws_get_last_error_code(ws) != CKWS_ERROR_NONE);
        CHECK(is_filled(ckws_get_last_error_text(ws)));
    }
    CHECK(!ckws_connect(ws, "http://127.0.0.1/"));
    expect_failure(ws, CKWS_ERROR_INVALID_URL);
    ckws_dispose(ws);
}

static void test_connection_refused(void)
{
    ckws_websocket *ws = ckws_create();
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", closed_port());
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_CONNECT_REFUSED);
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
}

static void test_upgrade_refused(void)
{
    ckws_websocket *ws = ckws_create();
    char url[512];

    snprintf(url, sizeof url, "%srefuse", ws_url());
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_UPGRADE_REFUSED);
    CHECK(!ckws_get_is_connected(ws));
    CHECK_INT(ckws_get_response_status_code(ws), 404);
    CHECK_TELLING(contains(ckws_get_last_error_text(ws), "no such path"), ckws_get_last_error_text(ws));
    /* A method, so it replaces the account of the refusal. */
    CHECK_TEXT(ckws_response_hdr_by_name(ws, "Content-Length"), "12");
    ckws_dispose(ws);
}

/* The five steps of the original, on a Rest that is connected. */
static void expect_five_steps(ckws_websocket *ws, ckws_rest *rest)
{
    CHECK_TELLING(ckws_use_connection(ws, rest), ckws_get_last_error_text(ws));
    CHECK_TELLING(ckws_add_client_headers(ws), ckws_get_last_error_text(ws));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "");
    CHECK(ckws_rest_get_last_method_success(rest));
    CHECK_INT(ckws_rest_get_response_status_code(rest), 101);
    CHECK_TEXT(ckws_rest_get_response_status_text(rest), "Switching Protocols");
    CHECK(ckws_rest_response_hdr_by_name(rest, "Sec-WebSocket-Accept") != NULL);
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    CHECK(ckws_get_is_connected(ws));
}

static void test_five_steps(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK_TELLING(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false),
                  ckws_rest_get_last_error_text(rest));
    CHECK(ckws_rest_add_header(rest, "X-Echo", "five"));
    expect_five_steps(ws, rest);
    CHECK_TEXT(ckws_rest_response_hdr_by_name(rest, "X-Echo"), "five");

    CHECK(!ckws_validate_server_handshake(ws));
    expect_failure(ws, CKWS_ERROR_ALREADY_CONNECTED);
    CHECK(contains(ckws_get_last_error_text(ws), "The opening handshake is over: the WebSocket is connected."));

    /* The connection is the WebSocket's now; Rest has none, and its end changes nothing. */
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_NOT_CONNECTED);
    expect_echo(ws, "with Rest");
    ckws_rest_dispose(rest);
    expect_echo(ws, "without Rest");
    ckws_dispose(ws);
}

/* The request of the five steps taken apart: a 101 has no body, whether that is read or not. */
static void expect_handshake_in_parts(bool read_body)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false));
    CHECK(ckws_use_connection(ws, rest));
    CHECK(ckws_add_client_headers(ws));
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/ping"));
    CHECK(!ckws_validate_server_handshake(ws));
    expect_failure(ws, CKWS_ERROR_NO_RESPONSE);
    CHECK_INT(ckws_rest_read_response_header(rest), 101);
    if (read_body)
        CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "");
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    /* The server's Ping, perhaps right behind the 101, has not been lost. */
    expect_message(ws, "pong:are you there");
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

/* Behind a 101 the stream is the WebSocket's: another request of the Rest would be read as its frames. */
static void expect_no_request_behind_the_101(bool auto_reconnect, bool read_body)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, auto_reconnect));
    CHECK(ckws_use_connection(ws, rest));
    CHECK(ckws_add_client_headers(ws));
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), 101);
    if (read_body)
        CHECK_TEXT(ckws_rest_read_resp_body_string(rest), "");
    CHECK(!ckws_rest_send_req_no_body(rest, "GET", "/refuse"));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_HANDSHAKE_PENDING);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/refuse") == NULL);
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_HANDSHAKE_PENDING);
    CHECK(contains(ckws_rest_get_last_error_text(rest), "call ckws_validate_server_handshake"));
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    expect_echo(ws, "untouched");
    if (auto_reconnect)
        CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/refuse"), "no such path");
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

static void test_a_disconnect_ends_a_handshake(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, true));
    CHECK(ckws_use_connection(ws, rest));
    CHECK(ckws_add_client_headers(ws));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "");
    CHECK(ckws_rest_disconnect(rest, patience_ms()));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/refuse"), "no such path");
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

static void test_five_steps_over_tls(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_rest_add_trusted_roots_pem(rest, ca_path()));
    CHECK_TELLING(ckws_rest_connect(rest, "localhost", port_of(wss_url()), true, false),
                  ckws_rest_get_last_error_text(rest));
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 0);
    expect_five_steps(ws, rest);
    ckws_rest_dispose(rest);
    expect_echo(ws, "over TLS");
    ckws_dispose(ws);
}

static void test_use_connection_again(void)
{
    ckws_websocket *ws = connect_to("close");
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_set_pong_auto_consume(ws, false));
    CHECK(ckws_read_frame(ws));
    CHECK(ckws_get_close_received(ws));
    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false));
    expect_five_steps(ws, rest);

    /* A clean session: the state of the old one is gone, the settings stay. */
    CHECK(!ckws_get_close_received(ws));
    CHECK_INT(ckws_get_close_status_code(ws), 0);
    CHECK_TEXT(ckws_get_close_reason(ws), "");
    CHECK(!ckws_get_pong_auto_consume(ws));
    expect_echo(ws, "a second life");
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
}

static void test_five_steps_refused(void)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_use_connection(ws, rest));
    expect_failure(ws, CKWS_ERROR_NOT_CONNECTED);
    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false));
    CHECK(ckws_use_connection(ws, rest));
    CHECK(!ckws_validate_server_handshake(ws));
    expect_failure(ws, CKWS_ERROR_NO_RESPONSE);
    CHECK(ckws_add_client_headers(ws));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/refuse"), "no such path");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 404);
    CHECK(!ckws_validate_server_handshake(ws));
    expect_failure(ws, CKWS_ERROR_UPGRADE_REFUSED);
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_connect_by_url();
    test_connect_again();
    test_request_headers_and_subprotocol();
    test_bad_request_headers_are_refused();
    test_tls_with_roots_from_a_file();
    test_tls_with_roots_from_text();
    test_tls_without_verification();
    test_tls_refuses_what_it_does_not_trust();
    test_bad_roots_are_refused();
    test_bad_urls();
    test_connection_refused();
    test_upgrade_refused();
    test_five_steps();
    expect_handshake_in_parts(false);
    expect_handshake_in_parts(true);
    expect_no_request_behind_the_101(false, false);
    expect_no_request_behind_the_101(true, true);
    test_a_disconnect_ends_a_handshake();
    test_five_steps_over_tls();
    test_use_connection_again();
    test_five_steps_refused();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
