/* What the generated misuse program needs beside the checks: handles that are none, and strings that are none. */
#ifndef CKWS_TEST_MISUSE_H
#define CKWS_TEST_MISUSE_H

#include <limits.h>
#include <stdint.h>

#include "check.h"
#include "ckws.h"

enum { RANDOM_HANDLES = 40, BAD_HANDLES_MAX = 80 };

/* Numbers that are not live handles of the kind in question. */
struct bad_handles {
    uintptr_t values[BAD_HANDLES_MAX];
    int count;
};

static inline void add_bad(struct bad_handles *bad, uintptr_t value)
{
    REQUIRE(bad->count < BAD_HANDLES_MAX);
    bad->values[bad->count++] = value;
}

/* Splitmix64: the same numbers in every run. */
static inline uint64_t next_random(void)
{
    static uint64_t state = 0x636b7773;
    uint64_t mixed = (state += 0x9e3779b97f4a7c15u);

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

/* NULL, small numbers, the neighbours of a live handle, an address of the stack, random numbers. */
static inline void add_random_handles(struct bad_handles *bad, uintptr_t live)
{
    int i;

    add_bad(bad, 0);
    add_bad(bad, 1);
    add_bad(bad, 8);
    add_bad(bad, UINTPTR_MAX);
    add_bad(bad, UINTPTR_MAX - 7);
    add_bad(bad, (uintptr_t)bad);
    for (i = 0; i < (int)(8 * sizeof live); i += 9)
        add_bad(bad, live ^ ((uintptr_t)1 << i));
    for (i = 0; i < RANDOM_HANDLES; i++)
        add_bad(bad, (uintptr_t)next_random());
}

/* Strings that are not UTF-8: stray bytes, cut and overlong sequences, a surrogate, beyond the last character. */
static const char *const NOT_UTF8[] = { "\xff", "\x80", "a\xc3", "\xc3(", "\xe4\xb8", "\xc0\x80",
                                        "\xed\xa0\x80", "\xf4\x90\x80\x80" };
enum { NOT_UTF8_COUNT = sizeof NOT_UTF8 / sizeof NOT_UTF8[0] };

/* A task whose method does not take its arguments. */
static inline void expect_refusal_when_run(ckws_task *task)
{
    CHECK(ckws_task_run_synchronously(task));
    CHECK(!ckws_task_get_task_success(task));
    CHECK(ckws_task_get_result_error_code(task) != CKWS_ERROR_NONE);
    CHECK(is_filled(ckws_task_get_result_error_text(task)));
    ckws_task_dispose(task);
}

/* What out arguments may be written to. */
static char buffer[1 << 16];
static const uint8_t *bytes;
static size_t length;

#endif
