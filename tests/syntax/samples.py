"""A short program in each language, and what it defines: sort, qualified name, header."""

from emberline.syntax.types import Sort

F, M, C, V = Sort.FUNCTION, Sort.METHOD, Sort.CLASS, Sort.VARIABLE

PYTHON = """\
#!/usr/bin/env python
# The shop's stock.
import os.path as path, json
from .store import (Shelf as Rack, count)
from . import *

LIMIT: int = 3
low, high = 1, LIMIT
if path:
    FOUND = True

# Looks after the shelves.
@decorated(
    twice=True,
)
class Keeper(Rack):
    # What it keeps.
    kept: list[str] = []
    name: str

    @property
    async def first(
        self,
    ) -> "Rack | None":
        # The oldest one.
        def inner(place: int = 0) -> None:
            hidden = place
        return self.kept[0]


type Pair[T] = tuple[T, T]


def main() -> None: print(count)
"""

SCRIPT = """\
import shelf, { count as total, type Rack } from "./shelf";
import * as paths from '../paths.js';
import "./style.css";
const { open, close: shut } = require("./door");
export * from "./more";
export { shelf as default, total };

/** Looks after the shelves. */
@decorated
export class Keeper<T> extends Rack {
  static #count = 0;
  @field() names: string[] = [];
  add = async (name: string) => { this.names.push(name); };
  get size(): number { return this.names.length; }
}
export const LIMIT = 3, twice = (n: number) => 2 * n;
interface Shape { area: number; draw(scale: number): void }
export type Pair = [number, number];
enum Colour { Red = 1, Green }
namespace Inner { export function deep() {} }
const { a, b: [c, ...d] } = LIMIT as any;
function outer() {
  const own = 1;
  function nested() {}
  const arrow = () => own;
}
declare function ambient(a: string): void;
"""

COMMONJS = """\
const door = require("./door");
exports.open = function (key) { return door; };
module.exports.LIMIT = 3;
Keeper.prototype.add = (name) => name;
function shut() {}
module.exports = { shut, lock: shut };
"""

GO = """\
package stock

import (
\t"fmt"
\tst "example.org/shop/store"
\t. "example.org/shop/dots"
\t_ "example.org/driver/v2"
)

// Keeper looks after the shelves.
type Keeper[T any] struct {
\tnames, places []string
\tEmbedded
}

type (
\tShape interface{ Draw(scale int) error }
\tAlias = int
)

func (k *Keeper[T]) Add(name string) (int, error) {
\tlocal := func() {}
\treturn 0, nil
}

func New() *Keeper[int] { return nil }

var low, high = 1, 2

const (
\tRed = iota
\tGreen
)
"""

RUST = """\
//! The shop's stock.
use std::{collections::{self, HashMap as Map}, fmt::*};
pub use crate::store::Shelf;
use super::count as _;
mod door;
pub mod inner { pub fn deep() {} }

/// Looks after the shelves.
#[derive(Debug)]
pub struct Keeper<T> { pub names: Vec<T>, count: u8 }
enum Colour { Red, Mixed(u8) }
trait Shape { const SIDES: u8; fn draw(&self); fn twice(&self) { self.draw() } }
impl<T> Shape for crate::stock::Keeper<T> where T: Copy {
    /// Draws.
    #[inline]
    fn draw(&self) { let own = 1; }
}
const LIMIT: u8 = 3;
type Pair = (u8, u8);
macro_rules! shout { () => {} }
"""

JAVA = """\
package org.example.stock;
import java.util.List;
import java.util.*;
import static org.example.Door.open;

/** Looks after the shelves. */
@Service
public class Keeper<T> extends Rack implements Shape {
  /** How many. */
  private static final int LIMIT = 3, OTHER = 4;
  @Inject List<T> names;
  public Keeper(int size) { }
  @Override
  public void add(T name) throws IOException { Runnable r = () -> { int own = 1; }; }
  enum Colour { RED, GREEN; int shade; }
  interface Shape { void draw(); int SIDES = 4; }
  record Pair(int a, int b) { }
}
"""

