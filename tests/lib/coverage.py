# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Pages that list every call of a platform's header: which are handled, and why the others
may pass through. A call without a reason is an error: somebody has to think about it."""

import re
import sys


def why(reasons, name):
    """The first pattern that matches counts."""
    for pattern, text in reasons:
        if re.match(pattern, name):
            return text
    return None


def by_reason(reasons, names):
    """{reason: names}, the largest first."""
    found, unknown = {}, []
    for n in names:
        text = why(reasons, n)
        if text:
            found.setdefault(text, []).append(n)
        else:
            unknown.append(n)
    if unknown:
        sys.exit("coverage: no reason why these may pass through:\n  " + "\n  ".join(unknown))
    return sorted(found.items(), key=lambda item: -len(item[1]))


def render(title, intro, sections):
    """A page of sections (title, names)."""
    out = [".. SPDX-License-Identifier: GPL-2.0-only OR MIT", "", "=" * len(title), title, "=" * len(title), ""]
    out.extend(intro)
    out.append("")
    for heading, names in sections:
        out.extend([heading, "-" * len(heading), ""])
        out.extend(f"* ``{n}``" for n in names)
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def declared(text, prefix):
    """The names that a page lists."""
    return re.findall(r"^\* ``(" + prefix + r"\w+)``$", text, flags=re.M)


def main(path, from_header, from_page):
    """With a header: print the page made from it. Without: is the page what the sources give?"""
    if len(sys.argv) > 1:
        sys.stdout.write(from_header(sys.argv[1]))
        return
    with open(path) as f:
        text = f.read()
    if from_page(text) != text:
        sys.exit(f"{path} isn't what the sources give: run {sys.argv[0]} HEADER")
    print(re.search(r"Declared: .*?\.\n", text, flags=re.S).group(0).replace("\n", " "))
