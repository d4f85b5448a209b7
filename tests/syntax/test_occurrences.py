"""Where a name stands as a name, and where it only looks like one."""

import pytest

from emberline.syntax.occurrences import occurrences

# The places meant are marked by « and », which are taken out first.
MARKED = [
    ("python", "Q", 'def f(a: "List[«Q»]", b: Literal["Q"]) -> "«Q» | None": ...  # Q\n'),
    ("python", "Q", 'print(f"Q {«Q»!r:{«Q»}} Q", "Q", x.«Q», «Q»=1, Qu, aQ)\n'),
    ("python", "a", '"""a"""\ndef «a»(«a»): return «a»\n'),
    ("python", "é", "«é» = 'é🎈'; naïve = «é»  # é\n"),
    ("python", "name", "import «name»\nfrom «name».b import «name» as c\n"),
    ("javascript", "p", "class A { #«p» = 1; m() { return this.#«p» + `p ${«p»}` + ({«p»}).«p» } }"),
    ("javascript", "p", "const { «p», q: r } = { «p»: 1 }; /* p */ // p\n$p; p$; "),
    ("javascript", "$p", "«$p»; p; $p2; '$p'"),
    ("typescriptreact", "Door", "const a = <«Door» Door2='Door'>Door {«Door»}</«Door»>;"),
    ("typescript", "T", "function f<«T»>(a: «T»[]): Map<string, «T»> { return 'T' as «T»; }"),
    ("go", "Open", 'func (s *S) «Open»() { s.«Open»(); fmt.Println("Open", `Open`) } // Open'),
    ("go", "store", 'import «store» "a/store"\nvar x = «store».New()'),
    (
        "rust",
        "n",
        'fn f() { let «n» = 1; println!("{«n»} {{n}} {«n»:?} {:«n»$}", «n»); let s = "{n}"; } // n',
    ),
    ("rust", "a", "struct S { «a»: u8 } fn f(S { «a» }: S) -> u8 { S { «a» }.«a» }"),
    ("java", "Q", '@«Q» class A extends «Q» { «Q» q = new «Q»(); String s = "Q"; /* Q */ }'),
    ("ruby", "foo", "«foo» = '«foo»' # «foo» foo_bar food\n"),
    ("plaintext", "a.b", "«a.b» axb a.bc"),
]


@pytest.mark.parametrize(("language_id", "name", "marked"), MARKED)
@pytest.mark.parametrize("prefix", ["", "\ufeff", "\n\r\n"], ids=["plain", "bom", "blank"])
def test_names_and_nothing_else(language_id: str, name: str, marked: str, prefix: str) -> None:
    marked = prefix + marked
    text = marked.replace("«", "").replace("»", "")
    expected = [
        len(part.replace("«", "").replace("»", ""))
        for part in (marked[:place] for place, letter in enumerate(marked) if letter == "«")
    ]
    found = occurrences(text, language_id, name)
    assert [span.start for span in found] == expected
    assert all(span.of(text) == name for span in found)


def test_no_name_stands_nowhere() -> None:
    assert occurrences("a b c", "python", "") == ()
    assert occurrences("", "python", "a") == ()
