/* Files: what is no regular file is refused without a wait, no write ends the process, and logs are their owner's. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "ckws.h"
#include "client.h"

/* The reading end of a pipe, closed just before the library's next write; -1 for none. */
static int reader = -1;

/* The library's write, for its symbol is found here first. */
ssize_t write(int fd, const void *data, size_t count)
{
    if (reader >= 0)
        close(reader);
    reader = -1;
    return syscall(SYS_write, fd, data, count);
}

/* A directory of this process. */
static char directory[] = "/tmp/ckws-files-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void make_file(const char *name, off_t size)
{
    int fd = open(path_of(name), O_CREAT | O_WRONLY | O_TRUNC, 0600);

    REQUIRE(fd >= 0 && ftruncate(fd, size) == 0);
    close(fd);
}

static off_t size_of(const char *name)
{
    struct stat found;

    return stat(path_of(name), &found) == 0 ? found.st_size : -1;
}

/* Every function that reads a file refuses this one, and says why. */
static void expect_unreadable(const char *path, const char *reason)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();

    CHECK(!ckws_bin_data_load_file(bd, path));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), CKWS_ERROR_FILE_ACCESS);
    CHECK_TELLING(contains(ckws_bin_data_get_last_error_text(bd), reason), ckws_bin_data_get_last_error_text(bd));
    CHECK(!ckws_string_builder_load_file(sb, path, "utf-8"));
    CHECK(contains(ckws_string_builder_get_last_error_text(sb), reason));
    CHECK(!ckws_add_trusted_roots_pem(ws, path));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_FILE_ACCESS);
    CHECK(!ckws_rest_add_trusted_roots_pem(rest, path));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_FILE_ACCESS);
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

static void test_what_is_no_regular_file(void)
{
    REQUIRE(mkfifo(path_of("pipe"), 0600) == 0);
    expect_unreadable(path_of("pipe"), "regular file");
    expect_unreadable("/dev/zero", "regular file");
    expect_unreadable(directory, "directory");
}

/* Sparse, so that they take no place. */
static void test_files_that_are_too_large(void)
{
    ckws_websocket *ws = ckws_create();

    make_file("huge", 2147483648LL);
    expect_unreadable(path_of("huge"), "2147483647 bytes");
    make_file("many-roots", 16 * 1024 * 1024 + 1);
    CHECK(!ckws_add_trusted_roots_pem(ws, path_of("many-roots")));
    CHECK(contains(ckws_get_last_error_text(ws), "16777216 bytes"));
    ckws_dispose(ws);
}

/* A file that must not grow: without our doing the kernel ends the process by SIGXFSZ. */
static void test_the_limit_of_a_file(void)
{
    struct rlimit before, low;
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_websocket *ws = ckws_create();
    sigset_t pending;

    CHECK(ckws_bin_data_append_encoded(bd, "00112233445566778899aabbccddeeff", "hex"));
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    low = before;
    low.rlim_cur = 8;
    CHECK(ckws_set_debug_log_file_path(ws, path_of("short-log")));
    fflush(stdout);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK(!ckws_bin_data_write_file(bd, path_of("short")));
    CHECK_INT(ckws_bin_data_get_last_error_code(bd), CKWS_ERROR_FILE_ACCESS);
    CHECK(!ckws_bin_data_write_append_file(bd, path_of("appended")));
    CHECK(!ckws_send_ping(ws, ""));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_NOT_CONNECTED);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE(sigpending(&pending) == 0);
    CHECK_INT(sigismember(&pending, SIGXFSZ), 0);
    CHECK_INT(size_of("short"), -1);
    CHECK_INT(size_of("short-log"), 8);
    ckws_bin_data_dispose(bd);
    ckws_dispose(ws);
}

/* The log is a pipe whose reader leaves between the library's open and its write. */
static void test_a_pipe_that_loses_its_reader(void)
{
    ckws_websocket *ws = ckws_create();
    sigset_t pending;

    reader = open(path_of("pipe"), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    CHECK(ckws_set_debug_log_file_path(ws, path_of("pipe")));
    CHECK(!ckws_send_ping(ws, ""));
    CHECK_INT(reader, -1);
    REQUIRE(sigpending(&pending) == 0);
    CHECK_INT(sigismember(&pending, SIGPIPE), 0);
    ckws_dispose(ws);
}

static void test_a_log_is_its_owners(void)
{
    ckws_websocket *ws = ckws_create();
    mode_t mask = umask(0);
    struct stat found;

    CHECK(ckws_set_debug_log_file_path(ws, path_of("log")));
    CHECK(!ckws_send_ping(ws, ""));
    umask(mask);
    REQUIRE(stat(path_of("log"), &found) == 0);
    CHECK_INT(found.st_mode & 0777, 0600);
    CHECK(found.st_size > 0);
    ckws_dispose(ws);
}

static void remove_files(void)
{
    static const char *const names[] = { "pipe", "huge", "many-roots", "short-log", "appended", "log" };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(unlink(path_of(names[i])) == 0);
    CHECK(rmdir(directory) == 0);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    REQUIRE(mkdtemp(directory) != NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    test_what_is_no_regular_file();
    test_files_that_are_too_large();
    test_the_limit_of_a_file();
    test_a_pipe_that_loses_its_reader();
    test_a_log_is_its_owners();
    remove_files();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
