"""A model over HTTP: one request that goes on where an earlier one broke off."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from emberline.models.catalogue import HuggingFaceFile
from emberline.models.errors import ModelError, SourceFailed
from emberline.models.transfer import Transfer

if TYPE_CHECKING:  # the client is privacy/'s to make; importing its library here would be a second way out
    import httpx

# Seconds to connect, between two reads, to write, and for a free connection. Connecting is short because
# another source follows; reading is short because a stalled download resumes at no cost.
TIMEOUTS = (4.0, 15.0, 15.0, 4.0)


def download(source: HuggingFaceFile, transfer: Transfer, client: httpx.Client) -> None:
    """Append the rest of the file. Raises SourceFailed when it cannot come whole from here."""
    url = source.url(os.environ.get("HF_ENDPOINT") or source.HOME)
    headers = {"Accept-Encoding": "identity"}
    if transfer.length:
        headers["Range"] = f"bytes={transfer.length}-"
    try:
        with client.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUTS) as response:
            _prepare(response, transfer)
            for chunk in response.iter_raw():
                transfer.append(chunk)
    except ModelError:
        raise
    except Exception as error:  # the client is injected, and so are the types of its errors
        raise SourceFailed(
            f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        ) from error
    if transfer.missing:
        raise SourceFailed(f"ended {transfer.missing:,} bytes too early")


def _prepare(response: httpx.Response, transfer: Transfer) -> None:
    """Refuse what cannot be this file, and make the partial file end where the answer begins."""
    if response.status_code == 416:  # our part is longer than their file
        transfer.restart()
        raise SourceFailed("has a shorter file than the part that was here")
    if response.status_code not in (200, 206):
        raise SourceFailed(f"answers {response.status_code} {response.reason_phrase}".rstrip())
    start = _start(response)
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and start + int(length) != transfer.model.size:
        raise SourceFailed(f"offers {start + int(length):,} bytes instead of {transfer.model.size:,}")
    if start == transfer.length:
        return
    if start:
        raise SourceFailed(f"begins at byte {start:,}, asked for {transfer.length:,}")
    transfer.restart()  # a server without ranges sends it all again


def _start(response: httpx.Response) -> int:
    if response.status_code == 200:
        return 0
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if match is None:
        raise SourceFailed("answers a range without saying which")
    return int(match[1])
