use std::fmt;

/// What is wrong with a sum, and where.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// A character that begins nothing.
    Stray { character: char, at: usize },
    /// A number that is none.
    BadNumber { at: usize },
    /// The sum ends where something has to follow.
    Unfinished,
    /// Something stands where nothing fits.
    Unexpected { at: usize },
    DivisionByZero,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Stray { character, at } => write!(f, "stray {character:?} at {at}"),
            Trouble::BadNumber { at } => write!(f, "no number at {at}"),
            Trouble::Unfinished => write!(f, "it ends too early"),
            Trouble::Unexpected { at } => write!(f, "nothing of this kind fits at {at}"),
            Trouble::DivisionByZero => write!(f, "nothing can be divided by zero"),
        }
    }
}

impl std::error::Error for Trouble {}
