"""kvprof: a recorder and analyzer of what a llama.cpp server is asked."""

from __future__ import annotations

import re
import textwrap

from emberline.syntax.types import Span
from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed, unimported
from tests.refactor.suite.checkers import (
    Behaves,
    CommentsKept,
    Documented,
    Gone,
    Has,
    Imports,
    Passes,
    Shorter,
    Small,
)
from tests.refactor.suite.grounds import KVPROF, Files
from tests.refactor.suite.texts import (
    after,
    before,
    block,
    cursor,
    first,
    found,
    once,
    selection,
    within,
    without,
)

UTIL, STORE, REQUEST = "kvprof/util.py", "kvprof/store.py", "kvprof/request.py"
_CLIENTS = """\
import json
from kvprof.request import client_info
headers = [None, {"User-Agent": "aider/0.9"}, {"X-Session-Id": "s1", "user-agent": "curl/8.1.0"}]
bodies = [None, {"user": "u" * 70}]
bodies += [{"metadata": {"user_id": each}} for each in ("m", '{"session_id": 5}')]
print(json.dumps([client_info(h, b) for h in headers for b in bodies]))
"""
_STORED = """\
import dataclasses, json
from kvprof.store import TraceStore
store = TraceStore("traces")
print(json.dumps([dataclasses.is_dataclass(store), store.trace_dir, store.trace_path("t")]))
"""
_COUNTED = """\
import json, sys
from kvprof import analyze
from kvprof.store import TraceStore
class Letters:
    def tokenize(self, text, pieces):
        return list(text)
cache = analyze.RawCache(TraceStore("."), Letters())
counts = [cache.count(each) for each in (None, "", "abc", "abc")]
cache.save()
print(json.dumps([counts, analyze.RawCache(TraceStore("."), None).count("abc")]))
"""
_COMMON = """\
import json
from kvprof.util import lcp_len
long = list(range(9000))
pairs = [([], []), ([1], []), ([1, 2, 3], [1, 2, 4]), (long, long[:]), (long, long[:8000] + [0])]
print(json.dumps([lcp_len(a, b) for a, b in pairs]))
"""


def _numbers(given: str) -> str:
    return f"import json\nfrom kvprof.util import fmt_n\nprint(json.dumps([fmt_n(n) for n in ({given})]))"


def _extracted(files: Files) -> Changed:
    text = files[REQUEST]
    span = selection(
        r"^    session, source = None, None", r"source = uid\[:64\]|b\[.user.\]\[:64\], .user.$"
    )(text)
    end = found(text, r"^    return \{.client.: client").start()
    body = text[span.start : end]
    helper = f"def _session_of(h, body):\n{body}    return session, source\n\n\n"
    text = text[: span.start] + "    session, source = _session_of(h, body)\n" + text[end:]
    return {REQUEST: before(text, r"^def client_info", helper)}


def _simpler_api(files: Files) -> Changed:
    return {REQUEST: once(files[REQUEST], '.split("?", 1)[0]', '.partition("?")[0]')}


def _typed(files: Files) -> Changed:
    return {UTIL: once(files[UTIL], "def fmt_n(n):", "def fmt_n(n: int | None) -> str:")}


def _documented(files: Files) -> Changed:
    words = f'    """{_SSE_WORDS}"""\n'
    return {"kvprof/sse.py": after(files["kvprof/sse.py"], r"^def parse_sse_lines", words)}


_SSE_WORDS = "The events of a whole stream, given its lines without their terminators."


def _store_declared(files: Files) -> Changed:
    text = files[STORE]
    init = block(text, r"^    def __init__\(self, trace_dir\)")
    text = text[: init.start] + "    trace_dir: str\n" + text[init.end :]
    text = before(text, r"^class TraceStore", "@dataclass\n")
    return {STORE: after(text, r"^import threading$", "from dataclasses import dataclass\n")}


def _store_class(text: str) -> Span:
    start = first(text, r"^(?:@dataclass\n)?class TraceStore").start()
    return Span(start, block(text, r"^class TraceStore").end)


def _mistyped(files: Files) -> Files:
    return {**files, UTIL: once(files[UTIL], "os.path.relpath(path)", "os.path.relpth(path)")}


def _mended(files: Files) -> Changed:
    return {UTIL: once(files[UTIL], "os.path.relpth(path)", "os.path.relpath(path)")}


