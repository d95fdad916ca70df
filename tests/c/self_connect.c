/* A loopback port without a server that the system gives to the client itself: TCP then connects the socket to itself.
 * The library calls this program's connect, which makes sure of the port. */
#define _DEFAULT_SOURCE

#include <sys/syscall.h>

#include "check.h"
#include "ckws.h"
#include "net.h"

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    CHECK(bind(fd, address, size) == 0);
    return (int)syscall(SYS_connect, fd, address, size);
}

/* A port that was free a moment ago; 0 where there is no such address. */
static int free_port(int family, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address;
    int fd = socket(family, SOCK_STREAM, 0);
    int port = 0;

    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    *size = family == AF_INET ? sizeof *ipv4 : sizeof *ipv6;
    if (family == AF_INET)
        ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ipv6->sin6_addr = in6addr_loopback;
    if (fd >= 0 && bind(fd, (struct sockaddr *)address, *size) == 0) {
        REQUIRE(getsockname(fd, (struct sockaddr *)address, size) == 0);
        port = ntohs(family == AF_INET ? ipv4->sin_port : ipv6->sin6_port);
    }
    if (fd >= 0)
        close(fd);
    return port;
}

/* A server could start there now. */
static void expect_free(const struct sockaddr_storage *address, socklen_t size)
{
    int fd = socket(address->ss_family, SOCK_STREAM, 0);

    REQUIRE(fd >= 0);
    CHECK(bind(fd, (const struct sockaddr *)address, size) == 0);
    close(fd);
}

static void expect_refused(int family, const char *host)
{
    struct sockaddr_storage address;
    socklen_t size;
    int port = free_port(family, &address, &size);
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    char url[64];

    if (port != 0) {
        snprintf(url, sizeof url, "ws://%s:%d/", host, port);
        CHECK(!ckws_connect(ws, url));
        CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_CONNECT_REFUSED);
        CHECK(contains(ckws_get_last_error_text(ws), "no server listens there."));
        expect_free(&address, size);
        CHECK(!ckws_rest_connect(rest, host, port, false, false));
        CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_CONNECT_REFUSED);
        CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 7);
        expect_free(&address, size);
    }
    ckws_dispose(ws);
    ckws_rest_dispose(rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    expect_refused(AF_INET, "127.0.0.1");
    expect_refused(AF_INET6, "[::1]");
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
