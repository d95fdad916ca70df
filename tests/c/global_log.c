/* The log callback of the process, and CKWS_LOG: what each level reports, on which thread, and what it never shows. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "net.h"
#include "tasks.h"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1 << 16, CALLED_INSIDE = 3, NOT_PRIVILEGED = 77 };

/* What a callback got. */
struct heard {
    pthread_mutex_t lock;
    char text[MOST];
    int levels[8];
    pthread_t latest;
};

static struct heard heard = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void forget(struct heard *all)
{
    pthread_mutex_lock(&all->lock);
    all->text[0] = '\0';
    memset(all->levels, 0, sizeof all->levels);
    pthread_mutex_unlock(&all->lock);
}

static void hear(int level, const char *text, void *user_data)
{
    struct heard *all = user_data;
    size_t used;

    pthread_mutex_lock(&all->lock);
    used = strlen(all->text);
    CHECK(text[0] != '\0' && text[strlen(text) - 1] == '\n');
    if (used + strlen(text) < MOST)
        strcpy(all->text + used, text);
    if (CHECK(level >= 1 && level <= 4))
        all->levels[level]++;
    all->latest = pthread_self();
    pthread_mutex_unlock(&all->lock);
}

static bool fail(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    bool done = ckws_bin_data_append_encoded(bd, "x", "no such encoding");

    ckws_bin_data_dispose(bd);
    return done;
}

static void succeed(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();

    CHECK(ckws_bin_data_append_encoded(bd, "00", "hex"));
    ckws_bin_data_dispose(bd);
}

static void listen_at(int level)
{
    forget(&heard);
    ckws_global_set_log_callback(level, hear, &heard);
}

static void test_nothing(void)
{
    listen_at(0);
    CHECK(!fail());
    listen_at(-1);
    CHECK(!fail());
    ckws_global_set_log_callback(4, NULL, &heard);
    CHECK(!fail());
    CHECK_TEXT(heard.text, "");
}

static void test_failed_calls(void)
{
    ckws_websocket *ws = ckws_create();

    listen_at(1);
    succeed();
    CHECK_TEXT(heard.text, "");
    CHECK(!fail());
    CHECK_INT(heard.levels[1], 1);
    CHECK(contains(heard.text, "--AppendEncoded\n") && contains(heard.text, "Failed."));
    CHECK(pthread_equal(heard.latest, pthread_self()));
    forget(&heard);
    CHECK(!ckws_set_idle_timeout_ms(ws, -2));
    CHECK_INT(heard.levels[1], 1);
    CHECK_TEXT(heard.text, ckws_get_last_error_text(ws));
    ckws_dispose(ws);
    forget(&heard);
    CHECK(!ckws_send_ping(ws, "?"));
    CHECK(!ckws_set_idle_timeout_ms(NULL, 1));
    CHECK_INT(heard.levels[1], 2);
    CHECK(contains(heard.text, "--SendPing\n") && contains(heard.text, "not alive"));
}

static void test_a_call_that_would_wait_has_not_failed(void)
{
    ckws_websocket *ws = connect_to("");

    listen_at(1);
    CHECK(!ckws_try_read_frame(ws));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_WOULD_BLOCK);
    CHECK_TEXT(heard.text, "");
    listen_at(2);
    CHECK(!ckws_try_read_frame(ws));
    CHECK_INT(heard.levels[2], 1);
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static void test_all_calls(void)
{
    listen_at(2);
    succeed();
    CHECK(!fail());
    CHECK_INT(heard.levels[1], 1);
    CHECK_INT(heard.levels[2], 1);
    CHECK(contains(heard.text, "Success.") && contains(heard.text, "Failed."));
}

