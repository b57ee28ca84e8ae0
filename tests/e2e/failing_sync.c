/* Lets one sync fail with EIO when the file that FAILING_SYNC names is there, and removes that file: once, as a disk does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(void) {
    const char *mark = getenv("FAILING_SYNC");
    if (mark != NULL && unlink(mark) == 0) {
        errno = EIO;
        return 1;
    }
    return 0;
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails() ? -1 : real(file);
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails() ? -1 : real(file);
}
