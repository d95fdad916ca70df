/* What the generated program about missing memory needs beside the checks: an allocator that refuses large pieces, and
 * strings that need them. */
#ifndef CKWS_TEST_OUT_OF_MEMORY_H
#define CKWS_TEST_OUT_OF_MEMORY_H

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "check.h"
#include "ckws.h"

enum { MOST = 1 << 20, LARGE_LEN = MOST + 4096 };

/* Whether a piece of memory of MOST bytes or more can be had. */
static atomic_bool is_scarce;

/* The allocator of the C library, by names of its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void *none(void)
{
    errno = ENOMEM;
    return NULL;
}

static bool is_refused(size_t size)
{
    return atomic_load(&is_scarce) && size >= MOST;
}

void *malloc(size_t size)
{
    return is_refused(size) ? none() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_refused(size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size) ? none()
                                                                                       : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return is_refused(size) ? none() : __libc_realloc(pointer, size);
}

int posix_memalign(void **place, size_t alignment, size_t size)
{
    void *pointer = is_refused(size) ? NULL : __libc_memalign(alignment, size);

    if (pointer == NULL)
        return ENOMEM;
    *place = pointer;
    return 0;
}

/* What out arguments may be written to. */
static char buffer[1 << 16];
static const uint8_t *bytes;
static size_t length;

static void make_scarce(void)
{
    atomic_store(&is_scarce, true);
}

static void make_plentiful(void)
{
    atomic_store(&is_scarce, false);
}

/* Texts of LARGE_LEN bytes: plain letters, a URL with parameters, certificates, and what must be escaped. */
static const struct {
    const char *start;
    const char *rest;
} SHAPES[] = {
    { "", "x" },
    { "ws://127.0.0.1:1/?", "name=some-value-of-it&" },
    { "-----BEGIN CERTIFICATE-----\n", "QUJD\n" },
    { "", "{a}, \n\xc3\xa9" },
};
enum { TEXTS = sizeof SHAPES / sizeof SHAPES[0] };
static char large[TEXTS][LARGE_LEN + 1];

static void make_texts(void)
{
    int i;

    for (i = 0; i < TEXTS; i++) {
        size_t begun = strlen(SHAPES[i].start);
        size_t turn = strlen(SHAPES[i].rest);
        size_t at;

        memcpy(large[i], SHAPES[i].start, begun);
        for (at = begun; at + turn <= LARGE_LEN; at += turn)
            memcpy(large[i] + at, SHAPES[i].rest, turn);
        memset(large[i] + at, 'x', LARGE_LEN - at);
    }
}

/* How many calls failed for want of memory. */
static int refused;

/* A call has returned its failure value: what it needed was not there, or an argument is refused for another reason.
 * False may be an answer, too. */
static void expect_told(int code, const char *text)
{
    refused += code == CKWS_ERROR_OUT_OF_MEMORY;
    CHECK_TELLING(code != CKWS_ERROR_INTERNAL, text);
    CHECK_TELLING(contains(text, code == CKWS_ERROR_NONE ? "Success." : "Failed."), text);
    CHECK_TELLING(strlen(text) < 4096, "the account quotes more than 200 characters");
}

/* An allocation that is not checked ends the process: the last name says in which test. */
static void run(const char *name, void (*test)(void))
{
    printf("%s\n", name);
    fflush(stdout);
    test();
}

#endif
