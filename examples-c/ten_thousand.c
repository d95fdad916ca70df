/* Ten thousand WebSockets in one thread: each has a read as a task, one queue hands out what has ended.
 *
 *     ten_thousand [URL [CONNECTIONS [SECONDS [CA.pem]]]]
 *
 * URL is that of a server which sends to all (scripts/echo-server runs one, which is used unless another is named). The program prints what holding the connections costs: its
 * threads, the memory of a connection, the processor's time while nothing happens, and then, while each connection
 * gets a message a second for SECONDS, the processor's time for a message. It fails if one message is missing.
 */
#define _DEFAULT_SOURCE /* getrusage, clock_gettime */

#include <ckws.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    CONNECTING_AT_ONCE = 64,
    OTHER_DESCRIPTORS = 32, /* streams, the library's own, the connection that gives orders */
    MESSAGE_LEN = 32,
    PATIENCE_MS = 30000
};

struct client {
    ckws_websocket *ws;
    ckws_task *task; /* the connect, then the read */
};

struct server {
    const char *url;
    const char *ca_file; /* NULL to trust the system's authorities alone */
};

/* Time that has passed, and processor's time of this process, in seconds. */
struct moment {
    double wall, cpu;
};

static struct moment now(void)
{
    struct timespec t;
    struct rusage used;

    clock_gettime(CLOCK_MONOTONIC, &t);
    getrusage(RUSAGE_SELF, &used);
    return (struct moment){
        (double)t.tv_sec + (double)t.tv_nsec / 1e9,
        (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
            + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6
    };
}

static struct moment since(struct moment start)
{
    struct moment end = now();

    return (struct moment){ end.wall - start.wall, end.cpu - start.cpu };
}

/* A number of /proc/self/status, "Threads" or "VmRSS" (in KiB); -1 if it is not there. */
static long status_of_process(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long value = -1;

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = atol(line + strlen(name) + 1);
    if (file)
        fclose(file);
    return value;
}

/* Asks for as many descriptors as are needed; returns how many connections can be had. */
static size_t raise_limit(size_t connections)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < connections + OTHER_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= connections + OTHER_DESCRIPTORS)
        return connections;

    printf("the limit of %llu descriptors (ulimit -Hn) is too low for %zu connections\n",
           (unsigned long long)limit.rlim_cur, connections);
    return (size_t)limit.rlim_cur - OTHER_DESCRIPTORS;
}

static ckws_websocket *create_websocket(const struct server *server)
{
    ckws_websocket *ws = ckws_create();

    ckws_set_idle_timeout_ms(ws, 0); /* a message may come at any time */
    if (server->ca_file && !ckws_add_trusted_roots_pem(ws, server->ca_file))
        fprintf(stderr, "%s\n", ckws_get_last_error_message(ws));
    return ws;
}

/* Runs the task, whose end the queue is to hand out with `owner`. */
static bool follow(ckws_task_queue *queue, ckws_task *task, void *owner)
{
    return ckws_task_set_user_pointer(task, owner) && ckws_task_queue_add(queue, task) && ckws_task_run(task);
}

static bool begin_to_connect(ckws_task_queue *queue, struct client *client, const struct server *server)
{
    client->ws = create_websocket(server);
    client->task = ckws_connect_async(client->ws, server->url);
    return follow(queue, client->task, client);
}

static bool begin_to_read(ckws_task_queue *queue, struct client *client)
{
    ckws_task_dispose(client->task);
    client->task = ckws_receive_async(client->ws);
    return follow(queue, client->task, client);
}

/* Connects all, some at once: one that is connected begins to read, and the next one to connect. */
static bool connect_all(ckws_task_queue *queue, struct client *clients, size_t count,
                        const struct server *server)
{
    size_t begun = 0;

    for (size_t connected = 0; connected < count; connected++) {
        while (begun < count && begun < connected + CONNECTING_AT_ONCE)
            if (!begin_to_connect(queue, &clients[begun++], server))
                return false;

        ckws_task *task = ckws_task_queue_next(queue, PATIENCE_MS);
        if (!ckws_task_get_task_success(task)) {
            fprintf(stderr, "%zu are connected, one more is not: %s\n", connected,
                    ckws_task_get_result_error_message(task));
            return false;
        }
        if (!begin_to_read(queue, ckws_task_get_user_pointer(task)))
            return false;
    }
    return true;
}