DEFINED = {
    "python": (
        PYTHON,
        [
            (V, "LIMIT", "LIMIT: int = 3"),
            (V, "low", "low, high = 1, LIMIT"),
            (V, "high", "low, high = 1, LIMIT"),
            (V, "FOUND", "FOUND = True"),
            (C, "Keeper", "class Keeper(Rack):"),
            (V, "Keeper.kept", "kept: list[str] = []"),
            (V, "Keeper.name", "name: str"),
            (M, "Keeper.first", 'async def first(\n        self,\n    ) -> "Rack | None":'),
            (F, "Keeper.first.inner", "def inner(place: int = 0) -> None:"),
            (C, "Pair", "type Pair[T] = tuple[T, T]"),
            (F, "main", "def main() -> None:"),
        ],
    ),
    "typescript": (
        SCRIPT,
        [
            (C, "Keeper", "class Keeper<T> extends Rack"),
            (V, "Keeper.#count", "static #count = 0;"),
            (V, "Keeper.names", "names: string[] = [];"),
            (M, "Keeper.add", "add = async (name: string) =>"),
            (M, "Keeper.size", "get size(): number"),
            (V, "LIMIT", "LIMIT = 3"),
            (F, "twice", "twice = (n: number) =>"),
            (C, "Shape", "interface Shape"),
            (V, "Shape.area", "area: number;"),
            (M, "Shape.draw", "draw(scale: number): void"),
            (C, "Pair", "type Pair = [number, number];"),
            (C, "Colour", "enum Colour"),
            (V, "Colour.Red", "Red = 1"),
            (V, "Colour.Green", "Green"),
            (C, "Inner", "namespace Inner"),
            (F, "Inner.deep", "function deep()"),
            (V, "a", "const { a, b: [c, ...d] } = LIMIT as any;"),
            (V, "c", "const { a, b: [c, ...d] } = LIMIT as any;"),
            (V, "d", "const { a, b: [c, ...d] } = LIMIT as any;"),
            (F, "outer", "function outer()"),
            (F, "outer.nested", "function nested()"),
            (F, "outer.arrow", "const arrow = () =>"),
            (F, "ambient", "function ambient(a: string): void;"),
        ],
    ),
    "javascript": (
        COMMONJS,
        [
            (F, "open", "exports.open = function (key)"),
            (V, "LIMIT", "module.exports.LIMIT = 3;"),
            (M, "Keeper.add", "Keeper.prototype.add = (name) =>"),
            (F, "shut", "function shut()"),
        ],
    ),
    "go": (
        GO,
        [
            (C, "Keeper", "type Keeper[T any] struct"),
            (V, "Keeper.names", "names, places []string"),
            (V, "Keeper.places", "names, places []string"),
            (C, "Shape", "Shape interface"),
            (M, "Shape.Draw", "Draw(scale int) error"),
            (C, "Alias", "Alias = int"),
            (M, "Keeper.Add", "func (k *Keeper[T]) Add(name string) (int, error)"),
            (F, "New", "func New() *Keeper[int]"),
            (V, "low", "var low, high = 1, 2"),
            (V, "high", "var low, high = 1, 2"),
            (V, "Red", "Red = iota"),
            (V, "Green", "Green"),
        ],
    ),
    "rust": (
        RUST,
        [
            (C, "inner", "pub mod inner"),
            (F, "inner.deep", "pub fn deep()"),
            (C, "Keeper", "pub struct Keeper<T>"),
            (V, "Keeper.names", "pub names: Vec<T>"),
            (V, "Keeper.count", "count: u8"),
            (C, "Colour", "enum Colour"),
            (V, "Colour.Red", "Red"),
            (V, "Colour.Mixed", "Mixed"),
            (C, "Shape", "trait Shape"),
            (V, "Shape.SIDES", "const SIDES: u8;"),
            (M, "Shape.draw", "fn draw(&self);"),
            (M, "Shape.twice", "fn twice(&self)"),
            (M, "Keeper.draw", "fn draw(&self)"),
            (V, "LIMIT", "const LIMIT: u8 = 3;"),
            (C, "Pair", "type Pair = (u8, u8);"),
            (F, "shout", "macro_rules! shout { () => {} }"),
        ],
    ),
    "java": (
        JAVA,
        [
            (C, "Keeper", "public class Keeper<T> extends Rack implements Shape"),
            (V, "Keeper.LIMIT", "LIMIT = 3"),
            (V, "Keeper.OTHER", "OTHER = 4"),
            (V, "Keeper.names", "List<T> names;"),
            (M, "Keeper.Keeper", "public Keeper(int size)"),
            (M, "Keeper.add", "public void add(T name) throws IOException"),
            (C, "Keeper.Colour", "enum Colour"),
            (V, "Keeper.Colour.RED", "RED"),
            (V, "Keeper.Colour.GREEN", "GREEN"),
            (V, "Keeper.Colour.shade", "int shade;"),
            (C, "Keeper.Shape", "interface Shape"),
            (M, "Keeper.Shape.draw", "void draw();"),
            (V, "Keeper.Shape.SIDES", "int SIDES = 4;"),
            (C, "Keeper.Pair", "record Pair(int a, int b)"),
        ],
    ),
}

IMPORTED = {
    "python": [
        ("os.path", "", "path", False),
        ("json", "", "json", False),
        (".store", "Shelf", "Rack", False),
        (".store", "count", "count", False),
        (".", "*", "", False),
    ],
    "typescript": [
        ("./shelf", "default", "shelf", True),
        ("./shelf", "count", "total", True),
        ("./shelf", "Rack", "Rack", False),
        ("../paths.js", "", "paths", False),
        ("./style.css", "", "", False),
        ("./door", "open", "open", False),
        ("./door", "close", "shut", False),
        ("./more", "*", "", True),
    ],
    "javascript": [("./door", "", "door", False)],
    "go": [
        ("fmt", "", "fmt", False),
        ("example.org/shop/store", "", "st", False),
        ("example.org/shop/dots", "*", "", False),
        ("example.org/driver/v2", "", "", False),
    ],
    "rust": [
        ("std::collections", "", "collections", False),
        ("std::collections", "HashMap", "Map", False),
        ("std::fmt", "*", "", False),
        ("crate::store", "Shelf", "Shelf", True),
        ("super", "count", "", False),
        ("self::door", "", "", False),
    ],
    "java": [
        ("java.util", "List", "List", False),
        ("java.util", "*", "", False),
        ("org.example.Door", "open", "open", False),
    ],
}
