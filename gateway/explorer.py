"""The explorer: a page to write queries in, at GET /graphql in development.

It is one file without anything from elsewhere, so it works offline and sends no key to anyone.
"""

import base64
import hashlib
import re
from pathlib import Path

PAGE = Path(__file__).with_name("explorer.html").read_text(encoding="utf-8")


def _source_hash(tag: str) -> str:
    """The hash by which the content security policy lets the page's own script or style in."""
    content = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)[0]
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


PAGE_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; connect-src 'self'; script-src 'sha256-{_source_hash('script')}'; "
        f"style-src 'sha256-{_source_hash('style')}'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Vary": "Accept",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
