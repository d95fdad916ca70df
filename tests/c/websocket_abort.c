/* AbortCheck and HeartbeatMs of a WebSocket: the program is asked, each heartbeat, whether a blocking call that waits is
 * to go on. In name lookup: websocket_lookup.c. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

enum { HEARTBEAT_MS = 5, ASKED = 4 };

/* Counts how often it is asked, and aborts the last time; the calls come on the thread that waits. */
struct check {
    ckws_websocket *ws;
    pthread_t thread;
    int count;
};

static bool abort_at_last(void *user_data)
{
    struct check *check = user_data;

    CHECK(pthread_equal(pthread_self(), check->thread));
    return ++check->count == ASKED;
}

static void ask(ckws_websocket *ws, struct check *check)
{
    check->ws = ws;
    check->thread = pthread_self();
    check->count = 0;
    CHECK(ckws_set_heartbeat_ms(ws, HEARTBEAT_MS));
    ckws_set_abort_check(ws, abort_at_last, check);
}

/* The call that has begun at `began` was asked at each heartbeat, and ended when the program said so. */
static void expect_abort(const struct check *check, long long began, int code)
{
    long long took = now_ms() - began;

    expect_failure(check->ws, code);
    CHECK(contains(ckws_get_last_error_text(check->ws), "A callback of the program aborted the call."));
    CHECK_INT(check->count, ASKED);
    CHECK(took >= ASKED * HEARTBEAT_MS);
    CHECK(took < patience_ms() / 2);
}

static void test_heartbeat(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK_INT(ckws_get_heartbeat_ms(ws), 0);
    CHECK(ckws_set_heartbeat_ms(ws, 250));
    CHECK_INT(ckws_get_heartbeat_ms(ws), 250);
    CHECK(!ckws_set_heartbeat_ms(ws, -1));
    expect_refusal(ws, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_get_heartbeat_ms(ws), 250);
    CHECK(ckws_set_heartbeat_ms(ws, 0));
    ckws_dispose(ws);
    CHECK_INT(ckws_get_heartbeat_ms(ws), -1);
    ckws_set_abort_check(ws, abort_at_last, NULL);
}

static void expect_connect_is_aborted(const char *url)
{
    ckws_websocket *ws = ckws_create();
    struct check check;
    long long began = now_ms();

    ask(ws, &check);
    CHECK(!ckws_connect(ws, url));
    expect_abort(&check, began, CKWS_ERROR_ABORTED);
    CHECK(!ckws_get_is_connected(ws));

    /* It is usable all the same. */
    ckws_set_abort_check(ws, NULL, NULL);
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    expect_echo(ws, "connected");
    ckws_dispose(ws);
}

static void test_tcp(void)
{
    struct silent_address silent;
    char url[64];

    silent_address_open(&silent);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", silent.port);
    expect_connect_is_aborted(url);
    silent_address_close(&silent);
}

static void test_handshakes(void)
{
    int port;
    int listener = listen_on_loopback(&port);
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", port);
    expect_connect_is_aborted(url);
    snprintf(url, sizeof url, "wss://127.0.0.1:%d/", port);
    expect_connect_is_aborted(url);
    close(listener);
}

static bool read_frame(ckws_websocket *ws)
{
    return ckws_read_frame(ws);
}

static bool read_message(ckws_websocket *ws)
{
    return ckws_read_message(ws);
}

static bool receive(ckws_websocket *ws)
{
    const uint8_t *data;
    size_t len;

    return ckws_receive(ws, &data, &len) >= 0;
}

/* The part of a frame that has arrived stays, and the next read goes on with it. */
static void expect_read_is_aborted(bool (*call)(ckws_websocket *ws))
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    struct check check;
    long long began = now_ms();

    ask(ws, &check);
    ws_peer_write(&peer, "\x81\x04pa", 4);
    CHECK(!call(ws));
    expect_abort(&check, began, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);
    CHECK(ckws_get_is_connected(ws));
    ws_peer_write(&peer, "rt", 2);
    expect_message(ws, "part");
    CHECK(send_whole(ws, "answer"));
    ws_peer_expect_text(&peer, "answer");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_reads(void)
{
    expect_read_is_aborted(read_frame);
    expect_read_is_aborted(read_message);
    expect_read_is_aborted(receive);
}

static void test_read_over_tls(void)
{
    ckws_websocket *ws = ckws_create();
    struct check check;
    long long began;

    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    ask(ws, &check);
    began = now_ms();
    CHECK(!ckws_read_frame(ws));
    expect_abort(&check, began, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);
    ckws_set_abort_check(ws, NULL, NULL);
    expect_echo(ws, "still there");
    ckws_dispose(ws);
}

