/* The Socket object by itself: properties, Connect and Close as calls and as tasks, and how they are ended. What a
 * Rest and a WebSocket do with one is in rest_socket.c and websocket_transport.c. */
#define _POSIX_C_SOURCE 200809L

#include "net.h"
#include "socket.h"
#include "tasks.h"

enum { HEARTBEAT_MS = 5, ASKED = 4 };

static void test_defaults(void)
{
    ckws_socket *socket = ckws_socket_create();

    REQUIRE(socket != NULL);
    CHECK(!ckws_socket_get_abort_current(socket));
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 0);
    CHECK_INT(ckws_socket_get_heartbeat_ms(socket), 1000);
    CHECK(!ckws_socket_get_is_connected(socket));
    CHECK_TEXT(ckws_socket_get_local_ip_address(socket), "");
    CHECK_INT(ckws_socket_get_local_port(socket), 0);
    CHECK_INT(ckws_socket_get_max_read_idle_ms(socket), 0);
    CHECK_INT(ckws_socket_get_max_send_idle_ms(socket), 0);
    CHECK_TEXT(ckws_socket_get_remote_ip_address(socket), "");
    CHECK_INT(ckws_socket_get_remote_port(socket), 0);
    CHECK(ckws_socket_get_require_ssl_cert_verify(socket));
    CHECK(!ckws_socket_get_ssl(socket));
    CHECK_TEXT(ckws_socket_get_tls_cipher_suite(socket), "");
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "");
    CHECK_TEXT(ckws_socket_get_user_data(socket), "");
    CHECK_TEXT(ckws_socket_get_debug_log_file_path(socket), "");
    CHECK_TEXT(ckws_socket_get_last_error_message(socket), "");
    CHECK_INT(ckws_socket_get_last_error_code(socket), CKWS_ERROR_NONE);
    CHECK(!ckws_socket_get_verbose_logging(socket));
    CHECK(ckws_socket_get_last_method_success(socket));
    CHECK_TEXT(ckws_socket_get_version(socket), ckws_version());
    CHECK_INT(ckws_socket_close(socket, 0), 1);
    ckws_socket_dispose(socket);
}

static void test_values_are_kept(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_set_heartbeat_ms(socket, 0));
    CHECK_INT(ckws_socket_get_heartbeat_ms(socket), 0);
    CHECK(ckws_socket_set_max_read_idle_ms(socket, 20000));
    CHECK_INT(ckws_socket_get_max_read_idle_ms(socket), 20000);
    CHECK(!ckws_socket_set_max_read_idle_ms(socket, -2));
    CHECK_INT(ckws_socket_get_max_read_idle_ms(socket), 20000);
    CHECK(ckws_socket_set_max_send_idle_ms(socket, -1));
    CHECK_INT(ckws_socket_get_max_send_idle_ms(socket), 0);
    CHECK(ckws_socket_set_require_ssl_cert_verify(socket, false));
    CHECK(!ckws_socket_get_require_ssl_cert_verify(socket));
    CHECK(ckws_socket_set_ssl(socket, true));
    CHECK(ckws_socket_get_ssl(socket));
    CHECK(ckws_socket_set_user_data(socket, "my own"));
    CHECK_TEXT(ckws_socket_get_user_data(socket), "my own");
    CHECK(ckws_socket_set_verbose_logging(socket, true));
    CHECK(ckws_socket_get_verbose_logging(socket));
    CHECK(ckws_socket_set_last_method_success(socket, false));
    CHECK(!ckws_socket_get_last_method_success(socket));
    CHECK(ckws_socket_set_debug_log_file_path(socket, ""));
    ckws_socket_dispose(socket);
}

static void test_connect_and_close(void)
{
    struct peer peer;
    ckws_socket *socket = ckws_socket_create();
    int local_port;

    peer_start(&peer, NULL);
    CHECK_TELLING(ckws_socket_connect(socket, "127.0.0.1", peer.port, false, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 0);
    CHECK(ckws_socket_get_is_connected(socket));
    CHECK(!ckws_socket_get_ssl(socket));
    CHECK_TEXT(ckws_socket_get_remote_ip_address(socket), "127.0.0.1");
    CHECK_INT(ckws_socket_get_remote_port(socket), peer.port);
    CHECK_TEXT(ckws_socket_get_local_ip_address(socket), "127.0.0.1");
    local_port = ckws_socket_get_local_port(socket);
    CHECK(local_port > 0);
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "");
    CHECK(contains(ckws_socket_get_last_error_text(socket), "Connect"));
    CHECK(contains(ckws_socket_get_last_error_xml(socket), "name=\"Connect\""));
    CHECK(contains(ckws_socket_get_last_error_html(socket), "Connect"));

    CHECK_TELLING(ckws_socket_close(socket, patience_ms()), ckws_socket_get_last_error_text(socket));
    CHECK(!ckws_socket_get_is_connected(socket));
    CHECK_INT(ckws_socket_get_local_port(socket), local_port);
    peer_join(&peer);
    CHECK_INT(peer.port_of_client, local_port);
    CHECK(peer.has_seen_end);
    ckws_socket_dispose(socket);
}

