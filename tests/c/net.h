/* Small helpers around ports, URLs and files. */
#ifndef CKWS_TEST_NET_H
#define CKWS_TEST_NET_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

/* A listening socket on a free loopback port. */
static inline int listen_on_loopback(int *port)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(fd >= 0);
    REQUIRE(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(fd, 16) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* A loopback address that answers no request for a connection: its queue of those that wait to be accepted is full. */
struct silent_address {
    int listener;
    int filler;
    int port;
};

static inline void silent_address_open(struct silent_address *silent)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    silent->listener = listen_on_loopback(&silent->port);
    REQUIRE(listen(silent->listener, 0) == 0);
    REQUIRE(getsockname(silent->listener, (struct sockaddr *)&address, &size) == 0);
    silent->filler = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(silent->filler, (struct sockaddr *)&address, size) == 0);
}

static inline void silent_address_close(struct silent_address *silent)
{
    close(silent->filler);
    close(silent->listener);
}

/* A loopback port where nobody listens: it was free a moment ago. */
static inline int closed_port(void)
{
    int port;
    int fd = listen_on_loopback(&port);

    close(fd);
    return port;
}

/* The port in a URL like ws://127.0.0.1:1234/ */
static inline int port_of(const char *url)
{
    const char *colon = strrchr(url, ':');

    return colon != NULL ? atoi(colon + 1) : 0;
}

/* Whether `fd` has one of `events` within the patience of the tests. */
static inline bool wait_for(int fd, short events)
{
    struct pollfd entry;

    if (fd < 0)
        return false;
    entry.fd = fd;
    entry.events = events;
    entry.revents = 0;
    return poll(&entry, 1, patience_ms()) == 1;
}

/* The beginning of a file, as much as fits, NUL-terminated. */
static inline void read_text_file(const char *path, char *buffer, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0;

    if (CHECK(file != NULL)) {
        length = fread(buffer, 1, size - 1, file);
        fclose(file);
    }
    buffer[length] = '\0';
}

#endif