/* Part of the frame has left, and the caller takes its bytes back: nobody could go on with it. */
static void test_send(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    uint8_t *data = calloc(WS_FLOOD, 1);
    struct check check;
    long long began = now_ms();

    ask(ws, &check);
    CHECK(!ckws_send_binary(ws, data, WS_FLOOD));
    CHECK(check.count == ASKED && now_ms() - began >= ASKED * HEARTBEAT_MS);
    expect_failure(ws, CKWS_ERROR_SEND_INTERRUPTED);
    CHECK(contains(ckws_get_last_error_text(ws), "A callback of the program aborted the call."));
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(data);
}

/* Of this frame nothing has left, so it is withdrawn. */
static void test_send_that_has_not_begun(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    uint8_t *data = calloc(WS_FLOOD, 1);
    char *received = malloc(WS_FLOOD + 14);
    ckws_task *flood = ckws_send_binary_async(ws, data, WS_FLOOD);
    struct check check;
    long long began;

    run_and_let_wait(flood);
    ask(ws, &check);
    began = now_ms();
    CHECK(!send_whole(ws, "withdrawn"));
    expect_abort(&check, began, CKWS_ERROR_ABORTED);
    CHECK(ckws_get_is_connected(ws));
    CHECK(ws_peer_read(&peer, received, WS_FLOOD + 14));
    wait_for_end(flood);
    expect_completed(flood);
    ckws_task_dispose(flood);
    CHECK(send_whole(ws, "sent"));
    ws_peer_expect_text(&peer, "sent");
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(data);
    free(received);
}

static void test_nobody_asks_without_a_heartbeat(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    struct check check;

    ask(ws, &check);
    CHECK(ckws_set_heartbeat_ms(ws, 0));
    CHECK(ckws_set_idle_timeout_ms(ws, 10 * HEARTBEAT_MS));
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(check.count, 0);

    /* And not before the first has passed: a call that does not wait is not asked. */
    CHECK(ckws_set_heartbeat_ms(ws, 1));
    ws_peer_send_text(&peer, "text");
    CHECK(wait_for(ckws_get_fd(ws), POLLIN));
    CHECK(ckws_read_frame(ws));
    CHECK_INT(check.count, 0);

    ckws_set_abort_check(ws, NULL, NULL);
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(check.count, 0);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* A read of the WebSocket at the given heartbeats: whether it was aborted, or timed out. */
static void expect_read_over_rest(int of_rest, int of_websocket, bool is_aborted)
{
    ckws_rest *rest = ckws_rest_create();
    ckws_websocket *ws = ckws_create();
    struct check check;

    CHECK(ckws_rest_set_heartbeat_ms(rest, of_rest));
    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false));
    CHECK_TELLING(ckws_use_connection(ws, rest), ckws_get_last_error_text(ws));
    CHECK(ckws_add_client_headers(ws));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "");
    CHECK_TELLING(ckws_validate_server_handshake(ws), ckws_get_last_error_text(ws));
    ckws_rest_dispose(rest);

    ask(ws, &check);
    CHECK(ckws_set_heartbeat_ms(ws, of_websocket));
    CHECK_INT(ckws_get_heartbeat_ms(ws), of_websocket);
    CHECK(ckws_set_idle_timeout_ms(ws, is_aborted ? patience_ms() : 50));
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, is_aborted ? CKWS_ERROR_ABORTED : CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(check.count, is_aborted ? ASKED : 0);
    ckws_dispose(ws);
}

static void test_the_heartbeat_of_the_rest(void)
{
    expect_read_over_rest(HEARTBEAT_MS, 0, true);
    expect_read_over_rest(0, HEARTBEAT_MS, true);
    /* The WebSocket's own counts where there is one. */
    expect_read_over_rest(HEARTBEAT_MS, 60000, false);
    expect_read_over_rest(0, 0, false);
}

static bool use_the_handle(void *user_data)
{
    struct check *check = user_data;

    check->count++;
    CHECK(ckws_get_is_connected(check->ws));
    CHECK(send_whole(check->ws, "from the callback"));
    ckws_set_abort_check(check->ws, abort_at_last, check);
    return false;
}

