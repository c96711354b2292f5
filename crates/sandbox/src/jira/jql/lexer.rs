//! The tokens of a query, each with its position.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// The text inside the quotation marks, with escapes resolved.
    Quoted(String),
    /// An operator, a parenthesis or a comma.
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct PositionedToken {
    pub(super) token: Token,
    /// The number of the first character, counted from 1.
    pub(super) position: usize,
}

impl PositionedToken {
    /// As Jira writes it in an error message.
    pub(super) fn text(&self) -> &str {
        match &self.token {
            Token::Word(text) | Token::Quoted(text) => text,
            Token::Symbol(symbol) => symbol,
            Token::End => "end of input",
        }
    }
}

/// Longer symbols come first, because the first match is used.
const SYMBOLS: [&str; 11] = ["!=", "!~", "<=", ">=", "=", "~", "<", ">", "(", ")", ","];
const RESERVED: &str = "+.;?|*/%^$#@[]{}&`:!\\";

pub(super) fn tokens(text: &str) -> Result<Vec<PositionedToken>, String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut index = 0;
    while let Some(&character) = characters.get(index) {
        let position = index + 1;
        let rest = &characters[index..];
        if character.is_whitespace() {
            index += 1;
            continue;
        }
        let (token, length) = if let Some(symbol) = symbol(rest) {
            (Token::Symbol(symbol), symbol.len())
        } else if character == '"' || character == '\'' {
            quoted(rest, position)?
        } else if RESERVED.contains(character) {
            return Err(reserved(character, position));
        } else {
            word(rest)
        };
        tokens.push(PositionedToken { token, position });
        index += length;
    }
    tokens.push(PositionedToken { token: Token::End, position: characters.len() + 1 });
    Ok(tokens)
}

fn symbol(rest: &[char]) -> Option<&'static str> {
    SYMBOLS
        .into_iter()
        .find(|symbol| symbol.chars().enumerate().all(|(index, wanted)| rest.get(index) == Some(&wanted)))
}

fn word(rest: &[char]) -> (Token, usize) {
    let ends = |character: &&char| {
        character.is_whitespace() || RESERVED.contains(**character) || "=!~<>(),\"'".contains(**character)
    };
    let length = rest.iter().position(|character| ends(&character)).unwrap_or(rest.len());
    (Token::Word(rest[..length].iter().collect()), length)
}

fn quoted(rest: &[char], position: usize) -> Result<(Token, usize), String> {
    let quote = rest[0];
    let mut text = String::new();
    let mut index = 1;
    while let Some(&character) = rest.get(index) {
        if character == quote {
            return Ok((Token::Quoted(text), index + 1));
        }
        if character == '\\' {
            let (escaped, length) = escape(&rest[index..], position + index)?;
            text.push(escaped);
            index += length;
        } else {
            text.push(character);
            index += 1;
        }
    }
    Err(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed. (line 1, character {position})"
    ))
}

fn escape(rest: &[char], position: usize) -> Result<(char, usize), String> {
    let escaped = match rest.get(1) {
        Some('t') => Some('\t'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some(same @ ('"' | '\'' | '\\' | ' ')) => Some(*same),
        Some('u') => {
            let digits: String = rest.iter().skip(2).take(4).collect();
            let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
            return code
                .and_then(char::from_u32)
                .map(|letter| (letter, 6))
                .ok_or_else(|| illegal(rest, position));
        }
        _ => None,
    };
    escaped.map(|letter| (letter, 2)).ok_or_else(|| illegal(rest, position))
}

fn illegal(rest: &[char], position: usize) -> String {
    let sequence: String = rest.iter().take(2).collect();
    format!(
        "Error in the JQL Query: '{sequence}' is an illegal JQL escape sequence. The valid escape sequences are \
         \\', \\\", \\t, \\n, \\r, '\\\\', '\\ ' and \\uXXXX. (line 1, character {position})"
    )
}

fn reserved(character: char, position: usize) -> String {
    format!(
        "Error in the JQL Query: The character '{character}' is a reserved JQL character. You must enclose it in a \
         string or use the escape '\\u{:04x}' instead. (line 1, character {position})",
        u32::from(character)
    )
}