def _address_moved(files: Files) -> Changed:
    util, config = files[UTIL], files["kvprof/config.py"]
    span = block(util, r"^def parse_addr")
    changed = {
        UTIL: without(util, span),
        "kvprof/config.py": before(config, r"^def env_name", f"{span.of(util)}\n\n"),
    }
    for name, dots in (("kvprof/start.py", "."), ("kvprof/tap/__init__.py", "..")):
        text = unimported(files[name], f"{dots}util", "parse_addr")
        changed[name] = before(
            text, rf"^from {re.escape(dots)}util import", f"from {dots}config import parse_addr\n"
        )
    return changed


def _cache_moved(files: Files) -> Changed:
    store, analyze = files[STORE], files["kvprof/analyze.py"]
    span = block(store, r"^class RawCache")
    imports = "import hashlib\nimport os\nimport threading\n\nfrom .store import RAWCACHE_FILE\n"
    imports += "from .util import load_json, save_json_atomic\n\n\n"
    left = once(store[: span.start].rstrip("\n") + "\n", "import threading\n", "")
    analyze = once(analyze, "from .store import RawCache, store_for", "from .store import store_for")
    return {
        STORE: left,
        "kvprof/rawcache.py": f'"""Token counts of texts, kept."""\n{imports}{span.of(store)}',
        "kvprof/analyze.py": before(analyze, r"^from \.request", "from .rawcache import RawCache\n"),
    }


def _time_required(files: Files) -> Changed:
    changed = {UTIL: once(files[UTIL], "def now_hms(t=None):", "def now_hms(t):")}
    for name in ("kvprof/tap/relay.py", "kvprof/tap/recorder.py"):
        changed[name] = files[name].replace("now_hms()", "now_hms(time.time())")
    return changed


def _store_inlined(files: Files) -> Changed:
    store = files[STORE]
    span = block(store, r"^def store_for")
    value = found(span.of(store), r"return (.*)$")[1]

    def called(settings: str, model_path: str) -> str:
        return value.replace("model_path", model_path).replace("settings.", f"{settings}.")

    analyze, cli = files["kvprof/analyze.py"], files["kvprof/cli.py"]
    analyze = once(analyze, "import RawCache, store_for", "import RawCache, TraceStore, model_dir")
    analyze = once(
        analyze,
        "store or store_for(settings, self.model_path)",
        f"store or {called('settings', 'self.model_path')}",
    )
    cli = once(cli, "from .store import store_for", "from .store import TraceStore, model_dir")
    cli = once(
        cli,
        "store_for(s, backend.server_info().model_path)",
        called("s", "backend.server_info().model_path"),
    )
    return {STORE: without(store, span), "kvprof/analyze.py": analyze, "kvprof/cli.py": cli}


def _request_split(files: Files) -> Changed:
    """Who sent a request stands at the file's end, below a line of its own."""
    text, analyze = files[REQUEST], files["kvprof/analyze.py"]
    start = found(text, r"^# -+ client identification$").start()
    own = text[start:]
    head = '"""Who sent a recorded request."""\nimport json\nimport re\n\n\n'
    left = once(text[:start].rstrip("\n") + "\n", "import re\n", "")
    analyze = once(analyze, "import Request, client_info, detect_api", "import Request, detect_api")
    return {
        REQUEST: left,
        "kvprof/clients.py": head + own,
        "kvprof/analyze.py": before(analyze, r"^from \.convert", "from .clients import client_info\n"),
    }


def _encoding_named(files: Files) -> Changed:
    def named(text: str) -> str:
        for quoted in ('"utf-8"', "'utf-8'"):
            text = re.sub(rf"(encoding=|\.encode\(){quoted}", r"\1ENCODING", text)
        return text

    util = within(files[UTIL], block(files[UTIL], r"^def load_json"), named)
    util = within(util, block(util, r"^def save_json_atomic"), named)
    util = within(util, block(util, r"^def piece_bytes"), named)
    util = before(util, r"^_print_lock", 'ENCODING = "utf-8"\n')
    store = named(files[STORE])
    store = once(store, "from .util import load_json", "from .util import ENCODING, load_json")
    return {UTIL: util, STORE: store}


_WISH = "    # emberline: write a float with one decimal\n"


def _wished(files: Files) -> Files:
    return {**files, UTIL: after(files[UTIL], r"^def fmt_n", _WISH)}


