"""A selected expression gets a name, or stays where it is because something would change."""

from __future__ import annotations

import pytest

from emberline.refactor.types import Unfit
from tests.refactor.exact.marked import done, marked, outcome

PYTHON = {
    "an argument": (
        "def total(items):\n    return sum(«[each * 2 for each in items]») + 1\n\n\nresult = total([1, 2])\n",
        "    items_2 = [each * 2 for each in items]\n    return sum(items_2) + 1\n",
    ),
    "a call in a condition": (
        "def size(words):\n    if «len(words)» > 2:\n        return 'long'\n    return 'short'\n\n\n"
        "result = size('abc')\n",
        "    length = len(words)\n    if length > 2:\n",
    ),
    "the first of a short circuit": (
        "def f(a, b):\n    return «a.strip()» and b\n\n\nresult = f(' x ', 3)\n",
        "    result = a.strip()\n    return result and b\n",
    ),
    "over several lines": (
        "def f(a, b):\n    return (\n        «a +\n        b»\n    )\n\n\nresult = f(2, 3)\n",
        "    value = (a +\n    b)\n    return (\n        value\n    )\n",
    ),
    "lines within brackets": (
        "def f(a):\n    print(\n        «dict(\n            key=a,\n        )»,\n    )\n    return a\n\n\n"
        "result = f(2)\n",
        "    result = dict(\n        key=a,\n    )\n    print(\n        result,\n    )\n",
    ),
    "in brackets of its own": (
        "def f(a, b):\n    return 2 * «(a + b)»\n\n\nresult = f(2, 3)\n",
        "    value = a + b\n    return 2 * value\n",
    ),
    "with a tab before it": (
        "def f(a):\n\treturn 2 * «a.real»\n\n\nresult = f(4)\n",
        "\treal = a.real\n\treturn 2 * real\n",
    ),
    "what a loop runs over": (
        "def f(a):\n    found = []\n    for each in «sorted(a)»:\n        found.append(each)\n"
        "    return found\n\n\n"
        "result = f([3, 1])\n",
        "    result = sorted(a)\n    for each in result:\n",
    ),
    "the first iterable of a comprehension": (
        "def f(a):\n    return [each for each in «sorted(a)» if each]\n\n\nresult = f([3, 1, 0])\n",
        "    result = sorted(a)\n    return [each for each in result if each]\n",
    ),
    "inside a formatted string": (
        "def f(a):\n    return f'<{«a.upper()»}>'\n\n\nresult = f('x')\n",
        "    upper = a.upper()\n    return f'<{upper}>'\n",
    ),
    "a name that is taken": (
        "def f(items):\n    length = 1\n    return length + «len(items)»\n\n\nresult = f([3, 1, 0])\n",
        "    length_2 = len(items)\n    return length + length_2\n",
    ),
    "at the top of a module": (
        "import math\n\nresult = 2 * «math.floor(2.5)»\n",
        "floor = math.floor(2.5)\nresult = 2 * floor\n",
    ),
    "letters of other alphabets before it": (
        "def f(größe):\n    name = 'Ärger 😀'; del name\n    return 2 * «größe.real»\n\n\nresult = f(4)\n",
        "    real = größe.real\n    return 2 * real\n",
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_python_does_the_same_before_and_after(case: str) -> None:
    text, expected = PYTHON[case]
    changed = done("extract-variable", text, "python")
    assert expected in changed
    assert outcome(changed) == outcome(marked(text)[0])


OTHERS = {
    "javascript": (
        "function f(a) {\n  if («a.size()» > 2) {\n    return 1;\n  }\n  return 0;\n}\n",
        "  const size = a.size();\n  if (size > 2) {\n",
    ),
    "javascriptreact": (
        "function F({items}) {\n  return <ul>{«items.filter(Boolean)».length}</ul>\n}\n",
        "  const result = items.filter(Boolean)\n  return <ul>{result.length}</ul>\n",
    ),
    "typescript": (
        "function f(a: number[]): number {\n  return g(«a.length + 1»);\n}\n",
        "  const value = a.length + 1;\n  return g(value);\n",
    ),
    "typescriptreact": (
        "export const F = ({ n }: P) => {\n  return <p>{«n * 2»}</p>;\n};\n",
        "  const value = n * 2;\n  return <p>{value}</p>;\n",
    ),
    "go": (
        "package p\n\nfunc f(a []int) int {\n\treturn g(«len(a) + 1»)\n}\n",
        "\tvalue := len(a) + 1\n\treturn g(value)\n",
    ),
    "rust": (
        "fn f(a: &[u32]) -> usize {\n    g(«a.len() + 1»)\n}\n",
        "    let value = a.len() + 1;\n    g(value)\n",
    ),
    "java": (
        "class A {\n    int f(int a) {\n        return g(«a * 2»);\n    }\n}\n",
        "        var value = a * 2;\n        return g(value);\n",
    ),
}


@pytest.mark.parametrize("language_id", OTHERS)
def test_other_languages_declare_it_as_they_do(language_id: str) -> None:
    text, expected = OTHERS[language_id]
    assert expected in done("extract-variable", text, language_id)


def test_go_keeps_a_constant_a_constant() -> None:
    text = "package p\n\nfunc f() error {\n\treturn wait(«30» * time.Second)\n}\n"
    assert "\tconst value = 30\n\treturn wait(value * time.Second)\n" in done("extract-variable", text, "go")


def test_the_files_line_ends_and_semicolons_stay_its_own() -> None:
    changed = done("extract-variable", "function f(a) {\r\n  g(«a + 1»)\r\n}\r\n", "javascript")
    assert changed == "function f(a) {\r\n  const value = a + 1\r\n  g(value)\r\n}\r\n"


def test_the_name_can_be_given() -> None:
    text = "def f(a):\n    return 2 * «a.real»\n"
    assert (
        done("extract-variable", text, "python", "part")
        == "def f(a):\n    part = a.real\n    return 2 * part\n"
    )
    for answer in ("a", "2x", "class", "f g"):
        with pytest.raises(Unfit):
            done("extract-variable", text, "python", answer)


REFUSED = {
    "a loop's condition": ("python", "def f(a):\n    while «a.more()» > 1:\n        a.step()\n"),
    "a lambda": ("python", "def f(a):\n    return sorted(a, key=lambda each: «each.size» + 1)\n"),
    "a comprehension's element": ("python", "def f(a):\n    return [«each + 1» for each in a]\n"),
    "a comprehension's condition": ("python", "def f(a, b):\n    return [each for each in a if «b.x»]\n"),
    "the right of and": ("python", "def f(a):\n    return a and «a.size»\n"),
    "an arm of a conditional": ("python", "def f(a):\n    return «a.size» if a else 0\n"),
    "a default": ("python", "def f(a=«g(1)»):\n    return a\n"),
    "a decorator": ("python", "@«g(1)»\ndef f(a):\n    return a\n"),
    "an elif": ("python", "def f(a):\n    if a:\n        pass\n    elif «a.b»:\n        pass\n"),
    "a chain of comparisons": ("python", "def f(a):\n    return 1 < a.b < «a.c»\n"),
    "behind a call that may change it": ("python", "def f(a):\n    return g(a.pop(), «a.size»)\n"),
    "a class's body": ("python", "class A:\n    x = g(«h(1)»)\n"),
    "an assertion": ("python", "def f(a):\n    assert «a.size» > 1\n"),
    "a target": ("python", "def f(a):\n    «a.size» = 1\n"),
    "an annotation": ("python", "def f(a: «list[int]»):\n    return a\n"),
    "half an expression": ("python", "def f(a, b):\n    return 2 * «a + b»\n"),
    "a statement": ("python", "def f(a):\n    «a.clear()»\n"),
    "what has a name": ("python", "def f(a):\n    b = «a.size»\n    return b\n"),
    "a second statement in the line": ("python", "def f(a):\n    x = 1; return 2 * «a.size»\n"),
    "a one-line body": ("python", "def f(a): return 2 * «a.size»\n"),
    "a part of a string": ("python", "def f(a):\n    return g(«'x'» 'y')\n"),
    "a pattern": ("python", "def f(a):\n    match a:\n        case «3»:\n            return 1\n"),
    "JavaScript: a method without its object": ("javascript", "function f(a) {\n  return «a.b»(1);\n}\n"),
    "JavaScript: behind ?.": ("javascript", "function f(a) {\n  return a?.b(«c()»);\n}\n"),
    "JavaScript: an arrow's body": ("javascript", "const f = (a) => g(«a + 1»);\n"),
    "JavaScript: behind ??": ("javascript", "function f(a) {\n  return a.b ?? «c.d»;\n}\n"),
    "JavaScript: a loop's head": ("javascript", "function f(a) {\n  for (let i = 0; i < «a.n»; i++) {}\n}\n"),
    "JavaScript: no block": ("javascript", "function f(a) {\n  if (a) g(«a.b»);\n}\n"),
    "JavaScript: declared before": ("javascript", "function f() {\n  const a = g(), b = h(«a.x»);\n}\n"),
    "JavaScript: a switch's case": (
        "javascript",
        "function f(a) {\n  switch (a) {\n    case «b.c»: g();\n  }\n}\n",
    ),
    "TypeScript: a guard": ("typescript", "function f(a: T) {\n  if («a !== null») {\n    a.g();\n  }\n}\n"),
    "TypeScript: an object": ("typescript", "function f() {\n  g(«{ kind: 'a' }»);\n}\n"),
    "Go: several values": ("go", "package p\n\nfunc f() (int, error) {\n\treturn «g()»\n}\n"),
    "Go: a receiver": ("go", "package p\n\nfunc f(a T) {\n\t«a.lock».Lock()\n}\n"),
    "Go: outside of functions": ("go", "package p\n\nvar a = g(«h(1)»)\n"),
    "Go: behind an initializer": ("go", "package p\n\nfunc f() {\n\tif a := g(); «a.b» {\n\t}\n}\n"),
    "Rust: lent": ("rust", "fn f(a: &A) -> usize {\n    g(&«a.b()»)\n}\n"),
    "Rust: a guard that lives": ("rust", "fn f(a: &A) {\n    «a.lock()».unwrap().push(1);\n}\n"),
    "Rust: a macro": ("rust", 'fn f(a: u32) {\n    println!("{}", «a + 1»);\n}\n'),
    "Java: a field": ("java", "class A {\n    int a = g(«h(1)»);\n}\n"),
    "Java: a lambda": ("java", "class A {\n    void f() {\n        g(x -> «x.y()»);\n    }\n}\n"),
    "Java: a pattern": (
        "java",
        "class A {\n    boolean f(Object o) {\n        return «o instanceof B b» && b.c();\n    }\n}\n",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_change_stays(case: str) -> None:
    language_id, text = REFUSED[case]
    with pytest.raises(Unfit) as refused:
        done("extract-variable", text, language_id)
    assert refused.value.complaints and "would not follow" not in str(refused.value)
