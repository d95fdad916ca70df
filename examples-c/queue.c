/* One thread follows several connections: each step that may wait is a task, one queue hands out what has ended.
 *
 *     queue [URL [CONNECTIONS]]     (scripts/echo-server unless another is named)
 *
 * Each connection says something to an echo server a few times, prints the answers, and closes.
 */
#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 3 };

struct chat {
    ckws_websocket *ws;
    ckws_task *task; /* what goes on: the connect, then the reads */
    int number;
    int said;
    bool is_connected;
};

static bool failed(const char *step, const char *message)
{
    fprintf(stderr, "%s: %s\n", step, message);
    return false;
}

/* Starts a task, whose end the queue is to hand out. The chat travels with it. */
static bool start(ckws_task_queue *queue, struct chat *chat, ckws_task *task)
{
    chat->task = task;
    if (ckws_task_set_user_pointer(task, chat) && ckws_task_queue_add(queue, task) && ckws_task_run(task))
        return true;
    return failed("ckws_task_run", ckws_task_get_last_error_message(task));
}

/* The next message, or the Close after the last. Small sends leave at once, so they need no task. */
static bool say_something(struct chat *chat)
{
    char text[64];

    if (chat->said == MESSAGES)
        return ckws_send_close(chat->ws, true, 1000, "bye")
            || failed("ckws_send_close", ckws_get_last_error_message(chat->ws));

    snprintf(text, sizeof text, "message %d of connection %d", ++chat->said, chat->number);
    return ckws_send_text(chat->ws, text, strlen(text))
        || failed("ckws_send_text", ckws_get_last_error_message(chat->ws));
}

/* The connect has ended. From here on one task reads message after message. */
static bool begin_to_read(ckws_task_queue *queue, struct chat *chat)
{
    printf("connection %d is there\n", chat->number);
    chat->is_connected = true;
    ckws_task_dispose(chat->task);
    return start(queue, chat, ckws_receive_async(chat->ws)) && say_something(chat);
}

/* A message has come, which is the task's. */
static bool handle_message(struct chat *chat)
{
    size_t len;
    const uint8_t *data = ckws_task_get_result_data(chat->task, &len); /* valid until the task runs again */

    if (ckws_task_get_result_opcode(chat->task) == CKWS_OPCODE_CLOSE) {
        printf("connection %d is closed: %d %s\n", chat->number, ckws_get_close_status_code(chat->ws),
               ckws_get_close_reason(chat->ws));
        return true; /* nothing is run any more, so the queue hands out nothing of this chat */
    }
    printf("received: %.*s\n", (int)len, (const char *)data);
    return ckws_task_run(chat->task) && say_something(chat);
}

static bool handle_end(ckws_task_queue *queue, ckws_task *task)
{
    struct chat *chat = ckws_task_get_user_pointer(task);

    if (!ckws_task_get_task_success(task))
        return failed(chat->is_connected ? "the read" : "the connect", ckws_task_get_result_error_message(task));
    return chat->is_connected ? handle_message(chat) : begin_to_read(queue, chat);
}

int main(int argc, char **argv)
{
    if (argc > 3) {
        fprintf(stderr, "usage: %s [URL [CONNECTIONS]]\n", argv[0]);
        return 2;
    }
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    int count = argc > 2 ? atoi(argv[2]) : 3;
    struct chat *chats = calloc((size_t)count, sizeof *chats);
    ckws_task_queue *queue = ckws_task_queue_create();
    bool ok = chats != NULL;
    ckws_task *task;

    for (int i = 0; ok && i < count; i++) {
        chats[i].number = i + 1;
        chats[i].ws = ckws_create();
        ok = start(queue, &chats[i], ckws_connect_async(chats[i].ws, url));
    }

    /* NULL at once when no task of the queue runs: all is done. */
    while ((task = ckws_task_queue_next(queue, 0)) != NULL)
        ok &= handle_end(queue, task);

    for (int i = 0; chats && i < count; i++) {
        ckws_task_dispose(chats[i].task);
        ckws_dispose(chats[i].ws);
    }
    free(chats);
    ckws_task_queue_dispose(queue);
    return ok ? 0 : 1;
}
