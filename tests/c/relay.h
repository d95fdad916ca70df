/* Passes bytes on between two connections, as whatever stands between a client and a server does. */
#ifndef CKWS_TEST_RELAY_H
#define CKWS_TEST_RELAY_H

#include "check.h"
#include "net.h"

static inline void pass_on(int from, int to)
{
    char bytes[4096];
    ssize_t got = read(from, bytes, sizeof bytes);

    if (got <= 0)
        shutdown(to, SHUT_WR);
    else
        CHECK(send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got);
}

/* Connects to a port of this machine and passes on what comes from it and from `client`, until one of them ends; closes
 * both. */
static inline void relay(int client, int port)
{
    struct sockaddr_in address;
    struct pollfd ends[2];
    int i;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)port);
    ends[0].fd = client;
    ends[1].fd = socket(AF_INET, SOCK_STREAM, 0);
    ends[0].events = ends[1].events = POLLIN;
    if (ends[0].fd >= 0 && CHECK(connect(ends[1].fd, (struct sockaddr *)&address, sizeof address) == 0)) {
        do {
            CHECK(poll(ends, 2, patience_ms()) > 0);
            for (i = 0; i < 2; i++)
                if (ends[i].revents & POLLIN)
                    pass_on(ends[i].fd, ends[1 - i].fd);
        } while (((ends[0].revents | ends[1].revents) & (POLLHUP | POLLERR)) == 0);
    }
    close(ends[0].fd);
    close(ends[1].fd);
}

#endif
