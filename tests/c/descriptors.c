/* Descriptors: a process that has none left is refused cleanly, none is lost, and none is closed twice. */
#define _GNU_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "net.h"

/* The lowest number that the library has read from or written to: its read and write are found here first. */
static int lowest = 1 << 20;

static void note(int fd)
{
    if (fd < lowest)
        lowest = fd;
}

ssize_t read(int fd, void *data, size_t count)
{
    note(fd);
    return syscall(SYS_read, fd, data, count);
}

ssize_t write(int fd, const void *data, size_t count)
{
    note(fd);
    return syscall(SYS_write, fd, data, count);
}

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    REQUIRE(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* So many more can be opened. */
static void allow_descriptors(int count)
{
    struct rlimit limit;
    int next = dup(0);

    REQUIRE(next >= 0 && close(next) == 0);
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)(next + count);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static ckws_websocket *create_trusting(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(ckws_add_trusted_roots_pem(ws, ca_path()));
    return ws;
}

static void test_no_descriptor_left(const char *url)
{
    ckws_websocket *ws = create_trusting();
    struct rlimit before;
    bool connected = false;
    int refused, descriptors;

    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    /* What the library opens once for all is open then. */
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    CHECK(ckws_close_connection(ws));
    descriptors = open_descriptors();
    for (refused = 0; !connected && refused < 16; refused++) {
        allow_descriptors(refused);
        connected = ckws_connect(ws, url);
        if (!connected)
            expect_some_failure(ws);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
        if (!connected)
            CHECK_INT(open_descriptors(), descriptors);
    }
    CHECK(connected && refused > 1);
    expect_echo(ws, "all is well again");
    ckws_dispose(ws);
    CHECK_INT(open_descriptors(), descriptors);
}

static void end_by_close_connection(ckws_websocket *ws)
{
    CHECK(ckws_close_connection(ws));
}

static void end_by_close_frame(ckws_websocket *ws)
{
    CHECK(ckws_send_close(ws, true, 1000, NULL));
    CHECK(ckws_read_frame(ws));
    CHECK(!ckws_get_is_connected(ws));
}

static void end_by_failed_connect(ckws_websocket *ws)
{
    char url[64];

    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", closed_port());
    CHECK(!ckws_connect(ws, url));
}

/* The program opens descriptors as soon as the library has closed its own, and gets the same numbers. */
static void test_no_descriptor_is_closed_twice(void (*end)(ckws_websocket *ws))
{
    enum { COUNT = 8 };
    int descriptors = open_descriptors();
    ckws_websocket *ws = create_trusting();
    int mine[COUNT];
    int i;

    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_get_fd(ws) >= 0);
    end(ws);
    for (i = 0; i < COUNT; i++)
        mine[i] = dup(0);
    CHECK_TELLING(ckws_connect(ws, wss_url()), ckws_get_last_error_text(ws));
    CHECK(ckws_close_connection(ws));
    ckws_dispose(ws);
    for (i = 0; i < COUNT; i++)
        CHECK(close(mine[i]) == 0);
    CHECK_INT(open_descriptors(), descriptors);
}

struct waits {
    ckws_task *task;
    ckws_task_queue *queue;
};

static void *wait_in_vain(void *argument)
{
    struct waits *waits = argument;

    CHECK(!ckws_task_wait(waits->task, 1));
    CHECK(ckws_task_queue_next(waits->queue, 1) == NULL);
    return NULL;
}

/* A thread that waits has a descriptor by which it is woken. What it waited for keeps nothing of it. */
static void test_threads_that_waited_leave_no_descriptor(void)
{
    ckws_websocket *ws = connect_to("");
    struct waits waits = { ckws_read_frame_async(ws), ckws_task_queue_create() };
    int descriptors, i;

    CHECK(ckws_task_queue_add(waits.queue, waits.task));
    CHECK(ckws_task_run(waits.task));
    wait_in_vain(&waits);
    descriptors = open_descriptors();
    for (i = 0; i < 20; i++) {
        pthread_t thread;

        REQUIRE(pthread_create(&thread, NULL, wait_in_vain, &waits) == 0);
        pthread_join(thread, NULL);
    }
    CHECK_INT(open_descriptors(), descriptors);
    ckws_task_queue_dispose(waits.queue);
    ckws_task_dispose(waits.task);
    CHECK(ckws_close_connection(ws));
    ckws_dispose(ws);
    /* The reactor has the socket until it has heard of that; the tests behind this one count. */
    CHECK(ckws_global_finalize_thread_pool());
}

/* One of each kind: a socket and an eventfd of a blocking call, the reactor's, a queue's, files. */
static void use_every_kind(void)
{
    ckws_websocket *ws = create_trusting();
    ckws_task *task = ckws_read_frame_async(ws);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    char path[] = "/tmp/ckws-descriptors-XXXXXX";
    int fd;

    CHECK(ckws_connect(ws, wss_url()));
    /* That has read the system's certificates, once for all, by code that is not the library's. */
    lowest = 1 << 20;
    CHECK(ckws_set_debug_log_file_path(ws, mktemp(path)));
    CHECK(ckws_connect(ws, wss_url()));
    CHECK(ckws_task_queue_add(queue, task));
    CHECK(ckws_task_queue_get_fd(queue) > 2);
    CHECK(ckws_task_run(task));
    CHECK(send_whole(ws, "answer"));
    CHECK(ckws_task_queue_next(queue, patience_ms()) == task);
    CHECK(ckws_get_fd(ws) > 2);
    CHECK(ckws_bin_data_load_file(bd, path));
    CHECK(ckws_bin_data_write_file(bd, path));
    CHECK(ckws_bin_data_write_append_file(bd, path));
    CHECK(unlink(path) == 0);
    for (fd = 0; fd < 3; fd++)
        CHECK(fcntl(fd, F_GETFD) == -1);
    CHECK(lowest > 2);
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_bin_data_dispose(bd);
    ckws_dispose(ws);
}

/* What a program without standard descriptors prints and reads meets no descriptor of the library. In a child, whose
 * output is seen again at its end. */
static void test_standard_descriptors_are_left_alone(void)
{
    int status = -1;
    int output, fd;
    pid_t child;

    fflush(stdout);
    child = fork();
    REQUIRE(child >= 0);
    if (child != 0) {
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return;
    }
    output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    for (fd = 0; fd < 3; fd++)
        close(fd);
    use_every_kind();
    dup2(output, STDOUT_FILENO);
    /* Without the rest of an exit, in which valgrind would miss what is the parent's. */
    execlp(check_summary() == 0 ? "true" : "false", "child", (char *)NULL);
    _exit(3);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    /* First, for those behind it allow few descriptors. */
    test_threads_that_waited_leave_no_descriptor();
    test_standard_descriptors_are_left_alone();
    test_no_descriptor_left(ws_url());
    test_no_descriptor_left(wss_url());
    test_no_descriptor_is_closed_twice(end_by_close_connection);
    test_no_descriptor_is_closed_twice(end_by_close_frame);
    test_no_descriptor_is_closed_twice(end_by_failed_connect);
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
