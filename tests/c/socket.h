/* What the tests of the Socket share: a peer that a connection is made to, and checking failures. */
#ifndef CKWS_TEST_SOCKET_H
#define CKWS_TEST_SOCKET_H

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "net.h"

/* The latest call on `socket` failed, and `socket` says so everywhere. */
static inline void expect_socket_failure(ckws_socket *socket, int code)
{
    CHECK_INT(ckws_socket_get_last_error_code(socket), code);
    CHECK(!ckws_socket_get_last_method_success(socket));
    CHECK(is_message_of(ckws_socket_get_last_error_message(socket), ckws_socket_get_last_error_text(socket)));
}

/* A server in a thread that takes one connection, and waits for its end. */
struct peer {
    int listener;
    int port;
    pthread_t thread;
    /* What it sends first. */
    const char *greeting;
    /* For the time after peer_join. */
    int port_of_client;
    bool has_seen_end;
};

static inline void *peer_serve(void *argument)
{
    struct peer *peer = argument;
    struct sockaddr_in client;
    socklen_t size = sizeof client;
    char rest[256];
    ssize_t got;
    int fd;

    if (!CHECK(wait_for(peer->listener, POLLIN)))
        return NULL;
    fd = accept(peer->listener, (struct sockaddr *)&client, &size);
    peer->port_of_client = ntohs(client.sin_port);
    if (peer->greeting != NULL)
        CHECK(send(fd, peer->greeting, strlen(peer->greeting), MSG_NOSIGNAL) > 0);
    while ((got = read(fd, rest, sizeof rest)) > 0)
        ;
    peer->has_seen_end = got == 0;
    close(fd);
    return NULL;
}

static inline void peer_start(struct peer *peer, const char *greeting)
{
    memset(peer, 0, sizeof *peer);
    peer->greeting = greeting;
    peer->listener = listen_on_loopback(&peer->port);
    REQUIRE(pthread_create(&peer->thread, NULL, peer_serve, peer) == 0);
}

/* Waits for the end of the connection, which must have been made. */
static inline void peer_join(struct peer *peer)
{
    pthread_join(peer->thread, NULL);
    close(peer->listener);
}

#endif