/* Nothing that the peer has sent makes the close a reset. */
static void test_close_over_unread_input(void)
{
    struct peer peer;
    ckws_socket *socket = ckws_socket_create();

    peer_start(&peer, "unread");
    REQUIRE(ckws_socket_connect(socket, "127.0.0.1", peer.port, false, patience_ms()));
    CHECK(ckws_socket_close(socket, 0));
    ckws_socket_dispose(socket);
    peer_join(&peer);
    CHECK(peer.has_seen_end);
}

static void test_tls(void)
{
    ckws_socket *socket = ckws_socket_create();
    int port = port_of(wss_url());

    CHECK(!ckws_socket_connect(socket, "localhost", port, true, patience_ms()));
    expect_socket_failure(socket, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 106);
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "");

    CHECK(ckws_socket_add_trusted_roots_pem(socket, ca_path()));
    CHECK_TELLING(ckws_socket_connect(socket, "localhost", port, true, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 0);
    CHECK(ckws_socket_get_ssl(socket));
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "TLS 1.3");
    CHECK(strncmp(ckws_socket_get_tls_cipher_suite(socket), "TLS_AES_", 8) == 0);
    CHECK(ckws_socket_close(socket, patience_ms()));
    ckws_socket_dispose(socket);

    socket = ckws_socket_create();
    CHECK(ckws_socket_set_require_ssl_cert_verify(socket, false));
    CHECK_TELLING(ckws_socket_connect(socket, "localhost", port, true, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    CHECK(contains(ckws_socket_get_last_error_text(socket), "not verified"));
    ckws_socket_dispose(socket);
}

static void expect_refused_connect(const char *hostname, int port, int code, int reason)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(!ckws_socket_connect(socket, hostname, port, false, patience_ms()));
    expect_socket_failure(socket, code);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), reason);
    CHECK(!ckws_socket_get_is_connected(socket));
    ckws_socket_dispose(socket);
}

static void test_failed_connects(void)
{
    expect_refused_connect("", 80, CKWS_ERROR_HOST_EMPTY, 1);
    expect_refused_connect("http://127.0.0.1/", 80, CKWS_ERROR_INVALID_ARGUMENT, 2);
    expect_refused_connect("127.0.0.1", 0, CKWS_ERROR_INVALID_ARGUMENT, 2);
    expect_refused_connect("127.0.0.1", 65536, CKWS_ERROR_INVALID_ARGUMENT, 2);
    expect_refused_connect("127.0.0.1", closed_port(), CKWS_ERROR_CONNECT_REFUSED, 7);
}

static void test_a_connect_ends_in_time(void)
{
    struct silent_address silent;
    ckws_socket *socket = ckws_socket_create();
    int port;
    int listener = listen_on_loopback(&port);

    silent_address_open(&silent);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", silent.port, false, 50));
    expect_socket_failure(socket, CKWS_ERROR_CONNECT_TIMEOUT);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 6);
    silent_address_close(&silent);

    /* A server that says nothing to a client that begins with TLS. */
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", port, true, 50));
    expect_socket_failure(socket, CKWS_ERROR_TLS_TIMEOUT);
    CHECK(ckws_socket_set_max_read_idle_ms(socket, 50));
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", port, true, 0));
    expect_socket_failure(socket, CKWS_ERROR_TLS_TIMEOUT);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 109);
    close(listener);
    ckws_socket_dispose(socket);
}

static void test_tasks(void)
{
    struct peer peer;
    ckws_socket *socket = ckws_socket_create();
    ckws_socket *other = ckws_socket_create();
    ckws_task *task;

    peer_start(&peer, NULL);
    task = ckws_socket_connect_async(socket, "127.0.0.1", peer.port, false, patience_ms());
    run_to_success(task);
    CHECK(ckws_socket_load_task_caller(other, task));
    ckws_task_dispose(task);
    CHECK(ckws_socket_get_is_connected(other));
    perform(ckws_socket_close_async(socket, patience_ms()));
    CHECK(!ckws_socket_get_is_connected(other));
    peer_join(&peer);
    perform_to_failure(ckws_socket_connect_async(socket, "127.0.0.1", closed_port(), false, 0),
                       CKWS_ERROR_CONNECT_REFUSED);
    CHECK_INT(ckws_socket_get_connect_fail_reason(other), 7);
    ckws_socket_dispose(other);
    ckws_socket_dispose(socket);
}

/* A connect that waits for a server's first byte of TLS, in a thread. */
struct waiting_connect {
    ckws_socket *socket;
    int port;
    pthread_t thread;
    sem_t began;
};

