/* The ways of a Socket through an HTTP proxy: to WebSockets with and without TLS, also through a SOCKS proxy, the login,
 * and the refusals. How challenges are read is tested in tests/proto/auth.rs. */
#define _POSIX_C_SOURCE 200809L

#include "client.h"
#include "proxy.h"
#include "socket.h"

#define HEAD 0
#define CONNECTED {HEAD, ANSWER("HTTP/1.1 200 Connection established\r\n\r\n"), false}
#define BASIC_OF_USER "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ3Nw==\r\n"

static const struct turn ACCEPTED[] = {CONNECTED};
static const struct turn THROUGH_SOCKS[] = {
    {3, ANSWER("\5\0"), false}, {10, ANSWER("\5\0\0\1\0\0\0\0\0\0"), false}, CONNECTED};
static const struct turn BASIC_ASKED[] = {
    {HEAD, ANSWER("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\nContent-Length: 4\r\n\r\nwho?"), true},
    CONNECTED};
static const struct turn DIGEST_ASKED[] = {
    {HEAD, ANSWER("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\", Digest realm=\"r\", nonce=\"n\", "
                  "qop=\"auth\", algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n"), true},
    CONNECTED};
static const struct turn REFUSED[] = {
    {HEAD, ANSWER("HTTP/1.1 403 Forbidden\r\nContent-Length: 12\r\n\r\nnot that one"), true}};
static const struct turn REFUSED_TWICE[] = {
    {HEAD, ANSWER("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"), true},
    {HEAD, ANSWER("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 6\r\n\r\nwrong!"), true}};
static const struct turn NEGOTIATE_ASKED[] = {
    {HEAD, ANSWER("HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
                  "Content-Length: 0\r\n\r\n"), true}};

static void test_defaults_and_values(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK_TEXT(ckws_socket_get_http_proxy_hostname(socket), "");
    CHECK_INT(ckws_socket_get_http_proxy_port(socket), 8080);
    CHECK_TEXT(ckws_socket_get_http_proxy_username(socket), "");
    CHECK_TEXT(ckws_socket_get_http_proxy_password(socket), "");
    CHECK_TEXT(ckws_socket_get_http_proxy_auth_method(socket), "");
    CHECK_TEXT(ckws_socket_get_http_proxy_domain(socket), "");
    CHECK(!ckws_socket_get_http_proxy_for_http(socket));
    CHECK_INT(ckws_socket_get_http_proxy_response_status_code(socket), 0);

    CHECK(ckws_socket_set_http_proxy_hostname(socket, "Proxy.Example"));
    CHECK_TEXT(ckws_socket_get_http_proxy_hostname(socket), "proxy.example");
    CHECK(!ckws_socket_set_http_proxy_hostname(socket, "proxy\r\nHost: other"));
    expect_socket_failure(socket, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_socket_set_http_proxy_hostname(socket, "http://proxy"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_socket_set_http_proxy_port(socket, 0));
    CHECK(ckws_socket_set_http_proxy_port(socket, 3128));
    CHECK_INT(ckws_socket_get_http_proxy_port(socket), 3128);
    CHECK(ckws_socket_set_http_proxy_username(socket, "user"));
    CHECK_TEXT(ckws_socket_get_http_proxy_username(socket), "user");
    CHECK(ckws_socket_set_http_proxy_password(socket, "secret77"));
    CHECK_TEXT(ckws_socket_get_http_proxy_password(socket), "secret77");
    CHECK(ckws_socket_set_http_proxy_auth_method(socket, "digest"));
    CHECK_TEXT(ckws_socket_get_http_proxy_auth_method(socket), "Digest");
    CHECK(!ckws_socket_set_http_proxy_auth_method(socket, "Bearer"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(ckws_socket_get_http_proxy_auth_method(socket), "Digest");
    CHECK(ckws_socket_set_http_proxy_auth_method(socket, ""));
    CHECK(ckws_socket_set_http_proxy_domain(socket, "DOMAIN"));
    CHECK_TEXT(ckws_socket_get_http_proxy_domain(socket), "DOMAIN");
    CHECK(!ckws_socket_get_http_proxy_tls(socket));
    CHECK(ckws_socket_set_http_proxy_tls(socket, true));
    CHECK(ckws_socket_get_http_proxy_tls(socket));
    CHECK(ckws_socket_set_http_proxy_for_http(socket, true));
    CHECK(ckws_socket_get_http_proxy_for_http(socket));
    ckws_socket_dispose(socket);
}

static ckws_socket *http_proxy(const struct proxy *proxy, const char *username, const char *method)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_set_http_proxy_hostname(socket, "127.0.0.1"));
    CHECK(ckws_socket_set_http_proxy_port(socket, proxy->port));
    CHECK(ckws_socket_set_http_proxy_username(socket, username));
    CHECK(ckws_socket_set_http_proxy_password(socket, "secret77"));
    CHECK(ckws_socket_set_http_proxy_auth_method(socket, method));
    CHECK(ckws_socket_add_trusted_roots_pem(socket, ca_path()));
    return socket;
}

static void expect_websocket(ckws_socket *settings, const char *url)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_set_verbose_logging(ws, true));
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK(ckws_set_transport(ws, settings));
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_socket_get_http_proxy_response_status_code(settings), 200);
    CHECK(!contains(ckws_get_last_error_text(ws), "secret77"));
    CHECK(!contains(ckws_get_last_error_text(ws), "dXNlcj"));
    expect_echo(ws, "through a proxy");
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
}