static void test_detail(void)
{
    ckws_websocket *ws = connect_to("");

    listen_at(2);
    expect_echo(ws, "plain");
    CHECK(!contains(heard.text, "payloadBytes:"));
    listen_at(3);
    expect_echo(ws, "with detail");
    CHECK(contains(heard.text, "payloadBytes: 11"));
    CHECK(!contains(heard.text, "Frame "));
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static void test_frames(void)
{
    static const uint8_t bytes[40] = { 0xff, '\n', '"' };
    ckws_websocket *ws = connect_to("");

    listen_at(4);
    expect_echo(ws, "a \"text\"");
    CHECK(contains(heard.text, "Frame sent: Text, final, 8 bytes: \"a \\\"text\\\"\"\n"));
    CHECK(contains(heard.text, "Frame received: Text, final, 8 bytes: \"a \\\"text\\\"\"\n"));
    CHECK_INT(heard.levels[4], 2);
    forget(&heard);
    CHECK(ckws_send_frame(ws, "be", false));
    CHECK(ckws_send_frame(ws, "gin", true));
    CHECK(contains(heard.text, "Frame sent: Text, not final, 2 bytes: \"be\"\n"));
    CHECK(contains(heard.text, "Frame sent: Continuation, final, 3 bytes: \"gin\"\n"));
    CHECK_TELLING(ckws_read_message(ws), ckws_get_last_error_text(ws));
    forget(&heard);
    CHECK(ckws_send_binary(ws, bytes, sizeof bytes));
    CHECK(contains(heard.text, "Frame sent: Binary, final, 40 bytes: \"\\xff\\n\\\"\\x00"));
    CHECK(contains(heard.text, "\\x00\"...\n"));
    forget(&heard);
    CHECK(ckws_send_ping(ws, "?"));
    CHECK(ckws_send_close(ws, true, 1000, "bye"));
    while (ckws_read_frame(ws) && ckws_get_frame_opcode_int(ws) != CKWS_OPCODE_CLOSE)
        ;
    CHECK(contains(heard.text, "Frame sent: Ping, final, 1 bytes: \"?\"\n"));
    CHECK(contains(heard.text, "Frame received: Pong, final, 1 bytes: \"?\"\n"));
    CHECK(contains(heard.text, "Frame sent: Close, final, 5 bytes: \"\\x03\\xe8bye\"\n"));
    CHECK(contains(heard.text, "Frame received: Close, final, "));
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static void test_a_large_frame(void)
{
    enum { LARGE = 200000 };
    ckws_websocket *ws = connect_to("");
    uint8_t *payload = malloc(LARGE);
    const uint8_t *data;
    size_t len = 0;

    REQUIRE(payload != NULL);
    memset(payload, 'x', LARGE);
    listen_at(4);
    CHECK(ckws_send_binary(ws, payload, LARGE));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_BINARY);
    CHECK(contains(heard.text, "Frame sent: Binary, final, 200000 bytes: \"xxxxxxxx"));
    CHECK(contains(heard.text, "Frame received: Binary, final, 200000 bytes: \"xxxxxxxx"));
    CHECK_INT(heard.levels[4], 2);
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
    free(payload);
}

static void test_no_secret_is_reported(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    char url[512];

    listen_at(4);
    CHECK(ckws_add_request_header(ws, "Authorization", "Bearer s3cr3t-token"));
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    expect_echo(ws, "hello");
    snprintf(url, sizeof url, "ws://user:s3cr3t-password@127.0.0.1:%d/", port_of(ws_url()));
    (void)ckws_connect(ws, url);
    CHECK(ckws_rest_set_auth_basic(rest, "user", "s3cr3t-basic"));
    CHECK(ckws_rest_connect(rest, "127.0.0.1", port_of(ws_url()), false, false));
    (void)ckws_rest_full_request_no_body(rest, "GET", "/refuse");
    ckws_global_set_log_callback(0, NULL, NULL);
    CHECK(contains(heard.text, "--Connect\n") && contains(heard.text, "Frame sent"));
    CHECK(!contains(heard.text, "s3cr3t") && !contains(heard.text, "Bearer"));
    CHECK(!contains(heard.text, "dXNlcjpzM2NyM3Q"));
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
}

/* While a call waits, the lines of its frames have come already. */
static bool aborts_after_the_pong(void *user_data)
{
    struct heard *all = user_data;
    bool came;

    pthread_mutex_lock(&all->lock);
    came = contains(all->text, "Frame received: Pong");
    pthread_mutex_unlock(&all->lock);
    return came;
}

static void test_frames_come_before_the_wait(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_set_pong_auto_consume(ws, true));
    CHECK(ckws_set_heartbeat_ms(ws, 5));
    listen_at(4);
    CHECK(ckws_send_ping(ws, "1"));
    ckws_set_abort_check(ws, aborts_after_the_pong, &heard);
    CHECK(!ckws_read_frame(ws));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_ABORTED);
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static void note_order(ckws_task *task, void *user_data)
{
    struct heard *all = user_data;

    (void)task;
    pthread_mutex_lock(&all->lock);
    CHECK(contains(all->text, "Frame received: Text, final, 5 bytes: \"hello\""));
    CHECK(contains(all->text, "--ReadFrame\n"));
    CHECK(pthread_equal(all->latest, pthread_self()));
    pthread_mutex_unlock(&all->lock);
}

