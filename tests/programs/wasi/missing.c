// What the C library of WASI 0.1 declares and does not have. Each says no, as it may.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

FILE *tmpfile(void);
char *tmpnam(char *name);
int system(const char *command);

FILE *tmpfile(void)
{
    errno = ENOTSUP;
    return NULL;
}

char *tmpnam(char *name)
{
    (void)name;
    return NULL;
}

int system(const char *command)
{
    (void)command;
    return 0;
}
