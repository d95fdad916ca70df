// The header is valid C++, may be included twice, and its functions have C linkage.
#include "ckws.h"
#include "ckws.h"

#include <cstdio>
#include <cstring>

// In header_second.c: another translation unit, in C, of the same program.
extern "C" int second_unit_version_number(void);

// To C++ the constants are enumerators; those of the version are macros as well.
#if CKWS_VERSION_NUMBER < 1
#error "no version"
#endif
static ckws_opcode opposite(ckws_opcode opcode)
{
    return opcode == CKWS_OPCODE_TEXT ? CKWS_OPCODE_BINARY : CKWS_OPCODE_TEXT;
}
static const ckws_read_frame_fail_reason timeout = CKWS_READ_TIMEOUT;
static const ckws_task_status empty = CKWS_TASK_EMPTY;

int main()
{
    ckws_string_builder *sb = ckws_string_builder_create();
    bool good = ckws_string_builder_append(sb, "C++")
                && std::strcmp(ckws_string_builder_get_as_string(sb), "C++") == 0
                && second_unit_version_number() == CKWS_VERSION_NUMBER
                && opposite(CKWS_OPCODE_BINARY) == CKWS_OPCODE_TEXT && timeout == 1 && empty == 1;

    ckws_string_builder_dispose(sb);
    std::puts(good ? "good" : "bad");
    return good ? 0 : 1;
}
