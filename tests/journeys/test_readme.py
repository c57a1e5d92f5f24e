"""The README as a newcomer reads it: its first command, the key that it prints, its first query."""

import json
import re
from pathlib import Path

import httpx

from tests.gateway.installations import up

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_first_query_answers_as_the_readme_says(tmp_path: Path) -> None:
    """`up --demo`, the line with the key, the body of the curl command, the block of JSON."""
    body = re.search(r"-d '(\{.*\})'", README)
    answer = re.search(r"```json\n(.*?)\n```", README, re.DOTALL)
    assert "./satukan up --demo" in README
    assert body is not None
    assert answer is not None

    with up(tmp_path, "--demo") as started:
        [key] = [line for line in started.printed if line.startswith("export SATUKAN_KEY=")]
        response = httpx.post(
            f"http://127.0.0.1:{started.port}/graphql",
            headers={
                "Authorization": "Bearer " + key.removeprefix("export SATUKAN_KEY="),
                "Content-Type": "application/json",
            },
            content=body[1].encode(),
            timeout=30,
        )

    assert response.json() == json.loads(answer[1])
