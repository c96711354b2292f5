#!/usr/bin/env python3
"""Makes the pictures of the README, light and dark, in docs/pictures:

    scripts/pictures.py conversation   # needs the built program only
    scripts/pictures.py page           # needs Chromium, too
    scripts/pictures.py                # both

Everything in them comes from the program itself, on simulated data: run it again when a text or a page has changed.
The program is target/debug/tempo-mcp unless TEMPO_MCP_BIN names another one.
"""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the scripts

import picture_conversation  # noqa: E402
import picture_page  # noqa: E402

root = Path(__file__).resolve().parent.parent
makers = {"conversation": picture_conversation.make, "page": picture_page.make}


def main():
    chosen = sys.argv[1:] or list(makers)
    unknown = [name for name in chosen if name not in makers]
    if unknown:
        sys.exit(f"no picture {unknown[0]!r}; there are: {', '.join(makers)}")
    program = os.environ.get("TEMPO_MCP_BIN", str(root / "target/debug/tempo-mcp"))
    folder = root / "docs/pictures"
    folder.mkdir(exist_ok=True)
    for name in chosen:
        for path in makers[name](program, folder):
            print(f"{path.relative_to(root)}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
