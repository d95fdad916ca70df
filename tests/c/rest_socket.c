/* UseConnection of a Rest: it takes the connection of a Socket, and repeats its way. */
#define _POSIX_C_SOURCE 200809L

#include "rest.h"
#include "socket.h"

static ckws_socket *connect_socket(int port)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK_TELLING(ckws_socket_connect(socket, "127.0.0.1", port, false, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    return socket;
}

static void use(ckws_rest *rest, ckws_socket *socket, bool auto_reconnect)
{
    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    CHECK_TELLING(ckws_rest_use_connection(rest, socket, auto_reconnect), ckws_rest_get_last_error_text(rest));
}

static void test_a_rest_uses_the_connection(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    ckws_socket *socket;
    int port;

    http_server_start(&server, answers, 2, true);
    socket = connect_socket(server.port);
    port = ckws_socket_get_local_port(socket);
    use(rest, socket, false);
    CHECK(ckws_socket_get_is_connected(socket));
    expect_body(rest, "hello");
    CHECK(ckws_socket_get_is_connected(socket));
    CHECK_INT(ckws_socket_get_local_port(socket), port);
    /* The Rest keeps the connection. */
    ckws_socket_dispose(socket);
    expect_body(rest, "world");
    ckws_rest_dispose(rest);
    http_server_join(&server);
    CHECK_INT(server.connections, 1);
    CHECK(contains(server.requests[0], "\r\nHost: 127.0.0.1:"));
}

static void test_what_cannot_be_used(void)
{
    struct peer peer;
    ckws_rest *rest = ckws_rest_create();
    ckws_rest *other = ckws_rest_create();
    ckws_socket *socket = ckws_socket_create();

    CHECK(!ckws_rest_use_connection(rest, socket, true));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_NOT_CONNECTED);
    CHECK(!ckws_rest_use_connection(rest, NULL, true));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_INVALID_HANDLE);
    ckws_socket_dispose(socket);

    peer_start(&peer, NULL);
    socket = connect_socket(peer.port);
    use(rest, socket, false);
    CHECK(!ckws_rest_use_connection(other, socket, false));
    CHECK_INT(ckws_rest_get_last_error_code(other), CKWS_ERROR_ALREADY_CONNECTED);

    /* Without the Rest there is no connection any more. */
    ckws_rest_dispose(rest);
    CHECK(!ckws_socket_get_is_connected(socket));
    peer_join(&peer);
    CHECK(!ckws_rest_use_connection(other, socket, false));
    CHECK_INT(ckws_rest_get_last_error_code(other), CKWS_ERROR_NOT_CONNECTED);
    ckws_rest_dispose(other);
    ckws_socket_dispose(socket);
}

static void test_the_socket_closes_the_connection_of_the_rest(void)
{
    struct peer peer;
    ckws_rest *rest = ckws_rest_create();
    ckws_socket *socket;

    peer_start(&peer, NULL);
    socket = connect_socket(peer.port);
    use(rest, socket, false);
    CHECK(ckws_socket_close(socket, patience_ms()));
    CHECK(!ckws_socket_get_is_connected(socket));
    peer_join(&peer);
    CHECK(peer.has_seen_end);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    ckws_rest_dispose(rest);
    ckws_socket_dispose(socket);
}

static void test_the_rest_repeats_the_way(void)
{
    static const char *const answers[] = { OK_HELLO, OK_WORLD };
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();
    ckws_socket *socket;

    http_server_start(&server, answers, 2, false);
    socket = connect_socket(server.port);
    use(rest, socket, true);
    expect_body(rest, "hello");
    http_server_wait_for_end(&server);
    ckws_socket_dispose(socket);
    expect_body(rest, "world");
    CHECK(contains(ckws_rest_get_last_error_text(rest), "reconnect"));
    ckws_rest_dispose(rest);
    http_server_join(&server);
    CHECK_INT(server.connections, 2);
}

static bool abort_at_once(void *user_data)
{
    ++*(int *)user_data;
    return true;
}

/* A heartbeat of 0 is none of its own: the Socket's counts. */
static void test_the_heartbeat_is_the_sockets(void)
{
    struct peer peer;
    ckws_socket *socket;
    ckws_rest *rest = ckws_rest_create();
    int count = 0;

    peer_start(&peer, NULL);
    socket = connect_socket(peer.port);
    CHECK(ckws_socket_set_heartbeat_ms(socket, 5));
    ckws_rest_set_abort_check(rest, abort_at_once, &count);
    CHECK(ckws_rest_use_connection(rest, socket, false));
    CHECK(ckws_rest_send_req_no_body(rest, "GET", "/"));
    CHECK_INT(ckws_rest_read_response_header(rest), -1);
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_ABORTED);
    CHECK_INT(count, 1);
    ckws_rest_dispose(rest);
    ckws_socket_dispose(socket);
    peer_join(&peer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_a_rest_uses_the_connection();
    test_what_cannot_be_used();
    test_the_socket_closes_the_connection_of_the_rest();
    test_the_rest_repeats_the_way();
    test_the_heartbeat_is_the_sockets();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
