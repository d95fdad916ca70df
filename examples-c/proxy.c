/* Through an HTTP proxy: a Socket has the settings of the way, and ckws_connect goes it. The proxy only passes bytes on
 * (CONNECT), so over wss:// it sees nothing of them.
 *
 *     proxy PROXY_HOST PROXY_PORT URL [USERNAME PASSWORD [CA.pem]]
 */
#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>

static bool set_proxy(ckws_socket *way, int argc, char **argv)
{
    bool is_set = ckws_socket_set_http_proxy_hostname(way, argv[1])
               && ckws_socket_set_http_proxy_port(way, atoi(argv[2]))
               && (argc < 6 || ckws_socket_set_http_proxy_username(way, argv[4]))
               && (argc < 6 || ckws_socket_set_http_proxy_password(way, argv[5]))
               && (argc < 7 || ckws_socket_add_trusted_roots_pem(way, argv[6]));

    if (!is_set)
        fprintf(stderr, "%s\n", ckws_socket_get_last_error_message(way));
    return is_set;
}

static bool say_hello(ckws_websocket *ws, ckws_socket *way, const char *url)
{
    if (!ckws_set_transport(ws, way) || !ckws_connect(ws, url)) {
        fprintf(stderr, "the proxy answered %d: %s\n", ckws_socket_get_http_proxy_response_status_code(way),
                ckws_get_last_error_message(ws));
        return false;
    }
    if (!ckws_send_frame(ws, "Hello!", true) || !ckws_read_message(ws)) {
        fprintf(stderr, "%s\n", ckws_get_last_error_message(ws));
        return false;
    }
    printf("received: %s\n", ckws_get_frame_data(ws));
    return ckws_send_close(ws, true, 1000, "bye");
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc == 5 || argc > 7) {
        fprintf(stderr, "usage: %s PROXY_HOST PROXY_PORT URL [USERNAME PASSWORD [CA.pem]]\n", argv[0]);
        return 2;
    }
    ckws_socket *way = ckws_socket_create();
    ckws_websocket *ws = ckws_create();
    bool ok = set_proxy(way, argc, argv) && say_hello(ws, way, argv[3]);

    ckws_dispose(ws);
    ckws_socket_dispose(way);
    return ok ? 0 : 1;
}
