/* A process that forks: the child starts with nothing of its parent's, and can't harm it. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ckws.h"
#include "client.h"

/* The parent's handles, of which the child has copies. */
static ckws_websocket *plain;
static ckws_websocket *tls;
static ckws_rest *rest;
static ckws_bin_data *bd;
static ckws_string_builder *sb;

static void make_handles(void)
{
    plain = connect_to("");
    tls = ckws_create();
    CHECK(ckws_add_trusted_roots_pem(tls, ca_path()));
    CHECK_TELLING(ckws_connect(tls, wss_url()), ckws_get_last_error_text(tls));
    rest = ckws_rest_create();
    bd = ckws_bin_data_create();
    sb = ckws_string_builder_create();
    CHECK(ckws_string_builder_append(sb, "the parent's"));
}

static void dispose_handles(void)
{
    ckws_dispose(plain);
    ckws_dispose(tls);
    ckws_rest_dispose(rest);
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
}

static void use_handles(void)
{
    expect_echo(plain, "the parent goes on");
    expect_echo(tls, "also over TLS");
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "the parent's");
}

/* The parent's handles are unknown here. */
static void expect_unknown_handles(void)
{
    CHECK_INT(ckws_global_live_handles(), 0);
    CHECK(!ckws_get_is_connected(plain));
    CHECK(!send_whole(plain, "from the child"));
    CHECK(!send_whole(tls, "from the child"));
    CHECK(!ckws_close_connection(plain));
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), -1);
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), -1);
    CHECK_INT(ckws_string_builder_get_length(sb), -1);
}

/* The child ends by exec: its copy of the parent's memory is forgotten on purpose, which valgrind would take
 * for a leak if it saw an exit. */
static void end_child(int failed)
{
    const char *program = failed ? "false" : "true";

    execlp(program, program, (char *)NULL);
    _exit(3);
}

static void be_the_child(void)
{
    ckws_websocket *ws;

    expect_unknown_handles();
    dispose_handles();
    CHECK_INT(ckws_global_live_handles(), 0);
    ws = connect_to("");
    expect_echo(ws, "the child has its own");
    CHECK_INT(ckws_global_live_handles(), 1);
    /* New handles are no help to old ones. */
    CHECK(!send_whole(plain, "from the child"));
    dispose_handles();
    CHECK(ckws_get_is_connected(ws));
    ckws_dispose(ws);
    CHECK_INT(ckws_global_live_handles(), 0);
    end_child(check_summary());
}

/* Files that a child has opened under numbers which were its parent's. */
enum { FILES = 64 };
static int files[FILES];
static struct stat kind;

/* What a daemon does: closes all that it has inherited and opens its own. */
static void open_own_files(void)
{
    int number;

    for (number = 3; number < 1024; number++)
        close(number);
    REQUIRE(stat("/dev/null", &kind) == 0);
    for (number = 0; number < FILES; number++) {
        files[number] = open("/dev/null", O_RDWR);
        REQUIRE(files[number] >= 0);
    }
}

/* All are still open, and what they were. */
static void expect_own_files(void)
{
    int i;

    for (i = 0; i < FILES; i++) {
        struct stat found;

        if (CHECK(fstat(files[i], &found) == 0))
            CHECK(found.st_ino == kind.st_ino && found.st_dev == kind.st_dev);
    }
}

static void connect_beside_own_files(void)
{
    ckws_websocket *ws;

    open_own_files();
    dispose_handles();
    ws = connect_to("");
    expect_echo(ws, "the child has its own");
    expect_own_files();
    ckws_dispose(ws);
    expect_own_files();
    end_child(check_summary());
}

static void end_with_own_files(void)
{
    expect_own_files();
    end_child(check_summary());
}

/* The thread's locals are destroyed before the functions of atexit are called. */
static void exit_beside_own_files(void)
{
    open_own_files();
    REQUIRE(atexit(end_with_own_files) == 0);
    exit(1);
}

/* The process that makes the calls of the test, and how often its AbortCheck was called. */
static pid_t parent;
static int heartbeats;
static int child_status = -1;

/* Forks once; both return into the call that is under way. */
static bool fork_in_callback(void *user_data)
{
    (void)user_data;
    if (++heartbeats == 1) {
        pid_t child;

        fflush(stdout);
        child = fork();
        REQUIRE(child >= 0);
        if (child == 0)
            open_own_files();
        else
            REQUIRE(waitpid(child, &child_status, 0) == child);
    }
    return heartbeats > 3;
}

/* The child's copy of the call ends at once and touches neither its files nor the parent's connection. */
static void test_fork_in_a_callback(void)
{
    ckws_websocket *ws = connect_to("");

    parent = getpid();
    CHECK(ckws_set_heartbeat_ms(ws, 10));
    ckws_set_abort_check(ws, fork_in_callback, NULL);
    CHECK(!ckws_read_frame(ws));
    if (getpid() != parent) {
        CHECK_INT(heartbeats, 1);
        expect_own_files();
        end_child(check_summary());
    }
    CHECK(WIFEXITED(child_status) && WEXITSTATUS(child_status) == 0);
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_ABORTED);
    ckws_set_abort_check(ws, NULL, NULL);
    expect_echo(ws, "the parent goes on");
    ckws_dispose(ws);
}

static void run_in_child(void (*run)(void))
{
    int status = -1;
    pid_t child;

    fflush(stdout);
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        run();
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    use_handles();
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    make_handles();
    use_handles();
    run_in_child(be_the_child);
    run_in_child(connect_beside_own_files);
    run_in_child(exit_beside_own_files);
    test_fork_in_a_callback();
    dispose_handles();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
