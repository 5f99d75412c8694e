"""The definitions for CI do what they say, as far as that can be seen without a CI."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_project import make_project, write

ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="there is no bash")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with a project in it, and `segql` as a command on the path."""
    folder = tmp_path / "repository"
    make_project(folder / "marketing")
    tools = tmp_path / "bin"
    tools.mkdir()
    command = tools / "segql"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segql "$@"\n')
    command.chmod(0o755)
    return folder


def env(place: Path, **more: str) -> dict[str, str]:
    path = f"{place.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, **more}


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


# pre-commit


HOOKS = {hook["id"]: hook for hook in loaded(".pre-commit-hooks.yaml")}


def hook(
    place: Path, name: str, changed: list[str], top: str = "."
) -> subprocess.CompletedProcess[str]:
    """Runs a hook as pre-commit would, from the repository's top."""
    what = HOOKS[name]
    names = [each for each in changed if re.search(what["files"], each)]
    assert names, "pre-commit would skip it"
    given = names if what.get("pass_filenames", True) else []
    return subprocess.run(
        [*what["entry"].split(), *what.get("args", []), *given],
        cwd=place / top,
        env=env(place),
        capture_output=True,
        text=True,
        check=False,
    )


def test_hooks_are_complete() -> None:
    names = ["segql-check", "segql-check-fix", "segql-fmt", "segql-check-project"]
    assert list(HOOKS) == names
    for each in HOOKS.values():
        assert each["language"] == "python"
        assert {"id", "name", "entry", "files"} <= each.keys()


def test_pre_commit_checks_what_changed(place: Path) -> None:
    changed = ["README.md", "marketing/segments/fine.seg"]
    done = hook(place, "segql-check", changed)
    assert (done.returncode, done.stderr) == (0, "1 file, 0 errors, 0 warnings\n")
    done = hook(place, "segql-check", [*changed, "marketing/segments/slip.seg"])
    assert done.returncode == 1
    assert " --> marketing/segments/slip.seg:1:5\n" in done.stderr


def test_pre_commit_mends(place: Path) -> None:
    done = hook(place, "segql-check-fix", ["marketing/segments/slip.seg"])
    assert done.returncode == 0, done.stderr
    file = place / "marketing/segments/slip.seg"
    assert file.read_text() == "age = 3 and newsletter\n"


def test_pre_commit_formats(place: Path) -> None:
    file = place / "marketing/segments/fine.seg"
    file.write_text("age>3 # c")
    done = hook(place, "segql-fmt", ["README.md", "marketing/segments/fine.seg"])
    assert (done.returncode, done.stderr) == (0, "1 file, 1 changed\n")
    assert file.read_text() == "age > 3  # c\n"


def test_pre_commit_checks_a_project_at_the_top(place: Path) -> None:
    done = hook(place, "segql-check-project", ["catalog.yaml"], top="marketing")
    assert done.returncode == 1
    assert "9 files" in done.stderr


@pytest.mark.skipif(shutil.which("pre-commit") is None, reason="it is not installed")
def test_pre_commit_knows_the_form() -> None:
    words = ["pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# The action of GitHub


ACTION = loaded("action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def said(text: str, given: dict[str, str]) -> str:
    """What the runner puts in the place of `${{ inputs.… }}`."""
    values = {f"inputs.{name}": value for name, value in given.items()}
    values["github.action_path"] = str(ROOT)
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)


def action(place: Path, **given: str) -> subprocess.CompletedProcess[str]:
    defaults = {name: each["default"] for name, each in ACTION["inputs"].items()}
    assert given.keys() <= defaults.keys()
    values = defaults | given
    step = STEPS["Check"]
    assert step["shell"] == "bash"
    assert "${{" not in step["run"], "an input would be read as code"
    variables = {name: said(text, values) for name, text in step["env"].items()}
    return subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=place,
        env=env(place, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_action_is_complete() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for each in ACTION["inputs"].values():
        assert isinstance(each["description"], str)
        assert isinstance(each["default"], str)
    for step in STEPS.values():
        assert ("uses" in step) != ("run" in step and "shell" in step)
    used = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text())
    assert set(used) == ACTION["inputs"].keys()


@needs_bash
def test_the_action_marks_lines(place: Path) -> None:
    done = action(place, project="marketing")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("::warning title=segql W203,file=marketing/segments/")


@needs_bash
def test_the_action_takes_paths_and_more(place: Path) -> None:
    name = "a b; echo \"$(x)\" & 'q' -f"
    write(place / "marketing", name, "age > 3 and newsletter or age < 1\n")
    paths = f"marketing/segments/{name}.seg\nmarketing/segments/fine.seg\n"
    done = action(place, project="marketing", paths=paths)
    assert (done.returncode, done.stderr) == (0, "2 files, 0 errors, 1 warning\n")
    more = {"strict": "true", "format": "sarif", "output": "segql.sarif"}
    done = action(place, project="marketing", paths=paths, **more)
    assert done.returncode == 1
    assert len(json.loads((place / "segql.sarif").read_text())["runs"]) == 1
    done = action(place, project="marketing", paths="--help")
    assert done.returncode == 2, "a path is no option"


# What the README shows


def block(kind: str) -> Any:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"```yaml {kind}\n(.*?)```", text, re.DOTALL)
    assert found
    return yaml.safe_load(found[1])


@needs_bash
def test_the_lines_for_gitlab(place: Path) -> None:
    job = block("gitlab")["segments"]
    install, *lines = job["script"]
    assert install.startswith("pip install ")
    done = subprocess.run(
        [BASH, "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=place / "marketing",
        env=env(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = place / "marketing" / job["artifacts"]["reports"]["codequality"]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert len(found) == 5
    assert job["artifacts"]["when"] == "always", "a report of what fails is wanted most"


def test_the_other_snippets_fit_the_definitions() -> None:
    ids = [each["id"] for each in block("pre-commit")["repos"][0]["hooks"]]
    assert set(ids) <= HOOKS.keys()
    steps = block("github")["jobs"]["segments"]["steps"]
    assert steps[-1]["with"].keys() <= ACTION["inputs"].keys()
