use crate::error::Trouble;
use crate::token::{Kind, Token};

/// The value of the tokens of a sum.
pub fn evaluate(tokens: &[Token]) -> Result<f64, Trouble> {
    let mut reader = Reader { tokens, next: 0 };
    let value = reader.sum(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(token) => Err(Trouble::Unexpected { at: token.at }),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Result<&'a Token, Trouble> {
        let token = self.peek().ok_or(Trouble::Unfinished)?;
        self.next += 1;
        Ok(token)
    }

    fn sum(&mut self, weakest: u8) -> Result<f64, Trouble> {
        let mut value = self.single()?;
        while let Some(strength) = self.peek().and_then(Token::strength) {
            if strength <= weakest {
                break;
            }
            let operator = self.take()?;
            let other = self.sum(strength)?;
            value = apply(operator, value, other)?;
        }
        Ok(value)
    }

    fn single(&mut self) -> Result<f64, Trouble> {
        let token = self.take()?;
        match token.kind {
            Kind::Number(value) => Ok(value),
            Kind::Minus => Ok(-self.single()?),
            Kind::Open => {
                let value = self.sum(0)?;
                let close = self.take()?;
                if close.kind == Kind::Close {
                    Ok(value)
                } else {
                    Err(Trouble::Unexpected { at: close.at })
                }
            }
            _ => Err(Trouble::Unexpected { at: token.at }),
        }
    }
}

fn apply(operator: &Token, left: f64, right: f64) -> Result<f64, Trouble> {
    match operator.kind {
        Kind::Plus => Ok(left + right),
        Kind::Minus => Ok(left - right),
        Kind::Times => Ok(left * right),
        Kind::Over if right == 0.0 => Err(Trouble::DivisionByZero),
        Kind::Over => Ok(left / right),
        _ => Err(Trouble::Unexpected { at: operator.at }),
    }
}
