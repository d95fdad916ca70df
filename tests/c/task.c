/* The Task object by itself: what an empty one is, what it carries, its accounts, the progress log. What becomes of a
 * task that is run is in task_states.c and task_order.c, the methods that tasks are made of in websocket_tasks.c and
 * rest_tasks.c. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "markup.h"
#include "net.h"
#include "tasks.h"

/* Longer than everything that a computer under load makes of a short wait, in milliseconds. */
enum { LONG_MS = 600000 };

static void test_an_empty_task(void)
{
    ckws_task *task = ckws_task_create();

    REQUIRE(task != NULL);
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_EMPTY);
    CHECK_TEXT(ckws_task_get_status(task), "empty");
    CHECK(ckws_task_get_inert(task));
    CHECK(!ckws_task_get_live(task));
    CHECK(!ckws_task_get_finished(task));
    CHECK(!ckws_task_get_task_success(task));
    CHECK(!ckws_task_get_keep_progress_log(task));
    CHECK(!ckws_task_get_verbose_logging(task));
    CHECK(ckws_task_get_last_method_success(task));
    CHECK(ckws_task_get_user_pointer(task) == NULL);
    CHECK(ckws_task_get_task_id(task) > 0);
    CHECK_INT(ckws_task_get_percent_done(task), 0);
    CHECK_INT(ckws_task_get_progress_log_size(task), 0);
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_NONE);
    CHECK_INT(ckws_task_get_last_error_code(task), CKWS_ERROR_NONE);
    CHECK_TEXT(ckws_task_get_last_error_message(task), "");
    CHECK_TEXT(ckws_task_get_result_error_message(task), "");
    CHECK_TEXT(ckws_task_get_result_type(task), "");
    CHECK_TEXT(ckws_task_get_result_error_text(task), "");
    CHECK_TEXT(ckws_task_get_user_data(task), "");
    CHECK_TEXT(ckws_task_get_debug_log_file_path(task), "");
    CHECK_TEXT(ckws_task_get_version(task), ckws_version());
    ckws_task_dispose(task);
}