static void test_tasks_report_on_the_notifier(void)
{
    ckws_websocket *ws = connect_to("");
    ckws_task *task = ckws_read_frame_async(ws);

    run_and_let_wait(task);
    listen_at(4);
    CHECK(send_whole(ws, "hello"));
    wait_for_end(task);
    ckws_task_dispose(task);
    /* A task that began while nothing was reported stays unreported. */
    CHECK(!contains(heard.text, "--ReadFrame\n"));
    ckws_set_task_completed(ws, note_order, &heard);
    listen_at(4);
    task = ckws_read_frame_async(ws);
    run(task);
    CHECK(send_whole(ws, "hello"));
    wait_for_end(task);
    ckws_task_dispose(task);
    CHECK(ckws_global_finalize_thread_pool());
    CHECK(contains(heard.text, "--ReadFrame\n"));
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static int inside_calls;

/* Calls the library, which reports nothing of it, and removes itself at last. */
static void call_inside(int level, const char *text, void *user_data)
{
    (void)level;
    (void)text;
    CHECK(user_data == &inside_calls);
    CHECK(!fail());
    CHECK(!ckws_global_finalize_thread_pool());
    if (++inside_calls == CALLED_INSIDE)
        ckws_global_set_log_callback(0, NULL, NULL);
}

static void test_a_callback_calls_the_library(void)
{
    int i;

    ckws_global_set_log_callback(2, call_inside, &inside_calls);
    for (i = 0; i < 2 * CALLED_INSIDE; i++)
        CHECK(!fail());
    CHECK_INT(inside_calls, CALLED_INSIDE);
}

/* One thread is inside the callback when another removes it. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, opened, left;
};

static void wait_inside(int level, const char *text, void *user_data)
{
    struct gate *gate = user_data;

    (void)level;
    (void)text;
    pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->opened)
        pthread_cond_wait(&gate->changed, &gate->lock);
    gate->left = true;
    pthread_mutex_unlock(&gate->lock);
}

static void *fail_once(void *unused)
{
    (void)unused;
    CHECK(!fail());
    return NULL;
}

static void *open_gate(void *data)
{
    struct gate *gate = data;

    pthread_mutex_lock(&gate->lock);
    gate->opened = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

static void test_the_setter_waits(void)
{
    struct gate gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false, false };
    pthread_t failing, opening;

    ckws_global_set_log_callback(1, wait_inside, &gate);
    CHECK(pthread_create(&failing, NULL, fail_once, NULL) == 0);
    pthread_mutex_lock(&gate.lock);
    while (!gate.entered)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    CHECK(pthread_create(&opening, NULL, open_gate, &gate) == 0);
    ckws_global_set_log_callback(1, hear, &heard);
    CHECK(gate.left);
    pthread_join(failing, NULL);
    pthread_join(opening, NULL);
    ckws_global_set_log_callback(0, NULL, NULL);
}

static void end_thread(int level, const char *text, void *user_data)
{
    (void)level;
    (void)text;
    *(bool *)user_data = true;
    pthread_exit(NULL);
}

static void test_a_callback_ends_its_thread(void)
{
    pthread_t thread;
    bool called = false;

    ckws_global_set_log_callback(1, end_thread, &called);
    CHECK(pthread_create(&thread, NULL, fail_once, NULL) == 0);
    pthread_join(thread, NULL);
    ckws_global_set_log_callback(0, NULL, NULL);
    CHECK(called);
    listen_at(1);
    CHECK(!fail());
    CHECK_INT(heard.levels[1], 1);
    ckws_global_set_log_callback(0, NULL, NULL);
}

static void test_fork(void)
{
    int status = -1;
    pid_t child;

    listen_at(2);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        bool silent = !fail() && heard.text[0] == '\0';

        listen_at(1);
        _exit(silent && !fail() && heard.levels[1] == 1 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_TEXT(heard.text, "");
    ckws_global_set_log_callback(0, NULL, NULL);
}

/* What a child prints on standard error for CKWS_LOG: this program, run anew. */
static int read_child(const char *program, const char *level, char *printed)
{
    int ends[2];
    int status = -1;
    size_t used = 0;
    ssize_t got;
    pid_t child;

    REQUIRE(pipe(ends) == 0);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        setenv("CKWS_LOG", level, 1);
        execl(program, program, "child", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (used < MOST - 1 && (got = read(ends[0], printed + used, MOST - 1 - used)) > 0)
        used += (size_t)got;
    printed[used] = '\0';
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void be_child(void)
{
    ckws_websocket *ws = connect_to("");

    listen_at(1);
    expect_echo(ws, "hello");
    CHECK(!fail());
    CHECK_INT(heard.levels[1], 1);
    CHECK_INT(heard.levels[2] + heard.levels[4], 0);
    ckws_global_set_log_callback(0, NULL, NULL);
    ckws_dispose(ws);
}

static void test_environment(const char *program)
{
    static const char *const IGNORED[] = { "0", "", "5", "-1", "all", "1 " };
    char printed[MOST];
    size_t i;

    for (i = 0; i < sizeof IGNORED / sizeof IGNORED[0]; i++) {
        CHECK_INT(read_child(program, IGNORED[i], printed), 0);
        CHECK(!contains(printed, "CkwsLog"));
    }
    CHECK_INT(read_child(program, "1", printed), 0);
    CHECK(contains(printed, "--AppendEncoded\n") && !contains(printed, "Success."));
    CHECK_INT(read_child(program, "2", printed), 0);
    CHECK(contains(printed, "--Connect\n") && contains(printed, "Success.") && !contains(printed, "payloadBytes:"));
    CHECK_INT(read_child(program, "3", printed), 0);
    CHECK(contains(printed, "payloadBytes: 5") && !contains(printed, "Frame "));
    CHECK_INT(read_child(program, "4", printed), 0);
    CHECK(contains(printed, "Frame sent: Text, final, 5 bytes: \"hello\"\n"));
    CHECK(contains(printed, "Frame received: Text, final, 5 bytes: \"hello\"\n"));
}

/* A copy of this program with the rights of another group, in a name of its own; false without the right to make it. */
static bool copy_with_other_group(const char *program, const char *copy)
{
    FILE *from = fopen(program, "rb");
    FILE *to = fopen(copy, "wb");
    char block[4096];
    size_t got;

    REQUIRE(from != NULL && to != NULL);
    while ((got = fread(block, 1, sizeof block, from)) > 0)
        CHECK(fwrite(block, 1, got, to) == got);
    fclose(from);
    CHECK(fclose(to) == 0);
    return chown(copy, getuid(), getgid() + 1) == 0 && chmod(copy, S_ISGID | 0755) == 0;
}

static void test_a_privileged_program_is_not_logged(const char *program)
{
    char copy[1024];
    char printed[MOST];
    int status = NOT_PRIVILEGED;

    snprintf(copy, sizeof copy, "%s-privileged-%ld", program, (long)getpid());
    if (copy_with_other_group(program, copy))
        status = read_child(copy, "4", printed);
    if (status == NOT_PRIVILEGED) {
        printf("not tried: this user cannot make a privileged program here\n");
    } else {
        CHECK_INT(status, 0);
        CHECK_TEXT(printed, "");
    }
    remove(copy);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        bool is_privileged = getauxval(AT_SECURE) != 0;

        be_child();
        return check_summary() != 0 ? 1 : contains(arguments[0], "-privileged-") && !is_privileged ? NOT_PRIVILEGED : 0;
    }
    test_nothing();
    test_failed_calls();
    test_a_call_that_would_wait_has_not_failed();
    test_all_calls();
    test_detail();
    test_frames();
    test_a_large_frame();
    test_no_secret_is_reported();
    test_frames_come_before_the_wait();
    test_tasks_report_on_the_notifier();
    test_a_callback_calls_the_library();
    test_the_setter_waits();
    test_a_callback_ends_its_thread();
    test_fork();
    test_environment(arguments[0]);
    test_a_privileged_program_is_not_logged(arguments[0]);
    return check_summary();
}
