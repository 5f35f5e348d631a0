/* replay.c - runs a fuzz target over the files of its corpus, for builds without libFuzzer. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int replay(const char *folder, const char *name)
{
	char path[4096];
	uint8_t *bytes;
	FILE *file;
	long len;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0) {
		perror(path);
		return -1;
	}
	rewind(file);
	/* Exactly as large as the input, so that a read past its end is seen. */
	bytes = malloc((size_t)len + (len == 0));
	if (bytes == NULL || fread(bytes, 1, (size_t)len, file) != (size_t)len) {
		perror(path);
		return -1;
	}
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(bytes, (size_t)len);
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	unsigned count = 0;
	DIR *folder;

	if (argc != 2 || (folder = opendir(argv[1])) == NULL) {
		fprintf(stderr, "usage: %s corpus-folder\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (replay(argv[1], entry->d_name) != 0) {
			return 1;
		}
		count++;
	}
	(void)closedir(folder);
	printf("%u inputs replayed\n", count);
	return count > 0 ? 0 : 1; /* an empty corpus proves nothing */
}
