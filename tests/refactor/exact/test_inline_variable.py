"""A variable's value in its place, or not, where it might be another there."""

from __future__ import annotations

import pytest

from emberline.refactor.types import Unfit
from tests.refactor.exact.marked import done, marked, outcome

PYTHON = {
    "a literal, used twice": (
        "def f():\n    ‸step = 2\n    first = 10\n    return [step, first, step * 3]\n\n\nresult = f()\n",
        "def f():\n    first = 10\n    return [2, first, 2 * 3]\n",
    ),
    "a call, used next": (
        "def f(a):\n    ‸size = len(a)\n    return size + 1\n\n\nresult = f('ab')\n",
        "def f(a):\n    return len(a) + 1\n",
    ),
    "from where it is used": (
        "def f(a):\n    size = len(a)\n    return si‸ze + 1\n\n\nresult = f('ab')\n",
        "def f(a):\n    return len(a) + 1\n",
    ),
    "brackets where they are needed": (
        "def f(a, b):\n    ‸both = a + b\n    return both * 2\n\n\nresult = f(2, 3)\n",
        "    return (a + b) * 2\n",
    ),
    "no brackets in brackets": (
        "def f(a, b):\n    ‸both = a + b\n    return abs(both)\n\n\nresult = f(2, 3)\n",
        "    return abs(a + b)\n",
    ),
    "a number and its method": (
        "def f():\n    ‸n = 5\n    return n.bit_length()\n\n\nresult = f()\n",
        "    return (5).bit_length()\n",
    ),
    "a negative number and a power": (
        "def f():\n    ‸n = -2\n    return n ** 2\n\n\nresult = f()\n",
        "    return (-2) ** 2\n",
    ),
    "a tuple without brackets": (
        "def f():\n    ‸both = 1, 2\n    return len(both)\n\n\nresult = f()\n",
        "    return len((1, 2))\n",
    ),
    "several lines": (
        "def f(a, b):\n    ‸both = (a +\n        b)\n    return both\n\n\nresult = f(1, 2)\n",
        "    return (a +\n        b)\n",
    ),
    "another variable that stays": (
        "def f(a):\n    ‸b = a\n    c = 1\n    return b + c + b\n\n\nresult = f(2)\n",
        "    c = 1\n    return a + c + a\n",
    ),
    "a literal in a function within": (
        "def f():\n    ‸n = 3\n    def g():\n        return n + 1\n    return g()\n\n\nresult = f()\n",
        "    def g():\n        return 3 + 1\n",
    ),
    "a conditional": (
        "def f(a):\n    ‸b = 1 if a else 2\n    return b + 1\n\n\nresult = f(0)\n",
        "    return (1 if a else 2) + 1\n",
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_python_does_the_same_before_and_after(case: str) -> None:
    text, expected = PYTHON[case]
    changed = done("inline-variable", text, "python")
    assert expected in changed
    assert outcome(changed) == outcome(marked(text)[0])


OTHERS = {
    "javascript": (
        "function f(a) {\n  const ‸n = a.size();\n  return n + 1;\n}\n",
        "function f(a) {\n  return a.size() + 1;\n}\n",
    ),
    "javascriptreact": (
        "function F({a}) {\n  const ‸n = a.size();\n  return <b>{n}</b>;\n}\n",
        "function F({a}) {\n  return <b>{a.size()}</b>;\n}\n",
    ),
    "typescript": (
        "function f(): object {\n  const ‸n = 3;\n  return { n, m: n };\n}\n",
        "function f(): object {\n  return { n: 3, m: 3 };\n}\n",
    ),
    "typescriptreact": (
        "const f = () => {\n  const ‸n = 3;\n  return <b>{n}</b>;\n};\n",
        "const f = () => {\n  return <b>{3}</b>;\n};\n",
    ),
    "go": (
        "package p\n\nfunc f(a []int) int {\n\t‸n := len(a)\n\treturn n + 1\n}\n",
        "package p\n\nfunc f(a []int) int {\n\treturn len(a) + 1\n}\n",
    ),
    "rust": (
        "fn f(a: u32) -> u32 {\n    let ‸n = g(a);\n    h(n)\n}\n",
        "fn f(a: u32) -> u32 {\n    h(g(a))\n}\n",
    ),
    "java": (
        'class A {\n    void f() {\n        String ‸n = "x";\n        g(n, n);\n    }\n}\n',
        'class A {\n    void f() {\n        g("x", "x");\n    }\n}\n',
    ),
}


@pytest.mark.parametrize("language_id", OTHERS)
def test_other_languages(language_id: str) -> None:
    text, expected = OTHERS[language_id]
    assert done("inline-variable", text, language_id) == expected


REFUSED = {
    "two values": ("python", "def f(a):\n    ‸b = 1\n    if a:\n        b = 2\n    return b\n"),
    "counted up": ("python", "def f(a):\n    ‸b = 1\n    b += a\n    return b\n"),
    "a loop's": ("python", "def f(a):\n    for ‸b in a:\n        print(b)\n"),
    "a parameter": ("python", "def f(‸a):\n    return a\n"),
    "something in between": ("python", "def f(a):\n    ‸b = a.size\n    a.grow()\n    return b\n"),
    "something before it": ("python", "def f(a):\n    ‸b = a.size\n    return g(a.pop(), b)\n"),
    "in a loop's condition": ("python", "def f(a):\n    ‸b = a.size\n    while b > 1:\n        a.grow()\n"),
    "in a lambda": ("python", "def f(a):\n    ‸b = a.size\n    return lambda: b\n"),
    "in one case only": ("python", "def f(a):\n    ‸b = a.size()\n    return a and b\n"),
    "used twice": ("python", "def f(a):\n    ‸b = a.size()\n    return b + b\n"),
    "not used": ("python", "def f(a):\n    ‸b = a.size()\n    return 1\n"),
    "of an outer block": ("python", "def f(a):\n    if a:\n        ‸b = 1\n    return b\n"),
    "by a name that is declared global": ("python", "def f(a):\n    global b\n    ‸b = 1\n    return b\n"),
    "looked up by its name": ("python", "def f(a):\n    ‸b = 1\n    return locals()['b'] + b\n"),
    "with a comment": ("python", "def f(a):\n    ‸b = 1  # why\n    return b\n"),
    "of several": ("python", "def f(a):\n    ‸b, c = a\n    return b\n"),
    "a quote in a string": ("python", "def f(a):\n    ‸b = a['x']\n    return f'{b}'\n"),
    "shown with its name": ("python", "def f(a):\n    ‸b = 1\n    return f'{b=}'\n"),
    "deleted": ("python", "def f(a):\n    ‸b = 1\n    del b\n    return a\n"),
    "JavaScript: this": ("javascript", "function f(a) {\n  const ‸b = a.c;\n  return b(1);\n}\n"),
    "JavaScript: counted": ("javascript", "function f() {\n  let ‸n = 1;\n  n++;\n  return n;\n}\n"),
    "TypeScript: a type": ("typescript", "function f(): B {\n  const ‸b: B = g();\n  return h(b);\n}\n"),
    "TypeScript: a remark to a tool": (
        "typescript",
        "function f() {\n  // @ts-expect-error on purpose\n  const ‸b = g(1);\n  return b;\n}\n",
    ),
    "Go: an address": ("go", "package p\n\nfunc f(a T) *T {\n\t‸b := a.c\n\treturn &b\n}\n"),
    "Go: two values": ("go", "package p\n\nfunc f() int {\n\t‸a, err := g()\n\treturn a\n}\n"),
    "Rust: mutable": ("rust", "fn f() -> u32 {\n    let mut ‸a = 1;\n    a += 1;\n    a\n}\n"),
    "Rust: a borrow in between": (
        "rust",
        "fn f(self, g: G) -> E {\n    let ‸left = g(&self);\n    self.into(left)\n}\n",
    ),
    "Rust: in a string": ("rust", 'fn f() {\n    let ‸a = 1;\n    println!("{a}");\n}\n'),
    "Java: widened": ("java", "class A {\n    void f() {\n        long ‸n = 1;\n        g(n);\n    }\n}\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_might_change_stays(case: str) -> None:
    language_id, text = REFUSED[case]
    with pytest.raises(Unfit):
        done("inline-variable", text, language_id)
