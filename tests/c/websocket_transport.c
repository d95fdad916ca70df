/* A WebSocket over a Socket: its connection in five steps, or its settings by ckws_set_transport. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "socket.h"

/* The five steps of the original, over TLS that only the Socket can set up. */
static void test_a_websocket_over_a_rest_over_a_socket(void)
{
    ckws_socket *socket = ckws_socket_create();
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK(ckws_socket_add_trusted_roots_pem(socket, ca_path()));
    CHECK_TELLING(ckws_socket_connect(socket, "localhost", port_of(wss_url()), true, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK_TELLING(ckws_rest_use_connection(rest, socket, true), ckws_rest_get_last_error_text(rest));
    CHECK_TELLING(ckws_use_connection(ws, rest), ckws_get_last_error_text(ws));
    CHECK(ckws_add_client_headers(ws));
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") != NULL);
    CHECK_INT(ckws_rest_get_response_status_code(rest), 101);
    CHECK(ckws_socket_get_is_connected(socket));
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    /* It is the WebSocket's alone now. */
    CHECK(!ckws_socket_get_is_connected(socket));
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "TLS 1.3");
    CHECK(ckws_socket_close(socket, 0));
    ckws_socket_dispose(socket);
    ckws_rest_dispose(rest);
    expect_echo(ws, "over three objects");
    ckws_dispose(ws);
}

static void test_settings_for_a_connect(void)
{
    ckws_socket *settings = ckws_socket_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK(!ckws_connect(ws, wss_url()));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);

    /* The roots of both count, the decision whether to verify is the WebSocket's. */
    CHECK(ckws_socket_set_require_ssl_cert_verify(settings, false));
    CHECK_TELLING(ckws_set_transport(ws, settings), ckws_get_last_error_text(ws));
    CHECK(!ckws_connect(ws, wss_url()));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK(ckws_socket_add_trusted_roots_pem(settings, ca_path()));
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    expect_echo(ws, "by the settings of a Socket");
    CHECK(!ckws_socket_get_is_connected(settings));

    /* They live as long as the WebSocket. */
    ckws_socket_dispose(settings);
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    expect_echo(ws, "again");
    ckws_dispose(ws);
}

static void test_a_connected_socket_has_no_settings_to_give(void)
{
    struct peer peer;
    ckws_socket *settings = ckws_socket_create();
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_transport(ws, settings));
    peer_start(&peer, NULL);
    CHECK(ckws_socket_connect(settings, "127.0.0.1", peer.port, false, patience_ms()));
    CHECK(!ckws_connect(ws, ws_url()));
    expect_failure(ws, CKWS_ERROR_ALREADY_CONNECTED);
    CHECK(!ckws_set_transport(ws, settings));
    expect_failure(ws, CKWS_ERROR_ALREADY_CONNECTED);
    CHECK(ckws_socket_close(settings, patience_ms()));
    peer_join(&peer);
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_a_websocket_over_a_rest_over_a_socket();
    test_settings_for_a_connect();
    test_a_connected_socket_has_no_settings_to_give();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
