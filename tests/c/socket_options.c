/* The properties of a Socket that concern the socket itself: options of TCP, the local address, the order of addresses,
 * and Unix domain sockets. */
#define _GNU_SOURCE

#include <netinet/tcp.h>
#include <sys/un.h>

#include "client.h"
#include "relay.h"
#include "socket.h"

static void test_defaults_and_values(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_get_tcp_no_delay(socket));
    CHECK(ckws_socket_get_keep_alive(socket));
    CHECK_INT(ckws_socket_get_so_rcv_buf(socket), 0);
    CHECK_INT(ckws_socket_get_so_snd_buf(socket), 0);
    CHECK_TEXT(ckws_socket_get_client_ip_address(socket), "");
    CHECK_INT(ckws_socket_get_client_port(socket), 0);
    CHECK(!ckws_socket_get_prefer_ipv6(socket));
    CHECK_TEXT(ckws_socket_get_unix_socket_path(socket), "");

    CHECK(ckws_socket_set_client_ip_address(socket, "2001:DB8::1"));
    CHECK_TEXT(ckws_socket_get_client_ip_address(socket), "2001:db8::1");
    CHECK(!ckws_socket_set_client_ip_address(socket, "localhost"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(ckws_socket_get_client_ip_address(socket), "2001:db8::1");
    CHECK(ckws_socket_set_client_ip_address(socket, ""));
    CHECK_TEXT(ckws_socket_get_client_ip_address(socket), "");
    CHECK(ckws_socket_set_client_port(socket, 65535));
    CHECK(!ckws_socket_set_client_port(socket, 65536));
    CHECK(!ckws_socket_set_client_port(socket, -1));
    CHECK_INT(ckws_socket_get_client_port(socket), 65535);
    CHECK(!ckws_socket_set_so_rcv_buf(socket, -1));
    CHECK(!ckws_socket_set_so_snd_buf(socket, -1));
    CHECK(ckws_socket_set_prefer_ipv6(socket, true));
    CHECK(ckws_socket_get_prefer_ipv6(socket));
    ckws_socket_dispose(socket);
}

static int option_of(ckws_websocket *ws, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    CHECK(getsockopt(ckws_get_fd(ws), level, name, &value, &size) == 0);
    return value;
}

/* A WebSocket that is connected by the settings of a Socket, which it keeps. */
static ckws_websocket *connect_by(ckws_socket *settings, const char *url)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK_TELLING(ckws_set_transport(ws, settings), ckws_get_last_error_text(ws));
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    ckws_socket_dispose(settings);
    return ws;
}

