/* The ways of a Socket through a SOCKS proxy: to WebSockets with and without TLS, the failures, and how a connect that
 * waits for the proxy ends. The bytes of the handshake are tested in tests/proto/socks.rs. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "proxy.h"
#include "socket.h"

/* 127.0.0.1 and "localhost" as SOCKS 5 has them, without the port. */
#define REQUEST_ADDRESS "\5\1\0\1\177\0\0\1"
#define REQUEST_NAME "\5\1\0\3\11localhost"
#define REPLY "\5\0\0\1\0\0\0\0\0\0"

static const struct turn BY_ADDRESS[] = {{3, ANSWER("\5\0"), false}, {10, ANSWER(REPLY), false}};
static const struct turn BY_NAME[] = {{3, ANSWER("\5\0"), false}, {16, ANSWER(REPLY), false}};
static const struct turn WITH_LOGIN[] = {
    {4, ANSWER("\5\2"), false}, {15, ANSWER("\1\0"), false}, {10, ANSWER(REPLY), false}};
/* SOCKS 4 with the user name "user", by address and by name. */
static const struct turn OLD[] = {{13, ANSWER("\0\132\0\0\0\0\0\0"), false}};
static const struct turn OLD_NAME[] = {{19, ANSWER("\0\132\0\0\0\0\0\0"), false}};
static const struct turn REFUSED[] = {{3, ANSWER("\5\0"), false}, {10, ANSWER("\5\5"), true}};
static const struct turn LOGIN_ASKED[] = {{3, ANSWER("\5\377"), true}};
static const struct turn LOGIN_REFUSED[] = {{4, ANSWER("\5\2"), false}, {15, ANSWER("\1\1"), true}};
static const struct turn NO_SOCKS[] = {{3, ANSWER("HTTP/1.1 400 Bad Request\r\n\r\n"), true}};

static void test_defaults_and_values(void)
{
    ckws_socket *socket = ckws_socket_create();
    char text[257];

    CHECK_INT(ckws_socket_get_socks_version(socket), 0);
    CHECK_TEXT(ckws_socket_get_socks_hostname(socket), "");
    CHECK_INT(ckws_socket_get_socks_port(socket), 1080);
    CHECK_TEXT(ckws_socket_get_socks_username(socket), "");
    CHECK_TEXT(ckws_socket_get_socks_password(socket), "");

    CHECK(ckws_socket_set_socks_version(socket, 4));
    CHECK_INT(ckws_socket_get_socks_version(socket), 4);
    CHECK(!ckws_socket_set_socks_version(socket, 6));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_socket_set_socks_version(socket, -1));
    CHECK_INT(ckws_socket_get_socks_version(socket), 4);
    CHECK(ckws_socket_set_socks_hostname(socket, "[2001:DB8::1]"));
    CHECK_TEXT(ckws_socket_get_socks_hostname(socket), "2001:db8::1");
    CHECK(!ckws_socket_set_socks_hostname(socket, "proxy\r\nHost: other"));
    expect_socket_failure(socket, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_socket_set_socks_hostname(socket, "socks5://proxy"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(ckws_socket_get_socks_hostname(socket), "2001:db8::1");
    CHECK(ckws_socket_set_socks_hostname(socket, ""));
    CHECK_TEXT(ckws_socket_get_socks_hostname(socket), "");
    CHECK(!ckws_socket_set_socks_port(socket, 0));
    CHECK(!ckws_socket_set_socks_port(socket, 65536));
    CHECK(ckws_socket_set_socks_port(socket, 65535));
    CHECK_INT(ckws_socket_get_socks_port(socket), 65535);

    memset(text, 'x', sizeof text - 1);
    text[256] = '\0';
    CHECK(!ckws_socket_set_socks_username(socket, text));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_socket_set_socks_password(socket, text));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!contains(ckws_socket_get_last_error_text(socket), "xxx"));
    text[255] = '\0';
    CHECK(ckws_socket_set_socks_username(socket, text));
    CHECK_TEXT(ckws_socket_get_socks_username(socket), text);
    CHECK(ckws_socket_set_socks_password(socket, text));
    CHECK_TEXT(ckws_socket_get_socks_password(socket), text);
    ckws_socket_dispose(socket);
}