/* Says why the server has closed, or that it has sent what it should not; false. */
static bool unexpected(ckws_websocket *ws)
{
    if (ckws_get_close_received(ws))
        fprintf(stderr, "the server closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
    else
        fprintf(stderr, "the server sends something else: is it that of this program?\n");
    return false;
}

/* Takes the message of a client and lets it read the next. */
static bool handle_message(struct client *client)
{
    size_t len;
    const uint8_t *data = ckws_task_get_result_data(client->task, &len);

    if (!data || len != MESSAGE_LEN || memcmp(data, "tick", 4) != 0)
        return unexpected(client->ws);
    return ckws_task_run(client->task);
}

/* Lets the server send; returns how many messages came, -1 if one is wrong or missing. */
static long receive_messages(ckws_task_queue *queue, ckws_websocket *control, int seconds)
{
    ckws_task *answer = ckws_receive_async(control);
    char order[16];
    long sent = -1, received = 0; /* the server says at the end how many it has sent */
    size_t len;

    snprintf(order, sizeof order, "%d", seconds);
    if (!follow(queue, answer, NULL) || !ckws_send_text(control, order, strlen(order)))
        return -1;

    while (sent < 0 || received < sent) {
        ckws_task *task = ckws_task_queue_next(queue, PATIENCE_MS);
        if (!ckws_task_get_task_success(task)) {
            fprintf(stderr, "after %ld messages: %s%s\n", received, ckws_task_get_result_error_message(task),
                    task ? "" : ckws_task_queue_get_last_error_message(queue));
            return -1;
        }
        if (ckws_task_get_result_opcode(answer) == CKWS_OPCODE_CLOSE && !unexpected(control))
            return -1;
        if (task == answer)
            sent = atol((const char *)ckws_task_get_result_data(answer, &len)); /* a NUL follows the data */
        else if (handle_message(ckws_task_get_user_pointer(task)))
            received++;
        else
            return -1;
    }
    ckws_task_dispose(answer);
    return received;
}

static bool hold(ckws_task_queue *queue, ckws_websocket *control, struct client *clients, size_t count,
                 const struct server *server, int seconds)
{
    long memory = status_of_process("VmRSS");
    struct moment start = now();

    if (!connect_all(queue, clients, count, server))
        return false;
    struct moment spent = since(start);
    printf("%zu connections in %.1f s, %.0f us of CPU each\n", count, spent.wall, spent.cpu * 1e6 / (double)count);

    start = now();
    ckws_task *early = ckws_task_queue_next(queue, seconds * 1000); /* nothing comes */
    if (early)
        return unexpected(((struct client *)ckws_task_get_user_pointer(early))->ws);
    spent = since(start);
    printf("idle: %ld threads beside this one, %.2f KiB of memory a connection, %.1f ms of CPU in %.1f s\n",
           status_of_process("Threads") - 1,
           (double)(status_of_process("VmRSS") - memory) / (double)count, spent.cpu * 1e3, spent.wall);

    start = now();
    long received = receive_messages(queue, control, seconds);
    spent = since(start);
    if (received < 0)
        return false;
    printf("busy: %ld messages in %.1f s, %.1f us of CPU each, %.2f KiB of memory a connection\n", received,
           spent.wall, spent.cpu * 1e6 / (double)received,
           (double)(status_of_process("VmRSS") - memory) / (double)count);
    return (size_t)received == count * (size_t)seconds;
}

int main(int argc, char **argv)
{
    if (argc > 5) {
        fprintf(stderr, "usage: %s [URL [CONNECTIONS [SECONDS [CA.pem]]]]\n", argv[0]);
        return 2;
    }
    struct server server = { argc > 1 ? argv[1] : "ws://127.0.0.1:9002/", argc > 4 ? argv[4] : NULL };
    size_t count = raise_limit(argc > 2 ? (size_t)atol(argv[2]) : 10000);
    int seconds = argc > 3 ? atoi(argv[3]) : 10;
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, into a file or a pipe too */

    char control_url[256];
    snprintf(control_url, sizeof control_url, "%scontrol", server.url);
    ckws_websocket *control = create_websocket(&server);
    ckws_task_queue *queue = ckws_task_queue_create();
    struct client *clients = calloc(count, sizeof *clients);
    bool ok = clients && ckws_connect(control, control_url);
    if (!ok)
        fprintf(stderr, "%s\n", ckws_get_last_error_message(control));
    ok = ok && hold(queue, control, clients, count, &server, seconds);

    for (size_t i = 0; clients && i < count; i++) {
        ckws_close_connection(clients[i].ws); /* ends the read */
        ckws_task_dispose(clients[i].task);
        ckws_dispose(clients[i].ws);
    }
    free(clients);
    ckws_task_queue_dispose(queue);
    ckws_dispose(control);
    puts(ok ? "all as expected" : "FAILED");
    return ok ? 0 : 1;
}
