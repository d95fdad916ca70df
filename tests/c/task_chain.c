/* A program made of tasks and the TaskCompleted callback alone: connect, send, read, close, each started by the end of
 * the one before. No handle is kept: the object is found again through the task. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"

/* What the chain has seen; its callbacks come one after the other. */
struct chain {
    sem_t over;
    pthread_t thread_of_main;
    int steps;
    char text[32];
    int close_status;
};

/* Runs the next task, and forgets it. */
static void go_on(ckws_task *next, const char *name)
{
    REQUIRE(next != NULL);
    CHECK(ckws_task_set_user_data(next, name));
    run(next);
    ckws_task_dispose(next);
}

static void take_step(struct chain *chain, ckws_websocket *ws, const char *name)
{
    if (strcmp(name, "connect") == 0) {
        go_on(ckws_send_frame_async(ws, "hello", true), "send");
    } else if (strcmp(name, "send") == 0) {
        go_on(ckws_read_frame_async(ws), "read");
    } else if (strcmp(name, "read") == 0) {
        snprintf(chain->text, sizeof chain->text, "%s", ckws_get_frame_data(ws));
        go_on(ckws_send_close_async(ws, true, 1000, "enough"), "close");
    } else if (strcmp(name, "close") == 0) {
        go_on(ckws_read_frame_async(ws), "closed");
    } else {
        CHECK_TEXT(name, "closed");
        CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_CLOSE);
        CHECK(!ckws_get_is_connected(ws));
        chain->close_status = ckws_get_close_status_code(ws);
        sem_post(&chain->over);
    }
}

static void next_step(ckws_task *ended, void *user_data)
{
    struct chain *chain = user_data;
    ckws_websocket *ws = ckws_create();
    bool has_ended = ckws_task_get_status_int(ended) == CKWS_TASK_COMPLETED && ckws_task_get_result_bool(ended);

    CHECK(!pthread_equal(pthread_self(), chain->thread_of_main));
    chain->steps++;
    CHECK_TELLING(has_ended, ckws_task_get_result_error_text(ended));
    CHECK_TELLING(ckws_load_task_caller(ws, ended), ckws_get_last_error_text(ws));
    if (has_ended)
        take_step(chain, ws, ckws_task_get_user_data(ended));
    else
        sem_post(&chain->over);
    ckws_dispose(ws);
}

static void test_a_chain(const char *url)
{
    struct chain chain;
    ckws_websocket *ws = ckws_create();

    memset(&chain, 0, sizeof chain);
    chain.thread_of_main = pthread_self();
    REQUIRE(sem_init(&chain.over, 0, 0) == 0);
    CHECK_TELLING(ckws_add_trusted_roots_pem(ws, ca_path()), ckws_get_last_error_text(ws));
    ckws_set_task_completed(ws, next_step, &chain);
    go_on(ckws_connect_async(ws, url), "connect");
    sem_wait(&chain.over);
    CHECK_INT(chain.steps, 5);
    CHECK_TEXT(chain.text, "hello");
    CHECK_INT(chain.close_status, 1000);
    /* Returns when the last callback has. (A dispose would not wait for it: the callback has a handle of its own.) */
    ckws_set_task_completed(ws, NULL, NULL);
    ckws_dispose(ws);
    sem_destroy(&chain.over);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_a_chain(ws_url());
    test_a_chain(wss_url());
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