static ckws_socket *socks(const struct proxy *proxy, int version)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_set_socks_version(socket, version));
    CHECK(ckws_socket_set_socks_hostname(socket, "127.0.0.1"));
    CHECK(ckws_socket_set_socks_port(socket, proxy->port));
    CHECK(ckws_socket_add_trusted_roots_pem(socket, ca_path()));
    return socket;
}

static void expect_websocket(ckws_socket *settings, const char *url)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK(ckws_set_transport(ws, settings));
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    CHECK(!contains(ckws_get_last_error_text(ws), "secret77"));
    expect_echo(ws, "through a proxy");
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
}

/* Whether the proxy was asked for `request`, then the port of `url`, then `end`. */
static void expect_request(const struct proxy *proxy, const char *request, size_t size, const char *url)
{
    char expected[64];

    memcpy(expected, request, size);
    expected[size] = (char)(port_of(url) >> 8);
    expected[size + 1] = (char)port_of(url);
    expect_received(proxy, expected, size + 2);
}

static void test_websockets(void)
{
    struct proxy proxy;

    proxy_start(&proxy, BY_ADDRESS, 2, port_of(ws_url()));
    expect_websocket(socks(&proxy, 5), ws_url());
    proxy_join(&proxy);
    expect_request(&proxy, ANSWER("\5\1\0" REQUEST_ADDRESS), ws_url());

    /* The name reaches the proxy, and the certificate is checked against it. */
    proxy_start(&proxy, BY_NAME, 2, port_of(wss_url()));
    expect_websocket(socks(&proxy, 5), wss_url());
    proxy_join(&proxy);
    expect_request(&proxy, ANSWER("\5\1\0" REQUEST_NAME), wss_url());
}

static void test_a_login(void)
{
    struct proxy proxy;
    ckws_socket *settings;

    proxy_start(&proxy, WITH_LOGIN, 3, port_of(ws_url()));
    settings = socks(&proxy, 5);
    CHECK(ckws_socket_set_socks_username(settings, "user"));
    CHECK(ckws_socket_set_socks_password(settings, "secret77"));
    expect_websocket(settings, ws_url());
    proxy_join(&proxy);
    expect_request(&proxy, ANSWER("\5\2\0\2" "\1\4user\10secret77" REQUEST_ADDRESS), ws_url());
}

static void test_version_4(void)
{
    struct proxy proxy;
    ckws_socket *settings;

    proxy_start(&proxy, OLD, 1, port_of(ws_url()));
    settings = socks(&proxy, 4);
    CHECK(ckws_socket_set_socks_username(settings, "user"));
    expect_websocket(settings, ws_url());
    proxy_join(&proxy);
    CHECK(memcmp(proxy.received + 4, "\177\0\0\1user", 9) == 0);

    proxy_start(&proxy, OLD_NAME, 1, port_of(wss_url()));
    settings = socks(&proxy, 4);
    expect_websocket(settings, wss_url());
    proxy_join(&proxy);
    CHECK(memcmp(proxy.received + 4, "\0\0\0\1\0localhost", 15) == 0);
}

static void expect_refused(const struct turn *turns, int turn_count, const char *username, int code, const char *words)
{
    struct proxy proxy;
    ckws_socket *socket;

    proxy_start(&proxy, turns, turn_count, 0);
    socket = socks(&proxy, 5);
    CHECK(ckws_socket_set_socks_username(socket, username));
    CHECK(ckws_socket_set_socks_password(socket, "secret77"));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, patience_ms()));
    expect_socket_failure(socket, code);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 7);
    CHECK_TELLING(contains(ckws_socket_get_last_error_message(socket), words),
                  ckws_socket_get_last_error_text(socket));
    CHECK(!contains(ckws_socket_get_last_error_text(socket), "secret77"));
    CHECK(!ckws_socket_get_is_connected(socket));
    ckws_socket_dispose(socket);
    proxy_join(&proxy);
}