static void test_an_empty_task_does_nothing(void)
{
    ckws_task *task = ckws_task_create();

    CHECK(!ckws_task_run(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_run_synchronously(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_cancel(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_wait(task, 0));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_wait(task, -2));
    expect_task_failure(task, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_task_get_result_bool(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK_INT(ckws_task_get_result_int(task), -1);
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(ckws_task_get_result_string(task) == NULL);
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_EMPTY);
    ckws_task_dispose(task);
}

static void test_each_task_has_its_own_number(void)
{
    ckws_task *tasks[3];
    int i;

    for (i = 0; i < 3; i++)
        tasks[i] = ckws_task_create();
    CHECK(ckws_task_get_task_id(tasks[0]) != ckws_task_get_task_id(tasks[1]));
    CHECK(ckws_task_get_task_id(tasks[0]) != ckws_task_get_task_id(tasks[2]));
    CHECK(ckws_task_get_task_id(tasks[1]) != ckws_task_get_task_id(tasks[2]));
    CHECK_INT(ckws_task_get_task_id(tasks[1]), ckws_task_get_task_id(tasks[1]));
    for (i = 0; i < 3; i++)
        ckws_task_dispose(tasks[i]);
}

static void test_what_a_task_carries(void)
{
    ckws_task *task = ckws_task_create();
    int object = 0;

    CHECK(ckws_task_set_user_data(task, "caf\xc3\xa9"));
    CHECK_TEXT(ckws_task_get_user_data(task), "caf\xc3\xa9");
    CHECK(!ckws_task_set_user_data(task, NULL));
    CHECK_INT(ckws_task_get_last_error_code(task), CKWS_ERROR_NULL_ARGUMENT);
    CHECK(!ckws_task_set_user_data(task, "\xff"));
    CHECK_INT(ckws_task_get_last_error_code(task), CKWS_ERROR_INVALID_UTF8);
    CHECK_TEXT(ckws_task_get_user_data(task), "caf\xc3\xa9");

    CHECK(ckws_task_set_user_pointer(task, &object));
    CHECK(ckws_task_get_user_pointer(task) == &object);
    CHECK(ckws_task_set_user_pointer(task, NULL));
    CHECK(ckws_task_get_user_pointer(task) == NULL);

    CHECK(ckws_task_set_keep_progress_log(task, true) && ckws_task_get_keep_progress_log(task));
    CHECK(ckws_task_set_verbose_logging(task, true) && ckws_task_get_verbose_logging(task));
    CHECK(ckws_task_set_last_method_success(task, false) && !ckws_task_get_last_method_success(task));
    CHECK(ckws_task_set_last_method_success(task, true) && ckws_task_get_last_method_success(task));
    ckws_task_dispose(task);
}

static void test_accounts(void)
{
    ckws_task *task = ckws_task_create();
    char path[64];
    char text[4096];

    snprintf(path, sizeof path, "task-debug-%d.log", (int)getpid());
    remove(path);
    CHECK(!ckws_task_set_debug_log_file_path(task, NULL));
    CHECK(ckws_task_set_debug_log_file_path(task, path));
    CHECK_TEXT(ckws_task_get_debug_log_file_path(task), path);
    CHECK(!ckws_task_run(task));
    CHECK(contains(ckws_task_get_last_error_text(task), "Run"));
    CHECK(is_xml(ckws_task_get_last_error_xml(task)));
    CHECK(is_html(ckws_task_get_last_error_html(task)));
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "Run") && contains(text, "Failed."));
    remove(path);
    ckws_task_dispose(task);
}

static void test_a_handle_that_is_not_alive(void)
{
    ckws_task *task = ckws_task_create();

    ckws_task_dispose(task);
    ckws_task_dispose(task);
    ckws_task_dispose(NULL);
    CHECK_INT(ckws_task_get_status_int(task), -1);
    CHECK_TEXT(ckws_task_get_status(task), "");
    CHECK(!ckws_task_get_inert(task) && !ckws_task_get_live(task) && !ckws_task_get_finished(task));
    CHECK(!ckws_task_wait(task, 1));
    CHECK_INT(ckws_task_get_result_int(task), -1);
    CHECK_INT(ckws_task_get_result_error_code(task), -1);
    CHECK_INT(ckws_task_get_last_error_code(task), -1);
    CHECK_INT(ckws_task_get_task_id(task), -1);
    CHECK_INT(ckws_task_get_percent_done(task), -1);
    CHECK_INT(ckws_task_get_progress_log_size(task), -1);
    CHECK(is_filled(ckws_task_get_last_error_text(task)));
    CHECK(is_filled(ckws_task_get_last_error_message(task)));
    CHECK_TEXT(ckws_task_get_result_error_message(task), "");
    ckws_task_sleep_ms(task, LONG_MS);
}

static void test_sleep(void)
{
    ckws_task *task = ckws_task_create();
    long long began = now_ms();

    ckws_task_sleep_ms(task, 30);
    CHECK(now_ms() - began >= 30);
    began = now_ms();
    ckws_task_sleep_ms(task, 0);
    ckws_task_sleep_ms(task, -1);
    CHECK(now_ms() - began < patience_ms());
    ckws_task_dispose(task);
}

struct sleeper {
    ckws_task *task;
    sem_t begins;
};

static void *sleep_long(void *argument)
{
    struct sleeper *sleeper = argument;

    sem_post(&sleeper->begins);
    ckws_task_sleep_ms(sleeper->task, LONG_MS);
    return NULL;
}

static void test_dispose_ends_a_sleep(void)
{
    struct sleeper sleeper;
    pthread_t thread;
    long long began = now_ms();

    sleeper.task = ckws_task_create();
    REQUIRE(sem_init(&sleeper.begins, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, sleep_long, &sleeper) == 0);
    sem_wait(&sleeper.begins);
    ckws_task_dispose(sleeper.task);
    pthread_join(thread, NULL);
    CHECK(now_ms() - began < LONG_MS / 2);
    sem_destroy(&sleeper.begins);
}

/* The address in the URL of the echo server, without scheme and slash. */
static void echo_address(char *address, size_t size)
{
    snprintf(address, size, "%s", ws_url() + strlen("ws://"));
    address[strlen(address) - 1] = '\0';
}

static void expect_entry(ckws_task *task, int index, const char *name, const char *value)
{
    CHECK_TEXT(ckws_task_progress_info_name(task, index), name);
    CHECK_TEXT(ckws_task_progress_info_value(task, index), value);
}

static void expect_no_entry(ckws_task *task, int index)
{
    CHECK(ckws_task_progress_info_name(task, index) == NULL);
    expect_task_failure(task, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_task_progress_info_value(task, index) == NULL);
    expect_task_failure(task, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(!ckws_task_remove_progress_info(task, index));
    expect_task_failure(task, CKWS_ERROR_INVALID_ARGUMENT);
}

static void test_the_progress_log(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *task = ckws_connect_async(ws, ws_url());
    char address[64];

    echo_address(address, sizeof address);
    run_to_success(task);
    CHECK_INT(ckws_task_get_progress_log_size(task), 0);
    expect_no_entry(task, 0);

    CHECK(ckws_task_set_keep_progress_log(task, true));
    run_to_success(task);
    CHECK_INT(ckws_task_get_progress_log_size(task), 3);
    expect_entry(task, 0, "lookup", "127.0.0.1");
    expect_entry(task, 1, "tcp", address);
    expect_entry(task, 2, "handshake", "/");
    expect_no_entry(task, 3);
    expect_no_entry(task, -1);

    CHECK(ckws_task_remove_progress_info(task, 0));
    CHECK_INT(ckws_task_get_progress_log_size(task), 2);
    expect_entry(task, 0, "tcp", address);
    ckws_task_clear_progress_log(task);
    CHECK_INT(ckws_task_get_progress_log_size(task), 0);

    /* A run begins with an empty log. */
    run_to_success(task);
    run_to_success(task);
    CHECK_INT(ckws_task_get_progress_log_size(task), 3);
    ckws_task_dispose(task);
    ckws_dispose(ws);
}

static void test_percent_done(void)
{
    enum { SIZE = 1 << 20 };
    ckws_websocket *ws = connect_to("");
    uint8_t *data = calloc(SIZE, 1);
    ckws_task *send = ckws_send_binary_async(ws, data, SIZE);
    ckws_task *receive = ckws_read_message_async(ws);

    CHECK_INT(ckws_task_get_percent_done(send), 0);
    run_to_success(send);
    CHECK_INT(ckws_task_get_percent_done(send), 100);
    run_to_success(receive);
    CHECK_INT(ckws_task_get_percent_done(receive), 100);

    /* Nothing is known of the next message. */
    run_and_let_wait(receive);
    CHECK_INT(ckws_task_get_percent_done(receive), 0);
    cancel_and_dispose(receive);
    ckws_task_dispose(send);
    ckws_dispose(ws);
    free(data);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_an_empty_task();
    test_an_empty_task_does_nothing();
    test_each_task_has_its_own_number();
    test_what_a_task_carries();
    test_accounts();
    test_a_handle_that_is_not_alive();
    test_sleep();
    test_dispose_ends_a_sleep();
    test_the_progress_log();
    test_percent_done();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
