/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Number(f64),
    Plus,
    Minus,
    Times,
    Over,
    Open,
    Close,
}

/// A piece of a sum, and the offset in bytes at which it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub at: usize,
}

impl Token {
    pub fn new(kind: Kind, at: usize) -> Self {
        Token { kind, at }
    }

    /// How tightly an operator binds; `None` for what is no operator.
    pub fn strength(&self) -> Option<u8> {
        match self.kind {
            Kind::Plus | Kind::Minus => Some(1),
            Kind::Times | Kind::Over => Some(2),
            _ => None,
        }
    }
}
