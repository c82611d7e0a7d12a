# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""./dev mutate on a small tree in Python: no compiler, and one test that imports what the edits change.

usage: run.py SCRIPTS TREE [--stand-in] [OPTIONS]

With --stand-in the tree has scripts for tests, which need not be known ones.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import mutate  # noqa: E402
import mutate_list  # noqa: E402
import mutate_scratch  # noqa: E402


class Workshop(mutate_scratch.Scratch):
    """Builds by compiling the Python files; a stage is a script of the tree."""

    def prepare(self, edits):
        pass

    def stages(self, edit, depth):
        return [mutate_scratch.Stage("unit", name) for name in ("named.py", "all.py")[: 2 if depth == "all" else 1]]

    def build(self, targets):
        return self.call(["/usr/bin/python3", "-m", "compileall", "-q", "-f", self.tree / "lib"], self.log) == 0

    def measure(self, stage):
        self.baseline[stage] = 0

    def execute(self, stage, limit):
        code = self.call(["/usr/bin/python3", self.tree / stage.what], self.folder / "tests.log", limit=3)
        return mutate_scratch.Outcome(f"{stage.what}, exit code {code}" if code else "", code == 124, 1)


tree, options = Path(sys.argv[2]).resolve(), sys.argv[3:]
subprocess.run(["git", "init", "-q", str(tree)], check=True)
mutate.ROOT = tree
if options[:1] == ["--stand-in"]:
    del options[0]
    mutate_list.check_test = lambda root, test: ()
    mutate_scratch.Scratch = Workshop
sys.exit(mutate.main(["--build", f"{tree}-build", *options]))