/* Whether the proxy was asked to connect to the host and port of `url`. */
static void expect_connect(const struct proxy *proxy, const char *host, const char *url, const char *authorization)
{
    char expected[512];

    snprintf(expected, sizeof expected,
             "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n%sUser-Agent: libckws/%s\r\n\r\n", host, port_of(url), host,
             port_of(url), authorization, ckws_version());
    CHECK_TEXT(proxy->received, expected);
}

static void test_websockets(void)
{
    struct proxy proxy;

    proxy_start(&proxy, ACCEPTED, 1, port_of(ws_url()));
    expect_websocket(http_proxy(&proxy, "", ""), ws_url());
    proxy_join(&proxy);
    expect_connect(&proxy, "127.0.0.1", ws_url(), "");

    /* A login that the proxy does not ask for stays here. */
    proxy_start(&proxy, ACCEPTED, 1, port_of(wss_url()));
    expect_websocket(http_proxy(&proxy, "user", ""), wss_url());
    proxy_join(&proxy);
    expect_connect(&proxy, "localhost", wss_url(), "");

    proxy_start(&proxy, ACCEPTED, 1, port_of(wss_url()));
    expect_websocket(http_proxy(&proxy, "user", "Basic"), wss_url());
    proxy_join(&proxy);
    expect_connect(&proxy, "localhost", wss_url(), BASIC_OF_USER);
}

static void test_through_a_socks_proxy(void)
{
    struct proxy proxy;
    ckws_socket *settings;

    proxy_start(&proxy, THROUGH_SOCKS, 3, port_of(wss_url()));
    settings = http_proxy(&proxy, "", "");
    CHECK(ckws_socket_set_socks_version(settings, 5));
    CHECK(ckws_socket_set_socks_hostname(settings, "127.0.0.1"));
    CHECK(ckws_socket_set_socks_port(settings, proxy.port));
    expect_websocket(settings, wss_url());
    proxy_join(&proxy);
    CHECK(contains(proxy.received + 13, "CONNECT localhost:"));
}

static void test_a_login_that_is_asked_for(void)
{
    struct proxy proxy;

    proxy_start(&proxy, BASIC_ASKED, 2, port_of(ws_url()));
    expect_websocket(http_proxy(&proxy, "user", ""), ws_url());
    proxy_join(&proxy);
    CHECK(contains(strstr(proxy.received, "\r\n\r\n") + 4, BASIC_OF_USER));

    proxy_start(&proxy, DIGEST_ASKED, 2, port_of(ws_url()));
    expect_websocket(http_proxy(&proxy, "user", ""), ws_url());
    proxy_join(&proxy);
    CHECK(contains(proxy.received, "Proxy-Authorization: Digest username=\"user\", realm=\"r\", nonce=\"n\", uri=\"127."));
    CHECK(!contains(proxy.received, "Basic"));
}

