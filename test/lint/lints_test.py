"""Each lint is shown what it has to find, and what it has to leave alone."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent


class LintTest(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run_lint(self, name, *arguments):
        return subprocess.run([sys.executable, HERE / f"{name}.py", *(arguments or [self.root])],
                              capture_output=True, text=True)

    def passes(self, name, *arguments):
        done = self.run_lint(name, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def finds(self, text, name, *arguments):
        done = self.run_lint(name, *arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(text, done.stdout)


class Includes(LintTest):
    def setUp(self):
        super().setUp()
        for path in "common/a.h", "plugins/p.h", "worker/w.h", "master/m.h", "master/load/l.h":
            self.write(path, "#pragma once\n")

    def test_the_directions_of_the_house_are_fine(self):
        self.write("worker/x.c", '#include <uv.h>\n#include "common/a.h"\n#include "plugins/p.h"\n')
        self.write("master/y.c", '#include <uv.h>\n#include "master/load/l.h"\n')
        self.write("master/load/z.c", '#include <libfyaml.h>\n#include "plugins/p.h"\n')
        self.passes("includes")

    def test_wrong_directions_are_found(self):
        for file, line, text in [
                ("common/x.c", '#include "worker/w.h"', "common may not know worker/w.h"),
                ("common/x.c", "#include <uv.h>", "common may not use uv"),
                ("plugins/x.c", '#include "master/m.h"', "plugins may not know master/m.h"),
                ("worker/x.c", '#include "master/m.h"', "worker may not know master/m.h"),
                ("worker/x.c", "# include <libfyaml.h>", "worker may not use fyaml"),
                ("master/x.c", '#include "worker/w.h"', "master may not know worker/w.h"),
                ("master/x.c", "#include <llhttp.h>", "master may not use llhttp"),
                ("master/load/x.c", '#include "master/m.h"', "load may not know master/m.h"),
                ("worker/x.c", '#include "w.h"', "not written from the root"),
                ("worker/x.h", "", "no #pragma once")]:
            with self.subTest(line):
                self.write(file, line + "\n")
                self.finds(text, "includes")
                (self.root / file).unlink()


class Journey(LintTest):
    def journey(self, *steps):
        lines = [f"\tSTEP({name}) /* {file} what it does */" for name, file in steps]
        self.write("worker/request.h",
                   " \\\n".join(["#define JOURNEY(STEP)", *lines]) + "\n#undef STEP\n")
        for _, file in steps:
            if file and "missing" not in file:
                self.write(f"worker/{file}", "")

    def test_the_order_of_the_folders_and_files_is_fine(self):
        self.journey(("host", "decide/host.c"), ("deny", "decide/rules.c"),
                     ("allow", "decide/rules.c"), ("dial", "forward/dial.c"))
        self.passes("journey")

    def test_a_wrong_order_is_found(self):
        self.journey(("dial", "forward/dial.c"), ("host", "decide/host.c"))
        self.finds("step host comes after dial", "journey")
        self.journey(("rules", "decide/rules.c"), ("host", "decide/host.c"))
        self.finds("step host comes after rules", "journey")

    def test_a_missing_file_or_leg_or_comment_is_found(self):
        self.journey(("host", "decide/missing.c"))
        self.finds("does not exist", "journey")
        self.journey(("host", "nowhere/host.c"))
        self.finds("is no leg", "journey")
        self.journey(("host", "decide/host.c"), ("dial", ""))
        self.finds("does not say its file", "journey")

    def test_no_journey_is_found(self):
        self.write("worker/request.h", "")
        self.finds("no JOURNEY", "journey")


class FirstSentence(LintTest):
    def test_a_name_and_a_sentence_are_fine(self):
        self.write("common/a.h", "/* a.h - what HTTP/1.1 says in\n * section 3. More. */\n")
        self.passes("first_sentence")

    def test_anything_else_is_found(self):
        for text in ("#pragma once\n", "/* what it is for. */\n", "/* b.h - another name. */\n",
                     "/* a.h - no end */\n", f"/* a.h - {'too long ' * 50}. */\n"):
            with self.subTest(text):
                self.write("common/a.h", text)
                self.finds("common/a.h", "first_sentence")


class Documents(LintTest):
    def setUp(self):
        super().setUp()
        self.write("common/limits.h", "enum {\n\tLIMIT_A = 2 * 1024, /* = 7, */\n};\n")
        self.write("common/snapshot.c", '\t{ ROW("key", FIELD_TEXT, key),\n\t  .help = "x" },\n')
        self.write("master/options.c", '\t{ "option", FLAG_BOOL, AT(option), NULL, "x" },\n')
        self.write("master/load/catalogue_file.c", '\t{ ROW("word", FIELD_TEXT, a, b) },\n')
        self.write("docs/integrations.md", "\n| `a`, `params[].word` | text |\n")
        self.write("docs/limits.md", "\n| `LIMIT_A` | 2 KiB | 431 |\n")
        self.write("docs/configuration.md", "\n| `-option` | bool |\n| `key` | text |\n")
        self.write("docs/man/authtranslator.8", ".It Fl option Ar x\n")
        self.write("docs/man/authtranslator-config.5", ".It Cm key\n")

    def test_guides_that_say_what_the_code_says_are_fine(self):
        self.passes("documents")

    def test_what_they_leave_out_or_invent_is_found(self):
        for file, text, finding in [
                ("docs/limits.md", "", "LIMIT_A is missing"),
                ("docs/limits.md", "| `LIMIT_A` | 3 KiB |", "LIMIT_A is 2 * 1024, not 3 KiB"),
                ("docs/limits.md", "| `LIMIT_A` | 2 KiB |\n| `LIMIT_B` | 1 s |", "B is no limit"),
                ("docs/configuration.md", "\n| `key` |", "-option is missing"),
                ("docs/configuration.md", "\n| `-option` |", "key is missing"),
                ("docs/integrations.md", "| a | `word` |", "integrations.md: word is missing"),
                ("docs/man/authtranslator.8", "", "authtranslator.8: -option is missing"),
                ("docs/man/authtranslator-config.5", "", "config.5: key is missing")]:
            with self.subTest(finding):
                before = (self.root / file).read_text()
                self.write(file, text)
                self.finds(finding, "documents")
                self.write(file, before)


@unittest.skipUnless(shutil.which("ctags"), "needs universal-ctags")
class Functions(LintTest):
    def function(self, name, lines):
        return f"int {name}(void)\n{{\n" + "\tvolatile int x;\n" * (lines - 4) + "\treturn 0;\n}\n"

    def test_one_long_function_in_ten_is_fine(self):
        self.write("common/a.c", self.function("a", 51) + "".join(
            self.function(f"f{i}", 50) for i in range(9)))
        self.passes("functions")

    def test_more_are_found(self):
        self.write("common/a.c", self.function("a", 51) + "".join(
            self.function(f"f{i}", 50) for i in range(8)))
        self.finds("a has 51 lines", "functions")


class Format(LintTest):
    def setUp(self):
        super().setUp()
        shutil.copy(HERE.parents[1] / ".clang-format", self.root)
        self.write("common/a.c", "int a;\n")
        if self.run_lint("format").returncode == 77:
            self.skipTest("needs clang-format 14")

    def test_well_formatted_files_are_fine(self):
        self.passes("format")

    def test_others_are_found(self):
        self.write("worker/deep/b.c", "int  b ;\n")
        self.finds("worker/deep/b.c", "format")


@unittest.skipUnless(shutil.which("cc"), "needs a compiler")
class Symbols(LintTest):
    def link(self, name, code="", stub=""):
        """A program of one object file of ours, and a library with the functions in `stub`."""
        source = self.write(f"{name}/main.c", f"{code}\nint main(void) {{ return 0; }}\n")
        library = self.write("stub.c", stub)
        main, extra = source.with_suffix(".o"), library.with_suffix(".o")
        program = source.with_suffix("")
        for command in (["-c", source, "-o", main], ["-c", library, "-o", extra],
                        [main, extra, "-o", program]):
            subprocess.run(["cc", "-w", *command], check=True)
        return program

    def test_clean_programs_are_fine(self):
        call = "int puts(const char *); void f(void) { puts(\"\"); }"
        self.passes("symbols", self.link("master", call), self.link("worker", call))

    def test_the_others_libraries_are_found(self):
        clean = self.link("clean")
        self.finds("the master speaks no HTTP/2", "symbols",
                   self.link("master", stub="int nghttp2_session;"), clean)
        self.finds("the worker reads no YAML", "symbols",
                   clean, self.link("worker", stub="int fy_parse;"))

    def test_what_a_master_may_not_ask_for_is_found(self):
        clean = self.link("clean")
        for name in "llhttp_execute", "http1_next", "mbedtls_ssl_read":
            with self.subTest(name):
                master = self.link("master", f"int {name}(); void f(void) {{ {name}(); }}",
                                   f"int {name}(void) {{ return 0; }}")
                self.finds(f": {name}", "symbols", master, clean)
                (master.parent / "fetch").mkdir(exist_ok=True)
                (master.parent / "main.o").rename(master.parent / "fetch/main.o")
                self.passes("symbols", master, clean)

    def test_what_a_worker_may_not_ask_for_is_found(self):
        clean = self.link("clean")
        for name in "open", "openat", "fopen", "getaddrinfo", "execve", "getenv":
            with self.subTest(name):
                worker = self.link("worker", f"int {name}(); void f(void) {{ {name}(); }}")
                self.finds(f": {name}", "symbols", clean, worker)


if __name__ == "__main__":
    unittest.main()
