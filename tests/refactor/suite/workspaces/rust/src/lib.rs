//! A calculator's language: text to tokens, tokens to a number.

pub mod cursor;
pub mod error;
pub mod evaluate;
pub mod lexer;
pub mod token;

pub use error::Trouble;
pub use evaluate::evaluate;
pub use lexer::lex;
pub use token::{Kind, Token};

/// The value of a sum like `2 * (3 + 4)`.
pub fn calculate(text: &str) -> Result<f64, Trouble> {
    let tokens = lex(text)?;
    evaluate(&tokens)
}