static void expect_refused(const struct turn *turns, int turn_count, ckws_socket *(*make)(const struct proxy *),
                           int code, int status, const char *words)
{
    struct proxy proxy;
    ckws_socket *socket;

    proxy_start(&proxy, turns, turn_count, 0);
    socket = make(&proxy);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, patience_ms()));
    expect_socket_failure(socket, code);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 7);
    CHECK_INT(ckws_socket_get_http_proxy_response_status_code(socket), status);
    CHECK_TELLING(contains(ckws_socket_get_last_error_text(socket), words), ckws_socket_get_last_error_text(socket));
    CHECK(!contains(ckws_socket_get_last_error_text(socket), "secret77"));
    CHECK(!ckws_socket_get_is_connected(socket));
    ckws_socket_dispose(socket);
    proxy_join(&proxy);
}

static ckws_socket *unnamed(const struct proxy *proxy)
{
    return http_proxy(proxy, "", "");
}

static ckws_socket *named(const struct proxy *proxy)
{
    return http_proxy(proxy, "user", "");
}

static ckws_socket *with_digest(const struct proxy *proxy)
{
    return http_proxy(proxy, "user", "Digest");
}

static ckws_socket *with_ntlm(const struct proxy *proxy)
{
    return http_proxy(proxy, "user", "NTLM");
}

static void test_refusals(void)
{
    expect_refused(REFUSED, 1, named, CKWS_ERROR_PROXY_REFUSED, 403, "not that one");
    expect_refused(BASIC_ASKED, 1, unnamed, CKWS_ERROR_PROXY_LOGIN, 407, "no user name is set");
    expect_refused(REFUSED_TWICE, 2, named, CKWS_ERROR_PROXY_LOGIN, 407, "wrong!");
    expect_refused(BASIC_ASKED, 1, with_digest, CKWS_ERROR_PROXY_LOGIN, 407, "asks for Basic");
    expect_refused(NEGOTIATE_ASKED, 1, named, CKWS_ERROR_PROXY_LOGIN, 407, "asks for Negotiate, NTLM");
    /* Nothing is sent. */
    expect_refused(ACCEPTED, 0, with_ntlm, CKWS_ERROR_PROXY_LOGIN, 0, "is not in this library");
}

/* What the proxy answered is none of the server's response. */
static void test_a_websocket_that_is_refused(void)
{
    struct proxy proxy;
    ckws_socket *settings;
    ckws_websocket *ws = ckws_create();

    proxy_start(&proxy, REFUSED, 1, 0);
    settings = named(&proxy);
    CHECK(ckws_set_transport(ws, settings));
    CHECK(!ckws_connect(ws, "ws://127.0.0.1:80/"));
    expect_failure(ws, CKWS_ERROR_PROXY_REFUSED);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_PROXY);
    CHECK_INT(ckws_get_response_status_code(ws), 0);
    CHECK_TEXT(ckws_get_response_body(ws), "");
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
    proxy_join(&proxy);
}

/* Basic for the server is refused though the proxy is on this machine; the proxy never has it. */
static void test_basic_for_the_server(void)
{
    struct proxy proxy;
    ckws_socket *settings;
    ckws_websocket *ws = ckws_create();
    char url[128];

    proxy_start(&proxy, ACCEPTED, 1, port_of(ws_url()));
    settings = http_proxy(&proxy, "user", "Basic");
    CHECK(ckws_set_transport(ws, settings));
    snprintf(url, sizeof url, "ws://name:other88@127.0.0.1:%d/", port_of(ws_url()));
    CHECK(!ckws_connect(ws, url));
    expect_failure(ws, CKWS_ERROR_INSECURE_AUTH);
    ckws_dispose(ws);
    ckws_socket_dispose(settings);
    proxy_join(&proxy);
    expect_connect(&proxy, "127.0.0.1", ws_url(), BASIC_OF_USER);
}

static void test_a_proxy_that_stalls(void)
{
    static const struct turn BEGUN[] = {{HEAD, ANSWER("HTTP/1.1 200 Conn"), false}};
    struct proxy proxy;
    ckws_socket *socket;

    proxy_start(&proxy, BEGUN, 1, 0);
    socket = http_proxy(&proxy, "", "");
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", 80, false, 50));
    expect_socket_failure(socket, CKWS_ERROR_PROXY_TIMEOUT);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 6);
    CHECK_INT(ckws_socket_get_http_proxy_response_status_code(socket), 0);
    proxy_join(&proxy);
    ckws_socket_dispose(socket);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults_and_values();
    test_websockets();
    test_through_a_socks_proxy();
    test_a_login_that_is_asked_for();
    test_refusals();
    test_a_websocket_that_is_refused();
    test_basic_for_the_server();
    test_a_proxy_that_stalls();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
