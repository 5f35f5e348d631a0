/* complain.h - the last word of this program when it can't do what it was asked for. */

#pragma once

/* Tells it on standard error; returns the exit code. */
int complain(const char *why);