static void tell_stage(const char *name, const char *value, void *user_data)
{
    struct waiting_connect *connect = user_data;

    CHECK(is_filled(value));
    if (strcmp(name, "tls") == 0)
        sem_post(&connect->began);
}

static void *connect_and_wait(void *argument)
{
    struct waiting_connect *connect = argument;

    CHECK(!ckws_socket_connect(connect->socket, "127.0.0.1", connect->port, true, 0));
    expect_socket_failure(connect->socket, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_socket_get_connect_fail_reason(connect->socket), 4);
    CHECK(!ckws_socket_get_abort_current(connect->socket));
    return NULL;
}

static void test_abort_current(void)
{
    struct waiting_connect connect;
    ckws_task *task;
    int listener = listen_on_loopback(&connect.port);

    connect.socket = ckws_socket_create();
    REQUIRE(sem_init(&connect.began, 0, 0) == 0);
    ckws_socket_set_progress_info(connect.socket, tell_stage, &connect);
    /* Nothing runs: the next call resets it. */
    CHECK(ckws_socket_set_abort_current(connect.socket, true));
    CHECK(ckws_socket_get_abort_current(connect.socket));
    REQUIRE(pthread_create(&connect.thread, NULL, connect_and_wait, &connect) == 0);
    CHECK(sem_wait(&connect.began) == 0);
    CHECK(!ckws_socket_get_abort_current(connect.socket));
    CHECK(ckws_socket_set_abort_current(connect.socket, true));
    pthread_join(connect.thread, NULL);

    /* A call that waits for another thread's. */
    REQUIRE(pthread_create(&connect.thread, NULL, connect_and_wait, &connect) == 0);
    CHECK(sem_wait(&connect.began) == 0);
    CHECK(!ckws_socket_close(connect.socket, 1));
    expect_socket_failure(connect.socket, CKWS_ERROR_WAIT_TIMEOUT);
    CHECK(ckws_socket_set_abort_current(connect.socket, true));
    pthread_join(connect.thread, NULL);

    /* And a task. */
    task = ckws_socket_connect_async(connect.socket, "127.0.0.1", connect.port, true, 0);
    run_and_let_wait(task);
    CHECK(ckws_socket_set_abort_current(connect.socket, true));
    wait_for_end(task);
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_ABORTED);
    ckws_task_dispose(task);
    sem_destroy(&connect.began);
    ckws_socket_dispose(connect.socket);
    close(listener);
}

static bool abort_at_last(void *user_data)
{
    int *count = user_data;

    return ++*count == ASKED;
}

static bool never_called(int percent, void *user_data)
{
    (void)percent;
    (void)user_data;
    CHECK(false);
    return false;
}

static void test_abort_check(void)
{
    ckws_socket *socket = ckws_socket_create();
    int count = 0;
    int port;
    int listener = listen_on_loopback(&port);

    CHECK(ckws_socket_set_heartbeat_ms(socket, HEARTBEAT_MS));
    ckws_socket_set_abort_check(socket, abort_at_last, &count);
    ckws_socket_set_percent_done(socket, never_called, NULL);
    CHECK(!ckws_socket_connect(socket, "127.0.0.1", port, true, 0));
    expect_socket_failure(socket, CKWS_ERROR_ABORTED);
    CHECK_INT(count, ASKED);
    close(listener);
    ckws_socket_dispose(socket);
}

static void post(ckws_task *task, void *user_data)
{
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_CONNECT_REFUSED);
    sem_post(user_data);
}

static void test_task_completed(void)
{
    ckws_socket *socket = ckws_socket_create();
    ckws_task *task = ckws_socket_connect_async(socket, "127.0.0.1", closed_port(), false, 0);
    sem_t ended;

    REQUIRE(sem_init(&ended, 0, 0) == 0);
    ckws_socket_set_task_completed(socket, post, &ended);
    run(task);
    CHECK(sem_wait(&ended) == 0);
    ckws_task_dispose(task);
    ckws_socket_dispose(socket);
    sem_destroy(&ended);
}

/* The peer sees the end of what was never closed. */
static void test_dispose_ends_the_connection(void)
{
    struct peer peer;
    ckws_socket *socket = ckws_socket_create();

    peer_start(&peer, NULL);
    REQUIRE(ckws_socket_connect(socket, "127.0.0.1", peer.port, false, patience_ms()));
    ckws_socket_dispose(socket);
    CHECK(!ckws_socket_get_is_connected(socket));
    peer_join(&peer);
    CHECK(peer.has_seen_end);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults();
    test_values_are_kept();
    test_connect_and_close();
    test_close_over_unread_input();
    test_tls();
    test_failed_connects();
    test_a_connect_ends_in_time();
    test_tasks();
    test_abort_current();
    test_abort_check();
    test_task_completed();
    test_dispose_ends_the_connection();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
