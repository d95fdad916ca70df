/* Through a SOCKS 5 proxy, step by step: a Socket connects by the proxy, a Rest sends the request of the handshake over
 * that connection, and a WebSocket takes it.
 *
 *     socks PROXY_HOST PROXY_PORT USERNAME PASSWORD HOST PORT TLS [CA.pem]      (TLS: 0 or 1)
 */
#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>

static bool socket_failed(ckws_socket *socket)
{
    fprintf(stderr, "%s\n", ckws_socket_get_last_error_message(socket));
    return false;
}

static bool rest_failed(ckws_rest *rest)
{
    fprintf(stderr, "%s\n", ckws_rest_get_last_error_message(rest));
    return false;
}

static bool websocket_failed(ckws_websocket *ws)
{
    fprintf(stderr, "%s\n", ckws_get_last_error_message(ws));
    return false;
}

/* The proxy looks up the host; with TLS, the certificate is checked against it through the proxy. */
static bool connect_by_proxy(ckws_socket *socket, char **argv, const char *ca_file)
{
    bool is_set = ckws_socket_set_socks_version(socket, 5)
               && ckws_socket_set_socks_hostname(socket, argv[1])
               && ckws_socket_set_socks_port(socket, atoi(argv[2]))
               && ckws_socket_set_socks_username(socket, argv[3])
               && ckws_socket_set_socks_password(socket, argv[4])
               && (!ca_file || ckws_socket_add_trusted_roots_pem(socket, ca_file));

    return (is_set && ckws_socket_connect(socket, argv[5], atoi(argv[6]), atoi(argv[7]) != 0, 10000))
        || socket_failed(socket);
}

static bool open_websocket(ckws_websocket *ws, ckws_rest *rest, ckws_socket *socket)
{
    if (!ckws_rest_use_connection(rest, socket, true))
        return rest_failed(rest);
    if (!ckws_use_connection(ws, rest) || !ckws_add_client_headers(ws))
        return websocket_failed(ws);
    if (!ckws_rest_full_request_no_body(rest, "GET", "/"))
        return rest_failed(rest);
    return ckws_validate_server_handshake(ws) || websocket_failed(ws);
}

static bool say_hello(ckws_websocket *ws)
{
    if (!ckws_send_frame(ws, "Hello!", true) || !ckws_read_message(ws))
        return websocket_failed(ws);
    printf("received: %s\n", ckws_get_frame_data(ws));
    return ckws_send_close(ws, true, 1000, "bye") || websocket_failed(ws);
}

int main(int argc, char **argv)
{
    if (argc < 8 || argc > 9) {
        fprintf(stderr, "usage: %s PROXY_HOST PROXY_PORT USERNAME PASSWORD HOST PORT TLS [CA.pem]\n", argv[0]);
        return 2;
    }
    ckws_socket *socket = ckws_socket_create();
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();
    bool ok = connect_by_proxy(socket, argv, argc > 8 ? argv[8] : NULL)
           && open_websocket(ws, rest, socket)
           && say_hello(ws);

    ckws_dispose(ws);
    ckws_rest_dispose(rest);
    ckws_socket_dispose(socket);
    return ok ? 0 : 1;
}
