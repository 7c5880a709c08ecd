/*
 * Functions that this project does not use; each would be a compile error.
 * Included last by every .c file (tests/lint/banned.t).  Idea: git's banned.h.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Their declarations come first: the system's own headers may use the names. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fortified headers make macros of these for clang. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol
#pragma GCC poison localtime gmtime ctime asctime rand srand
#pragma GCC poison system popen signal

#endif