static void test_a_callback_may_call_every_function(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    struct check check;
    long long began = now_ms();

    ask(ws, &check);
    ckws_set_abort_check(ws, use_the_handle, &check);
    CHECK(!ckws_read_frame(ws));
    /* The first call was another's: that has put this one in its place. */
    expect_abort(&check, began, CKWS_ERROR_ABORTED);
    ws_peer_expect_text(&peer, "from the callback");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static bool wait_without_callbacks(void *user_data)
{
    struct check *check = user_data;
    ckws_websocket *other = ckws_create();
    bool is_first = check->count++ == 0;

    if (is_first) {
        struct ws_peer peer;

        ws_peer_listen(&peer);
        CHECK(ckws_set_heartbeat_ms(other, 1));
        ckws_set_abort_check(other, wait_without_callbacks, check);
        CHECK(ckws_set_connect_timeout_ms(other, 10 * HEARTBEAT_MS));
        CHECK(!ckws_connect(other, peer.url));
        expect_failure(other, CKWS_ERROR_HTTP_TIMEOUT);
        CHECK_INT(check->count, 1);
        ws_peer_close(&peer);
    }
    ckws_dispose(other);
    return !is_first;
}

static void test_calls_of_a_callback_have_no_callbacks(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    struct check check;

    ask(ws, &check);
    ckws_set_abort_check(ws, wait_without_callbacks, &check);
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_ABORTED);
    CHECK_INT(check.count, 2);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static bool dispose_it(void *user_data)
{
    struct check *check = user_data;

    check->count++;
    ckws_dispose(check->ws);
    return false;
}

static void test_a_callback_may_dispose_its_handle(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    struct check check;

    ask(ws, &check);
    ckws_set_abort_check(ws, dispose_it, &check);
    CHECK(!ckws_read_frame(ws));
    CHECK_INT(check.count, 1);
    ws_peer_expect_end(&peer);
    ws_peer_close(&peer);
}

/* A callback whose first call is held up, and whether its latest call has returned. */
struct held {
    ckws_websocket *ws;
    sem_t entered;
    sem_t go_on;
    bool has_ended;
    int count;
};

static bool be_held(void *user_data)
{
    struct held *held = user_data;

    held->has_ended = false;
    if (held->count++ == 0) {
        sem_post(&held->entered);
        sem_wait(&held->go_on);
    }
    held->has_ended = true;
    return false;
}

static void *read_until_the_end(void *argument)
{
    struct held *held = argument;

    CHECK(!ckws_read_frame(held->ws));
    return NULL;
}

static void *let_go_after_a_while(void *argument)
{
    struct held *held = argument;
    ckws_task *clock = ckws_task_create();

    /* Time for a setter that does not wait to show it. */
    ckws_task_sleep_ms(clock, 20);
    ckws_task_dispose(clock);
    sem_post(&held->go_on);
    return NULL;
}

static void remove_callback(ckws_websocket *ws)
{
    ckws_set_abort_check(ws, NULL, NULL);
}

static void expect_to_wait_for_the_callback(void (*end)(ckws_websocket *ws))
{
    struct ws_peer peer;
    struct held held;
    pthread_t reader;
    pthread_t helper;
    int count;

    memset(&held, 0, sizeof held);
    held.ws = ws_peer_open(&peer);
    REQUIRE(sem_init(&held.entered, 0, 0) == 0 && sem_init(&held.go_on, 0, 0) == 0);
    CHECK(ckws_set_heartbeat_ms(held.ws, 1));
    ckws_set_abort_check(held.ws, be_held, &held);
    REQUIRE(pthread_create(&reader, NULL, read_until_the_end, &held) == 0);
    sem_wait(&held.entered);
    REQUIRE(pthread_create(&helper, NULL, let_go_after_a_while, &held) == 0);
    end(held.ws);
    /* On a busy machine the callback may have been called again before `end` began. */
    CHECK(held.has_ended);
    count = held.count;
    pthread_join(helper, NULL);
    CHECK(ckws_close_connection(held.ws) || end == ckws_dispose);
    pthread_join(reader, NULL);
    /* It has not been called since. */
    CHECK_INT(held.count, count);
    ckws_dispose(held.ws);
    sem_destroy(&held.entered);
    sem_destroy(&held.go_on);
    ws_peer_close(&peer);
}

static void test_setter_and_dispose_wait_for_the_callback(void)
{
    expect_to_wait_for_the_callback(remove_callback);
    expect_to_wait_for_the_callback(ckws_dispose);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_heartbeat();
    test_tcp();
    test_handshakes();
    test_reads();
    test_read_over_tls();
    test_send();
    test_send_that_has_not_begun();
    test_nobody_asks_without_a_heartbeat();
    test_the_heartbeat_of_the_rest();
    test_a_callback_may_call_every_function();
    test_calls_of_a_callback_have_no_callbacks();
    test_a_callback_may_dispose_its_handle();
    test_setter_and_dispose_wait_for_the_callback();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
