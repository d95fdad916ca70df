/* The program's own loop with epoll(7), for one connection: no task, no thread, no call that waits.
 *
 *     loop_epoll [URL [CA.pem]]     (scripts/echo-server unless another is named)
 *
 * A timer sends a few messages to an echo server; the answers are printed as they come.
 */
#define _POSIX_C_SOURCE 200809L /* CLOCK_MONOTONIC */

#include <ckws.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    MESSAGES = 5,
    INTERVAL_NS = 50 * 1000 * 1000,
    BACKLOG = 16 * 1024 /* together with a message it must stay below 32 KiB, or the send waits */
};

struct loop {
    ckws_websocket *ws;
    int epoll, timer;
    int said;
};

static bool failed(ckws_websocket *ws)
{
    fprintf(stderr, "%s\n", ckws_get_last_error_message(ws));
    return false;
}

static bool watch(int epoll, int operation, int fd, uint32_t events)
{
    struct epoll_event event;

    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.fd = fd;
    return epoll_ctl(epoll, operation, fd, &event) == 0;
}

/* Sends what can leave now. What has to wait keeps wants_write set, and the loop waits for it. */
static bool flush(ckws_websocket *ws)
{
    return ckws_try_flush(ws) || ckws_get_last_error_code(ws) == CKWS_ERROR_WOULD_BLOCK || failed(ws);
}

/* The timer has gone off: the next message, or the Close after the last. */
static bool say_something(struct loop *loop)
{
    uint64_t times;
    char text[64];

    if (read(loop->timer, &times, sizeof times) != sizeof times)
        return true;
    if (ckws_get_pending_send_bytes(loop->ws) > BACKLOG)
        return true; /* the server takes nothing just now: leave this one out */
    if (loop->said++ == MESSAGES)
        return ckws_send_close(loop->ws, true, 1000, "bye") || failed(loop->ws);
    if (loop->said > MESSAGES)
        return true; /* the reads that follow find out when the server takes too long to answer the Close */
    snprintf(text, sizeof text, "message %d", loop->said);
    return (ckws_send_text(loop->ws, text, strlen(text)) || failed(loop->ws)) && flush(loop->ws);
}

/* Takes all that is there: what TLS or the library hold already, epoll does not tell of. False at the end. */
static bool take_messages(ckws_websocket *ws, bool *ok)
{
    while (ckws_try_read_frame(ws)) {
        if (ckws_get_frame_opcode_int(ws) == CKWS_OPCODE_CLOSE) {
            printf("closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
            return false;
        }
        if (ckws_get_final_frame(ws))
            printf("received: %s\n", ckws_get_frame_data(ws));
    }
    *ok = ckws_get_last_error_code(ws) == CKWS_ERROR_WOULD_BLOCK /* nothing more yet */
       || failed(ws);
    return *ok;
}

static bool run(struct loop *loop)
{
    int fd = ckws_get_fd(loop->ws);
    uint32_t watched = 0;
    bool ok = watch(loop->epoll, EPOLL_CTL_ADD, loop->timer, EPOLLIN)
           && watch(loop->epoll, EPOLL_CTL_ADD, fd, watched);

    while (ok && take_messages(loop->ws, &ok)) {
        uint32_t wanted = ckws_get_wants_write(loop->ws) ? EPOLLIN | EPOLLOUT : EPOLLIN;
        if (wanted != watched)
            ok = watch(loop->epoll, EPOLL_CTL_MOD, fd, watched = wanted);

        struct epoll_event event;
        if (ok && epoll_wait(loop->epoll, &event, 1, -1) == 1 && event.data.fd == loop->timer)
            ok = say_something(loop);
        /* The connection's own event needs no code: take_messages sends what waits, and reads. */
    }
    return ok;
}

int main(int argc, char **argv)
{
    if (argc > 3) {
        fprintf(stderr, "usage: %s [URL [CA.pem]]\n", argv[0]);
        return 2;
    }
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    struct itimerspec interval = { { 0, INTERVAL_NS }, { 0, INTERVAL_NS } };
    struct loop loop = { ckws_create(), epoll_create1(EPOLL_CLOEXEC), timerfd_create(CLOCK_MONOTONIC, 0), 0 };

    bool ok = (argc < 3 || ckws_add_trusted_roots_pem(loop.ws, argv[2])) && ckws_connect(loop.ws, url);
    ckws_set_auto_flush(loop.ws, false); /* a send gathers, and never waits */
    ok = (ok || failed(loop.ws)) && timerfd_settime(loop.timer, 0, &interval, NULL) == 0 && run(&loop);

    close(loop.timer);
    close(loop.epoll);
    ckws_dispose(loop.ws);
    return ok ? 0 : 1;
}
