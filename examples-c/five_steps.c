/* The long way to a WebSocket, step by step: the HTTP request is the program's own, so it can add headers,
 * authentication or cookies, and look at the answer before the connection becomes a WebSocket.
 *
 *     five_steps                                  (scripts/echo-server)
 *     five_steps HOST PORT TLS PATH [CA.pem]      (TLS: 0 or 1)
 *     five_steps echo.example.org 443 1 /
 */
#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>

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

static bool open_websocket(ckws_websocket *ws, ckws_rest *rest, const char *host, int port, bool tls,
                           const char *path)
{
    /* 1. Connect to the HTTP server. */
    if (!ckws_rest_connect(rest, host, port, tls, false))
        return rest_failed(rest);

    /* 2. Let the WebSocket use that connection. */
    if (!ckws_use_connection(ws, rest))
        return websocket_failed(ws);

    /* 3. Add the headers that ask for a WebSocket: Upgrade, Connection, Sec-WebSocket-Key, ... */
    if (!ckws_add_client_headers(ws))
        return websocket_failed(ws);

    /* 4. Send the request. A server that agrees answers with status 101. */
    if (!ckws_rest_full_request_no_body(rest, "GET", path))
        return rest_failed(rest);
    printf("status %d\n", ckws_rest_get_response_status_code(rest));

    /* 5. Check the answer. From here on the connection belongs to the WebSocket. */
    if (!ckws_validate_server_handshake(ws))
        return websocket_failed(ws);
    return true;
}

static bool say_hello(ckws_websocket *ws)
{
    if (!ckws_send_frame(ws, "Hello!", true))
        return websocket_failed(ws);

    /* The answer may come in several frames; their data is gathered until it is taken. */
    do {
        if (!ckws_read_frame(ws))
            return websocket_failed(ws);
        if (ckws_get_frame_opcode_int(ws) == CKWS_OPCODE_CLOSE) {
            fprintf(stderr, "the server closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
            return false;
        }
    } while (!ckws_get_final_frame(ws));

    printf("received %s: %s\n", ckws_get_frame_opcode(ws), ckws_get_frame_data(ws));
    return true;
}

/* The close is clean when the server's Close has answered ours. */
static bool close_cleanly(ckws_websocket *ws)
{
    if (!ckws_send_close(ws, true, 1000, "bye"))
        return websocket_failed(ws);
    do {
        if (!ckws_read_frame(ws))
            return websocket_failed(ws);
    } while (ckws_get_frame_opcode_int(ws) != CKWS_OPCODE_CLOSE);

    printf("closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
    return true;
}

int main(int argc, char **argv)
{
    if (argc > 6 || (argc > 1 && argc < 5)) {
        fprintf(stderr, "usage: %s [HOST PORT TLS PATH [CA.pem]]\n", argv[0]);
        return 2;
    }
    bool is_default = argc == 1;
    const char *host = is_default ? "127.0.0.1" : argv[1], *path = is_default ? "/" : argv[4];
    int port = is_default ? 9001 : atoi(argv[2]);
    bool tls = !is_default && atoi(argv[3]) != 0;
    const char *ca_file = argc > 5 ? argv[5] : NULL;

    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    bool ok = (!ca_file || ckws_rest_add_trusted_roots_pem(rest, ca_file) || rest_failed(rest))
           && open_websocket(ws, rest, host, port, tls, path)
           && say_hello(ws)
           && close_cleanly(ws);

    ckws_dispose(ws);
    ckws_rest_dispose(rest);
    return ok ? 0 : 1;
}