static void test_refusals(void)
{
    expect_refused(REFUSED, 2, "", CKWS_ERROR_PROXY_REFUSED, "refused the TCP connection");
    expect_refused(LOGIN_ASKED, 1, "", CKWS_ERROR_PROXY_LOGIN, "no user name");
    expect_refused(LOGIN_REFUSED, 2, "user", CKWS_ERROR_PROXY_LOGIN, "refused the user name");
    expect_refused(NO_SOCKS, 1, "", CKWS_ERROR_PROXY_PROTOCOL, "does not speak");
}

static void test_a_websocket_that_is_refused(void)
{
    struct proxy proxy;
    ckws_socket *settings;
    ckws_websocket *ws = ckws_create();

    proxy_start(&proxy, REFUSED, 2, 0);
    settings = socks(&proxy, 5);
    CHECK(ckws_set_transport(ws, settings));
    CHECK(!ckws_connect(ws, "ws://127.0.0.1:80/"));
    expect_failure(ws, CKWS_ERROR_PROXY_REFUSED);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_PROXY);
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
    proxy_join(&proxy);
}

static void test_no_proxy_there(void)
{
    struct proxy proxy;
    ckws_socket *socket;

    proxy.port = closed_port();
    socket = socks(&proxy, 5);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_REFUSED);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 7);
    /* A proxy that is asked for and has no name is not left out. */
    CHECK(ckws_socket_set_socks_hostname(socket, ""));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", port_of(ws_url()), false, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_HOST_EMPTY);
    CHECK(ckws_socket_set_socks_version(socket, 0));
    CHECK(ckws_socket_connect(socket, "127.0.0.1", port_of(ws_url()), false, patience_ms()));
    ckws_socket_dispose(socket);
}

/* That the proxy is on this machine does not say that the server is. */
static void test_basic_is_refused_over_clear_text(void)
{
    struct proxy proxy;
    ckws_websocket *ws = ckws_create();
    ckws_socket *settings;
    char url[128];

    proxy_start(&proxy, BY_ADDRESS, 2, port_of(ws_url()));
    settings = socks(&proxy, 5);
    CHECK(ckws_set_transport(ws, settings));
    snprintf(url, sizeof url, "ws://name:secret77@127.0.0.1:%d/", port_of(ws_url()));
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_INSECURE_AUTH);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_HTTP);
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
    proxy_join(&proxy);
}

static bool abort_at_once(void *user_data)
{
    (void)user_data;
    return true;
}

static void test_a_proxy_that_stalls(void)
{
    struct proxy proxy;
    ckws_socket *socket;

    proxy_start(&proxy, BY_ADDRESS, 1, 0);
    socket = socks(&proxy, 5);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, 50));
    expect_socket_failure(socket, CKWS_ERROR_PROXY_TIMEOUT);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 6);
    proxy_join(&proxy);

    proxy_start(&proxy, BY_ADDRESS, 1, 0);
    CHECK(ckws_socket_set_socks_port(socket, proxy.port));
    CHECK(ckws_socket_set_max_read_idle_ms(socket, 50));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, 0));
    expect_socket_failure(socket, CKWS_ERROR_PROXY_TIMEOUT);
    proxy_join(&proxy);

    proxy_start(&proxy, BY_ADDRESS, 1, 0);
    CHECK(ckws_socket_set_socks_port(socket, proxy.port));
    CHECK(ckws_socket_set_max_read_idle_ms(socket, 0));
    CHECK(ckws_socket_set_heartbeat_ms(socket, 5));
    ckws_socket_set_abort_check(socket, abort_at_once, NULL);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, 0));
    expect_socket_failure(socket, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 4);
    proxy_join(&proxy);
    ckws_socket_dispose(socket);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults_and_values();
    test_websockets();
    test_a_login();
    test_version_4();
    test_refusals();
    test_a_websocket_that_is_refused();
    test_no_proxy_there();
    test_basic_is_refused_over_clear_text();
    test_a_proxy_that_stalls();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
