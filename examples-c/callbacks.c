/* Callbacks, and a cancel: what a connect is at, how far a large send is, the end of each task.
 *
 *     callbacks [URL]         (scripts/echo-server unless another is named)
 *
 * Talks to an echo server. A read that nothing answers is aborted by a callback, another one is cancelled; both leave
 * the connection as it was.
 */
#include <ckws.h>
#include <stdio.h>
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

/* Says why a call failed, or why the server has closed. */
static bool failed(ckws_websocket *ws, const char *message)
{
    if (ckws_get_close_received(ws))
        fprintf(stderr, "the server closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
    else
        fprintf(stderr, "%s\n", message);
    return false;
}

static bool read_a_message(ckws_websocket *ws)
{
    return (ckws_read_message(ws) && ckws_get_frame_opcode_int(ws) != CKWS_OPCODE_CLOSE)
        || failed(ws, ckws_get_last_error_message(ws));
}

/* Blocking calls that say how far they are. */
static bool send_a_large_message(ckws_websocket *ws)
{
    static uint8_t bytes[LARGE];
    int percent = 0;

    ckws_set_percent_done(ws, note_percent, &percent);
    bool ok = ckws_send_binary(ws, bytes, LARGE) || failed(ws, ckws_get_last_error_message(ws));
    printf("sent: %d percent\n", percent);
    ok = ok && read_a_message(ws);
    if (ok)
        printf("received: %d percent, %d bytes\n", percent, ckws_get_frame_data_len(ws));
    ckws_set_percent_done(ws, NULL, NULL); /* the callback has ended when this returns */

    ckws_bin_data *taken = ckws_bin_data_create();
    ckws_get_frame_data_bd(ws, taken);
    ckws_bin_data_dispose(taken);
    return ok;
}

static bool wait_until_enough(ckws_websocket *ws)
{
    int beats = 0;

    ckws_set_abort_check(ws, has_had_enough, &beats);
    ckws_set_heartbeat_ms(ws, 20); /* at 0, its default, AbortCheck is not called */
    bool was_aborted = !ckws_read_message(ws) && ckws_get_last_error_code(ws) == CKWS_ERROR_ABORTED;
    if (was_aborted)
        printf("aborted after %d heartbeats\n", beats);
    else
        failed(ws, ckws_get_last_error_message(ws));
    ckws_set_abort_check(ws, NULL, NULL);
    return was_aborted;
}

/* A read as a task, cancelled while nothing comes. */
static bool cancel(ckws_websocket *ws, ckws_task *read)
{
    bool ok = (ckws_task_run(read) && ckws_task_cancel(read) && ckws_task_wait(read, 0))
           || failed(ws, ckws_task_get_last_error_message(read));

    printf("the read is %s\n", ckws_task_get_status(read));
    return ok;
}

/* The same task, run again. */
static bool read_on(ckws_websocket *ws, ckws_task *read)
{
    size_t len;

    if (!ckws_send_text(ws, "still there", 11))
        return failed(ws, ckws_get_last_error_message(ws));
    if (!ckws_task_run(read) || !ckws_task_wait(read, 0))
        return failed(ws, ckws_task_get_last_error_message(read));
    if (ckws_task_get_result_opcode(read) != CKWS_OPCODE_TEXT)
        return failed(ws, ckws_task_get_result_error_message(read));
    const uint8_t *data = ckws_task_get_result_data(read, &len); /* valid until the task runs again or is disposed */
    printf("the read is %s: %.*s\n", ckws_task_get_status(read), (int)len, (const char *)data);
    return true;
}

static bool cancel_and_read_on(ckws_websocket *ws)
{
    ckws_task *read = ckws_receive_async(ws);
    int ends = 0;

    ckws_set_task_completed(ws, count_end, &ends);
    bool ok = cancel(ws, read) && read_on(ws, read);
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
    bool ok = ckws_connect(ws, url) || failed(ws, ckws_get_last_error_message(ws));
    ok = ok && send_a_large_message(ws) && wait_until_enough(ws) && cancel_and_read_on(ws);
    ckws_dispose(ws);
    return ok ? 0 : 1;
}