def _granted(files: Files) -> Changed:
    text = once(files[UTIL], _WISH, "")
    return {UTIL: within(text, block(text, r"^def fmt_n"), _with_decimals)}


def _with_decimals(own: str) -> str:
    line = first(own, r"^    return .*\n")
    guard = '    if isinstance(n, float):\n        return f"{n:,.1f}"\n'
    return own[: line.start()] + guard + own[line.start() :]


def _tested(files: Files) -> Changed:
    return {
        "kvprof/tests/test_util.py": textwrap.dedent(
            """\
            from kvprof.util import lcp_len


            def test_nothing_has_nothing_in_common():
                assert lcp_len([], [1]) == 0


            def test_it_stops_at_the_first_difference():
                assert lcp_len([1, 2, 3], [1, 2, 4]) == 2


            def test_a_beginning_is_common_as_a_whole():
                assert lcp_len("abc", "abcdef") == 3
            """
        )
    }


_EXPLANATION = "It compares blocks of 4096 items first, then the items of the block that differs."


def _nothing(files: Files) -> Changed:
    return {}


CASES = (
    Case(
        "kv-extract-function",
        "python",
        KVPROF,
        REQUEST,
        "extract-function",
        selection(r"^    session, source = None, None", r"b\[.user.\]\[:64\], .user.$"),
        _extracted,
        (
            Behaves(_CLIENTS),
            Has(REQUEST, r"^def (?!client_info|detect_api|_parts_text)\w+\(", 1),
            CommentsKept(REQUEST),
            Small(REQUEST, 60),
        ),
    ),
    Case(
        "kv-simplify",
        "python",
        KVPROF,
        REQUEST,
        "simplify",
        cursor(r"^def (detect_api)"),
        _simpler_api,
        (
            Behaves(
                "import json\nfrom kvprof.request import detect_api\n"
                'paths = [None, "", "/v1/messages", "/v1/messages/?x=1", "/v1/chat/completions?a?b", "/x"]\n'
                "print(json.dumps([detect_api(p) for p in paths]))"
            ),
            Small(REQUEST, 8),
        ),
        region=lambda text: block(text, r"^def detect_api"),
    ),
    Case(
        "kv-add-types",
        "python",
        KVPROF,
        UTIL,
        "add-types",
        cursor(r"^def (fmt_n)"),
        _typed,
        (
            Has(UTIL, r"^def fmt_n\(n\s*:[^)]+\)\s*->\s*str:", 1),
            Behaves(_numbers("None, 0, 12345")),
            Small(UTIL, 6),
        ),
        region=lambda text: block(text, r"^def fmt_n"),
    ),
    Case(
        "kv-document",
        "python",
        KVPROF,
        "kvprof/sse.py",
        "document",
        cursor(r"^def (parse_sse_lines)"),
        _documented,
        (Documented("kvprof/sse.py", "parse_sse_lines"),),
        words=_SSE_WORDS,
    ),
    Case(
        "kv-convert-dataclass",
        "python",
        KVPROF,
        STORE,
        "convert-dataclass",
        cursor(r"^class (TraceStore)"),
        _store_declared,
        (Behaves(_STORED, '[true, "traces", "traces/t.json"]'), CommentsKept(STORE)),
        region=_store_class,
        brings="from dataclasses import dataclass\n\n\n",
    ),
    Case(
        "kv-fix",
        "python",
        KVPROF,
        UTIL,
        "fix",
        cursor(r"os\.path\.(relpth)"),
        _mended,
        (
            Behaves(
                "import json, os\nfrom kvprof.util import display_path\n"
                "print(json.dumps([display_path(os.path.abspath('a/b')), display_path('/'), os.sep]))",
                '["a/b", "/", "/"]',
            ),
            Small(UTIL, 2),
        ),
        diagnostic='Module has no attribute "relpth"',
        prepared=_mistyped,
    ),
    Case(
        "kv-rename-concept",
        "python",
        KVPROF,
        UTIL,
        "rename-concept",
        cursor(r"^def (fmt_n)"),
        lambda files: renamed(files, "fmt_n", "thousands"),
        (
            Gone("fmt_n"),
            Imports(("kvprof.doctor", "kvprof.summarize", "kvprof.tap.recorder")),
            Has("", r"\bthousands\("),
        ),
        answer="thousands",
    ),
    Case(
        "kv-move-symbol",
        "python",
        KVPROF,
        UTIL,
        "move-symbol",
        cursor(r"^def (parse_addr)"),
        _address_moved,
        (
            Imports(("kvprof.start", "kvprof.tap", "kvprof.cli")),
            Has("kvprof/config.py", r"^def parse_addr\(", 1),
            Has(UTIL, r"parse_addr", 0),
            Behaves(
                "import json\nfrom kvprof.config import parse_addr\n"
                "print(json.dumps([parse_addr(s, 1) for s in ('http://h:2/', ':3', '4', 'host')]))",
                '[["h", 2], ["127.0.0.1", 3], ["127.0.0.1", 4], ["host", 1]]',
            ),
        ),
        answer="kvprof/config.py",
    ),
    Case(
        "kv-move-to-new-file",
        "python",
        KVPROF,
        STORE,
        "move-symbol",
        cursor(r"^class (RawCache)"),
        _cache_moved,
        (
            Has("", r"^class RawCache:", 1),
            Has(STORE, r"^class RawCache", 0),
            Behaves(_COUNTED),
            Imports(("kvprof.analyze", "kvprof.store")),
        ),
        answer="kvprof/rawcache.py",
    ),
    Case(
        "kv-change-signature",
        "python",
        KVPROF,
        UTIL,
        "change-signature",
        cursor(r"^def (now_hms)"),
        _time_required,
        (
            Has("", r"now_hms\(\)", 0),
            Has(UTIL, r"^def now_hms\(t\):", 1),
            Imports(("kvprof.tap.relay", "kvprof.tap.recorder")),
            Behaves("import json\nfrom kvprof.util import now_hms\nprint(json.dumps(now_hms(0)))"),
        ),
        answer="now_hms(t): t is required, and callers that gave nothing pass time.time()",
    ),
    Case(
        "kv-inline-function",
        "python",
        KVPROF,
        STORE,
        "inline-function",
        cursor(r"^def (store_for)"),
        _store_inlined,
        (
            Gone("store_for"),
            Imports(("kvprof.analyze", "kvprof.cli", "kvprof.store")),
            Has("", r"TraceStore\(model_dir\(", 2),
        ),
    ),
    Case(
        "kv-split-file",
        "python",
        KVPROF,
        REQUEST,
        "split-file",
        lambda text: Span(0, 0),
        _request_split,
        (
            Imports(("kvprof.request", "kvprof.analyze")),
            Has("", r"^def client_info", 1),
            Has(REQUEST, r"^class Request:", 1),
            Shorter(REQUEST),
            CommentsKept(REQUEST),
        ),
    ),
    Case(
        "kv-own-words",
        "python",
        KVPROF,
        UTIL,
        "own-words",
        lambda text: block(text, r"^def load_json"),
        _encoding_named,
        (
            Imports(("kvprof.store", "kvprof.util")),
            Has("", r"^ENCODING = .utf-8.$", 1),
            Has(STORE, r"\.encode\(.utf-8.\)", 0),
            Behaves(
                "import json\nfrom kvprof.store import model_dir\nfrom kvprof.util import piece_bytes\n"
                "print(json.dumps([model_dir('r', 'm/ä.gguf'), list(piece_bytes('ä'))]))"
            ),
        ),
        answer="name the encoding once, as ENCODING in kvprof/util.py, and use it there and in "
        "kvprof/store.py wherever load_json, save_json_atomic, piece_bytes or the store say utf-8",
    ),
    Case(
        "kv-directive",
        "python",
        KVPROF,
        UTIL,
        "directive",
        cursor(r"# (emberline: )"),
        _granted,
        (
            Has(UTIL, r"emberline:", 0),
            Behaves(
                _numbers("None, 1200, 1234.56"),
                '["?", "1,200", "1,234.6"]',
            ),
            Small(UTIL, 8),
        ),
        answer="write a float with one decimal",
        prepared=_wished,
        shown=lambda files: KVPROF.files(),
    ),
    Case(
        "kv-tests",
        "python",
        KVPROF,
        UTIL,
        "tests",
        cursor(r"^def (lcp_len)"),
        _tested,
        (Passes("kvprof/tests/test_util.py", 2), Behaves(_COMMON)),
    ),
    Case(
        "kv-explain",
        "python",
        KVPROF,
        UTIL,
        "explain",
        cursor(r"^def (lcp_len)"),
        _nothing,
        words=_EXPLANATION,
    ),
)