static void test_options_reach_the_kernel(void)
{
    ckws_socket *settings = ckws_socket_create();
    ckws_websocket *ws = connect_by(settings, ws_url());

    CHECK(option_of(ws, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option_of(ws, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(!contains(ckws_get_last_error_text(ws), "soRcvBuf"));
    ckws_dispose(ws);

    settings = ckws_socket_create();
    CHECK(ckws_socket_set_tcp_no_delay(settings, false));
    CHECK(!ckws_socket_get_tcp_no_delay(settings));
    CHECK(ckws_socket_set_keep_alive(settings, false));
    CHECK(!ckws_socket_get_keep_alive(settings));
    CHECK(ckws_socket_set_so_rcv_buf(settings, 16384));
    CHECK_INT(ckws_socket_get_so_rcv_buf(settings), 16384);
    CHECK(ckws_socket_set_so_snd_buf(settings, 20480));
    CHECK_INT(ckws_socket_get_so_snd_buf(settings), 20480);
    ws = connect_by(settings, ws_url());
    /* Of a connect; the reads below have logs of their own. */
    CHECK(contains(ckws_get_last_error_text(ws), "soRcvBuf: 32768"));
    CHECK(contains(ckws_get_last_error_text(ws), "soSndBuf: 40960"));
    CHECK_INT(option_of(ws, IPPROTO_TCP, TCP_NODELAY), 0);
    CHECK_INT(option_of(ws, SOL_SOCKET, SO_KEEPALIVE), 0);
    /* Linux doubles what was asked. */
    CHECK_INT(option_of(ws, SOL_SOCKET, SO_RCVBUF), 2 * 16384);
    CHECK_INT(option_of(ws, SOL_SOCKET, SO_SNDBUF), 2 * 20480);
    expect_echo(ws, "through small buffers");
    ckws_dispose(ws);
}

static void test_the_local_address(void)
{
    struct peer peer;
    ckws_socket *socket = ckws_socket_create();
    int port = closed_port();

    peer_start(&peer, NULL);
    CHECK(ckws_socket_set_client_ip_address(socket, "127.0.0.2"));
    CHECK(ckws_socket_set_client_port(socket, port));
    CHECK_TELLING(ckws_socket_connect(socket, "127.0.0.1", peer.port, false, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK_TEXT(ckws_socket_get_local_ip_address(socket), "127.0.0.2");
    CHECK_INT(ckws_socket_get_local_port(socket), port);
    CHECK(ckws_socket_close(socket, patience_ms()));
    peer_join(&peer);
    CHECK_INT(peer.port_of_client, port);

    /* The port was used a moment ago. */
    peer_start(&peer, NULL);
    CHECK_TELLING(ckws_socket_connect(socket, "127.0.0.1", peer.port, false, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK(ckws_socket_close(socket, patience_ms()));
    peer_join(&peer);
    ckws_socket_dispose(socket);
}

static void test_a_local_address_that_cannot_be_used(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_set_client_ip_address(socket, "::1"));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_FAILED);
    CHECK(contains(ckws_socket_get_last_error_message(socket), "other family"));
    /* Of TEST-NET-1 (RFC 5737), which no machine has. */
    CHECK(ckws_socket_set_client_ip_address(socket, "192.0.2.1"));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_FAILED);
    CHECK(contains(ckws_socket_get_last_error_message(socket), "192.0.2.1"));
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 7);
    ckws_socket_dispose(socket);
}

/* Which address of a name with both is tried first, the log says. */
static void test_ipv6_first(void)
{
    ckws_socket *socket = ckws_socket_create();
    const char *log;
    const char *first;
    const char *second;

    CHECK(ckws_socket_set_prefer_ipv6(socket, true));
    CHECK(!ckws_socket_connect(socket, "localhost", closed_port(), false, patience_ms()));
    log = ckws_socket_get_last_error_text(socket);
    first = strstr(log, "address: [::1]");
    second = strstr(log, "address: 127.0.0.1");
    /* A machine may have no localhost of IPv6. */
    CHECK(second != NULL && (first == NULL || first < second));
    ckws_socket_dispose(socket);
}

/* A Unix domain socket whose one connection is passed on to the echo server. */
struct unix_door {
    char path[64];
    int listener;
    pthread_t thread;
};

static void *serve_door(void *argument)
{
    struct unix_door *door = argument;

    relay(accept(door->listener, NULL, NULL), port_of(ws_url()));
    return NULL;
}

static void door_open(struct unix_door *door)
{
    struct sockaddr_un address;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    snprintf(door->path, sizeof door->path, "/tmp/ckws-test-%ld.sock", (long)getpid());
    strcpy(address.sun_path, door->path);
    unlink(door->path);
    door->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(door->listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(door->listener, 4) == 0);
    REQUIRE(pthread_create(&door->thread, NULL, serve_door, door) == 0);
}

static void door_close(struct unix_door *door)
{
    shutdown(door->listener, SHUT_RDWR);
    pthread_join(door->thread, NULL);
    close(door->listener);
    unlink(door->path);
}

static void test_a_unix_socket(void)
{
    struct unix_door door;
    ckws_socket *settings = ckws_socket_create();
    ckws_websocket *ws;

    door_open(&door);
    CHECK(ckws_socket_set_unix_socket_path(settings, door.path));
    CHECK_TEXT(ckws_socket_get_unix_socket_path(settings), door.path);
    ws = connect_by(settings, "ws://example.invalid/");
    CHECK(contains(ckws_get_last_error_text(ws), door.path));
    expect_echo(ws, "through a Unix domain socket");
    ckws_dispose(ws);
    door_close(&door);
}

static void test_a_unix_url(void)
{
    struct unix_door door;
    ckws_websocket *ws = ckws_create();
    char url[128];

    door_open(&door);
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    snprintf(url, sizeof url, "ws+unix://%s:/", door.path);
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    expect_echo(ws, "by a URL");
    ckws_dispose(ws);
    door_close(&door);
}

static void test_a_unix_socket_that_is_not_there(void)
{
    ckws_socket *socket = ckws_socket_create();
    char path[256];

    CHECK(ckws_socket_set_unix_socket_path(socket, "/tmp/ckws-test-no-such.sock"));
    CHECK(!ckws_socket_connect(socket, "localhost", 80, false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_FAILED);
    CHECK(contains(ckws_socket_get_last_error_message(socket), "/tmp/ckws-test-no-such.sock"));
    CHECK_TEXT(ckws_socket_get_remote_ip_address(socket), "");
    /* Longer than such an address can be. */
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    CHECK(!ckws_socket_set_unix_socket_path(socket, path));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    path[107] = '\0';
    CHECK(ckws_socket_set_unix_socket_path(socket, path));
    CHECK(!ckws_socket_connect(socket, "localhost", 80, false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_FAILED);
    ckws_socket_dispose(socket);
}

/* A listener whose queue is full takes no connection, and none of them says so. */
static void test_a_full_queue_ends_in_time(void)
{
    struct sockaddr_un address;
    ckws_socket *settings = ckws_socket_create();
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int fillers[8];
    int i;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/ckws-test-full-%ld.sock", (long)getpid());
    unlink(address.sun_path);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 0) == 0);
    for (i = 0; i < 8; i++) {
        fillers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&address, sizeof address);
    }
    CHECK(ckws_socket_set_unix_socket_path(settings, address.sun_path));
    CHECK(!ckws_socket_connect(settings, "localhost", 80, false, 50));
    expect_socket_failure(settings, CKWS_ERROR_CONNECT_TIMEOUT);
    for (i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);
    unlink(address.sun_path);
    ckws_socket_dispose(settings);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults_and_values();
    test_options_reach_the_kernel();
    test_the_local_address();
    test_a_local_address_that_cannot_be_used();
    test_ipv6_first();
    test_a_unix_socket();
    test_a_unix_url();
    test_a_unix_socket_that_is_not_there();
    test_a_full_queue_ends_in_time();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
