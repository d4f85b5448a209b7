"""Double-entry bookkeeping, in Java."""

from __future__ import annotations

from tests.refactor.suite.case import Case, Changed
from tests.refactor.suite.cases.python import renamed
from tests.refactor.suite.checkers import CommentsKept, Compiles, Documented, Gone, Has, Small
from tests.refactor.suite.grounds import JAVA, Files
from tests.refactor.suite.texts import before, block, cursor, first, once, without

LEDGER, MONEY, POSTING = "ledger/Ledger.java", "ledger/Money.java", "ledger/Posting.java"
REPORT, MAIN = "ledger/Report.java", "ledger/Main.java"
_COMPILES = Compiles("java", "fine")


def _booked(files: Files) -> Changed:
    changed: dict[str, str | None] = dict(renamed(files, "Posting", "Booking"))
    changed["ledger/Booking.java"] = changed[POSTING]
    changed[POSTING] = None
    return changed


def _described(files: Files) -> Changed:
    ledger, main = files[LEDGER], files[MAIN]
    ledger = once(ledger, "String to, Money amount) {", "String to, Money amount, String text) {")
    ledger = once(ledger, 'new Posting(day, to, amount, "")', "new Posting(day, to, amount, text)")
    main = once(main, 'new Money(125_000, "EUR"));', 'new Money(125_000, "EUR"), "");')
    return {LEDGER: ledger, MAIN: once(main, 'new Money(80_000, "EUR"));', 'new Money(80_000, "EUR"), "");')}


def _zero_inlined(files: Files) -> Changed:
    money = files[MONEY]
    span = block(money, r"^    public static Money zero")
    value = first(span.of(money), r"return (.*);$")[1]
    return {MONEY: without(money, span), LEDGER: once(files[LEDGER], "Money.zero(currency)", value)}


_WITHIN = "Whether its day lies between two days, both included."


CASES = (
    Case(
        "java-own-words",
        "java",
        JAVA,
        POSTING,
        "own-words",
        cursor(r"^public record (Posting)"),
        _booked,
        (
            _COMPILES,
            Gone("Posting"),
            Has("ledger/Booking.java", r"^public record Booking\(", 1),
            CommentsKept(POSTING),
        ),
        answer="call the record Posting Booking, "
        "its file too, in ledger/Ledger.java and ledger/Report.java as well",
        moves={POSTING: "ledger/Booking.java"},
    ),
    Case(
        "java-change-signature",
        "java",
        JAVA,
        LEDGER,
        "change-signature",
        cursor(r"^    public void (transfer)"),
        _described,
        (
            _COMPILES,
            Has(LEDGER, r"Money amount, String text\)", 1),
            Has(LEDGER, r"amount, text\)", 1),
            Has(MAIN, r'"EUR"\), ""\);$', 2),
            CommentsKept(LEDGER),
        ),
        answer="transfer(LocalDate day, String from, String to, Money amount, String text): the posting "
        "gets the text, and callers pass an empty one",
    ),
    Case(
        "java-inline-function",
        "java",
        JAVA,
        MONEY,
        "inline-function",
        cursor(r"^    public static Money (zero)"),
        _zero_inlined,
        (
            _COMPILES,
            Has("", r"\bzero\(", 0),
            Has(LEDGER, r"new Money\(0, currency\)", 1),
            CommentsKept(LEDGER),
        ),
    ),
    Case(
        "java-document",
        "java",
        JAVA,
        POSTING,
        "document",
        cursor(r"^    public boolean (isWithin)"),
        lambda files: {
            POSTING: before(files[POSTING], r"^    public boolean isWithin", f"    /** {_WITHIN} */\n")
        },
        (Documented(POSTING, "isWithin"), Small(POSTING, 3), _COMPILES),
        words=_WITHIN,
    ),
)
