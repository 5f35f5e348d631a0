/* catalogue_file.h - one file of the catalogue. */

#pragma once

#include "master/load/catalogue.h"

int catalogue_file_read(
	const char *path, struct arena *arena, struct catalogue_integration *out, struct note *why);
