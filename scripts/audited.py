"""What pip-audit found, for a person: 0 nothing is known, 1 something is, 2 it could not be looked up.

pip-audit itself takes a package that it could not look up for a package without vulnerabilities.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def verdict(report: str, said: str) -> tuple[int, list[str]]:
    """Exit code and lines.

    >>> verdict('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', "")
    (0, ['1 package looked up: no known vulnerabilities'])
    >>> verdict('{"dependencies": [{"name": "a", "skip_reason": "not found on PyPI"}]}', "")
    (2, ['1 of 1 packages could not be looked up (not found on PyPI): nothing is known about them'])
    >>> verdict("", "ConnectionError: no route")
    (2, ['the data on vulnerabilities could not be had (ConnectionError: no route): nothing is known'])
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 2, [f"the data on vulnerabilities could not be had ({said or 'no answer'}): nothing is known"]
    lines = []
    for one in packages:
        for hole in one.get("vulns", ()):
            fixed = ", ".join(hole.get("fix_versions", ())) or "no version yet"
            lines.append(f"{one['name']} {one['version']}: {hole['id']}, mended in {fixed}")
    skipped = [one for one in packages if "skip_reason" in one]
    if lines:
        return 1, lines
    if skipped or not packages:
        why = skipped[0]["skip_reason"].partition(":")[0] if skipped else "none are locked"
        return 2, [
            f"{len(skipped)} of {len(packages)} packages could not be looked up ({why}): nothing is known about them"
        ]
    return 0, [f"{len(packages)} package{'' if len(packages) == 1 else 's'} looked up: no known vulnerabilities"]


if __name__ == "__main__":
    code, lines = verdict(Path(sys.argv[1]).read_text(), sys.argv[2] if len(sys.argv) > 2 else "")
    print("\n".join(f"gradpath: {line}" for line in lines))
    sys.exit(code)
