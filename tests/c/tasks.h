/* What the tests of tasks share. */
#ifndef CKWS_TEST_TASKS_H
#define CKWS_TEST_TASKS_H

#include <time.h>

#include "check.h"
#include "ckws.h"

static inline long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline void run(ckws_task *task)
{
    CHECK_TELLING(ckws_task_run(task), ckws_task_get_last_error_text(task));
}

static inline void wait_for_end(ckws_task *task)
{
    CHECK_TELLING(ckws_task_wait(task, patience_ms()), ckws_task_get_last_error_text(task));
    CHECK(ckws_task_get_finished(task));
}

/* Waits until a task that was run has come to its turn. It must not end meanwhile. */
static inline void wait_until_running(ckws_task *task)
{
    long long until = now_ms() + patience_ms();

    while (ckws_task_get_status_int(task) == CKWS_TASK_QUEUED && now_ms() < until)
        CHECK(!ckws_task_wait(task, 1));
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_RUNNING);
}

/* Runs a task whose method waits. */
static inline void run_and_let_wait(ckws_task *task)
{
    run(task);
    wait_until_running(task);
}

/* The latest call on `task` itself was refused, and `task` says so everywhere. */
static inline void expect_task_failure(ckws_task *task, int code)
{
    CHECK_INT(ckws_task_get_last_error_code(task), code);
    CHECK(!ckws_task_get_last_method_success(task));
    CHECK(is_message_of(ckws_task_get_last_error_message(task), ckws_task_get_last_error_text(task)));
}

/* What a task whose method has succeeded says; a method that returns no bool may have any result. */
static inline void expect_completed(ckws_task *task)
{
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_COMPLETED);
    CHECK_TELLING(ckws_task_get_task_success(task), ckws_task_get_result_error_text(task));
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_NONE);
    CHECK(contains(ckws_task_get_result_error_text(task), "Success."));
    CHECK_TEXT(ckws_task_get_result_error_message(task), "");
}

/* The method has ended without success. */
static inline void expect_result_failure(ckws_task *task, int status, int code)
{
    CHECK_INT(ckws_task_get_status_int(task), status);
    CHECK(!ckws_task_get_task_success(task));
    CHECK_INT(ckws_task_get_result_error_code(task), code);
    CHECK(is_message_of(ckws_task_get_result_error_message(task), ckws_task_get_result_error_text(task)));
}

static inline void run_to_success(ckws_task *task)
{
    run(task);
    wait_for_end(task);
    expect_completed(task);
}

/* Runs the task of a method that returns a bool, and disposes it. */
static inline void perform(ckws_task *task)
{
    run_to_success(task);
    CHECK_TEXT(ckws_task_get_result_type(task), "bool");
    CHECK(ckws_task_get_result_bool(task));
    ckws_task_dispose(task);
}

static inline void perform_to_failure(ckws_task *task, int code)
{
    run(task);
    wait_for_end(task);
    expect_result_failure(task, CKWS_TASK_COMPLETED, code);
    ckws_task_dispose(task);
}

/* Ends a task that waits. */
static inline void cancel_and_dispose(ckws_task *task)
{
    CHECK_TELLING(ckws_task_cancel(task), ckws_task_get_last_error_text(task));
    wait_for_end(task);
    ckws_task_dispose(task);
}

#endif
