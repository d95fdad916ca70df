/* PercentDone and ProgressInfo of a WebSocket. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

enum { LARGE = 1 << 20 };

/* What PercentDone was told, and at which number it aborts; 0 for never. */
struct percent {
    pthread_t thread;
    int count;
    int last;
    int abort_at;
};

static bool note_percent(int percent, void *user_data)
{
    struct percent *seen = user_data;

    CHECK(pthread_equal(pthread_self(), seen->thread));
    CHECK(percent >= 1 && percent <= 100);
    CHECK(percent > seen->last);
    seen->last = percent;
    seen->count++;
    return seen->abort_at > 0 && percent >= seen->abort_at;
}

static void listen_to_percent(ckws_websocket *ws, struct percent *percent, int abort_at)
{
    memset(percent, 0, sizeof *percent);
    percent->thread = pthread_self();
    percent->abort_at = abort_at;
    ckws_set_percent_done(ws, note_percent, percent);
}

static void test_a_large_send_and_a_large_receive(void)
{
    ckws_websocket *ws = connect_to("");
    uint8_t *data = calloc(LARGE, 1);
    struct percent percent;

    listen_to_percent(ws, &percent, 0);
    CHECK_TELLING(ckws_send_binary(ws, data, LARGE), ckws_get_last_error_text(ws));
    CHECK_INT(percent.last, 100);
    CHECK(percent.count > 10);
    listen_to_percent(ws, &percent, 0);
    CHECK_TELLING(ckws_read_message(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_frame_data_len(ws), LARGE);
    CHECK_INT(percent.last, 100);
    CHECK(percent.count > 1);

    /* Nothing is told of small ones. */
    listen_to_percent(ws, &percent, 1);
    CHECK(send_whole(ws, "small"));
    CHECK(ckws_read_message(ws));
    CHECK_INT(percent.count, 0);
    ckws_dispose(ws);
    free(data);
}

static void test_a_send_is_aborted(void)
{
    ckws_websocket *ws = connect_to("");
    uint8_t *data = calloc(LARGE, 1);
    struct percent percent;

    listen_to_percent(ws, &percent, 50);
    CHECK(!ckws_send_binary(ws, data, LARGE));
    expect_failure(ws, CKWS_ERROR_SEND_INTERRUPTED);
    CHECK(contains(ckws_get_last_error_text(ws), "A callback of the program aborted the call."));
    CHECK(percent.last >= 50 && percent.last < 60);
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
    free(data);
}

/* When everything has left, there is nothing to abort any more. */
static void test_a_wish_to_abort_that_comes_too_late(void)
{
    ckws_websocket *ws = connect_to("");
    uint8_t *data = calloc(LARGE, 1);
    struct percent percent;

    listen_to_percent(ws, &percent, 100);
    CHECK_TELLING(ckws_send_binary(ws, data, LARGE), ckws_get_last_error_text(ws));
    listen_to_percent(ws, &percent, 100);
    CHECK_TELLING(ckws_read_message(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_frame_data_len(ws), LARGE);
    CHECK_INT(percent.last, 100);
    ckws_dispose(ws);
    free(data);
}

/* What has arrived stays, and the next read goes on. */
static void test_a_read_is_aborted(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char *payload = malloc(LARGE);
    static const unsigned char head[] = { 0x82, 127, 0, 0, 0, 0, LARGE >> 24, LARGE >> 16 & 0xff, 0, 0 };
    struct percent percent;
    ckws_task *read;
    const uint8_t *data;
    size_t len = 0;

    memset(payload, 'x', LARGE);
    payload[0] = 'a';
    payload[LARGE - 1] = 'z';
    listen_to_percent(ws, &percent, 10);
    ws_peer_write(&peer, head, sizeof head);
    ws_peer_write(&peer, payload, LARGE / 4);
    CHECK(!ckws_read_message(ws));
    expect_failure(ws, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);
    CHECK(percent.last >= 10 && percent.last <= 25);
    CHECK(ckws_get_is_connected(ws));

    ckws_set_percent_done(ws, NULL, NULL);
    read = ckws_read_message_async(ws);
    run(read);
    ws_peer_write(&peer, payload + LARGE / 4, LARGE - LARGE / 4);
    wait_for_end(read);
    expect_completed(read);
    ckws_task_dispose(read);
    data = ckws_get_frame_data_bytes(ws, &len);
    CHECK(data != NULL && len == LARGE && memcmp(data, payload, LARGE) == 0);
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(payload);
}

/* More than the kernel keeps: a task takes it while the peer writes. */
static void peer_writes_while_a_task_reads(ckws_websocket *ws, struct ws_peer *peer, const char *data, size_t len)
{
    ckws_task *read = ckws_read_frame_async(ws);

    run(read);
    ws_peer_write(peer, data, len);
    wait_for_end(read);
    expect_completed(read);
    ckws_task_dispose(read);
}

/* A large first fragment says nothing about the length of its message. */
static void test_a_message_in_fragments(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char *payload = calloc(LARGE, 1);
    static const unsigned char first[] = { 0x02, 127, 0, 0, 0, 0, LARGE >> 24, LARGE >> 16 & 0xff, 0, 0 };
    static const unsigned char last[] = { 0x80, 127, 0, 0, 0, 0, LARGE >> 24, LARGE >> 16 & 0xff, 0, 0 };
    struct percent percent;

    CHECK(ckws_set_idle_timeout_ms(ws, 50));
    listen_to_percent(ws, &percent, 0);
    ws_peer_write(&peer, first, sizeof first);
    ws_peer_write(&peer, payload, LARGE / 16);
    CHECK(!ckws_read_message(ws));
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(percent.count, 0);

    /* With the last one it is known: half of it is there, and a part of the rest. */
    peer_writes_while_a_task_reads(ws, &peer, payload, LARGE - LARGE / 16);
    ws_peer_write(&peer, last, sizeof last);
    ws_peer_write(&peer, payload, LARGE / 16);
    CHECK(!ckws_read_message(ws));
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK(percent.count > 0 && percent.last >= 50 && percent.last < 60);
    ckws_dispose(ws);
    ws_peer_close(&peer);
    free(payload);
}

static bool never(void *user_data)
{
    int *count = user_data;

    ++*count;
    return false;
}

/* Tasks keep what there is to tell; only TaskCompleted is for them. */
static void test_tasks_tell_no_callback(void)
{
    ckws_websocket *ws = connect_to("");
    uint8_t *data = calloc(LARGE, 1);
    struct percent percent;
    int asked = 0;

    listen_to_percent(ws, &percent, 1);
    CHECK(ckws_set_heartbeat_ms(ws, 1));
    ckws_set_abort_check(ws, never, &asked);
    perform(ckws_send_binary_async(ws, data, LARGE));
    perform(ckws_read_message_async(ws));
    CHECK_INT(percent.count, 0);
    CHECK_INT(asked, 0);
    ckws_dispose(ws);
    free(data);
}

/* What ProgressInfo was told, one after the other. */
struct progress {
    char text[1024];
};

static void note_progress(const char *name, const char *value, void *user_data)
{
    struct progress *progress = user_data;
    size_t length = strlen(progress->text);

    snprintf(progress->text + length, sizeof progress->text - length, "%s=%s;", name, value);
}

static void listen_to_progress(ckws_websocket *ws, struct progress *progress)
{
    progress->text[0] = '\0';
    ckws_set_progress_info(ws, note_progress, progress);
}

static void test_the_stages_of_a_connect(void)
{
    ckws_websocket *ws = ckws_create();
    struct progress progress;
    char url[128];
    char expected[256];

    listen_to_progress(ws, &progress);
    snprintf(url, sizeof url, "%spath?query=secret", ws_url());
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    snprintf(expected, sizeof expected, "lookup=127.0.0.1;tcp=127.0.0.1:%d;handshake=/path;", port_of(ws_url()));
    CHECK_TEXT(progress.text, expected);

    /* The name may have several addresses. */
    listen_to_progress(ws, &progress);
    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    CHECK(strncmp(progress.text, "lookup=localhost;tcp=", strlen("lookup=localhost;tcp=")) == 0);
    snprintf(expected, sizeof expected, "tcp=127.0.0.1:%d;tls=localhost;handshake=/;", port_of(wss_url()));
    CHECK_TELLING(contains(progress.text, expected), progress.text);
    ckws_dispose(ws);
}

static void test_a_connect_that_fails_tells_how_far_it_came(void)
{
    ckws_websocket *ws = ckws_create();
    struct progress progress;
    int port = closed_port();
    char url[64];
    char expected[128];

    listen_to_progress(ws, &progress);
    snprintf(url, sizeof url, "wss://127.0.0.1:%d/", port);
    CHECK(!ckws_connect(ws, url));
    snprintf(expected, sizeof expected, "lookup=127.0.0.1;tcp=127.0.0.1:%d;", port);
    CHECK_TEXT(progress.text, expected);

    ckws_set_progress_info(ws, NULL, NULL);
    progress.text[0] = '\0';
    CHECK(!ckws_connect(ws, url));
    CHECK_TEXT(progress.text, "");
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_a_large_send_and_a_large_receive();
    test_a_send_is_aborted();
    test_a_wish_to_abort_that_comes_too_late();
    test_a_read_is_aborted();
    test_a_message_in_fragments();
    test_tasks_tell_no_callback();
    test_the_stages_of_a_connect();
    test_a_connect_that_fails_tells_how_far_it_came();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
