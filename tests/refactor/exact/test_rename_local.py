"""A local variable's new name, everywhere it stands and nowhere else."""

from __future__ import annotations

import pytest

from emberline.refactor.types import Unfit
from tests.refactor.exact.marked import done, marked, outcome

PYTHON = {
    "a variable": (
        "def f(a):\n    ‸total = 0\n    for each in a:\n        total += each\n    return total\n\n\n"
        "result = f([1, 2])\n",
        "total",
        3,
    ),
    "not an attribute nor a key": (
        "class K:\n    n = 7\n\n\ndef f(**n):\n    return n['n'] + K.n\n\n\nresult = f(‸n=1)\n".replace(
            "‸", ""
        ).replace("    return n[", "    return ‸n["),
        "n",
        2,
    ),
    "a closure's": (
        "def f():\n    ‸n = 1\n    def g():\n        return n + 1\n    return g() + n\n\n\nresult = f()\n",
        "n",
        3,
    ),
    "the outer one of two": (
        "def f(a):\n    ‸n = a\n    inner = [n for n in [1, 2]]\n    g = lambda n: n\n"
        "    return n, inner, g(3)\n\n\n"
        "result = f(5)\n",
        "n",
        2,
    ),
    "the inner one of two": (
        "def f(a):\n    n = a\n    inner = [‸n for n in [1, 2]]\n    return n, inner\n\n\nresult = f(5)\n",
        "n",
        2,
    ),
    "a formatted string's": (
        "def f(a):\n    ‸n = a\n    return f'n is {n} and {n!r:>{n}}'\n\n\nresult = f(5)\n",
        "n",
        4,
    ),
    "a default's, which is outside": (
        "def f(n):\n    def g(n=‸n):\n        return n\n    return g() + n\n\n\nresult = f(4)\n",
        "n",
        3,
    ),
    "with, except, walrus, unpacking": (
        "def f(a):\n    try:\n        (‸n, m) = a\n        if (n := n + 1):\n            return [n, *[m]]\n"
        "    except ValueError as n:\n        return str(n)\n\n\nresult = f((1, 2))\n",
        "n",
        6,
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_python_does_the_same_before_and_after(case: str) -> None:
    text, name, count = PYTHON[case]
    plain, _ = marked(text)
    changed = done("rename-local", text, "python", "other")
    assert outcome(changed) == outcome(plain)
    assert changed.count("other") == count, changed
    assert _back(changed, changed.index("other"), "python", name) in (plain, SHADOWED)


SHADOWED = "the old name has another meaning within the scope"


def _back(changed: str, cursor: int, language_id: str, name: str) -> str:
    """The text with its old name again, or why not."""
    try:
        return done("rename-local", changed[:cursor] + "‸" + changed[cursor:], language_id, name)
    except Unfit as unfit:
        assert "means something else in its scope" in str(unfit)
        return SHADOWED


OTHERS = {
    "JavaScript: a shorthand property": (
        "javascript",
        "function f(‸a) {\n  return { a, b: a.a };\n}\n",
        "function f(z) {\n  return { a: z, b: z.a };\n}\n",
    ),
    "JavaScript: a shorthand pattern": (
        "javascript",
        "function f({ ‸a = 1, b }) {\n  return a + b;\n}\n",
        "function f({ a: z = 1, b }) {\n  return z + b;\n}\n",
    ),
    "JavaScript: one of two blocks": (
        "javascript",
        "function f() {\n  { const ‸a = 1; g(a); }\n  { const a = 2; g(a); }\n}\n",
        "function f() {\n  { const z = 1; g(z); }\n  { const a = 2; g(a); }\n}\n",
    ),
    "JavaScript: var holds in the function": (
        "javascript",
        "function f(c) {\n  if (c) { var ‸a = 1; }\n  return a;\n}\n",
        "function f(c) {\n  if (c) { var z = 1; }\n  return z;\n}\n",
    ),
    "JSX": (
        "javascriptreact",
        "function F({ ‸a }) {\n  return <a href={a}>{`${a}`} a</a>;\n}\n",
        "function F({ a: z }) {\n  return <a href={z}>{`${z}`} a</a>;\n}\n",
    ),
    "TypeScript: types": (
        "typescript",
        "function f(‸a: unknown, g: (a: string) => void): a is A {\n  return (a as A).a === 1;\n}\n",
        "function f(z: unknown, g: (a: string) => void): z is A {\n  return (z as A).a === 1;\n}\n",
    ),
    "Go: declared anew in a block": (
        "go",
        "package p\n\nfunc f(‸a int) int {\n\tif a, ok := g(a); ok {\n\t\treturn a\n\t}\n\treturn a\n}\n",
        "package p\n\nfunc f(z int) int {\n\tif a, ok := g(z); ok {\n\t\treturn a\n\t}\n\treturn z\n}\n",
    ),
    "Go: assigned with others": (
        "go",
        "package p\n\nfunc f() error {\n\tx, ‸err := g()\n\ty, err := h(x)\n\treturn k(y, err)\n}\n",
        "package p\n\nfunc f() error {\n\tx, z := g()\n\ty, z := h(x)\n\treturn k(y, z)\n}\n",
    ),
    "Rust: one of two lets": (
        "rust",
        "fn f(a: u32) -> u32 {\n    let ‸a = a + 1;\n    let b = a;\n    let a = b + a;\n    a\n}\n",
        "fn f(a: u32) -> u32 {\n    let z = a + 1;\n    let b = z;\n    let a = b + z;\n    a\n}\n",
    ),
    "Rust: strings and short fields": (
        "rust",
        'fn f(‸a: u32) -> S {\n    println!("{a} {a:?} a {}", a);\n    S { a, b: s.a }\n}\n',
        'fn f(z: u32) -> S {\n    println!("{z} {z:?} a {}", z);\n    S { a: z, b: s.a }\n}\n',
    ),
    "Rust: a match arm": (
        "rust",
        "fn f(o: O) -> u32 {\n    match o {\n        A(‸x) | B(x) if x > 1 => x,\n"
        "        C { x } => x,\n        _ => 0,\n"
        "    }\n}\n",
        "fn f(o: O) -> u32 {\n    match o {\n        A(z) | B(z) if z > 1 => z,\n"
        "        C { x } => x,\n        _ => 0,\n"
        "    }\n}\n",
    ),
    "Java: fields and labels": (
        "java",
        "class A {\n    int a;\n    int f(int ‸a) {\n        this.a = a;\n        a(a);\n"
        "        return a;\n    }\n}\n",
        "class A {\n    int a;\n    int f(int z) {\n        this.a = z;\n        a(z);\n"
        "        return z;\n    }\n}\n",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_languages_there_and_back(case: str) -> None:
    language_id, text, expected = OTHERS[case]
    changed = done("rename-local", text, language_id, "z")
    assert changed == expected
    name = text[text.index("‸") + 1 :]
    name = name[: next(at for at, each in enumerate(name) if not each.isalnum())]
    cursor = next(at for at in range(len(changed)) if changed[at] == "z" and changed[at + 1] not in "aeiou")
    assert _back(changed, cursor, language_id, name) in (marked(text)[0], SHADOWED)


REFUSED = {
    "declared global": ("python", "def f():\n    global a\n    ‸a = 1\n    return a\n", "z"),
    "declared nonlocal": (
        "python",
        "def f():\n    ‸a = 1\n    def g():\n        nonlocal a\n        a = 2\n    g()\n    return a\n",
        "z",
    ),
    "a module's": ("python", "‸a = 1\n", "z"),
    "locals()": ("python", "def f():\n    ‸a = 1\n    return locals()\n", "z"),
    "eval": ("python", "def f(b):\n    ‸a = 1\n    return eval(b) + a\n", "z"),
    "a name that is taken": ("python", "def f(b):\n    ‸a = 1\n    return a + b\n", "b"),
    "a builtin that is used": ("python", "def f(b):\n    ‸a = 1\n    return len(b) + a\n", "len"),
    "a keyword": ("python", "def f(b):\n    ‸a = 1\n    return a\n", "class"),
    "no name": ("python", "def f(b):\n    ‸a = 1\n    return a\n", "a b"),
    "the same name": ("python", "def f(b):\n    ‸a = 1\n    return a\n", "a"),
    "passed by name": ("python", "def f(‸a):\n    return a\n\n\nf(a=1)\n", "z"),
    "named in a string": ("python", "def f(‸a):\n    return a\n\n\ng(f, 'a')\n", "z"),
    "self": ("python", "class A:\n    def f(‸self):\n        return self\n", "z"),
    "a fixture": ("python", "def test_f(‸path):\n    assert path\n", "z"),
    "a decorator": ("python", "@app.route('/')\ndef f(‸a):\n    return a\n", "z"),
    "shown with its name": ("python", "def f():\n    ‸a = 1\n    return f'{a=}'\n", "z"),
    "a pattern": (
        "python",
        "def f(b):\n    ‸a = 1\n    match b:\n        case a:\n            return a\n",
        "z",
    ),
    "an import": ("python", "def f():\n    import a\n    return ‸a.b\n", "z"),
    "broken syntax": ("python", "def f(:\n    ‸a = 1\n    return a\n", "z"),
    "JavaScript: eval": ("javascript", "function f() {\n  let ‸a = 1;\n  return eval('a');\n}\n", "z"),
    "TypeScript: a property too": (
        "typescript",
        "class A {\n  constructor(private ‸a: B) {\n    g(a);\n  }\n}\n",
        "z",
    ),
    "Go: a key that may be a field": ("go", "package p\n\nfunc f(‸a int) T {\n\treturn T{a: a}\n}\n", "z"),
    "Go: a function in assembly": ("go", "package p\n\nfunc f(‸a int) int\n", "z"),
    "Rust: an unknown macro": ("rust", "fn f(‸a: u32) {\n    sql!(select a);\n}\n", "z"),
    "Rust: a capital": ("rust", "fn f(‸a: u32) -> u32 {\n    a\n}\n", "Z"),
    "Java: annotated": ("java", "class A {\n    void f(@Named int ‸a) {\n        g(a);\n    }\n}\n", "z"),
    "Java: a constant of a switch": (
        "java",
        "class A {\n    void f(E ‸a) {\n        switch (a) { case a: break; }\n    }\n}\n",
        "z",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused(case: str) -> None:
    language_id, text, answer = REFUSED[case]
    with pytest.raises(Unfit):
        done("rename-local", text, language_id, answer)


def test_other_files_may_pass_a_parameter_by_its_name() -> None:
    text = "def load(‸path):\n    return path\n"
    others = {"main.py": "from sample import load\n\nload(path='x')\n"}
    with pytest.raises(Unfit, match=r"main\.py"):
        done("rename-local", text, "python", "file", others)
    assert "def load(file, /):" in done(
        "rename-local", text.replace("path)", "path, /)", 1), "python", "file", others
    )
    unaware = {"main.py": "from sample import load\n\nload('x')\n"}
    assert done("rename-local", text, "python", "file", unaware) == "def load(file):\n    return file\n"


def test_a_class_is_called_with_the_names_of_its_init() -> None:
    text = "class Store:\n    def __init__(self, ‸path):\n        self.path = path\n\n\n"
    with pytest.raises(Unfit):
        done("rename-local", text + "Store(path=1)\n", "python", "file")
    with pytest.raises(Unfit):
        done("rename-local", text, "python", "file", {"b.py": "from sample import Store\nStore(path=1)\n"})
    assert "def __init__(self, file):\n        self.path = file" in done(
        "rename-local", text, "python", "file"
    )
