/* Callbacks, and a cancel: what a connect is at, how far a large send is, the end of each task.
 *
 *     callbacks [URL]         (scripts/echo-server unless another is named)
 *
 * Talks to an echo server. A read that nothing answers is aborted by a callback, another one is cancelled; both leave
 * the connection as it was.
 */
#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20 };

/* ProgressInfo: on the thread that makes the call. */
static void tell(const char *name, const char *value, void *user_data)
{
    (void)user_data;
    if (strcmp(name, "handshake") == 0)
        printf("connecting: %s %s\n", name, value);
}

/* PercentDone; true would end the call. */
static bool note_percent(int percent, void *user_data)
{
    *(int *)user_data = percent;
    return false;
}

/* AbortCheck: each HeartbeatMs while a call waits; true ends it. */
static bool has_had_enough(void *user_data)
{
    int *beats = user_data;

    return ++*beats == 3;
}

/* TaskCompleted: on a thread of the library, one end after the other. */
static void count_end(ckws_task *task, void *user_data)
{
    (void)task;
    ++*(int *)user_data;
}

static bool failed(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return false;
}

/* Blocking calls that say how far they are. */
static bool send_a_large_message(ckws_websocket *ws)
{
    uint8_t *bytes = calloc(LARGE, 1);
    int percent = 0;

    ckws_set_percent_done(ws, note_percent, &percent);
    bool ok = bytes && ckws_send_binary(ws, bytes, LARGE);
    printf("sent: %d percent\n", percent);
    ok = ok && ckws_read_message(ws);
    printf("received: %d percent, %d bytes\n", percent, ckws_get_frame_data_len(ws));
    ckws_set_percent_done(ws, NULL, NULL); /* the callback has ended when this returns */
    free(bytes);

    ckws_bin_data *taken = ckws_bin_data_create();
    ckws_get_frame_data_bd(ws, taken);
    ckws_bin_data_dispose(taken);
    return ok || failed(ckws_get_last_error_message(ws));
}

static bool wait_until_enough(ckws_websocket *ws)
{
    int beats = 0;

    ckws_set_abort_check(ws, has_had_enough, &beats);
    ckws_set_heartbeat_ms(ws, 20); /* at 0, its default, AbortCheck is not called */
    bool was_aborted = !ckws_read_message(ws) && ckws_get_last_error_code(ws) == CKWS_ERROR_ABORTED;
    printf("aborted after %d heartbeats\n", beats);
    ckws_set_abort_check(ws, NULL, NULL);
    return was_aborted;
}

/* A read as a task: cancelled while nothing comes, then run again. */
static bool cancel_and_read_on(ckws_websocket *ws)
{
    ckws_task *read = ckws_receive_async(ws);
    size_t len;
    int ends = 0;

    ckws_set_task_completed(ws, count_end, &ends);
    bool ok = ckws_task_run(read) && ckws_task_cancel(read) && ckws_task_wait(read, 0);
    printf("the read is %s\n", ckws_task_get_status(read));
    ok = ok && ckws_send_text(ws, "still there", 11)
      && ckws_task_run(read) && ckws_task_wait(read, 0) && ckws_task_get_task_success(read);
    if (!ok)
        failed(ckws_task_get_result_error_message(read));
    const uint8_t *data = ckws_task_get_result_data(read, &len); /* valid until the task runs again or is disposed */
    printf("the read is %s: %.*s\n", ckws_task_get_status(read), (int)len, (const char *)data);
    ckws_task_dispose(read);

    ckws_global_finalize_thread_pool(); /* a wait does not wait for callbacks; this does */
    printf("%d ends were told\n", ends);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [URL]\n", argv[0]);
        return 2;
    }
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    ckws_websocket *ws = ckws_create();
    ckws_set_progress_info(ws, tell, NULL);
    bool ok = ckws_connect(ws, url) || failed(ckws_get_last_error_message(ws));
    ok = ok && send_a_large_message(ws) && wait_until_enough(ws) && cancel_and_read_on(ws);
    ckws_dispose(ws);
    return ok ? 0 : 1;
}
