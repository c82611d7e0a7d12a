# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The scratch copy of ./dev mutate: a tree with its own build folder, in which edits are made, built and tested."""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import mutate_list
from run_tests import LIT, LIT_PASSED, LIT_SKIPPED, gtest_tally, unit_commands

PYTHON = "/usr/bin/python3"
ALL_TARGETS = ("neuro-tests",)
# Finds that an edit is no longer possible where it has been made.
OWN_TEST = "Dev/mutate\\.test"
# A fault may ask for endless memory; Python with ONNX Runtime needs some.
MEMORY_LIMIT = 8 << 30
# How much longer than without an edit tests may take, and what is always given.
SLOWNESS, PATIENCE = 10, 60


@dataclasses.dataclass(frozen=True)
class Stage:
    """Tests that run together: of one suite, of all or only the quick ones."""

    suite: str
    what: str = ""  # a pattern; "" for all
    quick: bool = False
    targets: tuple = ALL_TARGETS

    @property
    def name(self):
        return f"{self.suite}:{self.what}" if self.what else f"{self.suite} ({'quick' if self.quick else 'all'})"


@dataclasses.dataclass
class Outcome:
    failed: str = ""  # the first test that failed
    timed_out: bool = False
    ran: int = 0
    seconds: float = 0.0


@contextlib.contextmanager
def claimed(folder):
    """The folder for this program alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise mutate_list.Problem(f"{folder}: another run uses this scratch copy; wait for it, or give a --shard its own") from None
        yield


class Scratch:
    """A copy of the tracked and the new files of `root` in folder/tree, built in folder/tree/build."""

    def __init__(self, root, folder, jobs):
        self.root, self.folder, self.jobs = root, folder, jobs
        self.tree = folder / "tree"
        self.binary = self.tree / "build"
        self.log = folder / "build.log"
        self.digest = ""
        self.edit = None
        self.original = ""  # the file that the edit changed
        self.baseline = {}  # of a stage: seconds without any edit

    def prepare(self, edits):
        """Builds the tree, and tries the tests that these edits name."""
        if not (self.binary / "build.ninja").exists():
            command = ["cmake", "-S", self.tree, "-B", self.binary, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
            command += ["-DCMAKE_C_COMPILER=gcc", "-DCMAKE_CXX_COMPILER=g++", f"-DPython3_EXECUTABLE={PYTHON}"]
            if self.call(command, self.log):
                raise mutate_list.Problem(f"cmake fails; see {self.log}")
        if not self.build(ALL_TARGETS):
            raise mutate_list.Problem(f"without any edit the build fails; see {self.log}")
        for stage in dict.fromkeys(stage for edit in edits for stage in self.stages(edit, "named")):
            self.measure(stage)

    def copy(self):
        """Makes the tree equal to the working tree; unchanged files keep their time, so that they are not built again."""
        listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=self.root, capture_output=True, check=True).stdout
        names = sorted(name for name in listing.decode().split("\0") if name)
        names = [name for name in names if (self.root / name).is_file() or (self.root / name).is_symlink()]
        whole = hashlib.sha256()
        for name in names:
            source, target = self.root / name, self.tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                target.unlink(missing_ok=True)
                target.symlink_to(os.readlink(source))
                continue
            content = source.read_bytes()
            if not name.startswith(f"{mutate_list.FOLDER}/"):
                whole.update(f"{name}\0{len(content)}\0".encode() + content)
            if not target.is_file() or target.read_bytes() != content:
                shutil.copyfile(source, target)
            shutil.copymode(source, target)
        for path in self.tree.rglob("*"):
            inside = path.relative_to(self.tree)
            if inside.parts[0] != "build" and path.is_file() and str(inside) not in set(names):
                path.unlink()
        self.digest = whole.hexdigest()[:16]

    @contextlib.contextmanager
    def edited(self, edit):
        """The tree with the edit; afterwards as it was."""
        self.put(edit)
        try:
            yield
        finally:
            self.put(None)

    def put(self, edit):
        """Makes the tree hold this edit, or none."""
        if self.edit:
            (self.tree / self.edit.file).write_text(self.original)
        if edit:
            self.original = (self.tree / edit.file).read_text()
            (self.tree / edit.file).write_text(edit.applied(self.original))
        self.edit = edit

    def stages(self, edit, depth):
        """What to run for an edit, the likeliest to notice it first."""
        stages = [Stage(*test.split(":", 1), targets=self.targets_of(test)) for test in edit.tests]
        if depth in ("quick", "all"):
            stages += [Stage(suite, quick=True) for suite in mutate_list.SUITES]
        if depth == "all":
            stages += [Stage(suite) for suite in mutate_list.SUITES]
        return stages

    def targets_of(self, test):
        """What has to be built for a test, so that not every program is linked anew.

        The programs that its files name: others may still hold an earlier edit.
        """
        suite, _, what = test.partition(":")
        if suite == "unit":
            return (what.split(":")[0],)
        if suite == "pytest":
            files = [self.root / "python" / "tests" / what.split(":")[0]]
        else:
            files = mutate_list.lit_files(self.root, what)
            files += [script for folder in {path.parent for path in files} for script in folder.glob("Inputs/*.py")]
        text = "".join(path.read_text() for path in files)
        tools = set(re.findall(r"\bneuro-(?:opt|translate|compile|run|lsp-server)\b", text))
        if suite == "pytest" or re.search(r"-m neuro\b|\bimport neuro\b|\bfrom neuro\b", text):
            tools.add("_neuro")
        unknown = "%build" in text or "/dev" in text or not tools
        return ALL_TARGETS if unknown else tuple(sorted(tools))

    def build(self, targets):
        return self.call(["ninja", "-C", self.binary, f"-j{self.jobs}", *targets], self.log) == 0

    def measure(self, stage):
        """Runs a stage without any edit, to know that it passes and how long it takes."""
        if stage in self.baseline:
            return
        outcome = self.execute(stage, 3600)
        if outcome.failed:
            raise mutate_list.Problem(
                f"without any edit this fails: {stage.name}: {outcome.failed}; see {self.folder / 'tests.log'}\n"
                "mend it first: a test that fails anyway notices nothing"
            )
        if not outcome.ran:
            raise mutate_list.Problem(f"{stage.name}: no such test")
        self.baseline[stage] = outcome.seconds

    def run(self, stage):
        """Runs a stage with the edit of the moment."""
        if stage not in self.baseline:
            edit = self.edit
            self.put(None)
            if not self.build(ALL_TARGETS):
                raise mutate_list.Problem(f"without any edit the build fails; see {self.log}")
            self.measure(stage)
            self.put(edit)
            self.build(stage.targets)
        return self.execute(stage, PATIENCE + SLOWNESS * self.baseline[stage])

    def execute(self, stage, limit):
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="neuro-mutate-") as results:
            outcome = getattr(self, f"run_{stage.suite}")(stage, limit, Path(results))
        outcome.seconds = time.monotonic() - start
        return outcome

    def run_unit(self, stage, limit, results):
        outcome = Outcome()
        program, _, pattern = stage.what.partition(":")
        for name, command in unit_commands(self.binary):
            if program not in ("", name):
                continue
            report = results / f"{name}.json"
            env = {"GTEST_OUTPUT": f"json:{report}", "GTEST_FAIL_FAST": "1", "GTEST_BREAK_ON_FAILURE": "0"}
            env["GTEST_FILTER"] = (pattern or "*") + ("-*Slow*" if stage.quick else "")
            code = self.call(command, self.folder / "tests.log", env, limit)
            tally = gtest_tally(name, json.loads(report.read_text())) if report.exists() else None
            outcome.ran += tally.passed if tally else 0
            if code:
                outcome.timed_out = code == 124
                outcome.failed = tally.failures[0] if tally and tally.failures else f"{name}, exit code {code}"
                return outcome
        return outcome

    def run_lit(self, stage, limit, results):
        report = results / "lit.json"
        command = [PYTHON, LIT, self.binary / "test", "-j", self.jobs, "--max-failures", 1, "--output", report, "-q"]
        command += ["--timeout", int(limit), "--filter-out", OWN_TEST]
        if stage.what:
            command += ["--filter", stage.what]
        if stage.quick:
            command += ["--param", "quick=1"]
        code = self.call(command, self.folder / "tests.log", {}, 2 * limit)
        if not report.exists():
            return Outcome(f"lit, exit code {code}", code == 124)
        outcome = Outcome()
        for test in json.loads(report.read_text())["tests"]:
            outcome.ran += test["code"] in LIT_PASSED
            if test["code"] not in LIT_PASSED | LIT_SKIPPED | {"EXCLUDED"} and not outcome.failed:
                outcome.failed, outcome.timed_out = test["name"].removeprefix("neuro :: "), test["code"] == "TIMEOUT"
        return outcome

    def run_pytest(self, stage, limit, results):
        report = results / "pytest.xml"
        file, _, expression = stage.what.partition(":")
        command = [PYTHON, "-m", "pytest", self.tree / "python" / "tests" / file, f"--junitxml={report}", "-x", "-q"]
        command += ["-o", "junit_family=xunit1", "-p", "no:cacheprovider", "--rootdir", self.tree / "python"]
        if expression:
            command += ["-k", expression]
        if stage.quick:
            command += ["-m", "not slow"]
        code = self.call(command, self.folder / "tests.log", {"NEURO_QUICK": "1"} if stage.quick else {}, limit)
        if not report.exists():
            return Outcome(f"pytest, exit code {code}", code == 124)
        outcome = Outcome()
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            bad = case.find("failure") is not None or case.find("error") is not None
            outcome.ran += not bad and case.find("skipped") is None
            if bad and not outcome.failed:
                outcome.failed = f"{case.get('classname')}.{case.get('name')}"
        return outcome

    def call(self, command, log, env=None, limit=None):
        """Runs a command with its output in `log`; the exit code, 124 when it took longer than `limit` seconds."""
        environment = {**os.environ, "NEURO_BUILD_DIR": str(self.binary), "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = f"{self.binary / 'python'}:{self.tree / 'python'}"
        environment["PATH"] = f"{self.binary / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        environment.update(env or {})
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.tree,
                start_new_session=True,
                preexec_fn=limit_memory if limit else None,
            )
            try:
                return process.wait(limit)
            except BaseException as stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if isinstance(stopped, subprocess.TimeoutExpired):
                    return 124
                raise


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
