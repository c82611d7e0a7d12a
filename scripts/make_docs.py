#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the documentation into build/docs and checks that it is true.

The reference of every dialect and pass comes from ODS and is joined with the
page written by hand (docs/dialects/NAME.md, docs/passes.md). Then, for every
page: each relative link and anchor exists; each command in an `sh` block names
a tool and options that exist; each block marked `sh tested` is run in an empty
folder, and a `text output` block after it must be what it printed (a line
`...` stands for any lines).
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import lint_ods

ROOT = Path(__file__).resolve().parent.parent
MLIR_TBLGEN = "/usr/lib/llvm-22/bin/mlir-tblgen"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
DEV_COMMANDS = {"demo", "test", "bench", "lint", "docs", "doctor", "build", "format", "clean", "help", "fuzz", "coverage", "mutate"}


def tblgen(source, *arguments):
    command = [MLIR_TBLGEN, *arguments, "-I", "/usr/lib/llvm-22/include", "-I", str(ROOT / "include")]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{source.relative_to(ROOT)}: {done.stderr.strip().splitlines()[0]}")
    return done.stdout


def generate(out):
    """Writes build/docs; yields problems."""
    shutil.rmtree(out, ignore_errors=True)
    for source in sorted((ROOT / "docs").rglob("*")):
        if source.is_file() and source.name != "CMakeLists.txt":
            target = out / source.relative_to(ROOT / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    dialects, passes = lint_ods.umbrellas()
    (out / "dialects").mkdir(parents=True, exist_ok=True)
    for source in dialects:
        try:
            found = lint_ods.records(source)
            names = found["!instanceof"]["Dialect"]
            name = next(found[n]["name"] for n in names if lint_ods.place(found[n], source))
            reference = tblgen(source, "-gen-dialect-doc", f"-dialect={name}")
        except (RuntimeError, KeyError, StopIteration) as error:
            yield f"{source.relative_to(ROOT)}: no reference: {error}"
            continue
        page = out / "dialects" / f"{name}.md"
        if page.exists():
            reference = page.read_text() + "\n\n# Reference\n\n" + re.sub(r"^#", "##", reference, flags=re.MULTILINE)
        else:
            yield f"docs/dialects/{name}.md: missing; it holds the dialect's rationale, by hand"
        page.write_text(reference)
    page = out / "passes.md"
    text = [page.read_text() if page.exists() else "# Passes\n"]
    for source in passes:
        title = source.stem.removesuffix("Passes") or source.parent.name
        try:
            text.append(f"\n## {title}\n\n" + re.sub(r"^#", "##", tblgen(source, "-gen-pass-doc"), flags=re.MULTILINE))
        except RuntimeError as error:
            yield str(error)
    page.write_text("".join(text))


def messages(out):
    """Writes messages.md: the errors and warnings that the tests pin, by test folder."""
    kinds = re.compile(r"expected-(error|warning)(?:-re)?\s*(?:@\S+)?\s*(?:\d+\+?\s*)?\{\{(.*?)\}\}\s*$")
    tools = re.compile(r"^[#/ ]*[A-Z][A-Z0-9_-]*:\s*(.*\berror: .*)$")
    found = {}
    for path in sorted((ROOT / "test").rglob("*")):
        if path.suffix not in (".mlir", ".test"):
            continue
        folder = str(path.parent.relative_to(ROOT / "test"))
        for line in path.read_text().splitlines():
            match = kinds.search(line)
            tool = None if match else tools.match(line.strip())
            text = match[2] if match else tool[1] if tool else None
            if text and "RUN:" not in line:
                found.setdefault(folder, {}).setdefault(re.sub(r"\{\{.*?\}\}", "...", text), path.name)
    lines = ["# Messages", "", "What the tools say when something is wrong, from the tests that pin it."]
    for folder, texts in sorted(found.items()):
        lines += ["", f"## {folder}", "", "| message | test |", "|---|---|"]
        lines += [f"| {text.replace('|', chr(92) + '|')} | `{name}` |" for text, name in sorted(texts.items())]
    (out / "messages.md").write_text("\n".join(lines) + "\n")
    return sum(len(texts) for texts in found.values())


def slug(heading):
    """GitHub's anchor of a heading."""
    heading = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def outside_fences(text):
    """(number, line) of the lines outside code blocks."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`", "``", line)


def anchors(path):
    found = set()
    fenced = False
    for line in path.read_text().splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        heading = None if fenced else HEADING.match(line)
        if heading:
            base = slug(heading[2])
            name, count = base, 0
            while name in found:
                count += 1
                name = f"{base}-{count}"
            found.add(name)
    return found


def check_links(page):
    name = page.relative_to(ROOT)
    for number, line in outside_fences(page.read_text()):
        for link in LINK.finditer(line):
            target = link[1] or link[2]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                yield f"{name}:{number}: the link {target} leads nowhere"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{name}:{number}: {path or name} has no heading for #{anchor}"


def blocks(page):
    """(line number, info words, lines) of every fenced block."""
    info, start, body = None, 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("```") and info is None:
            info, start, body = stripped[3:].split(), number, []
        elif stripped == "```" and info is not None:
            yield start, info, body
            info = None
        elif info is not None:
            body.append(line)


class Commands:
    """Knows the tools' help texts."""

    def __init__(self, build):
        self.build = build
        self.helps = {}

    def help_of(self, tool):
        if tool not in self.helps:
            path = self.build / "bin" / tool
            text = ""
            if path.exists():
                done = subprocess.run([str(path), "--help"], capture_output=True, text=True, check=False)
                text = done.stdout + done.stderr
            self.helps[tool] = text
        return self.helps[tool]

    def check(self, line, where):
        for part in re.split(r"\||&&|;", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                continue
            while words and "=" in words[0]:
                words.pop(0)
            if not words:
                continue
            tool = words[0]
            if tool == "./dev" and len(words) > 1 and words[1] not in DEV_COMMANDS:
                yield f"{where}: ./dev has no command {words[1]}"
            elif tool.startswith("./") and not (ROOT / tool).exists():
                yield f"{where}: {tool} does not exist"
            if not tool.removeprefix("build/bin/").startswith("neuro-"):
                continue
            tool = tool.removeprefix("build/bin/")
            text = self.help_of(tool)
            if not text:
                yield f"{where}: {tool} is not built, or has no --help"
                continue
            for word in words[1:]:
                option = word.partition("=")[0]
                if option.startswith("--") and option != "--" and f"-{option.lstrip('-')}" not in text:
                    yield f"{where}: {tool} has no option {option}"


def check_commands(page, commands):
    for number, info, body in blocks(page):
        if info[:1] != ["sh"]:
            continue
        for line in "\n".join(body).replace("\\\n", " ").splitlines():
            yield from commands.check(line.removeprefix("$ "), f"{page.relative_to(ROOT)}:{number}")


def same(expected, printed):
    """Whether the lines agree; `...` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"[ \t]*\n" for line in expected
    )
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed)) is not None


def run_tested(page, build):
    """Runs the page's tested blocks, one after another, in one empty folder."""
    scratch = build / "docs-run" / page.relative_to(ROOT).with_suffix("")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for path in ROOT.iterdir():
        if not path.name.startswith((".", "build")):
            (scratch / path.name).symlink_to(path)
    (scratch / "build").symlink_to(build)
    printed = None
    for number, info, body in blocks(page):
        where = f"{page.relative_to(ROOT)}:{number}"
        if info == ["sh", "tested"] or info == ["python", "tested"]:
            shell = ["bash", "-euo", "pipefail", "-c"] if info[0] == "sh" else ["/usr/bin/python3", "-c"]
            done = subprocess.run([*shell, "\n".join(body)], cwd=scratch, capture_output=True, text=True, check=False)
            printed = done.stdout.splitlines()
            if done.returncode:
                yield f"{where}: exit code {done.returncode}: {done.stderr.strip()[-600:]}"
        elif info == ["text", "output"]:
            if printed is not None and not same(body, printed):
                yield f"{where}: the commands above print something else:\n" + "\n".join(f"    {line}" for line in printed[:40])
        elif info[:1] == ["sh"]:
            printed = None


def main():
    parser = argparse.ArgumentParser(prog="./dev docs", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder")
    parser.add_argument("--no-run", action="store_true", help="do not run the blocks marked as tested")
    parser.add_argument("--page", action="append", help="only pages whose path holds this; repeatable")
    options = parser.parse_args()
    build = options.build.resolve()
    out = build / "docs"

    os.environ["PYTHONPATH"] = f"{build / 'python'}:{ROOT / 'python'}"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PATH"] = f"{build / 'bin'}:/usr/lib/llvm-22/bin:{os.environ['PATH']}"
    problems = list(generate(out))
    pinned = messages(out)
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / name).exists()]
    pages += sorted((ROOT / "docs").rglob("*.md")) + sorted((ROOT / "models").glob("*.md"))
    if options.page:
        pages = [page for page in pages if any(part in str(page) for part in options.page)]
    commands = Commands(build)
    tested = 0
    for page in pages:
        problems += check_links(page)
        problems += check_commands(page, commands)
        tested += sum(info[1:] == ["tested"] for _, info, _ in blocks(page))
        if not options.no_run:
            problems += run_tested(page, build)
    for problem in problems:
        print(problem)
    ran = "not run" if options.no_run else "run"
    print(f"{len(pages)} pages, {tested} tested blocks {ran}, {len(problems)} problems")
    print(f"the reference, and {pinned} messages, are in {out}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
