use crate::cursor::Cursor;
use crate::error::Trouble;
use crate::token::{Kind, Token};

/// The tokens of a sum. White space between them is lost.
pub fn lex(text: &str) -> Result<Vec<Token>, Trouble> {
    let mut cursor = Cursor::new(text);
    let mut tokens = Vec::new();
    while let Some(character) = cursor.peek() {
        let at = cursor.offset();
        if character.is_whitespace() {
            cursor.advance();
            continue;
        }
        if character.is_ascii_digit() || character == '.' {
            let written = cursor.take_while(|each| each.is_ascii_digit() || each == '.');
            let value: f64 = written.parse().map_err(|_| Trouble::BadNumber { at })?;
            tokens.push(Token::new(Kind::Number(value), at));
            continue;
        }
        let kind = match character {
            '+' => Kind::Plus,
            '-' => Kind::Minus,
            '*' => Kind::Times,
            '/' => Kind::Over,
            '(' => Kind::Open,
            ')' => Kind::Close,
            _ => return Err(Trouble::Stray { character, at }),
        };
        cursor.advance();
        tokens.push(Token::new(kind, at));
    }
    Ok(tokens)
}
