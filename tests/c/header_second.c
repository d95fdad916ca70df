/* The second translation unit of header.cpp: the header defines nothing that two units would clash over. */
#include "ckws.h"

int second_unit_version_number(void);

int second_unit_version_number(void)
{
    return ckws_version_number();
}
