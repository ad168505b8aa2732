/* Somebody else's program: C99 and C++17, built against an installed tree. */
#include <holdfast/status.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    const hf_status status = hf_status_ok();
    printf("%s\n", hf_code_name(status.code));
    return strcmp(hf_code_name(status.code), "ok") != 0;
}
