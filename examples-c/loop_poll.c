/* The program's own loop with poll(2): sends each line of stdin, prints what comes back.
 *
 *     loop_poll [URL [CA.pem]]     (scripts/echo-server unless another is named)
 *
 * The reads are a task; the queue's descriptor tells when one has ended. The end of stdin closes the connection.
 */
#define _POSIX_C_SOURCE 200809L /* poll */

#include <ckws.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STDIN, QUEUE };

static bool failed(ckws_websocket *ws)
{
    fprintf(stderr, "%s\n", ckws_get_last_error_message(ws));
    return false;
}

/* Says why a send has failed, and returns false; true if the connection has ended, which the read says. */
static bool send_failed(ckws_websocket *ws)
{
    return !ckws_get_is_connected(ws) || failed(ws);
}

/* One line, or at the end of stdin the Close; false then, as nothing can be sent after it. */
static bool send_a_line(ckws_websocket *ws, bool *ok)
{
    char line[1024];

    if (!fgets(line, sizeof line, stdin)) {
        *ok = ckws_send_close(ws, true, 1000, "bye") || send_failed(ws);
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    *ok = ckws_send_text(ws, line, strlen(line)) || send_failed(ws);
    return *ok;
}

/* Prints the message that the task has read and lets it read on; false after the last. */
static bool print_a_message(ckws_websocket *ws, ckws_task *read, bool *ok)
{
    size_t len;
    const uint8_t *data = ckws_task_get_result_data(read, &len); /* valid until the task runs again */

    if (!ckws_task_get_task_success(read)) {
        fprintf(stderr, "%s\n", ckws_task_get_result_error_message(read));
        return *ok = false;
    }
    if (ckws_task_get_result_opcode(read) == CKWS_OPCODE_CLOSE) {
        printf("closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
        return false;
    }
    printf("received: %.*s\n", (int)len, (const char *)data);
    return ckws_task_run(read);
}

static bool chat(ckws_websocket *ws, ckws_task_queue *queue, ckws_task *read)
{
    struct pollfd fds[] = {
        [STDIN] = { STDIN_FILENO, POLLIN, 0 },
        [QUEUE] = { ckws_task_queue_get_fd(queue), POLLIN, 0 } /* readable while an end waits */
    };
    bool ok = true;

    while (ok && poll(fds, 2, -1) > 0) {
        if (fds[STDIN].revents && !send_a_line(ws, &ok))
            fds[STDIN].fd = -1; /* poll leaves it out from now on */
        while (ok && ckws_task_queue_try_next(queue)) /* there is only one task: the read */
            if (!print_a_message(ws, read, &ok))
                return ok;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc > 3) {
        fprintf(stderr, "usage: %s [URL [CA.pem]]\n", argv[0]);
        return 2;
    }
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    setvbuf(stdin, NULL, _IONBF, 0);  /* no line may wait in a buffer that poll knows nothing of */
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, into a file or a pipe too */

    ckws_websocket *ws = ckws_create();
    ckws_set_idle_timeout_ms(ws, 0); /* a message may come at any time */
    bool ok = ((argc < 3 || ckws_add_trusted_roots_pem(ws, argv[2])) && ckws_connect(ws, url)) || failed(ws);
    ckws_task *read = ckws_receive_async(ws);
    ckws_task_queue *queue = ckws_task_queue_create();

    ok = ok && ckws_task_queue_add(queue, read) && ckws_task_run(read) && chat(ws, queue, read);

    ckws_task_queue_dispose(queue);
    ckws_task_dispose(read);
    ckws_dispose(ws);
    return ok ? 0 : 1;
}
