// The header is valid C++, may be included twice, and its functions have C linkage.
#include "ckws.h"
#include "ckws.h"

#include <cstdio>
#include <cstring>

// In header_second.c: another translation unit, in C, of the same program.
extern "C" int second_unit_version_number(void);

int main()
{
    ckws_string_builder *sb = ckws_string_builder_create();
    bool good = ckws_string_builder_append(sb, "C++")
                && std::strcmp(ckws_string_builder_get_as_string(sb), "C++") == 0
                && second_unit_version_number() == CKWS_VERSION_NUMBER;

    ckws_string_builder_dispose(sb);
    std::puts(good ? "good" : "bad");
    return good ? 0 : 1;
}
