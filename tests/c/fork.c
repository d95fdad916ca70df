/* A process that forks: the child starts with nothing of its parent's, and can't harm it. */
#define _POSIX_C_SOURCE 200809L

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

int main(void)
{
    size_t handles = ckws_global_live_handles();
    int status = -1;
    pid_t child;

    make_handles();
    use_handles();
    fflush(stdout);
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        be_the_child();
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    use_handles();
    dispose_handles();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
