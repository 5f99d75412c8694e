"""Findings as GitLab's code quality report, which merge requests show.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
from collections import Counter

from segql.findings.found import Found, place_of, shown_path


def as_gitlab(found: Found) -> str:
    seen: Counter[tuple[str, str, str]] = Counter()
    made = []
    for file in found.looked:
        for each in file.diagnostics:
            path = shown_path(each.source.name if each.source else file.path)
            place = place_of(each)
            same = (each.code, path, each.message)
            seen[same] += 1
            text = "\0".join((*same, str(seen[same])))
            error = each.severity == "error"
            made.append(
                {
                    "description": each.message,
                    "check_name": each.code,
                    "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
                    "severity": "major" if error else "minor",
                    "location": {
                        "path": path or ".",
                        "lines": {"begin": place.line if place else 1},
                    },
                }
            )
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
