"""Words that programmers use for the same thing; found by their stems, as the index finds words."""

from __future__ import annotations

import sqlite3
import threading
from functools import cache

_GROUPS = """
abort cancel interrupt stop kill
add append insert register
argument parameter option flag
ask request query
authentication authorization login credential auth
build compile assemble
cache memo memoize remember
change modify update edit alter
check validate verify ensure
choose select pick decide
close shutdown end finish terminate
command subcommand cli
compare diff difference
config configuration setting preference option
convert transform translate map
copy clone duplicate
cost price spend charge
count number tally
create make new construct generate produce
crash failure panic
default fallback
delay wait sleep timeout
delete remove drop discard erase clear
dependency requirement package
directory folder
document docs documentation
download fetch pull
error exception failure fault
exclude ignore skip
exit quit leave
fast quick speed performance
file path
filter sift
folder directory
format render print display
function method procedure
group cluster aggregate
handle process
hide mask redact conceal
install setup
key credential token secret
launch start begin spawn run
length size
limit maximum cap bound threshold
list enumerate
load read open parse
log record audit
match find search lookup
measure benchmark time
memory ram
merge combine join
message notification
model llm
money dollar cost budget
network connection socket
outdated stale old expired
parse read decode
pick choose
prompt instruction
rank order sort
retry again backoff repeat
route dispatch
save store write persist
secret password credential
send transmit post
server daemon service
session conversation
split divide chunk cut
stream streaming
summary summarize digest
text string
user person
version release
warn warning notice
"""

_FORMS = """
add added adding adds
begin began begun
bind bound
break broke broken
build built
catch caught
choose chose chosen
draw drew drawn
feed fed
find found
forget forgot forgotten
freeze froze frozen
get got gotten
hide hid hidden
hold held
keep kept
know knew known
lead led
leave left
lose lost
mean meant
pay paid
run ran
see saw seen
sell sold
send sent
show shown showed
shrink shrank shrunk
spend spent
tell told
throw threw thrown
undo undid undone
write wrote written
"""
"""Forms of one word that have different stems."""


def forms(word: str) -> tuple[str, ...]:
    """The word in its forms whose stems differ from its own; none for most words."""
    return _forms().get(word, ())


def others(word: str) -> tuple[str, ...]:
    """What else could stand for the word, in whatever form it is; none for most words."""
    with _lock:
        rows = _table().execute("SELECT grp FROM words WHERE words MATCH ?", (quoted(word),)).fetchall()
    found = dict.fromkeys(each for (group,) in rows for each in _lines()[group])
    return tuple(each for each in found if each != word)


def quoted(words: str) -> str:
    """Words as a phrase in FTS5's query language, whatever stands in them."""
    return '"' + words.replace('"', '""').replace("\0", " ") + '"'


_lock = threading.Lock()


@cache
def _forms() -> dict[str, tuple[str, ...]]:
    groups = [line.split() for line in _FORMS.strip().splitlines()]
    return {word: tuple(each for each in group if each != word) for group in groups for word in group}


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in _GROUPS.strip().splitlines())


@cache
def _table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5(word, grp UNINDEXED, tokenize='porter unicode61')"
    )
    rows = [(word, number) for number, line in enumerate(_lines()) for word in line]
    connection.executemany("INSERT INTO words VALUES (?, ?)", rows)
    return connection
